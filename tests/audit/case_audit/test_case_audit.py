"""One case is audited purely: whatever was audited before, and in whatever process."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from msp_rules.audit.case_audit import CaseAudit, CaseResult
from msp_rules.audit.supply import CaseSupply
from msp_rules.audit.tally import Tally
from msp_rules.casework.case import WITHHELD, Case, Event, Supply
from msp_rules.casework.moments import parse_as_of
from tests.builders.case import STORIES, case_of, one_rule


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> CaseAudit:
    return CaseAudit(one_rule(tmp_path_factory.mktemp("rules") / "small"), "python")


def results_of(audit: CaseAudit) -> dict[str, CaseResult]:
    """The result of a case for each verdict that the rule can give."""
    return {
        verdict: audit.of(case_of(*events), parse_as_of(as_of))
        for verdict, (as_of, events) in STORIES.items()
    }


def test_each_story_gets_its_verdict_and_the_same_again(audit: CaseAudit) -> None:
    first, second = results_of(audit), results_of(audit)

    assert second == first
    assert {one.answers[0].verdict.value for one in first.values()} == set(STORIES)
    for verdict, one in first.items():
        assert (one.answered, one.not_applicable) == (1, int(verdict == "not_applicable"))


def test_a_pickled_audit_gives_the_same_elsewhere(audit: CaseAudit) -> None:
    found = results_of(audit)

    elsewhere: CaseAudit = pickle.loads(pickle.dumps(audit))
    sent: dict[str, CaseResult] = pickle.loads(pickle.dumps(results_of(elsewhere)))

    assert sent == found


def test_tallies_of_any_parts_add_up(audit: CaseAudit) -> None:
    results = list(results_of(audit).values())
    whole = Tally()
    for one in results:
        whole.add(one)

    for cut in range(len(results) + 1):
        first, second = Tally(), Tally()
        for one in results[:cut]:
            first.add(one)
        for one in results[cut:]:
            second.add(one)
        first.merge(second)
        assert first == whole


def test_the_record_is_told_by_names_and_never_by_values(tmp_path: Path, audit: CaseAudit) -> None:
    fields = {"lead": "Zcanary", "text": WITHHELD}
    good = Event("e1", "plan_made", None, None, fields, agency="council", role="worker")
    bad = Event("e2", "plan_made", None, None, {}, unknown=frozenset({"lead"}))
    supply = Supply(declared=True, types=frozenset({"plan_made"}))
    case = Case("C", (good, bad), {"team": "Zcanary"}, {"ref": "Zcanary"}, supply)

    found = audit.of(case, parse_as_of("2026-03-31")).supply

    assert found == CaseSupply(
        source=frozenset({"plan_made"}),
        records=[
            ("case", "team"),
            ("adult", "ref"),
            ("plan_made", "lead", "text", "agency", "role"),
            ("plan_made",),
        ],
        withheld=[("plan_made", "text")],
        unreadable=[("plan_made", "occurred"), ("plan_made", "lead"), ("plan_made", "occurred")],
    )
