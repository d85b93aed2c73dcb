"""Counts what a set of cases shows by one ruleset: a stage on the way from old to new."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from msp_rules.audit.case_audit import CaseAudit, CaseResult
from msp_rules.audit.case_reader import ReadCase
from msp_rules.audit.change.fingerprints import SubjectNames, fingerprint_of
from msp_rules.audit.measures.counting import MeasureCounts
from msp_rules.casework.case import Fault
from msp_rules.engine.verdict import FINDINGS, Verdict
from msp_rules.rules.language.rule import Ruleset

ALL: Final = "all"
SEVERITY: Final = "severity"
RULE: Final = "rule"
QUESTION: Final = "question"
MEASURE: Final = "measure"
KINDS: Final = (ALL, SEVERITY, RULE, QUESTION, MEASURE)
"""The kinds of count, in the order in which they are listed."""
WAIVED: Final = "waived"
NO_ANSWER: Final = "no_answer"
CASES: Final = "cases"
COUNTED: Final = "counted"
OF: Final = "of"
ANSWERS: Final = (*(one.value for one in Verdict), WAIVED, NO_ANSWER)
"""The names of counts of rules: verdicts, findings that a waiver sets aside, and faults."""


class CountKey(NamedTuple):
    """Names one count."""

    kind: str
    """One of `KINDS`."""
    id: str
    """The id of the rule, question or part of a measure ("M1/asked"); a severity; empty for all."""
    name: str
    """The name of what is counted, such as a verdict or a colour."""


class FindingSeen(NamedTuple):
    """A finding: something that the record lacks, by one rule."""

    rule: str
    """The id of the rule."""
    case: str
    """The id of the case."""
    subject: str | None
    """The id of the entry that it is about, as this export has it; None for the whole case."""
    verdict: str
    """The verdict."""
    severity: str
    """The severity of the rule."""


@dataclass(slots=True)
class Stage:
    """The counts of one set of cases by one ruleset."""

    counts: Counter[CountKey] = field(default_factory=Counter)
    """The counts by key; what is absent is nought."""
    findings: dict[str, FindingSeen] = field(default_factory=dict)
    """The findings by fingerprint, without those that a waiver sets aside."""


class StageCounter:
    """Audits cases by one ruleset and counts them."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.faults: list[Fault] = []
        """The rules that gave no answer."""
        self._audit = CaseAudit(ruleset)
        self._stage = Stage()
        self._measures = MeasureCounts()

    def add(self, read: ReadCase) -> CaseResult:
        """Counts a case, and gives what was found in it."""
        view = read.view
        found = self._audit.of(read.case, view.as_of, read.source)
        colours = {code: rating.colour for code, rating in found.findings.audit.items()}
        self._measures.add(read, colours)
        self._count_answers(read, found)
        counts = self._stage.counts
        counts[CountKey(ALL, "", CASES)] += 1
        for code, colour in colours.items():
            counts[CountKey(QUESTION, code, colour)] += 1
        self.faults += found.faults
        return found

    def finish(self) -> Stage:
        """Gives the counts, once all cases have been added."""
        self._measures.finish()
        for (measure, part), one in self._measures.parts.items():
            name = f"{measure}/{part}"
            self._stage.counts[CountKey(MEASURE, name, COUNTED)] = one.numerator
            self._stage.counts[CountKey(MEASURE, name, OF)] = one.denominator
        self._stage.counts = +self._stage.counts
        return self._stage

    def _count_answers(self, read: ReadCase, found: CaseResult) -> None:
        counts, findings, names = self._stage.counts, self._stage.findings, None
        for answer in found.answers:
            name = answer.verdict.value if answer.waived is None else WAIVED
            counts[CountKey(RULE, answer.rule, name)] += 1
            counts[CountKey(SEVERITY, answer.severity, name)] += 1
            counts[CountKey(ALL, "", name)] += 1
            if answer.waived is not None or answer.verdict not in FINDINGS:
                continue
            names = names or SubjectNames(read.view)
            mark = fingerprint_of(answer, read.case.id, names)
            finding = FindingSeen(answer.rule, read.case.id, answer.subject, name, answer.severity)
            findings[mark] = finding
        for fault in found.faults:
            if fault.rule is not None:
                counts[CountKey(RULE, fault.rule, NO_ANSWER)] += 1
                counts[CountKey(ALL, "", NO_ANSWER)] += 1
