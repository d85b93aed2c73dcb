"""Defines the sheets of the workbook: columns, colours, links, and how each is printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msp_rules.reports.labels import (
    APPLYING,
    COLOUR_WORDS,
    COLOURS,
    INKS,
    QUESTIONS,
    VERDICTS,
)
from msp_rules.reports.practice_labels import POSITIONS, position_in_words

if TYPE_CHECKING:
    from openpyxl import Workbook

_VERDICTS: Final = tuple((words, 12) for words in VERDICTS.values())
_APPLYING: Final = tuple((VERDICTS[verdict], 12) for verdict in APPLYING)
_BASE: Final = "were due (base of rates)"
_LATEST: Final = tuple(f"latest: {position_in_words(*one.split(' '))}" for one in POSITIONS)
_NOTES: Final = (("Reviewed by", 16), ("Note", 40))
SHEETS: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "Look first": (
        *(("Part", 22), ("Case, rule or number", 36), ("Count", 8), ("Of", 8), ("In words", 30)),
        *(("About", 60), ("To ask", 60), *_NOTES),
    ),
    "Summary": (("About", 34), ("Value", 24), ("Note", 90)),
    "Cases": (
        *(("Case", 18), ("Agency", 14), ("Team", 14), ("Answered", 10), ("Not applicable", 10)),
        *((question, 12) for question in QUESTIONS),
        *(("Concern", 12), ("Decided", 12), ("Result", 20), ("Enquiry", 20), ("Closed", 12)),
        *(("Days open", 8), ("Not evidenced", 36), ("Went well", 40), ("Wanted outcomes", 10)),
        *(("Beyond protection", 11), ("No domain recorded", 10), ("Domains of outcomes", 30)),
        *(("On the grid", 40), ("Principles, evidenced or explained", 40), *_NOTES),
    ),
    "Verdicts": (
        *(("Case", 18), ("Agency", 14), ("Team", 14), ("Rule", 10), ("Subject", 12)),
        *(("Verdict", 26), ("Weight", 11), ("Colour", 10), ("Due (London time)", 18)),
        *(("Evidence", 20), ("Why", 70), ("What would settle it", 40), ("Waived", 20)),
        *(("Limit", 40), ("Missing", 40), ("To ask", 50), ("Note", 40)),
    ),
    "Rules": (
        *(("Rule", 10), ("Title", 56), ("Weight", 12), *_VERDICTS),
        *(("waived", 10), ("left out by filters", 18), (_BASE, 12)),
        *(("To ask", 60), ("Audit questions", 16), ("Numbers and their basis", 60)),
        *(("Principles", 30), ("It rests on", 90)),
    ),
    "Questions": (
        *(("Question", 10), ("About", 34), *((COLOUR_WORDS[c], 10) for c in COLOURS)),
        ("explained, among the green", 26),
    ),
    "Holders": (("Agency", 18), ("Team", 18), ("Cases", 10), *_APPLYING, (_BASE, 12)),
    "Went well": (("Part", 36), ("The record shows", 60), ("Count", 10), ("Of", 10)),
    "Principles": (
        *(("Principle", 16), ("In the adult's words", 90), ("Evidenced or explained", 12)),
        *(("Of what was due", 10), ("Source of the words", 40)),
    ),
    "Grid": (
        *(("Part", 34), ("First position, or about", 36), *((one, 16) for one in _LATEST)),
        *(("Cases", 10), ("Case", 18)),
    ),
    "Cannot tell": (
        *(("Rule", 10), ("Title", 60), ("Missing", 34), ("Field", 34)),
        *(("Answers", 10), ("Declared as supplied", 24)),
    ),
    "Coverage": (
        *(("Kind of record", 34), ("Kind (id)", 24), ("Field", 40), ("Field (id)", 26)),
        *(("Declared as supplied", 24), ("Records", 10), ("Filled in", 10)),
        *(("Withheld", 10), ("Unreadable", 12), ("Did not map", 12)),
    ),
    "Faults": (
        *(("Input", 24), ("Line", 8), ("Case", 18), ("Event", 14), ("Rule", 10), ("Reason", 80)),
    ),
    "Manifest": (("Part", 30), ("Item", 24), ("Value", 90)),
}
"""The sheets in their order, each with its columns and their widths in characters."""
_COLOURED: Final = {
    "Cases": tuple(QUESTIONS),
    "Verdicts": ("Colour",),
}
"""The columns whose cells hold the colour of an audit question."""
_WITH_VERDICTS: Final = {"Verdicts": ("Verdict",)}
_LINKED: Final = {
    "Look first": ("Case, rule or number",),
    "Cases": ("Case",),
    "Verdicts": ("Case", "Rule"),
    "Grid": ("Case",),
    "Cannot tell": ("Rule",),
    "Faults": ("Case",),
}
"""The columns whose cells lead to another sheet."""
_A4: Final = 9
"""The number of this size in the file format (ECMA-376, ST_PageSize)."""
_LINE: Final = 15.0
"""The height of a line of the usual type, in points."""
MOST_LINKS: Final = 65_000
"""Excel opens no sheet with more than 65,530 links."""


class Link(NamedTuple):
    """A cell that leads to a cell of another sheet."""

    sheet: str
    """The sheet of the cell."""
    row: int
    """Its row, from 1."""
    column: str
    """The head of its column."""
    target: str
    """The sheet that it leads to."""
    target_row: int
    """The row there, from 1."""


def new_sheet(book: Workbook, name: str) -> Any:
    """Adds a sheet with its heads: frozen, repeated on each printed page, and landscape."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415
    from openpyxl.worksheet.properties import PageSetupProperties  # noqa: PLC0415

    columns = SHEETS[name]
    # The stubs know only whole sheets, not those that are written row by row.
    sheet: Any = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for index, (_, width) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    sheet.page_margins.left = sheet.page_margins.right = 0.3
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5
    sheet.oddHeader.left.text = "Restricted: safeguarding records"
    sheet.oddFooter.right.text = "&A, page &P of &N"
    heads = []
    for title, _ in columns:
        head = WriteOnlyCell(sheet, value=title)
        head.font, head.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        heads.append(head)
    _fit_height(sheet, 1, heads)
    sheet.append(heads)
    return sheet


