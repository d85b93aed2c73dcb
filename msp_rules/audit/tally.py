"""What a scan counts, in one process or in several."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from msp_rules.audit.coverage import Coverage, add_counts
from msp_rules.audit.findings import Findings
from msp_rules.audit.rating import Rating
from msp_rules.casework.case import Fault
from msp_rules.casework.holder import Holder
from msp_rules.engine.measures import Measure, Measured
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.rule import Severity

CASES: Final = "cases"
"""Under what the cases of a holder are counted, beside their verdicts."""


@dataclass(slots=True)
class Tally:
    """Counts of cases and answers, and the faults; two of them add up.

    `answers` counts by verdict and rule id, without what is waived: `waived` counts that by rule,
    layer and name, as `filtered` counts what filters leave out. `held` counts by who holds a case:
    the cases (`CASES`), and each verdict except `not_applicable`. `unmapped` counts (event type,
    field) of values that a mapping or the vocabulary does not know; `coverage` says what the
    exports supplied, where the scan counts it. `worst` is the highest severity with a `not_met`,
    None without one.
    """

    # What grows with every case is a plain dictionary: setting an item of a Counter is a slow call.
    cases: int = 0
    answers: dict[Verdict, dict[str, int]] = field(default_factory=dict)
    waived: Counter[Measure] = field(default_factory=Counter)
    filtered: Counter[Measure] = field(default_factory=Counter)
    held: dict[Holder, dict[str, int]] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    worst: Severity | None = None
    faults: list[Fault] = field(default_factory=list)
    is_complete: bool = True
    _ratings: dict[tuple[str, str, bool], int] = field(default_factory=dict)
    _movements: dict[str, int] = field(default_factory=dict)

    @property
    def ratings(self) -> Counter[tuple[str, str, bool]]:
        """How many cases have (question, colour, whether explained).

        For a question that a person rates, the suggested colour.
        """
        return Counter(self._ratings)

    @property
    def movements(self) -> Counter[str]:
        """How many cases have each state of the grid (`Grid.state`, and `not_supplied`)."""
        return Counter(self._movements)

    @property
    def verdicts(self) -> Counter[str]:
        """How often each verdict was given."""
        return Counter({v.value: sum(rules.values()) for v, rules in self.answers.items()})

    @property
    def by_rule(self) -> dict[str, Counter[str]]:
        """How often each rule gave each verdict."""
        found: dict[str, Counter[str]] = {}
        for verdict, rules in self.answers.items():
            for rule, count in rules.items():
                found.setdefault(rule, Counter())[verdict.value] += count
        return found

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
        ratings, movements = self._ratings, self._movements
        for question, rating in findings.audit.items():
            key = (question, _colour(rating), rating.is_explained)
            ratings[key] = ratings.get(key, 0) + 1
        grid = findings.grid
        state = "not_supplied" if grid is None else grid.state
        movements[state] = movements.get(state, 0) + 1
        if measured.filtered:
            self.filtered.update(measured.filtered)
        return self._add_answers(measured.answers, holder)

    def _add_answers(self, answers: tuple[Answer, ...], holder: Holder) -> int:
        held = self.held.get(holder)
        if held is None:
            held = self.held[holder] = {}
        held[CASES] = held.get(CASES, 0) + 1
        by_verdict, not_applicable, heaviest = self.answers, 0, -1
        for answer in answers:
            if answer.waived is not None:
                self.waived[Measure(answer.rule, *answer.waived)] += 1
                continue
            rule, verdict = answer.rule, answer.verdict
            by_rule = by_verdict.get(verdict)
            if by_rule is None:
                by_rule = by_verdict[verdict] = {}
            by_rule[rule] = by_rule.get(rule, 0) + 1
            if verdict is Verdict.NOT_APPLICABLE:
                not_applicable += 1
                continue
            held[verdict] = held.get(verdict, 0) + 1
            if verdict is Verdict.NOT_MET:
                heaviest = max(heaviest, _RANKS[answer.severity])
            elif verdict is Verdict.CANNOT_TELL:
                self.coverage.add_wanted(answer)
        if heaviest >= 0:
            self._weigh(_SEVERITIES[heaviest])
        return not_applicable

    def add_faults(self, faults: list[Fault]) -> None:
        """Notes what could not be read or judged; with any of it, the run is incomplete."""
        self.faults += faults
        self.is_complete = self.is_complete and not faults

    def merge(self, other: Tally) -> None:
        """Adds what another process counted."""
        self.cases += other.cases
        for verdict, rules in other.answers.items():
            add_counts(self.answers.setdefault(verdict, {}), rules)
        for holder, counts in other.held.items():
            add_counts(self.held.setdefault(holder, {}), counts)
        add_counts(self._ratings, other._ratings)
        add_counts(self._movements, other._movements)
        self.waived.update(other.waived)
        self.filtered.update(other.filtered)
        self.coverage.merge(other.coverage)
        self.unmapped.update(other.unmapped)
        self.add_faults(other.faults)
        self.is_complete = self.is_complete and other.is_complete
        if other.worst is not None:
            self._weigh(other.worst)

    def _weigh(self, severity: Severity) -> None:
        if self.worst is not severity and (self.worst is None or severity.rank > self.worst.rank):
            self.worst = severity


def _colour(rating: Rating) -> str:
    return rating.colour if rating.suggestion is None else rating.suggestion.colour


def _by_rule(measures: Counter[Measure]) -> Counter[str]:
    rules: Counter[str] = Counter()
    for measure, count in measures.items():
        rules[measure.rule] += count
    return rules


_SEVERITIES: Final = tuple(Severity)
_RANKS: Final = {severity.value: severity.rank for severity in Severity}
"""By the text that an answer has."""
