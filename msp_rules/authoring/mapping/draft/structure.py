"""Finds out how an export is built: what repeats, which record is the case, and how others join it.

Where no record is the case, what rows call it by may be: the number of a workflow, for example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from msp_rules.authoring.mapping.draft.dates import DateForms
from msp_rules.authoring.mapping.draft.facts import (
    ElementFacts,
    Elements,
    PlaceFacts,
    name_words,
    own_places,
    read_facts,
)
from msp_rules.authoring.mapping.draft.places import Place, Step
from msp_rules.authoring.mapping.draft.walk import JSON, TABLES, ExportWalk, NamePath
from msp_rules.authoring.mapping.draft.words import (
    BIRTH_WORDS,
    CASE_WORDS,
    PART_WORDS,
    PERSON_WORDS,
    ROW_NUMBER_WORDS,
    plain_word,
    word_list,
    words_of,
)
from msp_rules.errors import InputUnreadable, SourceLocation

_LONGEST_KEY: Final = 64
_PLAIN_KEYS: Final = frozenset({"id", "pk", "key", "number", "no", "ref", "guid", "uuid"})
LINK_WORDS: Final = frozenset({"fk", "key", "ref", "id", "number", "no", "reference", "guid"})
"""Words in the name of a place that suggest a key."""
_EXPORT_WORDS: Final = frozenset(
    (
        *("extract", "extracted", "export", "exported", "run", "report", "reported", "snapshot"),
        *("reference", "generated", "produced", "printed"),
    )
)
_ENOUGH_LINKS: Final = 0.95
_WORD: Final = re.compile(r"\w+")
_LEAST_LINK: Final = 1.5
_MOST_LINKS: Final = 4
_APART_COSTS: Final = 1.5
_PERSON_COSTS: Final = 4
_NO_KEY_COSTS: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Rows that belong to a case, or to rows of a join before them, by a key."""

    record: NamePath
    """The path of the rows."""
    key: Place
    """The place of the rows that names the case, or the row that they belong to."""
    name: str
    """The name of the rows in the draft."""
    of: str | None = None
    """The name of the join whose rows they belong to; None for the case."""
    row_key: Place | None = None
    """The place by which other rows name these; None where none do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A record, or a key of records, that may be the case."""

    path: NamePath
    """The path of the records."""
    key: Place | None
    """The place of the key; None where no place differs in each record."""
    is_by: bool
    """True if records share the key: there is no record of the case's own."""
    count: int
    """The number of cases that it would give."""
    score: float
    """The rating: the higher, the likelier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """The structure of an export."""

    elements: Elements
    """The facts of each element, by path."""
    case: NamePath
    """The record that is the case; where there is none, the first that names its key."""
    is_by: bool
    """True if the case has no record of its own."""
    case_id: Place | None
    """The place of the case's id; None where no place differs in each case."""
    joins: tuple[Join, ...]
    """The rows that are joined to the case."""
    apart: tuple[NamePath, ...]
    """Rows that nothing links to a case."""
    reference_date: tuple[Place, DateForms] | None
    """The day of the export; None where no date comes before the first case."""
    candidates: tuple[Candidate, ...] = ()
    """Everything that may be the case, the likeliest first."""
    adult_above: Place | None = None
    """The key of the person in which cases are; None where they are in none."""

    def facts(self, path: NamePath, place: Place) -> PlaceFacts | None:
        """Gives what is known of a place that an element at `path` itself holds."""
        return own_places(self.elements, path).get(place)


def read_structure(walk: ExportWalk, *, in_tables: bool = False) -> Structure:
    """Reads the structure of an export; raises InputUnreadable where no record repeats.

    In tables, the day of the export may be in any place; in XML, before the first record.
    """
    elements = read_facts(walk)
    sets = [path for path in elements if _is_record_set(path, elements)]
    if not sets:
        message = "no record repeats: a draft needs an export with at least two cases"
        if elements.keys() <= {(TABLES,)}:
            message = "the file is empty: no table has a row"
        raise InputUnreadable(message, SourceLocation(path=walk.name))
    candidates = _candidates(sets, elements)
    best = candidates[0]
    joins, apart = _joins(best, sets, elements)
    first = min(elements[path].order for path in (best.path, *(join.record for join in joins)))
    above = _adult_above(best.path, elements)
    return Structure(
        elements=elements,
        case=best.path,
        is_by=best.is_by,
        case_id=best.key,
        joins=joins,
        apart=apart,
        reference_date=_reference_date(elements, best.path, len(elements) if in_tables else first),
        candidates=candidates,
        adult_above=above,
    )


