"""Says what a scan rests on that no record holds: the assumptions of its mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msp_rules.audit.result import ScanResult
from msp_rules.intake.mapping.language import Assumption
from msp_rules.rules.language.conditions import fields_read
from msp_rules.rules.language.rule import Ruleset, asked_by


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionRow:
    """One assumption, with the number of events that got its value and the rules that read it."""

    assumption: Assumption
    """The statement, and who answers for it."""
    events: int
    """The number of events that got its value."""
    rules: tuple[str, ...]
    """The ids of the rules that read it."""
    has_lapsed: bool
    """True if its last day has passed: it counted as not supplied."""


def assumption_rows(result: ScanResult) -> tuple[AssumptionRow, ...]:
    """Gives a row for each assumption of the mapping, in the order of the file."""
    if result.mapping is None:
        return ()
    days = [one.as_of for one in result.inputs]
    return tuple(
        AssumptionRow(
            assumption=one,
            events=result.tally.assumed[one.about],
            rules=tuple(_rules_reading(result.ruleset, one)),
            has_lapsed=one.until is not None and any(day > one.until.isoformat() for day in days),
        )
        for one in result.mapping.assumptions
    )


def assumption_documents(result: ScanResult) -> list[Mapping[str, Any]]:
    """Gives the same rows as JSON holds them."""
    return [
        {
            "about": row.assumption.about,
            "value": row.assumption.value if row.assumption.field is not None else "none",
            "because": row.assumption.because,
            "approved_by": row.assumption.approved_by,
            "until": row.assumption.until.isoformat() if row.assumption.until is not None else None,
            "lapsed": row.has_lapsed,
            "events": row.events,
            "rules": list(row.rules),
        }
        for row in assumption_rows(result)
    ]


def in_words(row: AssumptionRow) -> str:
    """Says an assumption as a reader of a report needs it."""
    before, after = words_around_events(row)
    return f"{before}{row.events} events{after}" if after else before


def words_around_events(row: AssumptionRow) -> tuple[str, str]:
    """Says the same in two parts, before and after the number of its events.

    The second part is empty where the assumption has no such number.
    """
    one = row.assumption
    what = (
        "never happens" if one.field is None else f'is "{one.value}" where the record does not say'
    )
    by = f"; approved by {one.approved_by}" if one.approved_by is not None else ""
    until = f"; until {one.until.isoformat()}" if one.until is not None else ""
    read = ", ".join(row.rules) or "no rule"
    if row.has_lapsed:
        lapsed = f"{one.about} was assumed{until}: it counts as not supplied again"
        return f"{lapsed}; read by {read}", ""
    why = f", because {one.because}{by}{until}; read by {read}"
    if one.field is None:
        return f"{one.about} {what}{why}", ""
    return f"{one.about} {what}, in ", why


def _rules_reading(ruleset: Ruleset, one: Assumption) -> Iterator[str]:
    """Finds the rules whose answers may rest on an assumption."""
    for rule in ruleset.enabled_rules:
        read = set(fields_read(asked_by(rule), rule.each))
        read |= {(rule.each, None)} if rule.each is not None else set()
        if any(kind == one.type and one.field in (None, name) for kind, name in read):
            yield rule.id
