"""Holds what the desk answers to a message, a feedback, a look at a case and a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from msp_rules.casework.case import Event, Fault
from msp_rules.prompts.prompt import HeardAs, PromptChange
from msp_rules.prompts.store.rows import KeptChange


class Status(StrEnum):
    """Tells what became of a message. Only a recorded one changes anything."""

    RECORDED = "recorded"
    ALREADY_KNOWN = "already_known"
    """It, or another message with the very same event, was received before."""
    CONFLICT = "conflict"
    """Its source and id were received before with another body."""
    REFUSED = "refused"
    """It could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Tells what became of a message, and what changed at the desk because of it."""

    status: Status
    case: str | None
    """The id of the case; None where it could not be read."""
    kept: tuple[KeptChange, ...] = ()
    """The changes. Of a message that is already known, those that the host has not acknowledged:
    the same answer as the first time, if that got lost."""
    faults: tuple[Fault, ...] = ()
    """The faults of the message and of the whole case: what could not be read or judged."""

    @property
    def changes(self) -> tuple[PromptChange, ...]:
        """The changes alone, without the numbers by which they are acknowledged."""
        return tuple(one.change for one in self.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardFeedback:
    """Tells what became of a feedback. Given again, it gets the same answer, but for `heard_as`."""

    heard_as: HeardAs
    explanation: Event | None = None
    """The event that the host is to record because of it, if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Tells what a look at a case brought about."""

    kept: tuple[KeptChange, ...]
    """The changes."""
    faults: tuple[Fault, ...]
    """The rules that could not be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """Tells what a sweep did."""

    looked_at: int
    """The number of cases that it looked at."""
    kept: tuple[KeptChange, ...]
    """The changes."""
    faults: tuple[Fault, ...]
    """The rules that could not be judged, and the cases that could not be read."""
    is_done: bool
    """True where no case was left whose moment had come."""
