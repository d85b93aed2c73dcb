"""The facts of a case: its days, its decision, whether it is open, and its events in order."""

import pickle
from datetime import date

import pytest

from msp_rules.audit.case_audit.facts import FACETS, CaseEvent, CaseFacts, facets_of, facts_of
from msp_rules.casework.case import Case
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.visibility import in_force
from msp_rules.engine.verdict import Answer, Verdict
from tests.builders.case import EventParts, case_of


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def facts(*events: EventParts, as_of: str = "2026-03-31") -> CaseFacts:
    case: Case = case_of(*events)
    return facts_of(in_force(case, parse_as_of(as_of)))


def at(event: str, occurred: str, **fields: str) -> EventParts:
    return event, {"occurred": occurred, **fields}


CONCERN = at("concern_raised", "2026-01-05", id="c")


def test_an_open_enquiry_has_its_days_its_decision_and_its_events_in_order() -> None:
    found = facts(
        at("s42_decided", "2026-01-07", id="d", result="s42_enquiry"),
        at("enquiry_started", "2026-01-08", id="s", kind="s42"),
        CONCERN,
    )

    assert found == CaseFacts(
        concern=day("2026-01-05"),
        decided=day("2026-01-07"),
        result="s42_enquiry",
        enquiry="s42_enquiry",
        closed=0,
        as_of=day("2026-03-31"),
        events=found.events,
    )
    assert found.events.listed() == (
        CaseEvent("c", "concern_raised", day("2026-01-05")),
        CaseEvent("d", "s42_decided", day("2026-01-07")),
        CaseEvent("s", "enquiry_started", day("2026-01-08")),
    )
    assert found.days == 85


def test_events_under_other_ids_keep_their_order_and_are_pickled_without_the_record() -> None:
    events = facts(at("outcome_expressed", "2026-01-05", id="b", text="Zcanary"), CONCERN).events

    hidden = events.under({"b": "x", "c": "y"}.__getitem__)
    sent = pickle.dumps(hidden)

    kinds = {"x": "outcome_expressed", "y": "concern_raised"}
    assert hidden.listed() == tuple(CaseEvent(*one, day("2026-01-05")) for one in kinds.items())
    assert pickle.loads(sent) == hidden != events  # noqa: S301 - our own bytes
    assert len({hidden, events, pickle.loads(sent)}) == 2  # noqa: S301
    assert b"Zcanary" not in sent


def test_a_case_without_a_concern_has_no_days() -> None:
    assert facts().days is None


@pytest.mark.parametrize(
    ("later", "closed"),
    [
        ((), "2026-02-01"),
        ((at("case_reopened", "2026-01-31"),), "2026-02-01"),
        ((at("case_reopened", "2026-02-01"),), ""),
        ((at("case_reopened", "2026-02-02"),), ""),
        ((at("case_reopened", "2026-02-02"), at("case_closed", "2026-02-03")), "2026-02-03"),
    ],
    ids=["closed", "reopened-before", "on-the-day", "after", "closed-again"],
)
def test_a_closure_stands_until_the_case_is_reopened(
    later: tuple[EventParts, ...], closed: str
) -> None:
    found = facts(CONCERN, at("case_closed", "2026-02-01"), *later)

    assert found.closed == (day(closed) if closed else 0)


def named(*, result: str = "", enquiry: str = "", closed: int = 0) -> set[str]:
    one = CaseFacts(result=result, enquiry=enquiry, closed=closed)
    found = facets_of((), one, has_practice=False)
    return {name for name, is_so in zip(FACETS, found, strict=True) if is_so}


def test_each_case_is_counted_once_by_what_became_of_its_concern() -> None:
    assert named() == {"open", "not_decided"}
    assert named(result="more_information") == {"open", "not_decided"}
    assert named(result="no_enquiry", closed=1) == {"closed", "no_enquiry"}
    assert named(result="s42_enquiry", enquiry="s42_enquiry") == {"open", "s42_enquiry"}
    assert named(enquiry="other_enquiry") == {"open", "other_enquiry"}


def answer(verdict: Verdict, severity: str, waived: tuple[str, str] | None = None) -> Answer:
    return Answer("A-01", None, verdict, None, (), (), severity, "none", None, waived)


def test_a_case_is_counted_by_each_weight_that_is_not_evidenced_and_not_waived() -> None:
    answers = (
        answer(Verdict.NOT_MET, "flag"),
        answer(Verdict.NOT_MET, "flag"),
        answer(Verdict.NOT_MET, "statutory", ("local", "winter")),
        answer(Verdict.PARTLY_MET, "advice"),
        answer(Verdict.CANNOT_TELL, "prompt"),
    )

    found = facets_of(answers, CaseFacts(), has_practice=True)

    names = {name for name, is_so in zip(FACETS, found, strict=True) if is_so}
    assert names == {"flag", "duty_or_flag", "cannot_tell", "practice", "open", "not_decided"}
