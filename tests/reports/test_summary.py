"""Every rate has what was due for its base, and all formats agree on it."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from msp_rules.reports.rows import due_of, first_rows, rule_rows
from msp_rules.reports.summary import summary_of
from tests.support.hostile_export import hostile_rules, write_hostile_export
from tests.support.reported import report

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "rulesets/msp-core/cases/made-up-council.xml"
NOT_DUE = ("not_applicable", "not_yet_due")


def test_what_is_not_due_yet_is_in_no_base() -> None:
    counts = Counter({"met": 3, "not_met": 1, "cannot_tell": 2, "not_yet_due": 7})

    assert due_of(counts | Counter({"not_applicable": 9})) == 6
    assert due_of(Counter({"not_yet_due": 1})) == 0


def rows_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = [row for case in document["cases"] for row in case["verdicts"]]
    return [row for row in rows if "waived" not in row and row["verdict"] != "not_applicable"]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """The results of an export with waivers, filters and faults."""
    folder = tmp_path_factory.mktemp("summary")
    write_hostile_export(DEMO, folder / "in.xml")
    report(folder / "in.xml", folder / "out", "json", ruleset=hostile_rules(folder))
    found: Mapping[str, Any] = json.loads((folder / "out/results.json").read_bytes())
    return found


def test_the_rates_of_each_rule_are_those_of_its_answers(document: Mapping[str, Any]) -> None:
    counts: dict[str, Counter[str]] = {}
    for row in rows_of(document):
        found = counts.setdefault(row["rule"], Counter())
        found[row["verdict"]] += 1
        found["due"] += row["verdict"] not in NOT_DUE

    said = document["summary"]["rules"].items()
    assert {rule: +found for rule, found in counts.items()} == {
        rule: +Counter(row) for rule, row in said if any(row.values())
    }


def test_the_agencies_add_up_to_all_cases_and_all_that_was_due(document: Mapping[str, Any]) -> None:
    owners, summary = list(document["summary"]["agencies"].values()), document["summary"]
    due = [row for row in rows_of(document) if row["verdict"] not in NOT_DUE]

    assert sum(row["cases"] for row in owners) == len(document["cases"])
    assert sum(row["due"] for row in owners) == len(due)
    assert sum(row["due"] for row in summary["rules"].values()) == len(due)
    totals = Counter[str]()
    for row in owners:
        totals.update(row["of_cases"])
    cases = {name: n for name, n in summary["cases"].items() if name != "with_faults"}
    assert dict(totals) == cases


def test_each_count_of_cases_is_that_of_the_cases_themselves(document: Mapping[str, Any]) -> None:
    found = Counter[str]()
    for case in document["cases"]:
        rows = [row for row in case["verdicts"] if "waived" not in row]
        weights = {row["severity"] for row in rows if row["verdict"] == "not_met"}
        found.update(weights)
        found["duty_or_flag"] += bool(weights & {"statutory", "flag"})
        found["cannot_tell"] += any(row["verdict"] == "cannot_tell" for row in rows)
        found["practice"] += bool(case["practice"])
        found["closed" if case["facts"]["closed"] else "open"] += 1
        found["s42_enquiry"] += case["facts"]["enquiry"] == "s42_enquiry"
    said = document["summary"]["cases"]
    faulty = {fault["case"] for fault in document["faults"] if fault["case"]}

    assert {name: said[name] for name in found} == dict(found)
    assert said["with_faults"] == len(faulty)


def test_what_went_well_adds_up_to_the_cases(document: Mapping[str, Any]) -> None:
    signs, outcomes = Counter[str](), Counter[str]()
    principles: dict[str, Counter[str]] = {}
    for case in document["cases"]:
        signs.update(list(case["practice"]))
        if case["wellbeing"] is not None:
            outcomes["outcomes"] += case["wellbeing"]["outcomes"]
            outcomes["beyond_protection"] += case["wellbeing"]["beyond_protection"]
        for name, row in case["principles"].items():
            numbers = {key: row[key] for key in ("of", "met", "explained")}
            principles.setdefault(name, Counter()).update(numbers)

    summary = document["summary"]
    assert summary["practice"] == dict(signs)
    assert {name: summary["wellbeing"][name] for name in outcomes} == dict(outcomes)
    assert summary["principles"] == {name: dict(row) for name, row in principles.items()}


def test_rules_to_look_at_first_go_by_their_share_and_few_answers_come_last(tmp_path: Path) -> None:
    scan = report(DEMO, tmp_path, "json")

    rows = first_rows(rule_rows(scan), 99)
    order = [
        (-row.rule.severity.rank, row.due < 5, -row.counts["not_met"] / row.due) for row in rows
    ]
    assert order == sorted(order)
    assert any(row.due < 5 for row in rows)
    assert [row.rule.id for row in summary_of(scan).first] == [
        row.rule.id
        for severity in dict.fromkeys(row.rule.severity for row in rows)
        for row in [one for one in rows if one.rule.severity is severity][:5]
    ]
