"""Finds which elements of an export a mapping reads, so that no others are kept.

Every path of a mapping is followed from the root of the export: up to what stands around a case,
down to what stands inside it, and over to the rows that are joined to it. The elements at which
they arrive form a tree, and each says what is read there. An attachment that nothing reads is not
even looked at, however large it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from msp_rules.intake.mapping.language import (
    ITEM,
    UP,
    CaseMapping,
    Condition,
    EventRule,
    FieldPath,
    JoinedRows,
    PathStep,
    RowsRule,
)
from msp_rules.intake.mapping.table_fit import paths_of

Names = tuple[str, ...]
"""The names of elements from the root on."""


@dataclass(slots=True, eq=False)
class KnownElement:
    """An element that a mapping reads, or one around such an element."""

    inner: dict[str, KnownElement] = field(default_factory=dict)
    """The elements inside that are read or lead to such, by their names."""
    attributes: set[str] = field(default_factory=set)
    """The attributes that are read."""
    has_text: bool = False
    """True if its own text is read."""
    is_case: bool = False
    """True if it may be a case."""
    joins: list[JoinedRows] = field(default_factory=list)
    """The joined rows of which it may be one."""
    is_inside: bool = False
    """True if it is part of a case or of joined rows."""
    is_kept: bool = False
    """True if it stands beside cases or rows, and is read with them."""
    is_of_date: bool = False
    """True if it stands beside cases or rows, and the reference date is read from it."""
    is_of_id: bool = False
    """True if the id of a case can't be read without it."""

    def at(self, names: Names) -> KnownElement:
        """Finds the element that names lead to, and adds it where it is new."""
        found = self
        for name in names:
            found = found.inner.setdefault(name, KnownElement())
        return found


class AbovePath(NamedTuple):
    """A path from a case to a text in an element around it, or beside one of those."""

    levels: int
    """The number of elements that it leads up."""
    path: FieldPath
    """The path from there down."""


class KnownElements(NamedTuple):
    """The elements of an export that a mapping reads."""

    top: KnownElement
    """The place of the root, which is an element inside."""
    above: tuple[AbovePath, ...]
    """The texts around a case that are read with it, but for attributes."""
    goes_up: bool
    """True if any path leads from a record to one around it."""


class _Place(NamedTuple):
    """A place that a path has reached."""

    names: Names
    """The elements that lead there."""
    join: JoinedRows | None = None
    """The joined rows that stand there."""


_Trail = tuple[_Place, ...]
"""A case, the records inside it that lead to a place, and that place."""


def known_elements(mapping: CaseMapping) -> KnownElements:
    """Finds the elements that a mapping reads."""
    walk = _Walk(mapping)
    walk.follow_all()
    _mark_insides(walk.top)
    return KnownElements(walk.top, tuple(walk.above), walk.goes_up)


def _mark_insides(known: KnownElement) -> None:
    waiting = [known]
    while waiting:
        one = waiting.pop()
        for inner in one.inner.values():
            inner.is_inside = one.is_inside or one.is_case or bool(one.joins)
            waiting.append(inner)


