"""Says of an impact how its edits were tried, which could not be, and what no export holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msp_rules.authoring.impact.comparison import Impact
from msp_rules.authoring.impact.held import NotHeld, not_held, words_named
from msp_rules.authoring.impact.trial import Trial, dated_parts, not_tried
from msp_rules.rules.language.rule import Period


def trial_rows(trial: Trial, impact: Impact) -> Mapping[str, Any]:
    """Gives all of it for the JSON document."""
    return {
        "as_dated": trial.as_dated,
        "throughout": [
            {
                "what": one.what,
                "layer": one.layer,
                "from": one.period.first,
                "until": one.period.last,
            }
            for one in dated_parts(trial, impact)
        ],
        "not_tried": [one._asdict() for one in not_tried(trial, impact)],
        "not_held": [{**one.named._asdict(), "held": one.held} for one in _missing(trial, impact)],
    }


def trial_lines(trial: Trial, impact: Impact) -> Iterator[str]:
    """Yields all of it as lines for people."""
    if trial.as_dated:
        yield "each edit is tried on its own days only (--as-dated)"
    else:
        yield "each edit is tried as if it had been in force all year (--as-dated: on its own days)"
    for part in dated_parts(trial, impact):
        yield f"  {part.what} ({part.layer}), in truth {_days(part.period)}"
    for edit in not_tried(trial, impact):
        yield f"NOT TRIED: {edit.what} ({edit.layer}): {edit.reason}"
    for one in _missing(trial, impact):
        yield _missing_line(one)


def _missing(trial: Trial, impact: Impact) -> tuple[NotHeld, ...]:
    return not_held(words_named(trial.after), impact.held)


def _missing_line(one: NotHeld) -> str:
    named, what = one.named, one.named.field.replace("_", " ")
    place = "" if named.of == "case" else f" of {named.of.replace('_', ' ')}"
    held = f"; they have {', '.join(one.held)}" if one.held else ""
    return (
        f"NOT HELD: {named.named_by} ({named.layer}) names the {what} "
        f'"{named.word}"{place}, which no case of these exports has{held}'
    )


def _days(period: Period) -> str:
    first = f"from {period.first} on" if period.first is not None else ""
    last = f"until {period.last}" if period.last is not None else ""
    return " ".join(part for part in (first, last) if part)
