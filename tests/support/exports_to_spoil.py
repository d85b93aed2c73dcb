"""One small population of cases, written in each form that can be read: exports to be spoiled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple

from openpyxl import Workbook

from tests.builders.export import case_text, event_text, export_text


class Told(NamedTuple):
    """A case, as every form tells it."""

    case: str
    person: str
    received: str
    asked_on: str
    answer: str
    closed: str


POPULATION: Final = tuple(
    Told(
        case=f"SA-{number:02}",
        person=f"P-{number:02}",
        received=f"2026-01-{number + 4:02}",
        asked_on="" if number % 4 == 0 else f"2026-01-{number + 5:02}",
        answer="" if number % 4 == 0 else ("Asked", "Not asked")[number % 3 == 0],
        closed=f"2026-02-{number:02}" if number % 2 else "",
    )
    for number in range(1, 13)
)
COLUMNS: Final = ("id", "person", "received", "asked on", "answer", "closed")
_HEAD: Final = """\
schema: msp-rules/mapping/1
name: Made up to be spoiled
source: {source}
reference_date: {{constant: 2026-03-31}}
codes:
  asked:
    labels: {{"Asked": asked_expressed, "Not asked": not_asked}}
    unknown: fault
"""
_WIDE: Final = """\
case:
  record: {record}
{key}  id: {at}id
adult:
  ref: {at}person
events:
  - event: concern_raised
    record: "."
    id: {{path: {at}id, suffix: "-concern"}}
    occurred: {at}received
    fields:
      identified_adult: {{constant: "yes"}}
  - event: outcomes_conversation
    record: "."
    when: {{{at}asked on: present}}
    id: {{path: {at}id, suffix: "-talk"}}
    occurred: {at}asked on
    fields:
      asked: {{path: {at}answer, codes: asked}}
      with: {{constant: adult}}
      with_is_source: {{constant: "no"}}
  - event: case_closed
    record: "."
    when: {{{at}closed: present}}
    id: {{path: {at}id, suffix: "-end"}}
    occurred: {at}closed
"""
_TABLES: Final = """\
case:
  record: cases
  key: id
  joins:
    - {record: concerns, key: case}
    - {record: talks, key: case}
    - {record: ends, key: case}
  id: id
adult:
  ref: person
events:
  - event: concern_raised
    record: concerns
    id: id
    occurred: received
    fields:
      identified_adult: {constant: "yes"}
  - event: outcomes_conversation
    record: talks
    id: id
    occurred: asked on
    fields:
      asked: {path: answer, codes: asked}
      with: {constant: adult}
      with_is_source: {constant: "no"}
  - event: case_closed
    record: ends
    id: id
    occurred: closed
"""


class Written(NamedTuple):
    """An export on disk, and the text of its mapping; None for a canonical one."""

    export: Path
    mapping: str | None


def as_xml(folder: Path) -> Written:
    """Canonical XML, one case a line, which the header counts."""
    cases = []
    for one in POPULATION:
        named = "<identified_adult>yes</identified_adult>"
        events = [event_text("concern_raised", f"{one.case}-concern", one.received, named)]
        if one.asked_on:
            code = {"Asked": "asked_expressed", "Not asked": "not_asked"}[one.answer]
            asked = f"<asked>{code}</asked>"
            events.append(
                event_text("outcomes_conversation", f"{one.case}-talk", one.asked_on, asked)
            )
        if one.closed:
            events.append(event_text("case_closed", f"{one.case}-end", one.closed))
        cases.append(case_text(one.case, *events, adult=one.person))
    header = f"<reference_date>2026-03-31</reference_date><cases>{len(cases)}</cases>"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{export_text(cases, header=header)}\n'
    (folder / "export.xml").write_text(text)
    return Written(folder, None)


def as_wide_csv(folder: Path) -> Written:
    """One row a case, blank where something did not happen."""
    (folder / "cases.csv").write_text(_csv([COLUMNS, *POPULATION]))
    wide = _WIDE.format(record="cases", key="", at="")
    return Written(folder, _HEAD.format(source="csv") + wide)


def as_tables(folder: Path) -> Written:
    """A table of cases, and one for each kind of event."""
    tables = {
        "cases": [("id", "person"), *((one.case, one.person) for one in POPULATION)],
        "concerns": [
            ("id", "case", "received"),
            *((f"{one.case}-concern", one.case, one.received) for one in POPULATION),
        ],
        "talks": [
            ("id", "case", "asked on", "answer"),
            *(
                (f"{one.case}-talk", one.case, one.asked_on, one.answer)
                for one in POPULATION
                if one.asked_on
            ),
        ],
        "ends": [
            ("id", "case", "closed"),
            *((f"{one.case}-end", one.case, one.closed) for one in POPULATION if one.closed),
        ],
    }
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(_csv(rows))
    return Written(folder, _HEAD.format(source="csv") + _TABLES)


def as_workbook(folder: Path) -> Written:
    """The wide table as a sheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "cases"
    for row in (COLUMNS, *POPULATION):
        sheet.append([*row])
    book.save(folder / "cases.xlsx")
    wide = _WIDE.format(record="cases", key="", at="")
    return Written(folder, _HEAD.format(source="xlsx") + wide)


def as_json(folder: Path) -> Written:
    """A list of records, one a line."""
    records = [dict(zip(COLUMNS, one, strict=True)) for one in POPULATION]
    lines = ",\n".join(json.dumps(one) for one in records)
    (folder / "export.json").write_text(f'{{"cases": [\n{lines}\n]}}\n')
    wide = _WIDE.format(record="cases", key="", at="")
    return Written(folder, _HEAD.format(source="json") + wide)


FORMS: Final = {
    "xml": as_xml,
    "wide": as_wide_csv,
    "tables": as_tables,
    "workbook": as_workbook,
    "json": as_json,
}
"""Each form in which the population can be written into an empty folder, by its name."""


def _csv(rows: list[tuple[str, ...]] | list[Told]) -> str:
    return "".join(f"{','.join(row)}\n" for row in rows)
