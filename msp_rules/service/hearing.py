"""Takes in what a worker said to a card, and answers whether it counts and what it still needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msp_rules.casework.moments import Cutoff, Moment
from msp_rules.prompts.feedback_form import AnsweredCard
from msp_rules.prompts.prompt import Feedback, FeedbackStatus
from msp_rules.prompts.store import FeedbackReply
from msp_rules.service.tenants import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer of a worker to a card, without the words themselves."""

    id: str
    """The id of the feedback."""
    kind: str
    """The kind, a `FeedbackKind`."""
    at: Moment
    """The moment at which it was said."""
    role: str | None = None
    """The role of the worker."""
    code: str | None = None
    """The code of the reason."""
    has_text: bool = False
    """True where the worker wrote words to the reason, which stay with the host."""
    until: Moment | None = None
    """The moment until which the prompt is put off."""
    review_by: Moment | None = None
    """The day by which the reason is reviewed."""


def hear(tenant: Tenant, asked: AnsweredCard, said: Said, now: Cutoff) -> FeedbackReply:
    """Takes in what was said to a card; the same again changes nothing.

    Raises FeedbackConflict where the id was used for something else.
    """
    return tenant.desk.hear(
        Feedback(
            id=said.id,
            key=asked.prompt.key,
            generation=asked.generation,
            kind=said.kind,
            at=said.at,
            role=said.role,
            until=said.until,
            code=said.code,
            has_text=said.has_text,
            review_by=said.review_by,
        ),
        now=now,
    )


UNKNOWN: Final = FeedbackReply(heard_as=FeedbackStatus.UNKNOWN)
"""The reply to feedback on a card that nobody knows."""
