"""Takes in what a worker said to a card, and answers whether it counts and what it still needs.

`accepted` is a promise: the worker means to record what the card suggests. The desk has no such
state, so the prompt is put off, and comes back if the record stays silent: after four hours where
it is critical, else after two working days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from msp_rules.casework.moments import Cutoff, Moment, iso_instant, parse_moment
from msp_rules.casework.workdays import Unit, due_after, england
from msp_rules.engine.prompting import CRITICAL
from msp_rules.intake.case_json import event_document
from msp_rules.prompts.card import card_uuid, card_uuid_of
from msp_rules.prompts.documents import Document
from msp_rules.prompts.feedback import accepted_codes
from msp_rules.prompts.prompt import DeskState, Feedback, FeedbackKind, FeedbackStatus, Prompt
from msp_rules.prompts.store import FeedbackReply
from msp_rules.service.tenants import Tenant

ACCEPTED: Final = "accepted"
"""The kind of feedback that promises a record."""
KINDS: Final = (
    *(FeedbackKind.SHOWN, FeedbackKind.ACKNOWLEDGED, ACCEPTED),
    *(FeedbackKind.DEFERRED, FeedbackKind.OVERRIDDEN),
)
"""Every kind of feedback that the service takes."""

_PROMISE_HOURS: Final = 4
_PROMISE_DAYS: Final = 2


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
    """One of `KINDS`."""
    at: Moment
    """The moment at which it was said."""
    role: str | None = None
    """The role of the worker."""
    code: str | None = None
    """The code of the reason for which the prompt is overridden."""
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
    prompt = asked.prompt
    is_promise = said.kind == ACCEPTED
    return tenant.desk.hear(
        Feedback(
            id=said.id,
            key=prompt.key,
            generation=asked.generation,
            kind=FeedbackKind.DEFERRED if is_promise else said.kind,
            at=said.at,
            role=said.role,
            until=_promised_by(tenant, prompt, said.at) if is_promise else said.until,
            code=said.code,
            has_text=said.has_text,
            review_by=said.review_by,
        ),
        now=now,
    )


def reply_document(
    tenant: Tenant, asked: Asked | None, said: Said, reply: FeedbackReply
) -> Document:
    """Writes what became of feedback: whether it counts, what it needs, the event to record."""
    document: Document = {
        "heard_as": reply.heard_as.value,
        "counts": reply.explanation is not None,
        "needs": list(_needs(tenant, asked, said)),
    }
    if reply.explanation is not None:
        document["record"] = event_document(reply.explanation)
    return document


UNKNOWN: Final = FeedbackReply(heard_as=FeedbackStatus.UNKNOWN)
"""The reply to feedback on a card that nobody knows."""


def _needs(tenant: Tenant, asked: Asked | None, said: Said) -> Sequence[str]:
    """Lists what a reason lacks to count as an explanation, or to stand for as long as it may."""
    rule = None if asked is None else tenant.catalogue.get(asked.prompt.key.rule)
    if rule is None or said.kind != FeedbackKind.OVERRIDDEN or said.code is None:
        return ()
    if said.code not in accepted_codes(rule.as_on(said.at.day)):
        return ()
    is_temporary = said.code in tenant.ruleset.settings.temporary_codes
    lacking = [] if said.has_text else ["words"]
    return [*lacking, "review_by"] if is_temporary and said.review_by is None else lacking


def _promised_by(tenant: Tenant, prompt: Prompt, at: Moment) -> Moment:
    number, unit = _PROMISE_DAYS, Unit.WORKING_DAYS
    if prompt.urgency == CRITICAL:
        number, unit = _PROMISE_HOURS, Unit.HOURS
    office_close = tenant.ruleset.settings.office_close
    due = due_after(at, number, unit, calendar=england(), office_close=office_close)
    return parse_moment(iso_instant(due.cutoff.instant))
