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
from collections.abc import Iterable, Mapping, Sequence
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


@dataclass(slots=True)
class _Asking:
    """What asks at one step on one side, with how each prompt comes to stand."""

    asked: list[Asked]
    standing: list[Standing]


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
        same = frozenset(rule.id for rule in before.rules) - touched
        self._same = AskingRules(before, same, matcher)
        self._own = (
            AskingRules(before, touched, matcher),
            AskingRules(after, touched, matcher),
        )
        self._budget = budget
        self._weeks = weeks
        self.forecast = Forecast()

    def replay(self, case: Case, as_of: Cutoff) -> list[Fault]:
        """Counts the prompts of a case's steps up to `as_of`; gives the faults on the way."""
        window = Window.until(as_of, self._weeks)
        self.forecast.see_week(window.last)
        tracks = (Track(), Track(), Track())
        faults: dict[tuple[str | None, str | None], Fault] = {}
        for step in steps_of(case, as_of):
            found: list[_Asking] = []
            for rules, track in zip((self._same, *self._own), tracks, strict=True):
                look = rules.look(step)
                found.append(_Asking(look.asked, track.follow(look)))
                faults |= {(fault.rule, fault.event): fault for fault in look.faults}
            week = week_of(step.view.as_of.day)
            if week >= window.first:
                self.forecast.see_week(week)
                self._count(found, week)
        return list(faults.values())

    def _count(self, found: Sequence[_Asking], week: int) -> None:
        same, before, after = found
        self.forecast.steps += 1
        sides = ((before, self._own[0].roles), (after, self._own[1].roles))
        loads = (self.forecast.before, self.forecast.after)
        for (own, own_roles), load in zip(sides, loads, strict=True):
            _count_standing(load, same, self._same.roles, week)
            _count_standing(load, own, own_roles, week)
            by_role: dict[str, list[tuple[Asked, bool]]] = {}
            for asking, roles in ((same, self._same.roles), (own, own_roles)):
                for one, standing in zip(asking.asked, asking.standing, strict=True):
                    for role in roles[one.rule]:
                        is_new = standing is not Standing.STILL
                        by_role.setdefault(role, []).append((one, is_new))
            for role, asked in by_role.items():
                for one in held_back(asked, self._budget):
                    load.held[one.rule, role] += 1


def _count_standing(
    load: PromptLoad, asking: _Asking, roles: Mapping[str, Iterable[str]], week: int
) -> None:
    for one, standing in zip(asking.asked, asking.standing, strict=True):
        load.by_rule[one.rule, standing] += 1
        for role in roles[one.rule]:
            load.standing[one.rule, role, standing] += 1
            if standing is not Standing.STILL:
                load.raised[one.rule, role, week] += 1
