"""What a change would do, as one JSON document (schema `msp-impact/1`): docs/impact.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from msp_rules import __version__
from msp_rules.authoring.asking import Standing
from msp_rules.authoring.effects import ChangedRow, Effect, Side
from msp_rules.authoring.forecast import Forecast, PromptLoad
from msp_rules.authoring.forecast_words import (
    RoleLoad,
    load_of_role,
    raised_by_rule,
    roles_of,
    verdicts_in_words,
)
from msp_rules.authoring.impact import Counts, Impact, Question, by_rule, by_team
from msp_rules.casework.moment import parse_date
from msp_rules.reports.documents import fault_row
from msp_rules.rules.rule import Ruleset

SCHEMA: Final = "msp-impact/1"


def impact_document(question: Question, impact: Impact) -> bytes:
    """The whole document; case ids, codes and counts, and no text of a record."""
    body = {
        "schema": SCHEMA,
        "manifest": _manifest(question, impact),
        "totals": {
            "cases": impact.cases,
            "findings": effects(impact.findings),
            "prompts": effects(impact.prompts),
        },
        "by_rule": _by_rule(impact),
        "by_team": _by_team(impact),
        "set_aside": [
            {"rule": rule, "as": state.value, "side": side, "count": count}
            for (rule, state, side), count in sorted(impact.set_aside.items())
        ],
        "other_verdicts": [
            {"rule": rule, "before": before, "after": after, "count": count}
            for (rule, before, after), count in sorted(impact.other.items())
        ],
        "rows": [_row(one.row) for one in impact.rows],
        "forecast": _forecast(question, impact.forecast) if question.has_forecast else None,
        "faults": [fault_row(fault) for fault in impact.faults],
    }
    return orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"


def effects(counts: Counts) -> dict[str, int]:
    """How often each effect came about; the first four are always named."""
    found: Counter[Effect] = Counter()
    for (_, effect), count in counts.items():
        found[effect] += count
    return _named(found)


def _named(found: Counter[Effect]) -> dict[str, int]:
    always = list(Effect)[:4]
    return {one.value: found[one] for one in Effect if one in always or found[one]}


def switched_off(ruleset: Ruleset, impact: Impact) -> list[str]:
    """The rules that gave no answer on one of the days as of which exports were judged."""
    days = {parse_date(one.as_of).toordinal() for one in impact.inputs}
    forms = [ruleset.as_on(day) for day in days] or [ruleset]
    return sorted({rule.id for form in forms for rule in form.rules if not rule.is_enabled})


def _manifest(question: Question, impact: Impact) -> Mapping[str, Any]:
    return {
        "engine": f"msp-rules {__version__}; {question.matcher.name}",
        "before": _side_manifest(question.before, impact),
        "after": _side_manifest(question.after, impact),
        "inputs": [
            {"name": one.name, "sha256": one.sha256, "bytes": one.size, "as_of": one.as_of}
            for one in impact.inputs
        ],
        "complete": impact.is_complete,
    }


def _side_manifest(ruleset: Ruleset, impact: Impact) -> Mapping[str, Any]:
    layers = [
        {"id": one.id, "version": one.version, "sha256": one.sha256} for one in ruleset.layers
    ]
    return {"layers": layers, "switched_off": switched_off(ruleset, impact)}


def _by_rule(impact: Impact) -> Mapping[str, Any]:
    findings, prompts = by_rule(impact.findings), by_rule(impact.prompts)
    return {
        rule: {
            "findings": _named(findings.get(rule, Counter())),
            "prompts": _named(prompts.get(rule, Counter())),
        }
        for rule in sorted(findings.keys() | prompts.keys())
    }


def _by_team(impact: Impact) -> Sequence[Mapping[str, Any]]:
    findings, prompts = by_team(impact.findings), by_team(impact.prompts)
    return [
        {
            "team": team,
            "agency": agency,
            "findings": _named(findings.get((team, agency), Counter())),
            "prompts": _named(prompts.get((team, agency), Counter())),
        }
        for team, agency in by_team(impact.findings + impact.prompts)
    ]


def _row(row: ChangedRow) -> Mapping[str, Any]:
    return {
        "case": row.case,
        "rule": row.rule,
        "subject": row.subject,
        "team": row.team,
        "agency": row.agency,
        "finding": row.finding,
        "prompt": row.prompt,
        "before": _side(row.before),
        "after": _side(row.after),
    }


def _side(side: Side) -> Mapping[str, Any]:
    return {
        "counts_as": side.state.value,
        "verdict": side.verdict,
        "colour": side.colour,
        "severity": side.severity or None,
    }


def _forecast(question: Question, forecast: Forecast) -> Mapping[str, Any]:
    return {
        "weeks": forecast.weeks,
        "steps": forecast.steps,
        "budget": {
            "interrupting": question.budget.interrupting,
            "passive": question.budget.passive,
        },
        "by_role": {
            role: {
                "before": _role(load_of_role(forecast.before, role), forecast.weeks),
                "after": _role(load_of_role(forecast.after, role), forecast.weeks),
            }
            for role in roles_of(forecast)
        },
        "by_rule": _rules(forecast),
        "verdicts": verdicts_in_words(forecast),
    }


def a_week(count: int, weeks: int) -> float:
    """So many in a week, to one decimal."""
    return round(count / weeks, 1) if weeks else 0.0


def _role(load: RoleLoad, weeks: int) -> Mapping[str, Any]:
    return {
        "raised": load.raised,
        "raised_a_week": a_week(load.raised, weeks),
        "busiest_week": load.busiest,
        "repeats": {"raised_again": load.again, "still_standing": load.still},
        "held_back": load.held,
    }


def _rules(forecast: Forecast) -> Mapping[str, Any]:
    sides = {"before": forecast.before, "after": forecast.after}
    raised = {name: raised_by_rule(load) for name, load in sides.items()}
    held = {name: _held(load) for name, load in sides.items()}
    rules = sorted({rule for load in sides.values() for rule, _ in load.by_rule})
    return {
        rule: {
            name: {
                "raised": raised[name][rule],
                "raised_again": load.by_rule[rule, Standing.AGAIN],
                "still_standing": load.by_rule[rule, Standing.STILL],
                "held_back": held[name][rule],
            }
            for name, load in sides.items()
        }
        for rule in rules
    }


def _held(load: PromptLoad) -> Counter[str]:
    found: Counter[str] = Counter()
    for (rule, _), count in load.held.items():
        found[rule] += count
    return found
