"""Profiles the records of an export: kinds of records, and the values at their places.

Answers to questions count as places of the record that they belong to, as columns of a wide table
do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from msp_rules.authoring.mapping.draft.answers import AnswerRows, answer_rows, kind_place
from msp_rules.authoring.mapping.draft.elements import key_text, local_name, text_of
from msp_rules.authoring.mapping.draft.facts import name_words, own_places
from msp_rules.authoring.mapping.draft.glossary import load_glossary
from msp_rules.authoring.mapping.draft.place_profile import CASES_KEPT, PlaceProfile, is_short
from msp_rules.authoring.mapping.draft.places import (
    Place,
    Step,
    can_be_asked_for,
)
from msp_rules.authoring.mapping.draft.structure import Join, Structure
from msp_rules.authoring.mapping.draft.walk import JSON, ExportWalk, NamePath
from msp_rules.authoring.mapping.draft.words import (
    HISTORY_WORDS,
    PART_WORDS,
    PERSON_WORDS,
    word_list,
    words_of,
)
from msp_rules.casework.vocabulary import Vocabulary

_MOST_KINDS: Final = 200
_MOST_PLACES: Final = 4_000
_IDS_OF_ALL: Final = 500_000
_MANY_CASES: Final = 20
_SURE_NAME: Final = 0.9
_MOST_SEEN: Final = 20_000
_LONGEST_QUESTION: Final = 300
_NO_RECORD: Final = ("(case)",)
"""Stands for the path of a case that has no record of its own."""


@dataclass(slots=True)
class Question:
    """The words of a question. They help to guess what it asks; long ones are never written."""

    text: str
    """The words, as they were first met."""
    cases: set[int] = field(default_factory=set)
    """The first few cases in which they stood."""

    def may_be_written(self, least_cases: int) -> bool:
        """Tells whether the words are those of a label, and recur in that many cases."""
        return is_short(self.text) and len(self.cases) >= least_cases


@dataclass(slots=True)
class RecordProfile:
    """The records at one path and of one kind."""

    path: NamePath
    """The names of elements that lead to them."""
    inside: Place
    """The way to them from the case."""
    kind_at: Place | None
    """The place whose value gives their kind; None where nothing does."""
    kind: str | None
    """The value at that place."""
    count: int = 0
    """The number of records."""
    cases: set[int] = field(default_factory=set)
    """Hashes of the first few cases that have any."""
    places: dict[Place, PlaceProfile] = field(default_factory=dict)
    """The profile of each place in them."""
    questions: dict[str, Question] = field(default_factory=dict)
    """The words of each question that has a number or code."""
    is_one_a_case: bool = True
    """True if no case was found to have two of them."""
    _seen: set[int] = field(default_factory=set)

    def add(self, case: int) -> None:
        """Counts a record of a case."""
        self.count += 1
        if len(self.cases) < CASES_KEPT:
            self.cases.add(case)
        if case in self._seen:
            self.is_one_a_case = False
        elif len(self._seen) < _MOST_SEEN:
            self._seen.add(case)


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


def read_profile(walk: ExportWalk, structure: Structure, vocabulary: Vocabulary) -> Profile:
    """Profiles the records of an export, in a second pass."""
    return _Profiler(structure, vocabulary).read(walk)


def record_paths(
    structure: Structure,
    answers: dict[NamePath, AnswerRows],
    is_of_one_kind: Callable[[NamePath], bool],
) -> list[NamePath]:
    """Lists the paths of records with dates or answers of their own; the case is always one."""
    roots = [join.record for join in structure.joins]
    roots += [] if structure.is_by else [structure.case]
    asked_of = {path[:depth] for path in answers for depth in range(1, len(path))}
    joins = {join.name: join.record for join in structure.joins}
    asked_of |= {joins[one.of] for one in structure.joins if one.of and one.record in answers}
    found = []
    for path in structure.elements:
        root = next((one for one in roots if path[: len(one)] == one), None)
        if path[0] == JSON and path not in roots and structure.elements[path].most_in_parent < 2:
            continue  # a group of members, and no record
        if any(map(_is_of_history, path[1:])):
            continue
        is_in_answers = any(path[:depth] in answers for depth in range(1, len(path) + 1))
        if root is None or is_in_answers:
            continue
        if path not in roots and name_words(path) & PERSON_WORDS:
            continue
        kind = kind_place(structure, path, answers, is_of_one_kind)
        is_kind = path in asked_of and kind is not None
        dates = [p for p in own_places(structure.elements, path).values() if p.dates.is_date]
        if dates or is_kind or path in roots:
            found.append(path)
    return sorted(found, key=lambda path: structure.elements[path].order)


def _is_of_history(name: str) -> bool:
    return bool(words_of(name, keeps_plain=True) & HISTORY_WORDS)


class _Profiler:
    def __init__(self, structure: Structure, vocabulary: Vocabulary) -> None:
        self._structure = structure
        self._glossary = load_glossary(vocabulary)
        self._vocabulary = vocabulary
        self._answers = answer_rows(structure)
        self._paths = record_paths(structure, self._answers, self._is_of_one_kind)
        self._kind_places = {
            path: kind_place(structure, path, self._answers, self._is_of_one_kind)
            for path in self._paths
        }
        self._joins = {join.record: join for join in structure.joins}
        self._found: dict[tuple[NamePath, str | None], RecordProfile] = {}
        self._rows: dict[tuple[str, int], tuple[RecordProfile | None, int]] = {}
        self._cases: set[int] = set()
        self._places = 0
        self._ids_kept = 0
        self._is_cut = False

    def _is_of_one_kind(self, path: NamePath) -> bool:
        name = " ".join(path[-1:] if words_of(path[-1]) else path[-2:])
        if set(word_list(name)) & PART_WORDS:
            return False
        return self._glossary.event_of(name, self._vocabulary)[1] >= _SURE_NAME

    def read(self, walk: ExportWalk) -> Profile:
        """Reads the case and what is joined to it, and then what is joined to that."""
        structure = self._structure
        inner = {join.record for join in structure.joins if join.of is not None}
        outer = {join.record for join in structure.joins} - inner
        outer |= set() if structure.is_by else {structure.case}
        cases = 0
        for paths in (outer, inner):
            for path, element in walk.records(paths) if paths else ():
                cases += path == structure.case and not structure.is_by
                self._add_root(element, path, cases)
        count = len(self._cases) if structure.is_by else cases
        order = {path: index for index, path in enumerate(self._paths)}
        found = sorted(self._found.values(), key=lambda one: (order[one.path], -one.count))
        for record in found:
            columns = {name: at for at, name in enumerate(walk.columns(record.path))}
            if columns:  # as they stand in the table, and not as they were first filled in
                in_order = sorted(
                    record.places, key=lambda one: columns.get(one.attribute or "", 0)
                )
                record.places = {place: record.places[place] for place in in_order}
        return Profile(found, count, 2 if count < _MANY_CASES else 3, self._is_cut)

    def _add_root(self, element: etree._Element, path: NamePath, index: int) -> None:
        join = self._joins.get(path)
        if join is None:
            key = self._structure.case_id
            found = key_text(element, key) if key is not None else None
            self._add_records(element, path, hash(found) if found is not None else index)
            return
        mark = hash(key_text(element, join.key) or "")
        if join.of is None:
            self._cases.add(mark)
            record = self._add_records(element, path, mark)
            if join.row_key is not None:
                row = hash(key_text(element, join.row_key) or "")
                self._rows[join.name, row] = (record, mark)
            return
        record, case = self._rows.get((join.of, mark), (None, mark))
        if path not in self._answers:
            self._add_records(element, path, case)
        elif record is not None:
            steps = (Step(join.name),)
            self._add_texts(record, self._answer_texts(element, path, steps, record, case), case)

    def _add_records(
        self, element: etree._Element, path: NamePath, case: int
    ) -> RecordProfile | None:
        """Adds the record at an element, and those inside it; gives that at the element."""
        record = self._add_record(element, path, case) if path in self._kind_places else None
        if path in self._answers and path in self._joins:
            record = self._add_answers_of_case(element, path, case)
        for child in element:
            inner = (*path, local_name(child))
            if any(one[: len(inner)] == inner for one in self._paths):
                self._add_records(child, inner, case)
        return record

    def _add_answers_of_case(
        self, element: etree._Element, path: NamePath, case: int
    ) -> RecordProfile:
        """Adds an answer that is joined to the case itself."""
        own = _NO_RECORD if self._structure.is_by else self._structure.case
        record = self._found.get((own, None))
        if record is None:
            record = self._found[own, None] = RecordProfile(own, Place(()), None, None)
            if own not in self._paths:
                self._paths.append(own)
        steps = (Step(self._joins[path].name),)
        self._add_texts(record, self._answer_texts(element, path, steps, record, case), case)
        return record

    def _add_record(
        self, element: etree._Element, path: NamePath, case: int
    ) -> RecordProfile | None:
        kind_at = self._kind_places[path]
        kind = key_text(element, kind_at) if kind_at is not None else None
        record = self._found.get((path, kind))
        if record is None:
            if len(self._found) >= _MOST_KINDS:
                self._is_cut = True
                return None
            inside = self._inside(path)
            record = self._found[path, kind] = RecordProfile(path, inside, kind_at, kind)
        record.add(case)
        self._add_texts(record, self._texts(element, path, (), record, case), case)
        return record

    def _add_texts(
        self, record: RecordProfile, texts: Iterator[tuple[Place, str]], case: int
    ) -> None:
        seen: dict[Place, int] = {}
        for place, text in texts:
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

    def _inside(self, path: NamePath) -> Place:
        """Gives the way from the case to a record; joined rows count as its children."""
        for join in self._structure.joins:
            if path[: len(join.record)] == join.record:
                names = (*self._names_to(join), *path[len(join.record) :])
                return Place(tuple(Step(name) for name in names))
        return Place(tuple(Step(name) for name in path[len(self._structure.case) :]))

    def _names_to(self, join: Join) -> tuple[str, ...]:
        around = next((one for one in self._structure.joins if one.name == join.of), None)
        return (*(self._names_to(around) if around is not None else ()), join.name)

    def _texts(
        self,
        element: etree._Element,
        path: NamePath,
        steps: tuple[Step, ...],
        record: RecordProfile,
        case: int,
    ) -> Iterator[tuple[Place, str]]:
        """Yields every text of a record with its place, except those of records inside it."""
        for name, value in element.attrib.items():
            if text := str(value).strip():
                yield Place(steps, str(name).rpartition("}")[2]), text
        if steps and len(element) == 0 and element.text is not None and element.text.strip():
            yield Place(steps), element.text.strip()
        for child in element:
            name = local_name(child)
            inner = (*path, name)
            if not name or inner in self._paths or _is_of_history(name):
                continue
            around = (*steps, Step(name))
            if inner in self._answers:
                yield from self._answer_texts(child, inner, around, record, case)
            else:
                yield from self._texts(child, inner, around, record, case)

    def _answer_texts(
        self,
        element: etree._Element,
        path: NamePath,
        steps: tuple[Step, ...],
        record: RecordProfile,
        case: int,
    ) -> Iterator[tuple[Place, str]]:
        """Yields the texts of one answer, with its question in their path."""
        about = self._answers[path]
        question = text_of(element, about.question)
        if question is None or not can_be_asked_for(question):
            yield from self._texts(element, path, steps, record, case)
            return
        words = text_of(element, about.text) if about.text is not None else None
        if words is not None:
            known = record.questions.setdefault(question, Question(words[:_LONGEST_QUESTION]))
            if known.text == words and len(known.cases) < CASES_KEPT:
                known.cases.add(case)
        asked = (*steps[:-1], Step(steps[-1].name, about.question, question))
        for place, text in self._texts(element, path, asked, record, case):
            if place.own_name not in about.left_out or len(place.steps) > len(asked) + 1:
                yield place, text
