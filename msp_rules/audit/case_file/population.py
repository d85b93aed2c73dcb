"""Decides whether a case belongs to the population of a sample: by its closure, or by a theme.

Only what is surely on record counts. Where an entry that matters can't be read, the answer is a
doubt, in words, so that the case is listed and not dropped in silence (docs/sampling.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from msp_rules.audit.case_audit.facts import facts_of
from msp_rules.audit.case_file.draw import window_of
from msp_rules.casework.case import UNKNOWN_EVENTS, Event
from msp_rules.casework.visibility import CaseView

LONG_OPEN: Final = 9
"""The months after which an open case belongs to the theme `open_9_months`."""


class Theme(StrEnum):
    """The themes of a sample: a population of its own, or a part of the cases that were closed."""

    OUTCOME_NOT_MET = "outcome_not_met"
    """Closed in the window, with an outcome that was not achieved, or in part only."""
    OPEN_9_MONTHS = "open_9_months"
    """Open, nine months or more after the first concern; the window plays no part."""
    LACKED_CAPACITY = "lacked_capacity"
    """Closed in the window, with an assessment or a return which says that capacity was lacked."""
    CAUSED_OUT = "caused_out"
    """Closed in the window, another body having been asked to make enquiries."""
    NO_ENQUIRY = "no_enquiry"
    """The newest decision, in the window, was that there is no enquiry, and none was begun."""


class Doubt(str):
    """The reason for which it can't be known whether a case belongs to the population."""

    __slots__ = ()


def belongs(view: CaseView, months: int, theme: Theme | None = None) -> bool | Doubt:
    """Says whether a case belongs to the population, or what is not known about it."""
    window = window_of(date.fromordinal(view.as_of.day), months)
    days = (window[0].toordinal(), window[1].toordinal())
    if theme is Theme.OPEN_9_MONTHS:
        return _is_long_open(view)
    if theme is Theme.NO_ENQUIRY:
        return _has_no_enquiry(view, days)
    is_closed = _is_closed_in(view, days)
    if theme is None or is_closed is False:
        return is_closed
    of_theme = _THEMES[theme](view)
    if of_theme is False:
        return False
    return is_closed if isinstance(is_closed, Doubt) else of_theme


def _is_closed_in(view: CaseView, days: tuple[int, int]) -> bool | Doubt:
    if not view.case.supply.has_type("case_closed"):
        return Doubt("its source does not say when cases are closed")
    for name, said in (("case_closed", "closure"), ("case_reopened", "reopening")):
        if any(not event.is_certain or event.moment is None for event in _of(view, name)):
            return Doubt(f"the day of a {said} can't be read")
    closed = facts_of(view).closed
    if closed:
        return days[0] <= closed <= days[1]
    if UNKNOWN_EVENTS in view.case.unknown:
        return Doubt("an entry of its record can't be read, and may be its closure")
    return False


def _is_long_open(view: CaseView) -> bool | Doubt:
    now = view.as_of.day
    is_closed = _is_closed_in(view, (1, now))
    if is_closed is True:
        return False
    concerns = _of(view, "concern_raised")
    days = [one.moment.day for one in concerns if one.is_certain and one.moment is not None]
    latest = window_of(date.fromordinal(now), LONG_OPEN)[0].toordinal()
    if not days or (len(days) < len(concerns) and min(days) > latest):
        return Doubt("the day of its first concern is not known")
    is_long = min(days) <= latest
    return is_closed if is_long and isinstance(is_closed, Doubt) else is_long


def _has_no_enquiry(view: CaseView, days: tuple[int, int]) -> bool | Doubt:
    if not view.case.supply.has_type("s42_decided"):
        return Doubt("its source does not say what was decided about concerns")
    decided = _of(view, "s42_decided")
    if any(_is_unsure(one, "result") for one in decided):
        return Doubt("a decision about an enquiry can't be read")
    started = _of(view, "enquiry_started")
    if any(one.is_certain for one in started) or not decided:
        return False
    last = decided[-1]
    assert last.moment is not None  # a certain event, as was seen above
    if last.fields.get("result") != "no_enquiry" or not days[0] <= last.moment.day <= days[1]:
        return False
    return Doubt("an entry about the start of an enquiry can't be read") if started else True


def _has_unmet_outcome(view: CaseView) -> bool | Doubt:
    """Looks at the newest result of each outcome: what was met at the last review was met."""
    newest: dict[object, Event] = {}
    for one in _of(view, "outcome_reviewed"):
        newest[one.fields.get("outcome")] = one
    return _any_of(
        view, "outcome_reviewed", "achieved", ("not_achieved", "partial"), tuple(newest.values())
    )


def _lacked_capacity(view: CaseView) -> bool | Doubt:
    found = [
        _any_of(view, "capacity_assessed", "conclusion", ("lacks_capacity",)),
        _any_of(view, "enquiry_concluded", "lacked_capacity", ("yes",), is_needed=False),
    ]
    if True in found:
        return True
    return next((one for one in found if isinstance(one, Doubt)), False)


def _was_caused_out(view: CaseView) -> bool | Doubt:
    if not view.case.supply.has_type("enquiry_caused"):
        return Doubt("its source does not supply entries of the type enquiry_caused")
    caused = _of(view, "enquiry_caused")
    if any(one.is_certain for one in caused):
        return True
    return Doubt("an entry of the type enquiry_caused can't be read") if caused else False


def _any_of(
    view: CaseView,
    kind: str,
    field: str,
    codes: tuple[str, ...],
    events: tuple[Event, ...] | None = None,
    *,
    is_needed: bool = True,
) -> bool | Doubt:
    """Says whether an event has one of some codes; a doubt where that can't be read."""
    if not view.case.supply.has_field(kind, field):
        return Doubt(f"its source does not supply {kind}.{field}") if is_needed else False
    found = _of(view, kind) if events is None else events
    if any(not _is_unsure(one, field) and one.fields.get(field) in codes for one in found):
        return True
    if any(_is_unsure(one, field) for one in found):
        return Doubt(f"an entry of the type {kind} can't be read")
    return False


def _is_unsure(event: Event, field: str) -> bool:
    return not event.is_certain or event.moment is None or field in event.unknown


def _of(view: CaseView, kind: str) -> tuple[Event, ...]:
    return view.by_type.get(kind, ())


_THEMES: Final[Mapping[Theme, Callable[[CaseView], bool | Doubt]]] = {
    Theme.OUTCOME_NOT_MET: _has_unmet_outcome,
    Theme.LACKED_CAPACITY: _lacked_capacity,
    Theme.CAUSED_OUT: _was_caused_out,
}
