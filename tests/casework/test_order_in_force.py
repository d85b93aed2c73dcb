"""The events in force come in the order of day, time and id, whatever the order in the source."""

from itertools import permutations

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force


def event(event_id: str, date: str | None) -> Event:
    moment = parse_moment(date) if date else None
    return Event(event_id, "oversight", moment, moment)


def test_any_order_of_a_source_gives_the_same_view() -> None:
    ordered = (
        event("d", "2026-01-05"),
        event("c", "2026-01-05T09:00:00"),
        event("a", "2026-01-05T10:00:00"),
        event("b", "2026-01-05T10:00:00"),
        event("e", "2026-01-06"),
        event("0", None),
    )

    for events in permutations(ordered):
        view = in_force(Case("SA-1", events), parse_as_of("2026-03-31"))
        assert view.by_type == {"oversight": ordered}
