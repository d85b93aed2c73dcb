"""A host's JSON gives the cases that its report as CSV gives: one object or one row a workflow."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from msp_rules.casework.case import Case
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import CaseSource, open_cases

EXPORTS = Path(__file__).parents[2] / "data" / "exports"


@cache
def council(mapping: str, export: str) -> tuple[dict[str, Case], CaseSource]:
    with open_cases(EXPORTS / export, mapping=load_mapping(EXPORTS / mapping)) as reader:
        return {case.id: case for case in reader}, reader


def of_json() -> tuple[dict[str, Case], CaseSource]:
    return council("council-json.yaml", "council.json")


def without_lines(case: Case) -> tuple[object, ...]:
    return tuple(one._replace(line=None) for one in case.events), case.supply, case.adult


@pytest.mark.parametrize("person", ["P1", "P2", "P4", "P5"])
def test_the_json_of_a_host_gives_the_cases_of_its_csv(person: str) -> None:
    by_csv, _ = council("council.yaml", "council")

    assert without_lines(of_json()[0][person]) == without_lines(by_csv[person])


def test_no_other_person_is_a_case() -> None:
    assert list(of_json()[0]) == ["P1", "P2", "P4", "P5"]


def test_what_differs_under_one_name_is_a_fault_and_nothing_else() -> None:
    _, reader = of_json()

    assert [(one.case, one.event, one.reason) for one in reader.faults] == [
        (None, None, 'two members are called "Day consent was given", and they differ'),
        (
            "P4",
            "c6-v",
            "occurred of views_on_proceeding: not a date (YYYY-MM-DD) or date-time that exists",
        ),
    ]


def test_what_is_left_out_or_read_by_nothing_is_said() -> None:
    _, reader = of_json()

    assert [(one.code, one.reason) for one in reader.warnings] == [
        ("left_out", "1 row is left out, as the mapping says: workflow"),
        ("unread_part", "no entry of the mapping reads this part: team"),
        ("unread_part", "no entry of the mapping reads this part: resident"),
        ("unread_part", "no entry of the mapping reads this part: revisions"),
    ]
