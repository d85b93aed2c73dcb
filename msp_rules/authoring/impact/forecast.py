"""Counts the prompts that a ruleset would have raised over the history of real cases, week by week.

A case is evaluated at each of its *steps*: the moments at which something was recorded in it, for
then a worker was in it. At a step the desk itself (`prompts.desk`) says which questions are open,
of the rules whose prompt names what was recorded (`ask_at`, or `any`). A prompt (of one rule, case
and subject) is *raised* when it asks and did not ask when its rule was last evaluated: for the
first time, or *again* after the record had answered it. One that still asks at a later step is
*still standing*. Time alone raises nothing here: no record says when somebody opened a case without
writing into it. What workers would have said to a prompt (put off, overruled) is not known either,
and is not guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, NamedTuple

from msp_rules.casework.case import Case, Fault
from msp_rules.casework.moments import Cutoff, cutoff_of
from msp_rules.casework.visibility import CaseView, in_force
from msp_rules.engine.engine import Engine
from msp_rules.engine.prompting import ANY_STEP, CRITICAL
from msp_rules.prompts.desk import advance_view
from msp_rules.prompts.prompt import ChangeKind, DeskState, Prompt, PromptKey, PromptState
from msp_rules.prompts.view import Budget, within

WEEKS: Final = 52
"""The number of weeks that are counted by default."""


class Recurrence(StrEnum):
    """Tells whether a prompt at a step is new, raised again, or still open."""

    FIRST = "first"
    AGAIN = "again"
    STILL = "still"

    __hash__ = str.__hash__  # that of Enum is a call in Python, and these are counted by the step


@dataclass(slots=True)
class PromptLoad:
    """Counts the prompts of one side. A prompt for two roles counts for both."""

    raised: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    """The prompts that were raised, for the first time or again, by rule, role and week."""
    recurrence: Counter[tuple[str, str, Recurrence]] = field(default_factory=Counter)
    """The prompts that ask, by rule, role and recurrence."""
    by_rule: Counter[tuple[str, Recurrence]] = field(default_factory=Counter)
    """The same once each, however many roles a prompt is for."""
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    """The prompts for which a view has no room, by rule and role."""

    def merge(self, other: PromptLoad) -> None:
        """Adds what another process counted."""
        self.raised.update(other.raised)
        self.recurrence.update(other.recurrence)
        self.by_rule.update(other.by_rule)
        self.held.update(other.held)


@dataclass(slots=True)
class Forecast:
    """Counts what both sides would have asked."""

    before: PromptLoad = field(default_factory=PromptLoad)
    """The prompts under the rules as they are."""
    after: PromptLoad = field(default_factory=PromptLoad)
    """The prompts under the rules as they would be."""
    steps: int = 0
    """The number of steps in the weeks that are counted."""
    first_week: int | None = None
    """The first week with a step or an `as_of`; None where nothing was counted."""
    last_week: int | None = None
    """The last such week."""

    @property
    def weeks(self) -> int:
        """The number of weeks that the counts are spread over."""
        if self.first_week is None or self.last_week is None:
            return 0
        return self.last_week - self.first_week + 1

    def see_week(self, week: int) -> None:
        """Extends the weeks that are counted to this one."""
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
    """Replays cases for both sides; rules that are the same on both are evaluated once.

    `engines` hold the rules before and after; of those after, only the touched ones are asked.
    """

    def __init__(
        self,
        engines: tuple[Engine, Engine],
        touched: frozenset[str],
        *,
        budget: Budget,
        weeks: int = WEEKS,
        forecast: Forecast | None = None,
    ) -> None:
        before, after = engines
        self._touched = touched
        self._before = AskingRules(before)
        self._after = AskingRules(after.only(touched))
        self._budget = budget
        self._weeks = weeks
        self.forecast = forecast if forecast is not None else Forecast()
        """The counts so far."""

    def replay(self, case: Case, as_of: Cutoff) -> list[Fault]:
        """Counts the prompts of a case's steps up to `as_of`; gives the faults on the way."""
        window = Window.until(as_of, self._weeks)
        self.forecast.see_week(window.last)
        whole, own = CaseReplay(self._before, case.id), CaseReplay(self._after, case.id)
        faults: dict[tuple[str | None, str | None], Fault] = {}
        for step in steps_of(case, as_of):
            before, changed = whole.at(step), own.at(step)
            for fault in (*before.faults, *changed.faults):
                faults[fault.rule, fault.event] = fault
            week = week_of(step.view.as_of.day)
            if week >= window.first:
                self.forecast.see_week(week)
                self.forecast.steps += 1
                same = [one for one in before.asked if one.prompt.key.rule not in self._touched]
                self._count(self.forecast.before, before.asked, week)
                self._count(self.forecast.after, same + changed.asked, week)
        return list(faults.values())

    def _count(self, load: PromptLoad, asked: Sequence[AskedPrompt], week: int) -> None:
        """Counts what asks at one step on one side, and what its views have no room for."""
        by_role: dict[str, list[AskedPrompt]] = {}
        for one in asked:
            rule = one.prompt.key.rule
            load.by_rule[rule, one.recurrence] += 1
            for role in one.prompt.roles:
                load.recurrence[rule, role, one.recurrence] += 1
                if one.recurrence is not Recurrence.STILL:
                    load.raised[rule, role, week] += 1
                by_role.setdefault(role, []).append(one)
        for role, of_role in by_role.items():
            for prompt in held_back(of_role, self._budget):
                load.held[prompt.key.rule, role] += 1


