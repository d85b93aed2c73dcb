"""Redacts a record before it is stored: keeps all that a rule can ask for, and no free text.

A rule asks only whether a text is present; so it is kept as *withheld*, as in an export that holds
its texts back. Where the ruleset compares a text with words of its own (and in an explanation,
which names a rule and an event), a fingerprint is kept instead: it can be compared with a word that
is known already, and not be read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from msp_rules.casework.case import WITHHELD, Event, FieldValue
from msp_rules.casework.moments import Moment, parse_moment
from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary
from msp_rules.prompts.documents import Document, Json, moment_text, read, read_or_none, read_part
from msp_rules.prompts.store.database import MemoryDamaged
from msp_rules.rules.language.conditions import Test, field_tests
from msp_rules.rules.language.rule import Ruleset

OTHER_WORDS: Final = "\x00other words"
"""The value of a text that was kept as a fingerprint, and is not one of the known words."""

FIRST_SEEN: Final = "first_seen"
"""Holds, in place of `recorded`, when the desk first saw an event whose host keeps no such time."""

StoredEvent = tuple[str, Mapping[str, Json]]
"""The type of an event, and what is kept of it."""

_UNREAD: Final = "unread"
_UNCERTAIN: Final = "uncertain"
_WITHHELD: Final = {"withheld": True}
_FINGERPRINT: Final = "fingerprint"
_SUBJECT: Final = "explanation.subject"
_MOMENTS: Final = (FieldKind.DATE, FieldKind.MOMENT)


class Redaction:
    """Turns events into documents without free text, and back, for the rules of one ruleset."""

    def __init__(self, ruleset: Ruleset, vocabulary: Vocabulary) -> None:
        self._events = vocabulary.events
        self._case = vocabulary.case
        self._adult = vocabulary.adult
        self._compared = _compared(ruleset)
        self._compared["explanation.rule"] = frozenset(rule.id for rule in ruleset.rules)

    def redact_event(self, case_id: str, event: Event) -> Document:
        """Writes what is kept of an event besides its type."""
        owner = self._events[event.type]
        document: Document = {"id": event.id, "occurred": moment_text(event.moment)}
        if event.recorded != event.moment:
            name = FIRST_SEEN if event.is_first_seen else "recorded"
            document[name] = moment_text(event.recorded)
        for name in ("agency", "role", "supersedes", "void"):
            value = getattr(event, name)
            if value is not None:
                document[name] = value
        document["fields"] = self._keep(case_id, event.type, event.fields, owner.fields)
        if event.unknown:
            document[_UNREAD] = sorted(event.unknown)
        if not event.is_certain:
            document[_UNCERTAIN] = True
        return document

    def redact_attributes(self, case_id: str, attributes: Mapping[str, FieldValue]) -> Document:
        """Writes what is kept of the attributes of a case."""
        return self._keep(case_id, "case", attributes, self._case)

    def redact_adult(self, case_id: str, adult: Mapping[str, FieldValue]) -> Document:
        """Writes what is kept of the adult of a case."""
        return self._keep(case_id, "adult", adult, self._adult)

    def knows(self, event_type: str) -> bool:
        """Says whether the vocabulary has an event type."""
        return event_type in self._events

    def recall_events(
        self, case_id: str, kept: Iterable[tuple[str, Mapping[str, Json]]]
    ) -> tuple[Event, ...]:
        """Reads the events of a case from their types and documents, in the order given."""
        kept = tuple(kept)
        ids = frozenset(read(document, "id", str) for _, document in kept)
        words = _Words(case_id, {**self._compared, _SUBJECT: ids})
        return tuple(self._event(name, document, words) for name, document in kept)

    def recall_attributes(
        self, case_id: str, document: Mapping[str, Json]
    ) -> dict[str, FieldValue]:
        """Reads the attributes of a case from their document."""
        return _recall(document, self._case, _Words(case_id, self._compared), "case")

    def recall_adult(self, case_id: str, document: Mapping[str, Json]) -> dict[str, FieldValue]:
        """Reads the adult of a case from their document."""
        return _recall(document, self._adult, _Words(case_id, self._compared), "adult")

    def _event(self, name: str, document: Mapping[str, Json], words: _Words) -> Event:
        moment = _moment(document, "occurred")
        first_seen = _moment(document, FIRST_SEEN)
        unread = document.get(_UNREAD)
        return Event(
            id=read(document, "id", str),
            type=name,
            moment=moment,
            recorded=first_seen
            or (_moment(document, "recorded") if "recorded" in document else moment),
            fields=_recall(read_part(document, "fields"), self._events[name].fields, words, name),
            agency=read_or_none(document, "agency", str),
            role=read_or_none(document, "role", str),
            supersedes=read_or_none(document, "supersedes", str),
            void=read_or_none(document, "void", str),
            unknown=frozenset(map(str, unread)) if isinstance(unread, list) else frozenset(),
            is_certain=_UNCERTAIN not in document,
            is_first_seen=first_seen is not None,
        )

    def _keep(
        self,
        case_id: str,
        owner: str,
        values: Mapping[str, FieldValue],
        fields: Mapping[str, Field],
    ) -> Document:
        return {
            name: self._kept_value(case_id, f"{owner}.{name}", value, fields[name])
            for name, value in values.items()
        }

    def _kept_value(self, case_id: str, place: str, value: FieldValue, field: Field) -> Json:
        if isinstance(value, Moment):
            return moment_text(value)
        if isinstance(value, tuple):
            return [self._kept_value(case_id, place, one, field) for one in value]
        if field.kind is not FieldKind.TEXT:
            return value
        is_compared = place in self._compared or f"*.{field.name}" in self._compared
        if value == WITHHELD or not (is_compared or place == _SUBJECT):
            return _WITHHELD
        return {_FINGERPRINT: _fingerprint(case_id, place, str(value))}


class _Words:
    """Finds words that are known already by their fingerprints in one case.

    The fingerprints of a place are made when it is first asked for: most are never.
    """

    def __init__(self, case_id: str, words: Mapping[str, frozenset[str]]) -> None:
        self._case_id = case_id
        self._words = words
        self._by_place: dict[str, dict[str, str]] = {}

    def of(self, place: str, fingerprint: str) -> str:
        """Gives the word that a fingerprint was made of, or OTHER_WORDS."""
        known = self._by_place.get(place)
        if known is None:
            of_any = "*" + place[place.index(".") :]
            words = self._words.get(place, frozenset()) | self._words.get(of_any, frozenset())
            known = {_fingerprint(self._case_id, place, word): word for word in words}
            self._by_place[place] = known
        return known.get(fingerprint, OTHER_WORDS)


def says_the_same(one: StoredEvent, other: StoredEvent) -> bool:
    """Tells whether two events that are kept under one id say the same.

    The host did not say when one was first seen. A text may have been kept as withheld by
    rules that did not compare it, and as a fingerprint by later ones.
    """
    if one[0] != other[0]:
        return False
    mine, theirs = dict(one[1]), dict(other[1])
    if FIRST_SEEN in mine or FIRST_SEEN in theirs:
        for name in (FIRST_SEEN, "recorded"):
            mine.pop(name, None)
            theirs.pop(name, None)
    my_fields, their_fields = mine.pop("fields"), theirs.pop("fields")
    return mine == theirs and _is_alike(my_fields, their_fields)


def _is_alike(one: Json, other: Json) -> bool:
    if one == other:
        return True
    match one, other:
        case list(), list():
            return len(one) == len(other) and all(map(_is_alike, one, other))
        case dict(), dict():
            if _WITHHELD in (one, other) and all(_is_text(each) for each in (one, other)):
                return True
            return one.keys() == other.keys() and all(
                _is_alike(one[name], other[name]) for name in one
            )
    return False


def _is_text(kept: Mapping[str, Json]) -> bool:
    return kept == _WITHHELD or kept.keys() == {_FINGERPRINT}


def is_recorded_before(one: StoredEvent, other: StoredEvent) -> bool:
    """Tells whether an event was surely recorded before another, by the host's own times."""
    mine, theirs = (_moment(each[1], "recorded") for each in (one, other))
    if mine is None or theirs is None:
        return False
    if mine.is_date_only or theirs.is_date_only:
        return mine.day < theirs.day
    return mine.instant < theirs.instant


