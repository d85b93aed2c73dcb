"""The colours of the audit questions: docs/readings.md, sections 6 and 10."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from msp_rules.casework.case import Fault
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.rule import Ruleset
from msp_rules.rules.rule_reader import QUESTIONS

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
        # The severity of an answer is that of its day; a fault has only the rule's newest.
        self._questions = {rule.id: rule.audit_questions for rule in ruleset.rules}
        self._prompts = {rule.id for rule in ruleset.rules if rule.severity == "prompt"}
        self._suggest = {
            rule: [question for question in FOR_A_PERSON if question in named]
            for rule, named in self._questions.items()
            if not FOR_A_PERSON.isdisjoint(named)
        }

    def rate(self, answers: Sequence[Answer], faults: Sequence[Fault]) -> Mapping[str, Rating]:
        """The rating of every audit question of one case."""
        worst, explained = dict.fromkeys(QUESTIONS, 0), set[str]()
        weighed: list[_Weighed] = []
        for answer in answers:
            rank = _RANKS[answer.colour]
            if rank == 0 or answer.severity == "prompt":
                continue
            questions = self._questions.get(answer.rule, ())
            for question in questions:
                worst[question] = max(worst[question], rank)
            if answer.verdict is Verdict.EXPLAINED:
                explained.update(questions)
            if answer.rule in self._suggest:
                ids = answer.evidence or _only(answer.subject)
                weighed.append((answer.rule, rank, ids))
        for fault in faults:
            if fault.rule in self._prompts:
                continue
            for question in self._questions.get(fault.rule or "", ()):
                worst[question] = max(worst[question], _GREY)
            if fault.rule in self._suggest:
                weighed.append((fault.rule, _GREY, _only(fault.event)))
        return {
            question: Rating(
                "grey", question in explained, self._suggestion(question, rank, weighed)
            )
            if question in FOR_A_PERSON
            else _RATINGS[rank, question in explained]
            for question, rank in worst.items()
        }

    def _suggestion(self, question: str, rank: int, weighed: Sequence[_Weighed]) -> Suggestion:
        """What the rules that gave the worst colour suggest."""
        rules, evidence = set[str](), dict[str, None]()
        for rule, of_rule, ids in weighed:
            if of_rule == rank and question in self._suggest[rule]:
                rules.add(rule)
                evidence.update(dict.fromkeys(ids))
        return Suggestion(_COLOURS[rank], tuple(sorted(rules)), tuple(evidence))


def _only(event: str | None) -> tuple[str, ...]:
    return () if event is None else (event,)


_Weighed = tuple[str, int, tuple[str, ...]]
"""A rule that has a say in a suggestion, the rank of its colour, and the events behind it."""
_RANKS: Final = {"none": 0, "green": 1, "grey": 2, "amber": 3, "red": 4}
_GREY: Final = _RANKS["grey"]
_COLOURS: Final = tuple(_RANKS)
_RATINGS: Final = {
    (rank, is_explained): Rating(_COLOURS[rank], is_explained)
    for rank in range(len(_COLOURS))
    for is_explained in (False, True)
}

__all__ = ["FOR_A_PERSON", "QUESTIONS", "Rater", "Rating", "Suggestion"]
