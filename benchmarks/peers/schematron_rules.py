"""States the ten rules as assertions of ISO Schematron, in XPath 1.0."""

from __future__ import annotations

from typing import Final

from benchmarks.peers.ten_rules import NAMES, REVIEW_WITHIN_DAYS, TALK_WITHIN_DAYS

FAILED: Final = "{http://purl.oclc.org/dsdl/svrl}failed-assert"
"""The element of a report that says which assertion does not hold."""


def _some(type_: str, more: str = "") -> str:
    return f"event[@type='{type_}'{more}]"


def _first_day(type_: str) -> str:
    """XPath 1.0 has no minimum: the first day is the one that no other is before."""
    return f"({_some(type_, f' and not(../{_some(type_)}/@day &lt; @day)')}/@day)[1]"


_CLOSED, _TALK = f"not({_some('case_closed')})", _some("outcomes_conversation")
_LACKS: Final = _some("capacity_assessed", " and @code='lacks_capacity'")
_ENQUIRY: Final = _some("s42_decided", " and @code='s42_enquiry'")
_HIGH: Final = _some("risk_assessed", " and @code='high'")
_ADVOCATE: Final = _some("advocacy_considered", " and @code='independent_advocate'")
_SPOKE: Final = _some("contact_with_adult", " and @code='spoke'")
_EARLY_TALK: Final = _some(
    "outcomes_conversation", f" and @day &gt;= 0 and @day &lt;= {TALK_WITHIN_DAYS}"
)
_PLAN, _CONCERN = f"not({_some('plan_made')})", f"not({_some('concern_raised')})"
_EARLY_REVIEW: Final = _some(
    "plan_reviewed", f" and @day &gt;= 0 and @day &lt;= {REVIEW_WITHIN_DAYS}"
)
_TESTS: Final = (
    f"{_CLOSED} or {_TALK}",
    f"{_CLOSED} or {_some('outcome_reviewed')}",
    f"not({_LACKS}) or {_some('best_interests_decided')}",
    f"{_CLOSED} or count({_SPOKE}) &gt;= 2",
    f"not({_ENQUIRY}) or {_some('enquiry_started')}",
    f"not({_HIGH}) or {_some('plan_made')} or {_some('no_plan_needed')}",
    f"{_CONCERN} or {_EARLY_TALK}",
    f"not({_TALK}) or not({_some('s42_decided')})"
    f" or {_TALK}/@day &lt;= {_first_day('s42_decided')}",
    f"not({_ADVOCATE}) or {_some('advocate_contribution')}",
    f"{_PLAN} or {_CONCERN} or {_EARLY_REVIEW}",
)
_ASSERTIONS: Final = "".join(
    f'<assert id="{name}" test="{test}">{name}</assert>'
    for name, test in zip(NAMES, _TESTS, strict=True)
)
SCHEMA: Final = (
    '<schema xmlns="http://purl.oclc.org/dsdl/schematron"><pattern>'
    f'<rule context="/case">{_ASSERTIONS}</rule></pattern></schema>'
)
"""The schema."""
