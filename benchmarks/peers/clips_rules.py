"""States the ten rules for CLIPS: a rule asserts what it finds."""

from __future__ import annotations

from typing import Final

from benchmarks.peers.ten_rules import NAMES, REVIEW_WITHIN_DAYS, TALK_WITHIN_DAYS


def _some(type_: str, more: str = "") -> str:
    return f'(exists (event (type "{type_}"){more}))'


def _none(type_: str, more: str = "") -> str:
    return f'(not (event (type "{type_}"){more}))'


def _code(code: str) -> str:
    return f' (code "{code}")'


def _early(days: int) -> str:
    return f" (day ?day&:(and (>= ?day 0) (<= ?day {days})))"


_CLOSED: Final = _some("case_closed")
_SPOKE: Final = '(type "contact_with_adult") (code "spoke")'
_CONDITIONS: Final = (
    f"{_CLOSED} {_none('outcomes_conversation')}",
    f"{_CLOSED} {_none('outcome_reviewed')}",
    f"{_some('capacity_assessed', _code('lacks_capacity'))} {_none('best_interests_decided')}",
    f"{_CLOSED} (not (and (event (id ?one) {_SPOKE}) (event (id ?other&~?one) {_SPOKE})))",
    f"{_some('s42_decided', _code('s42_enquiry'))} {_none('enquiry_started')}",
    f"{_some('risk_assessed', _code('high'))} {_none('plan_made')} {_none('no_plan_needed')}",
    f"{_some('concern_raised')} {_none('outcomes_conversation', _early(TALK_WITHIN_DAYS))}",
    f'{_some("outcomes_conversation")} (event (type "s42_decided") (day ?decided))'
    + _none("outcomes_conversation", " (day ?day&:(<= ?day ?decided))"),
    _some("advocacy_considered", _code("independent_advocate")) + _none("advocate_contribution"),
    f"{_some('plan_made')} {_some('concern_raised')}"
    f" {_none('plan_reviewed', _early(REVIEW_WITHIN_DAYS))}",
)
CONSTRUCTS: Final = (
    "(deftemplate event (slot id (type STRING)) (slot type (type STRING))"
    " (slot day (type INTEGER)) (slot code (type STRING)))",
    "(deftemplate finding (slot rule (type STRING)))",
    *(
        f'(defrule {name} {conditions} => (assert (finding (rule "{name}"))))'
        for name, conditions in zip(NAMES, _CONDITIONS, strict=True)
    ),
)
"""The templates and rules, to be built in this order."""
