"""Puts the counts together as `sac.json`: tables, checks, and what is not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from msp_rules.audit.case_reader import CaseFiles, CaseReader
from msp_rules.audit.documents import fault_rows, names_of, read_document, ruleset_row
from msp_rules.audit.national_return.cells import (
    TOTAL_ENQUIRIES,
    concluded_in,
    groups_of,
    kinds_in,
    shown_cells,
)
from msp_rules.audit.national_return.counting import Cell, ReturnCounts, ReturnYear
from msp_rules.audit.national_return.enquiries import COUNTED_TYPES, EnquiryKind
from msp_rules.audit.national_return.labels import TABLES, TOTAL, TableShape
from msp_rules.audit.national_return.validations import LastYear, Validation, validations_of
from msp_rules.audit.publication import MARKS, Published, Scheme, published
from msp_rules.casework.case import Fault
from msp_rules.casework.moments import Cutoff, iso_date
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.source import InputFile

SCHEMA: Final = "msp-sac/1"
FILE: Final = "sac.json"
AN_AID: Final = "An aid to the Safeguarding Adults Collection, not the return itself."
"""The sentence that stands on every page and sheet."""
NOT_KNOWN: Final = (
    "Which cells of SG4a the template of 2025-26 has as mandatory was not found.",
    "No official list of validation rules was found: V1 to V8 follow from the tables themselves.",
    "The guidance on SG3 to SG5 could not be read; the wording of SG2c, SG2e, SG3a and SG4a was "
    "compared with a council's own form.",
    "SG1e (health conditions) and SG5 (safeguarding adults reviews) are not in a case record.",
)
"""Open questions about the return, as they stand on every output."""
_CONCERNS: Final[Cell] = ("SG1f", "Total Number of Safeguarding Concerns", "", "")
Shown = Mapping[Cell, Published]
"""The cells as they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalReturn:
    """The tables of a year, counted from exports."""

    counts: ReturnCounts
    """The counts."""
    cells: Mapping[Cell, int]
    """All counts by cell, those of people among them."""
    validations: tuple[Validation, ...]
    """V1 to V8."""
    as_of: Cutoff
    """The moment as of which the cases were read."""
    inputs: tuple[InputFile, ...]
    """The files that were read."""
    is_whole: bool
    """False where a case or a file could not be read or counted whole."""
    faults: tuple[Fault, ...]
    """All that could not be read, in the order of the files."""
    not_supplied: tuple[str, ...]
    """The event types that matter here and that the sources of some cases can't supply."""
    last_year: Mapping[str, Any] | None
    """The document of last year, if it was given."""


def count_return(
    files: CaseFiles, year: ReturnYear, last_year: Path | None = None
) -> NationalReturn:
    """Reads the exports and counts; raises MspRulesError where they can't be read."""
    before = None if last_year is None else read_document(last_year, SCHEMA)
    shares = None if before is None else _capacity_of(before, last_year)
    reader, counts, lacking = CaseReader(files), ReturnCounts(year), set[str]()
    for read in reader.cases():
        counts.add(read.view)
        supply = read.case.supply
        lacking.update(name for name in COUNTED_TYPES if not supply.has_type(name))
    assert reader.as_of is not None  # a source without a moment is refused
    for case, doubt in reader.doubts.items():
        counts.note(case, doubt)
    return NationalReturn(
        counts=counts,
        cells=counts.cells + counts.people_cells(),
        validations=validations_of(counts, shares),
        as_of=reader.as_of,
        inputs=tuple(sorted(reader.inputs, key=lambda one: (one.name, one.sha256))),
        is_whole=reader.is_whole and not reader.faults and not counts.not_counted,
        faults=tuple(reader.faults),
        not_supplied=tuple(name for name in COUNTED_TYPES if name in lacking),
        last_year=before,
    )


def _capacity_of(document: Mapping[str, Any], path: Path | None) -> LastYear:
    """Reads the counts of SG3a from last year's document."""
    found = Counter[str]()
    try:
        for row in document["tables"]["SG3a"]["rows"]:
            for kind in row["counts"].values():
                found[row["label"]] += int(kind[TOTAL])
    except (KeyError, TypeError, ValueError, AttributeError):
        name = "" if path is None else path.name
        raise InputUnreadable(
            "it has no table SG3a in whole numbers; name a sac.json that was not published",
            SourceLocation(path=name),
        ) from None
    return found


def return_document(
    found: NationalReturn, files: CaseFiles, scheme: Scheme | None = None
) -> dict[str, Any]:
    """Gives `sac.json`; published, it has no case in it and no count that gives one away."""
    counts, year = found.counts, found.counts.year
    last_day = date.fromordinal(year.last)
    shown = shown_cells(found.cells, scheme)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "about": AN_AID,
        "not_known": list(NOT_KNOWN),
        "year": year.name,
        "from": iso_date(year.first),
        "to": last_day.isoformat(),
        "as_of": iso_date(found.as_of.day),
        "year_is_over": found.as_of.day >= year.last,
        "publication": None if scheme is None else scheme.value,
        "ruleset": ruleset_row(files.ruleset),
        "complete": found.is_whole,
        "tables": {
            number: {
                "title": shape.title,
                "unit": shape.unit,
                "rows": _rows(number, shape, found, shown),
            }
            for number, shape in TABLES.items()
        },
        "computed": _computed(found, shown, scheme),
        "last_year": _last_year(found, scheme),
    }
    if scheme is not None:
        return document | {"validations": [_public_check(one) for one in found.validations]}
    return document | {
        "inputs": names_of(found.inputs),
        "validations": [
            {
                "id": one.id,
                "says": one.says,
                "result": one.result.value,
                "note": one.note,
                "cases": list(one.cases),
            }
            for one in found.validations
        ],
        "notes": [*_notes(found)],
        "faults": fault_rows(found.faults),
        "not_counted": [
            {"case": one.case, "reason": one.reason} for one in sorted(set(counts.not_counted))
        ],
        "decided_not_begun": sorted(counts.decided_only),
        "enquiries": [*_enquiries(counts)],
    }


