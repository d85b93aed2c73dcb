"""Finds out how an export is built: what repeats, which record is the case, and how others join it.

Values are compared by their hashes alone: the structure of an export holds nothing of its content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from msp_rules.authoring.mapping.draft.walk import TABLES, ExportWalk, NamePath
from msp_rules.authoring.mapping.draft.words import (
    CASE_WORDS,
    PERSON_WORDS,
    DateForms,
    plain_word,
    words_of,
)
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.mapping.language import FieldPath, PathStep

_MOST_PATHS: Final = 2_000
_HASHES_OF_A_PLACE: Final = 20_000
_HASHES_OF_ALL: Final = 1_000_000
_LONGEST_KEY: Final = 64
_PLAIN_KEYS: Final = frozenset({"id", "pk", "key", "number", "no", "ref", "guid", "uuid"})
_LINK_WORDS: Final = frozenset({"fk", "key", "ref", "id", "number", "no"})
_ENOUGH_LINKS: Final = 0.95
_LEAST_LINK: Final = 1.5


@dataclass(slots=True)
class PlaceFacts:
    """An attribute, or the text of an element without children."""

    count: int = 0
    """The number of values."""
    hashes: set[int] = field(default_factory=set)
    """The hashes of the first values."""
    has_twins: bool = False
    """True if a value was met twice."""
    longest: int = 0
    """The length of the longest value."""
    dates: DateForms = field(default_factory=DateForms)
    """The date forms that the values fit."""

    @property
    def is_unique(self) -> bool:
        """Tells whether no value occurred twice (among those whose hashes are kept)."""
        return not self.has_twins and self.count > 0


@dataclass(slots=True)
class ElementFacts:
    """All elements of one path."""

    order: int
    """The rank of the first of them among the first elements of all paths, by where they end."""
    count: int = 0
    """The number of elements."""
    most_in_parent: int = 0
    """The most of them in one parent."""
    has_children: bool = False
    """True if any of them has children."""
    attributes: dict[str, PlaceFacts] = field(default_factory=dict)
    """The facts of each attribute, by name."""
    text: PlaceFacts = field(default_factory=PlaceFacts)
    """The facts of their texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Rows that belong to a case by one of its keys."""

    record: NamePath
    """The path of the rows."""
    key: FieldPath
    """The place of the rows that names the case."""
    name: str
    """The name of the rows in the draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """The structure of an export."""

    elements: dict[NamePath, ElementFacts]
    """The facts of each element, by path."""
    case: NamePath
    """The record that is the case."""
    case_id: FieldPath | None
    """The place of the case's id; None where no place differs in each case."""
    joins: tuple[Join, ...]
    """The rows that are joined to the case."""
    apart: tuple[NamePath, ...]
    """Rows that nothing links to a case."""
    reference_date: tuple[FieldPath, DateForms] | None
    """The day of the export; None where no date comes before the first case."""

    def facts(self, path: NamePath, place: FieldPath) -> PlaceFacts | None:
        """Gives what is known of a place that an element at `path` itself holds."""
        return own_places(self.elements, path).get(place)


def read_structure(walk: ExportWalk, *, in_tables: bool = False) -> Structure:
    """Reads the structure of an export; raises InputUnreadable where no record repeats.

    In tables, the day of the export may be in any place; in XML, before the first record.
    """
    elements = _facts_of(walk)
    sets = [path for path in elements if _is_record_set(path, elements)]
    if not sets:
        message = "no record repeats: a draft needs an export with at least two cases"
        raise InputUnreadable(message, SourceLocation(path=walk.name))
    case = max(sets, key=lambda path: (_links_to(path, sets, elements), *_weight(path, elements)))
    keys = _keys_of(case, elements)
    joins, apart = _joins(case, sets, elements, keys[0] if keys else None)
    first = min(elements[path].order for path in (case, *(join.record for join in joins)))
    return Structure(
        elements=elements,
        case=case,
        case_id=keys[0] if keys else None,
        joins=joins,
        apart=apart,
        reference_date=_reference_date(elements, case, len(elements) if in_tables else first),
    )


