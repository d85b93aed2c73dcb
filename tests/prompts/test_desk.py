"""What one case asks a worker, told step by step with the core rules.

ASK-01 asks within two working days of the concern, by the end of Wednesday 7 January; RISK-01 asks
within 24 hours, by ten on Tuesday.
"""

from dataclasses import replace
from datetime import date

import pytest

from msp_rules.casework.case import Case
from msp_rules.casework.moments import iso_instant, parse_as_of, parse_moment
from msp_rules.casework.workdays import Due
from msp_rules.engine.engine import Engine
from msp_rules.engine.prompting import due_soon_from
from msp_rules.engine.verdict import Verdict
from msp_rules.errors import MspRulesError
from msp_rules.prompts.desk import DueSoon, advance, with_event
from msp_rules.prompts.prompt import DeskState, Ending, PromptState, Timing
from msp_rules.prompts.view import view
from msp_rules.rules.language.rule import Rule
from tests.builders.case import event_of
from tests.support.core import core_ruleset
from tests.support.desk import ASKED, CASE, CONCERN, Desk, core_engine

pytestmark = pytest.mark.slow


def test_concern_raises_the_early_question() -> None:
    desk = Desk()

    prompt = desk.prompt("ASK-01")

    assert (prompt.state, prompt.timing, prompt.generation) == ("raised", Timing.EARLY, 1)
    assert prompt.verdict is Verdict.NOT_YET_DUE
    assert prompt.due is not None
    assert prompt.due.text == "2026-01-07"
    assert prompt.ask_at == ("concern_raised", "s42_decided")
    assert prompt.roles == ("worker", "team_manager")


def test_case_without_events_has_nothing_to_show() -> None:
    case = Case(id=CASE, events=())

    state = advance(core_engine(), case, DeskState(case=CASE), parse_as_of("2026-01-05")).state

    assert {prompt.timing for prompt in state.standing} == {Timing.EARLY}
    assert {prompt.due for prompt in state.standing} == {None}
    assert view(state).shown == ()


def test_record_that_satisfies_the_rule_resolves_the_prompt() -> None:
    desk = Desk()

    changes = desk.record("outcomes_conversation", ASKED, "2026-01-06T09:00")

    assert changes["ASK-01"] == "withdrawn"
    assert (desk.prompt("ASK-01").state, desk.prompt("ASK-01").ending) == (
        PromptState.RESOLVED,
        Ending.ANSWERED,
    )


def test_late_record_resolves_the_prompt_too() -> None:
    desk = Desk()
    late = {"id": "e2", "occurred": "2026-01-20", "asked": "asked_expressed"}

    changes = desk.record("outcomes_conversation", late, "2026-01-20")

    assert changes["ASK-01"] == "withdrawn"
    assert desk.prompt("ASK-01").ending is Ending.ANSWERED


def test_explanation_in_the_record_resolves_the_prompt_until_it_lapses() -> None:
    desk = Desk()
    body = {
        **{"id": "x1", "occurred": "2026-01-06", "rule": "ASK-01", "code": "unsafe"},
        **{"text": "As noted.", "review_by": "2026-01-12"},
    }

    changes = desk.record("explanation", body, "2026-01-06")

    assert changes["ASK-01"] == "withdrawn"
    assert desk.prompt("ASK-01").ending is Ending.EXPLAINED
    assert "ASK-01" not in desk.at("2026-01-12T23:59:59")
    assert desk.at("2026-01-13T00:00")["ASK-01"] == "raised"
    assert desk.prompt("ASK-01").verdict is Verdict.PARTLY_MET
    assert desk.prompt("ASK-01").generation == 2


@pytest.mark.parametrize(
    ("moment", "told"),
    [("2026-01-05T23:59:59", None), ("2026-01-06T00:00", "due_soon")],
    ids=["the evening before", "the working day before the due day"],
)
def test_limit_in_days_is_near_from_the_working_day_before(moment: str, told: str | None) -> None:
    assert Desk().at(moment).get("ASK-01") == told


@pytest.mark.parametrize(
    ("moment", "told"),
    [("2026-01-06T05:59:59", None), ("2026-01-06T06:00", "due_soon")],
    ids=["a second more than four hours", "four hours"],
)
def test_limit_in_hours_is_near_four_hours_before(moment: str, told: str | None) -> None:
    assert Desk().at(moment).get("RISK-01") == told


@pytest.mark.parametrize(
    ("moment", "timing"),
    [("2026-01-07T23:59:59.999999", Timing.DUE_SOON), ("2026-01-08T00:00", Timing.OVERDUE)],
    ids=["the due day to its last instant", "the next midnight"],
)
def test_due_day_is_wholly_in_time(moment: str, timing: Timing) -> None:
    desk = Desk()

    desk.at(moment)

    assert desk.prompt("ASK-01").timing is timing


def test_due_soon_can_be_set_by_the_host() -> None:
    desk = Desk()
    now = parse_as_of("2026-01-06T00:00")
    late = DueSoon(working_days=0, hours=1)

    changes = advance(desk.engine, desk.case, desk.state, now, due_soon=late).changes

    assert changes == ()


