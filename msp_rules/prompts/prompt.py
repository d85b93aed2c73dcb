"""What a prompt is, the life that it leads, and what a worker may say to it.

Instants are whole microseconds since the Unix epoch, as in `Cutoff.instant`. All values are frozen:
the desk hands back new ones. The functions that work on them:

    desk.advance(engine, case, state, now) -> Advanced    # the case as it is now: what changed
    feedback.hear(ruleset, state, feedback) -> Heard      # what a worker said
    budget.view(state, step=..., role=...) -> View        # what to show here, what is held back
    card.card(prompt, ruleset) -> dict                    # one prompt in the shape of CDS Hooks

Which prompt an answer belongs to: a corrected event keeps the prompts that it had.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from msp_rules.casework.case import Event, Fault
from msp_rules.casework.moments import Moment
from msp_rules.casework.visibility import CaseView, first_ids
from msp_rules.casework.workdays import Due
from msp_rules.engine.prompting import Timing as Timing
from msp_rules.engine.verdict import Missing, Verdict


class PromptKey(NamedTuple):
    """What makes a prompt the same prompt.

    `subject` is the id under which the event was first recorded: a correction keeps it. None: the
    rule is asked of the case as a whole.
    """

    rule: str
    case: str
    subject: str | None


class PromptState(StrEnum):
    """Where a prompt stands in its life (docs/prompts.md)."""

    RAISED = "raised"
    SHOWN = "shown"
    ACKNOWLEDGED = "acknowledged"
    DEFERRED = "deferred"
    OVERRIDDEN = "overridden"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class Ending(StrEnum):
    """Why a prompt no longer stands. The first two are `resolved`, the others `withdrawn`."""

    ANSWERED = "answered"
    EXPLAINED = "explained"
    NOT_APPLICABLE = "not_applicable"
    CANNOT_TELL = "cannot_tell"
    CASE_CLOSED = "case_closed"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question that a rule asks of a case, with the facts that it rests on and its life.

    `summary`, `urgency`, `ask_at` (event types, or `any`) and `roles` are the rule's. `subject` is
    the id of the event as it stands now (`key.subject` is its first one). `verdict`, `due`,
    `missing`, `evidence` and `severity` are those of the engine's answer; of a prompt that has
    ended, the last ones while it stood.

    `generation` counts how often the worker has been asked anew: 1 at first, one more each time
    that the prompt comes back. Feedback names the generation that it answers. `since` is the
    instant at which this generation began. `heard` is the instant and id of the feedback that the
    state rests on. `until` is when a deferred prompt returns; `code` the reason of an override;
    `explanation` the id of the event that a host was handed to record, if the rule accepts it.
    """

    key: PromptKey
    subject: str | None
    summary: str
    urgency: str
    ask_at: tuple[str, ...]
    roles: tuple[str, ...]
    severity: str
    verdict: Verdict
    timing: Timing
    due: Due | None
    missing: tuple[Missing, ...]
    evidence: tuple[str, ...]
    state: PromptState
    generation: int
    since: int
    heard: tuple[int, str] | None = None
    until: int | None = None
    code: str | None = None
    explanation: str | None = None
    ending: Ending | None = None

    @property
    def stands(self) -> bool:
        """Whether the record still leaves the question open."""
        return self.ending is None

    @property
    def asks(self) -> bool:
        """Whether it may be shown: it stands, and no worker has dealt with it."""
        return self.state in (PromptState.RAISED, PromptState.SHOWN)


class ChangeKind(StrEnum):
    """What happened to a prompt.

    `raised`: asked for the first time, or anew after it had ended. `returned`: asked again, since
    its deferral is over, or the reason for which it was overruled. `due_soon`, `overdue`: its limit
    is near, or past; not told of a prompt that was put off or overruled. `changed`: only what it
    says is different, nobody is asked again. `withdrawn`: take it away, `prompt.ending` says why.
    """

    RAISED = "raised"
    RETURNED = "returned"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptChange:
    """One prompt as it is after the change; at most one change of a prompt at a time."""

    kind: ChangeKind
    prompt: Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskState:
    """All that the desk knows of one case between two calls: a value that a host may keep anywhere.

    `prompts` holds those that ended too (their generation goes on counting). `as_of` is the instant
    of the last look, None before the first. `next_change` is the first instant at which a prompt
    may change with no new event or feedback: look again then; None: never. `faults` name rules that
    could not answer at the last look; their prompts stay as they were.
    """

    case: str
    prompts: Mapping[PromptKey, Prompt] = field(default_factory=dict)
    as_of: int | None = None
    next_change: int | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def standing(self) -> tuple[Prompt, ...]:
        """The prompts that the record leaves open, whatever a worker said to them."""
        return tuple(prompt for prompt in self.prompts.values() if prompt.stands)

    @property
    def awaiting_record(self) -> tuple[Prompt, ...]:
        """The prompts overruled with a reason that the rule accepts, once the record has it."""
        return tuple(prompt for prompt in self.standing if prompt.explanation is not None)


class Advanced(NamedTuple):
    """The desk's knowledge after a look at the case, and what changed, by rule and subject."""

    state: DeskState
    changes: tuple[PromptChange, ...]


class FeedbackKind(StrEnum):
    """What a worker may say to a prompt."""

    SHOWN = "shown"
    ACKNOWLEDGED = "acknowledged"
    DEFERRED = "deferred"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a worker said to a prompt. It has no text: what they wrote stays with the host.

    `generation` is the one that was answered. `role` is a `worker_role` of the vocabulary. `until`
    (deferred) is when to ask again: a date means the start of that day. `code` (overridden) is a
    reason of the rule's own list or of the general one; `has_text` says whether a text was written
    with it, and `review_by` until when the reason is to stand.
    """

    id: str
    key: PromptKey
    generation: int
    kind: FeedbackKind
    at: Moment
    role: str | None = None
    until: Moment | None = None
    code: str | None = None
    has_text: bool = False
    review_by: Moment | None = None


class HeardAs(StrEnum):
    """What became of a feedback.

    `repeated`: this very feedback had been heard. `outdated`: it answers an earlier generation, a
    prompt that has ended, or came after a later answer; nothing changes. `unknown`: no such prompt.
    """

    HEARD = "heard"
    REPEATED = "repeated"
    OUTDATED = "outdated"
    UNKNOWN = "unknown"


class Heard(NamedTuple):
    """The desk's knowledge after a feedback, and what the host is to record, if anything.

    `explanation` is an event of the vocabulary whose id is the same however often the feedback
    comes. It counts once it is in the host's record, with the text that the host keeps. It is
    handed out even where the answer came too late to change the prompt: a reason that the rule
    accepts is a fact about the case.
    """

    state: DeskState
    heard_as: HeardAs
    explanation: Event | None = None


Identify = Callable[[str, str | None], PromptKey]
"""The key of a rule's answer on a subject (None: on the case)."""


def identities(view: CaseView) -> Identify:
    """How the answers on a view get their keys.

    The subject of a key is where the chain of corrections began. Where two corrections of the same
    event stand side by side, each keeps its own id, so that none hides the other.
    """
    case, first = view.case, first_ids(view)

    def identify(rule: str, subject: str | None) -> PromptKey:
        return PromptKey(rule, case.id, subject if subject is None else first.get(subject, subject))

    return identify
