"""Links a decision that names no concern to the concern that it decides (docs/readings.md, 11)."""

from __future__ import annotations

from typing import Final

from msp_rules.casework.case import Event
from msp_rules.casework.moments import is_by
from msp_rules.engine.scope import Scope
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN

CONCERN: Final = "concern_raised"
DECISION: Final = "s42_decided"
DECIDES_ON: Final = "concern"
_NO_DECISION: Final = "more_information"


def sort_key(event: Event) -> tuple[int, int, str]:
    """Orders by day, time of day if known, and id; only events with a moment."""
    moment = event.moment
    assert moment is not None
    return (moment.day, moment.clock, event.id)


def belongs_to_subject(decision: Event, scope: Scope) -> int:
    """Tells whether a decision that names no concern belongs to the subject.

    It belongs to the earliest concern, on or before the decision, that no earlier decision decided.
    Asking for more information decides nothing, but belongs to a concern as well. Where any concern
    or decision is uncertain, each of the others might belong elsewhere.
    """
    concerns, decisions = scope.by_type.get(CONCERN, ()), scope.by_type.get(DECISION, ())
    if any(_is_doubtful(event) for event in (*concerns, *decisions)):
        return UNKNOWN
    concern = _concern_of(decision, scope, concerns, decisions)
    return TRUE if concern is not None and concern is scope.this else FALSE


def _concern_of(
    decision: Event, scope: Scope, concerns: tuple[Event, ...], decisions: tuple[Event, ...]
) -> Event | None:
    decided: set[str] = set()
    for one in sorted(decisions, key=sort_key):
        named = one.fields.get(DECIDES_ON)
        found = None if named is not None else _earliest_open(one, concerns, decided)
        if one is decision:
            return found
        if one.fields.get("result") == _NO_DECISION:
            continue
        if isinstance(named, tuple):
            decided.update(*(scope.leads_to.get(str(name), (str(name),)) for name in named))
        elif found is not None:
            decided.add(found.id)
    return None


def _earliest_open(decision: Event, concerns: tuple[Event, ...], decided: set[str]) -> Event | None:
    when = decision.moment
    assert when is not None
    open_ones = [
        concern
        for concern in concerns
        if concern.id not in decided and concern.moment is not None and is_by(concern.moment, when)
    ]
    return min(open_ones, key=sort_key) if open_ones else None


def _is_doubtful(event: Event) -> bool:
    doubts = event.unknown & {DECIDES_ON, "result"}
    return not event.is_certain or event.moment is None or bool(doubts)
