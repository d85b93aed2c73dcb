"""Shows what a change would do: as one JSON document (docs/impact.md), or at a terminal.

The terminal shows counts first, then where the changes are, then how often it would ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from msp_rules.authoring.impact.comparison import Counts, Impact, Question, by_rule, by_team
from msp_rules.authoring.impact.effects import ChangedRow, Effect, Side
from msp_rules.authoring.impact.forecast import Forecast, PromptLoad, Recurrence
from msp_rules.authoring.impact.trial import Trial
from msp_rules.casework.moments import parse_date
from msp_rules.reports.forecast import (
    RoleLoad,
    a_week,
    load_of_role,
    raised_by_rule,
    roles_of,
    verdicts_in_words,
)
from msp_rules.reports.impact_trial import trial_lines, trial_rows
from msp_rules.reports.json_and_csv import fault_row
from msp_rules.rules.language.rule import Ruleset
from msp_rules.version import __version__

SCHEMA: Final = "msp-impact/1"


def impact_document(question: Question, impact: Impact, trial: Trial) -> bytes:
    """Writes the whole document; case ids, codes and counts, and no text of a record."""
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
        "trial": trial_rows(trial, impact),
        "rows": [_row(one.row) for one in impact.rows],
        "forecast": _forecast(question, impact.forecast) if question.has_forecast else None,
        "faults": [fault_row(fault) for fault in impact.faults],
    }
    return orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"


def effects(counts: Counts) -> dict[str, int]:
    """Counts each effect; the first four are always listed."""
    found: Counter[Effect] = Counter()
    for (_, effect), count in counts.items():
        found[effect] += count
    return _named(found)


def _named(found: Counter[Effect]) -> dict[str, int]:
    always = list(Effect)[:4]
    return {one.value: found[one] for one in Effect if one in always or found[one]}


def switched_off(ruleset: Ruleset, impact: Impact) -> list[str]:
    """Lists the rules that gave no answer on one of the days as of which exports were judged."""
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
        **_mapping(question),
        "complete": impact.is_complete,
    }


def _mapping(question: Question) -> Mapping[str, Any]:
    """Describes the mapping by which a vendor's exports were read; empty for canonical ones."""
    read = question.mapping
    return {} if read is None else {"mapping": {"name": read.name, "sha256": read.sha256}}


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
                "raised_again": load.by_rule[rule, Recurrence.AGAIN],
                "still_standing": load.by_rule[rule, Recurrence.STILL],
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


_MOST_FAULTS: Final = 20
_MOST_CASES: Final = 8
_MOST_TEAMS: Final = 30
_WORDS: Final = {
    Effect.APPEARS: "appears",
    Effect.DISAPPEARS: "disappears",
    Effect.CHANGES: "changes verdict or colour",
    Effect.UNCHANGED: "unchanged",
    Effect.WAIVED: "waived instead",
    Effect.FILTERED: "left out by a filter",
    Effect.SWITCHED_OFF: "switched off",
    Effect.NO_SUCH_RULE: "its rule is gone",
    Effect.CANNOT_TELL: "can't be told any more",
    Effect.NOT_JUDGED: "could not be judged",
}
_HEADS: Final = {
    Effect.CHANGES: "changes",
    Effect.WAIVED: "waived",
    Effect.FILTERED: "filtered",
    Effect.NO_SUCH_RULE: "rule gone",
    Effect.CANNOT_TELL: "can't tell",
    Effect.NOT_JUDGED: "not judged",
}
HOW_IT_IS_FORECAST: Final = (
    "Each case is looked at again at every step: whenever something was recorded in it. A rule "
    "asks at the steps that its prompt names, as long as what it asks about is not evidenced. "
    "Raised: it asks, and did not when it was last looked at. Again: raised after the record had "
    "answered it. Still there: it asks on at a later step. Held back: a view has no room for it."
)


def print_impact(question: Question, impact: Impact, trial: Trial, console: Console) -> None:
    """Prints the whole summary."""
    _line(console, f"before: {_title(question.before)}")
    _line(console, f"after:  {_title(question.after)}")
    state = "complete" if impact.is_complete else "INCOMPLETE: not everything could be judged"
    _line(console, f"{impact.cases} cases; {state}")
    for line in trial_lines(trial, impact):
        _line(console, line)
    for fault in impact.faults[:_MOST_FAULTS]:
        place = ":".join(str(part) for part in (fault.input, fault.line) if part)
        where = " ".join(part for part in (place, fault.case, fault.event) if part)
        _line(console, f"  {where}: {fault.reason}")
    if len(impact.faults) > _MOST_FAULTS:
        _line(console, f"  ... and {len(impact.faults) - _MOST_FAULTS} more faults (--format json)")
    for what, counts in _both(impact):
        said = (f"{_WORDS[Effect(one)]} {n}" for one, n in effects(counts).items())
        _line(console, f"{what}: {', '.join(said)}")
    _print_set_aside(question, impact, console)
    _print_rules(impact, console)
    _print_teams(impact, console)
    _print_cases(impact, console)
    if question.has_forecast:
        _print_forecast(question, impact.forecast, console)


