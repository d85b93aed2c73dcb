"""What must hold of the desk whatever comes in, whenever, and whatever workers say."""

import random
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import MICROSECONDS_A_DAY, Cutoff, Moment, at_instant
from msp_rules.engine.engine import Engine
from msp_rules.prompts.desk import advance
from msp_rules.prompts.feedback import GENERAL_REASONS, hear
from msp_rules.prompts.prompt import (
    ChangeKind,
    DeskState,
    Feedback,
    FeedbackKind,
    FeedbackStatus,
    Prompt,
    PromptKey,
    PromptState,
    Timing,
)
from tests.support import effort
from tests.support.campaign import seeded_case, seeded_ruleset
from tests.support.replay import Host, arrivals, replayed, shuffled, standing_rows

pytestmark = pytest.mark.fuzz
often = settings(derandomize=True, deadline=None, max_examples=effort.of(50, thorough=500))
rulesets = st.integers(7100, 7119)
numbers = st.integers(0, 10_000)
CODES = ("unsafe", "adult_declined", "other", *GENERAL_REASONS)
SILENT = {PromptState.ACKNOWLEDGED, PromptState.DEFERRED, PromptState.OVERRIDDEN}


@cache
def engine_of(seed: int) -> Engine:
    return Engine(seeded_ruleset(seed), matcher="python")


@often
@given(rulesets, numbers, numbers)
def test_order_of_arrival_never_matters_for_what_stands(seed: int, number: int, order: int) -> None:
    case, as_of = seeded_case(seed, number)

    in_order = replayed(engine_of(seed), case, as_of, arrivals(case))
    disordered = replayed(engine_of(seed), case, as_of, shuffled(case, order))

    assert standing_rows(disordered.state) == standing_rows(in_order.state)
    assert disordered.state.next_change == in_order.state.next_change


@often
@given(rulesets, numbers)
def test_second_look_at_the_same_moment_changes_nothing(seed: int, number: int) -> None:
    case, as_of = seeded_case(seed, number)
    host = replayed(engine_of(seed), case, as_of, arrivals(case))
    before = host.state

    assert host.look(as_of) == ()
    assert host.state == before


@often
@given(rulesets, numbers)
def test_raised_less_withdrawn_is_what_stands(seed: int, number: int) -> None:
    case, as_of = seeded_case(seed, number)

    host = replayed(engine_of(seed), case, as_of, shuffled(case, number))

    raised = [c.prompt.key for c in host.changes if c.kind is ChangeKind.RAISED]
    withdrawn = [c.prompt.key for c in host.changes if c.kind is ChangeKind.WITHDRAWN]
    for key in withdrawn:
        raised.remove(key)
    assert sorted(raised, key=repr) == sorted((p.key for p in host.state.standing), key=repr)


@often
@given(rulesets, numbers, st.floats(0, 1))
def test_nothing_changes_before_the_next_change(seed: int, number: int, part: float) -> None:
    case, as_of = seeded_case(seed, number)
    engine = engine_of(seed)
    state = advance(engine, case, DeskState(case=case.id), as_of).state
    end = as_of.instant + 60 * MICROSECONDS_A_DAY
    last = min(end, state.next_change - 1 if state.next_change is not None else end)
    between = at_instant(as_of.instant + int(part * (last - as_of.instant)))

    for moment in (between, at_instant(last)):
        for change in advance(engine, case, state, moment).changes:
            # A limit that hangs on the day of the evaluation itself moves with it.
            before = state.prompts[change.prompt.key]
            assert change.kind is ChangeKind.CHANGED
            assert replace(before, due=change.prompt.due) == change.prompt


@often
@given(rulesets, numbers, numbers)
def test_time_never_runs_backwards(seed: int, number: int, days: int) -> None:
    case, as_of = seeded_case(seed, number)
    engine = engine_of(seed)
    state = advance(engine, case, DeskState(case=case.id), as_of).state
    earlier = at_instant(as_of.instant - days % 40 * MICROSECONDS_A_DAY)

    assert advance(engine, case, state, earlier) == (state, ())


@often
@given(rulesets, numbers, numbers)
def test_nobody_is_asked_again_without_cause(seed: int, number: int, luck: int) -> None:
    rng = random.Random(luck)
    case, as_of = seeded_case(seed, number)
    host = Host(engine_of(seed), case._replace(events=()))
    now = as_of.instant - 30 * MICROSECONDS_A_DAY

    for event in (*shuffled(case, luck), *[None] * 5):
        now += rng.randrange(3 * MICROSECONDS_A_DAY)
        before = dict(host.state.prompts)
        if event is not None:
            host.receive(event, at_instant(now))
        else:
            host.look(at_instant(now))
        for key, prompt in host.state.prompts.items():
            assert_asked_for_cause(before.get(key), prompt, host.state.as_of or 0)
        for prompt in host.state.standing:
            if rng.random() < 0.4:
                host.hear(random_feedback(rng, prompt, now))


