"""Writes results as a workbook: what to look at first, the counts, then cases and verdicts.

Cases wait as rows in a spool, with the weight of what is not evidenced before each, since a
workbook under way cannot be kept: a resumed scan adds them again.
"""

from __future__ import annotations

import errno
import heapq
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import orjson
from lxml import etree

from msp_rules.audit.output import OutputState
from msp_rules.audit.result import ScanResult
from msp_rules.extras import missing
from msp_rules.reports.case_rows import is_formula, xml_text
from msp_rules.reports.document import Document, Target
from msp_rules.reports.labels import words_of
from msp_rules.reports.practice_labels import SAFER_BUT_LOWER, move_in_words
from msp_rules.reports.workbook.cases import xlsx_rows
from msp_rules.reports.workbook.counted import counted_rows, first_rows_of, grid_case_row
from msp_rules.reports.workbook.sheets import SHEETS, Link, finish_sheet, new_sheet, wrapped

if TYPE_CHECKING:
    from openpyxl import Workbook

MOST_ROWS: Final = 50_000
"""The number of cases, verdicts or faults that the workbook lists; of more, the first, and it says
so (Excel ends at 1,048,576 rows, and a row costs far more to write here than in CSV)."""
_MOST_FIRST: Final = 20
"""The number of cases that "Look first" names."""
_CAPPED: Final = ("Cases", "Verdicts", "Faults")
_DUE: Final = 8
_DATES: Final = tuple(
    index
    for index, (title, _) in enumerate(SHEETS["Cases"])
    if title in ("Concern", "Decided", "Closed")
)
_GRID: Final = [title for title, _ in SHEETS["Cases"]].index("On the grid")
_LOWERED: Final = " to ".join(move_in_words(SAFER_BUT_LOWER))
"""Its words where a case became safer, but with lower wellbeing."""
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
        self._rows: dict[str, int] = dict.fromkeys(SHEETS, 0)
        self._sheets: dict[str, Any] = {}
        self._links: dict[str, list[Link]] = {name: [] for name in SHEETS}
        self._row_of_case: dict[str, int] = {}
        self._row_of_rule: dict[str, int] = {}
        # Cells that name a rule, by sheet, row and column: rows of rules come last.
        self._of_rule: list[tuple[str, int, str, str]] = []
        # Weight, number (negative: of two, the earlier one counts more), row of "Look first".
        self._first: list[tuple[int, int, list[Any]]] = []
        # The cases that became safer, but with lower wellbeing.
        self._lowered: list[str] = []
        self._seen = 0

    def write(self, rendered: bytes) -> None:
        """Adds the rows of one case, or of several."""
        with _refusals():
            for line in rendered.split(b"\n"):
                self._seen += 1
                if self._has_room or self._is_first(line):
                    self._spool.write(b"%d %s\n" % (self._seen, line))
                    self._add_case(line, self._seen)

    def state(self) -> OutputState:
        """Gives the number of cases so far."""
        return {"seen": self._seen}

    def restore(self, state: OutputState) -> None:
        """Adds the rows again."""
        seen = state["seen"] if state is not None and state.keys() == {"seen"} else None
        if not isinstance(seen, int):
            raise ValueError("not a state of this document")
        self._spool.seek(0)
        for kept in self._spool:
            number, _, line = kept.partition(b" ")
            self._add_case(line, int(number))
        self._spool.seek(0, io.SEEK_END)
        self._seen = seen

    def end(self, result: ScanResult) -> None:
        """Writes what is counted, and the workbook: the same bytes for the same results."""
        with _refusals():
            self._end(result)

    def _end(self, result: ScanResult) -> None:
        self._look_first(result)
        for fault in result.tally.faults:
            row = [fault.input, fault.line, fault.case, fault.event, fault.rule, fault.reason]
            self._add("Faults", row)
            self._link_case("Faults", "Case", fault.case)
        for name, values in counted_rows(result):
            self._add(name, values)
            if name == "Rules":
                self._row_of_rule[values[0]] = self._rows[name]
            elif name == "Cannot tell":
                self._of_rule.append((name, self._rows[name], "Rule", values[0]))
        for case in self._lowered:
            name, values = grid_case_row(case)
            self._add(name, values)
            self._link_case(name, "Case", case)
        for name, values in self._cut_short():
            self._add(name, values)
        self._link_rules()
        for name in SHEETS:
            had = self._rows[name]
            rows = min(had, MOST_ROWS + 1) if name in _CAPPED else had
            finish_sheet(self._sheets[name], rows, self._links[name])
        whole = io.BytesIO()
        self._begin().save(whole)
        _without_clock(whole, self.stream)

    @property
    def _has_room(self) -> bool:
        return min(self._rows["Cases"], self._rows["Verdicts"]) <= MOST_ROWS

    def _is_first(self, line: bytes) -> bool:
        weight = int(line.partition(b" ")[0])
        return weight > 0 and (len(self._first) < _MOST_FIRST or weight > self._first[0][0])

    def _add_case(self, line: bytes, number: int) -> None:
        weight, _, body = line.partition(b" ")
        first, case, verdicts = orjson.loads(body)
        if self._is_first(line):
            entry = (int(weight), -number, first)
            if len(self._first) < _MOST_FIRST:
                heapq.heappush(self._first, entry)
            else:
                heapq.heapreplace(self._first, entry)
        if not self._has_room:
            return
        self._begin()
        begins = self._rows["Verdicts"] + 1
        for index in _DATES:
            case[index] = _moment(case[index])
        self._add("Cases", case)
        if self._rows["Cases"] > MOST_ROWS + 1:
            return
        row = self._row_of_case.setdefault(case[0], self._rows["Cases"])
        if case[_GRID] == _LOWERED:
            self._lowered.append(case[0])
        if verdicts and begins <= MOST_ROWS + 1:
            self._links["Cases"].append(Link("Cases", row, "Case", "Verdicts", begins))
            self._links["Verdicts"].append(Link("Verdicts", begins, "Case", "Cases", row))
        for verdict in verdicts:
            verdict[_DUE] = _moment(verdict[_DUE])
            self._add("Verdicts", verdict)
            if self._rows["Verdicts"] <= MOST_ROWS + 1:
                self._of_rule.append(("Verdicts", self._rows["Verdicts"], "Rule", verdict[3]))

    def _look_first(self, result: ScanResult) -> None:
        """Adds what is counted, then the cases with most not evidenced, then rules."""
        rows = list(first_rows_of(result))
        for name, values in (row for row in rows if row[1][0] != "Rule"):
            self._add(name, values)
        for _, _, values in sorted(self._first, reverse=True):
            self._add("Look first", values)
            self._link_case("Look first", "Case, rule or number", values[1])
        for name, values in (row for row in rows if row[1][0] == "Rule"):
            self._add(name, values)
            self._of_rule.append((name, self._rows[name], "Case, rule or number", values[1]))

    def _link_case(self, sheet: str, column: str, case: str | None) -> None:
        row = self._row_of_case.get(case or "")
        if row is not None and self._rows[sheet] <= MOST_ROWS + 1:
            self._links[sheet].append(Link(sheet, self._rows[sheet], column, "Cases", row))

    def _link_rules(self) -> None:
        """Links each cell that names a rule to the row of that rule."""
        for sheet, row, column, rule in self._of_rule:
            if rule in self._row_of_rule:
                link = Link(sheet, row, column, "Rules", self._row_of_rule[rule])
                self._links[sheet].append(link)

    def _cut_short(self) -> Iterator[tuple[str, list[Any]]]:
        for name in _CAPPED:
            if self._rows[name] - 1 > MOST_ROWS:
                note = f"only the first {MOST_ROWS}; results.json and results.csv hold them all"
                yield "Summary", [f"Sheet {name}", MOST_ROWS, note]

    def _begin(self) -> Workbook:
        """Begins the workbook with its first row: one that is never closed complains."""
        if self._book is None:
            # Takes a tenth of a second, which scans that write no workbook need not wait for.
            from openpyxl import Workbook  # noqa: PLC0415

            self._book = book = Workbook(write_only=True)
            for name in SHEETS:
                self._sheets[name] = new_sheet(book, name)
                self._rows[name] = 1
        return self._book

    def _add(self, name: str, values: Sequence[Any]) -> None:
        self._begin()
        self._rows[name] += 1
        if name not in _CAPPED or self._rows[name] <= MOST_ROWS + 1:
            sheet = self._sheets[name]
            cells = [_inert(sheet, value) for value in values]
            sheet.append(wrapped(sheet, self._rows[name], cells) if name == "Look first" else cells)


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
