"""What a scan counts, in one process or in several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from msp_rules.audit.case_audit import Findings
from msp_rules.audit.case_audit.questions import Rating
from msp_rules.audit.supply import Coverage, add_counts
from msp_rules.casework.case import Fault, Holder
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.engine.waivers import Measure, Measured
from msp_rules.rules.language.rule import Severity

_Key = TypeVar("_Key")


@dataclass(slots=True)
class Tally:
    """Counts of cases and answers, and the faults; two of them add up.

    `answers` has for each rule how often it gave each of the verdicts (a number for each, in their
    order), without what is waived: `waived` counts that by rule, layer and name, as `filtered`
    counts what filters leave out. `held` has the same numbers for each holder of cases, with none
    for `not_applicable`; `held_cases` counts the cases. `unmapped` counts (event type, field) of
    values that a mapping or the vocabulary does not know; `coverage` says what the exports
    supplied, where the scan counts it.
    """

    # What grows with every case is kept in plain dictionaries and lists: setting an item of a
    # Counter is a slow call.
    cases: int = 0
    answers: dict[str, list[int]] = field(default_factory=dict)
    waived: Counter[Measure] = field(default_factory=Counter)
    filtered: Counter[Measure] = field(default_factory=Counter)
    held: dict[Holder, list[int]] = field(default_factory=dict)
    held_cases: dict[Holder, int] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    is_complete: bool = True
    _ratings: dict[tuple[str, str, bool], int] = field(default_factory=dict)
    _movements: dict[str, int] = field(default_factory=dict)
    _worst: int = -1

    @property
    def worst(self) -> Severity | None:
        """The highest severity with a `not_met`, None without one."""
        return None if self._worst < 0 else _SEVERITIES[self._worst]

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
        totals: Counter[str] = Counter()
        for counts in self.answers.values():
            totals.update(by_verdict(counts))
        return totals

    @property
    def by_rule(self) -> dict[str, Counter[str]]:
        """How often each rule gave each verdict."""
        return {rule: found for rule, row in self.answers.items() if (found := by_verdict(row))}

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
        """Counts the answers on one case, as `add_case` says."""
        self.held_cases[holder] = self.held_cases.get(holder, 0) + 1
        held = _counts_of(self.held, holder)
        rules, not_applicable = self.answers, 0
        for answer in answers:
            if answer.waived is not None:
                self.waived[Measure(answer.rule, *answer.waived)] += 1
                continue
            verdict = answer.verdict
            counts = _counts_of(rules, answer.rule)
            if verdict is Verdict.NOT_APPLICABLE:
                not_applicable += 1
                counts[_NOT_APPLICABLE] = counts[_NOT_APPLICABLE] + 1
                continue
            place = _PLACES[verdict]
            # Written out, since compiled code adds two numbers sooner than it calls `+=` of a list.
            counts[place] = counts[place] + 1
            held[place] = held[place] + 1
            if verdict is Verdict.NOT_MET:
                self._worst = max(self._worst, _RANKS[answer.severity])
            elif verdict is Verdict.CANNOT_TELL:
                self.coverage.add_wanted(answer)
        return not_applicable

    def add_faults(self, faults: list[Fault]) -> None:
        """Notes what could not be read or judged; with any of it, the run is incomplete."""
        self.faults += faults
        self.is_complete = self.is_complete and not faults

    def merge(self, other: Tally) -> None:
        """Adds what another process counted."""
        self.cases += other.cases
        add_rows(self.answers, other.answers)
        add_rows(self.held, other.held)
        add_counts(self.held_cases, other.held_cases)
        add_counts(self._ratings, other._ratings)
        add_counts(self._movements, other._movements)
        self.waived.update(other.waived)
        self.filtered.update(other.filtered)
        self.coverage.merge(other.coverage)
        self.unmapped.update(other.unmapped)
        self.add_faults(other.faults)
        self.is_complete = self.is_complete and other.is_complete
        self._worst = max(self._worst, other._worst)


def by_verdict(counts: Sequence[int]) -> Counter[str]:
    """Numbers in the order of the verdicts by their words; only what there is."""
    return Counter({word: count for word, count in zip(_WORDS, counts, strict=True) if count})


def add_rows(rows: dict[_Key, list[int]], more: Mapping[_Key, Sequence[int]]) -> None:
    """Adds numbers in the order of the verdicts to such numbers."""
    for key, numbers in more.items():
        counts = _counts_of(rows, key)
        for place, number in enumerate(numbers):
            counts[place] = counts[place] + number


def _counts_of(rows: dict[_Key, list[int]], key: _Key) -> list[int]:
    counts = rows.get(key)
    if counts is None:
        counts = rows[key] = [0] * len(_PLACES)
    return counts


def _colour(rating: Rating) -> str:
    return rating.colour if rating.suggestion is None else rating.suggestion.colour


def _by_rule(measures: Counter[Measure]) -> Counter[str]:
    rules: Counter[str] = Counter()
    for measure, count in measures.items():
        rules[measure.rule] += count
    return rules


_WORDS: Final = tuple([verdict.value for verdict in Verdict])
_PLACES: Final = {verdict: place for place, verdict in enumerate(Verdict)}
_NOT_APPLICABLE: Final = _PLACES[Verdict.NOT_APPLICABLE]
_SEVERITIES: Final = tuple(Severity)
_RANKS: Final = {severity.value: severity.rank for severity in Severity}
"""By the text that an answer has."""
