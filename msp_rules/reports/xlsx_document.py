"""A scan's results as an Excel workbook, written as the cases come."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, BinaryIO, Final

import orjson
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from msp_rules.audit.scan import CaseResult, Scan
from msp_rules.reports.manifest import manifest, pseudonyms_said
from msp_rules.reports.palette import COLOURS, FINDINGS, QUESTIONS, VERDICTS

MOST_ROWS: Final = 50_000
"""Of more cases or findings than these, the workbook lists the first and says so (Excel ends at
1,048,576 rows, and a row costs far more to write here than in CSV)."""
_SHEETS: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "Read me": (("About", 34), ("Value", 90)),
    "Rules": (("Rule", 10), ("Title", 60), ("Weight", 12), *((v, 14) for v in VERDICTS)),
    "Questions": (("Question", 10), ("About", 34), *((c, 10) for c in COLOURS)),
    "Cases": (
        *(("Case", 18), ("Agency", 18), ("Team", 18), ("Answered", 10), ("Not applicable", 14)),
        *((question, 8) for question in QUESTIONS),
    ),
    "Findings": (
        *(("Case", 18), ("Rule", 10), ("Subject", 14), ("Verdict", 28), ("Weight", 12)),
        *(("Due", 24), ("Evidence", 30), ("Missing", 50), ("Waived", 24)),
    ),
    "Faults": (
        *(("Input", 24), ("Line", 8), ("Case", 18), ("Event", 14), ("Rule", 10), ("Reason", 80)),
    ),
}
_CAPPED: Final = ("Cases", "Findings", "Faults")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class XlsxDocument:
    """The workbook; every text is typed as text, so that none is taken for a formula.

    `spool` keeps the rows as they came, for a scan that is to go on after a break-off.
    """

    separator: Final = b"\n"

    def __init__(
        self, stream: BinaryIO, *, spool: BinaryIO | None = None, all_rows: bool = False
    ) -> None:
        self.render: Callable[[CaseResult], bytes] = partial(xlsx_rows, all_rows=all_rows)
        self._stream = stream
        self._spool = spool
        self._book: Workbook | None = None
        self._rows: dict[str, int] = dict.fromkeys(_SHEETS, 0)
        self._sheets: dict[str, Any] = {}

    def write(self, rendered: bytes) -> None:
        """Adds the rows of one case, or of several."""
        if min(self._rows["Cases"], self._rows["Findings"]) > MOST_ROWS:
            return
        if self._spool is not None:
            self._spool.write(rendered + b"\n")
        for line in rendered.split(b"\n"):
            self._add_case(line)

    def state(self) -> object:
        """Nothing beside the rows as they came."""
        return None

    def restore(self, state: object) -> None:
        """Adds the rows again: a workbook under way can't be kept."""
        assert self._spool is not None
        self._spool.seek(0)
        for line in self._spool:
            self._add_case(line)
        self._spool.seek(0, io.SEEK_END)

    def end(self, scan: Scan) -> None:
        """Writes what is counted, and the workbook: the same bytes for the same results."""
        tally = scan.tally
        for rule in sorted(scan.engine.ruleset.rules, key=lambda rule: rule.id):
            counts = tally.by_rule.get(rule.id)
            if counts is not None:
                numbers = [counts[verdict] for verdict in VERDICTS]
                self._add("Rules", [rule.id, rule.title, rule.severity.value, *numbers])
        for question, about in QUESTIONS.items():
            of = tally.ratings
            numbers = [of[question, c, False] + of[question, c, True] for c in COLOURS]
            self._add("Questions", [question, about, *numbers])
        for fault in tally.faults:
            row = [fault.input, fault.line, fault.case, fault.event, fault.rule, fault.reason]
            self._add("Faults", row)
        self._read_me(scan)
        for name, columns in _SHEETS.items():
            had = self._rows[name]
            rows = min(had, MOST_ROWS + 1) if name in _CAPPED else had
            last = f"{get_column_letter(len(columns))}{rows}"
            self._sheets[name].auto_filter.ref = f"A1:{last}"
        whole = io.BytesIO()
        self._begin().save(whole)
        _without_clock(whole, self._stream)

    def _add_case(self, line: bytes) -> None:
        case, findings = orjson.loads(line)
        self._add("Cases", case)
        for row in findings:
            self._add("Findings", row)

    def _read_me(self, scan: Scan) -> None:
        body, tally = manifest(scan), scan.tally
        state = "complete" if tally.is_complete else "INCOMPLETE: see the sheet Faults"
        ruleset = body["ruleset"]
        rows: list[list[Any]] = [
            ["Completeness", state],
            ["Cases", tally.cases],
            ["Faults", len(tally.faults)],
            *([VERDICTS[v], tally.verdicts[v]] for v in VERDICTS),
            ["waived", tally.waived.total()],
            ["left out by local filters", tally.filtered.total()],
            ["Switched off", " ".join(body["switched_off"])],
            ["Not evidenced", "The record may not hold everything that was done."],
            *([["Pseudonyms", pseudonyms_said(key)]] if (key := body["pseudonym_key"]) else []),
            ["Engine", body["engine"]],
            ["Ruleset", f"{ruleset['id']} {ruleset['version']}, SHA-256 {ruleset['sha256']}"],
        ]
        rows += [
            ["Input", f"{one['name']}, as of {one['as_of']}, SHA-256 {one['sha256']}"]
            for one in body["inputs"]
        ]
        for name in _CAPPED:
            had = self._rows[name] - 1
            if had > MOST_ROWS:
                rows.append([f"Sheet {name}", f"only the first {MOST_ROWS}; see results.csv"])
        for row in rows:
            self._add("Read me", row)

    def _sheet(self, book: Workbook, name: str, columns: Sequence[tuple[str, int]]) -> Any:
        # The stubs know only whole sheets, not those that are written row by row.
        sheet: Any = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for index, (_, width) in enumerate(columns, start=1):
            sheet.column_dimensions[get_column_letter(index)].width = width
        heads = []
        for title, _ in columns:
            head = WriteOnlyCell(sheet, value=VERDICTS.get(title, title))
            head.font = Font(bold=True)
            heads.append(head)
        sheet.append(heads)
        self._rows[name] = 1
        return sheet

    def _begin(self) -> Workbook:
        """The workbook; begun with its first row, since one that is never ended complains."""
        if self._book is None:
            self._book = book = Workbook(write_only=True)
            for name, columns in _SHEETS.items():
                self._sheets[name] = self._sheet(book, name, columns)
        return self._book

    def _add(self, name: str, values: Sequence[Any]) -> None:
        self._begin()
        self._rows[name] += 1
        if name not in _CAPPED or self._rows[name] <= MOST_ROWS + 1:
            sheet = self._sheets[name]
            sheet.append([_inert(sheet, value) for value in values])


