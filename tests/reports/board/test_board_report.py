"""The board's report says what an audit found, and keeps auditors' words where they belong."""

from __future__ import annotations

import re
import stat
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from openpyxl import load_workbook

from msp_rules.audit.case_file.ratings import (
    AgreedAction,
    AuditRatings,
    OutcomeResult,
    PersonRating,
)
from msp_rules.reports.board.files import PAGE, WORKBOOK, write_board_report
from msp_rules.reports.board.rows import ALL_RATINGS, board_rows
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from tests.builders.ratings import COUNCIL, audit_of, audited_case, question
from tests.support.audited import AWAY, CANARIES, made_up_audit

pytestmark = pytest.mark.slow

TITLES = {"ASK-01": "The adult is asked what they want"}
HOSTILE = '=1+1"><script>alert(1)</script>\x0b'


class Report:
    """Both files of a report, read back."""

    def __init__(self, audit: AuditRatings, folder: Path, *, is_shared: bool = False) -> None:
        folder.mkdir(exist_ok=True)
        write_board_report(audit, folder, titles=TITLES, is_shared=is_shared)
        self.folder = folder
        self.text = (folder / PAGE).read_text("utf-8")
        self.page = html.fromstring(self.text)
        self.book = load_workbook(folder / WORKBOOK)

    def rows(self, table: str) -> list[list[str]]:
        """Gives the body of a table of the page, cell by cell."""
        found = self.page.xpath(f'//table[@id="{table}"]/tbody/tr[not(@class="group")]')
        return [[" ".join(cell.text_content().split()) for cell in row] for row in found]

    def sheet(self, name: str) -> list[tuple[Any, ...]]:
        """Gives the rows of a sheet below its heads."""
        return list(self.book[name].iter_rows(min_row=2, values_only=True))


def test_ratings_are_counted_once_by_question_and_once_by_agency(tmp_path: Path) -> None:
    audit = made_up_audit()

    report = Report(audit, tmp_path)

    counts = {
        row[0].partition(" ")[0]: list(map(int, row[2:])) for row in report.rows("by-question")
    }
    rows = board_rows(audit, is_shared=False)
    assert counts == {
        row.question: [row.counts[code] for code in ALL_RATINGS] for row in rows.questions
    }
    assert all(sum(row) == len(audit.cases) for row in counts.values())
    in_book = report.sheet("Ratings")
    assert [row[1] for row in in_book[: len(AUDIT_QUESTIONS)]] == list(AUDIT_QUESTIONS)
    assert [list(row[4:]) for row in in_book[: len(AUDIT_QUESTIONS)]] == list(counts.values())
    of_agencies = [row for row in in_book if row[0] != "All agencies"]
    assert sum(row[3] for row in of_agencies) == len(audit.cases) * len(AUDIT_QUESTIONS)


def test_a_cell_of_the_agencies_table_has_the_agreed_ratings_of_its_cases(tmp_path: Path) -> None:
    audit = audit_of(
        audited_case(question("Q1", "red", agency="red", peer="red", agreed="amber")),
        audited_case(question("Q1", "green", agency="green", peer="green"), number=2),
    )

    report = Report(audit, tmp_path)

    (row,) = report.rows("by-agency")
    assert row[:2] == [f"{COUNCIL} 2 cases of 20: for learning", "1 amber 1 open"]


def test_actions_are_listed_with_owner_and_day_the_earliest_first(tmp_path: Path) -> None:
    late = AgreedAction(text="Train the team.", owner="Team manager", by_when=date(2026, 6, 1))
    soon = AgreedAction(text="Change the form.", by_when=date(2026, 5, 1))
    open_end = AgreedAction(text="Ask the provider.", owner="Priya Shah")
    audit = audit_of(
        audited_case(
            question("Q1", agreed="amber", action=open_end),
            question("Q2", agreed="amber", action=late),
            question("Q3", agreed="red", action=soon),
        )
    )

    report = Report(audit, tmp_path)

    place = f"{COUNCIL}, Case 1"
    assert report.rows("action-list") == [
        ["1 May 2026", "nobody named", "Change the form.", "Q3 capacity", place],
        ["1 June 2026", "Team manager", "Train the team.", "Q2 outcomes expressed", place],
        [
            "no day set",
            "Priya Shah looks like a person’s name",
            "Ask the provider.",
            "Q1 asked what they want",
            place,
        ],
    ]
    assert [(row[0] and row[0].date(), row[1], row[2]) for row in report.sheet("Actions")] == [
        (date(2026, 5, 1), "nobody named", None),
        (date(2026, 6, 1), "Team manager", None),
        (None, "Priya Shah", "looks like a person's name"),
    ]
    assert "2 actions name" not in report.text
    assert "1 action names an owner who looks like a person" in report.text


