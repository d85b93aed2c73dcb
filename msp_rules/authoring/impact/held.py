"""Finds the teams, agencies and codes that waivers and filters name and no case of an export has.

A waiver for a team that no case names sets nothing aside, and looks the same as one that had
nothing to set aside. So what is named is looked for in every case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from msp_rules.casework.case import Case, owner_of
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.rules.language.conditions import Test, field_tests
from msp_rules.rules.language.rule import LocalFilter, Reasons, Ruleset

_MOST_NAMES: Final = 10
_TEAM: Final = ("case", "team")


Places = Mapping[tuple[str, str], frozenset[str]]
"""The words to note at each place: an event type (or "case", "adult") and a field."""


class NamedWord(NamedTuple):
    """A word that a waiver or filter names."""

    named_by: str
    """The waiver or filter, with its name."""
    layer: str
    """The id of its layer."""
    of: str
    """The event type of the field, or "case" or "adult"."""
    field: str
    """The field: `team` and `agency` of the case, or one with codes."""
    word: str
    """The word."""


class NotHeld(NamedTuple):
    """A word that no case has, and those that cases have in its place."""

    named: NamedWord
    """The word and who names it."""
    held: tuple[str, ...]
    """Some words that cases have there, in order; empty if they have none."""


def words_named(ruleset: Ruleset) -> frozenset[NamedWord]:
    """Gathers all teams, agencies and codes that the waivers and filters of a ruleset name."""
    found: set[NamedWord] = set()
    for waiver in ruleset.waivers:
        for name, words in (("team", waiver.teams), ("agency", waiver.agencies)):
            found.update(_named("waiver", waiver.name, waiver.reasons, ("case", name), words))
    for one in ruleset.filters:
        found.update(_of_filter(one))
    return frozenset(found)


def _of_filter(one: LocalFilter) -> Iterator[NamedWord]:
    for owner, test in field_tests(one.condition, one.each or ""):
        if test.test is Test.ONE_OF and owner:
            yield from _named("filter", one.name, one.reasons, (owner, test.field), test.values)


def _named(
    kind: str, name: str, reasons: Reasons, place: tuple[str, str], words: Iterable[str]
) -> Iterator[NamedWord]:
    for word in words:
        yield NamedWord(f'{kind} "{name}"', reasons.layer, *place, word)


@dataclass(slots=True)
class Held:
    """The words that cases have at the places that a ruleset names; two of them add up."""

    words: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """The words by event type (or "case", "adult") and field."""

    def see(self, case: Case, places: Places) -> None:
        """Notes what a case has at some places, of the words that may be said of it."""
        for (owner, name), sayable in places.items():
            seen = self.words.setdefault((owner, name), set())
            for value in _values(case, owner, name):
                several = value if isinstance(value, tuple) else (value,)
                seen.update(one for one in several if isinstance(one, str) and one in sayable)
            _, team = owner_of(case)
            if (owner, name) == _TEAM and team:
                seen.add(team)  # a name that is fit to be shown

    def merge(self, other: Held) -> None:
        """Adds what another process saw."""
        for place, words in other.words.items():
            self.words.setdefault(place, set()).update(words)


def not_held(named: Iterable[NamedWord], held: Held) -> tuple[NotHeld, ...]:
    """Lists the words that no case has."""
    found: list[NotHeld] = []
    for one in sorted(named):
        there = held.words.get((one.of, one.field), set())
        if one.word not in there:
            found.append(NotHeld(one, tuple(sorted(there)[:_MOST_NAMES])))
    return tuple(found)


def _values(case: Case, owner: str, name: str) -> Iterator[object]:
    if owner == "adult":
        yield case.adult.get(name)
    elif owner == "case":
        yield case.attributes.get(name)
    else:
        for one in case.events:
            if one.type == owner:
                of_envelope = {"agency": one.agency, "role": one.role}
                yield of_envelope[name] if name in of_envelope else one.fields.get(name)


def places_of(named: Iterable[NamedWord], vocabulary: Vocabulary) -> Places:
    """Gives the places at which to look, each with the words that may be repeated.

    Those are the codes of the field and the words asked for: a text of a record is never kept.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for one in named:
        place = (one.of, one.field)
        found.setdefault(place, set(_codes(one.of, one.field, vocabulary))).add(one.word)
    return {place: frozenset(words) for place, words in found.items()}


def _codes(owner: str, name: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    attributes = {"case": vocabulary.case, "adult": vocabulary.adult}
    if owner in attributes:
        known = attributes[owner].get(name)
    else:
        kind = vocabulary.events.get(owner)
        known = kind.fields.get(name) if kind is not None else None
        known = known or vocabulary.envelope.get(name)
    return known.codes if known is not None else ()