def _notes(found: NationalReturn) -> Iterator[str]:
    counts = found.counts
    if found.as_of.day < counts.year.last:
        yield "The year is not over: what is counted is the part of it that the exports hold."
    for name in found.not_supplied:
        yield f"Some of the exports can't supply {name}: what it would say is not recorded."
    if counts.without_ref:
        yield (
            f"{counts.without_ref} of the cases have an adult without a ref: each is counted as a "
            "person of its own."
        )
    if counts.decided_only:
        yield (
            f"In {len(counts.decided_only)} of the cases an enquiry was decided on in the year and "
            "none is recorded as begun: it is in no count of enquiries."
        )


def _public_check(one: Validation) -> dict[str, Any]:
    """Gives a check without its cases and counts: how many there are may be a small number."""
    return {"id": one.id, "says": one.says, "result": one.result.value}


def _rows(number: str, shape: TableShape, found: NationalReturn, shown: Shown) -> list[Any]:
    """Gives the rows of a table; those of ours, below those of the return, only if counted."""
    labels = [
        label
        for label in (*shape.rows, *shape.added)
        if label in shape.rows or _is_used(number, label, found)
    ]
    groups = groups_of(number, found.cells)
    if groups == ("",):
        return [
            {
                "label": label,
                "national": label in shape.rows,
                "count": shown[number, label, "", ""],
            }
            for label in labels
        ]
    return [
        {
            "label": label,
            "national": label in shape.rows,
            "counts": {group: _counts(number, shape, (label, group), shown) for group in groups},
        }
        for label in labels
    ]


def _counts(
    number: str, shape: TableShape, row: tuple[str, str], shown: Shown
) -> Published | dict[str, Published]:
    """Gives the counts of a row for one kind: by column, or one where there are no columns."""
    if not shape.columns:
        return shown[number, *row, ""]
    return {column: shown[number, *row, column] for column in shape.columns}


def _is_used(number: str, label: str, found: NationalReturn) -> bool:
    return any(table == number and row == label for table, row, _, _ in found.cells)


def _computed(found: NationalReturn, shown: Shown, scheme: Scheme | None) -> dict[str, Any]:
    """Gives what the return computes from its tables; percentages from unrounded counts."""
    counts = found.counts
    begun = counts.begun.total()
    concerns = found.cells.get(_CONCERNS, 0)
    section_42 = counts.begun[EnquiryKind.SECTION_42]
    concluded = {kind: concluded_in(shown, kind) for kind in kinds_in(found.cells)}
    computed: dict[str, Any] = {
        "total_enquiries": shown[TOTAL_ENQUIRIES],
        "proportion_section_42_percent": _share(section_42, begun, scheme),
        "conversion_rate_percent": _share(begun, concerns, scheme),
        "concluded": concluded,
    }
    if scheme is None:
        # Published, these would add up what is protected apart.
        computed["total_concluded"] = len(counts.enquiries)
        computed["people"] = counts.people
    return computed


def _share(part: int, whole: int, scheme: Scheme | None) -> int | str | None:
    """Gives a percentage to no places, half to even; a mark where it could give a count away."""
    if not whole:
        return None
    if scheme is not None and any(
        isinstance(published(one, scheme), str) for one in (part, whole, abs(whole - part))
    ):
        return MARKS[scheme]
    return round(100 * part / whole)


def _last_year(found: NationalReturn, scheme: Scheme | None) -> dict[str, Any] | None:
    """Gives last year's tables as they stand in its document; published beside published only."""
    before = found.last_year
    if before is None or (scheme is not None and before.get("publication") != scheme.value):
        return None
    return {
        "year": str(before.get("year", "")),
        "tables": {
            number: before["tables"][number]["rows"]
            for number in TABLES
            if number in before["tables"]
        },
    }


def _enquiries(counts: ReturnCounts) -> Iterator[dict[str, Any]]:
    """Lists the enquiries that were concluded with their rows of each table: they lead to cases."""
    for one in sorted(counts.enquiries, key=lambda row: (row.case, row.enquiry.concluded)):
        answers, enquiry = one.answers, one.enquiry
        yield {
            "case": one.case,
            "kind": enquiry.kind.value,
            "begun": iso_date(enquiry.begun) if enquiry.begun else None,
            "concluded": iso_date(enquiry.concluded),
            "concluded_by": enquiry.ended_by,
            "age_band": one.age,
            "SG2a": list(answers.risk_types),
            "SG2b": list(answers.locations),
            "source": list(answers.sources),
            "SG2c": answers.risk_outcome,
            "SG2e": answers.risk_result,
            "SG3a": answers.capacity,
            "supported": answers.is_supported,
            "SG4a": answers.asked,
            "achieved": answers.achieved,
        }
