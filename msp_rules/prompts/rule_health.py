"""Counts how workers take the questions of each rule: shown, promised, overruled, ignored.

A prompt is counted each time that it was asked (an asking). Nothing here says who answered: an
asking has no worker, and no role. The counts are exact; what is published of them is another
matter (`reports.rule_health`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import Final, NamedTuple

from msp_rules.prompts.prompt import Ending, FeedbackKind


class AskingResult(StrEnum):
    """Names how an asking was taken: by its last answer, or by what became of it without one.

    An answer with a reason of its own is named by the code of the reason.
    """

    PROMISED = "promised"
    ACKNOWLEDGED = "acknowledged"
    PUT_OFF = "put_off"
    SETTLED = "settled"
    """The record answered it, before anybody said anything."""
    IGNORED = "ignored"
    """It was shown, and is over without an answer: it was asked again, or ended otherwise."""
    OPEN = "open"
    """It was shown, and still waits for an answer."""
    NOT_SHOWN = "not_shown"
    """Nobody has said that it was shown."""


_OF_KINDS: Final = {
    FeedbackKind.ACCEPTED: AskingResult.PROMISED,
    FeedbackKind.ACKNOWLEDGED: AskingResult.ACKNOWLEDGED,
    FeedbackKind.DEFERRED: AskingResult.PUT_OFF,
}
_SETTLED: Final = frozenset({Ending.ANSWERED.value, Ending.EXPLAINED.value})


class AskingKey(NamedTuple):
    """Identifies an asking."""

    case: str
    """The id of the case."""
    rule: str
    """The id of the rule."""
    subject: str | None
    """The id under which the subject was first recorded; None or empty for the whole case."""
    generation: int
    """The number of times that the prompt had been asked then."""


class SaidToPrompt(NamedTuple):
    """One thing that a worker said to an asking, in the order in which answers count."""

    at: int
    """The instant."""
    id: str
    """The id of the feedback, which settles ties."""
    kind: FeedbackKind
    """The kind."""
    code: str | None
    """The code of the reason."""
    is_heard: bool
    """True where it changed the prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One time that a prompt was asked, and what was said to it."""

    key: AskingKey
    """Its identity."""
    raised_at: int
    """The instant from which it was asked."""
    ended_at: int | None = None
    """The instant at which the record ended it; None where it did not, or that is not known."""
    ending: str | None = None
    """The reason for which it ended, an `Ending`."""
    was_asked_again: bool = False
    """True where the same prompt was asked once more."""
    said: tuple[SaidToPrompt, ...] = ()
    """The things that were said to it."""

    @property
    def answer(self) -> SaidToPrompt | None:
        """The last answer that was heard; None where there is none."""
        heard = [one for one in self.said if one.is_heard and one.kind is not FeedbackKind.SHOWN]
        return max(heard, default=None)

    @property
    def taken(self) -> str:
        """The way in which it was taken: a `AskingResult`, or the code of a reason."""
        answer = self.answer
        if answer is not None:
            if answer.kind is FeedbackKind.OVERRIDDEN and answer.code is not None:
                return answer.code
            return _OF_KINDS[answer.kind]
        if not self.said:
            return AskingResult.NOT_SHOWN
        if self.ending in _SETTLED:
            return AskingResult.SETTLED
        is_over = self.was_asked_again or self.ending is not None
        return AskingResult.IGNORED if is_over else AskingResult.OPEN

    @property
    def waited(self) -> int | None:
        """The time to the first answer, or to the record that settled it; None: there is none."""
        moments = [
            one.at for one in self.said if one.is_heard and one.kind is not FeedbackKind.SHOWN
        ]
        if self.ending in _SETTLED and self.ended_at is not None:
            moments.append(self.ended_at)
        return max(0, min(moments) - self.raised_at) if moments else None


@dataclass(slots=True)
class RuleFigures:
    """Counts the askings of one rule."""

    raised: int = 0
    """The number of askings."""
    repeats: int = 0
    """The number of those that were not the first of their prompt."""
    taken: Counter[str] = field(default_factory=Counter)
    """The number of askings by how they were taken; together they are all of them."""
    waits: list[int] = field(default_factory=list)
    """The times to an answer, in microseconds, of the askings that have one."""

    @property
    def shown(self) -> int:
        """The number of askings that somebody saw."""
        return self.raised - self.taken[AskingResult.NOT_SHOWN]

    @property
    def reasons(self) -> Mapping[str, int]:
        """The number of askings that were overruled, by the code of the reason."""
        ways = {one.value for one in AskingResult}
        return {code: count for code, count in self.taken.items() if code not in ways}

    @property
    def median_wait(self) -> float | None:
        """The median time to an answer, in microseconds; None without any."""
        return median(self.waits) if self.waits else None


def figures_by_rule(askings: Iterable[Asking]) -> dict[str, RuleFigures]:
    """Counts askings by the id of their rule."""
    found: dict[str, RuleFigures] = {}
    for one in askings:
        figures = found.setdefault(one.key.rule, RuleFigures())
        figures.raised += 1
        figures.repeats += one.key.generation > 1
        figures.taken[one.taken] += 1
        if (waited := one.waited) is not None:
            figures.waits.append(waited)
    return dict(sorted(found.items()))
