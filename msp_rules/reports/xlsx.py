"""Writes results as an Excel workbook: cases row by row as they come, then the counted sheets.

A case becomes rows in any process, and without the library that writes them: what the other
processes of a scan import of this module is light. Rows are kept as they came, too, since a
workbook under way cannot be kept: a resumed scan adds them again.
"""

from __future__ import annotations

import errno
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import orjson
from lxml import etree

from msp_rules.audit.assumed import assumption_rows, in_words
from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.manifest import manifest, pseudonyms_said
from msp_rules.audit.output import OutputState
from msp_rules.audit.result import ScanResult
from msp_rules.engine.verdict import Answer
from msp_rules.extras import missing
from msp_rules.reports.case_rows import is_formula, xml_text
from msp_rules.reports.document import Document, Target, listed
from msp_rules.reports.labels import (
    APPLYING,
    COLOUR_WORDS,
    COLOURS,
    QUESTIONS,
    VERDICTS,
    RuleWords,
    answer_limit_in_words,
    explanation,
    missing_in_words,
    words_of,
)
from msp_rules.reports.rows import (
    coverage_of,
    missing_rows,
    owner_rows,
    question_rows,
    rule_rows,
    switched_off_rules,
)
from msp_rules.rules.language.wording import bare_event_noun, field_label

if TYPE_CHECKING:
    from openpyxl import Workbook

Row = tuple[str, list[Any]]
"""The name of a sheet, and the values of a row of it."""
_DAYS: Final = ("as_of", "from", "until", "expires")
_ELSEWHERE: Final = ("switched_off",)


def counted_rows(result: ScanResult) -> Iterator[Row]:
    """Yields the rows of all counted sheets, each sheet's in order."""
    yield from _summary(result)
    yield from _coverage(result)
    for row in rule_rows(result):
        rule, numbers = row.rule, [row.counts[verdict] for verdict in VERDICTS]
        weight = rule.severity.value
        counts = [*numbers, row.waived, row.filtered, row.due]
        yield "Rules", [rule.id, rule.title, weight, *counts]
    for asked in question_rows(result.tally):
        colours = [asked.counts[colour] for colour in COLOURS]
        yield "Questions", [asked.question, asked.about, *colours, asked.explained]
    for held in owner_rows(result.tally):
        numbers = [held.counts[verdict] for verdict in APPLYING]
        yield "Holders", [held.agency, held.team, held.cases, *numbers, held.due]
    yield from _manifest(result)


def _summary(result: ScanResult) -> Iterator[Row]:
    tally = result.tally
    totals = tally.verdicts
    state = "complete" if tally.is_complete else "INCOMPLETE"
    note = "" if tally.is_complete else "the sheet Faults says what could not be read or judged"
    yield "Summary", ["Completeness", state, note]
    for assumed in assumption_rows(result):
        yield "Summary", ["Assumed, not in any record", assumed.events, in_words(assumed)]
    for warning in tally.warnings:
        where = f"{warning.input}: " if warning.input is not None else ""
        yield "Summary", ["Warning", warning.line, f"{where}{warning.reason}"]
    yield "Summary", ["Cases", tally.cases]
    yield "Summary", ["Faults", len(tally.faults)]
    for verdict, words in VERDICTS.items():
        yield "Summary", [words, totals[verdict]]
    yield "Summary", ["waived", tally.waived.total(), "counted with no verdict"]
    yield "Summary", ["left out by local filters", tally.filtered.total(), "not applicable"]
    if result.pseudonym_key is not None:
        yield "Summary", ["Pseudonyms", None, pseudonyms_said(result.pseudonym_key)]
    note = "The record may not hold everything that was done."
    yield "Summary", ["Not evidenced in the record", None, note]


def _coverage(result: ScanResult) -> Iterator[Row]:
    for row in coverage_of(result):
        noun = bare_event_noun(row.name)
        yield "Coverage", [noun, row.name, None, None, row.declared, row.events]
        for one in row.fields:
            names = [noun, row.name, field_label(one.name), one.name, one.declared]
            values = [*names, one.of, one.given, one.withheld]
            yield "Coverage", [*values, one.unreadable, one.unmapped]
    titles = {rule.id: rule.title for rule in result.ruleset.rules}
    for want in missing_rows(result):
        wanted = [bare_event_noun(want.event), field_label(want.field) if want.field else None]
        row_of = [want.rule, titles[want.rule], *wanted, want.answers, want.declared]
        yield "Cannot tell", row_of


def _manifest(result: ScanResult) -> Iterator[Row]:
    for name, value in manifest(result).items():
        if name not in _ELSEWHERE:
            yield from _part(_heading(name), "", value)
    for rule, title in switched_off_rules(result):
        yield "Manifest", ["Switched off", rule, title]


