"""What rules ask at one step of a case, and how a prompt comes to stand there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from msp_rules.authoring.budget import Asked
from msp_rules.authoring.effects import ASKING
from msp_rules.authoring.touched import only
from msp_rules.casework.case import Case, Fault
from msp_rules.casework.moment import Cutoff, cutoff_of
from msp_rules.casework.visibility import CaseView
from msp_rules.engine.engine import Engine
from msp_rules.engine.matching import MatcherChoice
from msp_rules.engine.measures import Measures
from msp_rules.rules.rule import Ruleset

ANY_STEP: Final = "any"


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


def steps_of(case: Case, as_of: Cutoff) -> Iterator[tuple[Cutoff, frozenset[str]]]:
    """The steps of a case up to a moment, in order, each with the types of what was recorded.

    A record without a time of day stands at the end of its day.
    """
    steps: dict[Cutoff, set[str]] = {}
    for event in case.events:
        recorded = event.recorded or event.moment
        if recorded is not None and recorded.instant <= as_of.instant:
            moment = min(cutoff_of(recorded), as_of, key=lambda one: one.instant)
            steps.setdefault(moment, set()).add(event.type)
    for moment in sorted(steps, key=lambda one: one.instant):
        yield moment, frozenset(steps[moment])


class AskingRules:
    """Some rules of a ruleset, ready to be asked at one step after the other.

    `roles` are those that each rule's prompt is for.
    """

    def __init__(self, ruleset: Ruleset, names: frozenset[str], matcher: MatcherChoice) -> None:
        chosen = only(ruleset, names)
        self.roles = {rule.id: rule.prompt.roles for rule in chosen.rules}
        self._urgency = {rule.id: rule.prompt.urgency for rule in chosen.rules}
        self._asked_at: dict[str, frozenset[str]] = {}
        self._engines: dict[str, Engine] = {}
        # An engine for each type of step: most rules are asked at one or two of them.
        for step in sorted({step for rule in chosen.rules for step in rule.prompt.ask_at}):
            own = frozenset(rule.id for rule in chosen.rules if step in rule.prompt.ask_at)
            self._asked_at[step] = own
            self._engines[step] = Engine(only(chosen, own), matcher=matcher)
        self._measures = {step: Measures(engine) for step, engine in self._engines.items()}

    def look(self, view: CaseView, types: Iterable[str]) -> Look:
        """What the rules ask that have a question about one of the types recorded."""
        asked: dict[tuple[str, str | None], Asked] = {}
        rules, faults = frozenset[str](), list[Fault]()
        for step in (ANY_STEP, *types):
            engine = self._engines.get(step)
            if engine is None:
                continue
            outcome, measures = engine.evaluate_view(view), self._measures[step]
            rules |= self._asked_at[step]
            faults += outcome.faults
            for one in outcome.answers:
                if one.verdict not in ASKING:
                    continue
                if measures.waiver_of(view.case, view.as_of, one) is None:
                    due = one.due.cutoff.instant if one.due is not None else None
                    key = (one.rule, one.subject)
                    asked[key] = Asked(one.rule, one.subject, self._urgency[one.rule], due)
        if faults:
            rules -= {fault.rule for fault in faults}
        return Look(list(asked.values()), rules, faults)


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
