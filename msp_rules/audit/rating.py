"""The colours of the audit questions: docs/readings.md, sections 6 and 10."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from msp_rules.casework.case import Fault
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.rule import Ruleset

QUESTIONS: Final = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "QM")
FOR_A_PERSON: Final = frozenset({"Q6", "Q7"})
"""Questions that ask for a person's view: grey, with a suggestion."""


class Suggestion(NamedTuple):
    """What the rules suggest to the person who rates a question, and what that rests on.

    `rules` are those that gave the suggested colour, in id order; `evidence` the ids of the events
    behind their answers (of the subject, where an answer has no evidence), each id once.
    """

    colour: str
    rules: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


class Rating(NamedTuple):
    """The colour of one question on one case: "red", "amber", "grey", "green" or "none".

    `is_explained` marks it: an accepted explanation is among the answers. `suggestion` stands
    beside a grey Q6 or Q7, and is None elsewhere.
    """

    colour: str
    is_explained: bool = False
    suggestion: Suggestion | None = None


class Rater:
    """Rates cases by a ruleset; rules of severity `prompt` colour nothing."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._questions = {
            rule.id: rule.audit_questions for rule in ruleset.rules if rule.severity != "prompt"
        }
        self._rules = {
            question: frozenset(r for r, named in self._questions.items() if question in named)
            for question in FOR_A_PERSON
        }

    def rate(self, answers: Sequence[Answer], faults: Sequence[Fault]) -> Mapping[str, Rating]:
        """The rating of every audit question of one case."""
        worst, explained = dict.fromkeys(QUESTIONS, 0), set[str]()
        for answer in answers:
            rank = _RANKS[answer.colour]
            if rank == 0:
                continue
            questions = self._questions.get(answer.rule, ())
            for question in questions:
                worst[question] = max(worst[question], rank)
            if answer.verdict is Verdict.EXPLAINED:
                explained.update(questions)
        for fault in faults:
            for question in self._questions.get(fault.rule or "", ()):
                worst[question] = max(worst[question], _GREY)
        ratings = {
            question: _RATINGS[rank, question in explained] for question, rank in worst.items()
        }
        for question, rules in self._rules.items():
            suggestion = _suggestion(worst[question], rules, answers, faults)
            ratings[question] = Rating("grey", question in explained, suggestion)
        return ratings


def _suggestion(
    rank: int, rules: frozenset[str], answers: Sequence[Answer], faults: Sequence[Fault]
) -> Suggestion:
    if rank == 0:
        return _NOTHING_TO_SUGGEST
    colour, behind, ids = _COLOURS[rank], dict[str, None](), dict[str, None]()
    for answer in answers:
        if answer.colour == colour and answer.rule in rules:
            behind[answer.rule] = None
            if answer.evidence:
                ids.update(dict.fromkeys(answer.evidence))
            elif answer.subject is not None:
                ids[answer.subject] = None
    if rank == _GREY:
        for fault in faults:
            if fault.rule in rules:
                behind[fault.rule or ""] = None
                if fault.event is not None:
                    ids[fault.event] = None
        return Suggestion(colour, tuple(sorted(behind)), tuple(ids))
    return Suggestion(colour, tuple(behind), tuple(ids))


_RANKS: Final = {"none": 0, "green": 1, "grey": 2, "amber": 3, "red": 4}
_GREY: Final = _RANKS["grey"]
_COLOURS: Final = tuple(_RANKS)
_NOTHING_TO_SUGGEST: Final = Suggestion("none")
_RATINGS: Final = {
    (rank, is_explained): Rating(_COLOURS[rank], is_explained)
    for rank in range(len(_COLOURS))
    for is_explained in (False, True)
}
