"""Says the fixed words of cards and reasons in a language, as far as its catalogue has them.

The English text is the key, as in gettext; what a catalogue lacks is said in English. A text holds
names in braces, which are filled in after it is looked up: words of rules and days never are keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from msp_rules.casework.moments import MONTHS
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.casework.workdays import Unit
from msp_rules.rules.language.panel_words import PANEL_TEXTS
from msp_rules.rules.language.rule import LanguageWords, Ruleset, RuleWords
from msp_rules.rules.language.wording import (
    ASSUMED_FOR_ALL,
    BASES,
    code_label,
    event_noun,
    field_label,
    spaced,
)

ENGLISH: Final = "en-GB"
"""The language of the core's own words."""
DUE_BY: Final = "Due by {by}."
NOT_DUE: Final = "Not due yet."
PART_DUE: Final = "The record answers it in part; the rest was due by {by}."
PART_OPEN: Final = "The record answers it in part; the rest is open."
NOT_EVIDENCED: Final = "It is not evidenced in the record."
SETTLES: Final = "What would settle it:"
COUNTS: Final = "What counts: {counts}"
WHY: Final = "Why we ask:"
LIMIT: Final = "The limit is {limit}."
NUMBER: Final = "{number} {unit}: {basis}"
COUNT: Final = "{number}: {basis}"
RECORD: Final = "Record {event}"
RECORD_WITH: Final = "Record {event}: {fields}"
FIELD_AS: Final = "{field}: {codes}"
OR: Final = "{one} or {other}"
QUOTED: Final = "“{word}”"
EXPLAINS: Final = "{reason} (counts as an explanation, with a few words of your own)"
DAY: Final = "{day} {month} {year}"
TIME: Final = "{time} on {day}"
AS_QUOTED: Final = "{place} (as quoted by {source}, not read)"
OTHER_SOURCES: Final = "other sources"
TEMPLATES: Final = (
    *(DUE_BY, NOT_DUE, PART_DUE, PART_OPEN, NOT_EVIDENCED, SETTLES, COUNTS, WHY, LIMIT),
    *(NUMBER, COUNT, RECORD, RECORD_WITH, FIELD_AS, OR, QUOTED, EXPLAINS, DAY, TIME),
    *(AS_QUOTED, OTHER_SOURCES),
)
"""Every sentence and form of a card that no rule says."""
REASONS: Final[Mapping[str, str]] = {
    "not_my_role": "This is for a colleague",
    "recorded_elsewhere": "It is recorded in another place",
    "does_not_fit": "It does not fit this case",
    "adult_prefers_not": "The adult would rather not",
    "question_seems_wrong": "The question itself seems wrong",
}
"""Reasons that silence a prompt of any rule, and the words of each for a worker."""
_NAMES: Final = re.compile(r"\{([a-z]+)\}")


def fixed_words(vocabulary: Vocabulary) -> frozenset[str]:
    """Lists every text that a catalogue may hold: sentences, and the names of events and codes."""
    return frozenset(_fixed(vocabulary))


def _fixed(vocabulary: Vocabulary) -> Iterator[str]:
    yield from (*TEMPLATES, *PANEL_TEXTS, *REASONS.values(), *BASES.values())
    yield from (ASSUMED_FOR_ALL, *MONTHS)
    for unit in Unit:
        words = spaced(unit.value)
        yield from (words, words.removesuffix("s"))
    for kind in vocabulary.events.values():
        yield event_noun(kind.name)
        yield from (field_label(name) for name in kind.fields)
    for name in (*vocabulary.envelope, *vocabulary.case, *vocabulary.adult):
        yield field_label(name)
    for codes in vocabulary.enums.values():
        for code in codes:
            yield from (code_label(code), capital(code_label(code)))
    yield from (spaced(role) for role in vocabulary.enums["worker_role"])


def capital(words: str) -> str:
    """Begins words with a capital letter."""
    return words[:1].upper() + words[1:]


def placeholders(text: str) -> frozenset[str]:
    """Gives the names in braces of a text."""
    return frozenset(_NAMES.findall(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a ruleset in one language."""

    language: str
    """The tag of the language that was found, such as `cy`."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """The fixed words, by their English."""
    rules: Mapping[str, RuleWords] = field(default_factory=dict)
    """The words of rules, by id."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """The names of worker roles here, by code."""

    def say(self, text: str, **values: str) -> str:
        """Says a fixed text, with what stands in braces filled in."""
        said = self.texts.get(text, text)
        return _NAMES.sub(lambda found: values.get(found[1], found[0]), said)

    def role(self, code: str) -> str:
        """Names a worker role as it is called here."""
        return self.roles.get(code, self.say(spaced(code)))

    def of_rule(self, rule: str, key: str, own: str | None) -> str | None:
        """Gives the words of a rule under a key; `own` are those of the ruleset."""
        found = self.rules.get(rule)
        said: str | None = getattr(found, key) if found is not None else None
        return own if said is None else said


def words_of(ruleset: Ruleset, language: str | None = None) -> Words:
    """Finds the words of a language (BCP 47): of `cy-GB`, else of `cy`, else the ruleset's own."""
    tag = (language or ENGLISH).casefold()
    while tag:
        found = [one for one in ruleset.words if one.language.casefold() == tag]
        if found:
            return _together(found, ruleset)
        tag = tag.rpartition("-")[0].removesuffix("-x")
    return Words(language=ENGLISH, roles=ruleset.roles)


def _together(found: list[LanguageWords], ruleset: Ruleset) -> Words:
    """Joins what several layers say in a language; the highest has the last word."""
    texts: dict[str, str] = {}
    rules: dict[str, RuleWords] = {}
    roles: dict[str, str] = {}
    for one in found:
        texts |= one.texts
        rules |= one.rules
        roles |= one.roles
    return Words(
        language=found[-1].language, texts=texts, rules=rules, roles={**ruleset.roles, **roles}
    )
