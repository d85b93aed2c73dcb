"""States the ten rules as expressions of the ZEN engine; each says whether all is well."""

from __future__ import annotations

from typing import Any, Final

from benchmarks.peers.ten_rules import NAMES, REVIEW_WITHIN_DAYS, TALK_WITHIN_DAYS


def _some(type_: str, more: str = "") -> str:
    return f"some(events, #.type == '{type_}'{more})"


def _code(type_: str, code: str) -> str:
    return _some(type_, f" and #.code == '{code}'")


def _days(type_: str) -> str:
    return f"map(filter(events, #.type == '{type_}'), #.day)"


_CLOSED, _TALK = f"not {_some('case_closed')}", _some("outcomes_conversation")
_EXPRESSIONS: Final = (
    f"{_CLOSED} or {_TALK}",
    f"{_CLOSED} or {_some('outcome_reviewed')}",
    f"not {_code('capacity_assessed', 'lacks_capacity')} or {_some('best_interests_decided')}",
    f"{_CLOSED} or len(filter(events, #.type == 'contact_with_adult' and #.code == 'spoke')) >= 2",
    f"not {_code('s42_decided', 's42_enquiry')} or {_some('enquiry_started')}",
    f"not {_code('risk_assessed', 'high')} or {_some('plan_made')} or {_some('no_plan_needed')}",
    f"not {_some('concern_raised')} or "
    + _some("outcomes_conversation", f" and #.day >= 0 and #.day <= {TALK_WITHIN_DAYS}"),
    f"not {_TALK} or not {_some('s42_decided')}"
    f" or min({_days('outcomes_conversation')}) <= min({_days('s42_decided')})",
    f"not {_code('advocacy_considered', 'independent_advocate')}"
    f" or {_some('advocate_contribution')}",
    f"not {_some('plan_made')} or not {_some('concern_raised')} or "
    + _some("plan_reviewed", f" and #.day >= 0 and #.day <= {REVIEW_WITHIN_DAYS}"),
)


def _node(name: str, kind: str, content: object) -> dict[str, Any]:
    place = {"x": 0, "y": 0}
    return {"id": name, "name": name, "type": kind, "position": place, "content": content}


DECISION: Final = {
    "nodes": [
        _node("in", "inputNode", {}),
        _node(
            "rules",
            "expressionNode",
            {
                "expressions": [
                    {"id": name, "key": name, "value": value}
                    for name, value in zip(NAMES, _EXPRESSIONS, strict=True)
                ]
            },
        ),
        _node("out", "outputNode", {}),
    ],
    "edges": [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "rules"},
        {"id": "2", "type": "edge", "sourceId": "rules", "targetId": "out"},
    ],
}
"""The decision as its editor would write it."""
