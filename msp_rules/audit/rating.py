"""The colours of the audit questions: docs/readings.md, section 6."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from msp_rules.casework.case import Fault
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.rule import Colour, Ruleset

QUESTIONS: Final = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "QM")
FOR_A_PERSON: Final = frozenset({"Q6", "Q7"})
"""Questions that ask for a person's view: grey, with a suggestion."""
_WORST_FIRST: Final = ("red", "amber", "grey", "green")


class Rating(NamedTuple):
    """The colour of one question on one case; `suggested` stands beside a grey Q6 or Q7."""

    colour: str
    is_explained: bool = False
    suggested: str | None = None


class Rater:
    """Rates cases by a ruleset; rules of severity `prompt` colour nothing."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._questions = {
            rule.id: rule.audit_questions for rule in ruleset.rules if rule.severity != "prompt"
        }

    def rate(self, answers: Iterable[Answer], faults: Iterable[Fault]) -> Mapping[str, Rating]:
        """The rating of every audit question of one case."""
        colours: dict[str, set[str]] = {question: set() for question in QUESTIONS}
        explained: set[str] = set()
        for answer in answers:
            for question in self._questions.get(answer.rule, ()):
                colours[question].add(answer.colour)
                if answer.verdict is Verdict.EXPLAINED and answer.colour != "none":
                    explained.add(question)
        for fault in faults:
            for question in self._questions.get(fault.rule or "", ()):
                colours[question].add(Colour.GREY.value)
        return {question: _rating(question, colours[question], explained) for question in QUESTIONS}


def _rating(question: str, colours: set[str], explained: set[str]) -> Rating:
    worst = next((colour for colour in _WORST_FIRST if colour in colours), "none")
    is_explained = question in explained
    if question in FOR_A_PERSON:
        return Rating("grey", is_explained, worst)
    return Rating(worst, is_explained)
