"""The forms of an invented system as tables: cases, forms, and answers keyed to forms."""

from __future__ import annotations

import csv
import re
import zipfile
from datetime import datetime
from pathlib import Path

from lxml import etree
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from msp_rules.casework.vocabulary import core_vocabulary

TABLES = ("Cases", "SG Forms", "Form answers", "Person answers", "Extract")
ENVELOPE = ("id", "occurred", "recorded", "agency", "role", "supersedes", "void")


def write_tables(forms: Path, folder: Path) -> None:
    """A forms file (`write_vendor_file`) as a folder of CSV files."""
    source = etree.parse(str(forms)).getroot()
    referrals = source.findall("Referral")
    # A column for each attribute that the mapping reads, also where no case of the export has it.
    attributes = [f"x_{name}" for name in core_vocabulary().case]
    cases = [["Case number", "Person ref", *attributes]]
    rows = [["Form no.", "Case number", "Kind of form", *ENVELOPE]]
    answers = [["Form no.", "Question", "Answer text"]]
    person_answers = [["Case number", "Question", "Answer text"]]
    for number, referral in enumerate(referrals):
        key, person = f"K{number}", referral.find("Person")
        cases.append([key, person.get("ref"), *(referral.get(name, "") for name in attributes)])
        person_answers += [[key, *answer] for answer in _answers(person)]
        for form in referral.findall("Form"):
            form_number = f"F{len(rows)}"
            rows.append(
                [form_number, key, form.get("kind"), *(form.get(name, "") for name in ENVELOPE)]
            )
            answers += [[form_number, *answer] for answer in _answers(form)]
    extract = [["Run date"], [source.findtext("Header/RunDate")]]
    folder.mkdir()
    # Rows of all cases mixed: nothing may depend on where a row stands.
    contents = (cases, [rows[0], *rows[:0:-1]], answers, person_answers, extract)
    for name, content in zip(TABLES, contents, strict=True):
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows(content)


def _answers(form: etree._Element) -> list[tuple[str, str]]:
    return [
        (answer.get("question") or "", answer.findtext("Text") or "")
        for answer in form.findall("Answer")
    ]


def write_table_mapping(forms: Path, target: Path, kind: str) -> None:
    """The mapping of the forms file (`write_mapping`), for the same in tables."""
    text = forms.read_text("utf-8")
    joins = (
        "  key: Case number\n  joins:\n"
        '    - {record: SG Forms, key: Case number, name: Form, row_key: "Form no."}\n'
        '    - {record: Form answers, key: "Form no.", name: Answer, of: Form}\n'
        "    - {record: Person answers, key: Case number}\n"
    )
    for old, new in (
        ("name: Invented\n", f"name: Invented tables\nsource: {kind}\n"),
        ("  record: Extract/Referral\n", f"  record: Cases\n{joins}"),
        ("Person/@ref", "Person ref"),
        ("Person/Answer[@question=", "Person answers[Question="),
        ("Answer[@question=", "Answer[Question="),
        ("]/Text", "]/Answer text"),
        ("Header/RunDate", "Extract/Run date"),
        ("@kind", "Kind of form"),
        ("@", ""),
    ):
        assert old in text, old
        text = text.replace(old, new)
    target.write_text(text, "utf-8")


def write_workbook(folder: Path, target: Path) -> None:
    """A folder of CSV files as the sheets of a workbook; moments become cells of dates."""
    book = Workbook(write_only=True)
    for path in sorted(folder.glob("*.csv")):
        sheet = book.create_sheet(path.stem)
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.reader(stream):
                sheet.append([_cell(sheet, text) for text in row])
    book.save(target)


def _cell(sheet: object, text: str) -> WriteOnlyCell:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None or len(text) < 10:
        cell = WriteOnlyCell(sheet, text)
        cell.data_type = "s"
        return cell
    cell = WriteOnlyCell(sheet, moment)
    cell.number_format = "dd/mm/yyyy" if len(text) == 10 else "dd/mm/yyyy hh:mm:ss"
    return cell


def share_texts(path: Path) -> None:
    """Moves the texts of a workbook into a part of their own, as spreadsheet programs save them."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info).decode() for info in archive.infolist()}
    texts: list[str] = []

    def moved(found: re.Match[str]) -> str:
        texts.append(found[1])
        return f't="s"><v>{len(texts) - 1}</v>'

    for name in [one for one in parts if one.startswith("xl/worksheets/")]:
        parts[name] = re.sub(r't="inlineStr"><is>(<t.*?</t>)</is>', moved, parts[name])
    items = "".join(f"<si>{text}</si>" for text in texts)
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{SHEET_MAIN_NS}">{items}</sst>'
    kind = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SHARED_STRINGS}"/></Types>'
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("</Types>", kind)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
