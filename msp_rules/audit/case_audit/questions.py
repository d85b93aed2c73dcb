"""Rates the audit questions of a case by colours: docs/readings.md, sections 6 and 12."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from msp_rules.casework.case import Fault
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import Colour, Ruleset


class Suggestion(NamedTuple):
    """The suggestion of the rules to the person who rates a question, and what it rests on."""

    colour: str
    """The suggested colour."""
    rules: tuple[str, ...] = ()
    """The rules that gave it, in id order."""
    evidence: tuple[str, ...] = ()
    """The events behind their answers (the subject, if an answer has no evidence), each once."""


class Rating(NamedTuple):
    """The colour of one question on one case."""

    colour: str
    """"red", "amber", "grey", "green" or "none"."""
    is_explained: bool = False
    """True if an accepted explanation is among the answers."""
    suggestion: Suggestion | None = None
    """Given with a grey Q6 or Q7; None elsewhere."""


class Rater:
    """Rates cases by a ruleset; rules of severity `prompt` colour nothing."""

    def __init__(self, ruleset: Ruleset) -> None:
        # The severity of an answer is that of its day; a fault has only the rule's newest.
        self._places = {rule.id: _places_of(rule.audit_questions) for rule in ruleset.rules}
        self._prompts = {rule.id for rule in ruleset.rules if rule.severity == "prompt"}
        self._suggest = {
            rule: places
            for rule, places in self._places.items()
            if not _PLACES_FOR_A_PERSON.isdisjoint(places)
        }

    def rate(self, answers: Sequence[Answer], faults: Sequence[Fault]) -> Mapping[str, Rating]:
        """Rates every audit question of one case."""
        worst, explained = [0] * len(_ALL), [False] * len(_ALL)
        weighed: list[_Weighed] = []
        known, suggest = self._places, self._suggest
        for answer in answers:
            colour, rule, questions = answer.colour, answer.rule, answer.questions
            if colour == "none" or answer.severity == "prompt":
                continue
            rank = _RANKS[colour]
            places = known.get(rule, ()) if questions is None else _places_of(questions)
            for place in places:
                if rank > worst[place]:
                    worst[place] = rank
            if answer.verdict is _EXPLAINED:
                for place in places:
                    explained[place] = True
            if rule in suggest:
                weighed.append((rule, rank, answer.evidence or _only(answer.subject), places))
        for fault in faults:
            if fault.rule in self._prompts:
                continue
            for place in self._places.get(fault.rule or "", ()):
                worst[place] = max(worst[place], _GREY)
            if fault.rule in suggest:
                places = suggest[fault.rule]
                weighed.append((fault.rule, _GREY, _only(fault.event), places))
        found: dict[str, Rating] = {}
        for place, question in enumerate(_ALL):
            rank = worst[place]
            if place in _PLACES_FOR_A_PERSON:
                suggestion = self._suggestion(place, rank, weighed)
                found[question] = Rating("grey", explained[place], suggestion)
            else:
                found[question] = _RATINGS[explained[place]][rank]
        return found

    def _suggestion(self, place: int, rank: int, weighed: Sequence[_Weighed]) -> Suggestion:
        """Gives the suggestion of the rules that gave the worst colour."""
        rules: dict[str, None] = {}
        evidence: dict[str, None] = {}
        for rule, of_rule, ids, places in weighed:
            if of_rule == rank and place in places:
                rules[rule] = None
                for one in ids:
                    evidence[one] = None
        return Suggestion(_COLOURS[rank], tuple(sorted(rules)), tuple(evidence))


def _places_of(questions: Sequence[str]) -> tuple[int, ...]:
    return tuple([_ALL.index(question) for question in questions])


def _only(event: str | None) -> tuple[str, ...]:
    return () if event is None else (event,)


_Weighed = tuple[str, int, tuple[str, ...], tuple[int, ...]]
"""A rule that has a say in a suggestion, the rank of its colour, the events behind it, and the
questions that it colours."""
_COLOURS: Final = tuple([colour.value for colour in reversed(Colour)])
_RANKS: Final = {colour: rank for rank, colour in enumerate(_COLOURS)}
_GREY: Final = _RANKS["grey"]
_RATINGS: Final = tuple(
    [tuple([Rating(colour, is_explained) for colour in _COLOURS]) for is_explained in (False, True)]
)
"""By whether it is explained, and the rank of the colour."""
_ALL: Final = tuple(AUDIT_QUESTIONS)
_PLACES_FOR_A_PERSON: Final = frozenset(
    {_ALL.index(code) for code, question in AUDIT_QUESTIONS.items() if question.is_for_a_person}
)
"""Places in the order of all questions."""
# A member of an enum is looked up anew each time, and this is asked of every answer.
_EXPLAINED: Final = Verdict.EXPLAINED
