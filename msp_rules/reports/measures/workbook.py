"""Writes the board's measures as a workbook: `measures.xlsx`, from `measures.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msp_rules.audit.measures.document import SECTIONS, measure_rows, own_rows, section_rows
from msp_rules.reports.sheets import Cell, Naming, Sheet, fault_sheet, workbook_bytes

FILE: Final = "measures.xlsx"
"""The name of the workbook."""
MOST_CASES: Final = 2_000
"""The most cases that the workbook lists behind one number; the document has them all."""
_COUNTS: Final = (
    *(("Counted", 10, ""), ("Not counted", 10, ""), ("Of", 10, ""), ("Percent", 10, "0.0")),
    *(("From", 10, "0.0"), ("To", 10, "0.0")),
)
_FUNNEL: Final = (
    *(("95 % from", 10, "0.0"), ("95 % to", 10, "0.0")),
    *(("99.8 % from", 10, "0.0"), ("99.8 % to", 10, "0.0"), ("Lies", 14, "")),
)
_GROUPS: Final = (
    *(("Measure", 12, ""), ("Part", 22, ""), ("Title", 50, "")),
    *(("By", 24, ""), ("Group", 34, ""), *_COUNTS),
)


def measures_workbook(document: Mapping[str, Any]) -> bytes:
    """Renders the workbook of a document; raises LibraryMissing where XlsxWriter is missing."""
    kind = "Rounded for publication" if document["publication"] else _RESTRICTED
    naming = Naming(
        file=FILE, title="Measures of the board", foot=f"{kind}, as of {document['as_of']}"
    )
    return workbook_bytes(_sheets(document), naming)


_RESTRICTED: Final = "Restricted, not for publication: small counts and case ids"


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
    yield Sheet(name="By group", heads=[*_GROUPS, *_FUNNEL], rows=groups)
    yield Sheet(
        name="Other counts",
        heads=[*_GROUPS],
        rows=[row[: len(_GROUPS)] for row in section_rows(document)],
    )
    if document["surveys"]:
        yield _own_sheet(document)
    if not document["publication"]:
        yield from _case_sheets(document)
    yield Sheet(
        name="Read first", heads=[("About", 30, ""), ("Says", 100, "")], rows=[*_about(document)]
    )


def _own_sheet(document: Mapping[str, Any]) -> Sheet:
    """Gives the sheet of the board's own figures, each with its source and its time."""
    times = [
        (one["from"], one["to"], ", ".join(one["beside"]), one["note"])
        for one in document["surveys"]
        for _ in one["figures"]
    ]
    return Sheet(
        name="Board's own",
        heads=[
            *(("Kind", 14, ""), ("Survey", 40, ""), ("Source", 40, ""), ("Figure", 40, "")),
            *(("Count", 10, ""), ("Of", 10, ""), ("From", 12, ""), ("To", 12, "")),
            *(("Beside", 12, ""), ("Note", 50, "")),
        ],
        rows=[
            (*row[1:6], row[7], *time) for row, time in zip(own_rows(document), times, strict=True)
        ],
    )


def _case_sheets(document: Mapping[str, Any]) -> Iterator[Sheet]:
    """Gives the sheets that count or name single cases: they are never published."""
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
        heads=[("Measure", 12, ""), ("Title", 46, ""), ("Case", 34, ""), ("Counted", 60, "")],
        rows=[*_cases(document), *_cases_of_sections(document)],
    )
    yield fault_sheet(document["faults"])


def _parts(document: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    rows = [row for row in measure_rows(document) if not row[3]]
    parts = [part for measure in document["measures"] for part in measure["parts"]]
    for row, part in zip(rows, parts, strict=True):
        aim = part["comparison"] or {"value": None, "source": None}
        yield (
            *(row[0], row[2], *row[5:11]),
            *(aim["value"], aim["source"], part["counted"], part["of"]),
        )


def _cases(document: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    """Lists the cases behind each part; one with units of both kinds stands there twice."""
    for measure in document["measures"]:
        for part in measure["parts"]:
            yield from _listed((measure["id"], part["title"]), part["cases"]["counted"], "yes")
            yield from _listed((measure["id"], part["title"]), part["cases"]["not_counted"], "no")


def _cases_of_sections(document: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    for section in SECTIONS:
        for table in document[section]["tables"]:
            for row in table["rows"]:
                yield from _listed((section, table["title"]), row["cases"], "; ".join(row["names"]))


def _listed(
    number: tuple[str, str], cases: Sequence[str], counted: str
) -> Iterator[tuple[Cell, ...]]:
    """Lists cases behind one number; a sheet has no room for all of a very large export."""
    for case in cases[:MOST_CASES]:
        yield *number, case, counted
    if len(cases) > MOST_CASES:
        yield *number, f"and {len(cases) - MOST_CASES} more: measures.json has all", counted


def _about(document: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    if document["publication"]:
        yield "Rounded for publication", f"By the scheme {document['publication']}."
        for one in document["method"]:
            yield "Method", one
        for one in document["not_published"]:
            yield "Not published", f"{one['measure']} {one['part']}: {one['reason']}"
    else:
        yield "Restricted", "It holds small counts and case ids: not for publication as it is."
        yield "Cases read", document["cases"]
    yield "Counted from", "Codes and days of the records, not from the answers of rules; but M14."
    yield "Percentages", "From ten units on, with an interval of 95 % (Wilson); below, counts only."
    yield (
        "Small agencies",
        "So few units say nothing reliable; agencies are not to be ranked by them. Limits are "
        "those that chance alone would give a group of its size around the share of all "
        "(binomial): beyond 95 % is a place to ask, beyond 99.8 % one to ask first.",
    )
    yield "Aims", "Those of the West Midlands ADASS scorecard are regional, not national."
    for name in document["not_supplied"]:
        yield (
            "Can't be supplied",
            f"Some of the exports can't supply {name}: such units are left out.",
        )
    for measure in document["measures"]:
        if measure["note"]:
            yield measure["id"], measure["note"]
    for one in document.get("not_counted", ()):
        yield "Not counted whole", f"{one['case']}: {one['reason']}"