def _part(heading: str, item: str, value: Any) -> Iterator[Row]:
    """Writes a part of the manifest, whatever its shape: one row per value."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _part(heading, f"{item} {_heading(name).lower()}".strip(), inner)
    elif isinstance(value, list | tuple):
        if all(isinstance(one, str) for one in value):
            yield "Manifest", [heading, item, ", ".join(value) or "none"]
            return
        for number, one in enumerate(value, start=1):
            yield from _part(f"{heading} {number}", item, one)
    else:
        yield "Manifest", [heading, item, _typed(heading, item, value)]


def _typed(heading: str, item: str, value: Any) -> Any:
    """Days as days, numbers as numbers, yes and no as words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    last = (item or heading).lower().replace(" ", "_")
    if isinstance(value, str) and last in _DAYS:
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _heading(name: str) -> str:
    return name.replace("_", " ").capitalize()


def xlsx_rows(result: CaseResult, *, words: Mapping[str, RuleWords], all_rows: bool) -> bytes:
    """Writes the row of a case, and those of its verdicts, as JSON."""
    colours = []
    for question in QUESTIONS:
        rating = result.findings.audit[question]
        said = rating.suggestion
        colours.append(rating.colour if said is None else f"{said.colour} (suggested)")
    case = [result.case, *result.owner, result.answered, result.not_applicable, *colours]
    rows = [
        [result.case, *result.owner, *_verdict(answer, words[answer.rule])]
        for answer in listed(result.answers, all_rows=all_rows)
    ]
    return orjson.dumps([case, rows])


def _verdict(answer: Answer, words: RuleWords) -> list[Any]:
    return [
        answer.rule,
        answer.subject,
        VERDICTS[answer.verdict],
        answer.severity,
        answer.colour,
        answer.due.text if answer.due is not None else None,
        " ".join(answer.evidence),
        explanation(answer, words),
        missing_in_words(answer.missing),
        " / ".join(answer.waived) if answer.waived is not None else None,
        answer_limit_in_words(answer),
    ]


