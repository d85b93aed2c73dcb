"""Checks a workbook that has come back, cell by cell, and reads the ratings in it.

Every bad cell is named at once, by sheet and cell and without its content, so that whoever filled
the workbook in can mend all of them in one sitting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from msp_rules.audit.case_file.layout import (
    AGENCY_CELL,
    AGREED_CELL,
    ANSWERS,
    AUDITORS,
    CONSENT_COLUMN,
    ENTRIES,
    INTERVIEW_HEAD,
    INTERVIEWS,
    PEER_COLUMN,
    PEERS_HEAD,
    RULESET_CELL,
    SAMPLE_CELL,
    InterviewSheet,
    answer_column,
    case_sheet,
    cell_hash,
    question_rows,
    same_agency,
)
from msp_rules.audit.case_file.pack import AuditPack, PackedAgency
from msp_rules.audit.case_file.ratings import (
    CODES,
    NOT_APPLICABLE,
    SCALE,
    AgreedAction,
    CaseRatings,
    Interview,
    PersonRating,
    QuestionRatings,
)
from msp_rules.audit.case_file.returned import CellText, ReturnedWorkbook, day_in

_YEARS_AHEAD: Final = 5
"""The years within which an action is done; a later day is a slip of the year."""
_RATERS: Final = ("agency", "peer", "agreed")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadCell:
    """Something in a workbook that can't be taken."""

    file: str
    """The name of the file."""
    sheet: str
    """The sheet."""
    cell: str
    """The cell; empty where the whole sheet is meant."""
    reason: str
    """The reason, without what the cell holds."""

    def __str__(self) -> str:
        place = f"{self.sheet}!{self.cell}" if self.cell else self.sheet
        return f"{self.file}: {place}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBook:
    """The content of one workbook; to be used only if nothing in it is bad."""

    agency: PackedAgency
    """The agency that it is of."""
    cases: tuple[CaseRatings, ...]
    """The cases with all ratings."""
    interviews: tuple[Interview, ...]
    """The talks and observations with consent on record, codes only."""


def check_book(book: ReturnedWorkbook, pack: AuditPack) -> tuple[CheckedBook | None, list[BadCell]]:
    """Reads a workbook of a pack; None where it can't be known whose it is."""
    if AUDITORS not in book.sheets:
        reason = "this sheet is missing: is it a workbook of this audit?"
        return None, [BadCell(file=book.file, sheet=AUDITORS, cell="", reason=reason)]
    agency = next((one for one in pack.agencies if _is_as_packed(book, one, AGENCY_CELL)), None)
    if agency is None:
        reason = "not an agency of this sample"
        return None, [BadCell(file=book.file, sheet=AUDITORS, cell=AGENCY_CELL, reason=reason)]
    others = [
        BadCell(file=book.file, sheet=AUDITORS, cell=cell, reason=f"it is of another {what}")
        for cell, what in ((SAMPLE_CELL, "sample"), (RULESET_CELL, "ruleset"))
        if not _is_as_packed(book, agency, cell)
    ]
    if others:  # of another pack, every cell would differ
        return None, others
    checker = _Checker(book, pack, agency)
    checked = checker.check()
    return checked, checker.bad


def _is_as_packed(book: ReturnedWorkbook, agency: PackedAgency, cell: str) -> bool:
    found = book.cell(AUDITORS, cell)
    return cell_hash(found.text) == agency.cells[AUDITORS][cell]


