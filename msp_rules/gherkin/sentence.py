"""Matches the steps of a feature to sentences with blanks.

A sentence is what a step may say ("RULE is due on DAY") and what it then does to a story. All
sentences are listed in `library`; this module tells one from another.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from msp_rules.gherkin.story import Story

Blanks = Mapping[str, str]
"""The words of a step in the blanks of its sentence, by the blank's name in small letters."""

Table = Sequence[Sequence[str]]
"""The rows of a table below a step; empty where there is none."""


class Kind(StrEnum):
    """The purpose of a step: Given tells the record, When evaluates, Then says what must follow."""

    GIVEN = "given"
    WHEN = "when"
    THEN = "then"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of the library."""

    kind: Kind
    """Given, When or Then."""
    words: str
    """The sentence, with its blanks in capitals; `[WHEN]` is optional in a step."""
    means: str
    """The explanation of the sentence on the page."""
    run: Callable[[Story, Blanks, Table], None]
    """The function that does what the sentence says."""
    takes_table: bool = False
    """Says that a table of fields and values may stand below the step."""

    def match(self, text: str) -> Blanks | None:
        """Gives the words in the blanks where a step is this sentence, None where it is not."""
        found = _pattern(self.words).fullmatch(text)
        return None if found is None else {k: v for k, v in found.groupdict().items() if v}

    def refusal_of(self, below: Container[str]) -> str:
        """Says why what stands below a step can't be read; an empty text where it can.

        `below` holds "dataTable" for a table and "docString" for a text. Neither is passed over:
        its writer meant something by it.
        """
        if "docString" in below:
            return 'no sentence takes the text that """ begins; write it into a field'
        if "dataTable" in below and not self.takes_table:
            return f'the sentence "{self.words}" takes no table'
        return ""


@dataclass(frozen=True, slots=True)
class Part:
    """Sentences about one subject, under a title."""

    title: str
    """The title."""
    sentences: tuple[Sentence, ...]
    """The sentences, in the order of the page."""


def fitting(sentences: Iterable[Sentence], kind: Kind | None, text: str) -> Sentence | None:
    """Finds the sentence that a step is, None where none fits; `kind` None takes any kind."""
    for sentence in sentences:
        if kind in (None, sentence.kind) and sentence.match(text) is not None:
            return sentence
    return None


def nearest_sentences(
    sentences: Sequence[Sentence], kind: Kind | None, text: str, number: int = 3
) -> tuple[Sentence, ...]:
    """Gives the sentences of a kind that are most like a step, the nearest first."""
    words = re.sub(r"\d+", "NUMBER", text)

    def likeness(sentence: Sentence) -> float:
        return difflib.SequenceMatcher(None, words, sentence.words).ratio()

    of_kind = [one for one in sentences if kind in (None, one.kind)]
    return tuple(sorted(of_kind, key=likeness, reverse=True)[:number])


def blanks_in(words: str) -> tuple[str, ...]:
    """Gives the blanks of a sentence by name, in order; `[WHEN]` counts as WHEN."""
    return tuple(blank.strip("[]") for blank in _BLANK.findall(words))


class Blank(NamedTuple):
    """A blank of a sentence: what can be written there."""

    pattern: str
    """The regular expression, a group with the name of the blank."""
    words: str
    """The explanation for readers."""


_WHEN: Final = (
    r"on the day of the concern|on [^\",]+?|"
    r"\d+ (?:working )?days? after the concern|\d+ hours? after the concern"
)
BLANKS: Final[Mapping[str, Blank]] = {
    "EVENT": Blank(r"(?P<event>\w[\w' -]*?)", "an event type by its name or in plain words"),
    "DAY": Blank(
        r"(?P<day>[^\",]+?)",
        "a day: 6 January 2026, Tuesday 6 January 2026, or 2026-01-06; "
        "with a time where one matters: 6 January 2026 at 10:00",
    ),
    "WHEN": Blank(
        rf"(?P<when>{_WHEN})",
        "on a DAY; 2 days after the concern; 2 working days after the "
        "concern; 2 hours after the concern; on the day of the concern",
    ),
    "FIELDS": Blank(
        r"(?P<fields>.+)",
        'fields, each with its value in quotes: asked "asked expressed", alone "yes"',
    ),
    "FIELD": Blank(r"(?P<field>\w[\w -]*?)", "a field by its name or in plain words"),
    "VALUE": Blank(r"\"(?P<value>[^\"]*)\"", "a value, in quotes"),
    "CODE": Blank(r"(?P<code>\w[\w -]*?)", "a code, with spaces or underscores"),
    "RULE": Blank(
        r"(?P<rule>\"[^\"]+\"|[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)+)",
        "a rule by its id, or by its title in quotes",
    ),
    # Not a verdict: what other sentences say after "RULE is".
    "VERDICT": Blank(
        r"(?P<verdict>(?!due |waived|not waived|switched off|left out)[a-z_ ]+?)",
        "met, met late, partly met, not met, explained, not yet due or not applicable",
    ),
    "NAME": Blank(r"\"(?P<name>[^\"]+)\"", "a name, in quotes"),
    "QUESTION": Blank(r"\"(?P<question>[^\"]+)\"", "the question of a rule's prompt, in quotes"),
    "NUMBER": Blank(r"(?P<number>\d+)", "a whole number"),
}
"""The blanks by name, in the order of the page."""

_BLANK: Final = re.compile(rf"\[WHEN\]|\b(?:{'|'.join(BLANKS)})\b")


@cache
def _pattern(words: str) -> re.Pattern[str]:
    parts, end = [], 0
    for blank in _BLANK.finditer(words):
        before = words[end : blank.start()]
        if blank[0] == "[WHEN]":
            # The blank goes with the space before it: a step without it ends at the last word.
            parts += [re.escape(before.rstrip()), f"(?: {BLANKS['WHEN'].pattern})?"]
        else:
            parts += [re.escape(before), BLANKS[blank[0]].pattern]
        end = blank.end()
    return re.compile("".join([*parts, re.escape(words[end:])]))
