"""Writes the tables of the national return as a workbook: `sac.xlsx`, from `sac.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from msp_rules.audit.national_return.document import AN_AID
from msp_rules.audit.national_return.labels import TABLES
from msp_rules.reports.sheets import Cell, Naming, Sheet, fault_sheet, workbook_bytes

FILE: Final = "sac.xlsx"
"""The name of the workbook."""
GROUPS: Final[Mapping[str, str]] = {
    "concerns": "People with concerns",
    "s42": "Section 42",
    "other": "Other enquiries",
    "not_recorded": "Kind not recorded",
}
"""The groups of a table, in words."""
_DAY: Final = "d mmm yyyy"
_OF_THE_RETURN: Final = {True: "", False: "not a row of the return"}


def return_workbook(document: Mapping[str, Any]) -> bytes:
    """Renders the workbook of a document; raises LibraryMissing where XlsxWriter is missing."""
    naming = Naming(
        file=FILE,
        title=f"Safeguarding Adults Collection {document['year']}: an aid, not the return",
        foot=_foot(document),
    )
    return workbook_bytes(_sheets(document), naming)


def _foot(document: Mapping[str, Any]) -> str:
    kind = "Rounded for publication" if document["publication"] else "Restricted"
    return f"{kind}. {AN_AID} {document['year']}, as of {document['as_of']}"


def _sheets(document: Mapping[str, Any]) -> Iterator[Sheet]:
    yield Sheet(
        name="Read first", heads=[("About", 30, ""), ("Says", 100, "")], rows=[*_about(document)]
    )
    before = (document["last_year"] or {}).get("tables", {})
    for number, table in document["tables"].items():
        yield _table(number, table, before.get(number))
    yield _checks(document)
    if "enquiries" in document:
        yield _enquiries(document["enquiries"])
        yield fault_sheet(document["faults"])
        yield Sheet(
            name="Not counted",
            heads=[("Case", 34, ""), ("Why", 90, "")],
            rows=[
                *((one["case"], one["reason"]) for one in document["not_counted"]),
                *(
                    (case, "an enquiry was decided on, and none is recorded as begun")
                    for case in document["decided_not_begun"]
                ),
            ],
        )


def _about(document: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    yield "What this is", AN_AID
    yield "Year", f"{document['year']}: {_in_words(document['from'], document['to'])}"
    yield "As of", _day(document["as_of"])
    if document["publication"]:
        yield (
            "Rounded for publication",
            f"By the scheme {document['publication']}. Small counts are marked, and so are totals "
            "that would give them away.",
        )
    else:
        yield "Restricted", "It holds small counts and case ids: not for publication as it is."
    for one in document.get("notes", ()):
        yield "To know", one
    for one in document["not_known"]:
        yield "Not known", one
    computed = document["computed"]
    yield "Enquiries begun", computed["total_enquiries"]
    yield "Of them section 42, percent", computed["proportion_section_42_percent"]
    yield "Enquiries begun of concerns, percent", computed["conversion_rate_percent"]
    for kind, count in computed["concluded"].items():
        yield f"Enquiries concluded: {GROUPS[kind]}", count
    if "people" in computed:
        yield "People with a concern or an enquiry", computed["people"]


def _in_words(first: str, last: str) -> str:
    return f"{_day(first)} to {_day(last)}"


def _day(text: str) -> str:
    found = date.fromisoformat(text)
    return f"{found.day} {found:%B %Y}"


def _table(number: str, table: Mapping[str, Any], before: Sequence[Any] | None) -> Sheet:
    rows, shape = table["rows"], TABLES[number]
    last = {row["label"]: row for row in before or ()}
    if "count" in rows[0]:
        heads = [(f"{number}: {table['title']}", 60, ""), ("Count", 12, "")]
        lines: list[tuple[Cell, ...]] = [(row["label"], row["count"]) for row in rows]
    else:
        groups = [*rows[0]["counts"]]
        columns = shape.columns or ("",)
        heads = [
            (f"{number}: {table['title']}", 60, ""),
            *(
                (f"{GROUPS[group]}: {column}" if column else GROUPS[group], 13, "")
                for group in groups
                for column in columns
            ),
        ]
        lines = [
            (row["label"], *(_count(row, group, column) for group in groups for column in columns))
            for row in rows
        ]
    if before is not None:
        heads.append(("Last year, all", 13, ""))
        lines = [(*line, _all(last.get(str(line[0])))) for line in lines]
    heads.append(("", 24, ""))
    marks = [_OF_THE_RETURN[row["national"]] for row in rows]
    return Sheet(
        name=number,
        heads=heads,
        rows=[(*line, mark or None) for line, mark in zip(lines, marks, strict=True)],
    )


def _count(row: Mapping[str, Any], group: str, column: str) -> Cell:
    count: Cell = row["counts"][group][column] if column else row["counts"][group]
    return count


def _all(row: Mapping[str, Any] | None) -> Cell:
    """Gives last year's count of a row: its total, or the counts of its columns added up.

    Empty where it was not counted, and where a mark stands in it.
    """
    if row is None:
        return None
    found = [row["count"]] if "count" in row else [_whole(one) for one in row["counts"].values()]
    known = [one for one in found if isinstance(one, int)]
    return sum(known) if len(known) == len(found) else None


def _whole(counts: Any) -> Cell:  # noqa: ANN401 - a part of a document that was read
    if not isinstance(counts, dict):
        count: Cell = counts
        return count
    if "Total" in counts:
        total: Cell = counts["Total"]
        return total
    # An enquiry may stand in several columns of sources: they add up to nothing.
    return None


def _checks(document: Mapping[str, Any]) -> Sheet:
    return Sheet(
        name="Checks",
        heads=[
            *(("Check", 9, ""), ("Says", 70, ""), ("Result", 14, "")),
            *(("Rests on", 44, ""), ("Case", 34, "")),
        ],
        rows=[
            (one["id"], one["says"], one["result"], one.get("note"), case)
            for one in document["validations"]
            for case in (one.get("cases") or (None,))
        ],
    )


def _enquiries(rows: Sequence[Mapping[str, Any]]) -> Sheet:
    """Lists the enquiries with the row of each table that they are counted in, to filter by."""
    return Sheet(
        name="Enquiries",
        heads=[
            *(("Case", 34, ""), ("Kind", 16, ""), ("Begun", 13, _DAY), ("Concluded", 13, _DAY)),
            *(("By", 20, ""), ("Age", 11, ""), ("SG2a: type", 34, ""), ("SG2b: location", 26, "")),
            *(("Source", 28, ""), ("SG2c", 40, ""), ("SG2e", 16, ""), ("SG3a", 28, "")),
            *(("Supported", 11, ""), ("SG4a: asked", 44, ""), ("SG4a: achieved", 24, "")),
        ],
        rows=[
            (
                *(row["case"], GROUPS[row["kind"]]),
                *(_date(row["begun"]), _date(row["concluded"])),
                *(row["concluded_by"].replace("_", " "), row["age_band"]),
                *("; ".join(row["SG2a"]), "; ".join(row["SG2b"]), "; ".join(row["source"])),
                *(row["SG2c"], row["SG2e"], row["SG3a"]),
                *("yes" if row["supported"] else "no", row["SG4a"], row["achieved"]),
            )
            for row in rows
        ],
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
