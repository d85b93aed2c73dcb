"""Takes in what a worker said to a card, and answers whether it counts and what it still needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from msp_rules.casework.moments import Cutoff, Moment, iso_instant
from msp_rules.intake.case_json import event_document
from msp_rules.prompts.card import card_uuid, card_uuid_of
from msp_rules.prompts.documents import Document
from msp_rules.prompts.prompt import DeskState, Feedback, FeedbackStatus, Prompt
from msp_rules.prompts.store import FeedbackReply
from msp_rules.service.tenants import Tenant


class Asked(NamedTuple):
    """A prompt, and the generation of it whose card somebody answered."""

    prompt: Prompt
    """The prompt as it is now."""
    generation: int
    """The generation of the card."""


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


def find_card(state: DeskState, card: str) -> Asked | None:
    """Finds the prompt of a card of a case, also one of an earlier generation."""
    for prompt in state.prompts.values():
        if card_uuid(prompt) == card:
            return Asked(prompt, prompt.generation)
    for prompt in state.prompts.values():
        for generation in range(prompt.generation - 1, 0, -1):
            if card_uuid_of(prompt.key, generation) == card:
                return Asked(prompt, generation)
    return None


def hear(tenant: Tenant, asked: Asked, said: Said, now: Cutoff) -> FeedbackReply:
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


def reply_document(said: Said, reply: FeedbackReply) -> Document:
    """Writes what became of feedback: whether it counts, what it needs, the event to record.

    `until` is there where the policy lets a prompt come back before the day that was asked for.
    """
    document: Document = {
        "heard_as": reply.heard_as.value,
        "counts": reply.counts,
        "needs": list(reply.needs),
    }
    again, wanted = reply.returns_at, said.until
    if wanted is not None and again is not None and again < wanted.instant:
        document["until"] = iso_instant(reply.returns_at)
    if reply.explanation is not None:
        document["record"] = event_document(reply.explanation)
    return document


UNKNOWN: Final = FeedbackReply(heard_as=FeedbackStatus.UNKNOWN)
"""The reply to feedback on a card that nobody knows."""
