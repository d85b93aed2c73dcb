"""Reads a workbook that has come back, whichever program saved it, as cells of text or days.

Nothing is computed: a formula, and a cell in which a program found an error, are marked as such.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from msp_rules.audit.case_file.layout import plain_text
from msp_rules.errors import InputUnreadable, SourceLocation, why_unreadable
from msp_rules.intake.file_names import shown_name

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES: Final = 256 * 1024 * 1024
"""The size to which a workbook may unpack; one of sixty cases has less than a hundredth of it."""


class CellText(NamedTuple):
    """The content of a cell."""

    text: str
    """The text, with single spaces; empty for an empty cell."""
    day: date | None = None
    """The day, of a cell that holds one."""
    is_computed: bool = False
    """True for a formula or an error, whose text is left empty."""
    is_number: bool = False
    """True for a plain number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedWorkbook:
    """A workbook that has come back."""

    file: str
    """The name of the file, without its folder."""
    sheets: Mapping[str, Worksheet]
    """The sheets by name."""

    def cell(self, sheet: str, cell: str) -> CellText:
        """Reads a cell; one of a sheet that is missing is empty."""
        found = self.sheets.get(sheet)
        return CellText("") if found is None else _read(found[cell])


def read_book(path: Path) -> ReturnedWorkbook:
    """Reads a workbook; raises InputUnreadable for any other file."""
    name = shown_name(path.name)
    where = SourceLocation(path=name)
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(one.file_size for one in packed.infolist())
    except IsADirectoryError:
        raise InputUnreadable("it is a folder: name each workbook in it", where) from None
    except OSError as error:
        raise InputUnreadable(why_unreadable(error), where) from None
    except zipfile.BadZipFile:
        raise InputUnreadable("it is not a workbook (.xlsx)", where) from None
    if size > MOST_BYTES:
        raise InputUnreadable("it unpacks to more than any workbook of an audit", where)
    from openpyxl import load_workbook
    from openpyxl.worksheet.worksheet import Worksheet

    try:
        book = load_workbook(path)
    except Exception:  # noqa: BLE001 - openpyxl raises whatever its parts do, with content in it
        raise InputUnreadable("it is not a workbook (.xlsx) that can be read", where) from None
    sheets = {one.title: one for one in book.worksheets if isinstance(one, Worksheet)}
    return ReturnedWorkbook(file=name, sheets=sheets)


def day_in(cell: CellText) -> date | None:
    """Reads the day in a cell: a date, or text such as 31/03/2026; None for anything else."""
    if cell.day is not None:
        return cell.day
    for form in _FORMS:
        try:
            return datetime.strptime(cell.text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


_FORMS: Final = ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y")
"""The ways in which a day is typed where a program takes it for text: the day comes first."""


def _read(cell: Cell) -> CellText:
    value = cell.value
    if value is None:
        return CellText("")
    if cell.data_type in ("f", "e"):
        return CellText("", is_computed=True)
    if isinstance(value, datetime):
        return CellText(value.date().isoformat(), day=value.date())
    if isinstance(value, date):
        return CellText(value.isoformat(), day=value)
    if isinstance(value, bool):
        return CellText("yes" if value else "no")
    is_number = isinstance(value, int | float)
    return CellText(plain_text(str(value)), is_number=is_number)