def _is_record_set(path: NamePath, elements: Elements) -> bool:
    """Tells whether a path repeats, none of its parents does, and it holds more than a text."""
    around = [path[:depth] for depth in range(1, len(path))]
    return bool(around) and _is_record(path, elements) and _is_outermost(path, elements)


def _is_record(path: NamePath, elements: Elements) -> bool:
    facts = elements[path]
    return facts.count > 1 and (facts.has_children or bool(facts.attributes))


def _is_outermost(path: NamePath, elements: Elements) -> bool:
    return all(elements[path[:depth]].count == 1 for depth in range(1, len(path)))


def _candidates(sets: list[NamePath], elements: Elements) -> tuple[Candidate, ...]:
    """Rates everything that may be the case, the likeliest first."""
    inner = [
        path
        for path in elements
        if path not in sets and len(path) > 1 and _is_record(path, elements)
    ]
    keyed = {path: _keys_of(path, elements) for path in sets}
    for path in inner:  # anything may differ by chance where there are few
        keyed[path] = [key for key in _keys_of(path, elements) if _is_named_key(key)]
    found = [
        _candidate(path, keys, sets, elements)
        for path, keys in keyed.items()
        if keys or path in sets
    ]
    found += _shared_keys(sets, elements, [one for one in found if one.key is not None])
    order = {path: elements[path].order for path in elements}
    return tuple(
        sorted(
            found,
            key=lambda one: (-one.score, -_below(one.path, elements), order[one.path]),
        )
    )


def _candidate(
    path: NamePath, keys: list[Place], sets: list[NamePath], elements: Elements
) -> Candidate:
    around = {path[:depth] for depth in range(1, len(path))}
    others = [one for one in sets if one != path and one not in around]
    linked = [one for one in others if _best_link(one, path, keys, elements)[1] is not None]
    inner = {one: _keys_of(one, elements) for one in linked}
    apart = [
        one
        for one in others
        if one not in linked
        and not name_words(one) & PERSON_WORDS
        and not any(_best_link(one, to, own, elements)[1] for to, own in inner.items())
    ]
    named = path[-1] if words_of(path[-1]) else path[-2]
    names = [named, keys[0].own_name if keys else ""]
    if path[0] == TABLES:  # a file may have any name
        names.reverse()
    score = next((points for name in names if (points := _noun_points(name))), 0.0)
    score += min(len(linked), _MOST_LINKS) - _APART_COSTS * len(apart)
    return Candidate(
        path=path,
        key=keys[0] if keys else None,
        is_by=False,
        count=elements[path].count,
        score=score if keys else score - _NO_KEY_COSTS,
    )


def _noun_points(name: str) -> float:
    """Rates a name by its last word that suggests a case, a person or a part of a case."""
    meant = words_of(name)
    for word in [one for one in reversed(word_list(name)) if one in meant]:
        if word in CASE_WORDS:
            return 4
        if word in PERSON_WORDS:
            return -2
        if word in PART_WORDS:
            return -3
        if word in ("concern", "enquiry"):
            return 1
    return 0


def _shared_keys(
    sets: list[NamePath], elements: Elements, keyed: list[Candidate]
) -> list[Candidate]:
    """Finds keys that several records share and that no record has as its own."""
    known = [own_places(elements, one.path)[one.key].hashes for one in keyed if one.key is not None]
    found: dict[str, list[tuple[NamePath, Place, PlaceFacts]]] = {}
    for path in sets:
        for place, facts in own_places(elements, path).items():
            if _may_be_shared_key(place, facts, elements[path]) and not any(
                _is_within(facts.hashes, hashes) for hashes in known
            ):
                found.setdefault(place.own_name, []).append((path, place, facts))
    candidates = []
    for name, held in found.items():
        path, place, facts = max(held, key=lambda one: len(one[2].hashes))
        mine = [one for one in sets if _has_key(one, name, facts, elements)]
        around = [one for one in sets if one not in mine and not name_words(one) & PERSON_WORDS]
        score = _noun_points(name) + min(len(mine), _MOST_LINKS) - _APART_COSTS * len(around)
        candidates.append(
            Candidate(path=path, key=place, is_by=True, count=len(facts.hashes), score=score)
        )
    return candidates


