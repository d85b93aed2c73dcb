"""Puts the measures together as `measures.json` and as rows for `measures.csv`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msp_rules.audit.case_file.agreement import FEWEST, wilson
from msp_rules.audit.documents import fault_rows, names_of, ruleset_row
from msp_rules.audit.measures.counting import (
    GROUPINGS,
    BoardMeasures,
    MeasureCounts,
    PartCount,
    PartKey,
    parts_of,
)
from msp_rules.audit.measures.definitions import MEASURES, PartDefinition
from msp_rules.casework.moments import iso_date
from msp_rules.rules.language.rule import Ruleset

SCHEMA: Final = "msp-measures/1"
FILE: Final = "measures.json"
TABLE: Final = "measures.csv"
HEADS: Final = (
    *("measure", "part", "title", "grouping", "group"),
    *("numerator", "denominator", "percent", "low", "high"),
)
"""The columns of the table."""


def measures_document(found: BoardMeasures, ruleset: Ruleset) -> dict[str, Any]:
    """Gives `measures.json`; it holds case ids and small counts."""
    counts = found.counts
    return {
        "schema": SCHEMA,
        "as_of": iso_date(found.as_of.day),
        "ruleset": ruleset_row(ruleset),
        "inputs": names_of(found.inputs),
        "complete": found.is_whole,
        "cases": counts.cases,
        "not_supplied": list(found.not_supplied),
        "faults": fault_rows(found.faults),
        "not_counted": [
            {"case": case, "reason": reason} for case, reason in sorted(set(counts.not_counted))
        ],
        "measures": [_measure(measure, counts) for measure in MEASURES],
    }


def _measure(measure: str, counts: MeasureCounts) -> dict[str, Any]:
    """Gives one measure: its headline, then all parts."""
    definition = MEASURES[measure]
    parts = [_part(key, counts) for key in parts_of(measure)]
    headline = {name: value for name, value in parts[0].items() if name not in ("id", "title")}
    found: dict[str, Any] = {"id": measure, "title": definition.title, "note": definition.note}
    return found | headline | {"parts": parts}


def _part(key: PartKey, counts: MeasureCounts) -> dict[str, Any]:
    measure, part = key
    definition = MEASURES[measure].parts[part]
    return {
        "id": part,
        "title": definition.title,
        "counted": definition.numerator,
        "of": definition.denominator,
        **_count(counts.parts[key]),
        "excluded": dict(sorted(counts.left_out[key].items())),
        "by": {
            grouping: [
                {"name": name, **_count(group)}
                for name, group in sorted(counts.groups[key][grouping].items())
            ]
            for grouping in GROUPINGS
            if counts.groups[key][grouping]
        },
        "comparison": _comparison(definition),
    }


def _comparison(definition: PartDefinition) -> dict[str, Any] | None:
    found = definition.comparison
    return None if found is None else {"value": found.value, "source": found.source}


def _count(found: PartCount) -> dict[str, Any]:
    """Gives a count with its cases; a percentage with its interval of 95 % from ten on."""
    return {
        "numerator": found.numerator,
        "denominator": found.denominator,
        **_share(found.numerator, found.denominator),
        "cases": {
            "counted": sorted(case for case, (counted, _) in found.cases.items() if counted),
            "not_counted": sorted(
                case for case, (counted, of) in found.cases.items() if of > counted
            ),
        },
    }


def _share(numerator: int, denominator: int) -> Mapping[str, float | None]:
    if denominator < FEWEST:
        return {"percent": None, "low": None, "high": None}
    interval = wilson(numerator, denominator)
    return {
        "percent": round(100 * interval.share, 1),
        "low": round(100 * interval.low, 1),
        "high": round(100 * interval.high, 1),
    }


def measure_rows(document: Mapping[str, Any]) -> Iterator[tuple[str | int | float | None, ...]]:
    """Gives the rows of the table: each part of all cases, then of each group."""
    for measure in document["measures"]:
        for part in measure["parts"]:
            title = f"{measure['title']}: {part['title']}"
            for grouping, groups in {"": [{"name": ""} | part], **part["by"]}.items():
                for one in groups:
                    yield (
                        *(measure["id"], part["id"], title, grouping, one["name"]),
                        *(one["numerator"], one["denominator"]),
                        *(one["percent"], one["low"], one["high"]),
                    )


def measures_table(document: Mapping[str, Any]) -> bytes:
    """Renders the rows as CSV with a head, lines ending as RFC 4180 has it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(HEADS)
    writer.writerows(measure_rows(document))
    return target.getvalue().encode()