class _Checker:
    """Checks one workbook whose agency is known."""

    def __init__(self, book: ReturnedWorkbook, pack: AuditPack, agency: PackedAgency) -> None:
        self._book, self._agency = book, agency
        self._as_of = pack.ratings.as_of
        self._entries = 0
        self.bad: list[BadCell] = []

    def check(self) -> CheckedBook:
        """Checks all sheets, in their order."""
        self._check_locked()
        agreed = self._cell(AUDITORS, AGREED_CELL)
        if agreed.text and day_in(agreed) is None:
            self._tell(AUDITORS, AGREED_CELL, "not a date")
        cases = tuple(self._case(one) for one in self._agency.cases)
        interviews = tuple(
            row
            for kind in INTERVIEWS
            if kind.sheet in self._book.sheets
            for row in self._interviews(kind)
        )
        if not self._entries:
            # A workbook that was sent back by mistake must not count as an audit without findings.
            self._tell(case_sheet(1), "", "nothing is filled in on any sheet")
        return CheckedBook(agency=self._agency, cases=cases, interviews=interviews)

    def _check_locked(self) -> None:
        for sheet, cells in self._agency.cells.items():
            if sheet not in self._book.sheets:
                self._tell(sheet, "", "this sheet is missing")
                continue
            for cell, digest in cells.items():
                found = self._book.cell(sheet, cell)
                if found.is_computed or cell_hash(found.text) != digest:
                    self._tell(sheet, cell, "a cell that was filled in already has been altered")
        for sheet in self._book.sheets:
            if sheet.startswith("Case ") and sheet not in self._agency.cells:
                self._tell(sheet, "", "no case of this workbook")

    def _case(self, case: CaseRatings) -> CaseRatings:
        sheet = case_sheet(case.number)
        if sheet not in self._book.sheets:
            return case
        by_code = {one.question: one for one in case.questions}
        questions = tuple(
            self._question(sheet, row, by_code[code]) for code, row in question_rows()
        )
        cell = f"{PEER_COLUMN}{PEERS_HEAD + case.number}"
        peer = self._cell(AUDITORS, cell)
        if peer.text and same_agency(peer.text, case.agency):
            self._tell(AUDITORS, cell, "the peer is of the case's own agency")
        elif not peer.text and any(one.peer is not None for one in questions):
            self._tell(AUDITORS, cell, "a peer has rated, but the agency of the peer is not named")
        return replace(case, questions=questions)

    def _question(self, sheet: str, row: int, machine: QuestionRatings) -> QuestionRatings:
        found = {rater: self._rating(sheet, row, rater, machine.machine) for rater in _RATERS}
        return replace(
            machine,
            agency=found["agency"],
            peer=found["peer"],
            agreed=found["agreed"],
            action=self._action(sheet, row),
            good_practice=self._cell(sheet, f"{ENTRIES['good_practice']}{row}").text,
        )

    def _rating(self, sheet: str, row: int, rater: str, machine: str) -> PersonRating | None:
        place, because = f"{ENTRIES[rater]}{row}", f"{ENTRIES[f'{rater}_reason']}{row}"
        given, reason = self._cell(sheet, place), self._cell(sheet, because)
        if not given.text:
            if reason.text:
                self._tell(sheet, place, "a reason is given, but no rating")
            return None
        code = _SHORT.get(given.text.casefold(), given.text.casefold())
        if code not in CODES:
            self._tell(sheet, place, f"not one of {', '.join(CODES)}")
            return None
        if machine in SCALE and code != machine and not reason.text:
            self._tell(sheet, because, "rated otherwise than suggested, and no reason is given")
        return PersonRating(code=code, reason=reason.text)

    def _action(self, sheet: str, row: int) -> AgreedAction | None:
        action, owner = (self._cell(sheet, f"{ENTRIES[what]}{row}") for what in ("action", "owner"))
        place = f"{ENTRIES['by_when']}{row}"
        by_when = self._cell(sheet, place)
        day = self._day(sheet, place, by_when) if by_when.text else None
        if action.text:
            return AgreedAction(text=action.text, owner=owner.text, by_when=day)
        for cell, given in ((f"{ENTRIES['owner']}{row}", owner), (place, by_when)):
            if given.text:
                self._tell(sheet, cell, "no action stands beside it")
        return None

    def _day(self, sheet: str, place: str, given: CellText) -> date | None:
        day = day_in(given)
        if day is None:
            self._tell(sheet, place, "not a date")
        elif day < self._as_of:
            self._tell(sheet, place, "a date before the day for which the cases were judged")
        elif day.year > self._as_of.year + _YEARS_AHEAD:
            self._tell(sheet, place, f"a date more than {_YEARS_AHEAD} years ahead")
        return day

    def _interviews(self, kind: InterviewSheet) -> Iterator[Interview]:
        for case in self._agency.cases:
            row = INTERVIEW_HEAD + case.number
            place = f"{CONSENT_COLUMN}{row}"
            consent = self._code(kind.sheet, place, kind.consents)
            answers = {}
            for number, question in enumerate(kind.questions):
                cell = f"{answer_column(number)}{row}"
                code = self._code(kind.sheet, cell, ANSWERS)
                if code is not None:
                    answers[question] = code
                    if consent in (None, "none"):
                        self._tell(kind.sheet, cell, "an answer without consent is not taken")
            if consent is not None:
                yield Interview(
                    agency=case.agency, kind=kind.kind, consent=consent, answers=answers
                )

    def _code(self, sheet: str, cell: str, words: Mapping[str, str]) -> str | None:
        given = self._cell(sheet, cell).text.casefold()
        if not given:
            return None
        code = words.get(given)
        if code is None:
            self._tell(sheet, cell, f"not one of {'; '.join(words)}")
        return code

    def _cell(self, sheet: str, cell: str) -> CellText:
        """Reads a cell for auditors; what a program would compute is not taken."""
        found = self._book.cell(sheet, cell)
        if found.is_computed:
            self._tell(sheet, cell, "it holds a formula or an error: write the text itself")
        if found.text:
            self._entries += 1
        return found

    def _tell(self, sheet: str, cell: str, reason: str) -> None:
        self.bad.append(BadCell(file=self._book.file, sheet=sheet, cell=cell, reason=reason))


_SHORT: Final = {"n/a": NOT_APPLICABLE, "na": NOT_APPLICABLE, "gray": "grey"}
"""Ways to write a rating that leave no doubt about it."""
