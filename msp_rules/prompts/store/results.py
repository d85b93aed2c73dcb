"""What the desk answers to a message, a feedback, a look and a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from msp_rules.casework.case import Event, Fault
from msp_rules.prompts.prompt import HeardAs, PromptChange
from msp_rules.prompts.store.rows import KeptChange


class Status(StrEnum):
    """What became of a message.

    `already_known`: it, or another message with the very same event, was received before.
    `conflict`: its source and id, but not its body, were. `refused`: it could not be read. In these
    three nothing changes.
    """

    RECORDED = "recorded"
    ALREADY_KNOWN = "already_known"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a message, and what changed at the desk because of it.

    Of a message that is already known, `kept` holds those of its changes that the host has not
    acknowledged: the same answer as the first time, if that got lost. `faults` names what could not
    be read or judged, in the message and in the whole case.
    """

    status: Status
    case: str | None
    kept: tuple[KeptChange, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def changes(self) -> tuple[PromptChange, ...]:
        """The changes alone, without the numbers by which they are acknowledged."""
        return tuple(one.change for one in self.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardFeedback:
    """What became of a feedback, and the event that the host is to record because of it, if any.

    Heard again, it gives the same answer, but for `heard_as`.
    """

    heard_as: HeardAs
    explanation: Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The changes that a look at a case brought about, and what could not be judged."""

    kept: tuple[KeptChange, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep did: how many cases it looked at, what changed, what could not be judged.

    `is_done` says that no case was left whose moment had come.
    """

    looked_at: int
    kept: tuple[KeptChange, ...]
    faults: tuple[Fault, ...]
    is_done: bool
