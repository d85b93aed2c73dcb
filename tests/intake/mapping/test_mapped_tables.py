"""CSV files and workbooks with something wrong in them: a fault each, and no good row lost."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from msp_rules.casework.case import Case, Fault
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import InputUnreadable
from msp_rules.intake.mapping import csv_tables, mapped_reader, workbook_tables
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import CaseSource, open_cases
from tests.support import effort
from tests.support.vendor_tables import share_texts, write_workbook

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "mapping"
CANARY = "Zebedee Quux"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / "rows-csv", tmp_path / "export"))


def read(path: Path, mapping: Path) -> tuple[dict[str, Case], CaseSource]:
    with open_cases(path, mapping=load_mapping(mapping, core_vocabulary())) as reader:
        return {case.id: case for case in reader}, reader


def read_csv(folder: Path) -> tuple[dict[str, Case], CaseSource]:
    return read(folder, EXAMPLES / "rows-csv.yaml")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def ids(case: Case) -> list[tuple[str, bool]]:
    return [(event.id, event.is_certain) for event in case.events]


def test_a_row_with_too_many_cells_leaves_an_event_that_perhaps_exists(folder: Path) -> None:
    change(folder / "talks.csv", "06-01-2026,A1", f"06-01-2026,A1,{CANARY}")

    cases, reader = read_csv(folder)

    reason = "the row has 5 cells; 4 columns have a name; it is not read"
    assert reader.faults == [Fault(reason, "talks.csv", 3)]
    assert ids(cases["C1"]) == [("1-concern", True), ("?line-3", False)]
    assert ids(cases["C2"]) == [("2-concern", True), ("1-talk", True)]


def test_a_quote_that_is_never_closed_costs_its_own_row_alone(folder: Path) -> None:
    change(folder / "talks.csv", "1,C2,", f'0,C2,"{CANARY}\n1,C2,')

    cases, reader = read_csv(folder)

    (fault,) = reader.faults
    assert (fault.input, fault.line) == ("talks.csv", 2)
    assert "a quote is not closed" in fault.reason
    assert ids(cases["C1"]) == [("1-concern", True), ("2-talk", True)]
    assert ids(cases["C2"]) == [("2-concern", True), ("?line-2", False), ("1-talk", True)]


def test_a_quoted_cell_may_hold_line_breaks_and_later_rows_keep_their_lines(folder: Path) -> None:
    change(folder / "talks.csv", "1,C2,03-02-2026,N", '1,C2,03-02-2026,"N\n\n"')
    change(folder / "talks.csv", "06-01-2026", "6 January")

    cases, reader = read_csv(folder)

    (fault,) = reader.faults
    assert (fault.input, fault.line, fault.case, fault.event) == ("talks.csv", 5, "C1", "2-talk")
    assert dict(cases["C2"].events[1].fields) == {"asked": "not_asked"}


@pytest.mark.parametrize(
    "cell", ["x" * (csv_tables.LONGEST_CELL + 1), "x" * (5 * 1024 * 1024)], ids=["cell", "line"]
)
def test_an_oversized_cell_costs_its_own_row_alone(folder: Path, cell: str) -> None:
    change(folder / "talks.csv", "1,C2,03-02-2026,N", f"0,C2,03-02-2026,{cell}\n1,C2,03-02-2026,N")

    cases, reader = read_csv(folder)

    assert [(fault.input, fault.line) for fault in reader.faults] == [("talks.csv", 2)]
    assert ("1-talk", True) in ids(cases["C2"])
    assert ids(cases["C1"]) == [("1-concern", True), ("2-talk", True)]


def test_an_open_quote_before_an_oversized_line_costs_no_row_between(folder: Path) -> None:
    long = "x" * (5 * 1024 * 1024)
    change(folder / "talks.csv", "1,C2,", f'0,C2,"x\n9,C2,04-02-2026,N\n{long}\n1,C2,')

    cases, reader = read_csv(folder)

    assert [(fault.input, fault.line) for fault in reader.faults] == [
        ("talks.csv", 2),
        ("talks.csv", 4),
    ]
    assert {("9-talk", True), ("1-talk", True)} <= set(ids(cases["C2"]))
    assert ids(cases["C1"]) == [("1-concern", True), ("2-talk", True)]


@pytest.mark.parametrize("bad", [b"\x00", b"\xff", b"\x1b"], ids=["NUL", "no UTF-8", "control"])
def test_a_cell_that_holds_no_text_is_a_fault_and_its_field_unknown(
    folder: Path, bad: bytes
) -> None:
    path = folder / "talks.csv"
    path.write_bytes(path.read_bytes().replace(b"2026,N", b"2026,N" + bad))

    cases, reader = read_csv(folder)

    assert {(fault.input, fault.line) for fault in reader.faults} == {("talks.csv", 2)}
    assert reader.faults[0].reason.startswith('the cell of "Answer" ')
    talk = cases["C2"].events[1]
    assert (talk.is_certain, talk.unknown, dict(talk.fields)) == (True, {"asked"}, {})


@pytest.mark.fuzz
@settings(
    max_examples=effort.of(40, thorough=600),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_whatever_is_typed_into_one_row_no_other_row_is_lost(
    folder: Path, data: st.DataObject
) -> None:
    rows = [f"{number},C1,06-01-2026,A1" for number in range(10, 30)]
    hit = data.draw(st.integers(0, 19))
    at = data.draw(st.integers(0, len(rows[hit])))
    odd = ['"', '""', '"x', ",", "\n", "\r", "\x00", "\udcff", '"\n', '","']
    rows[hit] = rows[hit][:at] + data.draw(st.sampled_from(odd)) + rows[hit][at:]
    text = "\n".join(["pk,Case key,On,Answer", *rows, ""])
    (folder / "talks.csv").write_bytes(text.encode("utf-8", "surrogateescape"))

    cases, reader = read_csv(folder)

    surely = {event.id for event in cases["C1"].events if event.is_certain}
    others = {f"{number}-talk" for number in range(10, 30) if number != hit + 10}
    assert others <= surely
    assert len(surely) == 21 or reader.faults


def test_what_is_no_table_at_all_is_said_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match="there is no such file"):
        read_csv(tmp_path / "gone")

    (tmp_path / "note.txt").write_text(CANARY)
    with pytest.raises(InputUnreadable, match=r"note.txt: it is not a CSV file"):
        read_csv(tmp_path / "note.txt")


def test_a_row_without_or_with_an_unknown_key_is_a_fault(folder: Path) -> None:
    change(folder / "talks.csv", "2,C1,", "2,,")
    change(folder / "concerns.csv", "1,C1,", "1,C9,")

    cases, reader = read_csv(folder)

    assert set(reader.faults) == {
        Fault("a row names no case; it is not judged", "talks.csv", 3),
        Fault("a row names a case that is not in the file; it is not judged", "concerns.csv", 2),
    }
    assert ids(cases["C1"]) == []


def test_a_case_key_used_twice_is_a_fault_and_the_first_is_the_case(folder: Path) -> None:
    change(folder / "cases.csv", "C2,P2", "C2,P2\nC2,P3")

    cases, reader = read_csv(folder)

    reason = "this case key was used before; the second case is not judged"
    assert reader.faults == [Fault(reason, "cases.csv", 4)]
    assert cases["C2"].adult["ref"] == "P2"


def test_rows_left_over_are_listed_up_to_a_limit_and_counted_beyond(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped_reader, "MOST_LISTED", 3)
    path = folder / "talks.csv"
    path.write_text(path.read_text() + "3,C9,06-01-2026,N\n" * 10)

    _, reader = read_csv(folder)

    reason = "a row names a case that is not in the file; it is not judged"
    assert reader.faults == [
        *(Fault(reason, "talks.csv", line) for line in (4, 5, 6)),
        Fault(f"7 more of these: {reason}", "export"),
    ]


def test_a_column_that_is_lacking_is_named_with_the_nearest_and_not_supplied(folder: Path) -> None:
    change(folder / "talks.csv", "Answer", "Answers")

    cases, reader = read_csv(folder)

    reason = 'table "talks" has no column "Answer" (did the mapping mean "Answers"?)'
    assert reader.faults == [Fault(f"{reason}; what depends on it is not supplied", "export")]
    supply = cases["C1"].supply
    assert supply.has_type("outcomes_conversation")
    assert not supply.has_field("outcomes_conversation", "asked")
    assert supply.has_field("concern_raised", "source")
    assert len(cases["C1"].events) == 2


@pytest.mark.parametrize("what", ["key", "date", "twice"])
def test_without_a_key_or_date_column_no_event_of_the_table_is_supplied(
    folder: Path, what: str
) -> None:
    names = {"key": "pk,Case,On", "date": "pk,Case key,When", "twice": "pk,Case key,pk"}
    change(folder / "talks.csv", "pk,Case key,On", names[what])

    cases, reader = read_csv(folder)

    assert reader.faults
    assert not cases["C1"].supply.has_type("outcomes_conversation")
    assert cases["C1"].supply.has_type("concern_raised")
    assert ids(cases["C1"]) == [("1-concern", True)]


def test_a_table_that_is_lacking_is_named_with_the_nearest_and_not_supplied(folder: Path) -> None:
    (folder / "talks.csv").rename(folder / "talk.csv")

    cases, reader = read_csv(folder)

    reason = 'there is no table "talks" (did the mapping mean "talk"?)'
    assert reader.faults == [Fault(f"{reason}; what depends on it is not supplied", "export")]
    assert not cases["C1"].supply.has_type("outcomes_conversation")


@pytest.mark.parametrize(
    ("table", "old", "new", "reason"),
    [
        ("cases", "person_fk", "person", 'table "cases" has no column "person_fk"'),
        ("cases", "pk,person_fk\nC1,P1\nC2,P2\n", "", 'table "cases": it is empty'),
        ("extract", "extracted", "run", 'table "extract" has no column "extracted"'),
        ("cases", "pk,person_fk", '"pk,person_fk', "the column names can't be read"),
    ],
)
def test_without_what_is_said_of_every_case_the_export_is_refused(
    folder: Path, table: str, old: str, new: str, reason: str
) -> None:
    change(folder / f"{table}.csv", old, new)

    with pytest.raises(InputUnreadable) as refused:
        read_csv(folder)

    assert reason in str(refused.value)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    ("encoding", "written"),
    [("windows-1252", "cp1252"), ("utf-16", "utf-16"), ("utf-8", "utf-8-sig"), ("utf-8", "utf-8")],
)
def test_encoding_and_delimiter_are_as_the_mapping_says(
    folder: Path, tmp_path: Path, encoding: str, written: str
) -> None:
    mapping = tmp_path / "mapping.yaml"
    text = (EXAMPLES / "rows-csv.yaml").read_text("utf-8").replace("A1:", "£1:")
    form = f'source: csv\nencoding: {encoding}\ndelimiter: ";"'
    mapping.write_text(text.replace("source: csv", form, 1), "utf-8")
    for path in folder.glob("*.csv"):
        lines = path.read_text("utf-8").replace(",", ";").replace("A1", "£1")
        path.write_bytes(lines.replace("\n", "\r\n").encode(written))

    cases, reader = read(folder, mapping)

    assert reader.faults == []
    assert dict(cases["C1"].events[1].fields) == {"asked": "asked_expressed"}


def test_files_are_named_one_by_one_with_their_hashes(folder: Path) -> None:
    (folder / "unused.csv").write_text("a,b\n1,2\n")

    _, reader = read_csv(folder)

    assert [one.name for one in reader.files] == [
        *("cases.csv", "concerns.csv", "talks.csv", "extract.csv"),
    ]
    assert len({one.sha256 for one in reader.files}) == 4


@pytest.fixture
def workbook(folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / "export.xlsx"
    write_workbook(folder, path)
    return path


def changed(path: Path) -> Iterator[Workbook]:
    book = load_workbook(path)
    yield book
    book.save(path)


def read_xlsx(path: Path) -> tuple[dict[str, Case], CaseSource]:
    return read(path, EXAMPLES / "rows-xlsx.yaml")


def test_cells_of_dates_and_numbers_come_through_exactly(workbook: Path) -> None:
    for book in changed(workbook):
        talks, concerns = book["talks"], book["concerns"]
        talks["A2"], talks["A3"] = 1_000_000_001, 2.5
        talks["C2"] = concerns["C2"].value
        talks["C2"].number_format = "dd/mm/yyyy hh:mm"

    cases, reader = read_xlsx(workbook)

    assert reader.faults == []
    concern, talk = cases["C1"].events
    assert concern.moment is not None
    assert concern.moment.date.isoformat() == "2026-01-05"
    assert concern.moment.clock == (10 * 60 + 15) * 60_000_000
    assert talk.id == "2.5-talk"
    talk = cases["C2"].events[1]
    assert talk.id == "1000000001-talk"
    # The mapping's format names no time of day, so none is meant.
    assert (talk.moment is not None, talk.moment.is_date_only) == (True, True)


def test_a_formula_is_never_calculated_and_without_a_result_a_fault(workbook: Path) -> None:
    for book in changed(workbook):
        book["talks"]["D2"] = '="N"&""'

    cases, reader = read_xlsx(workbook)

    assert [fault.reason for fault in reader.faults] == [
        'the cell of "Answer" has a formula without a saved result',
        "asked of outcomes_conversation: not one of the codes of asked: "
        + ", ".join(core_vocabulary().events["outcomes_conversation"].fields["asked"].codes),
    ]
    assert {(fault.input, fault.line) for fault in reader.faults} == {("export.xlsx/talks", 2)}
    assert cases["C2"].events[1].unknown == {"asked"}


def test_a_formulas_saved_result_is_its_value(workbook: Path) -> None:
    for book in changed(workbook):
        book["talks"]["D2"] = "=1+1"
        book["talks"]["D3"] = "=1+1"
    rewrite(workbook, "sheet4.xml", b"<f>1+1</f><v></v>", b"<f>1+1</f><v>A1</v>")
    rewrite(workbook, "sheet4.xml", b'r="D2"', b'r="D2" t="str"')
    rewrite(workbook, "sheet4.xml", b'r="D3"', b'r="D3" t="str"')

    cases, reader = read_xlsx(workbook)

    assert reader.faults == []
    assert {case.events[1].fields["asked"] for case in cases.values()} == {"asked_expressed"}


def rewrite(path: Path, part: str, old: bytes, new: bytes, times: int = -1) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if name.endswith(part):
                assert old in content
                content = content.replace(old, new, times)
            archive.writestr(name, content)


def test_an_error_of_the_spreadsheet_and_a_cell_beyond_the_columns_are_faults(
    workbook: Path,
) -> None:
    for book in changed(workbook):
        book["talks"]["D2"] = "#N/A"
        book["talks"]["D2"].data_type = "e"
        book["concerns"]["H3"] = CANARY

    cases, reader = read_xlsx(workbook)

    places = {(fault.input, fault.line) for fault in reader.faults}
    assert places == {("export.xlsx/talks", 2), ("export.xlsx/concerns", 3)}
    assert all(CANARY not in fault.reason for fault in reader.faults)
    assert ids(cases["C2"]) == [("?line-3", False), ("1-talk", True)]


def test_rows_beyond_the_extent_that_a_sheet_claims_are_read(workbook: Path) -> None:
    rewrite(workbook, "sheet4.xml", b"<sheetData>", b'<dimension ref="A1:B2"/><sheetData>')

    cases, reader = read_xlsx(workbook)

    assert reader.faults == []
    assert [len(case.events) for case in cases.values()] == [2, 2]


def test_a_date_beyond_the_calendar_is_said_without_its_content(workbook: Path) -> None:
    for book in changed(workbook):
        book["concerns"]["C2"] = 9_999_999_999
        book["concerns"]["C2"].number_format = "dd/mm/yyyy"

    _, reader = read_xlsx(workbook)

    reason = "occurred of concern_raised: not a date (YYYY-MM-DD) or date-time that exists"
    assert [fault.reason for fault in reader.faults] == [reason]


@pytest.mark.parametrize(
    "kind", ["ratio", "size", "texts", "doctype", "no zip", "cut", "no sheets"]
)
def test_what_is_no_workbook_or_too_large_is_refused(
    workbook: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "ratio":
        rewrite(workbook, "sheet1.xml", b"<sheetData>", b" " * 9_000_000 + b"<sheetData>")
    elif kind == "size":
        monkeypatch.setattr(workbook_tables, "_LARGEST_UNPACKED", 1000)
    elif kind == "texts":
        share_texts(workbook)
        monkeypatch.setattr(workbook_tables, "_LARGEST_TEXTS", 100)
    elif kind == "doctype":
        rewrite(
            workbook,
            "sheet1.xml",
            b"<worksheet",
            b'<!DOCTYPE x [<!ENTITY e "x">]><worksheet',
            times=1,
        )
    elif kind == "no zip":
        workbook.write_text(CANARY)
    elif kind == "cut":
        workbook.write_bytes(workbook.read_bytes()[:3000])
    else:
        rewrite(workbook, "workbook.xml", b"<sheets>", b"<sheets><sheets>", times=1)

    with pytest.raises(InputUnreadable) as refused:
        read_xlsx(workbook)

    assert refused.value.where.path == "export.xlsx"
    assert CANARY not in str(refused.value)


def test_a_sheet_that_breaks_off_is_not_supplied(workbook: Path) -> None:
    rewrite(workbook, "sheet4.xml", b"</worksheet>", b"")

    cases, reader = read_xlsx(workbook)

    reason = 'table "talks": a sheet is not well-formed XML; what depends on it is not supplied'
    assert reader.faults == [Fault(reason, "export.xlsx")]
    assert not cases["C1"].supply.has_type("outcomes_conversation")
    assert ids(cases["C1"]) == [("1-concern", True)]
