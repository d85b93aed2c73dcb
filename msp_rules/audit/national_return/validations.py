"""Checks what was counted against itself and against last year: V1 to V8, each with its cases.

They are arithmetic that follows from the structure of the return; no official list is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from msp_rules.audit.national_return.counting import EnquiryRow, ReturnCounts
from msp_rules.audit.national_return.labels import (
    ACHIEVED_NOT_RECORDED,
    ASKED,
    CAPACITY,
    SUPPORTED,
    TOTAL,
)


class CheckResult(StrEnum):
    """The result of a check."""

    HOLDS = "holds"
    """Nothing speaks against the counts."""
    TO_LOOK_AT = "to look at"
    """Something does; the cases say where."""
    NOT_TRIED = "not tried"
    """It could not be carried out: last year's counts were not given."""


class Validation(NamedTuple):
    """One check with its result."""

    id: str
    """The id, from V1 to V8."""
    says: str
    """The statement that was checked."""
    result: CheckResult
    """The result."""
    cases: tuple[str, ...]
    """The cases to look at, by id."""
    note: str
    """The counts that the result rests on, in words."""


_LACKED: Final = CAPACITY["yes"]
_NOT_LACKED: Final = CAPACITY["no"]
_STATEMENTS: Final = {
    "V1": "Outcomes expressed = fully + partially + not achieved",
    "V2": "Supported by an advocate, family or friend: no more than lacked capacity",
    "V3": "The four answers of SG3a add up to the enquiries concluded, each answered in the record",
    "V4": "The five answers of SG4a add up to the enquiries concluded, each answered in the record",
    "V5": "Every enquiry has a concern on or before the day on which it began",
    "V6": "A result of the risk stands only where a risk was identified",
    "V7": "An enquiry ceased at the individual's request has that request on record",
    "V8": "Lacked and did not lack capacity have not changed places since last year",
}
"""The statements, by id."""

LastYear = Mapping[str, int]
"""The counts of SG3a of last year, all kinds and ages together, by row."""


def validations_of(counts: ReturnCounts, last_year: LastYear | None) -> tuple[Validation, ...]:
    """Carries out V1 to V8; without last year's counts V8 is not tried."""
    rows = counts.enquiries
    totals = Counter[tuple[str, str]]()
    for (table, row, _, column), count in counts.cells.items():
        if column == TOTAL:
            totals[table, row] += count
    asked = sum(totals["SG4a", one] for one in ASKED.values())
    capacity = sum(totals["SG3a", one] for one in CAPACITY.values())
    lacked, supported = totals["SG3a", _LACKED], totals["SG3a", SUPPORTED]
    expressed = totals["SG4a", ASKED["asked_expressed"]]
    without = totals["SG4a", ACHIEVED_NOT_RECORDED]
    return (
        _check(
            "V1",
            [one for one in rows if _lacks_result(one)],
            f"{expressed} expressed, {expressed - without} of them with a result",
        ),
        _check(
            "V2",
            [one for one in rows if one.supported_unasked],
            f"{supported} supported of {lacked} who lacked capacity",
        ),
        _check(
            "V3",
            [one for one in rows if one.answers.capacity == CAPACITY["not_recorded"]],
            f"{capacity} answers of {len(rows)} enquiries concluded",
        ),
        _check(
            "V4",
            [one for one in rows if one.answers.asked == ASKED["not_recorded"]],
            f"{asked} answers of {len(rows)} enquiries concluded",
        ),
        _check("V5", [one for one in rows if not one.has_concern], f"of {len(rows)} enquiries"),
        _check(
            "V6",
            [one for one in rows if one.answers.stray_result is not None],
            f"of {len(rows)} enquiries",
        ),
        _check(
            "V7",
            [one for one in rows if one.answers.is_ceased and not one.answers.is_request_on_record],
            f"of {sum(one.answers.is_ceased for one in rows)} that ceased at their request",
        ),
        _places(totals, last_year),
    )


def _lacks_result(row: EnquiryRow) -> bool:
    return row.answers.achieved == ACHIEVED_NOT_RECORDED or row.answers.has_stray_review


def _check(id: str, rows: list[EnquiryRow], note: str) -> Validation:  # noqa: A002
    cases = tuple(sorted({one.case for one in rows}))
    result = CheckResult.TO_LOOK_AT if cases else CheckResult.HOLDS
    return Validation(id, _STATEMENTS[id], result, cases, note)


def _places(totals: Mapping[tuple[str, str], int], last_year: LastYear | None) -> Validation:
    """Compares which of two answers was the more frequent one, this year and last.

    One council's return of 2024-25 had them transposed, and it could not be put right afterwards.
    """
    now = totals.get(("SG3a", _LACKED), 0), totals.get(("SG3a", _NOT_LACKED), 0)
    said = f"lacked {now[0]}, did not lack {now[1]}"
    if last_year is None:
        note = f"{said}; give last year's sac.json with --last-year"
        return Validation("V8", _STATEMENTS["V8"], CheckResult.NOT_TRIED, (), note)
    before = last_year.get(_LACKED, 0), last_year.get(_NOT_LACKED, 0)
    is_turned = (now[0] - now[1]) * (before[0] - before[1]) < 0
    result = CheckResult.TO_LOOK_AT if is_turned else CheckResult.HOLDS
    note = f"{said}; last year {before[0]} and {before[1]}"
    return Validation("V8", _STATEMENTS["V8"], result, (), note)
