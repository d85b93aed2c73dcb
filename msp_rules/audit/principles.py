"""What a case evidences of each of the six principles: docs/readings.md, section 10."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.rule import Ruleset
from msp_rules.rules.rule_reader import PRINCIPLES


class PrincipleEvidence(NamedTuple):
    """The answers of the rules of one principle: counts, and the ids of the events behind them.

    `of` counts every answer that was due one way or another (all but `not_applicable` and
    `not_yet_due`); `met` and `explained` are those of them that the record evidences, `evidence`
    the events that these rest on, each id once. A count of evidence, no rating: prompts count too.
    """

    of: int
    met: int
    explained: int
    evidence: tuple[str, ...]


class PrincipleReader:
    """Reads the answers on a case by the principles that the rules name."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._places = {
            rule.id: tuple(PRINCIPLES.index(name) for name in rule.principles)
            for rule in ruleset.rules
        }

    def read(self, answers: Iterable[Answer]) -> Mapping[str, PrincipleEvidence]:
        """The evidence for each of the six principles; all six are there."""
        counts = [[0, 0, 0] for _ in PRINCIPLES]
        evidence: list[list[str]] = [[] for _ in PRINCIPLES]
        for answer in answers:
            column = _COLUMNS.get(answer.verdict)
            if column is None:
                continue
            for place in self._places[answer.rule]:
                row = counts[place]
                row[0] += 1
                if column:
                    row[column] += 1
                    evidence[place] += answer.evidence
        return {
            name: PrincipleEvidence(row[0], row[1], row[2], tuple(dict.fromkeys(ids)))
            for name, row, ids in zip(PRINCIPLES, counts, evidence, strict=True)
        }


_COLUMNS: Final = {
    Verdict.MET: 1,
    Verdict.EXPLAINED: 2,
    Verdict.MET_LATE: 0,
    Verdict.PARTLY_MET: 0,
    Verdict.NOT_MET: 0,
    Verdict.CANNOT_TELL: 0,
}
"""Where an answer that was due is counted besides `of`; 0: nowhere."""

__all__ = ["PRINCIPLES", "PrincipleEvidence", "PrincipleReader"]
