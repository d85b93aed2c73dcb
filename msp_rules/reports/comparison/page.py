"""Writes the comparison of two sets of exports as one HTML page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from msp_rules.audit.measures.definitions import MEASURES
from msp_rules.casework.moments import in_words
from msp_rules.reports.comparison.chart import (
    FEWEST_POINTS,
    SIZE,
    RunChart,
    letters_of,
    run_chart,
)
from msp_rules.reports.labels import (
    COLOUR_WORDS,
    QUESTIONS,
    VERDICTS,
    share,
)
from msp_rules.reports.plain_page import PageParts, plain_page
from msp_rules.reports.practice_labels import counted
from msp_rules.rules.language.rule import Ruleset

PAGE: Final = "compare.html"
"""The name of the page."""
_FINDINGS: Final = ("not_met", "partly_met", "met_late")
_TERMS: Final = ("before", "rules", "coverage", "practice", "after")
_MOST_LISTED: Final = 200
"""The number of findings of each state that the page lists; compare.json has them all."""
_COUNT_WORDS: Final = {
    **VERDICTS,
    "cases": "cases",
    "waived": "set aside by a waiver",
    "no_answer": "no answer, a fault",
    "counted": "counted",
    "of": "of how many",
}
_STATE_WORDS: Final = {"new": "New", "gone": "Gone", "unchanged": "Unchanged"}


class ChangeRow(NamedTuple):
    """One row of a table of changes."""

    says: str
    """The thing that is counted, in words."""
    terms: Mapping[str, int]
    """The count before and after, and the terms of its change."""
    states: Mapping[str, int] | None = None
    """The numbers of findings that are new, gone and unchanged."""

    @property
    def is_changed(self) -> bool:
        """True where any term is not nought, or findings came and went in equal numbers."""
        moved = self.states is not None and bool(self.states["new"] or self.states["gone"])
        return moved or any(self.terms[name] for name in ("rules", "coverage", "practice"))


class MeasureChart(NamedTuple):
    """The course of one part of a measure."""

    title: str
    """The measure and its part, in words."""
    chart: RunChart
    """The drawing."""
    rows: tuple[tuple[str, str, str], ...]
    """The day of each point, its count, and the letters of what changed before it."""


def comparison_page(document: Mapping[str, Any], rulesets: tuple[Ruleset, Ruleset]) -> bytes:
    """Renders the page of a `compare.json`; the rulesets are that of then and that of now.

    Raises LibraryMissing where jinja2 is not installed.
    """
    parts = PageParts(
        file=PAGE,
        room=__package__,
        template="comparison.html.j2",
        style="comparison.css.j2",
        running=_running_head(document),
    )
    return plain_page(parts, _context(document, rulesets))


def _context(document: Mapping[str, Any], rulesets: tuple[Ruleset, Ruleset]) -> Mapping[str, Any]:
    rules = list(_rule_rows(document, rulesets))
    charts = list(_charts(document))
    return {
        "old": document["old"],
        "new": document["new"],
        "coverage": document["coverage"],
        "found": document["findings"]["all"],
        "states": _states(document),
        "state_words": _STATE_WORDS,
        "listed": {state: _listed(document, state) for state in _STATE_WORDS},
        "most_listed": _MOST_LISTED,
        "answers": list(_all_rows(document)),
        "severities": [row for row in _severity_rows(document) if row.is_changed],
        "rules": [row for row in rules if row.is_changed],
        "quiet_rules": sum(not row.is_changed for row in rules),
        "verdicts": [row for row in _verdict_rows(document, rulesets) if row.is_changed],
        "questions": [row for row in _question_rows(document) if row.is_changed],
        "measures": [row for row in _measure_rows(document) if row.is_changed],
        "charts": charts,
        "points": document["points"],
        "fewest": FEWEST_POINTS,
        "size": SIZE,
        "is_whole": document["complete"],
        "terms": ("rules", "coverage", "practice"),
        "signed": signed,
        "counted": counted,
        "day": lambda text: in_words(date.fromisoformat(text)),
        "ruleset": _ruleset_in_words,
    }


def signed(number: int) -> str:
    """Writes a term with its sign, as print has it."""
    return f"+{number}" if number > 0 else f"\u2212{-number}" if number else "0"


def _titles(rulesets: tuple[Ruleset, Ruleset]) -> Mapping[str, str]:
    """Gives the titles of rules by id: those of now, and of then for rules that are gone."""
    return {rule.id: rule.title for ruleset in rulesets for rule in ruleset.rules}


def _rows_of(document: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    return (row for row in document["changes"] if row["kind"] == kind)


def _terms(row: Mapping[str, Any]) -> Mapping[str, int]:
    return {name: row[name] for name in _TERMS}


def _all_rows(document: Mapping[str, Any]) -> Iterator[ChangeRow]:
    for row in _rows_of(document, "all"):
        yield ChangeRow(_COUNT_WORDS[row["count"]], _terms(row))


def _rule_rows(
    document: Mapping[str, Any], rulesets: tuple[Ruleset, Ruleset]
) -> Iterator[ChangeRow]:
    """Adds up the three verdicts that are findings, rule by rule."""
    sums = dict[str, dict[str, int]]()
    for row in _rows_of(document, "rule"):
        sums.setdefault(row["id"], dict.fromkeys(_TERMS, 0))
        if row["count"] in _FINDINGS:
            for name in _TERMS:
                sums[row["id"]][name] += row[name]
    states = {row["rule"]: row for row in document["findings"]["by_rule"]}
    titles = _titles(rulesets)
    for rule, terms in sums.items():
        found = states.get(rule, {"new": 0, "gone": 0, "unchanged": 0})
        yield ChangeRow(f"{rule} {titles.get(rule, '')}", terms, found)


def _verdict_rows(
    document: Mapping[str, Any], rulesets: tuple[Ruleset, Ruleset]
) -> Iterator[ChangeRow]:
    titles = _titles(rulesets)
    for row in _rows_of(document, "rule"):
        said = f"{row['id']} {titles.get(row['id'], '')}: {_COUNT_WORDS[row['count']]}"
        yield ChangeRow(said, _terms(row))


def _severity_rows(document: Mapping[str, Any]) -> Iterator[ChangeRow]:
    for row in _rows_of(document, "severity"):
        yield ChangeRow(f"{row['id'].capitalize()}: {_COUNT_WORDS[row['count']]}", _terms(row))


def _question_rows(document: Mapping[str, Any]) -> Iterator[ChangeRow]:
    for row in _rows_of(document, "question"):
        said = f"{row['id']} {QUESTIONS[row['id']]}: {COLOUR_WORDS[row['count']]}"
        yield ChangeRow(said, _terms(row))


def _measure_rows(document: Mapping[str, Any]) -> Iterator[ChangeRow]:
    for row in _rows_of(document, "measure"):
        said = f"{_part_in_words(row['id'])}: {_COUNT_WORDS[row['count']]}"
        yield ChangeRow(said, _terms(row))


def _part_in_words(name: str) -> str:
    measure, _, part = name.partition("/")
    definition = MEASURES[measure]
    return f"{measure} {definition.title}, {definition.parts[part].title}"


def _states(document: Mapping[str, Any]) -> Mapping[str, int]:
    rows = document["findings"]["by_rule"]
    return {state: sum(row[state] for row in rows) for state in _STATE_WORDS}


def _listed(document: Mapping[str, Any], state: str) -> list[Mapping[str, Any]]:
    found = [row for row in document["findings"]["list"] if row["state"] == state]
    return [
        {
            **row,
            "was": VERDICTS.get(row["was"] or "", ""),
            "is": VERDICTS.get(row["is"] or "", ""),
        }
        for row in found[:_MOST_LISTED]
    ]


def _charts(document: Mapping[str, Any]) -> Iterator[MeasureChart]:
    """Draws the headline of each measure that has points enough."""
    points, between = document["points"], document["between"]
    for measure, definition in MEASURES.items():
        part = f"{measure}/{next(iter(definition.parts))}"
        chart = run_chart(points, between, part)
        if chart is not None:
            letters = ["", *map(letters_of, between)]
            rows = tuple(
                (in_words(date.fromisoformat(one["as_of"])), _share(one, part), changed)
                for one, changed in zip(points, letters, strict=True)
            )
            yield MeasureChart(_part_in_words(part), chart, rows)


def _share(point: Mapping[str, Any], part: str) -> str:
    return share(*point["measures"].get(part, (0, 0)))


def _ruleset_in_words(side: Mapping[str, Any]) -> str:
    layers = side["ruleset"]["layers"]
    return ", ".join(f"{one['id']} {one['version']}" for one in layers)


def _running_head(document: Mapping[str, Any]) -> str:
    """Writes the head of each printed page: no text of a record, no mark that CSS would read."""
    days = [in_words(date.fromisoformat(document[side]["as_of"])) for side in ("old", "new")]
    return f"Restricted: safeguarding records, {days[0]} and {days[1]}"
