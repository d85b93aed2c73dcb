"""What several processes count adds up to what one counts."""

import json
import pickle

import pytest

from msp_rules.audit.case_audit import CaseResult, Findings, applying_of
from msp_rules.audit.case_audit.questions import Rating, Suggestion
from msp_rules.audit.supply import CaseSupply
from msp_rules.audit.tally import Tally, tally_from
from msp_rules.casework.case import Fault
from msp_rules.engine.verdict import Answer, Missing, Verdict
from msp_rules.engine.waivers import LocalException
from msp_rules.rules.language.rule import Severity

NOTHING = Findings({}, {}, None, {}, None)
SUPPLY = CaseSupply(frozenset({"t"}), [("t", "f", "g")], [("t", "g")], [("t", "h")])


def answer(rule: str, verdict: Verdict, severity: str = "flag", **more: object) -> Answer:
    missing = (Missing("plan_made", ("lead",)),) if verdict is Verdict.CANNOT_TELL else ()
    one = Answer(rule, None, verdict, None, (), missing, severity, "none", None)
    return one._replace(**more)


CASES = (
    (("council", "north"), [answer("A-01", Verdict.MET), answer("B-01", Verdict.NOT_APPLICABLE)]),
    (("council", ""), [answer("A-01", Verdict.NOT_MET), answer("A-01", Verdict.CANNOT_TELL)]),
    (("council", "north"), [answer("B-01", Verdict.NOT_MET, "statutory")]),
    (("", ""), [answer("B-01", Verdict.NOT_MET, "advice"), answer("A-01", Verdict.EXPLAINED)]),
    (("", ""), [answer("A-01", Verdict.NOT_MET, "statutory", waived=("local", "winter"))]),
)


def result(owner: tuple[str, str], answers: list[Answer]) -> CaseResult:
    """A case of these answers, of which nothing else is known."""
    absent = sum(one.verdict is Verdict.NOT_APPLICABLE for one in answers)
    return CaseResult(
        case="C",
        answers=tuple(answers),
        applying=applying_of(tuple(answers)),
        answered=len(answers),
        not_applicable=absent,
        findings=NOTHING,
        owner=owner,
        supply=SUPPLY,
    )


def counted(*cases: tuple[tuple[str, str], list[Answer]]) -> Tally:
    tally = Tally()
    for owner, answers in cases:
        tally.add(result(owner, answers))
    return tally


def test_two_tallies_add_up() -> None:
    whole, one, other = counted(*CASES), counted(*CASES[:2]), counted(*CASES[2:])

    one.merge(other)

    assert one == whole
    assert (one.cases, one.worst) == (5, Severity.STATUTORY)
    assert counted(*CASES[:2]).worst is Severity.FLAG
    assert counted(CASES[4]).worst is None


def test_only_what_there_is_has_a_count() -> None:
    tally = counted(*CASES)

    assert tally.by_rule == {
        "A-01": {"met": 1, "not_met": 1, "cannot_tell": 1, "explained": 1},
        "B-01": {"not_applicable": 1, "not_met": 2},
    }
    assert tally.verdicts == {
        **{"met": 1, "not_met": 3, "cannot_tell": 1, "explained": 1, "not_applicable": 1},
    }
    assert tally.waived_by_rule == {"A-01": 1}
    assert tally.coverage.wanted == {("A-01", "plan_made", "lead"): 1}
    assert tally.cases_by_owner == {("council", "north"): 2, ("council", ""): 1, ("", ""): 2}


def test_an_answer_lacks_a_field_once_though_several_events_lack_it() -> None:
    missing = (Missing("plan_made", ("lead",)), Missing("plan_made", ("lead", "occurred")))
    unsure = answer("A-01", Verdict.CANNOT_TELL, missing=missing)

    tally = counted((("council", ""), [unsure, unsure]))

    assert tally.coverage.wanted == {
        **{("A-01", "plan_made", "lead"): 2, ("A-01", "plan_made", "occurred"): 2}
    }


def test_a_rule_that_gave_no_answer_makes_the_tally_incomplete() -> None:
    tally, one = counted(CASES[0]), result(*CASES[0])
    assert tally.is_complete

    one.faults = (Fault("the rule crashed", "a.xml", 3, "C", None, "A-01"),)
    tally.add(one)

    assert not tally.is_complete
    assert tally.faults == list(one.faults)


def test_records_count_the_same_however_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = counted(*CASES)
    monkeypatch.setattr("msp_rules.audit.supply._MOST_WAITING", 1)
    at_once = counted(*CASES)
    merged, many = Tally(), counted(*CASES * 100)
    merged.merge(pickle.loads(pickle.dumps(waiting)))  # noqa: S301 - our own bytes
    assert len(pickle.dumps(many)) < len(pickle.dumps(waiting)) + 100

    assert waiting == at_once == merged
    assert at_once.coverage.events == {"t": 5}
    assert at_once.coverage.given == {("t", "f"): 5, ("t", "g"): 5}
    assert waiting != counted(*CASES[1:], CASES[1])


def test_all_counts_come_back_from_their_document() -> None:
    tally, one = counted(*CASES), result(*CASES[0])
    suggested = Rating("grey", is_explained=True, suggestion=Suggestion("amber", ("A-01",)))
    one.findings = NOTHING._replace(audit={"Q1": Rating("red"), "Q6": suggested})
    one.filtered = (LocalException("A-01", "local", "north"),)
    one.faults = (Fault("the rule crashed", "a.xml", 3, "C", None, "A-01"),)
    one.supply = CaseSupply(None, [], [], [])
    tally.add(one)
    tally.unmapped["t", "f"] += 2

    again = tally_from(json.loads(json.dumps(tally.document())))

    assert again == tally
