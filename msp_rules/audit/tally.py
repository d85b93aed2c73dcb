"""Adds up the results of cases. Tallies can be merged, so parts of the cases are counted alone.

What grows with every case is kept in plain dictionaries and lists (setting an item of a Counter is
a slow call), and read through properties that give Counters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from msp_rules.audit.case_audit import CaseResult, Findings
from msp_rules.audit.case_audit.facts import FACETS, facets_of
from msp_rules.audit.people import PeopleTally, people_from
from msp_rules.audit.practice_tally import PracticeTally, practice_tally_from
from msp_rules.audit.supply import Coverage, add_counts, count_rows, coverage_from
from msp_rules.casework.case import CaseOwner, Fault, InputWarning
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.engine.waivers import LocalException
from msp_rules.rules.language.rule import Severity

_Key = TypeVar("_Key")


@dataclass(slots=True)
class Tally:
    """Counts of cases and answers, and the faults."""

    cases: int = 0
    """The number of cases."""

    answers: dict[str, list[int]] = field(default_factory=dict)
    """For each rule how often it gave each verdict: a number for each, in the order of `Verdict`.

    What is waived is not among them.
    """

    waived: Counter[LocalException] = field(default_factory=Counter)
    """Findings that waivers set aside."""

    filtered: Counter[LocalException] = field(default_factory=Counter)
    """Subjects that filters left out."""

    answers_by_owner: dict[CaseOwner, list[int]] = field(default_factory=dict)
    """The numbers of `answers` for each owner of cases; that of `not_applicable` is 0."""

    cases_by_owner: dict[CaseOwner, int] = field(default_factory=dict)
    """The number of cases of each owner."""

    facets_by_owner: dict[CaseOwner, list[int]] = field(default_factory=dict)
    """The number of cases of each owner that are counted in each of the `FACETS`, in that order."""

    people: PeopleTally = field(default_factory=PeopleTally)
    """The adults whom the cases are about."""

    practice: PracticeTally = field(default_factory=PracticeTally)
    """Counts of what went well."""

    coverage: Coverage = field(default_factory=Coverage)
    """Counts of what the exports supplied."""

    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Values of (event type, field) that a mapping or the vocabulary does not know."""

    assumed: Counter[str] = field(default_factory=Counter)
    """Events that got a value which a mapping assumes, by `type.field`."""

    warnings: list[InputWarning] = field(default_factory=list)
    """Warnings about the exports: they need attention, but nothing is unsound because of them."""

    faults: list[Fault] = field(default_factory=list)
    """The faults: one for each thing that could not be read or judged."""

    is_complete: bool = True
    """False once there was a fault."""

    recording: Counter[str] = field(default_factory=Counter)
    """Events of the file under way that say something odd of when they were written down."""

    has_events: bool = False
    """True once a case had an event with a date."""

    has_begun: bool = False
    """True once such an event lay at or before the moment of the evaluation."""

    _ratings: dict[tuple[str, str, bool], int] = field(default_factory=dict)
    _movements: dict[str, int] = field(default_factory=dict)
    _worst: int = -1

    @property
    def worst(self) -> Severity | None:
        """The highest severity with a `not_met`, None without one."""
        return None if self._worst < 0 else _SEVERITIES[self._worst]

    @property
    def ratings(self) -> Counter[tuple[str, str, bool]]:
        """Numbers of cases by question, colour, and whether an explanation was accepted.

        For a question that a person rates, the suggested colour.
        """
        return Counter(self._ratings)

    @property
    def movements(self) -> Counter[str]:
        """Numbers of cases by their state of the grid (`Grid.state`, and `not_supplied`)."""
        return Counter(self._movements)

    @property
    def facets(self) -> Counter[str]:
        """Numbers of cases by facet; only what there is."""
        totals = [sum(column) for column in zip(*self.facets_by_owner.values(), strict=True)]
        return Counter({name: n for name, n in zip(FACETS, totals, strict=False) if n})

    @property
    def verdicts(self) -> Counter[str]:
        """Numbers of answers by verdict."""
        totals: Counter[str] = Counter()
        for counts in self.answers.values():
            totals.update(by_verdict(counts))
        return totals

    @property
    def by_rule(self) -> dict[str, Counter[str]]:
        """Numbers of answers by rule and verdict."""
        return {rule: found for rule, row in self.answers.items() if (found := by_verdict(row))}

    @property
    def waived_by_rule(self) -> Counter[str]:
        """Numbers of waived findings by rule."""
        return _by_rule(self.waived)

    @property
    def filtered_by_rule(self) -> Counter[str]:
        """Numbers of subjects that filters left out, by rule."""
        return _by_rule(self.filtered)

    def add(self, result: CaseResult) -> None:
        """Counts one case, and notes the rules that gave no answer on it."""
        self.cases += 1
        self.people.add(result.adult)
        self._add_findings(result.findings)
        self._add_facets(result)
        if result.filtered:
            self.filtered.update(result.filtered)
        self._add_answers(result.answers, result.owner)
        self.coverage.add(result.supply)
        if result.faults:
            self.add_faults(result.faults)

    def _add_findings(self, findings: Findings) -> None:
        ratings, movements = self._ratings, self._movements
        for question, rating in findings.audit.items():
            colour, is_explained, suggestion = rating
            key = (question, colour if suggestion is None else suggestion.colour, is_explained)
            ratings[key] = ratings.get(key, 0) + 1
        grid = findings.grid
        state = "not_supplied" if grid is None else grid.state
        movements[state] = movements.get(state, 0) + 1
        self.practice.add(findings)

    def _add_facets(self, result: CaseResult) -> None:
        counts = self.facets_by_owner.get(result.owner)
        if counts is None:
            counts = self.facets_by_owner[result.owner] = [0] * len(FACETS)
        has_practice = bool(result.findings.practice)
        for place, is_so in enumerate(
            facets_of(result.applying, result.facts, has_practice=has_practice)
        ):
            if is_so:
                counts[place] = counts[place] + 1

    def _add_answers(self, answers: tuple[Answer, ...], owner: CaseOwner) -> None:
        self.cases_by_owner[owner] = self.cases_by_owner.get(owner, 0) + 1
        held = _counts_of(self.answers_by_owner, owner)
        rules = self.answers
        unsure: list[Answer] = []
        for answer in answers:
            rule, verdict = answer.rule, answer.verdict
            counts = rules.get(rule)
            if counts is None:
                counts = rules[rule] = [0] * len(_PLACES)
            # Written out, since compiled code adds two numbers sooner than it calls `+=` of a list.
            if verdict is _NOT_APPLICABLE:
                counts[_LEFT_OUT] = counts[_LEFT_OUT] + 1
                continue
            if answer.waived is not None:
                self.waived[LocalException(rule, *answer.waived)] += 1
                continue
            place = _PLACES[verdict]
            counts[place] = counts[place] + 1
            held[place] = held[place] + 1
            if verdict is _NOT_MET:
                self._worst = max(self._worst, _RANKS[answer.severity])
            elif verdict is _CANNOT_TELL:
                unsure.append(answer)
        if unsure:
            self.coverage.add_missing(unsure)

    def add_faults(self, faults: Sequence[Fault]) -> None:
        """Notes what could not be read or judged; with any of it, the run is incomplete."""
        self.faults += faults
        self.is_complete = self.is_complete and not faults

    def merge(self, other: Tally) -> None:
        """Adds what was counted elsewhere."""
        self.cases += other.cases
        self.people.merge(other.people)
        add_rows(self.answers, other.answers)
        add_rows(self.answers_by_owner, other.answers_by_owner)
        add_counts(self.cases_by_owner, other.cases_by_owner)
        add_rows(self.facets_by_owner, other.facets_by_owner)
        self.practice.merge(other.practice)
        add_counts(self._ratings, other._ratings)
        add_counts(self._movements, other._movements)
        self.waived.update(other.waived)
        self.filtered.update(other.filtered)
        self.coverage.merge(other.coverage)
        self.unmapped.update(other.unmapped)
        self.assumed.update(other.assumed)
        self.warnings += other.warnings
        self.add_faults(other.faults)
        self.is_complete = self.is_complete and other.is_complete
        self.recording.update(other.recording)
        self.has_events = self.has_events or other.has_events
        self.has_begun = self.has_begun or other.has_begun
        self._worst = max(self._worst, other._worst)

    def document(self) -> Mapping[str, object]:
        """Gives all counts as JSON holds them; `tally_from` reads that again."""
        return {
            "cases": self.cases,
            "answers": self.answers,
            "waived": count_rows(self.waived),
            "filtered": count_rows(self.filtered),
            "held": [[*owner, counts] for owner, counts in self.answers_by_owner.items()],
            "held_cases": count_rows(self.cases_by_owner),
            "facets": [[*owner, counts] for owner, counts in self.facets_by_owner.items()],
            "people": self.people.document(),
            "practice": self.practice.document(),
            "coverage": self.coverage.document(),
            "unmapped": count_rows(self.unmapped),
            "assumed": dict(self.assumed),
            "warnings": [list(warning) for warning in self.warnings],
            "faults": [list(fault) for fault in self.faults],
            "is_complete": self.is_complete,
            "recording": dict(self.recording),
            "begun": [self.has_events, self.has_begun],
            "ratings": count_rows(self._ratings),
            "movements": self._movements,
            "worst": self._worst,
        }


