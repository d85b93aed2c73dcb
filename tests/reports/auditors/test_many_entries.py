"""A case with very many entries names as many as somebody reads, and counts the others."""

from __future__ import annotations

import datetime
import io
from typing import Final

import pytest
from openpyxl import Workbook, load_workbook

from msp_rules.audit.case_audit import CaseAudit
from msp_rules.casework.moments import cutoff_at
from msp_rules.casework.visibility import in_force
from msp_rules.reports.auditors.page import CasePage, PageMaker
from msp_rules.reports.auditors.workbook import AgencyBook, agency_workbook
from msp_rules.reports.labels import MOST_NAMED
from tests.builders.case import case_of
from tests.support.reported import core_rules
from tests.support.work import lines_run

pytestmark = pytest.mark.slow
AS_OF: Final = cutoff_at("2026-03-31")
FIRST: Final = datetime.date(2025, 8, 1)
EXCELS_HIGHEST: Final = 409


def page_of(reviews: int) -> CasePage:
    """Makes the page of a case whose reviews name no outcome, each on a day of its own."""
    days = [FIRST + datetime.timedelta(days=n) for n in range(reviews)]
    case = case_of(
        ("concern_raised", {"id": "c1", "occurred": "2025-07-31"}),
        ("outcome_expressed", {"id": "o1", "occurred": "2025-08-01"}),
        *[
            ("outcome_reviewed", {"id": f"r{day}", "occurred": str(day), "achieved": "full"})
            for day in days
        ],
        case_id="C-1",
    )
    result = CaseAudit(core_rules(), "python").of(case, AS_OF)
    return PageMaker(core_rules()).page(result, in_force(case, AS_OF))


def book_of(page: CasePage) -> bytes:
    book = AgencyBook(
        agency="E1/council",
        sample="s" * 64,
        rules_hash="r" * 64,
        seed="1",
        ruleset="msp-core",
        as_of=datetime.datetime(2026, 3, 31),  # noqa: DTZ001 - as the workbook has it
        others=[],
        pages=[page],
    )
    return agency_workbook(book)[0]


def details(book: Workbook) -> dict[str, tuple[list[str], float]]:
    """Gives the evidence of each rule below the printed page, and the height of its row."""
    sheet = book["Case 1"]
    return {
        str(row[3].value).split()[0]: (
            str(row[2].value or "").split("\n"),
            float(sheet.row_dimensions[row[0].row].height or 0),
        )
        for row in sheet.iter_rows(min_row=18)
    }


@pytest.mark.parametrize(
    ("reviews", "others"),
    [(MOST_NAMED, []), (MOST_NAMED + 1, ["and 1 more in the record"])],
)
def test_of_more_entries_than_somebody_reads_the_others_are_counted(
    reviews: int, others: list[str]
) -> None:
    found = details(load_workbook(io.BytesIO(book_of(page_of(reviews)))))

    evidence, height = found["OUT-06"]
    assert len(evidence) == MOST_NAMED + len(others)
    assert evidence[:2] == ["review of an outcome, 1 Aug 2025", "review of an outcome, 2 Aug 2025"]
    assert evidence[MOST_NAMED:] == others
    assert EXCELS_HIGHEST - 1 < height <= EXCELS_HIGHEST


def test_twice_the_entries_make_no_more_than_twice_the_work() -> None:
    small, large = page_of(100), page_of(200)
    book_of(small)

    assert lines_run(lambda: book_of(large)) < 2.1 * lines_run(lambda: book_of(small))
