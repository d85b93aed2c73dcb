"""Audits one case: its verdicts, and what they say of practice. Ids, codes and counts, no text.

`CaseAudit` is the whole of it, and knows nothing of files or processes: those of one machine, and
whatever else scans cases, call `CaseAudit.of` and add up what it gives in a `Tally`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from msp_rules.audit.case_audit.facts import CaseFacts, facts_of
from msp_rules.audit.case_audit.grid import Grid, grid_of
from msp_rules.audit.case_audit.misnamed import ExplanationReader
from msp_rules.audit.case_audit.practice import practice_of
from msp_rules.audit.case_audit.principles import PrincipleEvidence, PrincipleReader
from msp_rules.audit.case_audit.questions import Rater, Rating
from msp_rules.audit.case_audit.wellbeing import Wellbeing, wellbeing_of
from msp_rules.audit.people import mark_of
from msp_rules.audit.supply import CaseSupply, SupplyReader
from msp_rules.casework.case import Case, CaseOwner, Fault, owner_of
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.visibility import CaseView, in_force
from msp_rules.engine.engine import Engine
from msp_rules.engine.matchers.choice import MatcherChoice
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.engine.waivers import LocalException, LocalExceptions
from msp_rules.rules.language.rule import Ruleset

_NO_FACTS: Final = CaseFacts()
_WORD: Final = "[A-Za-z0-9][A-Za-z0-9._:/-]*"
_PLAIN_WORDS: Final = re.compile(rf"{_WORD}(?:\n{_WORD})*").fullmatch


class Findings(NamedTuple):
    """The audit questions of a case, what went well, and its movement."""

    audit: Mapping[str, Rating]
    """The ratings, by the code of the question."""
    practice: Mapping[str, tuple[str, ...]]
    """The ids of the events that show good practice, by its name."""
    wellbeing: Wellbeing | None
    """The outcomes on record; None where the source cannot supply outcomes."""
    principles: Mapping[str, PrincipleEvidence]
    """The evidence for each of the six principles, by name."""
    grid: Grid | None
    """The movement on the grid; None where the source cannot supply positions."""


@dataclass(slots=True, kw_only=True)  # not frozen: that doubles its cost, for every case
class CaseResult:
    """The answers on one case, and what the audit draws from them; never changed."""

    case: str
    """The id of the case."""

    answers: tuple[Answer, ...]
    """The answers of all enabled rules, those set aside by a waiver marked so."""

    applying: tuple[Answer, ...]
    """Those of them that are not `not_applicable`: fewer than half, and all that most need."""

    answered: int
    """The number of answers that were asked for: those given, and those that became a fault."""

    not_applicable: int
    """The number of answers that are `not_applicable`."""

    findings: Findings
    """The conclusions that the audit draws from the answers."""
    owner: CaseOwner
    """The agency and team that hold the case."""

    supply: CaseSupply
    """The kinds and names of what the record holds."""

    adult: int = -1
    """The mark of the adult's reference (`audit.people`); -1 where the record has none."""

    facts: CaseFacts = _NO_FACTS
    """The days, codes and events that a reader wants first."""

    filtered: tuple[LocalException, ...] = ()
    """One entry for each time that a local filter left a subject out."""

    has_plain_ids: bool = False
    """True where the ids of all events are plain words, in which JSON and CSV change nothing."""

    faults: tuple[Fault, ...] = ()
    """Rules that gave no answer, and explanations that name nothing. With any of them the audit is
    incomplete."""


# A member of an enum is looked up anew each time, and this is asked of every answer.
_NOT_APPLICABLE: Final = Verdict.NOT_APPLICABLE


class CaseAudit:
    """Audits cases by one ruleset, one after the other; nothing of a case is kept.

    It can be pickled: only the ruleset and the choice of matchers are pickled, and rules are
    compiled again where it is unpickled. Raises EngineError where a named matcher cannot be had.
    """

    def __init__(self, ruleset: Ruleset, matcher: str | MatcherChoice = "auto") -> None:
        # A case is looked at once: when its answers will change by time alone is not asked.
        self.engine = Engine(ruleset, matcher=matcher, foresees=False)
        self._exceptions = LocalExceptions(self.engine)
        self._rater = Rater(ruleset)
        self._principles = PrincipleReader(ruleset)
        self._supply = SupplyReader()
        self._explanations = ExplanationReader(frozenset([rule.id for rule in ruleset.rules]))

    def __reduce__(self) -> tuple[type[CaseAudit], tuple[Ruleset, MatcherChoice]]:
        return CaseAudit, (self.engine.ruleset, self.engine.choice)

    def of(self, case: Case, as_of: Cutoff, source: str | None = None) -> CaseResult:
        """Audits a case as it stood at a moment; `source` is the file that faults name."""
        view = in_force(case, as_of)
        evaluation = self.engine.evaluate_view(view)
        applied = self._exceptions.apply(case, as_of, evaluation.answers)
        if applied.answers is not evaluation.answers:
            evaluation = evaluation._replace(answers=applied.answers)
        applying = applying_of(evaluation.answers)
        faults = evaluation.faults + self._explanations.faults(view)
        if faults:
            faults = tuple([one._replace(input=source, line=case.line) for one in faults])
        return CaseResult(
            case=case.id,
            answers=evaluation.answers,
            applying=applying,
            answered=len(evaluation.answers) + len(evaluation.faults),
            not_applicable=len(evaluation.answers) - len(applying),
            findings=self._findings(view, applying, evaluation.faults),
            owner=owner_of(case),
            supply=self._supply.read(case),
            adult=mark_of(case.adult.get("ref")),
            facts=facts_of(view),
            filtered=applied.filtered,
            has_plain_ids=are_plain([event.id for event in case.events]),
            faults=faults,
        )

    def _findings(
        self, view: CaseView, applying: tuple[Answer, ...], faults: tuple[Fault, ...]
    ) -> Findings:
        grid = grid_of(view)
        return Findings(
            self._rater.rate(applying, faults),
            practice_of(view, grid),
            wellbeing_of(view),
            self._principles.read(applying),
            grid,
        )


def applying_of(answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """Picks the answers that are not `not_applicable`."""
    return tuple([answer for answer in answers if answer.verdict is not _NOT_APPLICABLE])


def are_plain(ids: Sequence[str]) -> bool:
    """Tells whether ids are plain words: ASCII letters and digits, and signs within that are safe.

    A spreadsheet takes none of them for a formula, and no format has to quote them.
    """
    lines = "\n".join(ids)  # looked at together: one by one they would take five times as long
    are_words = _PLAIN_WORDS(lines) is not None and lines.count("\n") < len(ids)
    return are_words or not ids
