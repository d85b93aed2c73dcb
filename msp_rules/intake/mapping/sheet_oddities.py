"""Finds the cells of an .xlsx whose content a reader of values does not show.

They are errors, formulas without a saved result, and moments at midnight, which look like dates.
The sheet is read as a stream beside the values, so that nothing of it is kept.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from posixpath import join, normpath
from typing import Final, cast

from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_datetime

from msp_rules.intake.mapping.csv_tables import TablesRefused

_MOST_UNCALCULATED: Final = 10_000
_BOOK: Final = "xl/workbook.xml"
_LINKS: Final = "xl/_rels/workbook.xml.rels"
_STYLES: Final = "xl/styles.xml"
_HINTS: Final = (b'"e"', b"'e'", b"<f", b":f")
_CHUNK: Final = 1 << 16
_TELLING: Final = ("s", "inlineStr", "b", "d")
"""Types of cells whose value is shown as it is."""


class Oddity(Enum):
    """Kinds of cells whose value is shown as something else."""

    ERROR = "an error of the spreadsheet"
    UNCALCULATED = "a formula without a saved result"
    MIDNIGHT = "a moment at midnight"


class SheetOddities:
    """Searches the sheets of one workbook."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with zipfile.ZipFile(path) as archive:
            self._parts = _parts_of_sheets(archive)
            self._moments = _styles_of_moments(archive)

    def rows(self, name: str) -> Iterator[tuple[int, dict[int, Oddity]]]:
        """Gives the number of each row with such cells, and the columns, both from 1."""
        part = self._parts.get(name)
        if part is None:
            return
        with zipfile.ZipFile(self._path) as archive:
            if not self._moments and not _may_have_oddities(archive, part):
                return
            with archive.open(part) as stream:
                try:
                    yield from self._odd_rows(cast("zipfile.ZipExtFile", stream))
                except etree.XMLSyntaxError:
                    raise TablesRefused("a sheet is not well-formed XML") from None

    def _odd_rows(self, stream: zipfile.ZipExtFile) -> Iterator[tuple[int, dict[int, Oddity]]]:
        number = uncalculated = 0
        for _, row in etree.iterparse(
            stream, tag="{*}row", resolve_entities=False, no_network=True, huge_tree=False
        ):
            number = int(row.get("r") or number + 1)
            odd = self._odd_cells(row)
            if odd:
                uncalculated += sum(one is Oddity.UNCALCULATED for one in odd.values())
                if uncalculated > _MOST_UNCALCULATED:
                    reason = "its formulas have no saved results: open and save it once"
                    raise TablesRefused(reason)
                yield number, odd
            row.clear()
            while (before := row.getprevious()) is not None:
                cast("etree._Element", row.getparent()).remove(before)

    def _odd_cells(self, row: etree._Element) -> dict[int, Oddity]:
        found: dict[int, Oddity] = {}
        for index, cell in enumerate(row):
            kind = cell.get("t")
            if kind in _TELLING:
                continue
            odd: Oddity | None = Oddity.ERROR
            if kind != "e":
                is_moment = kind != "str" and cell.get("s") in self._moments
                if not is_moment and len(cell) == 1 and cell[0].text:
                    continue  # a plain number: most of what is left
                odd = _odd_value(cell, kind, is_moment=is_moment)
            if odd is not None:
                found[_column_of(row, index)] = odd
        return found


def _odd_value(cell: etree._Element, kind: str | None, *, is_moment: bool) -> Oddity | None:
    value = formula = None
    for part in cell:
        name = etree.QName(part).localname
        if name == "v":
            value = part
        elif name == "f":
            formula = part
    text = "" if value is None else value.text or ""
    if formula is not None and not text and not (value is not None and kind == "str"):
        return Oddity.UNCALCULATED
    if is_moment and text and _is_whole(text):
        return Oddity.MIDNIGHT
    return None


def _is_whole(text: str) -> bool:
    try:
        return float(text).is_integer()
    except ValueError:
        return False


def _may_have_oddities(archive: zipfile.ZipFile, part: str) -> bool:
    """Tells whether a sheet has formulas or errors at all, by its bytes."""
    with archive.open(part) as stream:
        before = b""
        while chunk := stream.read(_CHUNK):
            if any(hint in before + chunk for hint in _HINTS):
                return True
            before = chunk[-4:]
    return False


def _parts_of_sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Finds the part of the archive that each sheet is."""
    links = {
        link.get("Id"): link.get("Target") or ""
        for link in _root(archive, _LINKS).iter("{*}Relationship")
    }
    found: dict[str, str] = {}
    for sheet in _root(archive, _BOOK).iter("{*}sheet"):
        link = next((str(value) for key, value in sheet.items() if str(key).endswith("}id")), "")
        target = links.get(link, "")
        part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
        if part in archive.namelist():
            found[sheet.get("name") or ""] = part
    return found


def _styles_of_moments(archive: zipfile.ZipFile) -> frozenset[str]:
    """Finds the styles that show a date with a time of day, by their numbers."""
    if _STYLES not in archive.namelist():
        return frozenset()
    root = _root(archive, _STYLES)
    formats = dict(BUILTIN_FORMATS)
    for one in root.iter("{*}numFmt"):
        number = one.get("numFmtId") or ""
        if number.isdigit():
            formats[int(number)] = one.get("formatCode") or ""
    found: set[str] = set()
    for group in root.iter("{*}cellXfs"):
        for index, one in enumerate(group.iterchildren("{*}xf")):
            number = one.get("numFmtId") or "0"
            form = formats.get(int(number) if number.isdigit() else 0)
            if form is not None and is_datetime(form) == "datetime":
                found.add(str(index))
    return frozenset(found)


def _root(archive: zipfile.ZipFile, part: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        with archive.open(part) as stream:
            return etree.parse(stream, parser).getroot()
    except (KeyError, etree.XMLSyntaxError):
        raise TablesRefused(f"a part of the workbook can't be read ({part})") from None


def _column_of(row: etree._Element, index: int) -> int:
    """Gives the column of a cell, from 1; one that does not say follows the one before."""
    beyond = 0
    for cell in reversed(list(row)[: index + 1]):
        place = cell.get("r")
        if place:
            return _column(place) + beyond
        beyond += 1
    return beyond


def _column(place: str) -> int:
    number = 0
    for letter in place:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number
