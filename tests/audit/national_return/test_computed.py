"""What the return computes from its tables, counted by hand from the twenty cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from msp_rules.audit.case_reader import CaseFiles
from msp_rules.audit.national_return.counting import ReturnCounts, year_named
from msp_rules.audit.national_return.document import NationalReturn, return_document
from msp_rules.audit.national_return.validations import validations_of
from msp_rules.casework.case import Case
from msp_rules.casework.visibility import in_force
from tests.audit.national_return.made_up import AS_OF, CASES, NOBODY, case, concern, started
from tests.support.core import core_ruleset


def document_of(cases: Iterable[Case], last_year: dict[str, Any] | None = None) -> dict[str, Any]:
    year = year_named("2025-26")
    assert year is not None
    counts = ReturnCounts(year)
    for one in cases:
        counts.add(in_force(one, AS_OF))
    found = NationalReturn(
        counts=counts,
        cells=counts.cells + counts.people_cells(),
        validations=validations_of(counts, None),
        as_of=AS_OF,
        inputs=(),
        is_whole=True,
        faults=(),
        not_supplied=(),
        last_year=last_year,
    )
    return return_document(found, CaseFiles(exports=(), ruleset=core_ruleset()))


def test_enquiries_are_added_up_and_percentages_come_from_the_counts() -> None:
    # Begun: 11 of section 42, 3 others, 1 (C16) of no recorded kind: 15. 11 of 15 are 73.3 %; of 18
    # concerns 15 are 83.3 %. Concluded: 11 and 3. People: Ann, Ben, and one each for C06 to C14
    # and C16 to C20; C15 has neither a concern nor a start: 16.
    assert document_of(CASES)["computed"] == {
        "total_enquiries": 15,
        "proportion_section_42_percent": 73,
        "conversion_rate_percent": 83,
        "concluded": {"s42": 11, "other": 3, "not_recorded": 0},
        "total_concluded": 14,
        "people": 16,
    }


@pytest.mark.parametrize(
    ("begun", "percent"),
    [
        (1, 12),  # of eight concerns: 12.5, and 12 is even
        (3, 38),  # 37.5, and 38 is even
        (2, 25),
        (8, 100),
    ],
)
def test_a_half_of_a_per_cent_goes_to_the_even_one(begun: int, percent: int) -> None:
    cases = [
        case(f"C{at}", NOBODY, concern("2025-05-01"), *([started("2025-05-02")] * (at < begun)))
        for at in range(8)
    ]

    assert document_of(cases)["computed"]["conversion_rate_percent"] == percent


def test_nothing_is_a_percentage_of_nothing() -> None:
    computed = document_of([])["computed"]

    assert (computed["proportion_section_42_percent"], computed["conversion_rate_percent"]) == (
        None,
        None,
    )


def test_last_year_stands_beside_table_by_table() -> None:
    before = {**document_of(CASES[:3]), "year": "2024-25"}

    found = document_of(CASES, before)["last_year"]

    assert found["year"] == "2024-25"
    assert found["tables"]["SG1f"] == before["tables"]["SG1f"]["rows"]
    assert [*found["tables"]] == [*before["tables"]]
