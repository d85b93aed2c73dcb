"""Puts the measures together as `measures.json` and as rows for `measures.csv`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msp_rules.audit.case_file.agreement import FEWEST
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
from msp_rules.audit.measures.funnel import FEWEST_GROUPS, funnel_limits
from msp_rules.audit.measures.shares import share_of
from msp_rules.audit.measures.surveys import Survey, survey_rows
from msp_rules.audit.measures.tables import no_enquiry_section, not_met_section
from msp_rules.casework.moments import iso_date
from msp_rules.rules.language.rule import Ruleset

SCHEMA: Final = "msp-measures/1"
FILE: Final = "measures.json"
TABLE: Final = "measures.csv"
FUNNELS: Final = ("agency", "partner")
"""The groupings whose shares stand beside the limits of a funnel."""
LIMITS: Final = ("low_95", "high_95", "low_998", "high_998")
"""The limits, in the order in which tables show them."""
COUNTS: Final = ("numerator", "others", "denominator", "percent", "low", "high")
"""The counts of each row, in the order in which tables show them."""
HEADS: Final = ("measure", "part", "title", "grouping", "group", *COUNTS, *LIMITS, "position")
"""The columns of the table."""
SECTIONS: Final = ("no_enquiry", "not_met")
"""The parts of the document that hold tables beside the measures."""
OWN: Final = "board's own"
"""Marks a figure of the board's own, in the place of a measure."""
Row = tuple[str | int | float | None, ...]
"""A row of the table, as long as `HEADS`."""


def measures_document(
    found: BoardMeasures, ruleset: Ruleset, surveys: tuple[Survey, ...] = ()
) -> dict[str, Any]:
    """Gives `measures.json`; it holds case ids and small counts, and the board's own figures."""
    counts = found.counts
    return {
        "schema": SCHEMA,
        "publication": None,
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
        "no_enquiry": no_enquiry_section(counts.no_enquiry, found.as_of.day),
        "not_met": not_met_section(counts.not_met),
        "surveys": survey_rows(surveys),
    }


def _measure(measure: str, counts: MeasureCounts) -> dict[str, Any]:
    """Gives one measure: its headline, then all parts."""
    return measure_of(measure, [_part(key, counts) for key in parts_of(measure)])


def measure_of(measure: str, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Puts a measure together from its parts; the first of them is its headline."""
    definition = MEASURES[measure]
    headline = {name: value for name, value in parts[0].items() if name not in ("id", "title")}
    found: dict[str, Any] = {"id": measure, "title": definition.title, "note": definition.note}
    return found | headline | {"parts": parts}


def _part(key: PartKey, counts: MeasureCounts) -> dict[str, Any]:
    definition = MEASURES[key[0]].parts[key[1]]
    return part_words(key[1], definition) | {
        **_count(counts.parts[key]),
        "excluded": dict(sorted(counts.left_out[key].items())),
        "by": {
            grouping: _groups(counts.parts[key], grouping, counts.groups[key][grouping])
            for grouping in GROUPINGS
            if counts.groups[key][grouping]
        },
    }


def part_words(part: str, definition: PartDefinition) -> dict[str, Any]:
    """Gives what a part counts, in words, and a share to compare with."""
    found = definition.comparison
    return {
        "id": part,
        "title": definition.title,
        "counted": definition.numerator,
        "of": definition.denominator,
        "comparison": None if found is None else {"value": found.value, "source": found.source},
    }


def _groups(
    whole: PartCount, grouping: str, groups: Mapping[str, PartCount]
) -> list[dict[str, Any]]:
    has_funnel = (
        grouping in FUNNELS and whole.denominator >= FEWEST and len(groups) >= FEWEST_GROUPS
    )
    return [
        {"name": name, **_count(group), **({"funnel": _funnel(whole, group)} if has_funnel else {})}
        for name, group in sorted(groups.items())
    ]


def _funnel(whole: PartCount, group: PartCount) -> dict[str, Any]:
    """Gives the limits for a group of its size, as percentages, and where its share lies."""
    limits = funnel_limits(whole.numerator / whole.denominator, group.denominator)
    return {
        **{name: round(100 * getattr(limits, name), 1) for name in LIMITS},
        "position": limits.position(group.numerator / group.denominator),
    }


def _count(found: PartCount) -> dict[str, Any]:
    """Gives a count with its cases; a percentage with its interval of 95 % from ten on."""
    return {
        "numerator": found.numerator,
        "others": found.denominator - found.numerator,
        "denominator": found.denominator,
        **share_of(found.numerator, found.denominator),
        "cases": {
            "counted": sorted(set(found.counted)),
            "not_counted": sorted(set(found.not_counted)),
        },
    }


def measure_rows(document: Mapping[str, Any]) -> Iterator[Row]:
    """Gives the rows of measures: each part of all cases, then of each group."""
    for measure in document["measures"]:
        for part in measure["parts"]:
            title = f"{measure['title']}: {part['title']}"
            for grouping, groups in {"": [{"name": ""} | part], **part["by"]}.items():
                for one in groups:
                    yield (
                        *(measure["id"], part["id"], title, grouping, one["name"]),
                        *_numbers(one),
                    )


def section_rows(document: Mapping[str, Any]) -> Iterator[Row]:
    """Gives the rows of the tables beside the measures, named by their heads."""
    for section in SECTIONS:
        for table in document[section]["tables"]:
            grouping = "; ".join(table["heads"])
            for one in table["rows"]:
                yield (
                    *(section, table["id"], table["title"], grouping, "; ".join(one["names"])),
                    *_numbers(one),
                )


def own_rows(document: Mapping[str, Any]) -> Iterator[Row]:
    """Gives the rows of the board's own figures, which are counted from no record."""
    for survey in document["surveys"]:
        for one in survey["figures"]:
            of = one["of"]
            yield (
                *(OWN, survey["kind"], survey["title"], survey["source"], one["label"]),
                *(one["count"], None if of is None else of - one["count"], of),
                *(None for _ in HEADS[8:]),
            )


def _numbers(one: Mapping[str, Any]) -> Row:
    funnel = one.get("funnel") or {}
    return (
        *(one[name] for name in COUNTS),
        *(funnel.get(name) for name in (*LIMITS, "position")),
    )


def measures_table(document: Mapping[str, Any]) -> bytes:
    """Renders the rows as CSV with a head, lines ending as RFC 4180 has it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(HEADS)
    writer.writerows(measure_rows(document))
    writer.writerows(section_rows(document))
    writer.writerows(own_rows(document))
    return target.getvalue().encode()