def _recall(
    document: Mapping[str, Json], fields: Mapping[str, Field], words: _Words, owner: str
) -> dict[str, FieldValue]:
    values: dict[str, FieldValue] = {}
    for name, kept in document.items():
        field = fields.get(name)
        if field is None:
            continue  # a local vocabulary has lost it since: no rule can ask for it
        values[name] = _recalled(kept, field.kind, words, owner, name)
    return values


def _recalled(kept: Json, kind: FieldKind, words: _Words, owner: str, name: str) -> FieldValue:
    if isinstance(kept, str):
        return _read_moment(kept) if kind in _MOMENTS else kept
    if isinstance(kept, list):
        is_text = kind is FieldKind.TEXT
        return tuple(
            [str(_recalled(one, kind, words, owner, name) if is_text else one) for one in kept]
        )
    if isinstance(kept, dict):
        if kept == _WITHHELD:
            return WITHHELD
        return words.of(f"{owner}.{name}", read(kept, _FINGERPRINT, str))
    if isinstance(kept, int):
        return kept
    raise MemoryDamaged("a row of the memory holds a value of another kind")


def _compared(ruleset: Ruleset) -> dict[str, frozenset[str]]:
    """Lists the places that rules compare with words (`type.field`, `*.field`), with the words."""
    found: dict[str, set[str]] = {}
    trees = (ruleset.rules, ruleset.suspensions, tuple(ruleset.concepts.values()))
    for owner, test in field_tests(trees, subject="*"):
        if test.test in (Test.ONE_OF, Test.NOT_ONE_OF):
            found.setdefault(f"{owner}.{test.field}", set()).update(test.values)
    for waiver in ruleset.waivers:
        found.setdefault("case.team", set()).update(waiver.teams)
    return {place: frozenset(words) for place, words in found.items() if words}


def _fingerprint(case_id: str, place: str, text: str) -> str:
    # The case goes into it, so that equal texts of two cases can't be told to be equal.
    whole = "\x1f".join((case_id, place, text))
    return hashlib.blake2b(whole.encode("utf-8"), digest_size=16).hexdigest()


def _moment(document: Mapping[str, Json], name: str) -> Moment | None:
    text = read_or_none(document, name, str)
    return None if text is None else _read_moment(text)


# A whole case is read at each message, and its moments are mostly those of the last time.
@lru_cache(maxsize=16384)
def _read_moment(text: str) -> Moment:
    try:
        return parse_moment(text)
    except ValueError:
        raise MemoryDamaged("a row of the memory holds a moment that can't be read") from None
