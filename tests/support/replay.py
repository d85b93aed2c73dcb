"""A host that feeds the desk event by event, and checks at every step what must always hold."""

from __future__ import annotations

import random

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import Cutoff, at_instant
from msp_rules.casework.visibility import in_force
from msp_rules.engine.engine import Engine
from msp_rules.engine.prompting import is_closed
from msp_rules.engine.verdict import Answer
from msp_rules.prompts.desk import advance, ending_of
from msp_rules.prompts.feedback import hear
from msp_rules.prompts.prompt import (
    ChangeKind,
    DeskState,
    Feedback,
    FeedbackResult,
    Prompt,
    PromptChange,
    PromptKey,
)

Row = tuple[str, str | None, str, object, tuple[str, ...], tuple[object, ...]]


class Host:
    """Keeps a case and the desk's state, and mirrors the prompts from the changes alone."""

    def __init__(self, engine: Engine, case: Case) -> None:
        self.engine = engine
        self.case = case
        self.state = DeskState(case=case.id)
        self.mirror: dict[PromptKey, Prompt] = {}
        self.changes: list[PromptChange] = []

    def receive(self, event: Event, now: Cutoff) -> tuple[PromptChange, ...]:
        """One event comes in, and the desk looks at once."""
        self.case = self.case._replace(events=(*self.case.events, event))
        return self.look(now)

    def look(self, now: Cutoff) -> tuple[PromptChange, ...]:
        """The desk looks; what it told must be all that a host needs to know what stands."""
        self.state, changes = advance(self.engine, self.case, self.state, now)
        for change in changes:
            self._mirror(change)
        self.changes += changes
        assert self.mirror == {prompt.key: prompt for prompt in self.state.standing}
        return changes

    def hear(self, feedback: Feedback) -> FeedbackResult:
        """A worker says something; the host knows what it handed in."""
        heard = hear(self.engine.ruleset, self.state, feedback)
        self.state = heard.state
        self.mirror = {prompt.key: prompt for prompt in self.state.standing}
        return heard

    def _mirror(self, change: PromptChange) -> None:
        key, is_there = change.prompt.key, change.prompt.key in self.mirror
        assert is_there == (change.kind is not ChangeKind.RAISED), change
        if change.kind is ChangeKind.WITHDRAWN:
            assert not change.prompt.stands
            del self.mirror[key]
        else:
            assert change.prompt.stands
            assert self.mirror.get(key) != change.prompt
            self.mirror[key] = change.prompt


def arrivals(case: Case) -> list[Event]:
    """The events in the order in which they were recorded; those without a date come first."""

    def when(event: Event) -> tuple[int, str]:
        moment = event.recorded or event.moment
        return (moment.instant if moment is not None else 0, event.id)

    return sorted(case.events, key=when)


def replayed(engine: Engine, case: Case, as_of: Cutoff, order: list[Event]) -> Host:
    """A host that has received the events in that order, each as early as it can be, by `as_of`."""
    host, now = Host(engine, case._replace(events=())), 0
    for event in order:
        moment = event.recorded or event.moment
        now = max(now, moment.instant if moment is not None else 0)
        host.receive(event, at_instant(min(now, as_of.instant)))
    host.look(as_of)
    return host


def shuffled(case: Case, seed: object) -> list[Event]:
    """The events in a random order."""
    events = list(case.events)
    random.Random(f"{seed}").shuffle(events)
    return events


def standing_rows(state: DeskState) -> list[Row]:
    """What stands at the desk, as facts of rules and subjects."""
    return sorted(
        (
            (p.key.rule, p.subject, p.verdict.value, p.due, p.evidence, p.missing)
            for p in state.standing
        ),
        key=repr,
    )


def batch_rows(engine: Engine, case: Case, as_of: Cutoff, answers: tuple[Answer, ...]) -> list[Row]:
    """The same, as the answers of a batch evaluation say it should be."""
    closed = is_closed(in_force(case, as_of))
    rules = {rule.id: rule for rule in engine.ruleset.as_on(as_of.day).rules}
    return sorted(
        (
            (a.rule, a.subject, a.verdict.value, a.due, a.evidence, a.missing)
            for a in answers
            if ending_of(a, rules[a.rule], is_closed=closed) is None
        ),
        key=repr,
    )
