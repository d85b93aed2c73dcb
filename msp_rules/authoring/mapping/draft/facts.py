"""Gathers the facts of an export's elements and rows: what repeats, what differs, what counts up.

Values are compared by their hashes alone: the facts hold nothing of the content.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from msp_rules.authoring.mapping.draft.dates import DateForms
from msp_rules.authoring.mapping.draft.places import Place, Step
from msp_rules.authoring.mapping.draft.walk import ExportWalk, NamePath
from msp_rules.authoring.mapping.draft.words import words_of
from msp_rules.errors import InputUnreadable, SourceLocation

_MOST_PATHS: Final = 2_000
_HASHES_OF_A_PLACE: Final = 20_000
_HASHES_OF_ALL: Final = 1_000_000


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
    counts_up: bool = True
    """True if each value is one more than the one before, or 1: the number of a row."""
    _last: int = 0

    @property
    def is_unique(self) -> bool:
        """Tells whether no value occurred twice (among those whose hashes are kept)."""
        return not self.has_twins and self.count > 0

    def add(self, text: str, *, keeps_hash: bool) -> bool:
        """Counts a value; tells whether one more hash is kept for it."""
        self.count += 1
        self.longest = max(self.longest, len(text))
        self.dates.add(text)
        if self.counts_up:
            number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
            self.counts_up = number in (self._last + 1, 1)
            self._last = number
        mark = hash(text)
        if mark in self.hashes:
            self.has_twins = True
        elif len(self.hashes) < _HASHES_OF_A_PLACE and keeps_hash:
            self.hashes.add(mark)
            return True
        return False


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


Elements = dict[NamePath, ElementFacts]


def read_facts(walk: ExportWalk) -> Elements:
    """Reads the facts of every path of an export; raises InputUnreadable where it has too many."""
    elements: Elements = {}
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
            budget -= place.add(text, keeps_hash=budget > 0)
    return elements


def _values(
    element: etree._Element, facts: ElementFacts, *, has_text: bool
) -> Iterator[tuple[PlaceFacts, str]]:
    for name, value in element.attrib.items():
        if text := str(value).strip():
            yield facts.attributes.setdefault(str(name).rpartition("}")[2], PlaceFacts()), text
    if has_text and element.text is not None and element.text.strip():
        yield facts.text, element.text.strip()


def own_places(elements: Elements, path: NamePath) -> dict[Place, PlaceFacts]:
    """Gives the attributes of an element, and those children that hold a text and come once."""
    facts = elements[path]
    found = {Place((), name): place for name, place in facts.attributes.items()}
    for child in children_of(elements, path):
        inner = elements[child]
        if not inner.has_children and inner.most_in_parent == 1 and inner.text.count:
            found[Place((Step(child[-1]),))] = inner.text
    return found


def children_of(elements: Elements, path: NamePath) -> list[NamePath]:
    """Lists the paths one step below another."""
    return [one for one in elements if len(one) == len(path) + 1 and one[:-1] == path]


def name_words(path: NamePath) -> frozenset[str]:
    """Gives the words of a record's name, or, where that says nothing (`Row`), of what holds it."""
    own = words_of(path[-1])
    return own or (words_of(path[-2]) if len(path) > 1 else own)
