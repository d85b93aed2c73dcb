"""States the ten rules in JSON-logic; each says whether all is well."""

from __future__ import annotations

from typing import Any, Final

from benchmarks.peers.ten_rules import REVIEW_WITHIN_DAYS, TALK_WITHIN_DAYS

_FAR: Final = 1_000_000
_EVENTS: Final = {"var": "events"}


def _is(type_: str, *more: Any) -> Any:
    return (
        {"and": [{"==": [{"var": "type"}, type_]}, *more]}
        if more
        else {"==": [{"var": "type"}, type_]}
    )


def _some(type_: str, *more: Any) -> Any:
    return {"some": [_EVENTS, _is(type_, *more)]}


def _code(code: str) -> Any:
    return {"==": [{"var": "code"}, code]}


def _unless(condition: Any, *others: Any) -> Any:
    return {"or": [{"!": [condition]}, *others]}


def _first_day(type_: str) -> Any:
    days = {"map": [{"filter": [_EVENTS, _is(type_)]}, {"var": "day"}]}
    least = {"min": [{"var": "accumulator"}, {"var": "current"}]}
    return {"reduce": [days, least, _FAR]}


def _early(type_: str, days: int) -> Any:
    return _some(type_, {"<=": [0, {"var": "day"}, days]})


_CLOSED, _TALK = _some("case_closed"), _some("outcomes_conversation")
_DECIDED, _CONCERN = _some("s42_decided"), _some("concern_raised")
_SPOKEN: Final = {
    "reduce": [
        {"filter": [_EVENTS, _is("contact_with_adult", _code("spoke"))]},
        {"+": [{"var": "accumulator"}, 1]},
        0,
    ]
}
_ADVOCATE: Final = _some("advocacy_considered", _code("independent_advocate"))
_IN_ORDER: Final = {"<=": [_first_day("outcomes_conversation"), _first_day("s42_decided")]}
RULES: Final[tuple[Any, ...]] = (
    _unless(_CLOSED, _TALK),
    _unless(_CLOSED, _some("outcome_reviewed")),
    _unless(_some("capacity_assessed", _code("lacks_capacity")), _some("best_interests_decided")),
    _unless(_CLOSED, {">=": [_SPOKEN, 2]}),
    _unless(_some("s42_decided", _code("s42_enquiry")), _some("enquiry_started")),
    _unless(_some("risk_assessed", _code("high")), _some("plan_made"), _some("no_plan_needed")),
    _unless(_CONCERN, _early("outcomes_conversation", TALK_WITHIN_DAYS)),
    _unless({"and": [_TALK, _DECIDED]}, _IN_ORDER),
    _unless(
        _some("advocacy_considered", _code("independent_advocate")), _some("advocate_contribution")
    ),
    _unless({"and": [_some("plan_made"), _CONCERN]}, _early("plan_reviewed", REVIEW_WITHIN_DAYS)),
)
"""The rules, in the order of their names."""
