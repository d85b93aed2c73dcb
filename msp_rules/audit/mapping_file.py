"""Reads a mapping file, and says every mistake in it at once, each with its place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from msp_rules.audit.mapping_paths import Paths
from msp_rules.audit.mapping_value_reader import ValueReader
from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary
from msp_rules.errors import Problem, RulesetInvalid
from msp_rules.intake.mapping.language import (
    CaseMapping,
    Condition,
    EventRule,
    FieldPath,
    JoinedRows,
    SourceForm,
    SourceKind,
    ValueRule,
)
from msp_rules.rules.yaml_source import Block, Items, Node, Problems, Text, read_yaml

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