def test_good_practice_stands_beside_the_gaps(tmp_path: Path) -> None:
    good = question("Q4", agreed="green", good_practice="An advocate came at once.")
    gap = question("Q4", agreed=PersonRating(code="red", reason="Nobody asked."))
    audit = audit_of(audited_case(good), audited_case(gap, number=2))

    report = Report(audit, tmp_path)

    (beside,) = report.page.xpath('//div[@class="beside"]')
    left, right = (" ".join(part.text_content().split()) for part in beside)
    assert left == f"Good practice: 1 case{COUNCIL}, Case 1: An advocate came at once."
    assert right == f"Red or amber: 1 casered {COUNCIL}, Case 2: Nobody asked."
    assert report.sheet("Practice and gaps") == [
        ("Q4", "good practice", "green", f"{COUNCIL}, Case 1", "An advocate came at once."),
        ("Q4", "gap", "red", f"{COUNCIL}, Case 2", "Nobody asked."),
    ]


def test_reasons_why_outcomes_were_not_met_are_counted_by_code(tmp_path: Path) -> None:
    results = (
        OutcomeResult(achieved="not_achieved", reason="outside_our_power"),
        OutcomeResult(achieved="not_achieved", reason="outside_our_power"),
        OutcomeResult(achieved="partial"),
        OutcomeResult(achieved="full"),
    )

    report = Report(audit_of(audited_case(outcomes=results)), tmp_path)

    expected = [("outside our power", "not met", 2), ("no reason recorded", "met in part", 1)]
    assert report.rows("by-reason") == [[*row[:2], str(row[2])] for row in expected]
    assert report.sheet("Outcomes not met") == expected


@pytest.mark.parametrize(("cases", "has_shares"), [(9, False), (10, True)])
def test_agreement_is_measured_from_ten_cases_up(
    tmp_path: Path, cases: int, has_shares: bool
) -> None:
    rows = [question("Q1", "red", peer="red", agency="red", agreed="red")] * (cases - 1)
    rows.append(question("Q1", "green", peer="green", agency="red", agreed="green"))
    audit = audit_of(*(audited_case(row, number=at) for at, row in enumerate(rows, 1)))

    report = Report(audit, tmp_path)

    cells = {row[0]: row[1:] for row in report.rows("by-pair")[:2]}
    measured = ["90% (60% to 98%)", "0.00", "0.00", "0.90"]
    few = ["too few", "", "", ""]
    same, differ = str(cases - 1), "red, then green: 1"
    assert cells["agency and peer"] == [
        *(str(cases), same),
        *(measured if has_shares else few),
        *("0", differ),
    ]
    row = next(row for row in report.sheet("Agreement") if row[:3] == ("Q1", "agency", "peer"))
    assert row[3:6] == (cases, cases - 1, 0)
    assert (None not in row[6:]) == has_shares


def test_rules_are_not_compared_on_questions_for_a_person(tmp_path: Path) -> None:
    report = Report(made_up_audit(), tmp_path)

    pairs = report.page.xpath('//tr[@data-pair and (@data-question="Q6" or @data-question="Q7")]')
    assert [one.get("data-pair") for one in pairs] == ["agency-peer", "agency-peer"]


def test_a_rule_often_overturned_is_named_with_its_cases(tmp_path: Path) -> None:
    rows = [question("Q1", "red", agreed="amber", rules=("ASK-01",))] * 2
    rows += [question("Q1", "red", agreed="red", rules=("ASK-01",))] * 4
    rows += [question("Q1", "red", agreed="green", rules=("ASK-02",))]
    audit = audit_of(*(audited_case(row, number=at) for at, row in enumerate(rows, 1)))

    report = Report(audit, tmp_path)

    assert report.rows("by-overturned") == [
        [
            "ASK-01 The adult is asked what they want",
            "2 of 6",
            "often",
            f"{COUNCIL}, Case 1, Q1: red, agreed amber; {COUNCIL}, Case 2, Q1: red, agreed amber",
        ],
        ["ASK-02", "1 of 1", "no, too few to say", f"{COUNCIL}, Case 7, Q1: red, agreed green"],
    ]
    assert [(row[0], row[2], row[-1]) for row in report.sheet("Rules overturned")] == [
        ("ASK-01", "often", f"{COUNCIL}, Case 1"),
        ("ASK-01", "often", f"{COUNCIL}, Case 2"),
        ("ASK-02", "too few to say", f"{COUNCIL}, Case 7"),
    ]


def test_a_workbook_that_is_not_back_is_named(tmp_path: Path) -> None:
    report = Report(made_up_audit(), tmp_path)

    assert f"Not back yet: {AWAY.name} (3 cases drawn)." in report.page.text_content()
    assert (AWAY.name, 9, 3, "not back yet") in report.sheet("Sample")


