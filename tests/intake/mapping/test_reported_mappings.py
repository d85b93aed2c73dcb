"""Slips that were made with mapping files elsewhere, and what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.casework.case import Case
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import RulesetInvalid
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import CaseSource, open_cases

CLOSED = """
schema: msp-rules/mapping/1
name: Own table
SOURCE
adult: {ref: PERSON}
events:
  - {event: concern_raised, record: ".", id: {path: REF, suffix: -c}, occurred: RECEIVED}
  - {event: case_closed, record: ".", id: {path: REF, suffix: -z}, occurred: CLOSED}
"""


def read(folder: Path, export: Path, text: str) -> tuple[dict[str, Case], CaseSource]:
    file = folder / "map.yaml"
    file.write_text(text, "utf-8")
    with open_cases(export, mapping=load_mapping(file, core_vocabulary())) as reader:
        return {case.id: case for case in reader}, reader


def names(text: str, before: str) -> str:
    for word in ("PERSON", "REF", "RECEIVED", "CLOSED"):
        text = text.replace(word, f'"{before}{word.lower()}"')
    return text


def test_a_blank_date_of_a_table_did_not_happen(tmp_path: Path) -> None:
    export = tmp_path / "cases.csv"
    export.write_text(
        "ref,person,received,closed\nC1,P1,2026-01-05,2026-02-01\nC2,P2,2026-01-06,\n"
    )
    source = "source: csv\ncase: {record: cases, id: ref}"

    cases, reader = read(tmp_path, export, names(CLOSED.replace("SOURCE", source), ""))

    assert reader.faults == []
    assert [event.type for event in cases["C2"].events] == ["concern_raised"]
    assert cases["C2"].supply.has_type("case_closed")


def test_a_blank_date_of_an_element_did_not_happen(tmp_path: Path) -> None:
    export = tmp_path / "x.xml"
    export.write_text(
        '<r><c ref="C1" person="P1" received="2026-01-05" closed="2026-02-01"/>'
        '<c ref="C2" person="P2" received="2026-01-06" closed=""/></r>'
    )
    source = 'case: {record: r/c, id: "@ref"}'

    cases, reader = read(tmp_path, export, names(CLOSED.replace("SOURCE", source), "@"))

    assert reader.faults == []
    assert [event.type for event in cases["C2"].events] == ["concern_raised"]


def test_a_label_of_another_case_turns_nobody_red_in_silence(tmp_path: Path) -> None:
    export = tmp_path / "x.xml"
    export.write_text(
        '<r><c ref="C1" person="P1"><d kind="Concern" on="2026-01-05" id="1"/>'
        '<d kind="MSP conversation" on="2026-01-06" id="2" asked="Yes"/></c></r>'
    )
    text = """
schema: msp-rules/mapping/1
name: Activities
codes:
  asked: {labels: {"Yes": asked_expressed}, unknown: fault}
case: {record: r/c, id: "@ref"}
adult: {ref: "@person"}
events:
  - {event: concern_raised, record: d, when: {"@kind": Concern}, id: "@id", occurred: "@on"}
  - event: outcomes_conversation
    record: d
    when: {"@kind": MSP Conversation}
    id: "@id"
    occurred: "@on"
    fields: {asked: {path: "@asked", codes: asked}}
"""

    cases, reader = read(tmp_path, export, text)

    (fault,) = reader.faults
    assert fault.reason.startswith("outcomes_conversation is mapped, and no case of the export")
    assert not cases["C1"].supply.has_type("outcomes_conversation")
    assert [(one.code, one.reason) for one in reader.warnings] == [
        ("unread_records", "1 record is read by no entry, as no condition holds: d")
    ]


@pytest.mark.parametrize("form", ["%d/%m/%Y %H:%M %Z", "%Z %d %m %Y"])
def test_the_name_of_a_zone_is_no_part_of_a_date(tmp_path: Path, form: str) -> None:
    source = "source: csv\ncase: {record: cases, id: ref}"
    text = names(CLOSED.replace("SOURCE", source), "")
    text = text.replace('"received"', f'{{path: received, date_format: "{form}"}}')

    with pytest.raises(RulesetInvalid, match="date_format can't have %Z"):
        read(tmp_path, tmp_path, text)


def test_a_date_in_another_form_is_told_with_the_forms_that_were_asked_for(tmp_path: Path) -> None:
    export = tmp_path / "cases.csv"
    export.write_text("ref,person,received,closed\nC1,P1,5 January 2026,2026-02-01\n")
    source = "source: csv\ncase: {record: cases, id: ref}"
    text = names(CLOSED.replace("SOURCE", source), "")
    forms = '["%d/%m/%Y", "%d/%m/%Y %H:%M"]'
    text = text.replace('"received"', f"{{path: received, date_format: {forms}}}")

    _, reader = read(tmp_path, export, text)

    assert [fault.reason for fault in reader.faults] == [
        "occurred of concern_raised: not a date that exists, written as %d/%m/%Y or %d/%m/%Y %H:%M"
    ]
