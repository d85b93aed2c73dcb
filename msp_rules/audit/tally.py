"""What a scan counts, in one process or in several."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from msp_rules.audit.coverage import Coverage
from msp_rules.audit.findings import Findings
from msp_rules.audit.rating import Rating
from msp_rules.casework.case import Fault
from msp_rules.casework.holder import Holder
from msp_rules.engine.measures import Measure, Measured
from msp_rules.engine.verdict import Verdict
from msp_rules.rules.rule import Severity


@dataclass(slots=True)
class Tally:
    """Counts of cases and answers, and the faults; two of them add up.

    `answers` counts (rule id, verdict), without what is waived: `waived` counts that by rule, layer
    and name, as `filtered` counts what filters leave out. `ratings` counts (question, colour,
    whether explained), for a question that a person rates the suggested colour; `movements` the
    states of the grid (`Grid.state`, and `not_supplied`). `holders` counts (agency, team, what):
    the cases of who holds them, and each verdict except `not_applicable`. `unmapped` counts (event
    type, field) of values that a mapping or the vocabulary does not know; `coverage` says what the
    exports supplied, where the scan counts it. `worst` is the highest
    severity with a `not_met`, None without one.
    """

    cases: int = 0
    answers: Counter[tuple[str, Verdict]] = field(default_factory=Counter)
    ratings: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    movements: Counter[str] = field(default_factory=Counter)
    waived: Counter[Measure] = field(default_factory=Counter)
    filtered: Counter[Measure] = field(default_factory=Counter)
    holders: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    coverage: Coverage = field(default_factory=Coverage)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    worst: Severity | None = None
    faults: list[Fault] = field(default_factory=list)
    is_complete: bool = True

    @property
    def verdicts(self) -> Counter[str]:
        """How often each verdict was given."""
        totals: Counter[str] = Counter()
        for (_, verdict), count in self.answers.items():
            totals[verdict.value] += count
        return totals

    @property
    def by_rule(self) -> dict[str, Counter[str]]:
        """How often each rule gave each verdict."""
        rules: dict[str, Counter[str]] = {}
        for (rule, verdict), count in self.answers.items():
            rules.setdefault(rule, Counter())[verdict.value] += count
        return rules

    @property
    def waived_by_rule(self) -> Counter[str]:
        """How many findings of each rule are waived."""
        return _by_rule(self.waived)

    @property
    def filtered_by_rule(self) -> Counter[str]:
        """How often filters left something out of each rule."""
        return _by_rule(self.filtered)

    def add_case(self, measured: Measured, findings: Findings, holder: Holder) -> int:
        """Counts one case; gives how many of its answers are `not_applicable`."""
        self.cases += 1
        self.holders[(*holder, "cases")] += 1
        for question, rating in findings.audit.items():
            self.ratings[question, _colour(rating), rating.is_explained] += 1
        grid = findings.grid
        self.movements["not_supplied" if grid is None else grid.state] += 1
        answers = measured.answers
        waived = [a for a in answers if a.waived is not None]
        if waived:
            self.waived.update([Measure(a.rule, *(a.waived or ("", ""))) for a in waived])
            answers = tuple(a for a in answers if a.waived is None)
        self.filtered.update(measured.filtered)
        self.answers.update([(answer.rule, answer.verdict) for answer in answers])
        not_applicable = 0
        for answer in answers:
            verdict = answer.verdict
            if verdict is Verdict.NOT_APPLICABLE:
                not_applicable += 1
                continue
            self.holders[(*holder, verdict.value)] += 1
            if verdict is Verdict.CANNOT_TELL:
                self.coverage.add_wanted(answer)
            if verdict is Verdict.NOT_MET and answer.severity != self.worst:
                self._weigh(Severity(answer.severity))
        return not_applicable

    def add_faults(self, faults: list[Fault]) -> None:
        """Notes what could not be read or judged; with any of it, the run is incomplete."""
        self.faults += faults
        self.is_complete = self.is_complete and not faults

    def merge(self, other: Tally) -> None:
        """Adds what another process counted."""
        self.cases += other.cases
        self.answers.update(other.answers)
        self.ratings.update(other.ratings)
        self.movements.update(other.movements)
        self.waived.update(other.waived)
        self.filtered.update(other.filtered)
        self.holders.update(other.holders)
        self.coverage.merge(other.coverage)
        self.unmapped.update(other.unmapped)
        self.add_faults(other.faults)
        self.is_complete = self.is_complete and other.is_complete
        if other.worst is not None:
            self._weigh(other.worst)

    def _weigh(self, severity: Severity) -> None:
        if self.worst is None or severity.rank > self.worst.rank:
            self.worst = severity


def _colour(rating: Rating) -> str:
    return rating.colour if rating.suggestion is None else rating.suggestion.colour


def _by_rule(measures: Counter[Measure]) -> Counter[str]:
    rules: Counter[str] = Counter()
    for measure, count in measures.items():
        rules[measure.rule] += count
    return rules