@pytest.mark.parametrize(("cases", "is_small"), [(9, True), (10, False)])
def test_few_cases_are_for_learning(tmp_path: Path, cases: int, is_small: bool) -> None:
    audit = audit_of(*(audited_case(question(), number=at) for at in range(1, cases + 1)))

    report = Report(audit, tmp_path)

    assert ("For learning, not statistics." in report.text) == is_small
    labels = [row[0] for row in report.sheet("Summary")]
    assert ("For learning, not statistics" in labels) == is_small


def test_auditors_words_stand_in_both_files_which_are_not_to_be_handed_on(tmp_path: Path) -> None:
    audit = made_up_audit(has_canaries=True)

    report = Report(audit, tmp_path)

    in_book = str([sheet for name in report.book.sheetnames for sheet in report.sheet(name)])
    for canary in CANARIES:
        assert canary in report.text
        assert canary in in_book
    assert "Not to be handed on." in report.text
    assert report.sheet("Summary")[0][0] == "Not to be handed on"
    assert report.book["Actions"].oddFooter.left.text.startswith("Not to be handed on")


def test_a_shared_report_has_none_of_them_and_the_same_counts(tmp_path: Path) -> None:
    audit = made_up_audit(has_canaries=True)
    own = Report(audit, tmp_path / "own")

    shared = Report(audit, tmp_path / "shared", is_shared=True)

    for name in (PAGE, WORKBOOK):
        content = (shared.folder / name).read_bytes()
        assert b"CANARY" not in content, name
    in_book = str([sheet for name in shared.book.sheetnames for sheet in shared.sheet(name)])
    assert "CANARY" not in in_book
    assert "visit" not in shared.text
    assert "What auditors wrote is left out of this copy." in shared.text
    for table in ("by-question", "by-agency", "by-pair", "by-overturned", "by-reason"):
        assert shared.rows(table) == own.rows(table)
    days = [row[0] for row in own.rows("action-list")]
    assert [row[0] for row in shared.rows("action-list")] == days


def test_no_id_of_a_case_is_in_the_report(tmp_path: Path) -> None:
    audit = audit_of(audited_case(question("Q1", "red", agreed="green", rules=("ASK-01",))))

    report = Report(audit, tmp_path)

    (case,) = audit.cases
    assert case.case not in report.text
    assert case.case not in str([report.sheet(name) for name in report.book.sheetnames])


def test_hostile_words_stay_text(tmp_path: Path) -> None:
    action = AgreedAction(text=HOSTILE, owner=HOSTILE)
    reason = PersonRating(code="red", reason=HOSTILE)
    audit = audit_of(
        audited_case(question("Q1", agreed=reason, action=action, good_practice=HOSTILE))
    )

    report = Report(audit, tmp_path)

    assert report.page.xpath("//script") == []
    assert "<script>" not in report.text
    cells = [cell for sheet in report.book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    written = [cell.value for cell in cells if "alert" in str(cell.value)]
    assert written == ["'" + HOSTILE.replace("\x0b", "\ufffd")] * 4


def test_both_files_are_their_owners_alone_and_the_same_each_time(tmp_path: Path) -> None:
    first = Report(made_up_audit(), tmp_path / "first")
    again = Report(made_up_audit(), tmp_path / "first")
    other = Report(made_up_audit(), tmp_path / "other")

    for name in (PAGE, WORKBOOK):
        assert stat.S_IMODE((first.folder / name).stat().st_mode) == 0o600
        assert (other.folder / name).read_bytes() == (again.folder / name).read_bytes()
    assert sorted(path.name for path in first.folder.iterdir()) == [PAGE, WORKBOOK]


def test_the_page_allows_its_own_style_and_nothing_else(tmp_path: Path) -> None:
    report = Report(made_up_audit(), tmp_path)

    (policy,) = report.page.xpath('//meta[@http-equiv="Content-Security-Policy"]/@content')
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'", policy
    )
    assert report.page.xpath("//@style | //img | //link | //iframe | //@onclick") == []


def test_every_sheet_prints_landscape_on_a4_as_wide_as_a_page(tmp_path: Path) -> None:
    report = Report(made_up_audit(), tmp_path)

    for sheet in report.book:
        setup = sheet.page_setup
        printed = (setup.orientation, str(setup.paperSize), setup.fitToWidth, setup.fitToHeight)
        assert printed == ("landscape", "9", 1, 0) or printed == ("landscape", "9", None, 0)
        assert (sheet.print_title_rows, sheet.freeze_panes) == ("$1:$1", "B2")


def test_an_audit_without_any_workbook_back_can_be_reported(tmp_path: Path) -> None:
    report = Report(audit_of(agencies=(AWAY,)), tmp_path)

    assert report.rows("by-agency") == []
    assert "no agreed rating is red or amber" in report.text
