"""Finer points that the oracle once found the engine wrong about, each in its smallest form."""

from __future__ import annotations

from typing import Any

from msp_rules.casework.case import WITHHELD, Case, Event, FieldValue
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.casework.workdays import Unit
from msp_rules.engine.engine import Engine
from msp_rules.rules.language.conditions import (
    AllOf,
    AnyOf,
    AsOf,
    Count,
    DueAt,
    EventAnchor,
    ExplanationGiven,
    FieldTest,
    Gap,
    InOrder,
    Limit,
    ReasonRecorded,
    Selection,
    This,
    Window,
)
from msp_rules.rules.language.conditions import Test as FieldTestKind
from msp_rules.rules.language.rule import IfNone, Rule, Ruleset, Settings, Suspension
from tests.support.differences import oracle_rows
from tests.support.random_rules import BEGINNING, HERE, plain_rule


def limit(number: int, unit: Unit = Unit.CALENDAR_DAYS) -> Limit:
    return Limit(unit=unit, values=((BEGINNING, number),))


def recorded(event_type: str, **keys: Any) -> Count:
    return Count(selection=Selection(type=event_type, **keys), at_least=1)


def first(event_type: str) -> EventAnchor:
    return EventAnchor(which="first", selection=Selection(type=event_type))


def event(
    event_id: str, event_type: str, day: str, unknown: tuple[str, ...] = (), **fields: FieldValue
) -> Event:
    moment = parse_moment(day)
    return Event(event_id, event_type, moment, moment, fields, unknown=frozenset(unknown))


def ruleset(rule: Rule, *suspensions: Suspension) -> Ruleset:
    return Ruleset(
        id="one",
        title="one",
        version="1.0.0",
        nation="England",
        sources={},
        settings=Settings(
            office_close=17 * 3_600_000_000,
            max_temporary_reason=limit(10),
            temporary_codes=frozenset({"unsafe"}),
        ),
        suspensions=suspensions,
        concepts={},
        rules=(rule,),
        sha256="",
        where=HERE,
        vocabulary=core_vocabulary(),
    )


def verdicts(rules: Ruleset, as_of: str, *events: Event) -> list[str]:
    """What the engine says; the oracle's answer is in each test, and checked to be its own."""
    found = Engine(rules, matcher="python").evaluate(Case("C", events), parse_as_of(as_of))
    return [answer.verdict.value for answer in found.answers]


def right(rules: Ruleset, as_of: str, *events: Event) -> list[str]:
    return [row[2] for row in oracle_rows(rules, Case("C", events), parse_as_of(as_of))]


CLOSED = event("e1", "case_closed", "2026-04-01")
REASON = ExplanationGiven(codes=("unsafe",))


def agree(expected: str, rules: Ruleset, as_of: str, *events: Event) -> None:
    assert right(rules, as_of, *events) == [expected]
    assert verdicts(rules, as_of, *events) == [expected]


def test_suspension_without_its_moment_stops_no_limit() -> None:
    stop = Suspension(
        name="s", when=recorded("case_closed"), limit_after=first("adult_died"), keeps=frozenset()
    )
    rule = plain_rule("R-01", expect=recorded("plan_made"))

    agree("not_met", ruleset(rule, stop), "2026-05-01", CLOSED)


def test_explanation_inside_all_counts_on_a_null_row() -> None:
    rule = plain_rule(
        "R-01",
        each="concern_raised",
        expect=recorded("plan_made"),
        explained_when=AllOf(of=(REASON,)),
        if_none=IfNone(
            applies_when=recorded("case_closed"), due=DueAt(anchor=first("case_closed"))
        ),
    )
    given = event(
        "e2",
        "explanation",
        "2026-04-01",
        rule="R-01",
        code="unsafe",
        text="a",
        review_by=parse_moment("2026-06-01"),
    )

    agree("explained", ruleset(rule), "2026-05-01", CLOSED, given)


def test_event_before_a_window_is_outside_it_though_its_limit_has_no_value_yet() -> None:
    later = Limit(unit=Unit.WEEKS, values=((parse_moment("2027-01-01").day, 1),))
    window = Window(limit=later, anchor=first("case_closed"))
    rule = plain_rule("R-01", expect=recorded("plan_made", within=window))

    agree("not_met", ruleset(rule), "2026-05-01", CLOSED, event("e2", "plan_made", "2026-03-01"))


def test_ended_explanation_whose_subject_cannot_be_read_may_be_the_subjects() -> None:
    rule = plain_rule(
        "R-01", each="case_closed", expect=recorded("plan_made"), explained_when=REASON
    )
    given = event(
        "e2", "explanation", "2026-03-01", ("subject",), rule="R-01", code="unsafe", text="a"
    )

    agree("cannot_tell", ruleset(rule), "2026-05-01", CLOSED, given)


