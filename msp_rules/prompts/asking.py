"""How a question that a rule asks of a worker ends; when it asks at all: `engine.questions`.

The reasons for each decision stand in docs/prompts.md, "When a rule asks".
"""

from __future__ import annotations

from typing import Final

from msp_rules.casework.moment import end_of_day
from msp_rules.engine.questions import (
    ANY_STEP,
    ASKING,
    CRITICAL,
    WARNING,
    DueSoon,
    asks_when_closed,
    due_soon_from,
    is_closed,
    timing_of,
    urgency_of,
)
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.prompts.prompt import Ending
from msp_rules.rules.rule import Rule

__all__ = [
    "ANY_STEP",
    "CRITICAL",
    "WARNING",
    "DueSoon",
    "due_soon_from",
    "ending_of",
    "is_closed",
    "timing_of",
    "urgency_changes_at",
    "urgency_of",
]

_ENDINGS: Final = {
    Verdict.MET: Ending.ANSWERED,
    Verdict.MET_LATE: Ending.ANSWERED,
    Verdict.EXPLAINED: Ending.EXPLAINED,
    Verdict.NOT_APPLICABLE: Ending.NOT_APPLICABLE,
    Verdict.CANNOT_TELL: Ending.CANNOT_TELL,
}


def ending_of(answer: Answer, rule: Rule, *, is_closed: bool) -> Ending | None:
    """Why an answer is no question (any more); None: it is one."""
    if answer.verdict not in ASKING:
        return _ENDINGS[answer.verdict]
    if is_closed and not asks_when_closed(rule):
        return Ending.CASE_CLOSED
    return None


def urgency_changes_at(rule: Rule, now: int) -> int | None:
    """The instant ahead at which `urgency_of` gives something else, or None."""
    if rule.prompt.urgency != CRITICAL:
        return None
    after_review = end_of_day(rule.review_by.toordinal()).instant + 1
    return after_review if after_review > now else None
