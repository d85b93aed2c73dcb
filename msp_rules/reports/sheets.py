"""Writes plain workbooks: sheets of typed rows under heads, printed on A4 across."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from msp_rules.audit.case_file.ratings import CODES
from msp_rules.extras import missing
from msp_rules.reports.case_rows import is_formula, xml_text
from msp_rules.reports.labels import INKS

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook

Cell = str | int | float | date | None
"""A value that a cell may hold; None leaves it empty."""
_MOST_LETTERS: Final = 32_767
"""Excel's limit for one cell."""
_MADE_ON: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - no day of ours: the same bytes each time
_A4: Final = 9
"""Excel's number of the paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet of a workbook."""

    name: str
    """The name on its tab."""
    heads: Sequence[tuple[str, int, str]]
    """The columns: head, width in letters, and number format, which may be empty."""
    rows: Sequence[Sequence[Cell]]
    """The rows, each as long as the heads or shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The words about a workbook as a whole."""

    file: str
    """The name of the file, for whoever lacks the library that writes it."""
    title: str
    """The title in its properties."""
    foot: str
    """The words at the foot of each printed page."""


def fault_sheet(rows: Iterable[Mapping[str, Cell]]) -> Sheet:
    """Gives the sheet of what could not be read, from the rows of a document."""
    return Sheet(
        name="Faults",
        heads=[
            *(("File", 30, ""), ("Line", 9, ""), ("Case", 34, ""), ("Entry", 20, "")),
            ("What is wrong", 90, ""),
        ],
        rows=[
            tuple(row[part] for part in ("input", "line", "case", "event", "reason"))
            for row in rows
        ],
    )


def workbook_bytes(sheets: Iterable[Sheet], naming: Naming) -> bytes:
    """Renders a workbook, the same bytes for the same rows.

    Raises LibraryMissing where XlsxWriter is not installed.
    """
    if find_spec("xlsxwriter") is None:
        raise missing(naming.file, "reports", "xlsxwriter")
    from xlsxwriter import Workbook as NewWorkbook  # noqa: PLC0415 - only who writes one waits

    target = io.BytesIO()
    # No text is taken for a formula, a link or a number.
    book = NewWorkbook(target, {"in_memory": True, "strings_to_urls": False})
    book.set_properties({"title": naming.title, "created": _MADE_ON})
    formats = _Formats(book)
    for sheet in sheets:
        _write(book, sheet, formats, naming.foot)
    book.close()
    return target.getvalue()


class _Formats:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[str, str], Format] = {}
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "bottom", "bg_color": "#f1f3f5"}
        )

    def of(self, number: str, ink: str) -> Format:
        """Gives the format of a cell by its number format and its colour; both may be empty."""
        found = self._made.get((number, ink))
        if found is None:
            values: dict[str, str | bool] = {"text_wrap": True, "valign": "top"}
            if number:
                values["num_format"] = number
            if ink:
                values["font_color"], values["bg_color"] = INKS[ink]
            found = self._made[number, ink] = self._book.add_format(values)
        return found


def _write(book: Workbook, sheet: Sheet, formats: _Formats, foot: str) -> None:
    page = book.add_worksheet(sheet.name)
    for column, (title, width, _) in enumerate(sheet.heads):
        page.set_column(column, column, width)
        page.write_string(0, column, title, formats.head)
    for at, row in enumerate(sheet.rows, 1):
        for column, value in enumerate(row):
            if value is None:
                continue
            ink = value if isinstance(value, str) and value in CODES[:-1] else ""
            cell = formats.of(sheet.heads[column][2], ink)
            if isinstance(value, str):
                page.write_string(at, column, _text(value), cell)
            elif isinstance(value, date):
                page.write_datetime(at, column, datetime.combine(value, time.min), cell)
            else:
                page.write_number(at, column, value, cell)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.heads) - 1)
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_footer(f"&L&8{foot}&R&8&P of &N")


def _text(value: str) -> str:
    """Prepares a text for a cell: no formula, no letter that no workbook may hold, not too long."""
    text = xml_text(f"'{value}" if is_formula(value) else value)
    return text[: _MOST_LETTERS - 1] + "…" if len(text) > _MOST_LETTERS else text
