"""The newest of several events, found in one pass, against its definition."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from msp_rules.casework.case import Event
from msp_rules.casework.moments import Moment, is_strictly_later, parse_moment
from msp_rules.engine.worlds import newest

# Both sides of midnight, of a day without a time, and of the hour that comes twice in October.
MOMENTS = [
    parse_moment(text)
    for text in (
        "2026-10-24",
        "2026-10-24T23:59:59",
        "2026-10-25",
        "2026-10-25T00:00:00",
        "2026-10-25T01:30:00+01:00",
        "2026-10-25T01:30:00Z",
        "2026-10-25T01:10:00Z",
        "2026-10-25T09:00:00",
        "2026-10-26",
        "2026-10-26T00:00:00",
    )
]


def is_beaten(moment: Moment, others: list[Moment], *, is_latest: bool) -> bool:
    if is_latest:
        return any(is_strictly_later(other, moment) for other in others)
    return any(is_strictly_later(moment, other) for other in others)


@given(st.lists(st.sampled_from(MOMENTS), max_size=6), st.booleans())
def test_the_newest_are_those_that_none_beats(moments: list[Moment], is_latest: bool) -> None:
    events = [
        Event(id=str(number), type="decision", moment=moment, recorded=moment)
        for number, moment in enumerate(moments)
    ]

    found = newest(events, is_latest=is_latest)

    assert [event.id for event in found] == [
        str(number)
        for number, moment in enumerate(moments)
        if not is_beaten(moment, moments, is_latest=is_latest)
    ]