def tally_from(document: Mapping[str, Any]) -> Tally:
    """Reads the counts that `Tally.document` gave; its shape has been checked before."""
    begun = document.get("begun", (True, True))  # checkpoints of earlier versions don't say
    return Tally(
        cases=document["cases"],
        answers=dict(document["answers"]),
        waived=_exceptions(document["waived"]),
        filtered=_exceptions(document["filtered"]),
        answers_by_owner={(agency, team): counts for agency, team, counts in document["held"]},
        cases_by_owner={(agency, team): count for agency, team, count in document["held_cases"]},
        facets_by_owner={
            (agency, team): counts for agency, team, counts in document.get("facets", ())
        },
        people=people_from(document.get("people")),
        practice=practice_tally_from(document.get("practice")),
        coverage=coverage_from(document["coverage"]),
        unmapped=Counter({(kind, name): count for kind, name, count in document["unmapped"]}),
        # Checkpoints of earlier versions have neither.
        assumed=Counter(document.get("assumed", {})),
        warnings=[InputWarning(*parts) for parts in document.get("warnings", ())],
        faults=[Fault(*parts) for parts in document["faults"]],
        is_complete=document["is_complete"],
        recording=Counter(document.get("recording", {})),
        has_events=begun[0],
        has_begun=begun[1],
        _ratings={(q, colour, is_so): count for q, colour, is_so, count in document["ratings"]},
        _movements=dict(document["movements"]),
        _worst=document["worst"],
    )


