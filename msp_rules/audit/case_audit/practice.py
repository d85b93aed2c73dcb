"""Finds what went well in a case, as far as its record says so: docs/readings.md, section 10.

None of it is expected of every case, and its absence says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from msp_rules.audit.case_audit.grid import Grid
from msp_rules.casework.case import Event
from msp_rules.casework.moments import is_strictly_later
from msp_rules.casework.visibility import CaseView

_YES: Final = frozenset({"yes"})
_FOR_THEMSELVES: Final = frozenset(
    {"adult", "family", "friend", "attorney_or_deputy", "care_act_advocate", "imca"}
)
"""The adult, or who speaks for them; the same roles as in CLO-01."""
_ANYTHING: Final[frozenset[str]] = frozenset()


class Sign(NamedTuple):
    """One kind of event that shows good practice: all its tests hold."""

    event: str
    """The event type."""
    tests: Mapping[str, frozenset[str]] = {}
    """The values that fields may have, by field; without any value named, any will do."""


SIGNS: Final[Mapping[str, Sign]] = {
    "communication_supported": Sign(
        "outcomes_conversation",
        {
            "asked": frozenset({"asked_expressed", "asked_none_expressed"}),
            "communication_support": _ANYTHING,
        },
    ),
    "outcome_revised_with_adult": Sign("outcome_revised", {"agreed_by": _FOR_THEMSELVES}),
    "outcome_achieved_in_their_view": Sign(
        "outcome_reviewed", {"achieved": frozenset({"full"}), "view_of": _FOR_THEMSELVES}
    ),
    "capacity_upheld_with_support": Sign(
        "capacity_assessed",
        {"conclusion": frozenset({"has_capacity"}), "support_given": _ANYTHING},
    ),
    "advocate_heard": Sign("advocate_contribution", {"summary": _ANYTHING}),
    "choice_respected_with_support": Sign(
        "risk_discussed", {"informed_choice": _YES, "mitigation": _ANYTHING}
    ),
    "family_group_conference_offered": Sign("family_group_conference"),
    "enquiry_planned_with_adult": Sign("enquiry_planned", {"with_adult": _YES}),
    "meeting_around_adult": Sign(
        "meeting_held",
        {
            "participation": frozenset({"present"}),
            "venue_considered": _YES,
            "record_shared_with_adult": _YES,
        },
    ),
    "report_holds_adults_voice": Sign(
        "enquiry_reported", {"voice_of_adult": _YES, "outcomes_covered": _YES}
    ),
    "adult_owned_action": Sign("plan_action", {"adult_owned": _YES}),
    "plan_reviewed_with_adult": Sign("plan_reviewed", {"adult_took_part": _YES}),
    "partner_showed_msp": Sign("partner_involved", {"msp_evidence": _YES}),
    "independent_feedback": Sign("experience_feedback", {"answered": _YES, "independent": _YES}),
    "felt_listened_to": Sign(
        "experience_feedback", {"felt_listened_to": _YES, "respondent": _FOR_THEMSELVES}
    ),
    "felt_safer": Sign("experience_feedback", {"felt_safer": _YES, "respondent": _FOR_THEMSELVES}),
}
"""The signs of good practice, by the name under which they are reported."""
ASKED_AGAIN: Final = "asked_again_and_answered"
GRID_GAIN: Final = "grid_gain"
PRACTICES: Final = (*SIGNS, ASKED_AGAIN, GRID_GAIN)
"""The names, in the order in which they are reported."""


def practice_of(view: CaseView, grid: Grid | None) -> Mapping[str, tuple[str, ...]]:
    """Lists what surely went well, with the ids of the events that say so."""
    found: dict[str, tuple[str, ...]] = {}
    by_type = view.by_type
    for event_type, signs in _BY_TYPE:
        events = by_type.get(event_type)
        if events is None:
            continue
        for name, tests in signs:
            ids = [event.id for event in events if event.is_certain and _passes(event, tests)]
            if ids:
                found[name] = tuple(ids)
    again = _asked_again(by_type.get("outcomes_conversation", ()))
    if again:
        found[ASKED_AGAIN] = again
    if grid is not None and grid.movement == "gain" and grid.first and grid.latest:
        found[GRID_GAIN] = grid.first.events + grid.latest.events
    return found


def _passes(event: Event, tests: tuple[tuple[str, frozenset[str]], ...]) -> bool:
    fields = event.fields
    for name, allowed in tests:
        value = fields.get(name)
        if value is None or (allowed and value not in allowed):
            return False
    return True


def _asked_again(events: tuple[Event, ...]) -> tuple[str, ...]:
    """Finds a conversation that brought nothing or did not take place, and a later one that did."""
    if len(events) < 2:
        return ()
    sure = [event for event in events if event.is_certain and event.moment is not None]
    earlier = [event for event in sure if event.fields.get("asked") in _NOTHING_HEARD]
    for later in sure:
        if later.fields.get("asked") == "asked_expressed":
            for one in earlier:
                assert one.moment is not None
                assert later.moment is not None
                if is_strictly_later(later.moment, one.moment):
                    return (one.id, later.id)
    return ()


_NOTHING_HEARD: Final = frozenset({"asked_none_expressed", "not_asked"})
_BY_TYPE: Final = tuple(
    (
        event_type,
        tuple(
            (name, tuple(sign.tests.items()))
            for name, sign in SIGNS.items()
            if sign.event == event_type
        ),
    )
    for event_type in dict.fromkeys(sign.event for sign in SIGNS.values())
)
