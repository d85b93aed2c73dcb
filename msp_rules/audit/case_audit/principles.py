"""Finds the evidence in a case for each of the six principles: docs/readings.md, section 12."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.language.rule import PRINCIPLES, Ruleset


class PrincipleEvidence(NamedTuple):
    """The answers of the rules of one principle: counts, and the ids of the events behind them.

    A count of evidence, no rating: prompts count too.
    """

    of: int
    """The number of answers that were due: all but `not_applicable`, `not_yet_due` and waived ones.
    """
    met: int
    """The number of those that the record evidences."""
    explained: int
    """The number of those with an accepted explanation."""
    evidence: tuple[str, ...]
    """The ids of the events that these rest on, each once."""


class PrincipleReader:
    """Reads the answers on a case by the principles that the rules name."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._places = {
            rule.id: tuple(PRINCIPLES.index(name) for name in rule.principles)
            for rule in ruleset.rules
        }

    def read(self, answers: Iterable[Answer]) -> Mapping[str, PrincipleEvidence]:
        """Counts the evidence for each of the six principles; those without any are included."""
        of, met, explained = [0] * _COUNT, [0] * _COUNT, [0] * _COUNT
        evidence: list[dict[str, None]] = [{} for _ in PRINCIPLES]
        known = self._places
        for answer in answers:
            verdict = answer.verdict
            if verdict in _NOT_DUE or answer.waived is not None:
                continue
            places = known[answer.rule]
            # Written out: compiled code adds numbers sooner than it calls `+=` of an item.
            for place in places:
                of[place] = of[place] + 1
            if verdict is _MET:
                numbers = met
            elif verdict is _EXPLAINED:
                numbers = explained
            else:
                continue
            for place in places:
                numbers[place] = numbers[place] + 1
                ids = evidence[place]
                for one in answer.evidence:
                    ids[one] = None
        found: dict[str, PrincipleEvidence] = {}
        for place, name in enumerate(PRINCIPLES):
            row = (of[place], met[place], explained[place], tuple(evidence[place]))
            # What a NamedTuple's own constructor does, without its call in Python.
            found[name] = tuple.__new__(PrincipleEvidence, row)
        return found


_COUNT: Final = len(PRINCIPLES)
# A member of an enum is looked up anew each time, and these are asked of every answer.
_MET: Final = Verdict.MET
_EXPLAINED: Final = Verdict.EXPLAINED
_NOT_DUE: Final = frozenset({Verdict.NOT_APPLICABLE, Verdict.NOT_YET_DUE})

__all__ = ["PRINCIPLES", "PrincipleEvidence", "PrincipleReader"]
