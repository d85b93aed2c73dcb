"""Defines the few error classes of the package, and the place that each one points at."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_DIGITS: Final = re.compile(r"[0-9]{1,18}")
NEAR: Final = 0.6
"""The similarity (difflib's ratio) from which one word may be meant for another; the default."""
NEAR_AS_ID: Final = 0.75
"""The same of ids such as ASK-01 and DEC-01, which are half alike by their form."""


def nearest(word: str, words: Iterable[str], *, cutoff: float = NEAR) -> str | None:
    """Finds the one of `words` that somebody who wrote `word` most likely meant, or None.

    One that differs in capitals alone is meant for sure.
    """
    every = sorted(words)
    for one in every:
        if one.casefold() == word.casefold():
            return one
    found = difflib.get_close_matches(word, every, n=1, cutoff=cutoff)
    return found[0] if found else None


def has_other_numbers(word: str, other: str) -> bool:
    """Tells whether two words differ by a number: "85+" and "95+" do, "A-1" and "A-01" do not."""
    one, two = (_DIGITS.findall(text) for text in (word, other))
    return [int(digits) for digits in one] != [int(digits) for digits in two]


def equally_near(word: str, ids: frozenset[str]) -> tuple[str, ...]:
    """Finds every id that somebody who wrote `word` may have meant: those that are most like it.

    Several where none is nearer than the others (CON-0l): then each of them may be meant. Capital
    letters are no matter.
    """
    folded = word.casefold()
    matcher = difflib.SequenceMatcher(b=folded)
    near: dict[str, float] = {}
    for one in sorted(ids):
        matcher.set_seq1(one.casefold())
        near[one] = matcher.ratio()
    best = max(near.values(), default=0.0)
    return tuple([one for one, ratio in near.items() if ratio == best >= NEAR_AS_ID])


def did_you_mean(word: str, known: Iterable[str], *, quote: str = '"') -> str:
    """Ends a message about an unknown word: `; did you mean "X"?`, or "" without a guess.

    `quote` encloses the guess; names of Python code have none (`quote=""`).
    """
    guess = nearest(word, known)
    return "" if guess is None else f"; did you mean {quote}{guess}{quote}?"


def why_unreadable(error: OSError) -> str:
    """Says in words of ours why the system did not let a file be read."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return f"it can't be read: {error.strerror or 'the system refuses it'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLocation:
    """A place in a file."""

    path: str
    """The path of the file."""
    line: int | None = None
    """The line, from 1; None if unknown."""
    column: int | None = None
    """The column, from 1; None if unknown."""

    def __str__(self) -> str:
        parts = [self.path, *(str(n) for n in (self.line, self.column) if n is not None)]
        return ":".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a file that somebody wrote: where, what, and what to do."""

    where: SourceLocation
    """The place."""
    code: str
    """A short, stable name for tests and tools."""
    message: str
    """The problem, and what to do about it."""
    is_warning: bool = False
    """True if it does not stop a run."""

    def __str__(self) -> str:
        if self.is_warning:
            return f"{self.where}: warning: {self.message} [{self.code}]"
        return f"{self.where}: {self.message}"


class MspRulesError(Exception):
    """Anything that this package refuses; its text is fit to show, and holds no case content."""


class RulesetInvalid(MspRulesError):
    """A ruleset that must not run. `problems` holds everything found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InputUnreadable(MspRulesError):
    """An input from which no whole case can be read; `reason` is the message without its place."""

    def __init__(self, reason: str, where: SourceLocation) -> None:
        self.reason = reason
        self.where = where
        super().__init__(f"{where}: {reason}")

    def __reduce__(self) -> tuple[type[InputUnreadable], tuple[str, SourceLocation]]:
        return InputUnreadable, (self.reason, self.where)


class MomentTooEarly(MspRulesError):
    """A moment to judge at that lies before everything in the exports."""


class NotWritten(MspRulesError):
    """Results that can't be written to their end: a full disk, or a limit of the system."""


class EngineError(MspRulesError):
    """A matcher that did not behave as it must; its answers are not to be used."""


class OutsideCalendar(MspRulesError):
    """Working days were asked for in years whose bank holidays are not known."""