def own_places(
    elements: dict[NamePath, ElementFacts], path: NamePath
) -> dict[FieldPath, PlaceFacts]:
    """Gives the attributes of an element, and those children that hold a text and come once."""
    facts = elements[path]
    found = {FieldPath((), name): place for name, place in facts.attributes.items()}
    for child in children_of(elements, path):
        inner = elements[child]
        if not inner.has_children and inner.most_in_parent == 1 and inner.text.count:
            found[FieldPath((PathStep(child[-1]),))] = inner.text
    return found


def children_of(elements: dict[NamePath, ElementFacts], path: NamePath) -> list[NamePath]:
    """Lists the paths one step below another."""
    return [one for one in elements if len(one) == len(path) + 1 and one[:-1] == path]


def _facts_of(walk: ExportWalk) -> dict[NamePath, ElementFacts]:
    elements: dict[NamePath, ElementFacts] = {}
    in_parent: list[dict[NamePath, int]] = [{}]
    budget = _HASHES_OF_ALL
    for path, element in walk.elements():
        facts = elements.get(path)
        if facts is None:
            if len(elements) >= _MOST_PATHS:
                message = (
                    f"it has more than {_MOST_PATHS} different paths, "
                    "so it is not an export of records"
                )
                raise InputUnreadable(message, SourceLocation(path=walk.name))
            facts = elements[path] = ElementFacts(order=len(elements))
        while len(in_parent) <= len(path):
            in_parent.append({})
        had_children = bool(in_parent[len(path)])
        in_parent[len(path)] = {}
        siblings = in_parent[len(path) - 1]
        siblings[path] = siblings.get(path, 0) + 1
        facts.count += 1
        facts.most_in_parent = max(facts.most_in_parent, siblings[path])
        facts.has_children |= had_children
        for place, text in _values(element, facts, has_text=not had_children):
            budget -= _note(place, text, budget)
    return elements


def _values(
    element: etree._Element, facts: ElementFacts, *, has_text: bool
) -> Iterator[tuple[PlaceFacts, str]]:
    for name, value in element.attrib.items():
        if text := str(value).strip():
            yield facts.attributes.setdefault(_plain(name), PlaceFacts()), text
    if has_text and element.text is not None and element.text.strip():
        yield facts.text, element.text.strip()


def _plain(name: str | bytes) -> str:
    return str(name).rpartition("}")[2]


def _note(place: PlaceFacts, text: str, budget: int) -> int:
    """Counts a value; gives how many more hashes are kept for it."""
    place.count += 1
    place.longest = max(place.longest, len(text))
    place.dates.add(text)
    mark = hash(text)
    if mark in place.hashes:
        place.has_twins = True
    elif len(place.hashes) < _HASHES_OF_A_PLACE and budget > 0:
        place.hashes.add(mark)
        return 1
    return 0


def _is_record_set(path: NamePath, elements: dict[NamePath, ElementFacts]) -> bool:
    """Tells whether a path repeats, none of its parents does, and it holds more than a text."""
    facts = elements[path]
    around = [path[:depth] for depth in range(1, len(path))]
    is_outermost = bool(around) and all(elements[one].count == 1 for one in around)
    return facts.count > 1 and is_outermost and (facts.has_children or bool(facts.attributes))


def _weight(path: NamePath, elements: dict[NamePath, ElementFacts]) -> tuple[float, int, int]:
    below = sum(facts.count for one, facts in elements.items() if one[: len(path)] == path)
    return (bool(name_words(path) & CASE_WORDS), below, -elements[path].order)


def name_words(path: NamePath) -> frozenset[str]:
    """Gives the words of a record's name, or, where that says nothing (`Row`), of what holds it."""
    own = words_of(path[-1])
    return own or (words_of(path[-2]) if len(path) > 1 else own)


