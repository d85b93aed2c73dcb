"""Makes records of JSON objects: their members are values, and the objects inside are records.

A batch reads objects from a text, in which a name may occur twice; a live host hands over what its
own parser made of one. Both are read here, so that they give the same record.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import orjson

from msp_rules.intake.mapping.cell_parts import written
from msp_rules.intake.mapping.language import AS_JSON, UNREADABLE, UP, CaseMapping, FieldPath
from msp_rules.intake.mapping.records import Record
from msp_rules.intake.mapping.table_names import plain_name
from msp_rules.intake.reading import Place

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]").search


class Members(list[tuple[str, object]]):
    """The members of an object, in the order of the text; a name may occur twice."""


class NotJson(ValueError):
    """Raised for a text that cannot be read as JSON."""


def object_in(text: str) -> Members | None:
    """Reads the text of an object; None for another value. Raises NotJson."""
    try:
        # Line breaks in a text are no JSON, and harmless: systems write them all the same.
        found = json.loads(text, object_pairs_hook=Members, strict=False)
    except (ValueError, RecursionError):
        raise NotJson from None
    return found if isinstance(found, Members) else None


class NamesRead(NamedTuple):
    """The names of members that are read."""

    all: frozenset[str]
    """The names of all of them."""
    lists: frozenset[str]
    """The names of lists that are read as the texts that they were."""
    above: frozenset[str] = frozenset()
    """The names of members of objects around the one at hand."""


class RecordMaker:
    """Makes records of the members with certain names: all others are passed over.

    `note` takes a reason and a place for what can't be read. `unread` counts the records in
    which a list or an object is read by nothing, by the names that lead there.
    """

    def __init__(self, names: NamesRead, note: Callable[[str, Place], None]) -> None:
        self._names, self._lists = names.all, names.lists
        self._note = note
        self.unread: dict[tuple[str, ...], int] = {}

    def record(self, name: str, body: object, place: Place) -> Record:
        """Makes a record of an object, with all objects inside that are read."""
        record = Record(name, place, {})
        unread: set[tuple[str, ...]] = set()
        self._fill(record, _members(body), (), unread)
        for one in unread:
            self.unread[one] = self.unread.get(one, 0) + 1
        return record

    def _fill(
        self,
        record: Record,
        members: Iterable[tuple[object, object]],
        inside: tuple[str, ...],
        unread: set[tuple[str, ...]],
    ) -> bool:
        """Fills a record; tells whether it has any content."""
        has_content = False
        seen: dict[str, object] = {}
        for key, value in members:
            name = plain_name(key if isinstance(key, str) else str(key))
            if name not in self._names:
                if not _is_readable(name):
                    trouble = _trouble_with(name)
                    self._note(f"the name of a member can't be read: {trouble}", record.place)
                if type(value) is str:  # nearly everything, and quickly seen
                    has_content = has_content or bool(value.strip())
                elif _has_content(value):
                    has_content = True
                    if _holds_objects(value):
                        unread.add((*inside, name))
                continue
            if name in seen:
                if seen[name] != value:
                    self._refuse(record, name)
                continue
            seen[name] = value
            if self._add(record, name, value, inside, unread):
                has_content = True
        return has_content

    def _refuse(self, record: Record, name: str) -> None:
        """Leaves unknown what two members of one name say differently."""
        self._note(f'two members are called "{name}", and they differ', record.place)
        record.children = [one for one in record.children if one.name != name]
        record.values[name] = record.values[AS_JSON + name] = UNREADABLE
        if record.lists is not None:
            record.lists.pop(name, None)

    def _add(
        self,
        record: Record,
        name: str,
        value: object,
        inside: tuple[str, ...],
        unread: set[tuple[str, ...]],
    ) -> bool:
        texts: list[str] = []
        for one in (value,) if type(value) is str else _items(value):
            if _is_object(one):
                child = Record(name, record.place, {})
                if self._fill(child, _members(one), (*inside, name), unread):
                    record.children.append(child)
                    # An object is there, but it is no text.
                    texts.append(UNREADABLE)
            elif one is not None and (text := self._text(one, name, record.place)).strip():
                texts.append(text)
        if not texts:
            return False
        if name in self._lists:
            record.values[AS_JSON + name] = _as_json(value)
        if len(texts) == 1:
            record.values[name] = texts[0]
        else:
            record.lists = {**(record.lists or {}), name: texts}
        return True

    def _text(self, value: object, name: str, place: Place) -> str:
        if isinstance(value, float) and not math.isfinite(value):
            self._note(f'the number in "{name}" is no number', place)
            return UNREADABLE
        text = value if isinstance(value, str) else written(value)
        if not text.isprintable() and _CONTROL(text):
            self._note(f'the text in "{name}" can\'t be read: {_trouble_with(text)}', place)
            return UNREADABLE
        return text


def _trouble_with(text: str) -> str:
    is_undecoded = any("\udc80" <= one <= "\udcff" for one in text)
    other = "it is in another encoding: set encoding in the mapping"
    return other if is_undecoded else "it has control characters"


@lru_cache(maxsize=4096)
def _is_readable(name: str) -> bool:
    """Tells whether a name has no characters that can't be read; records have few names."""
    return name.isprintable() or not _CONTROL(name)


