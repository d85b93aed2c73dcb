"""The values, paths and code tables of a mapping file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import available_timezones

from msp_rules.audit.mapping_nodes import NodeReader
from msp_rules.audit.mapping_paths import Paths
from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary, nearest
from msp_rules.errors import SourceLocation
from msp_rules.intake.mapping.language import (
    LEFT_OUT,
    CodeTable,
    FieldPath,
    SourceForm,
    SourceKind,
    ValueRule,
)
from msp_rules.rules.yaml_source import Block, Node, Problems, Text

VALUE: Final = ("path", "constant", "codes", "date_format", "time_zone", "suffix", "withheld")
"""The keys of a value."""
_CODED: Final = (FieldKind.CODE, FieldKind.FLAG)
_TIMES: Final = (FieldKind.DATE, FieldKind.MOMENT)


class ValueReader(NodeReader):
    """Reads values as they are seen from one record; what they rest on is set before."""

    def __init__(self, vocabulary: Vocabulary, problems: Problems) -> None:
        super().__init__(problems)
        self._vocabulary = vocabulary
        self._tables: Mapping[str, CodeTable] = {}
        self._code_places: dict[str, dict[str, SourceLocation]] = {}
        self._form = SourceForm()
        self._time_zone: str | None = None
        self._paths = Paths(SourceKind.XML)
        self._record = "."
        self._reads: Callable[[str], FieldPath] = self._seen_from_record

    def _read_tables(self, node: Node | None) -> None:
        tables = self._every(node, self._table)
        self._tables = {name: table._replace(name=name) for name, table in tables.items()}
        self._code_places = _places_of_codes(node)

    def _values(
        self, block: Block | None, known: Mapping[str, Field], *, skipped: tuple[str, ...] = ()
    ) -> dict[str, ValueRule]:
        found: dict[str, ValueRule] = {}
        for name, node in block.entries.items() if block is not None else ():
            if name in skipped:
                continue
            if name not in known and block is not None:
                self._problems.unknown(block.keys[name], "field", name, known)
                continue
            found[name] = self._value(node, known[name])
        return found

    def _value(self, node: Node, field: Field | None) -> ValueRule:
        is_time = field is not None and field.kind in _TIMES
        plain = ValueRule(
            time_zone=self._time_zone if is_time else None,
            is_day=field is not None and field.kind is FieldKind.DATE,
            takes_iso=self._form.kind is SourceKind.XLSX,
        )
        if isinstance(node, Text):
            return replace(plain, path=self._path(node.value, node.where))
        block = self._block(node)
        if block is None:
            return ValueRule()
        self._keys(block, VALUE, ())
        entries = block.entries
        if ("path" in entries) == ("constant" in entries):
            self._error(block.where, "a value needs either path or constant")
        constant = self._text(entries["constant"]) if "constant" in entries else None
        coded = field is not None and field.kind in _CODED
        if constant is not None and field is not None and coded and constant not in field.codes:
            self._problems.unknown(entries["constant"].where, "code", constant, field.codes)
        if "time_zone" in entries and not is_time:
            self._error(entries["time_zone"].where, "only a date or time can have a time zone")
        return replace(
            plain,
            path=self._parsed(entries.get("path")),
            constant=constant,
            time_zone=self._zone(entries.get("time_zone")) or plain.time_zone,
            table=self._used_table(entries.get("codes"), field),
            date_format=self._date_format(entries.get("date_format")),
            suffix=self._text(entries.get("suffix")),
            withheld=self._withheld(entries.get("withheld"), field),
        )

    def _withheld(self, node: Node | None, field: Field | None) -> str | None:
        if node is None:
            return None
        if field is None or field.kind is not FieldKind.TEXT:
            self._error(node.where, "only a field of text can be withheld")
        return self._text(node) or None

    def _used_table(self, node: Node | None, field: Field | None) -> CodeTable | None:
        if node is None:
            return None
        name = self._text(node)
        table = self._tables.get(name)
        if table is None and not self._tables:
            self._error(node.where, f'there is no code table "{name}": the file has none')
            return None
        if table is None:
            self._problems.unknown(node.where, "code table", name, self._tables)
            return None
        if field is None or field.kind not in _CODED:
            self._error(node.where, "only a field of codes can have a code table")
            return table
        unknown = () if table.unknown in (None, LEFT_OUT) else (str(table.unknown),)
        for code in sorted({*table.codes.values(), *unknown} - {*field.codes, LEFT_OUT}):
            where = self._code_places.get(name, {}).get(code, node.where)
            self._problems.unknown(where, f"code of {field.name}", code, field.codes)
        return table

    def _table(self, node: Node) -> CodeTable:
        block = self._block(node)
        if block is None:
            return CodeTable({})
        self._keys(block, ("labels", "unknown"), ("labels", "unknown"))
        unknown = self._text(block.entries.get("unknown"))
        labels = self._every(block.entries.get("labels"), self._text)
        return CodeTable(labels, None if unknown in ("fault", "") else unknown)

    def _date_format(self, node: Node | None) -> str | None:
        if node is None:
            return None
        text = self._text(node)
        first, second = datetime(2001, 2, 3, tzinfo=UTC), datetime(2012, 11, 24, tzinfo=UTC)
        try:
            read = [datetime.strptime(d.strftime(text), text).date() for d in (first, second)]  # noqa: DTZ007
        except ValueError:
            read = []
        if read != [first.date(), second.date()]:
            self._error(node.where, "date_format must name day, month and year, as %d/%m/%Y does")
        return text

    def _zone(self, node: Node | None) -> str | None:
        if node is None:
            return None
        zone, known = self._text(node), available_timezones()
        if isinstance(node, Text) and zone not in known:
            guess = nearest(zone, known)
            hint = f'; did you mean "{guess}"?' if guess else "; write it as Europe/London"
            self._error(node.where, f'unknown time zone "{zone}"{hint}')
        return zone if zone in known else None

    def _rows(self, node: Node | None) -> tuple[str, ...]:
        return self._read(self._paths.rows, node) or ()

    def _parsed(self, node: Node | None) -> FieldPath | None:
        return self._read(self._reads, node)

    def _path(self, text: str, where: SourceLocation) -> FieldPath | None:
        return self._read(self._reads, Text(text, False, where))

    def _seen_from_record(self, text: str) -> FieldPath:
        return self._paths.value(text, self._record)


def _places_of_codes(tables: Node | None) -> dict[str, dict[str, SourceLocation]]:
    """Where each code stands in each table; a code that stands there twice, at its last place."""
    found: dict[str, dict[str, SourceLocation]] = {}
    for name, table in tables.entries.items() if isinstance(tables, Block) else ():
        parts = table.entries if isinstance(table, Block) else {}
        labels = parts.get("labels")
        nodes = list(labels.entries.values()) if isinstance(labels, Block) else []
        nodes += [parts["unknown"]] if "unknown" in parts else []
        found[name] = {node.value: node.where for node in nodes if isinstance(node, Text)}
    return found
