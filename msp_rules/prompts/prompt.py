"""Defines a prompt, its life cycle, and how a worker can respond to it.

Instants are whole microseconds since the Unix epoch, as in `Cutoff.instant`. All values are frozen:
the desk hands back new ones. The functions that work on them:

    desk.advance(engine, case, state, now) -> Advanced    # the case as it is now: what changed
    feedback.hear(ruleset, state, feedback) -> FeedbackResult # what a worker said
    view.view(state, step=..., role=...) -> View          # what to show here, what is held back
    card.card(prompt, ruleset) -> Card                    # one prompt in the shape of CDS Hooks
    documents.state_document(state) -> Document           # all that the desk knows, as JSON
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from msp_rules.casework.case import Event, Fault
from msp_rules.casework.moments import Moment, moment_at
from msp_rules.casework.visibility import CaseView, first_ids
from msp_rules.casework.workdays import Due
from msp_rules.engine.prompting import Timing as Timing
from msp_rules.engine.verdict import Missing, Verdict
from msp_rules.errors import MspRulesError, did_you_mean


class PromptKey(NamedTuple):
    """Identifies a prompt: the same rule asks about the same thing."""

    rule: str
    """The id of the rule."""
    case: str
    """The id of the case."""
    subject: str | None
    """The id under which the event was first recorded: a correction keeps it. None: the rule is
    asked of the case as a whole."""


class PromptState(StrEnum):
    """The state of a prompt in its life (docs/prompts.md)."""

    RAISED = "raised"
    SHOWN = "shown"
    ACKNOWLEDGED = "acknowledged"
    DEFERRED = "deferred"
    PROMISED = "promised"
    OVERRIDDEN = "overridden"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class Ending(StrEnum):
    """Reasons for which a prompt ends; the first two resolve it, the others withdraw it."""

    ANSWERED = "answered"
    EXPLAINED = "explained"
    NOT_APPLICABLE = "not_applicable"
    CANNOT_TELL = "cannot_tell"
    CASE_CLOSED = "case_closed"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question that a rule asks about a case, with the facts that it rests on and its state.

    The facts come from the rule and the engine's answer; of a prompt that has ended, they are the
    last ones while it was open.
    """

    key: PromptKey
    """The identity of the prompt."""
    subject: str | None
    """The current id of the event (`key.subject` is its first one)."""
    summary: str
    """The rule's question."""
    urgency: str
    """`critical`, `warning` or `info`."""
    ask_at: tuple[str, ...]
    """The steps at which the rule asks: event types, or `any`."""
    roles: tuple[str, ...]
    """The worker roles that it asks."""
    severity: str
    """The severity of the rule."""
    verdict: Verdict
    """The verdict that raised it."""
    timing: Timing
    """Tells how near the limit is."""
    due: Due | None
    """The limit; None where there is none, or it is not known."""
    missing: tuple[Missing, ...]
    """The records that would settle it."""
    evidence: tuple[str, ...]
    """Ids of the events that the verdict rests on."""
    state: PromptState
    """The place in its life."""
    generation: int
    """The number of times that the worker has been asked: 1 at first, one more each time that the
    prompt comes back. Feedback names the generation that it answers."""
    since: int
    """The instant at which this generation began."""
    heard: tuple[int, str] | None = None
    """The instant and id of the feedback that the state rests on."""
    first_answer: int | None = None
    """The instant of the first answer to this generation: later ones can't put it off for ever."""
    until: int | None = None
    """The instant at which a prompt returns that a worker has dealt with; None: never."""
    code: str | None = None
    """The reason that came with the answer."""
    explanation: str | None = None
    """The id of the event that a host was given to record, if the rule accepts the reason."""
    ending: Ending | None = None
    """The reason for which it ended; None while it is open."""

    @property
    def stands(self) -> bool:
        """True while the record leaves the question open."""
        return self.ending is None

    @property
    def asks(self) -> bool:
        """True while it may be shown: it is open, and no worker has dealt with it."""
        return self.state in (PromptState.RAISED, PromptState.SHOWN)


class ChangeKind(StrEnum):
    """Tells what happened to a prompt."""

    RAISED = "raised"
    """It is asked for the first time, or again after it had ended."""
    RETURNED = "returned"
    """It is asked again: its deferral is over, or the reason for which it was overruled."""
    DUE_SOON = "due_soon"
    """Its limit is near. Not said of a prompt that was put off or overruled."""
    OVERDUE = "overdue"
    """Its limit is past. Not said of a prompt that was put off or overruled."""
    CHANGED = "changed"
    """Only its content has changed; nobody is asked again."""
    WITHDRAWN = "withdrawn"
    """It is to be taken away; `prompt.ending` says why."""
    ANSWERED = "answered"
    """A worker has dealt with it, and it stays open: `prompt.state` says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptChange:
    """One prompt as it is after the change; at most one change of a prompt at a time."""

    kind: ChangeKind
    """The kind of change."""
    prompt: Prompt
    """The prompt after the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskState:
    """All that the desk knows of one case between two calls; a host can store it anywhere.

    As JSON: `documents.state_document`.
    """

    case: str
    """The id of the case."""
    prompts: Mapping[PromptKey, Prompt] = field(default_factory=dict)
    """Every prompt that was ever raised: those that ended keep their generation."""
    as_of: int | None = None
    """The instant of the last evaluation; None before the first."""
    next_change: int | None = None
    """The first instant at which a prompt may change without a new event or feedback: evaluate
    again then. None: never."""
    faults: tuple[Fault, ...] = ()
    """The rules that could not answer at the last evaluation; their prompts stay as they were."""

    @property
    def standing(self) -> tuple[Prompt, ...]:
        """The prompts that the record leaves open, whatever a worker said to them."""
        return tuple(prompt for prompt in self.prompts.values() if prompt.stands)

    @property
    def awaiting_record(self) -> tuple[Prompt, ...]:
        """The prompts overridden with an accepted reason that is not in the record yet."""
        return tuple(prompt for prompt in self.standing if prompt.explanation is not None)


