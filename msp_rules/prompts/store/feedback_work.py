"""Hears what workers say to prompts, and keeps it: a piece of work in its caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from msp_rules.casework.case import Event
from msp_rules.casework.moments import Moment, iso_instant
from msp_rules.intake.case_json import event_document
from msp_rules.prompts.documents import (
    Document,
    explanation_document,
    explanation_of,
    feedback_document,
    feedback_of,
)
from msp_rules.prompts.feedback import (
    change_of_answer,
    find_prompt,
    hear,
    needs_of,
    returns_at,
)
from msp_rules.prompts.policy import FeedbackPolicy
from msp_rules.prompts.prompt import DeskState, Feedback, FeedbackKind, FeedbackStatus
from msp_rules.prompts.store.case_reading import for_feedback
from msp_rules.prompts.store.case_writing import CaseChanges, write_case
from msp_rules.prompts.store.database import FeedbackConflict
from msp_rules.prompts.store.rows import KeptChange, find_case, read_document, write_json
from msp_rules.prompts.store.transactions import changed_prompts, known_after
from msp_rules.rules.language.rule import Ruleset

_OTHER_FEEDBACK: Final = (
    "feedback with this id was received before for this case, with other content; "
    "nothing was changed"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackReply:
    """Tells what was done with feedback; given again, only `heard_as` and `kept` differ."""

    heard_as: FeedbackStatus
    """The fate of the feedback."""
    explanation: Event | None = None
    """The event that the host is to record because of it, if any."""
    needs: tuple[str, ...] = ()
    """The parts that it lacks: to be heard (`reason`), or to explain something to an auditor
    (`words`, `review_by`)."""
    returns_at: int | None = None
    """The instant at which the prompt that it answers comes back while the record leaves it open;
    None: not by time alone."""
    kept: tuple[KeptChange, ...] = ()
    """The change of the prompt, for other screens."""

    @property
    def counts(self) -> bool:
        """True where the answer explains something to an auditor, once it is in the record."""
        return self.explanation is not None


def reply_document(reply: FeedbackReply, until: Moment | None) -> Document:
    """Writes what became of feedback: whether it counts, what it needs, the event to record.

    `until` is what was asked for; it is in the document where the prompt comes back earlier.
    """
    document: Document = {
        "heard_as": reply.heard_as.value,
        "counts": reply.counts,
        "needs": list(reply.needs),
    }
    again = reply.returns_at
    if until is not None and again is not None and again < until.instant:
        document["until"] = iso_instant(again)
    if reply.explanation is not None:
        document["record"] = event_document(reply.explanation)
    return document


class FeedbackWork:
    """Hears feedback by one ruleset and one policy; holds no state of its own."""

    def __init__(self, ruleset: Ruleset, policy: FeedbackPolicy) -> None:
        self._ruleset = ruleset
        self._policy = policy

    def hear(self, connection: Connection, feedback: Feedback, at: Moment) -> FeedbackReply:
        """Keeps feedback, and applies it to its prompt as of a moment."""
        row = find_case(connection, feedback.key.case, locks=True)
        if row is None:
            return FeedbackReply(heard_as=FeedbackStatus.UNKNOWN)
        contents = for_feedback(connection, row, feedback.id)
        before, timely = contents.state, replace(feedback, at=at)
        for earlier, explained in contents.feedback:
            first = feedback_of(feedback.key.case, read_document(earlier))
            # A host that says it again may have made its moment anew.
            if feedback_document(replace(first, at=feedback.at)) != feedback_document(feedback):
                raise FeedbackConflict(_OTHER_FEEDBACK)
            if first.at.instant < at.instant:
                timely = replace(feedback, at=first.at)
            found = None if explained is None else explanation_of(read_document(explained))
            return self._reply(before, timely, FeedbackStatus.REPEATED, found)
        after, heard_as, explanation = hear(self._ruleset, before, timely, policy=self._policy)
        if heard_as is FeedbackStatus.UNKNOWN:
            return FeedbackReply(heard_as=heard_as)
        row = replace(known_after(row, after), touched_at=max(row.touched_at, at.instant))
        prompt = find_prompt(before, feedback.key)
        assert prompt is not None, "else it is unknown"
        columns: dict[str, str | int | None] = {
            "rule": prompt.key.rule,
            "subject": prompt.key.subject or "",
            "generation": feedback.generation,
            "feedback_id": feedback.id,
            "heard_as": heard_as.value,
            "content": write_json(feedback_document(feedback)),
            "explanation": None
            if explanation is None
            else write_json(explanation_document(explanation)),
        }
        change = change_of_answer(timely, before, after)
        writes = CaseChanges(
            row=row,
            made_at=at.instant,
            prompts=changed_prompts(before, after),
            feedback=columns,
            changes=() if change is None else (change,),
        )
        kept = write_case(connection, writes)
        return replace(self._reply(before, timely, heard_as, explanation), kept=kept)

    def _reply(
        self,
        state: DeskState,
        feedback: Feedback,
        heard_as: FeedbackStatus,
        explanation: Event | None,
    ) -> FeedbackReply:
        reply = FeedbackReply(heard_as=heard_as, explanation=explanation)
        prompt = find_prompt(state, feedback.key)
        if prompt is None:
            return reply
        needs = needs_of(self._ruleset, prompt, feedback, self._policy)
        is_answer = feedback.kind is not FeedbackKind.SHOWN
        is_heard = heard_as in (FeedbackStatus.HEARD, FeedbackStatus.REPEATED)
        again = None
        if is_answer and is_heard and prompt.generation == feedback.generation:
            again = returns_at(self._ruleset, prompt, feedback, self._policy)
        return replace(reply, needs=needs, returns_at=again)