def _exceptions(rows: Sequence[Sequence[Any]]) -> Counter[LocalException]:
    return Counter({LocalException(rule, layer, name): count for rule, layer, name, count in rows})


def by_verdict(counts: Sequence[int]) -> Counter[str]:
    """Numbers in the order of the verdicts by their words; only what there is."""
    return Counter({word: count for word, count in zip(_WORDS, counts, strict=True) if count})


def add_rows(rows: dict[_Key, list[int]], more: Mapping[_Key, Sequence[int]]) -> None:
    """Adds rows of numbers to rows of as many numbers."""
    for key, numbers in more.items():
        counts = rows.get(key)
        if counts is None:
            counts = rows[key] = [0] * len(numbers)
        for place, number in enumerate(numbers):
            counts[place] = counts[place] + number


def _counts_of(rows: dict[_Key, list[int]], key: _Key) -> list[int]:
    counts = rows.get(key)
    if counts is None:
        counts = rows[key] = [0] * len(_PLACES)
    return counts


def _by_rule(exceptions: Counter[LocalException]) -> Counter[str]:
    rules: Counter[str] = Counter()
    for exception, count in exceptions.items():
        rules[exception.rule] += count
    return rules


_WORDS: Final = tuple([verdict.value for verdict in Verdict])
_PLACES: Final = {verdict: place for place, verdict in enumerate(Verdict)}
_LEFT_OUT: Final = _PLACES[Verdict.NOT_APPLICABLE]
# A member of an enum is looked up anew each time, and these are asked of every answer.
_NOT_APPLICABLE: Final = Verdict.NOT_APPLICABLE
_NOT_MET: Final = Verdict.NOT_MET
_CANNOT_TELL: Final = Verdict.CANNOT_TELL
_SEVERITIES: Final = tuple(Severity)
_RANKS: Final = {severity.value: severity.rank for severity in Severity}
"""By the text that an answer has."""