def wrapped(sheet: Any, row: int, values: Sequence[Any]) -> list[Any]:
    """Gives a row whose texts take several lines; for the few rows of a sheet that is read.

    `row` is its number on the sheet, from 1.
    """
    from openpyxl.cell import Cell, WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Alignment  # noqa: PLC0415

    cells = []
    for value in values:
        cell = value if isinstance(value, Cell) else WriteOnlyCell(sheet, value=value)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cells.append(cell)
    _fit_height(sheet, row, cells)
    return cells


def _fit_height(sheet: Any, row: int, cells: Sequence[Any]) -> None:
    """Sets the height of a row to the lines of its longest text.

    Not every program finds it out by itself: in LibreOffice lines of one row lay over the next.
    """
    lines = [
        len(wrap(cell.value, max(1, width - 2))) if isinstance(cell.value, str) else 1
        for (_, width), cell in zip(SHEETS[sheet.title], cells, strict=False)
    ]
    if (most := max(lines, default=1)) > 1:
        # Read by the writer of the row, which comes next.
        sheet.row_dimensions[row].height = _LINE * most


def finish_sheet(sheet: Any, rows: int, links: Sequence[Link]) -> None:
    """Sets what depends on the number of rows: the filter, the colours, and the links."""
    from openpyxl.worksheet.hyperlink import Hyperlink  # noqa: PLC0415

    name = sheet.title
    last = _letter(name, SHEETS[name][-1][0])
    sheet.auto_filter.ref = f"A1:{last}{rows}"
    for column, rule in _formats(name):
        sheet.conditional_formatting.add(f"{column}2:{column}{max(rows, 2)}", rule)
    for link in links[:MOST_LINKS]:
        cell = f"{_letter(name, link.column)}{link.row}"
        place = f"'{link.target}'!A{link.target_row}"
        sheet._hyperlinks.append(Hyperlink(ref=cell, location=place))


def _formats(name: str) -> Iterator[tuple[str, Any]]:
    """Gives conditional formats by column: a style of every single cell would cost far more."""
    from openpyxl.formatting import rule as rules  # noqa: PLC0415
    from openpyxl.styles import Font, PatternFill  # noqa: PLC0415

    kinds: Any = rules  # its functions have no types

    def inked(value: str, ink: str) -> Any:
        text, ground = (part.removeprefix("#") for part in INKS[ink])
        fill = PatternFill(bgColor=ground, fill_type="solid")
        formula, font = [f'"{value}"'], Font(color=text)
        return kinds.CellIsRule(operator="equal", formula=formula, font=font, fill=fill)

    for title in _COLOURED.get(name, ()):
        for colour in COLOURS:
            if colour != "none":
                yield _letter(name, title), inked(colour, colour)
                yield _letter(name, title), inked(f"{colour} (suggested)", colour)
    for title in _WITH_VERDICTS.get(name, ()):
        for verdict in APPLYING:
            yield _letter(name, title), inked(VERDICTS[verdict], f"v-{verdict}")
    for title in _LINKED.get(name, ()):
        column = _letter(name, title)
        blue = Font(color="0B4F8A", underline="single")
        yield column, kinds.FormulaRule(formula=[f"LEN({column}2)>0"], font=blue)


def _letter(name: str, title: str) -> str:
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    titles = [one for one, _ in SHEETS[name]]
    return get_column_letter(titles.index(title) + 1)