class Advanced(NamedTuple):
    """The result of an evaluation by the desk."""

    state: DeskState
    """All that the desk knows now."""
    changes: tuple[PromptChange, ...]
    """The changes since the last evaluation, by rule and subject."""


class FeedbackKind(StrEnum):
    """Lists what a worker may say to a prompt."""

    SHOWN = "shown"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    """A promise: the worker means to record what the card suggests."""
    DEFERRED = "deferred"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True, init=False)
class Feedback:
    """Holds what a worker said to a prompt, without the text: that stays with the host."""

    id: str
    """The id of the feedback: the same id again changes nothing."""
    key: PromptKey
    """The prompt that it answers."""
    generation: int
    """The generation of the prompt that was answered."""
    kind: FeedbackKind
    """The worker's reaction."""
    at: Moment
    """The moment of the feedback."""
    role: str | None
    """A `worker_role` of the vocabulary."""
    until: Moment | None
    """The moment at which a deferred prompt returns; a date means the start of that day."""
    code: str | None
    """The reason, from the rule's own list or the general one; an override has one always."""
    has_text: bool
    """True where a text was written with the reason."""
    review_by: Moment | None
    """The moment until which the reason is to hold."""

    # Written out, since callers may say a kind in text and a moment in any form: the fields, which
    # everything else reads, have one type each.
    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - named as the field is
        key: PromptKey,
        generation: int,
        kind: FeedbackKind | str,
        at: Moment | datetime | str,
        role: str | None = None,
        until: Moment | datetime | str | None = None,
        code: str | None = None,
        has_text: bool = False,
        review_by: Moment | datetime | str | None = None,
    ) -> None:
        """Raises MspRulesError where the kind is unknown, or a moment says none (`moment_at`)."""
        values = {
            "id": id,
            "key": key,
            "generation": generation,
            "kind": _kind_of(kind),
            "at": moment_at(at),
            "role": role,
            "until": None if until is None else moment_at(until),
            "code": code,
            "has_text": has_text,
            "review_by": None if review_by is None else moment_at(review_by),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)  # a frozen value is filled once, here


def _kind_of(kind: FeedbackKind | str) -> FeedbackKind:
    try:
        return FeedbackKind(kind)
    except ValueError:
        known = ", ".join(FeedbackKind)
        hint = did_you_mean(str(kind), FeedbackKind)
        raise MspRulesError(
            f'the "kind" of a feedback is unknown; known are {known}{hint}'
        ) from None


class FeedbackStatus(StrEnum):
    """Names what was done with feedback. Only what was heard changes anything."""

    HEARD = "heard"
    REPEATED = "repeated"
    """The same feedback had been accepted before."""
    OUTDATED = "outdated"
    """It answers an earlier generation or a prompt that has ended, or came after a later answer."""
    INCOMPLETE = "incomplete"
    """It lacks what the policy asks for (`needs_of`): the prompt counts as seen, and asks on."""
    UNKNOWN = "unknown"
    """The prompt does not exist."""


class FeedbackResult(NamedTuple):
    """Holds what feedback changed."""

    state: DeskState
    """All that the desk knows now."""
    heard_as: FeedbackStatus
    """The fate of the feedback."""
    explanation: Event | None = None
    """The event that the host is to record, if any: one of the vocabulary, whose id is the same
    however often the feedback comes. It counts once it is in the host's record, with the text that
    the host keeps. It is handed out even where the answer came too late to change the prompt: a
    reason that the rule accepts is a fact about the case."""


Identify = Callable[[str, str | None], PromptKey]
"""Gives the key of a rule's answer on a subject (None: on the case)."""


def identities(view: CaseView) -> Identify:
    """Makes the function that gives the answers on a view their keys.

    A corrected event keeps the prompts that it had: the subject of a key is where the chain of
    corrections began. Where two corrections of the same event exist side by side, each keeps its
    own id, so that none hides the other.
    """
    case, first = view.case, first_ids(view)

    def identify(rule: str, subject: str | None) -> PromptKey:
        return PromptKey(rule, case.id, subject if subject is None else first.get(subject, subject))

    return identify