def _members(body: object) -> Iterable[tuple[object, object]]:
    if isinstance(body, Members):
        return body
    return body.items() if isinstance(body, Mapping) else ()


def _is_object(value: object) -> bool:
    if value is None or isinstance(value, str | int | float):
        return False
    return isinstance(value, Members | Mapping)


def _items(value: object) -> Iterator[object]:
    """Gives the items of a list, also of lists in it; another value is its only item."""
    if isinstance(value, list | tuple) and not isinstance(value, Members):
        for one in value:
            yield from _items(one)
    else:
        yield value


def _holds_objects(value: object) -> bool:
    return any(_is_object(one) for one in _items(value))


def _has_content(value: object) -> bool:
    if _is_object(value):
        return any(_has_content(one) for _, one in _members(value))
    if isinstance(value, list | tuple):
        return any(_has_content(one) for one in value)
    return value is not None and bool(str(value).strip())


def _as_json(value: object) -> str:
    """Writes a value as a list is read from one text, which may be the value itself."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        return value
    try:
        return orjson.dumps(_plain(value)).decode()
    except (orjson.JSONEncodeError, TypeError):
        return UNREADABLE


def _plain(value: object) -> object:
    if _is_object(value):
        return {str(key): _plain(one) for key, one in _members(value)}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


class _Same:
    """Holds a mapping as a key: the very same one, whatever it says."""

    __slots__ = ("mapping",)

    def __init__(self, mapping: CaseMapping) -> None:
        self.mapping = mapping

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.mapping is self.mapping

    def __hash__(self) -> int:
        return id(self.mapping)


def names_in(mapping: CaseMapping) -> NamesRead:
    """Gives the names that a mapping reads."""
    return _names_in(_Same(mapping))


@lru_cache(maxsize=16)
def _names_in(same: _Same) -> NamesRead:
    # Kept, as a live host reads one record after the other.
    return names_at(paths_inside(same.mapping))


def names_at(paths: Iterable[FieldPath]) -> NamesRead:
    """Gives the names through which paths lead, and to which."""
    every = list(paths)
    lists = frozenset(
        one.attribute.removeprefix(AS_JSON)
        for one in every
        if one.attribute is not None and one.attribute.startswith(AS_JSON)
    )
    above = frozenset(name for one in every for name in _names_above(one))
    return NamesRead(frozenset(names_of(every)) | lists, lists, above)


def _names_above(path: FieldPath) -> Iterator[str]:
    """Gives the name that a path leads to in an object around, if it leads up."""
    down = [step for step in path.steps if step.name != UP]
    if len(down) < len(path.steps):
        first = down[0].name if down else path.attribute
        yield from () if first is None else (first.removeprefix(AS_JSON),)


def paths_inside(value: object) -> Iterator[FieldPath]:
    """Gives every path in a part of a mapping, whatever the part is."""
    if isinstance(value, FieldPath):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from paths_inside(getattr(value, one.name))
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from paths_inside(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from paths_inside(one)


def names_of(paths: Iterable[FieldPath]) -> Iterator[str]:
    """Gives the names of all members that paths lead through or to."""
    for path in paths:
        for step in path.steps:
            yield from (one for one in step if isinstance(one, str))
            yield from names_of(test.path for test in step.tests)
        if path.attribute is not None:
            yield path.attribute
