"""Whatever lies beside an export is named or counted, and a wrong kind of file is named as such."""

from __future__ import annotations

import io
import os
import sqlite3
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from msp_rules.casework.case import InputWarning
from msp_rules.errors import InputUnreadable
from msp_rules.intake.source import found_in, open_cases
from tests.builders.export import case_text, export_text

EXPORT = export_text([case_text("SA-1")])
NO_EXPORT = "the file is not read: by its name it is no export"


def reason_of(path: Path) -> str:
    with pytest.raises(InputUnreadable) as refused, open_cases(path) as source:
        list(source)
    return str(refused.value)


def test_files_of_a_folder_that_are_no_exports_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "quarter"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.xml").write_text(EXPORT)
    for name in ("cases-feb.csv", "inner/report.pdf"):
        (folder / name).write_text("x")

    found = found_in([folder], None)

    assert [one.name for one in found.files] == ["a.xml"]
    assert found.warnings == [
        InputWarning("unread_file", NO_EXPORT, "cases-feb.csv"),
        InputWarning("unread_file", NO_EXPORT, "inner/report.pdf"),
    ]


def test_hidden_files_and_locks_are_passed_over_and_counted(tmp_path: Path) -> None:
    folder = tmp_path / "quarter"
    for name in ("a.xml", "._a.xml", "~$a.xml", ".git/b.xml", "__MACOSX/a.xml", "Thumbs.db"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(EXPORT)

    found = found_in([folder], None)

    assert [one.name for one in found.files] == ["a.xml"]
    reason = "5 hidden or temporary files are passed over"
    assert found.warnings == [InputWarning("passed_over", reason, "quarter")]


def test_a_hidden_file_that_is_named_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / ".a.xml").write_text(EXPORT)

    assert [one.name for one in found_in([tmp_path / ".a.xml"], None).files] == [".a.xml"]


def test_members_of_an_archive_that_are_no_exports_are_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "q.zip", "w") as archive:
        archive.writestr("a.xml", EXPORT)
        archive.writestr("feb/cases.csv", "x")
        archive.writestr("__MACOSX/._a.xml", "x")

    found = found_in([tmp_path], None)

    assert [one.name for one in found.files] == ["q.zip/a.xml"]
    assert found.warnings == [
        InputWarning("unread_file", NO_EXPORT, "q.zip/feb/cases.csv"),
        InputWarning("passed_over", "1 hidden or temporary file is passed over", "q.zip"),
    ]


def test_of_very_many_files_beside_an_export_the_first_are_named_and_the_others_counted(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.xml").write_text(EXPORT)
    for number in range(102):
        (tmp_path / f"note{number:03}.txt").write_text("x")

    found = found_in([tmp_path], None)

    named = [f"note{number:03}.txt" for number in range(100)]
    assert [one.input for one in found.warnings] == [*named, tmp_path.name]
    assert found.warnings[-1].reason == "2 more files are not read"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_a_folder_is_never_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(EXPORT)
    os.mkfifo(tmp_path / "b.xml")

    found = found_in([tmp_path], None)

    assert [one.name for one in found.files] == ["a.xml"]
    assert [one.input for one in found.warnings] == ["b.xml"]


def test_a_folder_of_tables_alone_says_how_they_are_scanned(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text("id,person\n")

    with pytest.raises(InputUnreadable) as refused:
        found_in([tmp_path], None)

    assert str(refused.value) == (
        f"{tmp_path.name}: the folder has no export (*.xml, *.xml.gz, *.zip); "
        "CSV files and workbooks are scanned with --mapping FILE"
    )


def archive_of(*names: str, first: str = "") -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name in names:
            archive.writestr(name, first)
    return whole.getvalue()


def workbook() -> bytes:
    whole = io.BytesIO()
    Workbook().save(whole)
    return whole.getvalue()


def database() -> bytes:
    with sqlite3.connect(":memory:") as opened:
        opened.execute("CREATE TABLE cases (id TEXT)")
        return opened.serialize()


MAPPED = "it is scanned with --mapping FILE"
SAVED = "save or export it as XML, CSV or .xlsx"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
KINDS = {
    "a workbook": (workbook(), f"a workbook (.xlsx): {MAPPED}"),
    "an old workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
        f"an old workbook or document (.xls, .doc): {MAPPED}",
    ),
    "an OpenDocument workbook": (archive_of("mimetype", first=ODS), f"a workbook (.ods): {MAPPED}"),
    "SpreadsheetML": (
        f'<?xml version="1.0"?><Workbook xmlns="{SPREADSHEET}"/>'.encode(),
        f"a workbook saved as XML: save it as .xlsx; {MAPPED}",
    ),
    "CSV": (b"\xef\xbb\xbfid;person\r\nSA-1;P-1\r\n", f"CSV, as it seems: {MAPPED}"),
    "CSV in UTF-16": ("id\tperson\nSA-1\tP-1\n".encode("utf-16"), f"CSV, as it seems: {MAPPED}"),
    "JSON": (b'[{"id": "SA-1"}]', f"JSON: {MAPPED}"),
    "a web page": (
        b"\n<!DOCTYPE html><html><table></table></html>",
        "a web page, whatever its name says: save it as .xlsx or CSV",
    ),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3", f"a PDF: {SAVED}"),
    "a text document": (
        archive_of("[Content_Types].xml", "word/document.xml"),
        f"a text document (.docx): {SAVED}",
    ),
    "rich text": (b"{\\rtf1\\ansi", f"a text document (.rtf): {SAVED}"),
    "a database": (database(), f"an SQLite database: {SAVED}"),
    "a Parquet file": (b"PAR1\x15\x04", f"a Parquet file: {SAVED}"),
    "a picture": (b"\x89PNG\r\n\x1a\n", f"a picture: {SAVED}"),
    "a zip archive": (archive_of("a.xml"), "a zip archive: let its name end with .zip"),
    "gzip": (b"\x1f\x8b\x08\x00", "packed with gzip: let its name end with .gz"),
    "notes": (b"minutes of the meeting", f"plain text, and no XML: {SAVED}"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_kind_is_named_as_what_it_is(tmp_path: Path, kind: str) -> None:
    content, words = KINDS[kind]
    (tmp_path / "export.xml").write_bytes(content)

    assert reason_of(tmp_path / "export.xml") == f"export.xml: it is {words}"


@pytest.mark.parametrize("start", ["  \n", "\ufeff", "<?xml version='1.0'?><!-- a, b; c -->\n"])
def test_what_precedes_the_root_of_an_export_is_no_other_kind(tmp_path: Path, start: str) -> None:
    text = start + EXPORT
    (tmp_path / "export.xml").write_text(text, encoding="utf-8")

    with open_cases(tmp_path / "export.xml") as source:
        assert [case.id for case in source] == ["SA-1"]


def test_an_export_in_utf_16_is_no_other_kind(tmp_path: Path) -> None:
    text = f'<?xml version="1.0" encoding="UTF-16"?>{EXPORT}'
    (tmp_path / "export.xml").write_bytes(text.encode("utf-16"))

    with open_cases(tmp_path / "export.xml") as source:
        assert [case.id for case in source] == ["SA-1"]


def test_a_name_that_is_no_text_is_shown_with_escapes(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.xml"))
    path.write_text(EXPORT)

    with open_cases(path) as source:
        assert source.name == "caf\\xe9.xml"
    assert [one.name for one in found_in([tmp_path], None).files] == ["caf\\xe9.xml"]
