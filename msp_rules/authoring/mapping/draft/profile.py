"""Profiles the values at the places of each kind of record, as far as a draft may know them.

A value is kept only while it may still be a label: short, and one of few at its place. It leaves
this module only if it recurs in several cases (`PlaceProfile.labels`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from msp_rules.authoring.mapping.draft.elements import local_name, texts_in
from msp_rules.authoring.mapping.draft.structure import (
    ElementFacts,
    Structure,
    last_name,
    name_words,
    own_places,
)
from msp_rules.authoring.mapping.draft.walk import ExportWalk, NamePath
from msp_rules.authoring.mapping.draft.words import PERSON_WORDS, DateForms, words_of
from msp_rules.intake.mapping.language import FieldPath, PathStep

_MOST_KINDS: Final = 200
_MOST_PLACES: Final = 4_000
_MOST_LABELS: Final = 40
_LONGEST_LABEL: Final = 40
_MOST_WORDS: Final = 6
_IDS_OF_A_PLACE: Final = 20_000
_IDS_OF_ALL: Final = 500_000
_MANY_CASES: Final = 20
_CASES_KEPT: Final = 3
_TELLING: Final = ("type", "kind", "question", "template", "category", "code", "class", "item")
_MOST_TELLING: Final = 200
_NO_STEP: Final = frozenset("[]/")


@dataclass(slots=True)
class _Label:
    count: int = 0
    cases: set[int] = field(default_factory=set)


@dataclass(slots=True)
class PlaceProfile:
    """The values at one place of one kind of record."""

    records: int = 0
    """The number of records that have it filled in."""
    values: int = 0
    """The number of values."""
    has_text: bool = False
    """True if it has long or many values, which cannot be labels."""
    repeats: bool = False
    """True if one record has several values."""
    dates: DateForms = field(default_factory=DateForms)
    """The date forms that the values fit."""
    is_id: bool = True
    """True if it differs in each record of a case."""
    cases: set[int] = field(default_factory=set)
    """Marks of the first few cases that have it."""
    _labels: dict[str, _Label] = field(default_factory=dict)
    _ids: set[int] = field(default_factory=set)

    def add(self, text: str, case: int, *, keeps_id: bool) -> bool:
        """Counts one value of a record of that case; tells whether one more hash is kept for it."""
        self.values += 1
        self.dates.add(text)
        if len(self.cases) < _CASES_KEPT:
            self.cases.add(case)
        is_kept = self._add_id(text, case, keeps_id=keeps_id)
        self._add_label(text, case)
        return is_kept

    def _add_id(self, text: str, case: int, *, keeps_id: bool) -> bool:
        mark = hash((case, text))
        if mark in self._ids or len(text) > _LONGEST_LABEL:
            self.is_id = False
            self._ids.clear()
        elif self.is_id and keeps_id and len(self._ids) < _IDS_OF_A_PLACE:
            self._ids.add(mark)
            return True
        return False

    def _add_label(self, text: str, case: int) -> None:
        if self.has_text:
            return
        if not _is_short(text) or (text not in self._labels and len(self._labels) >= _MOST_LABELS):
            self.has_text = True
            self._labels.clear()
            return
        label = self._labels.setdefault(text, _Label())
        label.count += 1
        if len(label.cases) < _CASES_KEPT:
            label.cases.add(case)

    def labels(self, least_cases: int) -> list[str]:
        """Lists values that recur in that many cases, most frequent first; no texts or dates."""
        if self.has_text or self.dates.is_date:
            return []
        found = [
            (one.count, text) for text, one in self._labels.items() if len(one.cases) >= least_cases
        ]
        return [text for _, text in sorted(found, key=lambda row: (-row[0], row[1]))]

    @property
    def different(self) -> int:
        """Counts the different short values; 0 where the place holds texts."""
        return len(self._labels)


@dataclass(slots=True)
class RecordProfile:
    """The records at one path and of one kind."""

    path: NamePath
    """The names of elements that lead to them."""
    inside: FieldPath
    """The way to them from the case."""
    kind_at: FieldPath | None
    """The place whose value gives their kind; None where nothing does."""
    kind: str | None
    """The value at that place."""
    count: int = 0
    """The number of records."""
    cases: set[int] = field(default_factory=set)
    """Hashes of the first few cases that have any."""
    places: dict[FieldPath, PlaceProfile] = field(default_factory=dict)
    """The profile of each place in them."""


@dataclass(slots=True)
class Profile:
    """Everything that was seen of an export."""

    records: list[RecordProfile]
    """The profiles of records, in the order in which they were met."""
    cases: int
    """The number of cases."""
    least_cases: int
    """The number of cases in which a value must recur to be a label."""
    is_cut: bool
    """True if there was more than a draft reads; some places are not listed."""


def read_profile(walk: ExportWalk, structure: Structure) -> Profile:
    """Profiles the records of an export, in a second pass."""
    return _Profiler(structure).read(walk)


def record_paths(structure: Structure) -> list[NamePath]:
    """Lists the paths of records with a date of their own; that of the case is always listed."""
    roots = [structure.case, *(join.record for join in structure.joins)]
    found = []
    for path in structure.elements:
        root = next((one for one in roots if path[: len(one)] == one), None)
        if root is None or (path != root and name_words(path) & PERSON_WORDS):
            continue
        dates = [p for p in own_places(structure.elements, path).values() if p.dates.is_date]
        if dates or path == structure.case:
            found.append(path)
    return sorted(found, key=lambda path: structure.elements[path].order)


class _Profiler:
    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._elements = structure.elements
        self._paths = record_paths(structure)
        self._kind_places = {path: kind_place(structure, path) for path in self._paths}
        self._marks = {
            path: distinguishing_attribute(facts) for path, facts in self._elements.items()
        }
        self._found: dict[tuple[NamePath, str | None], RecordProfile] = {}
        self._places = 0
        self._ids_kept = 0
        self._is_cut = False

    def read(self, walk: ExportWalk) -> Profile:
        structure = self._structure
        keys = {join.record: join.key for join in structure.joins}
        cases = 0
        for path, element in walk.records({structure.case, *keys}):
            if path == structure.case:
                cases += 1
            case = _case_of(element, keys.get(path, structure.case_id), cases)
            self._add_records(element, path, case)
        found = sorted(
            self._found.values(), key=lambda one: (self._paths.index(one.path), -one.count)
        )
        return Profile(found, cases, 2 if cases < _MANY_CASES else 3, self._is_cut)

    def _add_records(self, element: etree._Element, path: NamePath, case: int) -> None:
        """Adds the record at an element, and those inside it."""
        if path in self._kind_places:
            self._add_record(element, path, case)
        for child in element:
            inner = (*path, local_name(child))
            if any(one[: len(inner)] == inner for one in self._paths):
                self._add_records(child, inner, case)

    def _add_record(self, element: etree._Element, path: NamePath, case: int) -> None:
        kind_at = self._kind_places[path]
        kinds = texts_in(element, kind_at) if kind_at is not None else []
        kind = kinds[0] if len(kinds) == 1 else None
        record = self._found.get((path, kind))
        if record is None:
            if len(self._found) >= _MOST_KINDS:
                self._is_cut = True
                return
            inside = self._inside(path)
            record = self._found[path, kind] = RecordProfile(path, inside, kind_at, kind)
        record.count += 1
        if len(record.cases) < _CASES_KEPT:
            record.cases.add(case)
        seen: dict[FieldPath, int] = {}
        for place, text in self._texts(element, path, ()):
            profile = record.places.get(place)
            if profile is None:
                if self._places >= _MOST_PLACES:
                    self._is_cut = True
                    continue
                self._places += 1
                profile = record.places[place] = PlaceProfile()
            seen[place] = seen.get(place, 0) + 1
            profile.records += seen[place] == 1
            profile.repeats |= seen[place] > 1
            self._ids_kept += profile.add(text, case, keeps_id=self._ids_kept < _IDS_OF_ALL)

    def _inside(self, path: NamePath) -> FieldPath:
        """Gives the way from the case to a record; joined rows count as its children."""
        for join in self._structure.joins:
            if path[: len(join.record)] == join.record:
                names = (join.name, *path[len(join.record) :])
                return FieldPath(tuple(PathStep(name) for name in names))
        return FieldPath(tuple(PathStep(name) for name in path[len(self._structure.case) :]))

    def _texts(
        self, element: etree._Element, path: NamePath, steps: tuple[PathStep, ...]
    ) -> Iterator[tuple[FieldPath, str]]:
        """Yields every text of a record with its place, except those of records inside it."""
        for name, value in element.attrib.items():
            if text := str(value).strip():
                yield FieldPath(steps, str(name).rpartition("}")[2]), text
        if steps and len(element) == 0 and element.text is not None and element.text.strip():
            yield FieldPath(steps), element.text.strip()
        for child in element:
            name = local_name(child)
            inner = (*path, name)
            if not name or inner in self._paths:
                continue
            mark = self._marks.get(inner)
            marked = child.get(mark) if mark is not None else None
            if marked is not None and (_NO_STEP & set(marked) or not marked):
                marked = None
            step = PathStep(name, mark, marked) if marked is not None else PathStep(name)
            yield from self._texts(child, inner, (*steps, step))


def distinguishing_attribute(facts: ElementFacts) -> str | None:
    """Finds the attribute that tells repeated elements apart, as a question's number does."""
    if facts.most_in_parent < 2:
        return None
    for word in _TELLING:
        for name, place in facts.attributes.items():
            few = place.has_twins and len(place.hashes) <= _MOST_TELLING
            if word in words_of(name, keeps_plain=True) and few and place.count == facts.count:
                return name
    return None


def kind_place(structure: Structure, path: NamePath) -> FieldPath | None:
    """Finds the place that tells kinds of records at a path apart, as a form's type does."""
    facts = structure.elements[path]
    if path == structure.case:
        return None
    for word in _TELLING:
        for place, one in own_places(structure.elements, path).items():
            is_named = word in words_of(last_name(place), keeps_plain=True)
            few = one.has_twins and len(one.hashes) <= _MOST_TELLING // 4
            if is_named and few and one.count == facts.count and one.longest <= _LONGEST_LABEL:
                return place
    return None


def _case_of(element: etree._Element, key: FieldPath | None, index: int) -> int:
    found = texts_in(element, key) if key is not None else []
    return hash(found[0]) if found else index


def _is_short(text: str) -> bool:
    words = text.split()
    return len(text) <= _LONGEST_LABEL and len(words) <= _MOST_WORDS and text.isprintable()