def test_looking_when_the_next_change_has_come_misses_nothing() -> None:
    desk = Desk()

    told = []
    while desk.state.next_change is not None and len(told) < 3:
        moment = iso_instant(desk.state.next_change)
        told += [(moment, rule, kind) for rule, kind in desk.at(moment).items()]

    assert told == [
        ("2026-01-06T00:00:00+00:00", "ASK-01", "due_soon"),
        ("2026-01-06T06:00:00+00:00", "RISK-01", "due_soon"),
        ("2026-01-06T10:00:00.000001+00:00", "RISK-01", "overdue"),
    ]


def test_rule_that_cannot_be_told_asks_nothing() -> None:
    desk = Desk()
    body = {"id": "e1", "occurred": CONCERN["occurred"], "unreadable": ["identified_adult"]}
    desk.case = desk.case._replace(events=(event_of("concern_raised", body),))

    changes = desk.at("2026-01-06")

    assert changes["ASK-01"] == "withdrawn"
    assert desk.prompt("ASK-01").ending is Ending.CANNOT_TELL


def test_void_event_takes_its_prompts_along() -> None:
    desk = Desk()
    desk.case = desk.case._replace(events=(desk.case.events[0]._replace(void="yes"),))

    changes = desk.at("2026-01-05T11:00")

    assert (changes["ASK-01"], changes["RISK-01"]) == ("withdrawn", "withdrawn")
    assert desk.prompt("ASK-01").ending is Ending.GONE


def test_corrected_concern_keeps_its_prompt_and_what_was_said_to_it() -> None:
    desk = Desk()
    desk.say("ASK-01", "acknowledged", "2026-01-05T10:05")

    changes = desk.record(
        "concern_raised",
        {**CONCERN, "id": "e1b", "supersedes": "e1", "source": "police"},
        "2026-01-05T11:00",
    )

    assert changes["ASK-01"] == "changed"
    assert desk.prompt("ASK-01").subject == "e1b"
    assert desk.prompt("ASK-01").state is PromptState.ACKNOWLEDGED


def test_correction_that_comes_before_what_it_corrects_has_the_same_prompt() -> None:
    desk = Desk()
    first, desk.case = desk.case, desk.case._replace(events=())
    desk.state, desk.mirror = DeskState(case=CASE), {}
    corrected = {**CONCERN, "id": "e1b", "supersedes": "e1"}

    desk.record("concern_raised", corrected, "2026-01-05T11:00")
    changes = desk.receive(first.events[0], parse_as_of("2026-01-05T11:05"))

    assert changes == ()
    assert desk.prompt("ASK-01", "e1").subject == "e1b"


def test_two_corrections_side_by_side_have_a_prompt_each() -> None:
    desk = Desk()
    for name in ("e1b", "e1c"):
        body = {**CONCERN, "id": name, "supersedes": "e1"}
        desk.record("concern_raised", body, "2026-01-05T11:00")

    standing = {p.key.subject for p in desk.state.standing if p.key.rule == "ASK-01"}

    assert standing == {"e1b", "e1c"}


def test_back_dated_record_puts_the_limit_where_it_was() -> None:
    desk = Desk()
    desk.at("2026-01-05T12:00")

    changes = desk.record(
        "concern_raised",
        {**CONCERN, "id": "e0", "occurred": "2025-12-01", "recorded": "2026-01-05T12:00"},
        "2026-01-05T12:00",
    )

    assert changes["ASK-01"] == "raised"
    assert desk.prompt("ASK-01", "e0").timing is Timing.OVERDUE


def test_entry_recorded_later_than_now_is_not_seen_yet() -> None:
    desk = Desk()

    changes = desk.record(
        "outcomes_conversation", {**ASKED, "recorded": "2026-01-07T09:00"}, "2026-01-06T09:00"
    )

    assert changes.get("ASK-01") == "due_soon"
    assert desk.at("2026-01-07T09:00")["ASK-01"] == "withdrawn"


def test_closed_case_is_asked_only_what_outlives_its_closure() -> None:
    desk = Desk()
    closed = {"id": "e3", "occurred": "2026-01-09T16:00", "reason": "no_further_action"}

    changes = desk.record("case_closed", closed, "2026-01-09T16:00")

    assert changes["ASK-01"] == "withdrawn"
    assert desk.prompt("ASK-01").ending is Ending.CASE_CLOSED
    assert {prompt.key.rule for prompt in desk.state.standing} == {"CLO-03", "CLO-05"}


def test_reopened_case_is_asked_again() -> None:
    desk = Desk()
    closed = {"id": "e3", "occurred": "2026-01-09T16:00", "reason": "no_further_action"}
    desk.record("case_closed", closed, "2026-01-09T16:00")

    changes = desk.record(
        "case_reopened", {"id": "e4", "occurred": "2026-01-12T09:00"}, "2026-01-12T09:00"
    )

    assert changes["ASK-01"] == "raised"
    assert desk.prompt("ASK-01").generation == 2