MOST_ROWS: Final = 50_000
"""The number of cases, verdicts or faults that the workbook lists; of more, the first, and it says
so (Excel ends at 1,048,576 rows, and a row costs far more to write here than in CSV)."""
_VERDICTS: Final = tuple((words, 14) for words in VERDICTS.values())
_APPLYING: Final = tuple((VERDICTS[verdict], 14) for verdict in APPLYING)
_BASE: Final = "were due (base of rates)"
_SHEETS: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "Summary": (("About", 34), ("Value", 24), ("Note", 90)),
    "Coverage": (
        *(("Kind of record", 34), ("Kind (id)", 24), ("Field", 40), ("Field (id)", 26)),
        *(("Declared as supplied", 24), ("Records", 10), ("Filled in", 10)),
        *(("Withheld", 10), ("Unreadable", 12), ("Did not map", 12)),
    ),
    "Cannot tell": (
        *(("Rule", 10), ("Title", 60), ("Missing", 34), ("Field", 34)),
        *(("Answers", 10), ("Declared as supplied", 24)),
    ),
    "Rules": (
        *(("Rule", 10), ("Title", 60), ("Weight", 12), *_VERDICTS),
        *(("waived", 10), ("left out by filters", 18), (_BASE, 18)),
    ),
    "Questions": (
        *(("Question", 10), ("About", 34), *((COLOUR_WORDS[c], 10) for c in COLOURS)),
        ("explained, among the green", 26),
    ),
    "Holders": (("Agency", 18), ("Team", 18), ("Cases", 10), *_APPLYING, (_BASE, 18)),
    "Cases": (
        *(("Case", 18), ("Agency", 18), ("Team", 18), ("Answered", 10), ("Not applicable", 14)),
        *((question, 8) for question in QUESTIONS),
    ),
    "Verdicts": (
        *(("Case", 18), ("Agency", 18), ("Team", 18), ("Rule", 10), ("Subject", 14)),
        *(("Verdict", 28), ("Weight", 12), ("Colour", 10), ("Due (London time)", 18)),
        *(("Evidence", 30), ("Why", 90), ("What would settle it", 50), ("Waived", 24)),
        ("Limit", 60),
    ),
    "Faults": (
        *(("Input", 24), ("Line", 8), ("Case", 18), ("Event", 14), ("Rule", 10), ("Reason", 80)),
    ),
    "Manifest": (("Part", 30), ("Item", 24), ("Value", 90)),
}
_CAPPED: Final = ("Cases", "Verdicts", "Faults")
_DUE: Final = 8
_MOST_LETTERS: Final = 32_767
"""Excel's limit for one cell."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class XlsxDocument(Document):
    """The workbook; every text is typed as text, so that none is taken for a formula."""

    separator = b"\n"

    def __init__(self, target: Target) -> None:
        if find_spec("openpyxl") is None:
            raise missing("report.xlsx", "reports", "openpyxl")
        super().__init__(target)
        self.render = partial(xlsx_rows, words=words_of(target.ruleset), all_rows=target.all_rows)
        self._spool = target.files.spool(target.name)
        self._book: Workbook | None = None
        self._rows: dict[str, int] = dict.fromkeys(_SHEETS, 0)
        self._sheets: dict[str, Any] = {}

    def write(self, rendered: bytes) -> None:
        """Adds the rows of one case, or of several."""
        if min(self._rows["Cases"], self._rows["Verdicts"]) > MOST_ROWS:
            return
        self._spool.write(rendered + b"\n")
        with _refusals():
            for line in rendered.split(b"\n"):
                self._add_case(line)

    def restore(self, state: OutputState) -> None:
        """Adds the rows again."""
        super().restore(state)
        self._spool.seek(0)
        for line in self._spool:
            self._add_case(line)
        self._spool.seek(0, io.SEEK_END)

    def end(self, result: ScanResult) -> None:
        """Writes what is counted, and the workbook: the same bytes for the same results."""
        with _refusals():
            self._end(result)

    def _end(self, result: ScanResult) -> None:
        from openpyxl.utils import get_column_letter  # noqa: PLC0415

        for fault in result.tally.faults:
            row = [fault.input, fault.line, fault.case, fault.event, fault.rule, fault.reason]
            self._add("Faults", row)
        for name, values in counted_rows(result):
            self._add(name, values)
        for name, values in self._cut_short():
            self._add(name, values)
        for name, columns in _SHEETS.items():
            had = self._rows[name]
            rows = min(had, MOST_ROWS + 1) if name in _CAPPED else had
            last = f"{get_column_letter(len(columns))}{rows}"
            self._sheets[name].auto_filter.ref = f"A1:{last}"
        whole = io.BytesIO()
        self._begin().save(whole)
        _without_clock(whole, self.stream)

    def _add_case(self, line: bytes) -> None:
        case, verdicts = orjson.loads(line)
        self._add("Cases", case)
        for row in verdicts:
            row[_DUE] = _moment(row[_DUE])
            self._add("Verdicts", row)

    def _cut_short(self) -> Iterator[tuple[str, list[Any]]]:
        for name in _CAPPED:
            if self._rows[name] - 1 > MOST_ROWS:
                note = f"only the first {MOST_ROWS}; results.json and results.csv hold them all"
                yield "Summary", [f"Sheet {name}", MOST_ROWS, note]

    def _sheet(self, book: Workbook, name: str, columns: Sequence[tuple[str, int]]) -> Any:
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
        from openpyxl.styles import Font  # noqa: PLC0415
        from openpyxl.utils import get_column_letter  # noqa: PLC0415

        # The stubs know only whole sheets, not those that are written row by row.
        sheet: Any = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for index, (_, width) in enumerate(columns, start=1):
            sheet.column_dimensions[get_column_letter(index)].width = width
        heads = []
        for title, _ in columns:
            head = WriteOnlyCell(sheet, value=title)
            head.font = Font(bold=True)
            heads.append(head)
        sheet.append(heads)
        self._rows[name] = 1
        return sheet

    def _begin(self) -> Workbook:
        """Begins the workbook with its first row: one that is never closed complains."""
        if self._book is None:
            # Takes a tenth of a second, which scans that write no workbook need not wait for.
            from openpyxl import Workbook  # noqa: PLC0415

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


@contextmanager
def _refusals() -> Iterator[None]:
    """Raises the OSError that lxml makes one of its own errors of: a sheet has a temporary file."""
    try:
        yield
    except etree.SerialisationError:
        reason = "no room for its temporary files, or a limit on their size"
        raise OSError(errno.ENOSPC, reason) from None


def _moment(text: str | None) -> date | datetime | None:
    """Writes a limit as a spreadsheet date; it has no time zones, so the clock is London's."""
    if text is None:
        return None
    if len(text) == len("2026-01-01"):
        return date.fromisoformat(text)
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _inert(sheet: Any, value: Any) -> Any:
    """Makes a value that no spreadsheet computes: text that looks like a formula stays text."""
    if not isinstance(value, str):
        return value
    text = xml_text(value)
    if len(text) >= _MOST_LETTERS:
        text = f"{text[: _MOST_LETTERS - 4]}..."
    if not is_formula(text):
        return text
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

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
