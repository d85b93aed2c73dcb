"""Reports as systems dump them: titles, totals, blanks, months, names that occur twice."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from msp_rules.casework.case import Case, Fault
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.errors import InputUnreadable
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import CaseSource, open_cases
from tests.support.core import core_ruleset

pytestmark = pytest.mark.slow

EXPORTS = Path(__file__).parents[2] / "data" / "exports"
WIDE = EXPORTS / "wide"
REPORT = "Safeguarding Adults Report 31-03-2026"

SMALL = """
schema: msp-rules/mapping/1
name: Invented
source: csv
case: {record: "Report *", id: ref}
adult: {ref: person}
events:
  - {event: concern_raised, record: ".", id: ref, occurred: received}
"""


def answers(source: CaseSource) -> set[tuple[str, str, str, str | None]]:
    engine, as_of = Engine(core_ruleset()), parse_as_of("2026-03-31")
    return {
        (case.id, one.rule, one.verdict, str(one.due))
        for case in source
        for one in engine.evaluate(case, as_of).answers
    }


def read(export: Path, text: str, folder: Path) -> tuple[dict[str, Case], CaseSource]:
    file = folder / "mapping.yaml"
    file.write_text(text, "utf-8")
    with open_cases(export, mapping=load_mapping(file, core_vocabulary())) as reader:
        return {case.id: case for case in reader}, reader


def test_a_report_as_dumped_gives_the_answers_of_the_canonical_export() -> None:
    mapping = load_mapping(EXPORTS / "wide.yaml", core_vocabulary())

    with open_cases(WIDE, mapping=mapping) as wide, open_cases(EXPORTS / "truth.xml") as truth:
        found, wanted = answers(wide), answers(truth)

    assert found == wanted
    assert wide.faults == []
    assert wide.warnings == []


@pytest.mark.parametrize("row", ["4", "Person ID"])
def test_the_names_of_columns_may_stand_in_any_row(tmp_path: Path, row: str) -> None:
    text = (EXPORTS / "wide.yaml").read_text("utf-8")

    cases, reader = read(
        WIDE, text.replace("header_row: Episode Ref", f"header_row: {row}"), tmp_path
    )

    assert reader.faults == []
    assert len(cases) == 9


def test_titles_that_nothing_is_said_of_are_refused_with_the_row_of_the_names(
    tmp_path: Path,
) -> None:
    text = (EXPORTS / "wide.yaml").read_text("utf-8").replace("  header_row: Episode Ref\n", "")

    with pytest.raises(InputUnreadable, match="row 4 looks like the names of columns"):
        read(WIDE, text, tmp_path)


def test_a_total_is_no_case_and_said(tmp_path: Path) -> None:
    text = (EXPORTS / "wide.yaml").read_text("utf-8")

    cases, reader = read(WIDE, text.replace('  until: {"Person ID": absent}\n', ""), tmp_path)

    assert len(cases) == 9
    said = "say so with until or leave_out under rows"
    reason = f"the row looks like a total and is not judged; {said}"
    assert reader.faults == [Fault(reason, f"{REPORT}.csv", 15)]


def month(folder: Path, name: str, rows: str, head: str = "ref,person,received") -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.csv").write_text(f"{head}\n{rows}\n", "utf-8")


def test_all_months_are_read_and_what_no_pattern_takes_is_named(tmp_path: Path) -> None:
    export = tmp_path / "export"
    month(export, "Report April", "C1,P1,2026-04-05")
    month(export, "Report May", "C2,P2,2026-05-05")
    month(export, "Feb", "C3,P3,2026-02-05")
    (export / "notes.txt").write_text("x")
    (export / ".DS_Store").write_text("x")
    (export / "~$Report May.csv").write_text("x")

    cases, reader = read(export, SMALL, tmp_path)

    assert list(cases) == ["C1", "C2"]
    assert reader.faults == []
    assert [(one.code, one.input) for one in reader.warnings] == [
        ("unread_table", "Feb"),
        ("passed_over", "export"),
        ("unread_file", "notes.txt"),
    ]
    assert [one.name for one in reader.files] == ["Report April.csv", "Report May.csv"]


def test_a_zip_archive_of_csv_files_is_read_as_a_folder(tmp_path: Path) -> None:
    month(tmp_path, "Report April", "C1,P1,2026-04-05")
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "Report April.csv", "2026/Report April.csv")
        archive.write(tmp_path / "Report April.csv", "read me.txt")

    cases, reader = read(tmp_path / "export.zip", SMALL, tmp_path)

    assert list(cases) == ["C1"]
    assert reader.faults == []
    assert [one.name for one in reader.files] == ["export.zip"]
    assert [one.input for one in reader.warnings] == ["export.zip/read me.txt"]


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"PK\x03\x04", "a zip archive"),
        (b"\xd0\xcf\x11\xe0", "an old workbook or document (.xls, .doc)"),
        (b'<?xml version="1.0"?>', "XML"),
    ],
)
def test_a_file_of_another_kind_is_named_as_what_it_is(
    tmp_path: Path, start: bytes, kind: str
) -> None:
    (tmp_path / "Report x.csv").write_bytes(start)

    with pytest.raises(
        InputUnreadable, match="it is not a CSV file, whatever its name says"
    ) as said:
        read(tmp_path / "Report x.csv", SMALL, tmp_path)

    assert kind in str(said.value)


def test_a_name_that_two_columns_have_is_read_where_their_cells_are_equal(tmp_path: Path) -> None:
    export = tmp_path / "export"
    head = "ref,person,received, received"
    month(export, "Report", "C1,P1,2026-01-05,2026-01-05\nC2,P2,2026-01-05,2026-01-06", head)

    cases, reader = read(export, SMALL.replace("Report *", "Report"), tmp_path)

    assert [one.is_certain for case in cases.values() for one in case.events] == [True, False]
    assert reader.faults == [
        Fault('two columns are called "received", and their cells differ', "Report.csv", 3),
        Fault(
            "occurred of concern_raised: not a date (YYYY-MM-DD) or date-time that exists",
            *("Report.csv", 3, "C2", "C2"),
        ),
    ]


@pytest.mark.parametrize("name", ["received ", "  received", "received&period;", "Date  received"])
def test_names_of_columns_are_compared_as_they_are_read(tmp_path: Path, name: str) -> None:
    export = tmp_path / "export"
    month(export, "Report", "C1,P1,2026-01-05", f"ref,person,{name}")
    shown = {"received&period;": "received.", "Date  received": "Date received"}
    text = SMALL.replace("occurred: received", f'occurred: "{shown.get(name, "received")}"')

    cases, reader = read(export, text.replace("Report *", "Report"), tmp_path)

    assert reader.faults == []
    assert len(cases["C1"].events) == 1


def test_rows_below_the_names_may_be_skipped(tmp_path: Path) -> None:
    export = tmp_path / "export"
    month(export, "Report x", "text,text,date\nC1,P1,2026-01-05")

    cases, reader = read(export, SMALL + "rows: {skip: 1}\n", tmp_path)

    assert reader.faults == []
    assert list(cases) == ["C1"]


def test_a_row_that_no_condition_takes_is_counted(tmp_path: Path) -> None:
    export = tmp_path / "export"
    month(export, "cases", "C1,P1,2026-01-05")
    month(export, "forms", "C1,2026-01-05,SG-1\nC1,2026-01-06,SG-2", "ref,on,kind")
    text = SMALL.replace(
        'case: {record: "Report *", id: ref}',
        "case: {record: cases, key: ref, joins: [{record: forms, key: ref}], id: ref}",
    )
    text += (
        '  - {event: meeting_held, record: forms, when: {kind: SG-1}, id: kind, occurred: "on"}\n'
    )

    _, reader = read(export, text, tmp_path)

    assert reader.faults == []
    assert [(one.code, one.reason) for one in reader.warnings] == [
        ("unread_records", "1 record is read by no entry, as no condition holds: forms")
    ]


def test_every_shard_of_a_wide_report_gives_the_same_cases(tmp_path: Path) -> None:
    from msp_rules.intake.reading import Shard

    mapping = load_mapping(EXPORTS / "wide.yaml", core_vocabulary())
    shutil.copytree(WIDE, tmp_path / "wide")

    found: list[str] = []
    for turn in range(2):
        shard = Shard(reader=turn, readers=2)
        with open_cases(tmp_path / "wide", mapping=mapping, shard=shard) as reader:
            found += [case.id for case in reader]

    assert sorted(found) == [f"SA/2026/000{number}" for number in range(1, 10)]


def test_what_stands_below_the_end_of_a_table_is_told(tmp_path: Path) -> None:
    export = tmp_path / "export"
    month(
        export,
        "Report x",
        'C1,P1,2026-01-05\nC2,,2026-01-06\nC3,P3,2026-01-07\nPrinted by,,\nC4,P4,"2026-01-08',
    )

    cases, reader = read(export, SMALL + "rows: {until: {person: absent}}\n", tmp_path)

    assert list(cases) == ["C1"]
    said = "the row is below the one that ends the table (until); it is not read"
    assert reader.faults == [
        Fault(said, "Report x.csv", 4),
        Fault(said, "Report x.csv", 6),
    ]


def test_a_damaged_row_does_not_end_a_table(tmp_path: Path) -> None:
    export = tmp_path / "export"
    month(export, "Report x", 'C1,P1,2026-01-05\n"C2,\nC3,P3,2026-01-07')

    cases, reader = read(export, SMALL + "rows: {until: {person: absent}}\n", tmp_path)

    assert list(cases) == ["C1", "C3"]
    assert [fault.line for fault in reader.faults] == [3]


def test_files_of_inner_folders_are_named(tmp_path: Path) -> None:
    export = tmp_path / "export"
    month(export, "Report x", "C1,P1,2026-01-05")
    month(export / "old", "Report y", "C2,P2,2025-01-05")
    month(export / ".trash", "Report z", "C3,P3,2025-01-05")

    _, reader = read(export, SMALL, tmp_path)

    assert [(one.code, one.input) for one in reader.warnings] == [
        ("passed_over", "export"),
        ("unread_file", "old/Report y.csv"),
    ]
