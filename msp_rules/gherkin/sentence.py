"""A sentence of the step library: the words that it is told by, and what it does to a story."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from msp_rules.gherkin.story import Story

Table = Sequence[Sequence[str]]
"""The rows of a table that stands below a step; empty where there is none."""

_WHEN: Final = (
    r"on the day of the concern|on [^\",]+?|"
    r"\d+ (?:working )?days? after the concern|\d+ hours? after the concern"
)
BLANKS: Final[Mapping[str, tuple[str, str]]] = {
    "EVENT": (r"(?P<event>\w[\w' -]*?)", "an event type by its name or in plain words"),
    "DAY": (r"(?P<day>[^\",]+?)", "a day: 6 January 2026, Tuesday 6 January 2026, or 2026-01-06; "
            "with a time where one matters: 6 January 2026 at 10:00"),
    "WHEN": (rf"(?P<when>{_WHEN})", "on a DAY; 2 days after the concern; 2 working days after the "
             "concern; 2 hours after the concern; on the day of the concern"),
    "FIELDS": (r"(?P<fields>.+)", 'fields, each with its value in quotes: asked "asked expressed", '
               'alone "yes"'),
    "FIELD": (r"(?P<field>\w[\w -]*?)", "a field by its name or in plain words"),
    "VALUE": (r"\"(?P<value>[^\"]*)\"", "a value, in quotes"),
    "CODE": (r"(?P<code>\w[\w -]*?)", "a code, with spaces or underscores"),
    "RULE": (r"(?P<rule>\"[^\"]+\"|[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)+)",
             "a rule by its id, or by its title in quotes"),
    "VERDICT": (r"(?P<verdict>(?!due |waived|not waived|switched off|left out)[a-z_ ]+?)",
                "met, met late, partly met, not met, explained, not yet due or not applicable"),
    "NAME": (r"\"(?P<name>[^\"]+)\"", "a name, in quotes"),
    "QUESTION": (r"\"(?P<question>[^\"]+)\"", "the question of a rule's prompt, in quotes"),
    "NUMBER": (r"(?P<number>\d+)", "a whole number"),
}  # fmt: skip
"""The blanks of a sentence: what may stand there as a pattern, and in words."""

_BLANK: Final = re.compile(rf"\[WHEN\]|\b(?:{'|'.join(BLANKS)})\b")


class Kind(StrEnum):
    """What a step is for: Given tells, When looks, Then says what must be."""

    GIVEN = "given"
    WHEN = "when"
    THEN = "then"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence with blanks in capitals; `[WHEN]` may be left out. `run` does what it says."""

    kind: Kind
    words: str
    means: str
    run: Callable[[Story, Mapping[str, str], Table], None]

    def match(self, text: str) -> Mapping[str, str] | None:
        """What stands in its blanks where a step is this sentence, None where it is not."""
        found = _pattern(self.words).fullmatch(text)
        return None if found is None else {k: v for k, v in found.groupdict().items() if v}


@cache
def _pattern(words: str) -> re.Pattern[str]:
    parts, end = [], 0
    for blank in _BLANK.finditer(words):
        before = words[end : blank.start()]
        if blank[0] == "[WHEN]":
            parts += [re.escape(before.rstrip()), f"(?: {BLANKS['WHEN'][0]})?"]
        else:
            parts += [re.escape(before), BLANKS[blank[0]][0]]
        end = blank.end()
    return re.compile("".join([*parts, re.escape(words[end:])]))


def fitting(sentences: Iterable[Sentence], kind: Kind | None, text: str) -> Sentence | None:
    """The sentence that a step is, None where none fits; `kind` None takes any kind."""
    for sentence in sentences:
        if kind in (None, sentence.kind) and sentence.match(text) is not None:
            return sentence
    return None


def nearest_sentences(
    sentences: Sequence[Sentence], kind: Kind | None, text: str, number: int = 3
) -> tuple[Sentence, ...]:
    """The sentences of a kind that are most like a step, the nearest first."""
    words = re.sub(r"\d+", "NUMBER", text)

    def likeness(sentence: Sentence) -> float:
        return difflib.SequenceMatcher(None, words, sentence.words).ratio()

    of_kind = [one for one in sentences if kind in (None, one.kind)]
    return tuple(sorted(of_kind, key=likeness, reverse=True)[:number])
