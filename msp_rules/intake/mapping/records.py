"""Holds the content of a vendor's source as plain records, whatever the source is made of.

An element of XML and a row of a table are read in the same way: both have values by name
(attributes, or cells by the names of their columns), perhaps a text, and other records inside
(child elements, or rows that were joined to it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

import orjson

from msp_rules.intake.mapping.cell_parts import parts_in, stands_in
from msp_rules.intake.mapping.language import (
    UP,
    Condition,
    ConditionKind,
    FieldPath,
    PathStep,
    PathTest,
)
from msp_rules.intake.reading import Place


class State(Enum):
    """Says how far a record can be trusted."""

    SOUND = "sound"
    DAMAGED = "damaged"
    """A row of which nothing but its key can be read."""
    AMBIGUOUS = "ambiguous"
    """A row that shares its key with another, so that it is unclear to which of them other rows
    belong."""


class Record:
    """Holds one record; it is complete once its children are in, and not changed after that.

    `place` is its place in the source, and its children are in the order of the source. `parent` is
    the record around it, where a mapping asks for that. `lists` holds the values of which there are
    several under one name, as only JSON has them.
    """

    # Written out: many of them are made for each case, and a frozen dataclass costs twice as much.
    __slots__ = (
        *("children", "lists", "name", "parent", "place", "state", "text", "values"),
        "_groups",
    )

    def __init__(
        self,
        name: str,
        place: Place,
        values: dict[str, str],
        text: str | None = None,
        state: State = State.SOUND,
    ) -> None:
        self.name = name
        self.place = place
        self.values = values
        self.text = text
        self.state = state
        self.children: list[Record] = []
        self.lists: dict[str, list[str]] | None = None
        self.parent: Record | None = None
        self._groups: dict[tuple[str, _Key], _Group] | None = None

    def add(self, child: Record) -> None:
        """Adds a child that is found after the record was asked for others."""
        self.children.append(child)
        self._groups = None

    def group(self, name: str, key: _Key) -> _Group:
        """Groups the children of a name by the value that they have under `key`.

        Groups are kept: one case has a few forms with many questions.
        """
        if self._groups is None:
            self._groups = {}
        found = self._groups.get((name, key))
        if found is None:
            found = self._groups[name, key] = _grouped(self.children, name, key)
        return found


_Key = str | FieldPath | None
"""The attribute or place by whose text children are grouped; None for none."""


class _Group(NamedTuple):
    """Holds children of one name by a value (all of them under None, where none is asked for).

    `damaged` may have any value.
    """

    by_value: dict[str | None, list[Record]]
    damaged: list[Record]


def _grouped(children: Iterable[Record], name: str, key: _Key) -> _Group:
    by_value: dict[str | None, list[Record]] = {}
    damaged: list[Record] = []
    for child in children:
        if child.name != name:
            continue
        if key is None:
            by_value.setdefault(None, []).append(child)
        elif child.state is State.DAMAGED:
            damaged.append(child)
        elif isinstance(key, str):
            if (value := child.values.get(key)) is not None:
                by_value.setdefault(value.strip(), []).append(child)
        else:
            for text in dict.fromkeys(texts_at(child, key)):
                by_value.setdefault(text, []).append(child)
    return _Group(by_value, damaged)


def records_at(record: Record, steps: Iterable[PathStep]) -> list[Record]:
    """Finds every record that the steps lead to, in the order of the source."""
    found = [record]
    for name, attribute, value, tests in steps:
        if name == UP:
            around = [one.parent for one in found if one.parent is not None]
            found = [one for at, one in enumerate(around) if not is_among(one, around[:at])]
            continue
        key: _Key = attribute
        if tests and attribute is None:
            key, value, tests = tests[0].path, tests[0].value, tests[1:]
        inner: list[Record] = []
        for one in found:
            if one.state is State.DAMAGED:  # it may hold any record
                inner.append(one)
                continue
            by_value, damaged = one.group(name, key)
            inner += by_value.get(value, ())
            inner += damaged
        if tests:
            inner = [one for one in inner if passes(one, tests)]
        if not inner:
            return inner
        found = inner
    return found


def is_among(record: Record, records: Iterable[Record]) -> bool:
    """Tells whether a record is one of others, and not only like one of them."""
    return any(one is record for one in records)


def passes(record: Record, tests: Iterable[PathTest]) -> bool:
    """Tells whether each text stands where it must in a record; a damaged one may hold any."""
    return record.state is State.DAMAGED or all(
        test.value in texts_at(record, test.path) for test in tests
    )


def is_step(record: Record, step: PathStep) -> bool:
    """Tells whether a record is one to which a step leads, wherever it stands."""
    if record.name != step.name:
        return False
    if step.attribute is not None:
        return record.values.get(step.attribute, "").strip() == step.value and passes(
            record, step.tests
        )
    return passes(record, step.tests)


def texts_at(record: Record, path: FieldPath) -> list[str]:
    """Finds the texts at a path that are not empty, without white space around them."""
    if not path.steps and path.attribute is not None:
        # Most of what is asked: an attribute or cell of the record itself.
        text = record.values.get(path.attribute, "").strip()
        if record.lists is not None and not text:
            return texts_of([record], path.attribute)
        return [text] if text else []
    return texts_of(records_at(record, path.steps), path.attribute)


def texts_of(records: Iterable[Record], key: str | None) -> list[str]:
    """Finds the values of records under a key (None: their texts), as `texts_at`."""
    found = []
    for one in records:
        text = one.text if key is None else one.values.get(key)
        if text is not None and (text := text.strip()):
            found.append(text)
        elif one.lists is not None and key is not None:
            found += [inner.strip() for inner in one.lists.get(key, ())]
    return found


def holds(record: Record, condition: Condition) -> bool:
    """Tells whether the text at a condition's path fulfils it.

    A list that can't be split holds nothing: it is neither present nor one of the values.
    """
    texts = texts_at(record, condition.path)
    parts = condition.parts
    if parts is not None:
        texts = parts_in(texts, parts, condition.values) or []
    match condition.wanted:
        case ConditionKind.ONE_OF:
            return any(text in condition.values for text in texts)
        case ConditionKind.PRESENT:
            return bool(texts)
        case ConditionKind.ABSENT:
            return not texts
        case ConditionKind.CONTAINS:
            return any(_contains(text, condition) for text in texts)


def _contains(text: str, condition: Condition) -> bool:
    if condition.parts is not None:
        return text in condition.values
    return any(stands_in(text, label) for label in condition.values)


def case_of_key(key: str, by: FieldPath, place: Place) -> Record:
    """Makes a record for a case that has none: only its key, where `by` expects it."""
    case = Record("case", place, {})
    inside = case
    for step in by.steps:
        child = Record(step.name, place, {})
        inside.children.append(child)
        inside = child
    if by.attribute is None:
        inside.text = key
    else:
        inside.values[by.attribute] = key
    return case


def with_all_inside(record: Record) -> Iterator[Record]:
    """Walks through a record and every one inside, in the order of the source."""
    waiting = [record]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.children))


def linked(record: Record) -> None:
    """Tells every record inside which one is around it."""
    for one in with_all_inside(record):
        for child in one.children:
            child.parent = one


def unlinked(record: Record) -> None:
    """Lets a record and all inside be freed at once, which circles of records are not."""
    for one in with_all_inside(record):
        one.parent = None


def packed(record: Record) -> bytes:
    """Writes the content of a record as bytes, with its lines and without its file and state.

    It is a list of all records inside, each with its depth: no parser reads JSON that is nested as
    deep as XML may be. The records around it come first, at depths below 0.
    """
    rows: list[tuple[int, int, str, str | None, dict[str, str], dict[str, list[str]] | None]] = []
    above = record.parent
    waiting: list[tuple[int, Record]] = [(0, record)]
    depth = 0
    while above is not None:
        depth -= 1
        inside = [(depth + 1, child) for child in reversed(above.children)]
        waiting += [*inside, (depth, _alone(above))]
        above = above.parent
    while waiting:
        depth, one = waiting.pop()
        rows.append((depth, one.place.line, one.name, one.text, one.values, one.lists))
        waiting.extend([(depth + 1, child) for child in reversed(one.children)])
    return orjson.dumps(rows)


def _alone(record: Record) -> Record:
    return Record(record.name, record.place, record.values, record.text)


def unpacked(body: bytes, source: str) -> Record:
    """Reads a record that was packed; `source` is the name of its file or table."""
    chain: list[Record] = []
    rows = orjson.loads(body)
    top = rows[0][0]
    own: Record | None = None
    for depth, line, name, text, values, lists in rows:
        record = Record(name, Place(source, line), values, text)
        record.lists = lists
        del chain[depth - top :]
        if chain:
            chain[-1].children.append(record)
            if top < 0:
                record.parent = chain[-1]
        chain.append(record)
        if depth == 0:  # what stands around it comes before it
            own = record
    assert own is not None
    return own
