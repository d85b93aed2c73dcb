"""Recognises rows of questions and answers, and what tells kinds of records apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from msp_rules.authoring.mapping.draft.facts import Elements, PlaceFacts, name_words, own_places
from msp_rules.authoring.mapping.draft.place_profile import LONGEST_LABEL
from msp_rules.authoring.mapping.draft.places import Place
from msp_rules.authoring.mapping.draft.structure import LINK_WORDS, Structure
from msp_rules.authoring.mapping.draft.walk import NamePath
from msp_rules.authoring.mapping.draft.words import words_of

_TELLING: Final = (
    *("type", "kind", "question", "template", "category", "code", "class", "item"),
    *("name", "title"),
)
_NAMES: Final = frozenset({"name", "title"})
_NAMED: Final = frozenset({"form", "step", "template", "document", "activity", "assessment"})
"""Words of things whose names are kinds, and not those of persons."""
_ASKING: Final = ("question", "item", "field", "prompt", "code", "type", "kind", "class")
_ANSWERING: Final = frozenset({"question", "answer", "field", "response"})
_VALUES: Final = frozenset({"answer", "value", "response", "result", "text"})
_STAMPS: Final = frozenset({"updated", "modified", "created", "entered", "printed", "version"})
_MOST_TELLING: Final = 200
_MOSTLY: Final = 0.8


@dataclass(frozen=True, slots=True)
class AnswerRows:
    """Elements or rows each of which answers one question."""

    question: str
    """The place of what tells the question: `@attribute`, or the name of a child."""
    text: str | None
    """The place of the question in words; None where there is none."""
    left_out: frozenset[str]
    """The names of places that hold no answer: keys, and when rows were written."""


def answer_rows(structure: Structure) -> dict[NamePath, AnswerRows]:
    """Finds every path whose records are answers to questions."""
    found: dict[NamePath, AnswerRows] = {}
    joined = {join.record for join in structure.joins}
    for path, facts in structure.elements.items():
        if path == structure.case or (facts.most_in_parent < 2 and path not in joined):
            continue
        places = own_places(structure.elements, path)
        question = _question(places, facts.count)
        if question is None or not _has_answers(path, question, places, structure.elements):
            continue
        text = _text_of_question(places, question)
        found[path] = AnswerRows(
            question=_key(question),
            text=_key(text) if text is not None else None,
            left_out=_no_answers(places, question, text),
        )
    return found


def _key(place: Place) -> str:
    return place.steps[0].name if place.attribute is None else f"@{place.attribute}"


def _question(places: dict[Place, PlaceFacts], count: int) -> Place | None:
    """Finds what tells the questions apart: a number or code before the words of the question."""
    for word in _ASKING:
        found = [
            (bool(words & {"no", "code", "id", "number", "key", "ref"}), -one.longest, place)
            for place, one in places.items()
            if word in (words := words_of(place.own_name, keeps_plain=True))
            and _is_telling(one, count, _MOST_TELLING)
        ]
        if found:
            return max(found, key=lambda row: row[:2])[2]
    return None


def _is_telling(one: PlaceFacts, count: int, most: int) -> bool:
    return (
        one.has_twins and len(one.hashes) <= most and one.count == count and not one.dates.is_date
    )


def _has_answers(
    path: NamePath, question: Place, places: dict[Place, PlaceFacts], elements: Elements
) -> bool:
    """Tells answers from events of several kinds: those have a date each."""
    if words_of(question.own_name, keeps_plain=True) & _ANSWERING or name_words(path) & _ANSWERING:
        return True
    others = [words_of(one.own_name, keeps_plain=True) for one in places if one != question]
    if elements[path].most_in_parent < 2 or not any(one & _VALUES for one in others):
        return False
    dated = [one for one in places.values() if one.dates.is_date]
    return not any(one.count >= _MOSTLY * elements[path].count for one in dated)


def _text_of_question(places: dict[Place, PlaceFacts], question: Place) -> Place | None:
    return next(
        (
            place
            for place, one in places.items()
            if place != question
            and words_of(place.own_name, keeps_plain=True) & {"question", "prompt", "caption"}
            and one.has_twins
        ),
        None,
    )


def _no_answers(
    places: dict[Place, PlaceFacts], question: Place, text: Place | None
) -> frozenset[str]:
    left_out = {question.own_name} | ({text.own_name} if text is not None else set())
    for place, one in places.items():
        words = words_of(place.own_name, keeps_plain=True)
        is_key = bool(words & (LINK_WORDS | {"pk"})) and not words & {"answer", "value"}
        if (is_key and not one.dates.is_date) or words & _STAMPS or words & {"num", "rownum"}:
            left_out.add(place.own_name)
    return frozenset(left_out)


def kind_place(
    structure: Structure,
    path: NamePath,
    answers: dict[NamePath, AnswerRows],
    is_of_one_kind: Callable[[NamePath], bool],
) -> Place | None:
    """Finds the place that tells kinds of records at a path apart, as a form's type does.

    `is_of_one_kind` tells whether the path's name says what its records are.
    """
    facts = structure.elements[path]
    if (path == structure.case and not structure.is_by) or path in answers or is_of_one_kind(path):
        return None
    for word in _TELLING:
        for place, one in own_places(structure.elements, path).items():
            words = words_of(place.own_name, keeps_plain=True)
            is_named = word in words and (word not in _NAMES or bool(words & _NAMED))
            few = _is_telling(one, facts.count, _MOST_TELLING // 4)
            if is_named and few and one.longest <= LONGEST_LABEL:
                return place
    return None
