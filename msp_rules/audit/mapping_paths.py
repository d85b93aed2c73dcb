"""The paths of one mapping file, as its kind of source writes them."""

from __future__ import annotations

from msp_rules.intake.mapping.language import FieldPath, SourceKind, parse_path
from msp_rules.intake.mapping.table_paths import (
    column_path,
    first_row_path,
    table_path,
    xml_name,
)


class Paths:
    """Reads paths of elements, or of tables and columns; each raises ValueError for what is none.

    `chains` are the joined rows known so far; the reader of the file adds to them.
    """

    def __init__(self, kind: SourceKind) -> None:
        self.is_of_tables = kind is not SourceKind.XML
        self.chains: dict[str, tuple[str, ...]] = {}

    def value(self, text: str, record: str) -> FieldPath:
        """Where a value stands, seen from a record as the file names it (`.`: the case's)."""
        if not self.is_of_tables:
            return parse_path(text)
        if not text.strip():
            raise ValueError("the name of a column is expected here")
        return column_path(text, self.chains.get(record, ()), self.chains)

    def events(self, text: str) -> FieldPath:
        """Where the records of an event stand."""
        return table_path(text, self.chains) if self.is_of_tables else parse_path(text)

    def of_source(self, text: str) -> FieldPath:
        """Where a value of the source as a whole stands."""
        return first_row_path(text) if self.is_of_tables else parse_path(text)

    def rows(self, text: str) -> tuple[str, ...]:
        """The record of cases or joined rows: names of elements from the root, or one table."""
        if self.is_of_tables:
            if not text.strip():
                raise ValueError("the name of a table is expected here")
            return (text,)
        record = parse_path(text)
        if record.attribute is not None or any(step.attribute for step in record.steps):
            raise ValueError("record must name elements only, no [@...]")
        if not record.steps:
            raise ValueError("record must name elements, from the root on")
        return tuple(step.name for step in record.steps)

    def row_name(self, text: str) -> str:
        """The name under which joined rows are read, as that of an element."""
        if self.is_of_tables:
            return xml_name(text)
        path = parse_path(text)
        if len(path.steps) != 1 or path.steps[0].name != text:
            raise ValueError("the name of joined rows must be one plain name")
        return text
