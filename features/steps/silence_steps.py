"""Steps about exports that went wrong on their way to a scan, and where an auditor sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lxml import html
from openpyxl import load_workbook
from pytest_bdd import given, then, when

from msp_rules.cli.conventions import INCOMPLETE, UNREADABLE
from tests.support.command_line import Done, run_here
from tests.support.exports_to_spoil import FORMS, POPULATION
from tests.support.spoilers import SPOILERS


@dataclass
class Office:
    """What lies before an auditor: an export, its mapping, and the folder of the results."""

    folder: Path
    mapping: Path | None = None

    @property
    def export(self) -> Path:
        return self.folder / "export"

    @property
    def out(self) -> Path:
        return self.folder / "results"

    def given(self, form: str, *spoilers: str) -> None:
        """Lays an export there that went wrong in some ways."""
        self.export.mkdir()
        written = FORMS[form](self.export)
        if written.mapping is not None:
            self.mapping = self.folder / "map.yaml"
            self.mapping.write_text(written.mapping)
        for name in spoilers:
            SPOILERS[form][name].change(self.export, Random(name))

    def scanned(self, *words: str) -> Done:
        mapping = () if self.mapping is None else ("--mapping", str(self.mapping))
        folder = ("--identify", "--out", str(self.out))
        return run_here("scan", str(self.export), *mapping, *folder, *words)

    @property
    def document(self) -> dict[str, Any]:
        return json.loads((self.out / "results.json").read_bytes())

    def of(self, case: str, rule: str) -> str:
        """The verdict of a rule on a case."""
        (found,) = [one for one in self.document["cases"] if one["case"] == case]
        return next(row["verdict"] for row in found["verdicts"] if row["rule"] == rule)

    def files(self) -> dict[str, bytes]:
        return {one.name: one.read_bytes() for one in self.out.iterdir()}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@given("a report of twelve cases of which the last row has their totals")
def totals(office: Office) -> None:
    office.given("wide", "a row of totals")


@given("an export in which the year of one conversation is mistyped")
def year(office: Office) -> None:
    office.given("xml", "a year is mistyped")


@given("a report in which one answer has a label that nobody has seen before")
def label(office: Office) -> None:
    office.given("wide", "an answer in other letters")


@given("a report in which the column of the conversations has another name than last month")
def column(office: Office) -> None:
    office.given("wide", "a column is renamed")


@given("an export that announces twelve cases and holds eleven")
def lost(office: Office) -> None:
    office.given("xml", "a case is lost")


@given("a folder of reports in which the mapping names only one month")
def month(office: Office) -> None:
    office.given("wide", "another month beside")


@given("a folder of exports with a table of another month beside them")
def table(office: Office) -> None:
    office.given("xml", "the month before saved as CSV")


@given("a folder of exports with hidden files and the lock of an open workbook")
def hidden(office: Office) -> None:
    office.given("xml")
    for name in (".hidden.xml", "~$cases.xlsx"):
        (office.export / name).write_text("x")


@given("a workbook that was named as if it were XML", target_fixture="before")
def workbook(office: Office) -> dict[str, bytes]:
    office.given("xml")
    office.scanned("--quiet")
    other = office.folder / "other"
    other.mkdir()
    FORMS["workbook"](other)
    (office.export / "export.xml").write_bytes((other / "cases.xlsx").read_bytes())
    return office.files()


@given("a folder with the page and the workbook of last quarter")
def last_quarter(office: Office) -> None:
    office.given("xml")
    office.scanned("--quiet")
    assert {"report.html", "report.xlsx"} <= {*office.files()}


@when("the auditor scans it", target_fixture="done")
def scans(office: Office) -> Done:
    return office.scanned()


@when("the auditor scans this quarter into it without a page", target_fixture="done")
def scans_without_a_page(office: Office) -> Done:
    return office.scanned("--quiet", "--format", "json", "--format", "csv")


def assert_said(office: Office, done: Done, place: str, reason: str) -> None:
    """Asserts that the summary, the page and the workbook name a place with a reason."""
    page = " ".join(
        html.fromstring((office.out / "report.html").read_text()).text_content().split()
    )
    book = load_workbook(office.out / "report.xlsx", read_only=True)
    rows = [row for name in ("Summary", "Faults") for row in book[name].iter_rows(values_only=True)]
    cells = "\n".join(" ".join(str(cell) for cell in row if cell is not None) for row in rows)
    book.close()
    for where in (" ".join(done.stdout.split()), page, cells):
        assert place in where, where
        assert reason in where, where


@then("twelve cases are judged")
def twelve(office: Office) -> None:
    assert [one["case"] for one in office.document["cases"]] == [one.case for one in POPULATION]


@then(
    "the row is named, in the summary, on the page and in the workbook, "
    "as one that looks like a total"
)
def row_named(office: Office, done: Done) -> None:
    assert_said(office, done, "cases.csv", "the row looks like a total and is not judged")


@then(
    "that date is named, in the summary, on the page and in the workbook, "
    "as one that lies after the export"
)
def date_named(office: Office, done: Done) -> None:
    assert_said(office, done, "export.xml", "after the export")


@then(
    "that answer is named, in the summary, on the page and in the workbook, as one that did not map"
)
def answer_named(office: Office, done: Done) -> None:
    assert_said(office, done, "cases.csv", "not one of the codes of asked")


@then(
    "the column is named, in the summary, on the page and in the workbook, as one that is lacking"
)
def column_named(office: Office, done: Done) -> None:
    assert_said(office, done, "export", 'has no column "asked on"')


@then(
    "the lost case is told, in the summary, on the page and in the workbook, "
    "by how many were announced"
)
def case_told(office: Office, done: Done) -> None:
    assert_said(office, done, "export.xml", "the header announces 12 cases; 11 follow")


@then(
    "the other month is named, in the summary, on the page and in the workbook, "
    "as a table that nothing reads"
)
def month_named(office: Office, done: Done) -> None:
    assert_said(office, done, "cases (2)", "no entry of the mapping reads this table")


@then(
    "the table is named, in the summary, on the page and in the workbook, as one that is not read"
)
def file_named(office: Office, done: Done) -> None:
    assert_said(office, done, "december.csv", "the file is not read: by its name it is no export")


@then(
    "they are counted, in the summary, on the page and in the workbook, and nothing of them is read"
)
def counted(office: Office, done: Done) -> None:
    assert_said(office, done, "export", "2 hidden or temporary files are passed over")
    assert [one["name"] for one in office.document["manifest"]["inputs"]] == ["export.xml"]


@then("nothing is said to be missing from the case of that conversation")
@then("nothing is said to be missing from the case of that answer")
def not_red(office: Office) -> None:
    (case,) = {one["case"] for one in office.document["faults"]}
    assert office.of(case, "ASK-01") == "cannot_tell"


@then("nobody is said not to have been asked")
def nobody_red(office: Office) -> None:
    verdicts = {office.of(one.case, "ASK-01") for one in POPULATION}
    assert verdicts == {"cannot_tell"}


@then("the results say that they are incomplete")
def incomplete(office: Office, done: Done) -> None:
    assert done.returncode == INCOMPLETE
    assert "INCOMPLETE" in done.stdout
    assert office.document["manifest"]["complete"] is False


@then("the results say that they are complete")
def complete(office: Office, done: Done) -> None:
    assert done.returncode == 0
    assert office.document["manifest"]["complete"] is True


@then("it is refused as a workbook")
def refused(done: Done) -> None:
    told = "export.xml: it is a workbook (.xlsx): it is scanned with --mapping FILE\n"
    assert (done.returncode, done.stdout, done.stderr) == (UNREADABLE, "", told)


@then("the results of the last scan are still there as they were")
def as_they_were(office: Office, before: dict[str, bytes]) -> None:
    assert office.files() == before


@then("the page and the workbook of last quarter are gone, and the auditor is told so")
def gone(office: Office, done: Done) -> None:
    assert sorted(office.files()) == ["manifest.json", "results.csv", "results.json"]
    assert done.stderr.endswith("since an earlier scan made it: report.html, report.xlsx\n")
