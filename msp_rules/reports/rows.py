"""Turns the counts of a scan into rows, the same for every report.

First what the exports supplied, then the results by rule, by question and by owner.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from typing import Any, Final, NamedTuple

from msp_rules.audit.case_audit.facts import FACETS
from msp_rules.audit.exceptions import switched_off
from msp_rules.audit.result import ScanResult
from msp_rules.audit.supply import ADULT, CASE, Coverage
from msp_rules.audit.tally import Tally, by_verdict
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.reports.labels import COLOURS, QUESTIONS
from msp_rules.rules.language.rule import Rule, Ruleset

NOT_SAID: Final = "the export does not say"
DECLARED: Final = "yes"
IN_PART: Final = "in some exports"
NOT_DECLARED: Final = "no"
FEW: Final = 5
"""Shares of fewer than this are never ranked among the others."""
_NOT_DUE: Final = ("not_applicable", "not_yet_due")
_IDS: Final = ("id", "ref")
_ON_EVERY_EVENT: Final = ("agency", "role")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """The counts of one field of a type."""

    name: str
    """The name of the field."""
    of: int
    """The number of the type's events."""
    given: int
    """The number of events that have a value."""
    withheld: int
    """The number of those whose value was not exported."""
    unreadable: int
    """The number of events whose value could not be read."""
    unmapped: int
    """The number of values that the mapping or the vocabulary does not know."""
    declared: str
    """The sources' declaration of its supply, in a word of this module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeRow:
    """The counts of an event type of the vocabulary (or of `case`, or `adult`)."""

    name: str
    """The name of the type."""
    means: str
    """The explanation of the type."""
    events: int
    """The number of times that it occurs."""
    declared: str
    """The sources' declaration of its supply, in a word of this module."""
    fields: tuple[FieldRow, ...]
    """The counts of its fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRow:
    """Something that would have settled answers of a rule."""

    rule: str
    """The id of the rule."""
    event: str
    """The event type."""
    field: str
    """The field; "" for the event itself."""
    answers: int
    """The number of answers that it would have settled."""
    declared: str
    """The sources' declaration of its supply, in a word of this module."""

    @property
    def words(self) -> str:
        """The event type, with the field where it is about one."""
        return f"{self.event}.{self.field}" if self.field else self.event


def coverage_of(result: ScanResult) -> tuple[TypeRow, ...]:
    """Lists the types of the vocabulary in its order, those that never occurred included."""
    vocabulary, counted = _vocabulary(result), _Counted.of(result.tally)
    rows = [
        _row(counted, CASE, "The attributes of a case.", vocabulary.case),
        _row(counted, ADULT, "The adult, by a pseudonym.", vocabulary.adult),
    ]
    for kind in vocabulary.events.values():
        names = [*kind.fields, *_ON_EVERY_EVENT]
        rows.append(_row(counted, kind.name, kind.means, names))
    return tuple(rows)


def missing_rows(result: ScanResult) -> tuple[MissingRow, ...]:
    """Lists what would have settled answers `cannot_tell`, by rule and then most often first."""
    counts = result.tally.coverage
    rows = [
        MissingRow(
            rule=rule,
            event=event,
            field=name,
            answers=count,
            declared=_declared(counts, event, name),
        )
        for (rule, event, name), count in counts.wanted.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.rule, -row.answers, row.event, row.field)))


def never_there(rows: Iterable[TypeRow]) -> list[str]:
    """Lists event types that every source says it supplies, and that never occur."""
    return [row.name for row in rows if row.declared == DECLARED and not row.events]


def not_supplied(rows: Iterable[TypeRow]) -> list[str]:
    """Lists the event types that no source supplies: rules that rest on them cannot tell."""
    return [row.name for row in rows if row.declared == NOT_DECLARED]


def undeclared(rows: Iterable[TypeRow]) -> list[str]:
    """Lists the event types that occur, though every source says that it does not supply them."""
    return [row.name for row in rows if row.declared == NOT_DECLARED and row.events]


def coverage_document(result: ScanResult) -> Mapping[str, Any]:
    """Writes the coverage for programs (docs/results.md, `coverage`)."""
    sources = result.tally.coverage.sources
    return {
        "sources": sorted(
            (
                {"cases": count, "supplies": None if words is None else sorted(words)}
                for words, count in sources.items()
            ),
            key=lambda row: (-row["cases"], row["supplies"] or []),
        ),
        "types": {row.name: _type_document(row) for row in coverage_of(result)},
        "wanted": [
            {
                "rule": row.rule,
                "event": row.event,
                "field": row.field or None,
                "answers": row.answers,
            }
            for row in missing_rows(result)
        ],
    }


def _type_document(row: TypeRow) -> Mapping[str, Any]:
    fields = {
        one.name: {"given": one.given, "withheld": one.withheld, "unreadable": one.unreadable}
        for one in row.fields
    }
    return {"events": row.events, "fields": fields}


class _Counted(NamedTuple):
    """The counts of what the exports supplied, each added up once for all types."""

    coverage: Coverage
    events: Counter[str]
    given: Counter[tuple[str, str]]
    unmapped: Counter[tuple[str, str]]

    @classmethod
    def of(cls, tally: Tally) -> _Counted:
        coverage = tally.coverage
        return cls(coverage, coverage.events, coverage.given, tally.unmapped)


def _row(counted: _Counted, kind: str, means: str, names: Iterable[str]) -> TypeRow:
    counts, unmapped, of = counted.coverage, counted.unmapped, counted.events[kind]
    # Dates, ids and the like stand here only where they could not be read.
    doubtful = sorted(name for owner, name in (*counts.unreadable, *unmapped) if owner == kind)
    fields = tuple(
        FieldRow(
            name=name,
            of=of,
            given=counted.given[kind, name],
            withheld=counts.withheld[kind, name],
            unreadable=counts.unreadable[kind, name],
            unmapped=unmapped[kind, name],
            declared=_declared(counts, kind, name),
        )
        for name in dict.fromkeys((*names, *doubtful))
        if name not in _IDS
    )
    declared = _declared(counts, kind, "")
    return TypeRow(name=kind, means=means, events=of, declared=declared, fields=fields)


