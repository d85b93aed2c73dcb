"""A count of different days against every way in which the uncertain events may lie."""

from __future__ import annotations

from itertools import product

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force
from msp_rules.casework.workdays import Unit, england
from msp_rules.engine.conditions import ConditionCompiler
from msp_rules.engine.scope import Scope
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN
from msp_rules.rules.language.conditions import Count, Different, Limit, Selection
from msp_rules.rules.language.rule import Settings

DAYS = ("2026-03-02", "2026-03-03", "2026-03-04")
NEVER = Limit(unit=Unit.WEEKS, values=((0, 1),))
SETTINGS = Settings(office_close=0, max_temporary_reason=NEVER, temporary_codes=frozenset())
# A day, or None where it cannot be read, and whether there surely is such an event.
Told = tuple[str | None, bool]


def meeting(number: int, told: Told) -> Event:
    day, is_sure = told
    moment = parse_moment(day) if day is not None else None
    return Event(f"e{number}", "meeting_held", moment, moment, is_certain=is_sure)


def answer_of_the_engine(told: list[Told], low: int | None, high: int | None) -> int:
    meetings = Selection(type="meeting_held")
    node = Count(selection=meetings, at_least=low, at_most=high, different=Different.DAYS)
    case = Case("C", tuple(meeting(number, one) for number, one in enumerate(told)))
    compiler = ConditionCompiler("R-01", None, Clock(england(), 0), SETTINGS)
    return compiler.compile(node).term(Scope(in_force(case, parse_as_of("2026-03-31"))))


def numbers_of_days(told: list[Told]) -> set[int]:
    """Every number of days that there may be: each uncertain event absent, or on some day."""
    ways: list[tuple[str | None, ...]] = []
    for number, (day, is_sure) in enumerate(told):
        # An event without a date lies on a day of its own, or on one of those that are named.
        days = (day,) if day is not None else (*DAYS, f"another day {number}")
        ways.append(days if is_sure else (None, *days))
    return {len({day for day in world if day is not None}) for world in product(*ways)}


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.lists(st.sampled_from([*product(DAYS, (True, False)), (None, False)]), max_size=5),
    st.none() | st.integers(0, 4),
    st.none() | st.integers(0, 4),
)
def test_a_count_of_days_is_known_where_every_way_agrees(
    told: list[Told], low: int | None, high: int | None
) -> None:
    # No number lies between bounds the wrong way round; the decoder refuses such a count.
    assume(low is None or high is None or low <= high)
    holds = {
        (low is None or low <= number) and (high is None or number <= high)
        for number in numbers_of_days(told)
    }

    expected = UNKNOWN if len(holds) == 2 else TRUE if holds == {True} else FALSE
    assert answer_of_the_engine(told, low, high) == expected
