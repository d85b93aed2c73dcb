"""The prompts that a ruleset would have raised over the history of real cases, week by week.

A case is looked at again at each of its *steps*: the moments at which something was recorded in it,
for then a worker was in it. At a step, a rule asks as a live desk would (`engine.questions`) if its
prompt names what was recorded (`ask_at`, or `any`). A prompt (of one rule, case and subject) is
*raised* when it asks and did not ask when its rule was last looked at: for the first time, or
*again* after the record had answered it. One that asks on at a later step is *still standing*. Time
alone raises nothing here: no record says when somebody opened a case without writing into it. What
workers would have said to a prompt (put off, overruled) is not known either, and is not guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from msp_rules.authoring.asking import AskingRules, Standing, Track, steps_of
from msp_rules.authoring.budget import Asked, Budget, held_back
from msp_rules.casework.case import Case, Fault
from msp_rules.casework.moment import Cutoff
from msp_rules.engine.matching import MatcherChoice
from msp_rules.rules.rule import Ruleset

WEEKS: Final = 52


class Window(NamedTuple):
    """The weeks that are counted; a week is that of its Monday, numbered without gaps."""

    first: int
    last: int

    @classmethod
    def until(cls, as_of: Cutoff, weeks: int) -> Window:
        """So many weeks, the last of them that of `as_of`."""
        last = week_of(as_of.day)
        return cls(last - weeks + 1, last)


def week_of(day: int) -> int:
    """The number of a day's week; the ordinal 1 is a Monday."""
    return (day - 1) // 7


@dataclass(slots=True)
class PromptLoad:
    """The prompts of one side: `raised` by (rule, role, week), the rest by (rule, role).

    `by_rule` counts (rule, standing) once, however many roles a prompt is for.
    """

    raised: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    standing: Counter[tuple[str, str, Standing]] = field(default_factory=Counter)
    by_rule: Counter[tuple[str, Standing]] = field(default_factory=Counter)
    held: Counter[tuple[str, str]] = field(default_factory=Counter)

    def merge(self, other: PromptLoad) -> None:
        """Adds what another process counted."""
        self.raised.update(other.raised)
        self.standing.update(other.standing)
        self.by_rule.update(other.by_rule)
        self.held.update(other.held)


@dataclass(slots=True)
class Forecast:
    """What both sides would have asked; `weeks` are those in which a step or `as_of` lies."""

    before: PromptLoad = field(default_factory=PromptLoad)
    after: PromptLoad = field(default_factory=PromptLoad)
    steps: int = 0
    first_week: int | None = None
    last_week: int | None = None

    @property
    def weeks(self) -> int:
        """How many weeks the counts are spread over."""
        if self.first_week is None or self.last_week is None:
            return 0
        return self.last_week - self.first_week + 1

    def see_week(self, week: int) -> None:
        """Says that a week is among those that are counted."""
        self.first_week = week if self.first_week is None else min(self.first_week, week)
        self.last_week = week if self.last_week is None else max(self.last_week, week)

    def merge(self, other: Forecast) -> None:
        """Adds what another process counted."""
        self.before.merge(other.before)
        self.after.merge(other.after)
        self.steps += other.steps
        for week in (other.first_week, other.last_week):
            if week is not None:
                self.see_week(week)


class Forecaster:
    """Replays cases for both sides; rules that are the same on both are looked at once.

    What it finds is in `forecast`; the faults of each case are handed back.
    """

    def __init__(
        self,
        rulesets: tuple[Ruleset, Ruleset],
        touched: frozenset[str],
        *,
        budget: Budget,
        matcher: MatcherChoice,
        weeks: int = WEEKS,
    ) -> None:
        before, after = rulesets
        self._touched = touched
        self._before = AskingRules(before, frozenset(rule.id for rule in before.rules), matcher)
        self._after = AskingRules(after, touched, matcher)
        self._budget = budget
        self._weeks = weeks
        self.forecast = Forecast()

    def replay(self, case: Case, as_of: Cutoff) -> list[Fault]:
        """Counts the prompts of a case's steps up to `as_of`; gives the faults on the way."""
        window = Window.until(as_of, self._weeks)
        self.forecast.see_week(window.last)
        track, own_track = Track(), Track()
        faults: dict[tuple[str | None, str | None], Fault] = {}
        for step in steps_of(case, as_of):
            look, own_look = self._before.look(step), self._after.look(step)
            before = list(zip(look.asked, track.follow(look), strict=True))
            own = list(zip(own_look.asked, own_track.follow(own_look), strict=True))
            for fault in (*look.faults, *own_look.faults):
                faults[fault.rule, fault.event] = fault
            week = week_of(step.view.as_of.day)
            if week >= window.first:
                self.forecast.see_week(week)
                self.forecast.steps += 1
                after = [one for one in before if one[0].rule not in self._touched] + own
                self._count(self.forecast.before, before, week)
                self._count(self.forecast.after, after, week)
        return list(faults.values())

    def _count(self, load: PromptLoad, asked: Sequence[tuple[Asked, Standing]], week: int) -> None:
        """Counts what asks at one step on one side, and what its views have no room for."""
        by_role: dict[str, list[tuple[Asked, bool]]] = {}
        for one, standing in asked:
            load.by_rule[one.rule, standing] += 1
            is_new = standing is not Standing.STILL
            for role in one.roles:
                load.standing[one.rule, role, standing] += 1
                if is_new:
                    load.raised[one.rule, role, week] += 1
                by_role.setdefault(role, []).append((one, is_new))
        for role, of_role in by_role.items():
            for waiting in held_back(of_role, self._budget):
                load.held[waiting.rule, role] += 1