def _declared(counts: Coverage, kind: str, name: str) -> str:
    """Gives what the sources say of a type, or of a field of it."""
    if kind in (CASE, ADULT):
        return NOT_SAID  # no source declares these
    said = [words for words in counts.sources if words is not None]
    if not said:
        return NOT_SAID
    have = [words for words in said if _has(words, kind, name)]
    if not have:
        return NOT_DECLARED
    return DECLARED if len(have) == len(counts.sources) else IN_PART


def _has(words: frozenset[str], kind: str, name: str) -> bool:
    if kind in words:
        return True
    if name and name not in _ON_EVERY_EVENT:
        return f"{kind}.{name}" in words
    return any(word.startswith(f"{kind}.") for word in words)


def _vocabulary(result: ScanResult) -> Vocabulary:
    return result.ruleset.vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule that answered."""

    rule: Rule
    """The rule."""
    counts: Mapping[str, int]
    """The number of answers by verdict."""
    waived: int
    """The number of waived findings, which are not among the counts."""
    filtered: int
    """The number of subjects that filters left out."""

    @property
    def due(self) -> int:
        """The base of its rates: the number of its answers that were due."""
        return due_of(self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow:
    """An audit question."""

    question: str
    """The code of the question."""
    about: str
    """The question in a few words."""
    counts: Mapping[str, int]
    """The number of cases by colour."""
    explained: int
    """The number of green cases with an accepted explanation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRow:
    """The cases of one agency and team."""

    agency: str
    """The agency; empty if not recorded."""
    team: str
    """The team; empty if not recorded."""
    cases: int
    """The number of cases."""
    counts: Mapping[str, int]
    """The number of answers by verdict."""
    facets: Mapping[str, int]
    """The number of cases that are counted in each of the `FACETS`."""

    @property
    def due(self) -> int:
        """The base of its rates: the number of answers on its cases that were due."""
        return due_of(self.counts)


def due_of(counts: Mapping[str, int]) -> int:
    """Counts the answers that were due: the base of every rate (docs/readings.md, section 9).

    All but `not_applicable` and `not_yet_due`; waived ones are counted nowhere but apart.
    """
    return sum(number for verdict, number in counts.items() if verdict not in _NOT_DUE)


def ruleset_of(result: ScanResult) -> Ruleset:
    """Gives the ruleset as in force on the scan's day; with several days, its newest form."""
    days = {one.as_of for one in result.inputs}
    if len(days) != 1:
        return result.ruleset
    return result.ruleset.as_on(date.fromisoformat(days.pop()).toordinal())


def rule_rows(result: ScanResult) -> list[RuleRow]:
    """Lists the rules that answered, by id."""
    tally = result.tally
    counts, waived, filtered = tally.by_rule, tally.waived_by_rule, tally.filtered_by_rule
    return [
        RuleRow(
            rule=rule,
            counts=counts.get(rule.id, Counter()),
            waived=waived[rule.id],
            filtered=filtered[rule.id],
        )
        for rule in sorted(ruleset_of(result).rules, key=lambda one: one.id)
        if rule.id in counts or rule.id in waived
    ]


def first_rows(rows: Sequence[RuleRow], most: int) -> list[RuleRow]:
    """Picks the rules to review first: for each severity the largest shares not evidenced.

    The share is of what was due. Rules with fewer answers than `FEW` come after the others of their
    severity: one of one says less than ten of twenty.
    """
    found = [row for row in rows if row.counts["not_met"]]
    found.sort(key=lambda row: (-row.rule.severity.rank, *_by_share(row), row.rule.id))
    by_weight = groupby(found, key=lambda row: row.rule.severity)
    return [row for _, group in by_weight for row in islice(group, most)]


def _by_share(row: RuleRow) -> tuple[bool, float, int]:
    count = row.counts["not_met"]
    return row.due < FEW, -count / max(row.due, 1), -count


def question_rows(tally: Tally) -> list[QuestionRow]:
    """Lists the audit questions."""
    ratings = tally.ratings
    return [
        QuestionRow(
            question=question,
            about=about,
            counts={c: ratings[question, c, False] + ratings[question, c, True] for c in COLOURS},
            explained=ratings[question, "green", True],
        )
        for question, about in QUESTIONS.items()
    ]


def owner_rows(tally: Tally) -> list[OwnerRow]:
    """Lists the agencies and teams that hold a case: first those with the most to ask about.

    That is the largest share of cases with a duty or a flag not evidenced; owners of fewer cases
    than `FEW` come last.
    """
    rows = [
        OwnerRow(
            agency=agency,
            team=team,
            cases=cases,
            counts=by_verdict(tally.answers_by_owner[agency, team]),
            facets=dict(zip(FACETS, tally.facets_by_owner[agency, team], strict=True)),
        )
        for (agency, team), cases in tally.cases_by_owner.items()
    ]
    return sorted(rows, key=_to_ask_about)


def _to_ask_about(row: OwnerRow) -> tuple[bool, float, str, str]:
    return row.cases < FEW, -row.facets["duty_or_flag"] / row.cases, row.agency, row.team


def switched_off_rules(result: ScanResult) -> list[tuple[str, str]]:
    """Lists id and title of the rules that gave no answer on one of the scan's days."""
    titles = {rule.id: rule.title for rule in result.ruleset.rules}
    return [(one, titles[one]) for one in switched_off(result)]