def _has_key(path: NamePath, name: str, wanted: PlaceFacts, elements: Elements) -> bool:
    """Tells whether records have a place of that name, with some of the same values."""
    places = own_places(elements, path).items()
    return any(p.own_name == name and bool(one.hashes & wanted.hashes) for p, one in places)


def _may_be_shared_key(place: Place, facts: PlaceFacts, record: ElementFacts) -> bool:
    words = words_of(place.own_name, keeps_plain=True)
    return (
        facts.has_twins
        and len(facts.hashes) > 1
        and facts.count >= _ENOUGH_LINKS * record.count
        and facts.longest <= _LONGEST_KEY
        and not facts.dates.is_date
        and (bool(words & LINK_WORDS) or words <= CASE_WORDS)
        and not words & (ROW_NUMBER_WORDS | BIRTH_WORDS | PART_WORDS | {"question", "template"})
    )


def _is_within(hashes: set[int], known: set[int]) -> bool:
    return len(hashes & known) >= _ENOUGH_LINKS * len(hashes)


def _below(path: NamePath, elements: Elements) -> int:
    return sum(facts.count for one, facts in elements.items() if one[: len(path)] == path)


def _keys_of(path: NamePath, elements: Elements) -> list[Place]:
    """Lists places that every record has and that differ in each, those named like an id first."""
    facts = elements[path]
    found = [
        place
        for place, one in own_places(elements, path).items()
        if one.is_unique and one.count == facts.count and _may_be_key(place, one, path)
    ]
    return sorted(found, key=lambda place: -_likeness_of_key(place, path))


def _may_be_key(place: Place, facts: PlaceFacts, path: NamePath) -> bool:
    """Tells whether a place may hold a key that the next export has, too."""
    words = words_of(place.own_name, keeps_plain=True)
    is_named = bool(words & (LINK_WORDS | _PLAIN_KEYS))
    return (
        facts.longest <= _LONGEST_KEY
        and not facts.dates.is_date
        and not words & (BIRTH_WORDS | {"nhs"})
        and (is_named or not (words & ROW_NUMBER_WORDS or facts.counts_up))
    )


def _is_named_key(place: Place) -> bool:
    return bool(words_of(place.own_name, keeps_plain=True) & (LINK_WORDS | _PLAIN_KEYS))


def _likeness_of_key(place: Place, path: NamePath) -> float:
    words = words_of(place.own_name, keeps_plain=True)
    names = name_words(path) | words_of(path[-1 if words_of(path[-1]) else -2], keeps_plain=True)
    links = bool(words & LINK_WORDS)
    own = links and bool(words & names)
    of_case = links and bool(words & CASE_WORDS)
    of_person = bool(words & PERSON_WORDS) and not name_words(path) & PERSON_WORDS
    plain = place.own_name.lower() in _PLAIN_KEYS
    return 2 * own + of_case + plain + 0.5 * links - _PERSON_COSTS * of_person


def _best_link(
    rows: NamePath, case: NamePath, keys: Iterable[Place], elements: Elements
) -> tuple[float, Place | None, Place | None]:
    """Rates how likely rows are to name the case; gives the place and the key by which they do."""
    best: tuple[float, Place | None, Place | None] = (0, None, None)
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


def _likeness_of_link(place: Place, key: Place, case: NamePath) -> float:
    name = place.own_name
    if name.lower() in _PLAIN_KEYS and name.lower() != "case":
        return 0
    words = words_of(name, keeps_plain=True)
    return (name == key.own_name) + bool(words & name_words(case)) + 0.5 * bool(words & LINK_WORDS)


def _joins(
    case: Candidate, sets: list[NamePath], elements: Elements
) -> tuple[tuple[Join, ...], tuple[NamePath, ...]]:
    """Joins row sets to the case, and the others to rows of those."""
    if case.key is None:
        return (), tuple(one for one in sets if one != case.path)
    around = {case.path[:depth] for depth in range(1, len(case.path))}
    others = [one for one in sets if one not in around and (case.is_by or one != case.path)]
    keys = {one: _keys_of(one, elements)[:1] for one in others}
    named: dict[NamePath, str] = {}
    for rows in others:
        named[rows] = _name_of_rows(rows, set(named.values()))
    direct = {one: place for one in others if (place := _key_of_case(one, case, elements))}
    joins: list[Join] = []
    left = [one for one in others if one not in direct]
    inner = _links_among(direct, left, keys, elements)
    parents = {parent for parent, _ in inner.values()}
    for rows in sorted(direct, key=lambda one: one in inner):
        parent = inner.get(rows)
        joins.append(
            Join(
                record=rows,
                key=direct[rows] if parent is None else parent[1],
                name=named[rows],
                of=None if parent is None else named[parent[0]],
                row_key=keys[rows][0] if rows in parents else None,
            )
        )
    for rows in [one for one in left if one in inner]:
        outer, place = inner[rows]
        joins.append(Join(record=rows, key=place, name=named[rows], of=named[outer]))
    return tuple(joins), tuple(one for one in left if one not in inner)


