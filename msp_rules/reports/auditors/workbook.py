"""Writes the workbook of one agency: cells to fill in, and locked cells whose hashes are kept.

It holds no macro and no formula, so that any program can open it, and the same content gives the
same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from msp_rules.audit.case_file.layout import (
    AGENCY_CELL,
    AGREED_CELL,
    ANSWERS,
    AUDITORS,
    ENTRIES,
    ENTRY_HEADS,
    FIRST_QUESTION,
    INTERVIEW_HEAD,
    INTERVIEWS,
    PEER_COLUMN,
    PEERS_HEAD,
    PREFILLED,
    RATINGS_OFFERED,
    RULESET_CELL,
    SAMPLE_CELL,
    InterviewSheet,
    answer_column,
    case_sheet,
    cell_hash,
)
from msp_rules.reports.auditors.fitting import (
    LINE,
    POINTS,
    fitted,
    grown,
    heights,
    joined,
    lines_of,
)
from msp_rules.reports.auditors.page import CasePage, Finding, QuestionFindings
from msp_rules.reports.case_rows import xml_text
from msp_rules.reports.labels import INKS

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

WIDTHS: Final = (190, 56, 89, 91, 102, 56, 56, 56, 56, 56, 56, 54, 44, 58, 50)
"""The widths of the columns of a case, in pixels: together the width of an A4 page on its side."""
PAGE_LINES: Final = 41
"""The lines that the questions of a page have room for, between its head and its foot."""
_LEAST: Final = 2
_HIGHEST: Final = 409
"""The height that a row may have in Excel, in points; its cells hold what does not show."""
_FOUND_HEAD: Final = 17
"""The row below the printed page from which on all findings stand."""
_DETAILS: Final = ("Question", "Verdict", "Evidence", "Rule, source, number", "To ask")
_HOW_TO: Final = (
    "1. Each sheet Case is one case. The grey cells are filled in and locked; write in the others.",
    "2. Rate each question: red, amber, green, grey (the record cannot be judged), not applicable.",
    "3. A suggestion by the rules says where to ask, not what to conclude. Who rates otherwise "
    "than suggested gives a reason.",
    "4. The agency rates first, then a peer of another agency, then both agree on a rating. Q6 and "
    "Q7 are for people alone.",
    "5. An owner is a role, not a name. Write no names of people anywhere.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyBook:
    """The content of one workbook."""

    agency: str
    """The agency."""
    sample: str
    """The hash of the sample."""
    rules_hash: str
    """The hash of the ruleset."""
    seed: str
    """The seed of the sample."""
    ruleset: str
    """The ruleset, in words."""
    as_of: datetime
    """The day as of which the cases were judged; the workbook bears it as its own."""
    others: Sequence[str]
    """The other agencies of the sample, whose auditors may be peers."""
    pages: Sequence[CasePage]
    """The cases."""


def agency_workbook(book: AgencyBook) -> tuple[bytes, Mapping[str, Mapping[str, str]]]:
    """Gives the bytes of a workbook, and the hashes of its locked cells by sheet and cell."""
    from xlsxwriter import Workbook

    stream = BytesIO()
    document = Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    document.set_properties({"title": f"Case-file audit: {book.agency}", "created": book.as_of})
    writer = _Writer(document, book)
    writer.write_auditors()
    for number, page in enumerate(book.pages, start=1):
        writer.write_case(number, page)
    for sheet in INTERVIEWS:
        writer.write_interviews(sheet)
    document.close()
    return stream.getvalue(), writer.hashes


class _Writer:
    """Writes the sheets of one workbook, and hashes each locked cell as it is written."""

    def __init__(self, document: Workbook, book: AgencyBook) -> None:
        self._document, self._book = document, book
        self._formats: dict[str, Format] = {}
        self.hashes: dict[str, dict[str, str]] = {}

    def write_auditors(self) -> None:
        """Writes what the workbook is, how it is filled in, and the table of peers."""
        book, sheet = self._book, self._sheet(AUDITORS)
        sheet.set_column_pixels(0, 0, 130)
        sheet.set_column_pixels(1, 1, 330)
        sheet.set_column_pixels(2, 2, 260)
        self._put(sheet, "A1", f"Case-file audit: {book.agency}", "title")
        for cell, label, place, text in (
            ("A3", "Agency", AGENCY_CELL, book.agency),
            ("A4", "Sample", SAMPLE_CELL, f"seed {book.seed} ({book.sample[:16]})"),
            ("A5", "Ruleset", RULESET_CELL, f"{book.ruleset} ({book.rules_hash[:16]})"),
        ):
            self._put(sheet, cell, label, "label")
            self._put(sheet, place, text, "locked")
        self._put(sheet, "A6", "Confidentiality agreed on", "label")
        self._day(sheet, AGREED_CELL)
        for row, text in enumerate(_HOW_TO, start=7):
            sheet.merge_range(f"A{row}:C{row}", "", self._format("locked"))
            self._put(sheet, f"A{row}", text, "locked")
            sheet.set_row(row - 1, 24)
        for column, text in zip("ABC", ("Sheet", "Case", "Agency of the peer"), strict=True):
            self._put(sheet, f"{column}{PEERS_HEAD}", text, "head")
        for number, page in enumerate(book.pages, start=1):
            row = PEERS_HEAD + number
            self._put(sheet, f"A{row}", case_sheet(number), "locked")
            self._put(sheet, f"B{row}", page.case, "locked")
            self._list(sheet, f"{PEER_COLUMN}{row}", book.others, is_open=True)
        self._print(sheet, is_landscape=False)

    def write_case(self, number: int, page: CasePage) -> None:
        """Writes a case: its printed page, and below it all findings, which are not printed."""
        name = case_sheet(number)
        sheet = self._sheet(name)
        for place, pixels in enumerate(WIDTHS):
            sheet.set_column_pixels(place, place, pixels)
        self._across(sheet, 1, f"{name}: {page.case} of {self._book.agency}", "title")
        for row, text in enumerate(page.facts, start=2):
            self._across(sheet, row, text, "locked")
            sheet.set_row(row - 1, LINE * lines_of(text, sum(WIDTHS)) + 2)
        self._across(sheet, 4, self._note(), "locked")
        heads = (*PREFILLED, *ENTRY_HEADS)
        for place, head in enumerate(heads):
            self._put(sheet, f"{chr(ord('A') + place)}{FIRST_QUESTION - 1}", head, "head")
        sheet.set_row(FIRST_QUESTION - 2, 2 * LINE + 3)
        for row, (one, lines) in enumerate(
            zip(page.questions, _room(page.questions), strict=True), start=FIRST_QUESTION
        ):
            self._question(sheet, row, one, lines)
        last = FIRST_QUESTION + len(page.questions) - 1
        sheet.print_area(f"A1:O{last}")
        self._findings(sheet, page)
        sheet.freeze_panes(FIRST_QUESTION - 1, 2)
        self._print(sheet, is_landscape=True)

    def write_interviews(self, kind: InterviewSheet) -> None:
        """Writes a sheet of talks: consent and codes come back, notes stay where they are."""
        sheet = self._sheet(kind.sheet)
        sheet.set_column_pixels(0, 0, 70)
        sheet.set_column_pixels(1, 1, 110)
        sheet.set_column_pixels(2, 1 + len(kind.questions), 110)
        notes = answer_column(len(kind.questions))
        sheet.set_column(f"{notes}:{notes}", 40)
        self._put(sheet, "A1", f"{kind.title}: {self._book.agency}", "title")
        for row, text in enumerate(
            (
                "Ask for consent first; without it, leave the answers empty.",
                "Only consent and the codes of the answers are collected. Notes stay in this file: "
                "write no names, and clear them when the audit is done.",
            ),
            start=3,
        ):
            self._put(sheet, f"A{row}", text, "plain")
        heads = ("Sheet", "Consent", *kind.questions.values(), "Notes (not collected)")
        for place, head in enumerate(heads):
            self._put(sheet, f"{chr(ord('A') + place)}{INTERVIEW_HEAD}", head, "head")
        sheet.set_row(INTERVIEW_HEAD - 1, 5 * LINE + 3)
        for number in range(1, len(self._book.pages) + 1):
            row = INTERVIEW_HEAD + number
            self._put(sheet, f"A{row}", case_sheet(number), "locked")
            self._list(sheet, f"B{row}", list(kind.consents))
            for place in range(len(kind.questions)):
                self._list(sheet, f"{answer_column(place)}{row}", list(ANSWERS))
            sheet.write_blank(f"{notes}{row}", None, self._format("entry"))
        self._print(sheet, is_landscape=True)

    def _question(self, sheet: Worksheet, row: int, one: QuestionFindings, lines: int) -> None:
        evidence, rules, asks = _columns(one.findings)
        self._put(sheet, f"A{row}", one.text, "locked")
        colour = one.suggested.partition(",")[0]
        self._put(sheet, f"B{row}", one.suggested, colour if colour in _COLOURS else "locked")
        for column, place, items in (("C", 2, evidence), ("D", 3, rules), ("E", 4, asks)):
            self._put(sheet, f"{column}{row}", fitted(items, WIDTHS[place], lines), "locked")
        for what, column in ENTRIES.items():
            cell = f"{column}{row}"
            if what in ("agency", "peer", "agreed"):
                self._list(sheet, cell, RATINGS_OFFERED)
            elif what == "by_when":
                self._day(sheet, cell)
            else:
                sheet.write_blank(cell, None, self._format("entry"))
        sheet.set_row(row - 1, lines * LINE + 2)

    def _findings(self, sheet: Worksheet, page: CasePage) -> None:
        """Writes all findings below the page, rule by rule."""
        text = "All that the rules found, rule by rule (not printed)"
        self._put(sheet, f"A{_FOUND_HEAD - 1}", text, "label")
        for place, head in enumerate(_DETAILS):
            self._put(sheet, f"{chr(ord('A') + place)}{_FOUND_HEAD}", head, "head")
        row = _FOUND_HEAD
        for one in page.questions:
            for finding in one.findings:
                row += 1
                cells = (
                    f"{one.question}: {finding.title}",
                    finding.verdict,
                    "\n".join(_evidence(finding)),
                    "\n".join(_rule_parts(finding)),
                    finding.ask,
                )
                for place, cell in enumerate(cells):
                    self._put(sheet, f"{chr(ord('A') + place)}{row}", cell, "locked")
                most = max(lines_of(cell, WIDTHS[place]) for place, cell in enumerate(cells))
                sheet.set_row(row - 1, min(most * LINE + 2, _HIGHEST))

    def _note(self) -> str:
        return (
            f"Suggested by {self._book.ruleset} as of {self._book.as_of:%-d %B %Y}: where to ask, "
            "not what to conclude. “Not evidenced” means not evidenced in the record."
        )

    def _sheet(self, name: str) -> Worksheet:
        sheet = self._document.add_worksheet(name)
        self.hashes[name] = {}
        # No password: the lock keeps from slips, the hashes tell of the rest.
        sheet.protect(
            "", {"format_rows": True, "format_columns": True, "select_locked_cells": True}
        )
        return sheet

    def _put(self, sheet: Worksheet, cell: str, text: str, form: str) -> None:
        shown = xml_text(text)
        sheet.write_string(cell, shown, self._format(form))
        self.hashes[str(sheet.name)][cell] = cell_hash(shown)

    def _across(self, sheet: Worksheet, row: int, text: str, form: str) -> None:
        sheet.merge_range(f"A{row}:O{row}", "", self._format(form))
        self._put(sheet, f"A{row}", text, form)

    def _list(
        self, sheet: Worksheet, cell: str, words: Sequence[str], *, is_open: bool = False
    ) -> None:
        """Offers words in a cell; of an open list, others may be written after a warning."""
        sheet.write_blank(cell, None, self._format("entry"))
        source = list(words)
        if not source or len(",".join(source)) > _MOST_OF_LIST:
            return
        rule: dict[str, Any] = {"validate": "list", "source": source}
        if is_open:
            rule |= {"error_type": "warning", "error_message": "Not an agency of this sample."}
        else:
            rule |= {"error_title": "A word of the list", "error_message": "Choose from the list."}
        sheet.data_validation(cell, rule)

    def _day(self, sheet: Worksheet, cell: str) -> None:
        sheet.write_blank(cell, None, self._format("day"))
        rule = {
            "validate": "date",
            "criteria": ">=",
            "value": datetime(2000, 1, 1),  # noqa: DTZ001 - a day on a sheet has no zone
            "error_title": "A date",
            "error_message": "Write a date, such as 31/03/2026.",
        }
        sheet.data_validation(cell, rule)

    def _print(self, sheet: Worksheet, *, is_landscape: bool) -> None:
        sheet.set_paper(9)
        if is_landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.2, right=0.2, top=0.25, bottom=0.3)
        sheet.fit_to_pages(1, 1 if str(sheet.name).startswith("Case ") else 0)
        sheet.set_footer(f'&L&"Arial,Regular"&8{_escaped(self._book.agency)}, &A&R&8Confidential')

    def _format(self, name: str) -> Format:
        if name not in self._formats:
            self._formats[name] = self._document.add_format({**_BASE, **_FORMATS[name]})
        return self._formats[name]


_MOST_OF_LIST: Final = 255
"""The letters that a list in a cell may have, by the file format."""
_COLOURS: Final = ("red", "amber", "green", "grey")
_BASE: Final[dict[str, Any]] = {
    "font_name": "Arial",
    "font_size": POINTS,
    "text_wrap": True,
    "valign": "top",
}
_LOCKED: Final[dict[str, Any]] = {"border": 1, "border_color": "#9aa1a9", "bg_color": "#f1f3f5"}
_OPEN: Final[dict[str, Any]] = {"border": 1, "border_color": "#9aa1a9", "locked": False}
_FORMATS: Final[Mapping[str, dict[str, Any]]] = {
    "title": {"font_size": 11, "bold": True, "text_wrap": False},
    "label": {"bold": True, "text_wrap": False},
    "plain": {"text_wrap": False},
    "head": {"bold": True, "bg_color": "#dfe4ea", "border": 1, "border_color": "#9aa1a9"},
    "locked": _LOCKED,
    "entry": _OPEN,
    "day": {**_OPEN, "num_format": "dd/mm/yyyy"},
    **{
        name: {**_LOCKED, "font_color": INKS[name][0], "bg_color": INKS[name][1], "bold": True}
        for name in _COLOURS
    },
}


def _room(questions: Sequence[QuestionFindings]) -> list[int]:
    """Divides the lines of the page among the questions.

    What comes first is one thing to ask for each question that has any: it is what an auditor
    takes to the conversation, and evidence and rules can be looked up below.
    """
    least, first, wanted = [], [], []
    for one in questions:
        own = max(_LEAST, lines_of(one.text, WIDTHS[0]))
        found = _columns(one.findings)
        columns = zip(found, WIDTHS[2:5], strict=True)
        least.append(own)
        first.append(max(own, _first_ask(found[2])))
        wanted.append(max(own, *(lines_of(joined(items), width) for items, width in columns)))
    return heights(grown(least, first, PAGE_LINES), wanted, PAGE_LINES)


def _first_ask(asks: Sequence[str]) -> int:
    """Gives the lines of the first thing to ask, with the number of those that stand below."""
    if not asks:
        return 0
    more = f" (+{len(asks) - 1} below)" if len(asks) > 1 else ""
    return lines_of(asks[0] + more, WIDTHS[4])


def _columns(findings: Sequence[Finding]) -> tuple[list[str], list[str], list[str]]:
    """Gives the items of three columns: evidence, rules with numbers and sources, what to ask.

    The rules stand by verdict and without their sources at first, so that all of them are named
    before room is given to where they come from.
    """
    evidence = dict.fromkeys(item for one in findings for item in one.evidence)
    by_verdict: dict[str, list[str]] = {}
    for one in findings:
        ids = by_verdict.setdefault(one.verdict, [])
        ids += [] if one.rule in ids else [one.rule]
    rules = [f"{', '.join(ids)} {verdict}" for verdict, ids in by_verdict.items()]
    numbers = dict.fromkeys(one.number for one in findings if one.number)
    cites = dict.fromkeys(cite for one in findings for cite in one.cites)
    asks = dict.fromkeys(one.ask for one in findings if one.ask)
    return list(evidence), [*rules, *numbers, *cites], list(asks)


def _evidence(one: Finding) -> list[str]:
    return [*one.evidence, *([f"and {one.others} more in the record"] if one.others else [])]


def _rule_parts(one: Finding) -> list[str]:
    return [f"{one.rule} {one.verdict}", *one.cites, *([one.number] if one.number else [])]


def _escaped(text: str) -> str:
    return text.replace("&", "&&")
