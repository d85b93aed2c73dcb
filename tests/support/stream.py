"""A stream of work for a desk, and what comes of it by the pure functions, without a memory."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.live_messages import made_up_cases, messages_of
from msp_rules.casework.case import Case
from msp_rules.casework.consistency import ref_fields, seen_together
from msp_rules.casework.moments import (
    MICROSECONDS_A_DAY,
    Cutoff,
    at_instant,
    iso_instant,
    parse_moment,
)
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.intake.live_events import CaseMessage, EventMessage, MessageReader
from msp_rules.prompts.desk import advance
from msp_rules.prompts.feedback import accepted_codes, change_of_answer, hear
from msp_rules.prompts.prompt import DeskState, Feedback, FeedbackKind, PromptChange

_REFS = ref_fields(core_vocabulary().events)
_A_DAY = MICROSECONDS_A_DAY


@dataclass(frozen=True)
class Deliver:
    """A message comes in."""

    message: dict[str, Any]
    now: Cutoff


@dataclass(frozen=True)
class Answer:
    """A worker says something to a prompt."""

    feedback: Feedback


@dataclass(frozen=True)
class Sweep:
    """The host lets time pass."""

    now: Cutoff


@dataclass(frozen=True)
class Put:
    """The host saves a case, and hands it over as it stands."""

    snapshot: dict[str, Any]
    now: Cutoff
    says: Sequence[str] | None = None


Step = Deliver | Put | Answer | Sweep


@dataclass
class PureDesk:
    """A host that keeps all state itself, in variables: what a memory must come to as well."""

    engine: Engine
    cases: dict[str, Case] = field(default_factory=dict)
    states: dict[str, DeskState] = field(default_factory=dict)
    changes: list[PromptChange] = field(default_factory=list)
    reader: MessageReader = field(default_factory=MessageReader)

    def do(self, step: Step) -> None:
        """One step of a stream."""
        if isinstance(step, Sweep):
            due = [(s.next_change, s.case) for s in self.states.values() if s.next_change]
            for moment, case in sorted(due):
                if moment <= step.now.instant:
                    self._look(case, step.now)
        elif isinstance(step, Answer):
            case = step.feedback.key.case
            before = self.states[case]
            after = hear(self.engine.ruleset, before, step.feedback).state
            self.states[case] = after
            answered = change_of_answer(step.feedback, before, after)
            self.changes += () if answered is None else (answered,)
        else:
            assert isinstance(step, Deliver)
            message = self.reader.read(step.message)
            case = self.cases.get(message.case_id, Case(id=message.case_id, events=()))
            if isinstance(message, EventMessage):
                case = case._replace(events=(*case.events, message.event))
            else:
                assert isinstance(message, CaseMessage)
                case = case._replace(attributes=message.attributes, adult=message.adult)
            self.cases[case.id] = case
            self._look(case.id, step.now)

    def _look(self, case_id: str, now: Cutoff) -> None:
        case = self.cases[case_id]
        events, _ = seen_together(case.events, _REFS)
        before = self.states.get(case_id, DeskState(case=case_id))
        after, made = advance(self.engine, case._replace(events=events), before, now)
        self.states[case_id] = after
        self.changes += made


def make_stream(engine: Engine, *, events: int, seed: int) -> tuple[list[Step], PureDesk]:
    """So many messages or a few more, with feedback and sweeps between them, and their outcome.

    Messages come up to three days after they were recorded, so that they overtake each other.
    """
    rng = random.Random(seed)
    arrivals: list[tuple[int, str, dict[str, Any]]] = []
    for case in made_up_cases(1 + events // 20, seed=seed):
        if len(arrivals) < events:
            arrivals += _arrivals(case, rng)
    pure, steps = PureDesk(engine), list[Step]()
    for number, (instant, _, message) in enumerate(sorted(arrivals, key=lambda one: one[:2])):
        now = at_instant(instant)
        planned: list[Step] = [Deliver(message, now)]
        if number % 25 == 24:
            planned.insert(0, Sweep(now))
        for step in planned:
            steps.append(step)
            pure.do(step)
        answer = _answer(engine, pure.states[message["subject"]], number, now, rng)
        if answer is not None:
            steps.append(answer)
            pure.do(answer)
    return steps, pure


def _arrivals(case: Case, rng: random.Random) -> list[tuple[int, str, dict[str, Any]]]:
    """When each message of a case comes in: after it was recorded, by hours or by days."""
    about, *told = messages_of(case)
    moments = [event.recorded.instant for event in case.events if event.recorded is not None]
    found = [(min(moments), about["id"], about)]
    for message, moment in zip(told, moments, strict=True):
        late = rng.choice((0, 0, _A_DAY // 24, 3 * _A_DAY))
        found.append((moment + rng.randint(0, late), message["id"], message))
    return found


def _answer(
    engine: Engine, state: DeskState, number: int, now: Cutoff, rng: random.Random
) -> Answer | None:
    """What a worker says to one of the prompts that a case has just now, at times."""
    asking = [prompt for prompt in state.prompts.values() if prompt.asks]
    if not asking or rng.random() < 0.6:
        return None
    prompt, kind = rng.choice(asking), rng.choice(list(FeedbackKind))
    rules = {rule.id: rule for rule in engine.ruleset.rules}
    codes = (*accepted_codes(rules[prompt.key.rule]), "does_not_fit")
    later = parse_moment(iso_instant(now.instant + rng.randint(1, 20) * _A_DAY))
    is_deferred, is_overruled = kind is FeedbackKind.DEFERRED, kind is FeedbackKind.OVERRIDDEN
    return Answer(
        Feedback(
            id=f"feedback-{number}",
            key=prompt.key,
            generation=prompt.generation,
            kind=kind,
            at=parse_moment(iso_instant(now.instant)),
            role="worker",
            until=later if is_deferred else None,
            code=rng.choice(codes) if is_overruled else None,
            has_text=is_overruled,
        )
    )
