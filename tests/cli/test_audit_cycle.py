"""The cycle of an audit: drawn, sent out, filled in rightly and wrongly, and collected."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from openpyxl import Workbook, load_workbook

from benchmarks.export_generator import write_export
from msp_rules.audit.case_file.checking import check_book
from msp_rules.audit.case_file.layout import ENTRIES, INTERVIEWS, case_sheet, question_rows
from msp_rules.audit.case_file.pack import AuditPack, PackedAgency, read_pack
from msp_rules.audit.case_file.returned import ReturnedWorkbook, read_book
from msp_rules.reports.auditors.workbook import WIDTHS
from tests.support.command_line import Done, run_here

pytestmark = pytest.mark.slow

AGENCIES: Final = (
    ("E10000016", "council"),
    ("E10000018", "council"),
    ("E06000016", "council"),
    ("RWE", "nhs_acute"),
    ("RT5", "mental_health_trust"),
)
CASES: Final = 160
EACH: Final = 12
CANARY: Final = "CANARY-WRITTEN"
COLOURS: Final = ("red", "amber", "green")


class Cycle:
    """A sample of sixty cases of five agencies, and its workbooks."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.export = folder, folder / "in.xml"
        stream = BytesIO()
        write_export(stream, cases=CASES, seed=3)
        text, places = stream.getvalue().decode(), iter(range(CASES))

        def placed(_: re.Match[str]) -> str:
            organisation, kind = AGENCIES[next(places) % len(AGENCIES)]
            return f'organisation="{organisation}" agency="{kind}" team='

        self.export.write_text(re.sub(r'agency="\w+" team=', placed, text), encoding="utf-8")
        words = ("--number", str(EACH), "--closed-within", "12months", "--seed", "q")
        done = run_here("sample", str(self.export), *words, "--out", str(folder / "s"))
        assert done.returncode == 0, done.stderr
        sample = str(folder / "s/sample.json")
        done = run_here("audit", "pack", sample, str(self.export), "--out", str(folder / "p"))
        assert done.returncode == 0, done.stderr
        self.pack_file = folder / "p/pack.json"
        self.pack: AuditPack = read_pack(self.pack_file)

    def filled(self, agency: PackedAgency, *, note: str = "") -> Workbook:
        """The workbook of an agency as people fill it in."""
        book = load_workbook(self.pack_file.parent / agency.file)
        others = [one.agency.name for one in self.pack.agencies if one is not agency]
        for case in agency.cases:
            book["Auditors"][f"C{14 + case.number}"] = others[case.number % len(others)]
            fill_case(book[case_sheet(case.number)], case.number, note)
            for kind in INTERVIEWS:
                sheet, row = book[kind.sheet], 6 + case.number
                sheet[f"B{row}"] = next(iter(kind.consents))
                sheet[f"C{row}"] = "partly"
                sheet.cell(row, 3 + len(kind.questions)).value = note or None
        return book

    def collect(self, out: Path, *books: Path, words: tuple[str, ...] = ()) -> Done:
        names = [str(book) for book in books]
        return run_here("audit", "collect", str(self.pack_file), *names, "--out", str(out), *words)


def fill_case(sheet: Any, number: int, note: str) -> None:
    for place, (_, row) in enumerate(question_rows()):
        for rater in ("agency", "peer", "agreed"):
            sheet[f"{ENTRIES[rater]}{row}"] = COLOURS[(number + place) % 3]
            sheet[f"{ENTRIES[f'{rater}_reason']}{row}"] = f"Seen in the notes. {note}"
    sheet["L6"], sheet["M6"] = f"Talk about it in supervision {note}", f"Team manager {note}"
    sheet["N6"], sheet["O6"] = date(2026, 6, 30), f"Asked again later {note}"
    sheet["L7"], sheet["N7"] = "Train the team", "30/06/2026"


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> Cycle:
    return Cycle(tmp_path_factory.mktemp("cycle"))


