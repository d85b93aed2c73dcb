"""What rules ask at one step of a case, and how a prompt comes to stand there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from msp_rules.authoring.budget import Asked
from msp_rules.authoring.touched import only
from msp_rules.casework.case import Case, Fault
from msp_rules.casework.first_ids import first_ids
from msp_rules.casework.moment import Cutoff, cutoff_of
from msp_rules.casework.visibility import CaseView, in_force
from msp_rules.engine.engine import Engine
from msp_rules.engine.matching import MatcherChoice
from msp_rules.engine.questions import (
    ANY_STEP,
    ASKING,
    DueSoon,
    asks_when_closed,
    is_closed,
    timing_of,
    urgency_of,
)
from msp_rules.rules.rule import Ruleset

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
    """Some rules of a ruleset, ready to be asked at one step after the other.

    `roles` are those that each rule's prompt is for.
    """

    def __init__(self, ruleset: Ruleset, names: frozenset[str], matcher: MatcherChoice) -> None:
        self._ruleset = only(ruleset, names)
        self._matcher = matcher
        self.roles = {rule.id: rule.prompt.roles for rule in self._ruleset.rules}
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
        return _Asker(own, Engine(only(self._ruleset, own), matcher=self._matcher, foresees=False))


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
