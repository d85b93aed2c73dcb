"""Reads the code list of a system from a file: what it writes, and what that means to people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from lxml import etree

from msp_rules.errors import nearest
from msp_rules.intake.mapping.csv_tables import CsvTable
from msp_rules.intake.mapping.json_cutter import RecordCutter
from msp_rules.intake.mapping.json_records import NotJson, RecordMaker, names_at, object_in
from msp_rules.intake.mapping.json_text import JsonBroken
from msp_rules.intake.mapping.language import Condition, FieldPath, SourceForm, SourceKind
from msp_rules.intake.mapping.records import Record, holds, texts_at
from msp_rules.intake.mapping.table_layout import LaidOutTable, as_values
from msp_rules.intake.reading import Place

LARGEST: Final = 16 * 1024 * 1024
"""The most bytes of a file that holds a code list."""
KINDS: Final = {
    ".csv": SourceKind.CSV,
    ".json": SourceKind.JSON,
    ".jsonl": SourceKind.JSON,
    ".xml": SourceKind.XML,
}
"""The kinds of files that hold code lists, by the endings of their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """The place of a code list, and the parts of its rows."""

    form: SourceForm
    """The form of the file."""
    record: tuple[str, ...]
    """The names that lead to the rows; empty for tables and for the root."""
    key: FieldPath
    """The place of what the system writes."""
    label: FieldPath
    """The place of what that means."""
    conditions: tuple[Condition, ...] = ()
    """The conditions of the rows that belong to the list."""

    @property
    def paths(self) -> list[FieldPath]:
        """Every path into a row."""
        return [self.key, self.label, *(one.path for one in self.conditions)]


def labels_in(path: Path, lookup: Lookup) -> dict[str, str]:
    """Reads what each key means; raises ValueError, fit for a message, where it can't be read."""
    found: dict[str, str] = {}
    for row in _rows(path, lookup):
        if not all(holds(row, one) for one in lookup.conditions):
            continue
        keys, labels = texts_at(row, lookup.key), texts_at(row, lookup.label)
        if not keys or not labels:
            continue
        for key in keys:
            if found.setdefault(key, labels[0]) != labels[0]:
                message = f'row {row.place.line} gives "{key}" a second meaning'
                raise ValueError(f"{message}: say which rows count with when")
    if not found:
        raise ValueError("no row of it has both key and label")
    return found


def _rows(path: Path, lookup: Lookup) -> Iterator[Record]:
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST} bytes")
        if lookup.form.kind is SourceKind.CSV:
            yield from _of_table(path, lookup)
        elif lookup.form.kind is SourceKind.JSON:
            yield from _of_json(path, lookup)
        else:
            yield from _of_xml(path, lookup)
    except FileNotFoundError:
        raise ValueError("there is no such file beside the mapping") from None
    except OSError as error:
        raise ValueError(error.strerror or "it can't be read") from None


def _of_table(path: Path, lookup: Lookup) -> Iterator[Record]:
    table = LaidOutTable(CsvTable(path.name, lambda: path.open("rb"), lookup.form))
    columns = table.places().places
    for one in lookup.paths:
        if one.attribute is not None and one.attribute not in columns:
            guess = nearest(one.attribute, columns)
            hint = "" if guess is None else f'; did you mean "{guess}"?'
            raise ValueError(f'it has no column "{one.attribute}"{hint}')
    for row in table.rows():
        if row.damage is not None:
            raise ValueError(f"line {row.line}: {row.damage}")
        yield Record("row", Place(path.name, row.line), as_values(row.cells, columns))


def _of_json(path: Path, lookup: Lookup) -> Iterator[Record]:
    raw = path.read_bytes()
    detected = json.detect_encoding(raw)
    encoding = lookup.form.encoding if detected == "utf-8" else detected
    maker = RecordMaker(names_at(lookup.paths), _refuse)
    cutter = RecordCutter([lookup.record], LARGEST)
    try:
        for piece in cutter.pieces(iter([raw.decode(encoding)])):
            body = object_in(piece.text)
            if body is not None:
                yield maker.record("row", body, Place(path.name, piece.line))
    except (JsonBroken, NotJson):
        raise ValueError("it is not well-formed JSON") from None
    except UnicodeDecodeError:
        raise ValueError(f"it is not written in {encoding}: say encoding") from None


def _refuse(reason: str, place: Place) -> None:
    raise ValueError(f"line {place.line}: {reason}")


def _of_xml(path: Path, lookup: Lookup) -> Iterator[Record]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError:
        raise ValueError("it is not well-formed XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("a DOCTYPE is refused: a code list needs none")
    found = [_record(root, path.name)]
    for depth, name in enumerate(lookup.record):
        inside = found if depth == 0 else [child for one in found for child in one.children]
        found = [one for one in inside if one.name == name]
    yield from found


def _record(element: etree._Element, source: str) -> Record:
    name = str(element.tag).rpartition("}")[2]
    values = {str(key): str(value) for key, value in element.items()}
    place = Place(source, cast("int", element.sourceline or 0))
    record = Record(name, place, values, element.text)
    record.children = [_record(one, source) for one in element if isinstance(one.tag, str)]
    return record