def _name_of_rows(rows: NamePath, taken: set[str]) -> str:
    name = rows[-1] if words_of(rows[-1]) or rows[0] == TABLES else rows[-2]
    name = plain_word(name)
    if rows[0] == JSON or any(mark in name for mark in "*?"):  # a pattern of tables
        name = "_".join(_WORD.findall(name)) or "rows"
    while name in taken:
        name = f"{name}_"
    return name


def _key_of_case(rows: NamePath, case: Candidate, elements: Elements) -> Place | None:
    """Finds the place of rows that names the case."""
    assert case.key is not None
    if not case.is_by:
        return _best_link(rows, case.path, (case.key,), elements)[1]
    wanted = own_places(elements, case.path)[case.key].hashes
    for place, facts in own_places(elements, rows).items():
        if place.own_name == case.key.own_name and facts.hashes & wanted:
            return place
    return None


def _links_among(
    direct: dict[NamePath, Place],
    left: list[NamePath],
    keys: dict[NamePath, list[Place]],
    elements: Elements,
) -> dict[NamePath, tuple[NamePath, Place]]:
    """Finds rows that name rows of another set: answers, the step in which they were given.

    Rows without a key of their own are parts of others, even where they name the case, too.
    """
    found: dict[NamePath, tuple[NamePath, Place]] = {}
    for rows in (*direct, *left):
        if rows in direct and keys[rows]:
            continue
        parents = [one for one in direct if one != rows and keys[one]]
        rated = [(*_best_link(rows, one, keys[one], elements)[:2], one) for one in parents]
        linked = [(score, one, place) for score, place, one in rated if place is not None]
        if linked:
            best = max(linked, key=lambda row: (_has_dates(row[1], elements), row[0]))
            found[rows] = (best[1], best[2])
    return found


def _has_dates(path: NamePath, elements: Elements) -> bool:
    return any(one.dates.is_date for one in own_places(elements, path).values())


def _adult_above(case: NamePath, elements: Elements) -> Place | None:
    """Finds the key of the person that cases are in."""
    for depth in range(len(case) - 1, 1, -1):
        path = case[:depth]
        is_person = bool(name_words(path) & PERSON_WORDS)
        found = [
            place
            for place, one in own_places(elements, path).items()
            if one.count == elements[path].count > 1
            and (words := words_of(place.own_name, keeps_plain=True)) & LINK_WORDS
            and (is_person or words & PERSON_WORDS)
            and _may_be_key(place, one, path)
        ]
        if found:
            best = max(found, key=lambda place: _likeness_of_key(place, path))
            return best._replace(above=len(case) - depth)
    return None


def _may_be_of_export(names: tuple[str, ...]) -> bool:
    """Tells whether a date may be that of the export; in tables its names have to say so."""
    if words_of(names[-1], keeps_plain=True) & BIRTH_WORDS:
        return False
    words = frozenset().union(*(words_of(name, keeps_plain=True) for name in names))
    return names[0] != TABLES or bool(words & _EXPORT_WORDS)


def _reference_date(
    elements: Elements, case: NamePath, first: int
) -> tuple[Place, DateForms] | None:
    """Finds a single date before the first case: the day on which the export was made."""
    root = case[:1]
    for path, facts in elements.items():
        if facts.count != 1 or path[: len(case)] == case:
            continue
        steps = tuple(Step(name) for name in path[1:])
        if path == root or facts.order < first:
            for name, place in facts.attributes.items():
                if place.dates.is_date and _may_be_of_export((*path, name)):
                    return Place(steps, name), place.dates
        is_text = facts.order < first and path != root and _may_be_of_export(path)
        if is_text and facts.text.dates.is_date:
            return Place(steps), facts.text.dates
    return None
