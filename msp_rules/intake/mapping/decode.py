"""Reads a mapping file, and says every mistake in it at once, each with its place.

The values, paths and code tables of a mapping file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import available_timezones

from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary, core_vocabulary
from msp_rules.errors import Problem, RulesetInvalid, SourceLocation, nearest
from msp_rules.intake.mapping.language import (
    LEFT_OUT,
    CaseMapping,
    CodeTable,
    Condition,
    EventRule,
    FieldPath,
    JoinedRows,
    SourceForm,
    SourceKind,
    ValueRule,
)
from msp_rules.intake.mapping.paths import Paths
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text, read_yaml

_T = TypeVar("_T")
VALUE: Final = ("path", "constant", "codes", "date_format", "time_zone", "suffix", "withheld")
"""The keys of a value."""
_CODED: Final = (FieldKind.CODE, FieldKind.FLAG)
_TIMES: Final = (FieldKind.DATE, FieldKind.MOMENT)


class NodeReader:
    """Reads blocks and words; mistakes go to the problems that it is given."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def _one_of(self, node: Node | None, what: str, known: tuple[str, ...]) -> str:
        """A word of a closed list; where none of it is said, the first."""
        word = self._text(node)
        if node is not None and isinstance(node, Text) and word not in known:
            self._problems.unknown(node.where, what, word, known)
        return word if word in known else known[0]

    def _every(self, node: Node | None, read: Callable[[Node], _T]) -> dict[str, _T]:
        block = self._block(node)
        return {} if block is None else {key: read(value) for key, value in block.entries.items()}

    def _read(self, read: Callable[[str], _T], node: Node | None) -> _T | None:
        """What a text says to `read`; None, with a problem noted, where it says nothing."""
        if node is None:
            return None
        text = self._text(node)
        try:
            return read(text) if isinstance(node, Text) else None
        except ValueError as error:
            self._error(node.where, str(error))
            return None

    def _keys(self, block: Block, known: Iterable[str], needed: Iterable[str]) -> None:
        for key in block.entries:
            if key not in known:
                self._problems.unknown(block.keys[key], "key", key, known)
        lacking = [key for key in needed if key not in block.entries]
        if lacking:
            self._error(block.where, f"lacks {', '.join(lacking)}")

    def _block(self, node: Node | None) -> Block | None:
        if node is not None and not isinstance(node, Block):
            self._error(node.where, "must be keys and values")
            return None
        return node

    def _said(self, node: Node | None) -> str:
        text = self._text(node)
        if isinstance(node, Text) and not text.strip():
            self._error(node.where, "a text is expected here")
        return text

    def _text(self, node: Node | None) -> str:
        if node is not None and not isinstance(node, Text):
            self._error(node.where, "must be one word or text")
        return node.value if isinstance(node, Text) else ""

    def _error(self, where: SourceLocation, message: str) -> None:
        self._problems.error(where, "mapping", message)


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


SCHEMA: Final = "msp-rules/mapping/1"
_TOP: Final = (
    *("schema", "name", "source", "encoding", "delimiter", "time_zone"),
    *("codes", "case", "adult", "reference_date", "events"),
)
_CASE: Final = ("record", "key", "joins")
_JOIN: Final = ("record", "key", "name", "of", "row_key")
ENCODINGS: Final = ("utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15")
"""In which CSV files may be written."""
_ENVELOPE: Final = ("id", "occurred", "recorded", "agency", "role", "supersedes", "void")
_EVENT: Final = ("event", "record", "when", *_ENVELOPE, "fields")
_REFERENCE_DATE: Final = Field(name="reference_date", kind=FieldKind.DATE)


def load_mapping(path: str | Path, vocabulary: Vocabulary | None = None) -> CaseMapping:
    """Loads the mapping that a file holds; raises RulesetInvalid with everything wrong in it.

    `vocabulary` is that of a ruleset with overlays; None: the core one.
    """
    problems = Problems()
    mapping = read_mapping(Path(path), vocabulary or core_vocabulary(), problems)
    if mapping is None or problems.has_errors:
        raise RulesetInvalid(in_file_order(problems))
    return mapping


def in_file_order(problems: Problems) -> list[Problem]:
    """What was found, each thing once, by line and column."""
    found = dict.fromkeys(problems.found)
    return sorted(found, key=lambda one: (one.where.line or 0, one.where.column or 0))


def read_mapping(path: Path, vocabulary: Vocabulary, problems: Problems) -> CaseMapping | None:
    """The mapping that a file holds, with every mistake noted; None where nothing is readable."""
    main = read_yaml(path, path.name, problems)
    if main is None:
        return None
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(_Reader(vocabulary, problems).mapping(main), sha256=sha256)


