"""Reads cases out of objects: those of a file of JSON, or those that a live host hands over."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator
from typing import Final, NamedTuple

from msp_rules.casework.case import Case
from msp_rules.intake.mapping.join_index import RowIndex
from msp_rules.intake.mapping.json_records import RecordMaker, names_in
from msp_rules.intake.mapping.language import UNREADABLE, CaseMapping, FieldPath, PathStep
from msp_rules.intake.mapping.mapped_reader import MappedReader
from msp_rules.intake.mapping.records import Record, State, holds, texts_at
from msp_rules.intake.reading import Place, ReadOptions


class FoundObject(NamedTuple):
    """An object that a mapping reads as a case or a row, or one that can't be read."""

    path: tuple[str, ...]
    """The names that lead to it from the root."""
    record: Record | None
    """The record made of it; None if it can't be read."""
    place: Place
    """The place of its beginning."""
    trouble: str | None = None
    """The reason why it can't be read, if there is one to say."""
    text: str = ""
    """The text of an object that can't be read."""


class ObjectReader(MappedReader):
    """Gives the cases that are made of objects, each by itself or joined by their keys."""

    def __init__(self, name: str, mapping: CaseMapping, options: ReadOptions) -> None:
        super().__init__(name, mapping, options)
        self._case_place = None if mapping.by is not None else mapping.case_path
        self._names = names_in(mapping)
        self._has_parents = bool(self._names.above)
        self._maker = RecordMaker(self._names, lambda why, at: self._fault(why, *at))

    @abstractmethod
    def _found(self) -> Iterator[FoundObject]:
        """Gives each object that a mapping reads as a case or a row."""

    @property
    def _places(self) -> list[tuple[str, ...]]:
        """The places of all objects that are read."""
        own = [] if self._case_place is None else [self._case_place]
        return own + [join.record for join in self._mapping.joins]

    def _cases(self) -> Iterator[Case]:
        if self._mapping.joins:
            with RowIndex() as index:
                for found in self._found():
                    self._keep(found, index)
                yield from self._indexed_cases(index)
        else:
            for found in self._found():
                if (case := self._case_of(found)) is not None:
                    yield case

    def _case_of(self, found: FoundObject) -> Case | None:
        if found.record is None:
            self._say_bad(found, "the case is not judged")
        elif self._is_left_out(found.record, CASE):
            self._builder.choice.left_out[CASE] += 1
        elif self._owns_next():
            return self._case(found.record)
        else:
            self._skip_record(found.record)
        return None

    def _is_left_out(self, record: Record, name: str) -> bool:
        """Tells whether the mapping leaves out a case (`.`) or a row of the joined rows `name`."""
        return any(
            bool(one.leave_out) and all(holds(record, inner) for inner in one.leave_out)
            for one in self._mapping.rows
            if one.record is not None and _named(one.record.steps) == name
        )

    def _say_bad(self, found: FoundObject, effect: str) -> None:
        reason = found.trouble or "it is no object"
        self._fault(f"a record can't be read, as {reason}; {effect}", *found.place)

    def _keep(self, found: FoundObject, index: RowIndex) -> None:
        if found.record is None:
            self._say_bad(found, "it is not read")
        if found.path == self._case_place and found.record is not None:
            self._keep_case(found.record, index)
        serial = index.next_serial()
        for join in self._mapping.joins:
            if join.record != found.path:
                continue
            if found.record is not None and self._is_left_out(found.record, join.name):
                self._builder.choice.left_out[join.name] += 1
                continue
            key = self._key_of(found, join.key, "case" if join.of is None else "row")
            if key is None:
                continue
            if found.record is None:
                record = Record("record", found.place, {}, state=State.DAMAGED)
                index.add_joined(join, key, record, own=None, serial=serial)
                continue
            own = [] if join.row_key is None else texts_at(found.record, join.row_key)
            own_key = own[0] if len(own) == 1 else None
            index.add_joined(join, key, found.record, own=own_key, serial=serial)

    def _keep_case(self, record: Record, index: RowIndex) -> None:
        if self._is_left_out(record, CASE):
            self._builder.choice.left_out[CASE] += 1
            return
        keys = [] if self._mapping.key is None else texts_at(record, self._mapping.key)
        if len(keys) == 1 and keys[0] != UNREADABLE:
            index.add_case(keys[0], record)
        else:
            reason = "a case record names no key, or several; it is not judged"
            self._fault(reason, *record.place)

    def _key_of(self, found: FoundObject, path: FieldPath, what: str) -> str | None:
        """Reads which case a row belongs to; None, with a fault, where it does not say."""
        if found.record is None:
            return _key_in(found.text, path)
        keys = texts_at(found.record, path)
        if len(keys) == 1 and keys[0] != UNREADABLE:
            return keys[0]
        self._fault(f"a row names no {what}, or several; it is not judged", *found.place)
        return None


CASE: Final = "."
"""The name of the case's own record."""


def _named(steps: tuple[PathStep, ...]) -> str:
    """Gives the name of joined rows, or of the case, that a path leads to; else nothing."""
    if not steps:
        return CASE
    return steps[-1].name if steps[-1].attribute is None else ""


def _key_in(text: str, path: FieldPath) -> str | None:
    """Finds a key in the text of a damaged record: the first member of that name."""
    if path.attribute is None:
        return None
    name = json.dumps(path.attribute, ensure_ascii=False)
    _, is_there, after = text.partition(name)
    after = after.lstrip()
    if not is_there or not after.startswith(":"):
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(after[1:].lstrip())
    except ValueError:
        return None
    is_key = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value).strip() or None if is_key else None
