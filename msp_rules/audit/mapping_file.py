"""Reads a mapping file, and says every mistake in it at once, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary
from msp_rules.errors import Problem, RulesetInvalid, SourceLocation
from msp_rules.intake.mapping.language import (
    LEFT_OUT,
    CaseMapping,
    CodeTable,
    Condition,
    EventRule,
    FieldPath,
    JoinedRows,
    PathStep,
    ValueRule,
    parse_path,
)
from msp_rules.rules.yaml_source import Block, Items, Node, Problems, Text, read_yaml

_T = TypeVar("_T")
SCHEMA: Final = "msp-rules/mapping/1"
_TOP: Final = ("schema", "name", "codes", "case", "adult", "reference_date", "events")
_VALUE: Final = ("path", "constant", "codes", "date_format", "suffix", "withheld")
_ENVELOPE: Final = ("id", "occurred", "recorded", "agency", "role", "supersedes", "void")
_EVENT: Final = ("event", "record", "when", *_ENVELOPE, "fields")
_CODED: Final = (FieldKind.CODE, FieldKind.FLAG)


def load_mapping(path: Path, vocabulary: Vocabulary) -> CaseMapping:
    """The mapping that a file holds; raises RulesetInvalid with everything found wrong in it."""
    problems = Problems()
    mapping = read_mapping(path, vocabulary, problems)
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
    return None if main is None else _Reader(vocabulary, problems).mapping(main)


class _Reader:
    """Reads the parts of one file; mistakes go to the problems that it is given."""

    def __init__(self, vocabulary: Vocabulary, problems: Problems) -> None:
        self._vocabulary = vocabulary
        self._problems = problems
        self._tables: Mapping[str, CodeTable] = {}
        self._code_places: dict[str, dict[str, SourceLocation]] = {}

    def mapping(self, main: Block) -> CaseMapping:
        """The whole file."""
        self._keys(main, _TOP, ("schema", "name", "case", "adult", "events"))
        entries = main.entries
        if "schema" in entries and self._text(entries["schema"]) != SCHEMA:
            self._error(entries["schema"].where, f'schema must be "{SCHEMA}"')
        tables = self._every(entries.get("codes"), self._table)
        self._tables = {name: table._replace(name=name) for name, table in tables.items()}
        self._code_places = _places_of_codes(entries.get("codes"))
        case = self._block(entries.get("case"))
        record = self._parsed(case.entries.get("record")) if case is not None else None
        if record is not None and not _is_plain(record):
            where = case.entries["record"].where if case is not None else main.where
            self._error(where, "record of a case must name elements only, no [@...]")
        if case is not None:
            self._keys(case, ("record", "key", "joins", *self._vocabulary.case), ("record", "id"))
        return CaseMapping(
            name=self._said(entries.get("name")),
            case_path=tuple(step.name for step in record.steps) if record is not None else (),
            attributes=self._values(
                case, self._vocabulary.case, skipped=_not_of(case, self._vocabulary.case)
            ),
            key=self._parsed(case.entries.get("key")) if case is not None else None,
            joins=self._joins(case) if case is not None else (),
            adult=self._values(self._block(entries.get("adult")), self._vocabulary.adult),
            events=self._events(entries.get("events")),
            reference_date=(
                self._value(entries["reference_date"], None)
                if "reference_date" in entries
                else None
            ),
        )

    def _joins(self, case: Block) -> tuple[JoinedRows, ...]:
        node = case.entries.get("joins")
        if node is None:
            return ()
        if "key" not in case.entries:
            self._error(node.where, "joins need the key of the case: what do rows call it by?")
        if not isinstance(node, Items):
            self._error(node.where, "joins must be a list")
            return ()
        found = []
        for block in filter(None, map(self._block, node.items)):
            self._keys(block, ("record", "key", "name"), ("record", "key", "name"))
            record = self._parsed(block.entries.get("record")) or FieldPath(())
            if not _is_plain(record):
                self._error(block.where, "record of joined rows must name elements only, no [@...]")
            found.append(
                JoinedRows(
                    record=tuple(step.name for step in record.steps),
                    key=self._parsed(block.entries.get("key")) or FieldPath(()),
                    name=self._element_name(block.entries.get("name")),
                )
            )
        return tuple(found)

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
        record = self._parsed(block.entries.get("record"))
        if record is not None and record.attribute is not None:
            self._error(block.keys["record"], "record must lead to an element, not an attribute")
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
        return EventRule(
            type=name,
            record=record or FieldPath(()),
            conditions=self._conditions(block.entries.get("when")),
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
        if isinstance(node, Text):
            return ValueRule(path=self._path(node.value, node.where))
        block = self._block(node)
        if block is None:
            return ValueRule()
        self._keys(block, _VALUE, ())
        entries = block.entries
        if ("path" in entries) == ("constant" in entries):
            self._error(block.where, "a value needs either path or constant")
        constant = self._text(entries["constant"]) if "constant" in entries else None
        coded = field is not None and field.kind in _CODED
        if constant is not None and field is not None and coded and constant not in field.codes:
            self._problems.unknown(entries["constant"].where, "code", constant, field.codes)
        return ValueRule(
            path=self._parsed(entries.get("path")),
            constant=constant,
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

    def _every(self, node: Node | None, read: Callable[[Node], _T]) -> dict[str, _T]:
        block = self._block(node)
        return {} if block is None else {key: read(value) for key, value in block.entries.items()}

    def _parsed(self, node: Node | None) -> FieldPath | None:
        return None if node is None else self._path(self._text(node), node.where)

    def _path(self, text: str, where: SourceLocation) -> FieldPath | None:
        try:
            return parse_path(text)
        except ValueError as error:
            self._error(where, str(error))
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

    def _element_name(self, node: Node | None) -> str:
        name = self._text(node)
        path = self._path(name, node.where) if isinstance(node, Text) else None
        if path is not None and path.steps != (PathStep(name),) and node is not None:
            self._error(node.where, "the name of joined rows must be one plain name")
        return name

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


def _not_of(block: Block | None, known: Mapping[str, Field]) -> tuple[str, ...]:
    """The keys of a block that are no fields: its other keys, and what is noted as unknown."""
    return tuple(key for key in block.entries if key not in known) if block is not None else ()


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


def _is_plain(record: FieldPath) -> bool:
    """Whether a path names elements alone, and at least one."""
    if not record.steps or record.attribute is not None:
        return False
    return all(step.attribute is None for step in record.steps)
