"""The counted results as rows, by rule, by question, by holder: what every report shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice

from msp_rules.audit.scan import Scan
from msp_rules.audit.standing import switched_off
from msp_rules.audit.tally import Tally, by_verdict
from msp_rules.reports.palette import COLOURS, QUESTIONS
from msp_rules.rules.rule import Rule, Ruleset


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule that answered: how often with which verdict; `waived` and `filtered` stand apart."""

    rule: Rule
    counts: Mapping[str, int]
    waived: int
    filtered: int

    @property
    def applied(self) -> int:
        """How often it concerned a case: all answers but `not_applicable`, none that is waived."""
        return sum(self.counts.values()) - self.counts["not_applicable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow:
    """An audit question: cases by colour; `explained` are among the green."""

    question: str
    about: str
    counts: Mapping[str, int]
    explained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRow:
    """An agency and team (empty: not recorded), its cases, and their verdicts."""

    agency: str
    team: str
    cases: int
    counts: Mapping[str, int]

    @property
    def applied(self) -> int:
        """All verdicts of its cases but `not_applicable`, none that is waived."""
        return sum(self.counts.values())


def ruleset_of(scan: Scan) -> Ruleset:
    """The ruleset as it stood on the scan's day; with several days, its newest form."""
    days = {one.as_of for one in scan.inputs}
    if len(days) != 1:
        return scan.engine.ruleset
    return scan.engine.ruleset.as_on(date.fromisoformat(days.pop()).toordinal())


def rule_rows(scan: Scan) -> list[RuleRow]:
    """Every rule that answered, by id."""
    tally = scan.tally
    counts, waived, filtered = tally.by_rule, tally.waived_by_rule, tally.filtered_by_rule
    return [
        RuleRow(
            rule=rule,
            counts=counts.get(rule.id, Counter()),
            waived=waived[rule.id],
            filtered=filtered[rule.id],
        )
        for rule in sorted(ruleset_of(scan).rules, key=lambda one: one.id)
        if rule.id in counts or rule.id in waived
    ]


def first_rows(rows: list[RuleRow], most: int) -> list[RuleRow]:
    """The rules to look at first: of each weight those most often not evidenced, heaviest first."""
    found = [row for row in rows if row.counts["not_met"]]
    found.sort(key=lambda row: (-row.rule.severity.rank, -row.counts["not_met"], row.rule.id))
    by_weight = groupby(found, key=lambda row: row.rule.severity)
    return [row for _, group in by_weight for row in islice(group, most)]


def question_rows(tally: Tally) -> list[QuestionRow]:
    """Every audit question."""
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


def holder_rows(tally: Tally) -> list[HolderRow]:
    """Every agency and team that holds a case."""
    return [
        HolderRow(
            agency=agency, team=team, cases=cases, counts=by_verdict(tally.held[agency, team])
        )
        for (agency, team), cases in sorted(tally.held_cases.items())
    ]


def switched_off_rules(scan: Scan) -> list[tuple[str, str]]:
    """Id and title of the rules that gave no answer on one of the scan's days."""
    titles = {rule.id: rule.title for rule in scan.engine.ruleset.rules}
    return [(one, titles[one]) for one in switched_off(scan)]
