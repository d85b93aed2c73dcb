"""Writes the board's measures as a workbook: `measures.xlsx`, from `measures.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msp_rules.audit.measures.document import measure_rows
from msp_rules.reports.sheets import Cell, Naming, Sheet, fault_sheet, workbook_bytes

FILE: Final = "measures.xlsx"
"""The name of the workbook."""
_COUNTS: Final = (
    *(("Counted", 10, ""), ("Of", 10, ""), ("Percent", 10, "0.0")),
    *(("From", 10, "0.0"), ("To", 10, "0.0")),
)


def measures_workbook(document: Mapping[str, Any]) -> bytes:
    """Renders the workbook of a document; raises LibraryMissing where XlsxWriter is missing."""
    naming = Naming(
        file=FILE,
        title="Measures of the board",
        foot=f"Restricted: small counts and case ids, as of {document['as_of']}",
    )
    return workbook_bytes(_sheets(document), naming)


def _sheets(document: Mapping[str, Any]) -> Iterator[Sheet]:
    yield Sheet(
        name="Measures",
        heads=[
            *(("Measure", 10, ""), ("Title", 46, ""), *_COUNTS),
            *(("Aim", 8, ""), ("Whose", 30, ""), ("Counts", 56, ""), ("Of these", 56, "")),
        ],
        rows=[*_parts(document)],
    )
    groups = [row for row in measure_rows(document) if row[3]]
    yield Sheet(
        name="By group",
        heads=[
            *(("Measure", 10, ""), ("Part", 22, ""), ("Title", 60, "")),
            *(("By", 12, ""), ("Group", 30, ""), *_COUNTS),
        ],
        rows=groups,
    )
    yield Sheet(
        name="Left out",
        heads=[("Measure", 10, ""), ("Title", 46, ""), ("Why", 60, ""), ("Units", 10, "")],
        rows=[
            (measure["id"], part["title"], reason, count)
            for measure in document["measures"]
            for part in measure["parts"]
            for reason, count in part["excluded"].items()
        ],
    )
    yield Sheet(
        name="Cases",
        heads=[("Measure", 10, ""), ("Title", 46, ""), ("Case", 34, ""), ("Counted", 12, "")],
        rows=[*_cases(document)],
    )
    yield fault_sheet(document["faults"])
    yield Sheet(
        name="Read first", heads=[("About", 30, ""), ("Says", 100, "")], rows=[*_about(document)]
    )


def _parts(document: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    for measure in document["measures"]:
        for part in measure["parts"]:
            aim = part["comparison"] or {"value": None, "source": None}
            yield (
                *(measure["id"], f"{measure['title']}: {part['title']}"),
                *(part["numerator"], part["denominator"]),
                *(part["percent"], part["low"], part["high"]),
                *(aim["value"], aim["source"], part["counted"], part["of"]),
            )


def _cases(document: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    """Lists the cases behind each part; one with units of both kinds stands there twice."""
    for measure in document["measures"]:
        for part in measure["parts"]:
            for case in part["cases"]["counted"]:
                yield measure["id"], part["title"], case, "yes"
            for case in part["cases"]["not_counted"]:
                yield measure["id"], part["title"], case, "no"


def _about(document: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    yield "Restricted", "It holds small counts and case ids: not for publication as it is."
    yield "Cases read", document["cases"]
    yield "Counted from", "Codes and days of the records, not from the answers of rules; but M14."
    yield "Percentages", "From ten units on, with an interval of 95 % (Wilson); below, counts only."
    yield (
        "Small agencies",
        "So few units say nothing reliable; agencies are not to be ranked by them.",
    )
    for name in document["not_supplied"]:
        yield (
            "Can't be supplied",
            f"Some of the exports can't supply {name}: such units are left out.",
        )
    for measure in document["measures"]:
        if measure["note"]:
            yield measure["id"], measure["note"]
    for one in document["not_counted"]:
        yield "Not counted whole", f"{one['case']}: {one['reason']}"