def printable(text: str) -> str:
    """Gives a word of an export as a terminal may show it: no control characters."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _line(console: Console, text: str) -> None:
    console.print(Text(printable(text)), soft_wrap=True)


def _title(ruleset: Ruleset) -> str:
    return " + ".join(f"{one.id} {one.version}" for one in ruleset.layers)


def _print_set_aside(question: Question, impact: Impact, console: Console) -> None:
    """Prints what counts neither as found nor as met, on each side."""
    totals: Counter[tuple[str, str]] = Counter()
    for (_, state, side), count in impact.set_aside.items():
        totals[state.value, side] += count
    for what in ("waived", "filtered"):
        before, after = totals[what, "before"], totals[what, "after"]
        if before or after:
            _line(console, f"  {what} in all: {before} before, {after} after")
    sides = [switched_off(one, impact) for one in (question.before, question.after)]
    if sides[0] != sides[1]:
        for name, rules in zip(("before", "after"), sides, strict=True):
            _line(console, f"  switched off {name}: {', '.join(rules) or 'no rule'}")


def _print_rules(impact: Impact, console: Console) -> None:
    changed = {one.row.rule for one in impact.rows}
    for what, counts in _both(impact):
        if changed:
            table = _table(f"{what} by rule, where not all is the same", "rule", counts)
            for rule, own in by_rule(counts).items():
                if rule in changed:
                    table.add_row(rule, *_cells(own, counts))
            console.print(table)


def _print_teams(impact: Impact, console: Console) -> None:
    changed = {(one.row.team, one.row.agency) for one in impact.rows}
    for what, counts in _both(impact):
        teams = [row for row in by_team(counts).items() if row[0] in changed]
        if not teams:
            continue
        table = _table(f"{what} by team (agency)", "team", counts)
        for (team, agency), own in teams[:_MOST_TEAMS]:
            name = printable(f"{team or 'no team named'} ({agency or 'no agency named'})")
            table.add_row(Text(name), *_cells(own, counts))
        console.print(table)
        if len(teams) > _MOST_TEAMS:
            _line(console, f"... and {len(teams) - _MOST_TEAMS} more teams (--format json)")


def _both(impact: Impact) -> tuple[tuple[str, Counts], tuple[str, Counts]]:
    return ("findings", impact.findings), ("prompts", impact.prompts)


def _shown(counts: Counts) -> list[Effect]:
    there = {effect for _, effect in counts}
    return [one for one in Effect if one in there]


def _table(title: str, first: str, counts: Counts) -> Table:
    table = Table(title=title)
    table.add_column(first)
    for effect in _shown(counts):
        head = _HEADS.get(effect, _WORDS[effect])
        table.add_column(head, justify="right", overflow="fold")
    return table


def _cells(own: Counter[Effect], counts: Counts) -> Iterable[str]:
    return (str(own[effect] or "") for effect in _shown(counts))


def _print_cases(impact: Impact, console: Console) -> None:
    """Prints the case ids behind each change, the first few of them."""
    cases: dict[tuple[str, str, Effect], dict[str, None]] = {}
    for one in impact.rows:
        row = one.row
        for what, effect in (("finding", row.finding), ("prompt", row.prompt)):
            if effect is not None and effect is not Effect.UNCHANGED:
                cases.setdefault((row.rule, what, effect), {})[row.case] = None
    for (rule, what, effect), ids in sorted(cases.items()):
        shown = ", ".join(list(ids)[:_MOST_CASES])
        more = f" and {len(ids) - _MOST_CASES} more" if len(ids) > _MOST_CASES else ""
        _line(console, f"{rule}: {what} {_WORDS[effect]} in {len(ids)} cases: {shown}{more}")


def _print_forecast(question: Question, forecast: Forecast, console: Console) -> None:
    budget = question.budget
    room = f"{budget.interrupting} interrupting and {budget.passive} passive prompts"
    title = f"Prompts a week, over {forecast.weeks} weeks and {forecast.steps} steps"
    table = Table(title=title, caption=f"a view has room for {room}")
    for name in ("role", "", "raised", "busiest week", "again", "still there", "held back"):
        justify: Literal["left", "right"] = "left" if name in ("role", "") else "right"
        table.add_column(name, justify=justify, overflow="fold")
    for role in roles_of(forecast):
        for name, load in (("before", forecast.before), ("after", forecast.after)):
            first = role.replace("_", " ") if name == "before" else ""
            table.add_row(first, name, *_role_cells(load_of_role(load, role), forecast.weeks))
    console.print(table)
    for sentence in verdicts_in_words(forecast):
        _line(console, f"Forecast: {sentence}.")
    _line(console, HOW_IT_IS_FORECAST)


def _role_cells(load: RoleLoad, weeks: int) -> Iterable[str]:
    yield str(a_week(load.raised, weeks))
    yield str(load.busiest)
    for count in (load.again, load.still, load.held):
        yield str(a_week(count, weeks))