def test_explanation_without_text_is_part_however_long_it_stood() -> None:
    rule = plain_rule("R-01", expect=recorded("plan_made"), explained_when=REASON)
    given = event("e2", "explanation", "2026-03-01", ("review_by",), rule="R-01", code="unsafe")

    agree("partly_met", ruleset(rule), "2026-05-01", given)


def test_uncertain_event_may_break_a_gap_whose_limit_shrinks() -> None:
    shrinking = Limit(
        unit=Unit.MONTHS, values=((BEGINNING, 1), (parse_moment("2026-04-05").day, 0))
    )
    gap = Gap(
        selection=Selection(type="plan_made"),
        at_most=shrinking,
        start=first("case_closed"),
        end=AsOf(),
    )
    doubtful = event("e2", "plan_made", "2026-04-06")._replace(is_certain=False)

    agree("cannot_tell", ruleset(plain_rule("R-01", expect=gap)), "2026-04-20", CLOSED, doubtful)


def test_gap_until_a_subject_after_the_due_moment_ends_with_it() -> None:
    rule = plain_rule(
        "R-01",
        each="plan_made",
        expect=Gap(
            selection=Selection(type="oversight"),
            at_most=limit(2),
            start=AsOf(),
            end=This(),
        ),
        due=DueAt(anchor=first("case_closed")),
    )

    agree("met", ruleset(rule), "2026-05-01", CLOSED, event("e2", "plan_made", "2026-04-20"))


def test_withheld_text_among_several_may_be_any_text() -> None:
    asks = FieldTest(field="question", test=FieldTestKind.ONE_OF, values=("q1",))
    rule = plain_rule("R-01", expect=recorded("outcomes_conversation", where=(asks,)))
    held = event("e2", "outcomes_conversation", "2026-03-01", question=(WITHHELD,))

    agree("cannot_tell", ruleset(rule), "2026-05-01", held)


def test_reason_in_hours_still_stood_at_the_start_of_the_day_of_the_evidence() -> None:
    asked = ReasonRecorded(selection=Selection(type="oversight"), stands_for=limit(24, Unit.HOURS))
    rule = plain_rule(
        "R-01",
        expect=recorded("plan_made"),
        due=DueAt(anchor=first("case_closed")),
        explained_when=asked,
    )
    reason = event("e2", "oversight", "2026-04-01T10:00:00")
    late = event("e3", "plan_made", "2026-04-02")

    agree("explained", ruleset(rule), "2026-05-01", CLOSED, reason, late)


def test_reference_over_an_uncertain_correction_is_unknown() -> None:
    rule = plain_rule(
        "R-01",
        each="outcome_expressed",
        expect=recorded("outcome_reviewed", refers_to="outcome"),
    )
    old = event("e1", "outcome_expressed", "2026-04-01")
    new = event("e2", "outcome_expressed", "2026-04-02")._replace(supersedes="e1")
    doubtful = event("e3", "oversight", "2026-04-03")._replace(supersedes="e1", is_certain=False)
    reviewed = event("e4", "outcome_reviewed", "2026-04-02", outcome="e1")

    agree("cannot_tell", ruleset(rule), "2026-05-01", old, new, doubtful, reviewed)


def test_gap_ends_now_and_not_at_the_end_of_the_day() -> None:
    gap = Gap(
        selection=Selection(type="oversight"),
        at_most=limit(1, Unit.HOURS),
        start=AsOf(),
        end=first("adult_died"),
    )
    rules = ruleset(plain_rule("R-01", applies_when=gap, expect=recorded("plan_made")))

    agree("not_yet_due", rules, "2026-04-01T10:00:00", CLOSED)


def told(rules: Ruleset, as_of: str, *events: Event) -> int | None:
    """When the only answer may change, as the engine says."""
    found = Engine(rules, matcher="python").evaluate(Case("C", events), parse_as_of(as_of))
    return found.answers[0].changes_at


def test_gap_until_what_has_not_happened_is_looked_at_again() -> None:
    gap = Gap(
        selection=Selection(type="oversight"),
        at_most=limit(5),
        start=first("plan_made"),
        end=first("case_closed"),
    )
    rules = ruleset(plain_rule("R-01", expect=gap))
    made = event("e1", "plan_made", "2026-04-01")

    assert verdicts(rules, "2026-04-06", made) == ["met"]
    assert verdicts(rules, "2026-04-07", made) == ["not_met"]
    assert told(rules, "2026-04-06", made) is not None


