"""A council's forms as its host exports them: one row a workflow, a hundred odd habits of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from msp_rules.casework.case import Case, Fault, InputWarning
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import open_cases

EXPORTS = Path(__file__).parents[2] / "data" / "exports"


@cache
def council() -> tuple[dict[str, Case], list[Fault], list[InputWarning]]:
    mapping = load_mapping(EXPORTS / "council.yaml", core_vocabulary())
    with open_cases(EXPORTS / "council", mapping=mapping) as reader:
        cases = {case.id: case for case in reader}
        return cases, list(reader.faults), list(reader.warnings)


def events(person: str) -> dict[str, dict[str, object]]:
    return {event.id: dict(event.fields) for event in council()[0][person].events}


def test_a_person_is_a_case_by_a_key_though_no_table_has_one_row_a_person() -> None:
    assert list(council()[0]) == ["P1", "P2", "P4", "P5"]
    assert list(events("P5")) == ["e2-a", "e2-x"]


def test_a_name_that_two_columns_have_is_read_where_both_cells_are_equal() -> None:
    _, faults, _ = council()

    assert events("P1")["c1-v"] == {"agree": "yes"}
    assert [(one.line, one.case, one.event) for one in faults] == [
        (7, None, None),
        (7, "P4", "c6-v"),
    ]


def test_the_first_of_several_columns_counts_each_in_its_own_form_zone_and_table() -> None:
    cases, _, _ = council()

    days = {
        event.id: event.moment.date.isoformat()
        for event in (*cases["P1"].events, *cases["P2"].events)
        if event.moment is not None
    }
    assert (days["c1-c"], days["c3-c"]) == ("2026-01-05", "2026-02-02")
    assert events("P2")["c3-c"]["source"] == "neighbour"
    # Twelve hours and milliseconds, in UTC, which is London's time in January.
    assert cases["P1"].events[5].moment is not None
    assert cases["P1"].events[5].moment.clock == (23 * 60 + 30) * 60_000_000


def test_lists_in_cells_give_values_events_and_conditions() -> None:
    assert events("P1")["c1-c"]["abuse_type"] == ("neglect_omission", "financial_material")
    assert events("P1")["e1-o.1"] == {"text": "To be safe at home"}
    assert events("P1")["e1-o.2"] == {"text": "To see the dog"}
    assert "e1-o.3" not in events("P1")
    assert "e2-x" in events("P5")


@pytest.mark.parametrize(("event", "value"), [("c1-c", "yes"), ("c2-c", "no")])
def test_of_several_labels_the_one_that_goes_first_counts(event: str, value: str) -> None:
    assert events("P1")[event]["source_is_paid_or_volunteer"] == value


def test_a_value_stands_under_a_condition() -> None:
    assert events("P1")["c1-d"]["has_needs"] == "met"
    assert events("P1")["c2-d"]["has_needs"] == "not_met"


def test_a_later_form_replaces_an_earlier_one_and_a_dropped_one_is_void() -> None:
    cases, _, _ = council()

    assert {one.id: one.supersedes for one in cases["P1"].events if one.supersedes} == {
        "c2-c": "c1-c",
        "c2-v": "c1-v",
        "c2-d": "c1-d",
    }
    assert {one.id for one in cases["P2"].events if one.void == "yes"} == {"c4-c", "c4-d"}


def test_what_is_left_out_or_read_by_nothing_is_said() -> None:
    assert [(one.code, one.reason, one.input) for one in council()[2]] == [
        ("unread_table", "no entry of the mapping reads this table", "Ability"),
        ("left_out", "1 row is left out, as the mapping says: Worries 2026", "council"),
    ]


@pytest.mark.parametrize(
    ("person", "kind", "supplied"),
    [
        ("P1", "outcomes_conversation", True),
        ("P2", "outcomes_conversation", False),
        ("P1", "capacity_considered", False),
        ("P2", "concern_raised", True),
        ("P2", "case_reopened", True),
    ],
)
def test_a_type_is_supplied_where_its_form_is_there(person: str, kind: str, supplied: bool) -> None:
    assert council()[0][person].supply.has_type(kind) is supplied


def test_a_label_that_stands_for_not_asked_is_one() -> None:
    assert events("P5")["e2-a"] == {"asked": "not_asked"}
