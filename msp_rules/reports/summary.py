"""Sums a scan up as people think of it: in cases, agencies and rules, with the bases of every rate.

What reports show first, and the `summary` of results.json, come from here, so that they agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from msp_rules.audit.case_audit.facts import FACETS
from msp_rules.audit.case_audit.grid import MOVEMENTS
from msp_rules.audit.case_audit.practice import PRACTICES
from msp_rules.audit.people import PeopleTally
from msp_rules.audit.practice_tally import PracticeTally
from msp_rules.audit.result import ScanResult
from msp_rules.audit.supply import OF_THE_EVENT
from msp_rules.reports.rows import FEW, OwnerRow, RuleRow, first_rows, missing_rows, owner_rows
from msp_rules.reports.rows import rule_rows as all_rule_rows
from msp_rules.rules.language.rule import PRINCIPLES

MOST_FIRST: Final = 5
"""The number of rules of each weight that reports name first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LackingRow:
    """A kind of record or a field that answers `cannot_tell` lack."""

    event: str
    """The event type."""
    field: str
    """The field; "" for the event itself."""
    cases: int
    """The number of cases with an answer that it would have settled."""
    rules: tuple[str, ...]
    """The ids of the rules that gave these answers, the one with most of them first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The numbers that a reader needs first."""

    cases: int
    """The number of cases."""
    people: PeopleTally
    """The adults whom they are about."""
    facets: Mapping[str, int]
    """The number of cases in each of the `FACETS`."""
    faulty_cases: int
    """The number of cases of which something could not be read or judged."""
    owners: tuple[OwnerRow, ...]
    """The agencies and teams, those with the most to ask about first."""
    rules: tuple[RuleRow, ...]
    """The rules that answered, by id."""
    first: tuple[RuleRow, ...]
    """The rules to look at first, the heaviest weight first."""
    lacking: tuple[LackingRow, ...]
    """The records and fields that answers lacked, those missing in most cases first."""


def summary_of(result: ScanResult) -> Summary:
    """Sums up a scan."""
    tally, rules = result.tally, all_rule_rows(result)
    facets = tally.facets
    return Summary(
        cases=tally.cases,
        people=tally.people,
        facets={name: facets[name] for name in FACETS},
        faulty_cases=len({fault.case for fault in tally.faults if fault.case is not None}),
        owners=tuple(owner_rows(tally)),
        rules=tuple(rules),
        first=tuple(first_rows(rules, MOST_FIRST)),
        lacking=_lacking(result),
    )


def summary_document(result: ScanResult) -> Mapping[str, Any]:
    """Writes the summary for programs (docs/results.md, `summary`)."""
    found = summary_of(result)
    return {
        "cases": {**found.facets, "with_faults": found.faulty_cases},
        "people": {"distinct": found.people.distinct, "of_cases": found.people.cases},
        "rules": {row.rule.id: _rates(row.due, row.counts) for row in found.rules},
        "agencies": _agencies(found.owners),
        **practice_document(result.tally.practice, result.tally.movements),
    }


def practice_document(practice: PracticeTally, movements: Mapping[str, int]) -> Mapping[str, Any]:
    """Writes what went well for programs: counts of cases, of answers and of outcomes."""
    return {
        "practice": {name: n for name in PRACTICES if (n := practice.signs.get(name, 0))},
        "principles": {
            name: dict(zip(("of", "met", "explained"), numbers, strict=True))
            for name in PRINCIPLES
            if (numbers := practice.principles.get(name))
        },
        "wellbeing": {
            **dict(sorted(practice.outcomes.items())),
            "domains": dict(sorted(practice.domains.items())),
        },
        "grid": {
            "movements": {name: n for name in MOVEMENTS if (n := movements.get(name, 0))},
            "moves": dict(sorted(practice.moves.items())),
        },
    }


def by_agency(owners: Iterable[OwnerRow]) -> Mapping[str, Mapping[str, int]]:
    """Adds cases and facets up by agency, in the order of owners: those to ask about first, first.

    A team is text that somebody typed, and is named in fewer places.
    """
    found: dict[str, Counter[str]] = {}
    for row in owners:
        found.setdefault(row.agency, Counter()).update({"cases": row.cases, **row.facets})
    return dict(sorted(found.items(), key=lambda item: _order_of(*item)))


def _order_of(agency: str, counts: Mapping[str, int]) -> tuple[bool, float, str]:
    return counts["cases"] < FEW, -counts["duty_or_flag"] / counts["cases"], agency


def _agencies(owners: Iterable[OwnerRow]) -> Mapping[str, Any]:
    rates: dict[str, Counter[str]] = {}
    rows = tuple(owners)
    for row in rows:
        rates.setdefault(row.agency, Counter()).update(_rates(row.due, row.counts))
    return {
        agency: {
            "cases": counts["cases"],
            **rates[agency],
            "of_cases": {name: counts[name] for name in FACETS},
        }
        for agency, counts in by_agency(rows).items()
    }


def _rates(due: int, counts: Mapping[str, int]) -> Mapping[str, int]:
    """Gives the base of a rate, and what it is a rate of; what is not due stands beside it."""
    return {"due": due, **{name: n for name, n in counts.items() if name != "not_applicable"}}


def _lacking(result: ScanResult) -> tuple[LackingRow, ...]:
    answers: dict[tuple[str, str], Counter[str]] = {}
    for row in missing_rows(result):
        name = "" if row.field in OF_THE_EVENT else row.field
        answers.setdefault((row.event, name), Counter())[row.rule] += row.answers
    rows = [
        LackingRow(
            event=event,
            field=name,
            cases=cases,
            rules=tuple(rule for rule, _ in answers[event, name].most_common()),
        )
        for (event, name), cases in result.tally.coverage.lacking.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.cases, row.event, row.field)))
