"""What an audit draws from one case beyond its verdicts: ids, codes and counts, never a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msp_rules.audit.case_audit.grid import Grid, grid_of
from msp_rules.audit.case_audit.practice import practice_of
from msp_rules.audit.case_audit.principles import PrincipleEvidence, PrincipleReader
from msp_rules.audit.case_audit.questions import Rater, Rating
from msp_rules.audit.case_audit.wellbeing import Wellbeing, wellbeing_of
from msp_rules.casework.visibility import CaseView
from msp_rules.engine.verdict import Evaluation
from msp_rules.rules.language.rule import Ruleset


class Findings(NamedTuple):
    """The audit questions of a case, what went well, and its movement.

    `wellbeing` and `grid` are None where the source cannot supply what they are read from.
    """

    audit: Mapping[str, Rating]
    practice: Mapping[str, tuple[str, ...]]
    wellbeing: Wellbeing | None
    principles: Mapping[str, PrincipleEvidence]
    grid: Grid | None


class Auditor:
    """Draws the findings of one case after the other, by a ruleset."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._rater = Rater(ruleset)
        self._principles = PrincipleReader(ruleset)

    def findings(self, view: CaseView, evaluation: Evaluation) -> Findings:
        """The findings of a case as it stood, from its view and its answers; nothing else."""
        grid = grid_of(view)
        return Findings(
            self._rater.rate(evaluation.answers, evaluation.faults),
            practice_of(view, grid),
            wellbeing_of(view),
            self._principles.read(evaluation.answers),
            grid,
        )
