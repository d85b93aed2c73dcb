"""What a change would do, for a terminal: counts first, then where, then how often it would ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from msp_rules.authoring.effects import Effect
from msp_rules.authoring.forecast import Forecast
from msp_rules.authoring.forecast_words import (
    RoleLoad,
    load_of_role,
    roles_of,
    verdicts_in_words,
)
from msp_rules.authoring.impact import Counts, Impact, Question, by_rule, by_team
from msp_rules.reports.impact_document import a_week, effects, switched_off
from msp_rules.rules.rule import Ruleset

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


def print_impact(question: Question, impact: Impact, console: Console) -> None:
    """The whole summary."""
    _line(console, f"before: {_title(question.before)}")
    _line(console, f"after:  {_title(question.after)}")
    state = "complete" if impact.is_complete else "INCOMPLETE: not everything could be judged"
    _line(console, f"{impact.cases} cases; {state}")
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
    """A word of an export as a terminal may show it: no control characters."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _line(console: Console, text: str) -> None:
    console.print(Text(printable(text)), soft_wrap=True)


def _title(ruleset: Ruleset) -> str:
    return " + ".join(f"{one.id} {one.version}" for one in ruleset.layers)


def _print_set_aside(question: Question, impact: Impact, console: Console) -> None:
    """What counts neither as found nor as met, on each side."""
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
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _cells(own: Counter[Effect], counts: Counts) -> Iterable[str]:
    return (str(own[effect] or "") for effect in _shown(counts))


def _print_cases(impact: Impact, console: Console) -> None:
    """The case ids behind each change, the first few of them."""
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
        table.add_column(name, justify=justify, no_wrap=True)
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