@pytest.fixture(scope="module")
def returned(cycle: Cycle) -> list[Path]:
    paths = []
    for agency in cycle.pack.agencies:
        path = cycle.folder / f"back-{agency.file}"
        cycle.filled(agency, note=CANARY).save(path)
        paths.append(path)
    return paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A folder into which workbooks were collected at once, and what the command said."""

    folder: Path
    done: Done


@pytest.fixture(scope="module")
def collected(cycle: Cycle, returned: list[Path]) -> Collected:
    """Collects all workbooks once for all tests that only read what that gives."""
    folder = cycle.folder / "r"
    return Collected(folder=folder, done=cycle.collect(folder, *returned))


@pytest.fixture(scope="module")
def shared(cycle: Cycle, returned: list[Path]) -> Collected:
    """Collects all workbooks but the last, for a report to be shared."""
    folder = cycle.folder / "shared"
    return Collected(folder=folder, done=cycle.collect(folder, *returned[:4], words=("--share",)))


def test_sixty_cases_of_five_agencies_go_out_and_come_back(collected: Collected) -> None:
    assert collected.done.returncode == 0, collected.done.stderr
    body = json.loads((collected.folder / "ratings.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in body["agencies"]] == sorted("/".join(one) for one in AGENCIES)
    assert all(one["returned"] for one in body["agencies"])
    assert len(body["cases"]) == EACH * len(AGENCIES)
    for case in body["cases"]:
        assert [row["agreed"] for row in case["questions"].values()] == [
            COLOURS[(case["number"] + place) % 3] for place in range(9)
        ]
    assert len(body["interviews"]) == 3 * len(body["cases"])


def test_what_auditors_wrote_is_in_the_report_alone_and_left_out_of_a_shared_one(
    collected: Collected, shared: Collected
) -> None:
    for one in (collected, shared):
        assert one.done.returncode == 0
        assert CANARY not in one.done.stdout + one.done.stderr
    assert {path.name for path in collected.folder.iterdir() if CANARY in content(path)} == {
        "audit-report.html",
        "audit-report.xlsx",
    }
    assert [path.name for path in shared.folder.iterdir() if CANARY in content(path)] == []


def content(path: Path) -> str:
    if path.suffix != ".xlsx":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as packed:
        return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


def test_a_late_workbook_joins_the_others_and_again_changes_nothing(
    cycle: Cycle, returned: list[Path], collected: Collected, shared: Collected
) -> None:
    out, whole = cycle.folder / "late", collected.folder
    shutil.copytree(shared.folder, out)

    late = cycle.collect(out, returned[4])
    joined = (out / "ratings.json").read_bytes()
    again = cycle.collect(out, *reversed(returned))

    assert (late.returncode, again.returncode, again.stderr.count("lacks")) == (0, 0, 0)
    assert "the report lacks what their auditors wrote" in late.stderr
    assert joined == (out / "ratings.json").read_bytes() == (whole / "ratings.json").read_bytes()
    for name in ("audit-report.html", "audit-report.xlsx"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()


def test_two_workbooks_of_an_agency_are_refused(cycle: Cycle, returned: list[Path]) -> None:
    out = cycle.folder / "two"

    done = cycle.collect(out, returned[0], returned[0])

    assert (done.returncode, out.exists()) == (3, False)
    assert "Auditors!B3: a second workbook of this agency" in done.stderr


def test_a_file_that_is_no_workbook_is_refused(cycle: Cycle) -> None:
    done = cycle.collect(cycle.folder / "none", cycle.pack_file)

    assert done.returncode == 4
    assert "pack.json: it is not a workbook (.xlsx)" in done.stderr


def test_a_folder_in_place_of_the_report_is_named(cycle: Cycle, returned: list[Path]) -> None:
    out = cycle.folder / "taken"
    (out / "audit-report.html").mkdir(parents=True)

    done = cycle.collect(out, returned[0])

    assert done.returncode == 5
    assert done.stderr.endswith("audit-report.html can't be written: Is a directory\n")


def test_a_folder_in_place_of_a_workbook_is_named(cycle: Cycle) -> None:
    done = cycle.collect(cycle.folder / "none", cycle.pack_file.parent)

    assert (done.returncode, done.stderr) == (
        4,
        "p: it is a folder: name each workbook in it\n",
    )


def read(book: Workbook, *, without: str = "") -> ReturnedWorkbook:
    """A workbook as it is read, without saving it first."""
    sheets = {one.title: one for one in book.worksheets if one.title != without}
    return ReturnedWorkbook(file="wrong.xlsx", sheets=sheets)


@pytest.fixture(scope="module")
def kept(returned: list[Path]) -> Workbook:
    """A workbook that is filled in rightly; who changes a cell puts it back."""
    return load_workbook(returned[0])


ALTERED, COMPUTED = "has been altered", "it holds a formula or an error"
NO_RATING = "a reason is given, but no rating"
WRONGS: Final[tuple[tuple[str, str, str, object, str], ...]] = (
    ("Case 1!B6", "Case 1", "B6", "blue", ALTERED),
    ("Case 1!A7", "Case 1", "A7", "Q2 Is it so?", ALTERED),
    ("Case 2!C8", "Case 2", "C8", None, ALTERED),
    ("Case 2!A1", "Case 2", "A1", "Case 2: another", ALTERED),
    ("Case 1!F5", "Case 1", "F5", "Rating", ALTERED),
    ("Case 1!D6", "Case 1", "D6", "=1+1", ALTERED),
    ("Auditors!B15", "Auditors", "B15", "another", ALTERED),
    ("Adult!C6", "Adult", "C6", "Another question?", ALTERED),
    ("Auditors!B3", "Auditors", "B3", "E1/council", "not an agency of this sample"),
    ("Auditors!B4", "Auditors", "B4", "seed other", "it is of another sample"),
    ("Auditors!B5", "Auditors", "B5", "msp-core 9", "it is of another ruleset"),
    ("Auditors!B6", "Auditors", "B6", "soon", "not a date"),
    ("Auditors!C15", "Auditors", "C15", "OWN", "of the case's own agency"),
    ("Auditors!C16", "Auditors", "C16", None, "the agency of the peer is not named"),
    ("Case 1!F6", "Case 1", "F6", "yellow", "not one of red, amber, green, grey"),
    ("Case 1!H6", "Case 1", "H6", 3, "not one of red, amber, green, grey"),
    ("Case 1!J6", "Case 1", "J6", "=F6", COMPUTED),
    ("Case 1!G6", "Case 1", "G6", "#REF!", COMPUTED),
    ("Case 1!F11", "Case 1", "F11", None, NO_RATING),
    ("Case 1!H11", "Case 1", "H11", None, NO_RATING),
    ("Case 1!J11", "Case 1", "J11", None, NO_RATING),
    ("Case 1!N6", "Case 1", "N6", "31/02/2026", "not a date"),
    ("Case 1!N6", "Case 1", "N6", "next week", "not a date"),
    ("Case 1!N6", "Case 1", "N6", date(2026, 3, 30), "a date before the day"),
    ("Case 1!N6", "Case 1", "N6", date(2206, 6, 30), "more than 5 years ahead"),
    ("Case 1!M9", "Case 1", "M9", "Team manager", "no action stands beside it"),
    ("Case 1!N9", "Case 1", "N9", date(2026, 6, 30), "no action stands beside it"),
    ("Adult!B7", "Adult", "B7", "maybe", "not one of yes, the adult"),
    ("Adult!C7", "Adult", "B7", None, "an answer without consent is not taken"),
    ("Observation!C8", "Observation", "B8", "no", "an answer without consent"),
    ("Worker!D7", "Worker", "D7", "very", "not one of yes; partly; no; not applicable"),
)


@pytest.mark.parametrize(("place", "sheet", "cell", "value", "reason"), WRONGS)
def test_a_wrong_cell_is_named(
    cycle: Cycle, kept: Workbook, place: str, sheet: str, cell: str, value: object, reason: str
) -> None:
    own = cycle.pack.agencies[0].agency.name.replace("/", " / ").upper()
    before = kept[sheet][cell].value
    kept[sheet][cell] = own if value == "OWN" else value

    _, bad = check_book(read(kept), cycle.pack)

    kept[sheet][cell] = before
    told = [str(one) for one in bad]
    assert any(one.startswith(f"wrong.xlsx: {place}: ") and reason in one for one in told), told


@pytest.mark.parametrize("sheet", ["Auditors", "Case 3", "Adult", "Worker", "Observation"])
def test_a_missing_sheet_is_named(cycle: Cycle, kept: Workbook, sheet: str) -> None:
    _, bad = check_book(read(kept, without=sheet), cycle.pack)

    assert [(one.sheet, one.cell) for one in bad] == [(sheet, "")]
    assert bad[0].reason.startswith("this sheet is missing")


def test_a_sheet_of_no_case_is_named(cycle: Cycle, kept: Workbook) -> None:
    kept.create_sheet("Case 99")

    _, bad = check_book(read(kept), cycle.pack)

    kept.remove(kept["Case 99"])
    assert [str(one) for one in bad] == ["wrong.xlsx: Case 99: no case of this workbook"]


def test_a_workbook_that_is_filled_in_rightly_has_no_bad_cell(cycle: Cycle, kept: Workbook) -> None:
    assert check_book(read(kept), cycle.pack)[1] == []


@pytest.mark.parametrize("rater", ["agency", "peer", "agreed"])
def test_a_rating_other_than_suggested_needs_a_reason(
    cycle: Cycle, kept: Workbook, rater: str
) -> None:
    case, row, machine = next(
        (case, row, one.machine)
        for case in cycle.pack.agencies[0].cases
        for one, (_, row) in zip(case.questions, question_rows(), strict=True)
        if one.machine in COLOURS
    )
    sheet = kept[case_sheet(case.number)]
    rated, because = f"{ENTRIES[rater]}{row}", f"{ENTRIES[f'{rater}_reason']}{row}"
    before = {cell: sheet[cell].value for cell in (rated, because)}
    sheet[rated] = next(one for one in COLOURS if one != machine)
    sheet[because] = None

    _, bad = check_book(read(kept), cycle.pack)

    for cell, value in before.items():
        sheet[cell] = value
    assert [(one.sheet, one.cell) for one in bad] == [(sheet.title, because)]


SEVERAL: Final = tuple(row for row in WRONGS if row[1] == "Case 1" and row[2][0] in "FHJGM")


def test_all_bad_cells_are_told_at_once_and_nothing_is_written(
    cycle: Cycle, returned: list[Path]
) -> None:
    book = load_workbook(returned[1])
    for _, sheet, cell, value, _ in SEVERAL:
        book[sheet][cell] = value
    path = cycle.folder / "several.xlsx"
    book.save(path)
    out = cycle.folder / "refused"

    done = cycle.collect(out, returned[0], path)

    assert (done.returncode, out.exists()) == (3, False)
    for place, *_ in SEVERAL:
        assert f"several.xlsx: {place}: " in done.stderr
    assert "nothing was collected" in done.stderr
    assert CANARY not in done.stderr


def test_an_empty_workbook_does_not_count_as_an_audit(cycle: Cycle) -> None:
    path = cycle.pack_file.parent / cycle.pack.agencies[0].file

    _, bad = check_book(read_book(path), cycle.pack)

    assert [(one.sheet, one.reason) for one in bad] == [
        ("Case 1", "nothing is filled in on any sheet")
    ]


def test_a_case_prints_on_one_page_in_readable_type(cycle: Cycle) -> None:
    book = load_workbook(cycle.pack_file.parent / cycle.pack.agencies[0].file)
    for number in range(1, EACH + 1):
        sheet = book[case_sheet(number)]
        page = sheet.page_setup
        assert (page.paperSize, page.orientation) == (9, "landscape")
        assert (page.fitToWidth or 1, page.fitToHeight or 1) == (1, 1)
        assert sheet.protection.sheet
        high = sum(sheet.row_dimensions[row].height or 15 for row in range(1, 15))
        margins = sheet.page_margins
        # As large as it is, it fits: so nothing is made smaller, and 8 pt stay 8 pt.
        assert high <= 210 / 25.4 * 72 - 72 * (margins.top + margins.bottom)
        assert sum(WIDTHS) / 96 <= 297 / 25.4 - margins.left - margins.right
        sizes = {cell.font.sz for row in sheet.iter_rows() for cell in row if cell.value}
        assert min(sizes) >= 8
        suggested = [
            sheet[f"B{row}"].value for code, row in question_rows() if code in ("Q6", "Q7")
        ]
        assert suggested in ([None, None], ["", ""])
        assert not sheet["F6"].protection.locked
        assert sheet["B6"].protection.locked