def _keys_of(path: NamePath, elements: dict[NamePath, ElementFacts]) -> list[FieldPath]:
    """Lists places that every record has and that differ in each, those named like an id first."""
    facts = elements[path]
    found = [
        place
        for place, one in own_places(elements, path).items()
        if one.is_unique
        and one.count == facts.count
        and one.longest <= _LONGEST_KEY
        and not one.dates.is_date
        and not words_of(last_name(place)) & PERSON_WORDS
    ]
    return sorted(found, key=lambda place: -_likeness_of_key(place, path))


def _likeness_of_key(place: FieldPath, path: NamePath) -> float:
    name = last_name(place)
    words = words_of(name, keeps_plain=True)
    own = bool(words & name_words(path)) and bool(words & _LINK_WORDS)
    return 2 * own + (name.lower() in _PLAIN_KEYS) + 0.5 * bool(words & _LINK_WORDS)


def last_name(place: FieldPath) -> str:
    """Gives the name that a place ends in."""
    return plain_word(place.attribute or (place.steps[-1].name if place.steps else ""))


def _links_to(
    case: NamePath, sets: list[NamePath], elements: dict[NamePath, ElementFacts]
) -> float:
    keys = _keys_of(case, elements)
    others = (one for one in sets if one != case)
    return sum(_best_link(one, case, keys, elements)[0] for one in others)


def _best_link(
    rows: NamePath,
    case: NamePath,
    keys: Iterable[FieldPath],
    elements: dict[NamePath, ElementFacts],
) -> tuple[float, FieldPath | None, FieldPath | None]:
    """Rates how likely rows are to name the case; gives the place and the key by which they do."""
    best: tuple[float, FieldPath | None, FieldPath | None] = (0, None, None)
    known = own_places(elements, case)
    for key in keys:
        for place, facts in own_places(elements, rows).items():
            shared = len(facts.hashes & known[key].hashes) if facts.hashes else 0
            if facts.dates.is_date or not shared or shared < _ENOUGH_LINKS * len(facts.hashes):
                continue
            score = 1 + _likeness_of_link(place, key, case)
            if score >= _LEAST_LINK and score > best[0]:
                best = (score, place, key)
    return best


def _likeness_of_link(place: FieldPath, key: FieldPath, case: NamePath) -> float:
    name = last_name(place)
    if name.lower() in _PLAIN_KEYS and name.lower() != "case":
        return 0
    words = words_of(name, keeps_plain=True)
    return (
        (name == last_name(key)) + bool(words & name_words(case)) + 0.5 * bool(words & _LINK_WORDS)
    )


def _joins(
    case: NamePath,
    sets: list[NamePath],
    elements: dict[NamePath, ElementFacts],
    key: FieldPath | None,
) -> tuple[tuple[Join, ...], tuple[NamePath, ...]]:
    joins: list[Join] = []
    apart = []
    taken: set[str] = set()
    for rows in sets:
        if rows == case:
            continue
        _, place, _ = _best_link(rows, case, () if key is None else (key,), elements)
        if place is None:
            apart.append(rows)
            continue
        has_words = words_of(rows[-1]) or rows[0] == TABLES
        name = rows[-1] if has_words else rows[-2]
        while name in taken:
            name = f"{name}_"
        taken.add(name)
        joins.append(Join(record=rows, key=place, name=name))
    return tuple(joins), tuple(apart)


def _reference_date(
    elements: dict[NamePath, ElementFacts], case: NamePath, first: int
) -> tuple[FieldPath, DateForms] | None:
    """Finds a single date before the first case: the day on which the export was made."""
    root = case[:1]
    for path, facts in elements.items():
        if facts.count != 1 or path[: len(case)] == case:
            continue
        steps = tuple(PathStep(name) for name in path[1:])
        if path == root or facts.order < first:
            for name, place in facts.attributes.items():
                if place.dates.is_date:
                    return FieldPath(steps, name), place.dates
        if facts.order < first and facts.text.dates.is_date and path != root:
            return FieldPath(steps), facts.text.dates
    return None