class _Walk:
    """Follows the paths of one mapping through an export."""

    def __init__(self, mapping: CaseMapping) -> None:
        self.top = KnownElement()
        self.above: dict[AbovePath, None] = {}
        self.goes_up = False
        self._mapping = mapping
        # A case without a record of its own stands nowhere, and only joined rows are inside.
        self._case: _Trail = (_Place(mapping.case_path),)

    def follow_all(self) -> None:
        """Follows every path of the mapping."""
        mapping = self._mapping
        if mapping.case_path:
            self.top.at(mapping.case_path).is_case = True
            self._tests_along(mapping.case_steps, is_of_id=True)
        for join in mapping.joins:
            self._join(join)
        for steps, path in _seen_from_records(mapping):
            for trail in self._after(self._case, steps):
                self._follow(trail, path)
        for path in _of_case(mapping):
            self._follow(self._case, path)
        if (own_id := mapping.attributes.get("id")) is not None:
            for path in paths_of(own_id):
                self._follow(self._case, path, is_of_id=True)
        if (rule := mapping.reference_date) is not None:
            root = (mapping.case_path or mapping.joins[0].record)[:1]
            for path in paths_of(rule):
                self._follow((_Place(root),), path)
                for end in range(1, len(path.steps) + 1):
                    names = (*root, *(step.name for step in path.steps[:end]))
                    self.top.at(names).is_of_date = True

    def _join(self, join: JoinedRows) -> None:
        self.top.at(join.record).joins.append(join)
        self._tests_along(join.steps)
        for path in (join.key, join.row_key):
            if path is not None:
                self._follow((_Place(join.record),), path)
        if join.named_by is not None:
            for trail in self._rows_of(join.of):
                self._follow(trail, join.named_by)

    def _rows_of(self, name: str | None) -> list[_Trail]:
        """Gives the places of the joined rows with a name; of none, the case's."""
        if name is None:
            return [self._case]
        found = [join for join in self._mapping.joins if join.name == name]
        return [
            (*before, _Place(join.record, join))
            for join in found
            for before in self._rows_of(join.of)
        ]

    def _follow(self, trail: _Trail, path: FieldPath, *, is_of_id: bool = False) -> None:
        """Follows a path to its end, and notes what is read there."""
        self._note_above(trail, path)
        for end in self._after(trail, path.steps, is_of_id=is_of_id):
            names = end[-1].names
            if not names:
                continue
            known = self.top.at(names)
            if path.attribute is None:
                known.has_text = True
            elif path.attribute != ITEM:
                known.attributes.add(path.attribute)
            known.is_of_id = known.is_of_id or is_of_id

    def _after(
        self, trail: _Trail, steps: Iterable[PathStep], *, is_of_id: bool = False
    ) -> list[_Trail]:
        """Gives where steps lead; one may lead to an element and to joined rows of its name."""
        found = [trail]
        for at, step in enumerate(steps):
            if step.name == UP:
                self.goes_up = True
                found = [self._up(one, tuple(steps)[at + 1 :]) for one in found]
                continue
            found = [inner for one in found for inner in self._down(one, step)]
            for one in found:
                self.top.at(one[-1].names).is_of_id |= is_of_id
                self._tests(one[-1].names, step, is_of_id=is_of_id)
        return found

    def _note_above(self, trail: _Trail, path: FieldPath) -> None:
        """Notes a path to an element around a case, unless it only needs that one's attribute."""
        ups = sum(step.name == UP for step in path.steps)
        levels = ups - (len(trail) - 1)
        rest = path.steps[ups:]
        if levels > 0 and trail[0] is self._case[0] and (rest or path.attribute is None):
            self.above[AbovePath(levels, FieldPath(rest, path.attribute))] = None

    def _up(self, trail: _Trail, rest: tuple[PathStep, ...]) -> _Trail:
        """Leads to the record around; around the case, to the elements where it stands."""
        if len(trail) > 1:
            return trail[:-1]
        around = trail[0].names[:-1]
        if rest and rest[0].name != UP:
            self._keep(around, rest)
        return (_Place(around),)

    def _keep(self, names: Names, steps: Iterable[PathStep]) -> None:
        """Keeps the elements on a path that stand beside cases, not around them."""
        for step in steps:
            names = (*names, step.name)
            self.top.at(names).is_kept = True

    def _down(self, trail: _Trail, step: PathStep) -> Iterator[_Trail]:
        own = trail[-1]
        of = None if own.join is None else own.join.name
        for join in self._mapping.joins if len(trail) == 1 or own.join is not None else ():
            if join.name == step.name and join.of == of:
                yield (*trail, _Place(join.record, join))
        if own.names:
            yield (*trail, _Place((*own.names, step.name)))

    def _tests_along(self, steps: Iterable[PathStep], *, is_of_id: bool = False) -> None:
        """Notes what must stand in the elements that lead to cases or rows."""
        names: Names = ()
        for step in steps:
            names = (*names, step.name)
            self._tests(names, step, is_of_id=is_of_id)
            for test in step.tests:
                self._keep(names, test.path.steps)

    def _tests(self, names: Names, step: PathStep, *, is_of_id: bool = False) -> None:
        if step.attribute is not None:
            self.top.at(names).attributes.add(step.attribute)
        for test in step.tests:
            self._follow((_Place(names),), test.path, is_of_id=is_of_id)


def _of_case(mapping: CaseMapping) -> Iterator[FieldPath]:
    """Gives the paths that are seen from the case itself."""
    for rule in (*mapping.attributes.values(), *mapping.adult.values()):
        yield from paths_of(rule)
    for event in mapping.events:
        yield from (one.path for one in event.supplied_when)
    if mapping.key is not None:
        yield mapping.key


def _seen_from_records(mapping: CaseMapping) -> Iterator[tuple[tuple[PathStep, ...], FieldPath]]:
    """Gives the paths that are seen from records in the case, with the steps to those."""
    for event in mapping.events:
        for path in _of_event(event):
            yield event.record.steps, path
    for rows in mapping.rows:
        if rows.record is not None:
            for path in _of_rows(rows):
                yield rows.record.steps, path


def _of_event(event: EventRule) -> Iterator[FieldPath]:
    yield from (one.path for one in event.conditions)
    if event.items is not None:
        yield event.items.path
    for rule in (*event.envelope.values(), *event.fields.values()):
        yield from paths_of(rule)


def _of_rows(rows: RowsRule) -> Iterator[FieldPath]:
    conditions: tuple[Condition, ...] = (*rows.leave_out, *rows.void)
    if (change := rows.replaces) is not None:
        conditions += change.conditions
        yield from (path for path in (*change.same, change.link, change.key) if path is not None)
        yield from paths_of(change.newest) if change.newest is not None else ()
    yield from (one.path for one in conditions)
