"""The counted sheets of the workbook as rows: everything that is not listed case by case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from msp_rules.audit.scan import Scan
from msp_rules.reports.coverage_rows import coverage_of, wanted_rows
from msp_rules.reports.manifest import manifest, pseudonyms_said
from msp_rules.reports.palette import COLOURS, VERDICTS
from msp_rules.reports.result_rows import (
    holder_rows,
    question_rows,
    rule_rows,
    switched_off_rules,
)
from msp_rules.rules.plain_names import bare_event_noun, field_label

Row = tuple[str, list[Any]]
"""The name of a sheet, and the values of a row of it."""
_DAYS: Final = ("as_of", "from", "until", "expires")
_ELSEWHERE: Final = ("switched_off",)


def counted_rows(scan: Scan) -> Iterator[Row]:
    """The rows of all counted sheets, each sheet's in order."""
    yield from _summary(scan)
    yield from _coverage(scan)
    for row in rule_rows(scan):
        rule, numbers = row.rule, [row.counts[verdict] for verdict in VERDICTS]
        weight = rule.severity.value
        yield "Rules", [rule.id, rule.title, weight, *numbers, row.waived, row.filtered]
    for asked in question_rows(scan.tally):
        colours = [asked.counts[colour] for colour in COLOURS]
        yield "Questions", [asked.question, asked.about, *colours, asked.explained]
    for held in holder_rows(scan.tally):
        counts = [held.counts[verdict] for verdict in VERDICTS if verdict != "not_applicable"]
        yield "Holders", [held.agency, held.team, held.cases, *counts]
    yield from _manifest(scan)


def _summary(scan: Scan) -> Iterator[Row]:
    tally = scan.tally
    totals = tally.verdicts
    state = "complete" if tally.is_complete else "INCOMPLETE"
    note = "" if tally.is_complete else "the sheet Faults says what could not be read or judged"
    yield "Summary", ["Completeness", state, note]
    yield "Summary", ["Cases", tally.cases]
    yield "Summary", ["Faults", len(tally.faults)]
    for verdict, words in VERDICTS.items():
        yield "Summary", [words, totals[verdict]]
    yield "Summary", ["waived", tally.waived.total(), "counted with no verdict"]
    yield "Summary", ["left out by local filters", tally.filtered.total(), "not applicable"]
    if scan.pseudonym_key is not None:
        yield "Summary", ["Pseudonyms", None, pseudonyms_said(scan.pseudonym_key)]
    note = "The record may not hold everything that was done."
    yield "Summary", ["Not evidenced in the record", None, note]


def _coverage(scan: Scan) -> Iterator[Row]:
    for row in coverage_of(scan):
        noun = bare_event_noun(row.name)
        yield "Coverage", [noun, row.name, None, None, row.declared, row.events]
        for one in row.fields:
            names = [noun, row.name, field_label(one.name), one.name, one.declared]
            values = [*names, one.of, one.given, one.withheld]
            yield "Coverage", [*values, one.unreadable, one.unmapped]
    titles = {rule.id: rule.title for rule in scan.engine.ruleset.rules}
    for want in wanted_rows(scan):
        wanted = [bare_event_noun(want.event), field_label(want.field) if want.field else None]
        row_of = [want.rule, titles[want.rule], *wanted, want.answers, want.declared]
        yield "Cannot tell", row_of


def _manifest(scan: Scan) -> Iterator[Row]:
    for name, value in manifest(scan).items():
        if name not in _ELSEWHERE:
            yield from _part(_heading(name), "", value)
    for rule, title in switched_off_rules(scan):
        yield "Manifest", ["Switched off", rule, title]


def _part(heading: str, item: str, value: Any) -> Iterator[Row]:
    """A part of the manifest, whatever its shape: a row a value."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _part(heading, f"{item} {_heading(name).lower()}".strip(), inner)
    elif isinstance(value, list | tuple):
        if all(isinstance(one, str) for one in value):
            yield "Manifest", [heading, item, ", ".join(value) or "none"]
            return
        for number, one in enumerate(value, start=1):
            yield from _part(f"{heading} {number}", item, one)
    else:
        yield "Manifest", [heading, item, _typed(heading, item, value)]


def _typed(heading: str, item: str, value: Any) -> Any:
    """Days as days, numbers as numbers, yes and no as words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    last = (item or heading).lower().replace(" ", "_")
    if isinstance(value, str) and last in _DAYS:
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _heading(name: str) -> str:
    return name.replace("_", " ").capitalize()