class _Reader(ValueReader):
    """Reads the parts of one file; mistakes go to the problems that it is given."""

    def mapping(self, main: Block) -> CaseMapping:
        """The whole file."""
        self._keys(main, _TOP, ("schema", "name", "case", "adult", "events"))
        entries = main.entries
        if "schema" in entries and self._text(entries["schema"]) != SCHEMA:
            self._error(entries["schema"].where, f'schema must be "{SCHEMA}"')
        self._read_tables(entries.get("codes"))
        self._form = self._source_form(entries)
        self._time_zone = self._zone(entries.get("time_zone"))
        self._paths = Paths(self._form.kind)
        case = self._block(entries.get("case"))
        if case is not None:
            self._keys(case, (*_CASE, *self._vocabulary.case), ("record", "id"))
        parts = case.entries if case is not None else {}
        joins = self._joins(parts)
        return CaseMapping(
            name=self._said(entries.get("name")),
            source=self._form,
            case_path=self._rows(parts.get("record")),
            attributes=self._values(
                case, self._vocabulary.case, skipped=_not_of(case, self._vocabulary.case)
            ),
            key=self._parsed(parts.get("key")),
            joins=joins,
            adult=self._values(self._block(entries.get("adult")), self._vocabulary.adult),
            events=self._events(entries.get("events")),
            reference_date=self._reference_date(entries.get("reference_date")),
        )

    def _source_form(self, entries: Mapping[str, Node]) -> SourceForm:
        kinds = tuple(kind.value for kind in SourceKind)
        kind = self._one_of(entries.get("source"), "source", kinds)
        if kind != SourceKind.CSV:
            for name in ("encoding", "delimiter"):
                if name in entries:
                    self._error(entries[name].where, f"only a source of csv has {name}")
        encoding = self._one_of(entries.get("encoding"), "encoding", ENCODINGS)
        delimiter = self._text(entries["delimiter"]) if "delimiter" in entries else ","
        if len(delimiter) != 1 or delimiter in '"\r\n':
            self._error(entries["delimiter"].where, "delimiter must be one character, no quote")
            delimiter = ","
        return SourceForm(SourceKind(kind), encoding, delimiter)

    def _reference_date(self, node: Node | None) -> ValueRule | None:
        if node is None:
            return None
        self._reads = self._paths.of_source
        try:
            return self._value(node, _REFERENCE_DATE)
        finally:
            self._reads = self._seen_from_record

    def _joins(self, case: Mapping[str, Node]) -> tuple[JoinedRows, ...]:
        node = case.get("joins")
        if node is None:
            return ()
        if "key" not in case:
            self._error(node.where, "joins need the key of the case: what do rows call it by?")
        if not isinstance(node, Items):
            self._error(node.where, "joins must be a list")
            return ()
        found: dict[str, JoinedRows] = {}
        for block in filter(None, map(self._block, node.items)):
            needed = ("record", "key") if self._paths.is_of_tables else ("record", "key", "name")
            self._keys(block, _JOIN, needed)
            self._join(block, found)
        return tuple(found.values())

    def _join(self, block: Block, found: dict[str, JoinedRows]) -> None:
        entries = block.entries
        named = entries.get("name") or (entries.get("record") if self._paths.is_of_tables else None)
        name, of = self._text(named), self._text(entries.get("of"))
        if name in found:
            self._error(block.where, f'two joins have the name "{name}"')
        if of and of not in found:
            self._problems.unknown(entries["of"].where, "join before this one", of, found)
        elif of and found[of].row_key is None:
            self._error(
                entries["of"].where, f'the join "{of}" lacks row_key: what do rows call it?'
            )
        self._record = name
        self._paths.chains[name] = (*self._paths.chains.get(of, ()), name)
        found[name] = JoinedRows(
            record=self._rows(entries.get("record")),
            key=self._parsed(entries.get("key")) or FieldPath(()),
            name=self._read(self._paths.row_name, named) or "",
            row_key=self._parsed(entries.get("row_key")),
            of=found[of].name if of in found else None,
        )
        self._record = "."

    def _events(self, node: Node | None) -> tuple[EventRule, ...]:
        if node is None:
            return ()
        if not isinstance(node, Items) or not node.items:
            self._error(node.where, "events must be a list that is not empty")
            return ()
        return tuple(rule for item in node.items if (rule := self._event(item)) is not None)

    def _event(self, node: Node) -> EventRule | None:
        block = self._block(node)
        if block is None:
            return None
        self._keys(block, _EVENT, ("event", "record", "id", "occurred"))
        named = block.entries.get("event")
        name = self._text(named)
        kind = self._vocabulary.events.get(name)
        if isinstance(named, Text) and kind is None:
            known = self._vocabulary.events
            self._problems.unknown(named.where, "event type", name, known)
        record = self._read(self._paths.events, block.entries.get("record"))
        if record is not None and record.attribute is not None:
            self._error(block.keys["record"], "record must lead to an element, not an attribute")
        self._record = self._text(block.entries.get("record"))
        envelope: dict[str, ValueRule] = {
            part: self._value(block.entries[part], self._vocabulary.envelope.get(part))
            for part in _ENVELOPE
            if part in block.entries
        }
        fields: Mapping[str, ValueRule] = {}
        if kind is not None:
            fields = self._values(self._block(block.entries.get("fields")), kind.fields)
            lacking = [
                f.name for f in kind.fields.values() if f.is_required and f.name not in fields
            ]
            if lacking:
                message = f"{name} lacks {', '.join(lacking)}: every such event would be a fault"
                self._problems.warn(block.where, "required", message)
        conditions = self._conditions(block.entries.get("when"))
        self._record = "."
        return EventRule(
            type=name,
            record=record or FieldPath(()),
            conditions=conditions,
            envelope=envelope,
            fields=fields,
        )

    def _conditions(self, node: Node | None) -> tuple[Condition, ...]:
        block = self._block(node)
        found = []
        for text, value in block.entries.items() if block is not None else ():
            path = self._path(text, block.keys[text] if block is not None else value.where)
            items = value.items if isinstance(value, Items) else (value,)
            if not items:
                self._error(value.where, "the list of texts is empty: it could never hold")
            values = frozenset(self._text(item) for item in items)
            found.append(Condition(path=path or FieldPath(()), values=values))
        return tuple(found)


def _not_of(block: Block | None, known: Mapping[str, Field]) -> tuple[str, ...]:
    """The keys of a block that are no fields: its other keys, and what is noted as unknown."""
    return tuple(key for key in block.entries if key not in known) if block is not None else ()
