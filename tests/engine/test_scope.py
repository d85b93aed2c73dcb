"""A scope is never changed for its user, and remembers apart what may differ."""

from __future__ import annotations

from msp_rules.casework.case import Case, Event, Supply
from msp_rules.casework.moments import cutoff_of, parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force
from msp_rules.engine.scope import Scope
from msp_rules.engine.truth import FALSE, TRUE

EARLY, LATE = parse_moment("2026-03-02"), parse_moment("2026-03-09")
CONCERN = Event("e1", "concern_raised", EARLY, EARLY)
MEETING = Event("e2", "meeting_held", LATE, LATE)
PARTIAL = Supply(declared=True, types=frozenset({"concern_raised"}))


def scope(supply: Supply | None = None) -> Scope:
    case = Case("C", (CONCERN, MEETING), supply=supply or Supply())
    return Scope(in_force(case, parse_as_of("2026-03-31")))


def test_a_horizon_after_the_evaluation_cuts_off_nothing() -> None:
    whole = scope()

    assert whole.seen_through(parse_as_of("2026-03-31")) is whole
    assert whole.seen_through(parse_as_of("2026-03-30")) is not whole


def test_a_horizon_inside_of_an_earlier_one_cuts_off_nothing() -> None:
    early = scope().seen_through(cutoff_of(EARLY))

    assert early.seen_through(cutoff_of(LATE)) is early


def test_the_same_horizon_gives_the_same_scope_until_it_is_forgotten() -> None:
    whole = scope()
    early = whole.seen_through(cutoff_of(EARLY))

    assert whole.seen_through(cutoff_of(EARLY)) is early

    whole.forget()

    assert whole.seen_through(cutoff_of(EARLY)) is not early


def test_subjects_share_the_memory_of_the_case_and_of_each_horizon_and_have_their_own() -> None:
    one, other = scope().on(CONCERN), scope().on(CONCERN)
    meeting = one.on(MEETING)

    assert meeting.memory is one.memory
    assert meeting.own_memory is not one.own_memory
    assert other.memory is not one.memory

    horizon = cutoff_of(EARLY)
    assert meeting.seen_through(horizon).memory is one.seen_through(horizon).memory
    assert meeting.seen_through(horizon).own_memory is not one.seen_through(horizon).own_memory


def test_where_a_reason_is_looked_for_everything_is_supplied_and_remembered_apart() -> None:
    partial = scope(PARTIAL)

    reasons = partial.for_reasons()

    assert partial.supply is PARTIAL
    assert reasons.supply.has_type("meeting_held")
    assert reasons.memory is not partial.memory
    assert partial.for_reasons().memory is reasons.memory


def test_a_reason_is_asked_to_stand_at_the_moment_that_was_named_and_else_now() -> None:
    whole = scope()

    assert whole.for_reasons() is whole
    assert whole.for_reasons(stands_at=5).stands_at == 5
    assert whole.for_reasons(is_weak=True).is_weak
    assert (whole.stands_at, whole.is_weak) == (parse_as_of("2026-03-31").instant, False)


def test_a_reference_leads_to_the_subject_by_its_id_only() -> None:
    on_concern = scope().on(CONCERN)

    assert on_concern.refers("e1") == TRUE
    assert on_concern.refers("e2") == FALSE
    assert scope().refers("e1") == FALSE