def test_reopening_before_the_closure_does_not_open_the_case() -> None:
    desk = Desk()
    desk.record("case_reopened", {"id": "e4", "occurred": "2026-01-08"}, "2026-01-08")

    desk.record("case_closed", {"id": "e3", "occurred": "2026-01-09"}, "2026-01-09")

    assert desk.prompt("ASK-01").ending is Ending.CASE_CLOSED


def test_case_that_was_closed_a_second_time_is_closed() -> None:
    desk = Desk()
    for number, kind in enumerate(("case_closed", "case_reopened", "case_closed"), start=3):
        day = f"2026-01-{number + 6:02}"
        desk.record(kind, {"id": f"e{number}", "occurred": day}, day)

    assert desk.prompt("ASK-01").ending is Ending.CASE_CLOSED


def test_case_that_may_not_be_closed_is_open() -> None:
    desk = Desk()
    closure = event_of("case_closed", {"id": "e3", "occurred": "2026-01-09"})

    desk.receive(closure._replace(is_certain=False), parse_as_of("2026-01-09"))

    assert desk.prompt("ASK-01").stands


@pytest.mark.parametrize(
    ("due", "first_day"),
    [("2026-01-12", "2026-01-09"), ("2030-05-06", "2030-05-05")],
    ids=["after a weekend: Friday", "where no bank holidays are known: the day before"],
)
def test_day_from_which_a_limit_is_near(due: str, first_day: str) -> None:
    moment = due_soon_from(Due(parse_as_of(due)), DueSoon())

    assert moment == parse_moment(first_day).instant


def test_time_never_runs_backwards() -> None:
    desk = Desk()
    desk.at("2026-01-08T09:00")
    state = desk.state

    assert desk.at("2026-01-06T09:00") == {}
    assert desk.state == state


def test_state_of_another_case_is_refused() -> None:
    desk = Desk()

    with pytest.raises(MspRulesError, match="another case"):
        advance(desk.engine, desk.case, DeskState(case="SA-2"), parse_as_of("2026-01-06"))


def rules_with(**changed: object) -> tuple[Rule, ...]:
    return tuple(
        replace(rule, **changed) if rule.id == "RISK-01" else rule  # type: ignore[arg-type]
        for rule in core_ruleset().rules
    )


@pytest.mark.parametrize(
    ("review_by", "urgency"),
    [(date(2026, 1, 5), "critical"), (date(2026, 1, 4), "warning")],
    ids=["the review day itself", "the day after"],
)
def test_rule_past_its_review_does_not_interrupt(review_by: date, urgency: str) -> None:
    ruleset = replace(core_ruleset(), rules=rules_with(review_by=review_by))

    desk = Desk(Engine(ruleset, matcher="python"))

    assert desk.prompt("RISK-01").urgency == urgency


def test_urgency_that_ends_by_time_is_a_next_change() -> None:
    ruleset = replace(core_ruleset(), rules=rules_with(review_by=date(2026, 1, 5)))
    desk = Desk(Engine(ruleset, matcher="python"))

    assert desk.at("2026-01-05T12:00") == {}
    assert desk.state.next_change == parse_as_of("2026-01-06T00:00").instant
    assert desk.at("2026-01-06T00:00")["RISK-01"] == "changed"


def test_rule_that_is_switched_off_takes_its_prompt_along() -> None:
    desk = Desk()
    off = replace(core_ruleset(), rules=rules_with(is_enabled=False))
    desk.engine = Engine(off, matcher="python")

    assert desk.at("2026-01-05T11:00") == {"RISK-01": "withdrawn"}
    assert desk.prompt("RISK-01").ending is Ending.GONE


def test_rule_that_crashes_leaves_its_prompt_as_it_was_and_is_named() -> None:
    desk = Desk()
    early = {"id": "e2", "occurred": "2026-01-02", "recorded": "2026-02-05", "kind": "s42"}
    desk.record("enquiry_started", early, "2026-02-05")
    before = desk.prompt("OUT-04", None)
    # An event that is certain and has no date: no reader makes one, but a host's own code may.
    broken = event_of("enquiry_started", {"id": "e3", "occurred": "2026-01-06", "kind": "s42"})
    desk.receive(broken._replace(moment=None, recorded=None), parse_as_of("2026-02-06"))

    assert before.stands
    assert desk.prompt("OUT-04", None) == before
    assert "OUT-04" in {fault.rule for fault in desk.state.faults}


def test_event_twice_is_one_event() -> None:
    desk = Desk()

    assert with_event(desk.case, event_of("concern_raised", CONCERN)) is desk.case


def test_another_event_under_the_same_id_is_refused() -> None:
    desk = Desk()
    other = event_of("concern_raised", {**CONCERN, "source": "police"})

    with pytest.raises(MspRulesError, match="supersedes"):
        with_event(desk.case, other)
