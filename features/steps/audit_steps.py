"""Steps about the audit of case files: what auditors rated, and what the board hears of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from pytest_bdd import given, parsers, then, when

from msp_rules.audit.case_file.owners import owner_warnings
from msp_rules.audit.case_file.ratings import AgreedAction, AuditRatings, CaseRatings, PersonRating
from msp_rules.reports.board.files import PAGE, WORKBOOK, write_board_report
from tests.builders.ratings import COUNCIL, audit_of, audited_case, question
from tests.support.audited import AGENCIES, AWAY, made_up_audit
from tests.support.auditors import fill_in, good_entries
from tests.support.command_line import ROOT, Done, run_here

MADE_UP = ROOT / "rulesets/msp-core/cases/made-up-council.xml"


@dataclass(slots=True)
class AuditStory:
    """An audit, and the report that a board gets of it."""

    folder: Path
    cases: list[CaseRatings] = field(default_factory=list)
    audit: AuditRatings | None = None
    page: Any = None

    def found(self) -> AuditRatings:
        """The audit as it stands."""
        return audit_of(*self.cases) if self.audit is None else self.audit

    def rows(self, table: str) -> list[list[str]]:
        """The rows of a table of the page, cell by cell."""
        found = self.page.xpath(f"//table[@id='{table}']/tbody/tr[not(@class='group')]")
        return [[" ".join(cell.text_content().split()) for cell in row] for row in found]

    def write(self, *, is_shared: bool) -> None:
        """Writes the report, and reads its page."""
        write_board_report(self.found(), self.folder, titles={}, is_shared=is_shared)
        self.page = html.fromstring((self.folder / PAGE).read_text("utf-8"))


@pytest.fixture
def audit_story(tmp_path: Path) -> AuditStory:
    return AuditStory(tmp_path)


@given("an audit of three cases of each of five agencies")
def audit_of_five(audit_story: AuditStory) -> None:
    found = made_up_audit(3, has_canaries=True)
    agencies = tuple(one for one in found.agencies if one.is_returned)
    audit_story.audit = replace(found, agencies=agencies)


@given("a sixth agency whose workbook is not back")
def sixth_agency(audit_story: AuditStory) -> None:
    found = audit_story.found()
    audit_story.audit = replace(found, agencies=(*found.agencies, AWAY))


@given("an audited case in which an advocate came at once")
def good_case(audit_story: AuditStory) -> None:
    row = question("Q4", agreed="green", good_practice="An advocate came at once.")
    audit_story.cases.append(audited_case(row, number=1))


@given("an audited case in which nobody asked about advocacy")
def gap_case(audit_story: AuditStory) -> None:
    reason = PersonRating(code="red", reason="Nobody asked about advocacy.")
    audit_story.cases.append(audited_case(question("Q4", agreed=reason), number=2))


@given(parsers.parse('an audited case with an action of "{one}" and one of "{other}"'))
def case_with_actions(audit_story: AuditStory, one: str, other: str) -> None:
    rows = [
        question(code, agreed="amber", action=AgreedAction(text="Change the form.", owner=owner))
        for code, owner in (("Q1", one), ("Q2", other))
    ]
    audit_story.cases.append(audited_case(*rows))


@given(
    parsers.parse(
        "an audit in which auditors overturned {overturned:d} of {rated:d} ratings by {rule}"
    )
)
def overturned_ratings(audit_story: AuditStory, overturned: int, rated: int, rule: str) -> None:
    agreed = ["green"] * overturned + ["red"] * (rated - overturned)
    audit_story.cases = [
        audited_case(question("Q1", "red", agreed=code, rules=(rule,)), number=number)
        for number, code in enumerate(agreed, 1)
    ]


@given(parsers.parse("an audit in which agency and peer rated {count:d} cases"))
def rated_twice(audit_story: AuditStory, count: int) -> None:
    codes = ["red", *["green"] * (count - 1)]
    audit_story.cases = [
        audited_case(question("Q1", agency=code, peer=code), number=number)
        for number, code in enumerate(codes, 1)
    ]


@when("the board's report is written")
def board_report(audit_story: AuditStory) -> None:
    audit_story.write(is_shared=False)


@when("the board's report is written to be shared")
def shared_board_report(audit_story: AuditStory) -> None:
    audit_story.write(is_shared=True)


@then("it says that it is for learning, not statistics")
def for_learning(audit_story: AuditStory) -> None:
    assert "For learning, not statistics." in audit_story.page.xpath("//header")[0].text_content()


@then("no question is summed up for an agency by a percentage")
def no_percentage(audit_story: AuditStory) -> None:
    rows = audit_story.rows("by-agency")
    assert len(rows) == len(AGENCIES)
    assert "%" not in str(rows)


@then("the question on advocacy has the one beside the other")
def beside_each_other(audit_story: AuditStory) -> None:
    (beside,) = audit_story.page.xpath("//div[@class='beside']")
    good, gap = (part.text_content() for part in beside)
    assert "An advocate came at once." in good
    assert "Nobody asked about advocacy." in gap


@then("the auditors are warned of one owner, by its place alone")
def owner_warning(audit_story: AuditStory) -> None:
    (warning,) = owner_warnings(audit_story.found())
    assert warning.startswith(f"{COUNCIL}, Case 1, Q1: ")
    assert "Shah" not in warning


@then("both actions stand in the report")
def both_actions(audit_story: AuditStory) -> None:
    owners = [row[1] for row in audit_story.rows("action-list")]
    assert owners == ["Priya Shah looks like a person’s name", "Team manager"]


@then("the sixth agency is named as not back yet")
def not_back_yet(audit_story: AuditStory) -> None:
    assert f"Not back yet: {AWAY.name}" in audit_story.page.text_content()


@then("the cases of the other five are counted")
def other_cases(audit_story: AuditStory) -> None:
    for row in audit_story.rows("by-question"):
        assert sum(map(int, row[2:])) == len(audit_story.found().cases)


@then("nothing that an auditor wrote is in it")
def no_words(audit_story: AuditStory) -> None:
    for name in (PAGE, WORKBOOK):
        assert b"CANARY" not in (audit_story.folder / name).read_bytes()


@then("its counts are those of the board's own report")
def same_counts(audit_story: AuditStory) -> None:
    tables = ("by-question", "by-agency", "by-reason", "by-pair")
    shared = [audit_story.rows(table) for table in tables]
    audit_story.write(is_shared=False)
    assert "CANARY" in audit_story.page.text_content()
    assert [audit_story.rows(table) for table in tables] == shared


@then(parsers.parse("the report calls {rule} often overturned, with the {count:d} cases"))
def often_overturned(audit_story: AuditStory, rule: str, count: int) -> None:
    (row,) = audit_story.rows("by-overturned")
    places = "; ".join(f"{COUNCIL}, Case {at}, Q1: red, agreed green" for at in range(1, count + 1))
    assert (row[0], row[2], row[3]) == (rule, "often", places)


@then(parsers.parse("the report does not call {rule} often overturned"))
def not_often_overturned(audit_story: AuditStory, rule: str) -> None:
    (row,) = audit_story.rows("by-overturned")
    assert (row[0], row[2]) == (rule, "no")


@then(parsers.re(r"their agreement is given as (?P<form>counts|measures)"))
def agreement_form(audit_story: AuditStory, form: str) -> None:
    row = next(row for row in audit_story.rows("by-pair") if row[0] == "agency and peer")
    is_measured = row[3] != "too few"
    assert row[1] == row[2] == str(len(audit_story.cases))
    assert is_measured == (form == "measures")
    assert (row[4] == "1.00") == is_measured


@dataclass(slots=True)
class AuditFolder:
    """The files of an audit on disk, and what the last command said."""

    folder: Path
    entries: dict[str, object] = field(default_factory=lambda: dict(good_entries()))
    done: Done | None = None

    @property
    def workbook(self) -> Path:
        """The only workbook of the pack."""
        (found,) = (self.folder / "pack").glob("*.xlsx")
        return found


@given("workbooks of a sample of the made-up council", target_fixture="audit_folder")
def packed_sample(tmp_path: Path) -> AuditFolder:
    sample = ("sample", str(MADE_UP), "--seed", "2026-Q1", "--out", "sample")
    pack = ("audit", "pack", "sample/sample.json", str(MADE_UP), "--out", "pack")
    for words in (sample, pack):
        assert run_here(*words, cwd=tmp_path).returncode == 0
    return AuditFolder(tmp_path)


@given("a rating that is not one, a date that is not one, and a peer of the same agency")
def wrong_cells(audit_folder: AuditFolder) -> None:
    audit_folder.entries |= {
        "Case 1!F6": "purple",
        "Case 1!N6": "soon",
        "Auditors!C16": "E10000000/council",
    }


@when("the auditors fill them in and they are collected")
def filled_in_and_collected(audit_folder: AuditFolder) -> None:
    workbook = audit_folder.workbook
    fill_in(workbook, audit_folder.entries)
    words = ("audit", "collect", "pack/pack.json", str(workbook), "--out", "report")
    audit_folder.done = run_here(*words, cwd=audit_folder.folder)


@then("the board's report has the action with its owner and day")
def action_of_auditors(audit_folder: AuditFolder) -> None:
    page = html.fromstring((audit_folder.folder / "report" / PAGE).read_text("utf-8"))
    (row,) = page.xpath("//table[@id='action-list']/tbody/tr")
    cells = [" ".join(cell.text_content().split()) for cell in row]
    assert cells[:3] == ["30 June 2026", "Team manager", "Ask at the first contact."]


@then("no other file holds what the auditors wrote")
def words_in_two_files(audit_folder: AuditFolder) -> None:
    for path in (audit_folder.folder / "report").iterdir():
        holds_words = b"Ask at the first contact." in path.read_bytes()
        assert holds_words == (path.name == PAGE) or path.name == WORKBOOK, path.name


@then("all three cells are named, and nothing is collected")
def cells_named(audit_folder: AuditFolder) -> None:
    done = audit_folder.done
    assert done is not None
    assert done.returncode != 0
    for place in ("Case 1!F6", "Case 1!N6", "Auditors!C16"):
        sheet, _, cell = place.partition("!")
        assert any(sheet in line and cell in line for line in done.stderr.splitlines()), place
    assert "purple" not in done.stderr
    assert not (audit_folder.folder / "report").exists()