def assert_asked_for_cause(old: Prompt | None, new: Prompt, now: int) -> None:
    """A prompt asks (again) only because it is new, came back, is overdue now, or was put off."""
    if old is None:
        assert (new.generation, new.state) == (1, PromptState.RAISED)
    elif old.stands and new.stands and new.generation > old.generation:
        is_overdue_now = new.timing is Timing.OVERDUE is not old.timing
        has_returned = old.until is not None and old.until <= now
        assert has_returned or (is_overdue_now and old.state not in SILENT - {"acknowledged"})
    elif old.stands and new.stands:
        assert new.state is old.state
        assert old.until is None or old.until > now
    else:
        assert new.generation - old.generation == int(new.stands and not old.stands)


def random_feedback(rng: random.Random, prompt: Prompt, now: int, *, name: str = "") -> Feedback:
    at = moment_at(now)
    kind = rng.choice(list(FeedbackKind))
    later = moment_at(now + rng.randrange(1, 8 * MICROSECONDS_A_DAY))
    return Feedback(
        id=name or f"f{rng.random()}",
        key=prompt.key,
        generation=prompt.generation,
        kind=kind,
        at=at,
        role="worker",
        until=later if kind is FeedbackKind.DEFERRED else None,
        code=rng.choice(CODES) if kind is FeedbackKind.OVERRIDDEN else None,
        has_text=rng.random() < 0.5,
    )


def moment_at(instant: int) -> Moment:
    cutoff: Cutoff = at_instant(instant)
    return Moment(cutoff.day, 0, instant)


@often
@given(rulesets, numbers, numbers)
def test_order_and_repetition_of_feedback_never_matter(seed: int, number: int, luck: int) -> None:
    rng = random.Random(luck)
    case, as_of = seeded_case(seed, number)
    engine = engine_of(seed)
    start = advance(engine, case, DeskState(case=case.id), as_of).state
    said = [
        random_feedback(rng, prompt, as_of.instant + rng.randrange(10**9), name=f"f{index}")
        for prompt in start.standing
        for index in range(rng.randrange(4))
    ]

    ends = []
    for _ in range(3):
        rng.shuffle(said)
        state = start
        for one in said + said[:3]:
            state = hear(engine.ruleset, state, one).state
        ends.append(dict(state.prompts))

    assert ends[0] == ends[1] == ends[2]


@often
@given(rulesets, numbers, numbers)
def test_same_feedback_twice_changes_nothing(seed: int, number: int, luck: int) -> None:
    rng = random.Random(luck)
    case, as_of = seeded_case(seed, number)
    engine = engine_of(seed)
    state = advance(engine, case, DeskState(case=case.id), as_of).state

    for prompt in state.standing:
        feedback = random_feedback(rng, prompt, as_of.instant + 1)
        once = hear(engine.ruleset, state, feedback)
        twice = hear(engine.ruleset, once.state, feedback)

        assert once.heard_as is FeedbackStatus.HEARD
        assert twice == (once.state, FeedbackStatus.REPEATED, once.explanation)


@often
@given(rulesets, numbers)
def test_corrected_event_keeps_its_prompts(seed: int, number: int) -> None:
    case, as_of = seeded_case(seed, number)
    case = without_corrections(case)
    engine = engine_of(seed)
    first = advance(engine, case, DeskState(case=case.id), as_of).state
    corrected = case._replace(
        events=(
            *case.events,
            *(event._replace(id=f"{event.id}-again", supersedes=event.id) for event in case.events),
        )
    )

    changes = advance(engine, corrected, first, as_of).changes

    # What refers to an event by a text, not by a reference, may lose it: but nothing is asked anew
    # of a subject that was merely written again.
    raised = {c.prompt.key for c in changes if c.kind is ChangeKind.RAISED}
    assert raised.isdisjoint(first.prompts)
    assert {key.subject for key in keys_of(changes)} <= {e.id for e in case.events} | {None}


def keys_of(changes: tuple[object, ...]) -> set[PromptKey]:
    return {change.prompt.key for change in changes}  # type: ignore[attr-defined]


def without_corrections(case: Case) -> Case:
    plain: dict[str, Event] = {
        event.id: event._replace(supersedes=None, void=None, unknown=frozenset(), is_certain=True)
        for event in case.events
        if event.moment is not None
    }
    return case._replace(events=tuple(plain.values()))
