"""What rules ask at one step of a case, and how a prompt comes to stand there.

The prompts that a ruleset would have raised over the history of real cases, week by week.

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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from msp_rules.authoring.impact.budget import Asked, Budget, held_back
from msp_rules.authoring.impact.effects import only
from msp_rules.casework.case import Case, Fault
from msp_rules.casework.moments import Cutoff, cutoff_of
from msp_rules.casework.visibility import CaseView, first_ids, in_force
from msp_rules.engine.engine import Engine
from msp_rules.engine.matchers.choice import MatcherChoice
from msp_rules.engine.prompting import (
    ANY_STEP,
    ASKING,
    DueSoon,
    asks_when_closed,
    is_closed,
    timing_of,
    urgency_of,
)
from msp_rules.rules.language.rule import Ruleset

_DUE_SOON: Final = DueSoon()


class Standing(StrEnum):
    """How a prompt comes to ask at a step."""

    FIRST = "first"
    AGAIN = "again"
    STILL = "still"

    __hash__ = str.__hash__  # that of Enum is a call in Python, and these are counted by the step


class Look(NamedTuple):
    """What asks at a step, the rules that were looked at, and the faults of others."""

    asked: list[Asked]
    rules: frozenset[str]
    faults: list[Fault]


class Step(NamedTuple):
    """A moment at which something was recorded in a case, and the case as it then stood.

    `types` are those of what was recorded; `first_ids` say under which id a corrected event was
    first known.
    """

    view: CaseView
    types: frozenset[str]
    is_closed: bool
    first_ids: Mapping[str, str]


def steps_of(case: Case, as_of: Cutoff) -> Iterator[Step]:
    """The steps of a case up to a moment, in order.

    A record without a time of day stands at the end of its day.
    """
    steps: dict[Cutoff, set[str]] = {}
    for event in case.events:
        recorded = event.recorded or event.moment
        if recorded is not None and recorded.instant <= as_of.instant:
            moment = min(cutoff_of(recorded), as_of, key=lambda one: one.instant)
            steps.setdefault(moment, set()).add(event.type)
    for moment in sorted(steps, key=lambda one: one.instant):
        view = in_force(case, moment)
        yield Step(view, frozenset(steps[moment]), is_closed(view), first_ids(view))


class _Asker(NamedTuple):
    """The rules that are asked at one kind of step."""

    rules: frozenset[str]
    engine: Engine


class AskingRules:
    """Some rules of a ruleset, ready to be asked at one step after the other."""

    def __init__(self, ruleset: Ruleset, names: frozenset[str], matcher: MatcherChoice) -> None:
        self._ruleset = only(ruleset, names)
        self._matcher = matcher
        self._rules = {rule.id: rule for rule in self._ruleset.rules}
        self._types = {step for rule in self._ruleset.rules for step in rule.prompt.ask_at}
        self._askers: dict[frozenset[str], _Asker | None] = {}

    def look(self, step: Step) -> Look:
        """What the rules ask that have a question about one of the types recorded."""
        asked: dict[tuple[str, str | None], Asked] = {}
        looked, faults = frozenset[str](), list[Fault]()
        now, day = step.view.as_of.instant, step.view.as_of.day
        for asker in self._chosen(step.types & self._types):
            outcome = asker.engine.evaluate_view(step.view)
            looked |= asker.rules
            faults += outcome.faults
            for one in outcome.answers:
                rule = self._rules[one.rule]
                if one.verdict not in ASKING or (step.is_closed and not asks_when_closed(rule)):
                    continue
                subject = one.subject
                if subject is not None:
                    subject = step.first_ids.get(subject, subject)
                asked[one.rule, subject] = Asked(
                    one.rule,
                    subject,
                    urgency_of(rule, day),
                    timing_of(one, now, _DUE_SOON),
                    one.due.cutoff.instant if one.due is not None else None,
                    rule.prompt.roles,
                )
        if faults:
            looked -= {fault.rule for fault in faults}
        return Look(list(asked.values()), looked, faults)

    def _chosen(self, types: frozenset[str]) -> list[_Asker]:
        """The askers of a step; there are few kinds of steps as long as types are not mixed."""
        if len(types) < 2:
            kinds = [types | {ANY_STEP}]
        else:
            kinds = [frozenset({one}) for one in (ANY_STEP, *types)]
        found = []
        for kind in kinds:
            if kind not in self._askers:
                self._askers[kind] = self._asker(kind)
            asker = self._askers[kind]
            if asker is not None:
                found.append(asker)
        return found

    def _asker(self, kind: frozenset[str]) -> _Asker | None:
        own = frozenset(
            rule.id for rule in self._ruleset.rules if not kind.isdisjoint(rule.prompt.ask_at)
        )
        if not own:
            return None
        engine = Engine(
            only(self._ruleset, own), matcher=self._matcher, foresees=False, gives_grounds=False
        )
        return _Asker(own, engine)


class Track:
    """Which prompts of one case stood when their rules were last looked at, and ever."""

    def __init__(self) -> None:
        self._standing: dict[str, set[str | None]] = {}
        self._ever: set[tuple[str, str | None]] = set()

    def follow(self, look: Look) -> list[Standing]:
        """How each prompt of a look comes to stand, in its order; remembers them."""
        now: dict[str, set[str | None]] = {rule: set() for rule in look.rules}
        found: list[Standing] = []
        for one in look.asked:
            key = (one.rule, one.subject)
            if one.subject in self._standing.get(one.rule, ()):
                found.append(Standing.STILL)
            else:
                found.append(Standing.AGAIN if key in self._ever else Standing.FIRST)
            self._ever.add(key)
            now.setdefault(one.rule, set()).add(one.subject)
        self._standing |= now
        return found


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
