"""The colours of the audit questions: docs/readings.md, section 6."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from msp_rules.casework.case import Fault
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.rule import Ruleset

QUESTIONS: Final = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "QM")
FOR_A_PERSON: Final = frozenset({"Q6", "Q7"})
"""Questions that ask for a person's view: grey, with a suggestion."""


class Rating(NamedTuple):
    """The colour of one question on one case; `suggested` stands beside a grey Q6 or Q7."""

    colour: str
    is_explained: bool = False
    suggested: str | None = None


class Rater:
    """Rates cases by a ruleset; rules of severity `prompt` colour nothing."""

    def __init__(self, ruleset: Ruleset) -> None:
        # The severity of an answer is that of its day; a fault has only the rule's newest.
        self._questions = {rule.id: rule.audit_questions for rule in ruleset.rules}
        self._prompts = {rule.id for rule in ruleset.rules if rule.severity == "prompt"}

    def rate(self, answers: Iterable[Answer], faults: Iterable[Fault]) -> Mapping[str, Rating]:
        """The rating of every audit question of one case."""
        worst, explained = dict.fromkeys(QUESTIONS, 0), set[str]()
        for answer in answers:
            rank = _RANKS[answer.colour]
            if rank == 0 or answer.severity == "prompt":
                continue
            questions = self._questions.get(answer.rule, ())
            for question in questions:
                worst[question] = max(worst[question], rank)
            if answer.verdict is Verdict.EXPLAINED:
                explained.update(questions)
        for fault in faults:
            if fault.rule in self._prompts:
                continue
            for question in self._questions.get(fault.rule or "", ()):
                worst[question] = max(worst[question], _RANKS["grey"])
        return {
            question: _RATINGS[rank, question in explained, question in FOR_A_PERSON]
            for question, rank in worst.items()
        }


_RANKS: Final = {"none": 0, "green": 1, "grey": 2, "amber": 3, "red": 4}
_COLOURS: Final = tuple(_RANKS)
_RATINGS: Final = {
    (rank, is_explained, is_for_a_person): (
        Rating("grey", is_explained, _COLOURS[rank])
        if is_for_a_person
        else Rating(_COLOURS[rank], is_explained)
    )
    for rank in range(len(_COLOURS))
    for is_explained in (False, True)
    for is_for_a_person in (False, True)
}
