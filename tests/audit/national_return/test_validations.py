"""Each of V1 to V8 on both sides: a record that it holds for, and the nearest one that it names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

from msp_rules.audit.national_return.counting import ReturnCounts, year_named
from msp_rules.audit.national_return.labels import CAPACITY
from msp_rules.audit.national_return.validations import LastYear, Validation, validations_of
from msp_rules.casework.case import Event, FieldValue
from msp_rules.casework.visibility import in_force
from tests.audit.national_return.made_up import (
    AS_OF,
    asked,
    case,
    closed,
    concern,
    concluded,
    event,
    reported,
    reviewed,
    started,
)

DAY: Final = "2025-05-01"


def checked(id: str, *cases: Sequence[Event], last_year: LastYear | None = None) -> Validation:  # noqa: A002
    """One check of the return of some cases, named A, B and so on."""
    year = year_named("2025-26")
    assert year is not None
    counts = ReturnCounts(year)
    for at, events in enumerate(cases):
        counts.add(in_force(case("ABCDEFGH"[at], {}, *events), AS_OF))
    (found,) = [one for one in validations_of(counts, last_year) if one.id == id]
    return found


def whole(*more: Event, **fields: FieldValue) -> tuple[Event, ...]:
    """An enquiry with both of its answers: no outcomes expressed, and capacity not lacked."""
    answers: dict[str, FieldValue] = {"lacked_capacity": "no", **fields}
    talk = [] if any(one.type == "outcomes_conversation" for one in more) else [NONE]
    return (concern(DAY), started(DAY), *talk, *more, concluded("2025-06-01", **answers))


def views(**fields: FieldValue) -> Event:
    return event("views_on_proceeding", "2025-05-03", **fields)


NONE: Final = asked("2025-05-02", "asked_none_expressed")
SAID: Final = asked("2025-05-02", "asked_expressed")
MET: Final = reviewed("2025-05-30", "full", "o")
FOUND: Final = reported("2025-05-20", "risk_identified", "yes")
NOTHING: Final = reported("2025-05-20", "no_risk_identified", "no")
CEASED: Final[dict[str, FieldValue]] = {"ceased_at_adults_request": "yes"}
UNANSWERED: Final = (concern(DAY), started(DAY), NONE, concluded("2025-06-01"))
UNASKED: Final = (concern(DAY), started(DAY), concluded("2025-06-01", lacked_capacity="no"))


@pytest.mark.parametrize(
    ("check", "holds", "does_not"),
    [
        # Expressed with a result; without one, and a result where nothing was expressed.
        pytest.param("V1", whole(SAID, MET), whole(SAID), id="V1 no result"),
        pytest.param("V1", whole(NONE), whole(NONE, MET), id="V1 a result of nothing"),
        # Supported, and capacity is known to be lacked or not; supported, and nobody says.
        pytest.param(
            "V2",
            whole(lacked_capacity="yes", supported_by=("family",)),
            whole(lacked_capacity="dont_know", supported_by=("family",)),
            id="V2 don't know",
        ),
        pytest.param(
            "V2",
            whole(lacked_capacity="no", supported_by=("family",)),
            whole(lacked_capacity="not_recorded", supported_by=("family",)),
            id="V2 not recorded",
        ),
        # "Don't know" is an answer, nothing is none.
        pytest.param("V3", whole(lacked_capacity="dont_know"), UNANSWERED, id="V3"),
        pytest.param("V4", whole(asked("2025-05-02", "dont_know")), UNASKED, id="V4"),
        # A concern on the day of the start, and on the day after it.
        pytest.param(
            "V5",
            whole(),
            (concern("2025-05-02"), *whole()[1:]),
            id="V5 the day after",
        ),
        pytest.param("V5", whole(), whole()[1:], id="V5 none"),
        # A result of the risk with a risk identified, and without.
        pytest.param(
            "V6",
            whole(FOUND, closed("2025-06-02", "removed")),
            whole(NOTHING, closed("2025-06-02", "removed")),
            id="V6",
        ),
        pytest.param(
            "V6",
            whole(NOTHING, closed("2025-06-02", "not_applicable")),
            whole(NOTHING, closed("2025-06-02", "remained")),
            id="V6 not applicable",
        ),
        # Ceased with the request on record, without it, and with a refusal of something else.
        pytest.param(
            "V7",
            whole(views(agree="no"), **CEASED),
            whole(**CEASED),
            id="V7",
        ),
        pytest.param(
            "V7",
            whole(views(agree="no", about="enquiry"), **CEASED),
            whole(views(agree="yes"), **CEASED),
            id="V7 agreed",
        ),
    ],
)
def test_a_check_names_the_case_that_does_not_hold_and_no_other(
    check: str, holds: Sequence[Event], does_not: Sequence[Event]
) -> None:
    alone, both = checked(check, holds), checked(check, holds, does_not, holds)

    assert (alone.result.value, alone.cases) == ("holds", ())
    assert (both.result.value, both.cases) == ("to look at", ("B",))


YES, NO = CAPACITY["yes"], CAPACITY["no"]


@pytest.mark.parametrize(
    ("now", "last_year", "result"),
    [
        # Of now three: lacked, did not lack. Turned round only where both years are unequal.
        (("yes", "yes", "no"), {YES: 20, NO: 9}, "holds"),
        (("yes", "yes", "no"), {YES: 9, NO: 20}, "to look at"),
        (("yes", "yes", "no"), {YES: 9, NO: 9}, "holds"),
        (("yes", "no"), {YES: 9, NO: 20}, "holds"),
        (("yes", "no", "no"), {YES: 9, NO: 20}, "holds"),
        (("yes", "no", "no"), {YES: 20, NO: 9}, "to look at"),
        (("yes", "no", "no"), None, "not tried"),
    ],
)
def test_answers_turned_round_since_last_year_are_seen_on_either_side(
    now: tuple[str, ...], last_year: LastYear | None, result: str
) -> None:
    cases = [whole(lacked_capacity=code) for code in now]

    assert checked("V8", *cases, last_year=last_year).result.value == result


def test_a_check_of_no_enquiries_holds() -> None:
    for number in range(1, 8):
        assert checked(f"V{number}").result.value == "holds"