def test_suspension_that_looks_at_now_is_looked_at_again() -> None:
    window = Window(limit=limit(5), anchor=AsOf(), is_backward=True)
    stop = Suspension(
        name="s",
        when=recorded("case_closed", within=window),
        limit_after=None,
        keeps=frozenset(),
    )
    rules = ruleset(plain_rule("R-01", expect=recorded("case_closed")), stop)

    assert verdicts(rules, "2026-04-06", CLOSED) == ["not_applicable"]
    assert verdicts(rules, "2026-04-07", CLOSED) == ["met"]
    assert told(rules, "2026-04-06", CLOSED) is not None


def test_limit_that_looks_at_now_is_looked_at_again() -> None:
    recent = Window(limit=limit(5), anchor=AsOf(), is_backward=True)
    anchor = EventAnchor(which="latest", selection=Selection(type="case_closed", within=recent))
    rules = ruleset(plain_rule("R-01", expect=recorded("plan_made"), due=DueAt(anchor=anchor)))

    assert verdicts(rules, "2026-04-06", CLOSED) == ["not_met"]
    assert verdicts(rules, "2026-04-07", CLOSED) == ["not_yet_due"]
    assert told(rules, "2026-04-06", CLOSED) is not None


def test_window_in_hours_up_to_now_is_looked_at_again_before_midnight() -> None:
    window = Window(limit=limit(24, Unit.HOURS), anchor=AsOf(), is_backward=True)
    rules = ruleset(plain_rule("R-01", expect=recorded("case_closed", within=window)))
    closed = event("e1", "case_closed", "2026-04-01T10:00:00")

    assert verdicts(rules, "2026-04-02T10:00:00", closed) == ["met"]
    assert verdicts(rules, "2026-04-02T10:00:01", closed) != ["met"]
    changes_at = told(rules, "2026-04-02T10:00:00", closed)
    assert changes_at is not None
    assert changes_at <= parse_as_of("2026-04-02T10:00:01").instant


def test_window_in_hours_is_looked_at_again_by_each_of_its_dated_numbers() -> None:
    dated = Limit(unit=Unit.HOURS, values=((BEGINNING, 1), (parse_moment("2026-01-01").day, 24)))
    window = Window(limit=dated, anchor=AsOf(), is_backward=True)
    rules = ruleset(plain_rule("R-01", expect=recorded("case_closed", within=window)))
    closed = event("e1", "case_closed", "2026-04-01T10:00:00")

    assert verdicts(rules, "2026-04-02T10:00:00", closed) == ["met"]
    assert verdicts(rules, "2026-04-02T10:00:01", closed) != ["met"]
    changes_at = told(rules, "2026-04-02T10:00:00", closed)
    assert changes_at is not None
    assert changes_at <= parse_as_of("2026-04-02T10:00:01").instant


def test_day_on_which_a_rule_began_is_known_though_its_hour_is_in_doubt() -> None:
    order = InOrder(
        earlier=Selection(type="outcome_reviewed"),
        later=Selection(type="outcome_reviewed", since=AsOf()),
    )
    nothing_decided = Count(selection=Selection(type="s42_decided"), at_most=0)
    rules = ruleset(plain_rule("R-01", applies_when=order, expect=nothing_decided))
    whole_day = event("e1", "plan_action", "2026-04-01")
    doubtful = event("e2", "outcome_reviewed", "2026-04-01T10:00:00")._replace(is_certain=False)
    day_before = event("e2", "outcome_reviewed", "2026-03-31T10:00:00")._replace(is_certain=False)

    agree("met", rules, "2026-05-01", whole_day, doubtful)
    agree("cannot_tell", rules, "2026-05-01", whole_day, day_before)


def test_a_reason_is_held_against_evidence_that_came_after_the_limit() -> None:
    asked = AnyOf(
        of=(
            Count(selection=Selection(type="concern_raised"), at_most=0),
            recorded("plan_made"),
        )
    )
    rule = plain_rule(
        "R-01",
        applies_when=recorded("concern_raised"),
        expect=asked,
        due=DueAt(anchor=first("case_closed")),
        explained_when=REASON,
    )
    given = event(
        "e2",
        "explanation",
        "2026-03-30",
        rule="R-01",
        code="unsafe",
        text="a",
        review_by=parse_moment("2026-04-01"),
    )
    concern = event("e3", "concern_raised", "2026-03-31")
    late = event("e4", "plan_made", "2026-04-02")
    longer = given._replace(fields={**given.fields, "review_by": parse_moment("2026-04-02")})

    agree("met_late", ruleset(rule), "2026-05-01", CLOSED, given, concern, late)
    agree("explained", ruleset(rule), "2026-05-01", CLOSED, longer, concern, late)
