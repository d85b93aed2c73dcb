"""Logs what happens in scans and to prompts, under names that stay, and without any value.

What a line may hold is decided by type: numbers, words of this package's own lists, and the class
of an error. So no id, text or date of a record can get into a log, at any level.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

PROMPTS_LOGGER: Final = "msp_rules.prompts"
"""The logger of the desk, its memory and its rounds."""
AUDIT_LOGGER: Final = "msp_rules.audit"
"""The logger of scans."""
HOOKS_LOGGER: Final = "msp_rules.hooks"
"""The logger of plug-ins."""

Fact = int | StrEnum | type[BaseException]
"""A part of a line: a count or truth value, a word of a list, or the class of an error."""


class LogEvent(StrEnum):
    """Names what can happen; a name is never used for anything else, nor changed."""

    MESSAGE_RECEIVED = "message.received"
    """Messages of a case were taken in, or known already."""
    MESSAGE_REFUSED = "message.refused"
    """A message was refused, or in conflict with an earlier one."""
    SNAPSHOT_RECEIVED = "snapshot.received"
    """A whole case was taken in, known already, or older than one before."""
    SNAPSHOT_REFUSED = "snapshot.refused"
    """A whole case was refused."""
    FEEDBACK_HEARD = "feedback.heard"
    """Feedback was taken in."""
    CASE_REEVALUATED = "case.reevaluated"
    """A case that was due was evaluated again."""
    CASE_FAILED = "case.failed"
    """A case could not be evaluated in a sweep."""
    SWEEP_DONE = "sweep.done"
    """A sweep has come to its end."""
    CHANGES_ACKNOWLEDGED = "changes.acknowledged"
    """The host has dealt with changes."""
    CASE_RESENT = "case.resent"
    """All prompts of a case are sent to the host again."""
    MESSAGE_FAILED = "message.failed"
    """A message of a round was refused or could not be taken in."""
    CHANGE_FAILED = "change.failed"
    """The host could not take a change."""
    ROUND_DONE = "round.done"
    """A round of an adapter has come to its end."""
    CLOCK_REFUSED = "clock.refused"
    """A moment lies too far from the newest at which the memory was asked."""
    CASE_PURGED = "case.purged"
    """All that was held on a case was removed."""
    CASES_FORGOTTEN = "cases.forgotten"
    """Old cases were removed."""
    EPOCH_BEGUN = "epoch.begun"
    """The memory has begun a new epoch."""
    MEMORY_RETRIED = "memory.retried"
    """A transaction was overtaken, and is tried again."""
    MEMORY_UNAVAILABLE = "memory.unavailable"
    """The database did not answer."""
    FILE_NOT_SHARED = "file.not_shared"
    """A file can't be shared out by ranges of its bytes: each process reads the whole of it."""
    PLUGIN_FAILED = "plugin.failed"
    """A plug-in failed, or was not asked."""


LEVELS: Final[Mapping[LogEvent, int]] = MappingProxyType(
    {
        **dict.fromkeys(LogEvent, logging.DEBUG),
        LogEvent.MESSAGE_REFUSED: logging.WARNING,
        LogEvent.SNAPSHOT_REFUSED: logging.WARNING,
        LogEvent.CASE_FAILED: logging.ERROR,
        LogEvent.SWEEP_DONE: logging.INFO,
        LogEvent.CASE_RESENT: logging.INFO,
        LogEvent.MESSAGE_FAILED: logging.WARNING,
        LogEvent.CHANGE_FAILED: logging.WARNING,
        LogEvent.ROUND_DONE: logging.INFO,
        LogEvent.CLOCK_REFUSED: logging.WARNING,
        LogEvent.CASE_PURGED: logging.INFO,
        LogEvent.CASES_FORGOTTEN: logging.INFO,
        LogEvent.EPOCH_BEGUN: logging.WARNING,
        LogEvent.MEMORY_UNAVAILABLE: logging.ERROR,
        LogEvent.FILE_NOT_SHARED: logging.INFO,
        LogEvent.PLUGIN_FAILED: logging.WARNING,
    }
)
"""The level of each."""

# A host that sets up no logging sees nothing; Python would print warnings otherwise.
logging.getLogger("msp_rules").addHandler(logging.NullHandler())
_PROMPTS: Final = logging.getLogger(PROMPTS_LOGGER)
_OTHERS: Final = {
    LogEvent.FILE_NOT_SHARED: logging.getLogger(AUDIT_LOGGER),
    LogEvent.PLUGIN_FAILED: logging.getLogger(HOOKS_LOGGER),
}


def logger_of(event: LogEvent) -> logging.Logger:
    """Gives the logger of an event."""
    return _OTHERS.get(event, _PROMPTS)


def log(event: LogEvent, **facts: Fact) -> None:
    """Logs an event with its facts, as the line `name key=value ...`.

    The record has them as attributes, too: `msp_event`, and `msp_` with the name of each fact.
    """
    logger, level = logger_of(event), LEVELS[event]
    if not logger.isEnabledFor(level):
        return
    said = {name: _said(fact) for name, fact in facts.items()}
    line = " ".join((event.value, *(f"{name}={value}" for name, value in said.items())))
    extra = {"msp_event": event.value, **{f"msp_{name}": value for name, value in said.items()}}
    logger.log(level, "%s", line, extra=extra)


def _said(fact: Fact) -> int | str:
    if isinstance(fact, type):
        return fact.__name__
    return fact.value if isinstance(fact, StrEnum) else fact
