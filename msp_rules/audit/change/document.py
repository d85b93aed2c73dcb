"""Puts the comparison of two sets of exports together as `compare.json`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msp_rules.audit.change.findings import ComparedFinding, compared_findings
from msp_rules.audit.change.points import SCHEMA, Point, between_rows, point_rows
from msp_rules.audit.change.splitting import Change, ComparedExports, Terms, terms_of
from msp_rules.audit.change.stages import (
    ANSWERS,
    CASES,
    COUNTED,
    KINDS,
    OF,
    CountKey,
)
from msp_rules.audit.documents import fault_rows, names_of, ruleset_row
from msp_rules.audit.measures.definitions import MEASURES
from msp_rules.audit.supply import words_of_supply
from msp_rules.casework.moments import iso_date
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import Colour, Severity


def compare_document(change: Change, points: Sequence[Point]) -> dict[str, Any]:
    """Gives `compare.json`; it holds case ids and small counts."""
    findings = list(compared_findings(change.stages))
    return {
        "schema": SCHEMA,
        "complete": change.is_whole,
        "old": _side(change.old),
        "new": _side(change.new),
        "coverage": _coverage(change),
        "changes": [_row(key, terms) for key, terms in _in_order(change)],
        "findings": {
            "all": _terms(_terms_of_findings(change)),
            "by_rule": _by_rule(findings),
            "list": [_finding(one) for one in findings],
        },
        "points": point_rows(points),
        "between": between_rows(points),
    }


def _side(side: ComparedExports) -> dict[str, Any]:
    mapping = side.files.mapping
    words = words_of_supply(side.supply)
    return {
        "as_of": iso_date(side.as_of.day),
        "ruleset": ruleset_row(side.files.ruleset),
        "mapping": None if mapping is None else mapping.sha256,
        "inputs": names_of(side.inputs),
        "complete": side.is_whole,
        "cases": side.cases,
        "supplied": None if words is None else sorted(words),
        "faults": fault_rows(side.faults),
    }


def _coverage(change: Change) -> dict[str, Any]:
    """Lists what only one side declares, and what only one side has a value in."""
    old, new = (words_of_supply(side.supply) for side in (change.old, change.new))
    one, other = old or frozenset(), new or frozenset()
    is_comparable = old is not None and new is not None
    return {
        "same": change.is_same_coverage,
        "only_old": sorted(one - other) if is_comparable else [],
        "only_new": sorted(other - one) if is_comparable else [],
        "given_only_old": _words(change.old.given - change.new.given),
        "given_only_new": _words(change.new.given - change.old.given),
    }


def _words(fields: Iterable[tuple[str, str]]) -> list[str]:
    return sorted(f"{kind}.{name}" for kind, name in fields)


def _in_order(change: Change) -> list[tuple[CountKey, Terms]]:
    """Sorts counts by kind, then by id, then as their names are usually listed."""
    colours = tuple(one.value for one in Colour)
    names = (CASES, *ANSWERS, COUNTED, OF, *colours)
    parts = [f"{one}/{part}" for one, definition in MEASURES.items() for part in definition.parts]
    severities = [one.value for one in sorted(Severity, key=lambda one: -one.rank)]
    places = {name: place for place, name in enumerate((*severities, *AUDIT_QUESTIONS, *parts))}

    def place(row: tuple[CountKey, Terms]) -> tuple[int, int, str, int]:
        key = row[0]
        return (
            KINDS.index(key.kind),
            places.get(key.id, 0),
            key.id,
            names.index(key.name) if key.name in names else len(names),
        )

    return sorted(change.terms().items(), key=place)


def _row(key: CountKey, terms: Terms) -> dict[str, Any]:
    return {"kind": key.kind, "id": key.id, "count": key.name, **_terms(terms)}


def _terms(terms: Terms) -> dict[str, int]:
    return terms._asdict()


def _terms_of_findings(change: Change) -> Terms:
    return terms_of([len(one.findings) for one in change.stages])


def _by_rule(findings: Iterable[ComparedFinding]) -> list[dict[str, Any]]:
    found = dict[str, dict[str, Any]]()
    for one in findings:
        row = found.setdefault(one.finding.rule, {"new": 0, "gone": 0, "unchanged": 0})
        row[one.state] += 1
    return [{"rule": rule, **found[rule]} for rule in sorted(found)]


def _finding(one: ComparedFinding) -> dict[str, Any]:
    finding = one.finding
    return {
        "fingerprint": one.fingerprint,
        "state": one.state,
        "rule": finding.rule,
        "case": finding.case,
        "subject": finding.subject,
        "severity": finding.severity,
        "was": one.was,
        "is": None if one.state == "gone" else finding.verdict,
        "by": list(one.by),
    }