def xlsx_rows(result: CaseResult, *, all_rows: bool) -> bytes:
    """The row of a case, and those of its verdicts that ask for a look, as JSON."""
    colours = []
    for question in QUESTIONS:
        rating = result.findings.audit[question]
        said = rating.suggestion
        colours.append(rating.colour if said is None else f"{said.colour} (suggested)")
    case = [result.case, *result.holder, result.answered, result.not_applicable, *colours]
    rows = [
        [
            result.case,
            answer.rule,
            answer.subject,
            VERDICTS[answer.verdict],
            answer.severity,
            answer.due.text if answer.due is not None else None,
            " ".join(answer.evidence),
            "; ".join(" ".join((m.event, *m.fields)) for m in answer.missing),
            " / ".join(answer.waived) if answer.waived is not None else None,
        ]
        for answer in result.answers
        if all_rows or answer.verdict in FINDINGS
    ]
    return orjson.dumps([case, rows])


def _inert(sheet: Any, value: Any) -> Any:
    """A value that no spreadsheet computes: text that looks like a formula is typed as text."""
    if not isinstance(value, str):
        return value
    text = _NOT_IN_XML.sub("�", value)
    if not text.startswith(_FORMULA):
        return text
    cell = WriteOnlyCell(sheet, value=f"'{text}")
    cell.data_type = "s"
    return cell


def _without_clock(whole: BinaryIO, stream: BinaryIO) -> None:
    """Copies a workbook without the moments of its writing."""
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "docProps/core.xml":
                body = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"1980-01-01T00:00:00Z", body)
            entry = zipfile.ZipInfo(name, _EPOCH)
            target.writestr(entry, body, zipfile.ZIP_DEFLATED)