class AskedPrompt(NamedTuple):
    """A prompt that asks at a step."""

    prompt: Prompt
    """The prompt."""
    recurrence: Recurrence
    """New, raised again, or still open."""


def held_back(asked: Sequence[AskedPrompt], budget: Budget) -> tuple[Prompt, ...]:
    """Gives the prompts for which a view has no room; one that was open before has been shown."""
    if len(asked) <= budget.passive:  # as most views are: there is a place for each
        return ()
    return within(
        budget,
        [
            # Nothing but a critical prompt can interrupt, so of no other does it matter.
            replace(one.prompt, state=PromptState.SHOWN)
            if one.recurrence is Recurrence.STILL and one.prompt.urgency == CRITICAL
            else one.prompt
            for one in asked
        ],
    ).held_back


class StepPrompts(NamedTuple):
    """The result of asking the rules at one step."""

    asked: list[AskedPrompt]
    """The prompts that ask."""
    faults: list[Fault]
    """The rules that could not be computed."""


class CaseReplay:
    """The desk of some rules on one case, moved from one step to the next."""

    def __init__(self, rules: AskingRules, case_id: str) -> None:
        self._rules = rules
        self._case_id = case_id
        # By rule, as each was when it was last looked at: at a step only some of them are.
        self._known: dict[str, dict[PromptKey, Prompt]] = {}

    def at(self, step: Step) -> StepPrompts:
        """Gives what the rules ask that have a question at the next step."""
        asker = self._rules.at(step.types)
        if asker is None:
            return StepPrompts([], [])
        known = {
            key: prompt for rule in asker.rules for key, prompt in self._known.get(rule, {}).items()
        }
        state, changes = advance_view(
            asker.engine, step.view, DeskState(case=self._case_id, prompts=known)
        )
        crashed = {fault.rule for fault in state.faults}
        raised = {one.prompt.key for one in changes if one.kind is ChangeKind.RAISED}
        asked: list[AskedPrompt] = []
        self._known |= {rule: {} for rule in asker.rules}
        for key, prompt in state.prompts.items():
            self._known[key.rule][key] = prompt
            if prompt.stands and key.rule not in crashed:
                asked.append(AskedPrompt(prompt, _recurrence(prompt, key in raised)))
        return StepPrompts(asked, list(state.faults))


def _recurrence(prompt: Prompt, is_raised: bool) -> Recurrence:
    if not is_raised:
        return Recurrence.STILL
    return Recurrence.FIRST if prompt.generation == 1 else Recurrence.AGAIN


_KINDS_KEPT: Final = 1024


class AskingRules:
    """The rules of an engine, ready to be asked at the steps of one case after the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._types = {step for rule in engine.ruleset.rules for step in rule.prompt.ask_at}
        self._askers: dict[frozenset[str], _Asker | None] = {}

    def at(self, types: frozenset[str]) -> _Asker | None:
        """Gives the rules with a question where events of these types are recorded, if any."""
        kind = types & self._types | {ANY_STEP}
        if kind not in self._askers:
            if len(self._askers) >= _KINDS_KEPT:
                self._askers.clear()
            self._askers[kind] = self._asker(kind)
        return self._askers[kind]

    def _asker(self, kind: frozenset[str]) -> _Asker | None:
        rules = self._engine.ruleset.rules
        own = frozenset(rule.id for rule in rules if not kind.isdisjoint(rule.prompt.ask_at))
        return _Asker(own, self._engine.only(own)) if own else None


class _Asker(NamedTuple):
    """The rules that are asked at one kind of step."""

    rules: frozenset[str]
    engine: Engine


class Step(NamedTuple):
    """A moment at which something was recorded in a case."""

    view: CaseView
    """The case as it then stood."""
    types: frozenset[str]
    """The event types of what was recorded."""


def steps_of(case: Case, as_of: Cutoff) -> Iterator[Step]:
    """Gives the steps of a case up to a moment, in order.

    A record without a time of day counts at the end of its day.
    """
    steps: dict[Cutoff, set[str]] = {}
    for event in case.events:
        recorded = event.recorded or event.moment
        if recorded is not None and recorded.instant <= as_of.instant:
            moment = min(cutoff_of(recorded), as_of, key=lambda one: one.instant)
            steps.setdefault(moment, set()).add(event.type)
    for moment in sorted(steps, key=lambda one: one.instant):
        yield Step(in_force(case, moment), frozenset(steps[moment]))


class Window(NamedTuple):
    """The weeks that are counted; weeks begin on Monday, see `week_of`."""

    first: int
    """The number of the first week."""
    last: int
    """The number of the last week, which is included."""

    @classmethod
    def until(cls, as_of: Cutoff, weeks: int) -> Window:
        """Makes a window of so many weeks, the last of them that of `as_of`."""
        last = week_of(as_of.day)
        return cls(last - weeks + 1, last)


def week_of(day: int) -> int:
    """Numbers the week of a day, without gaps; the ordinal 1 is a Monday."""
    return (day - 1) // 7
