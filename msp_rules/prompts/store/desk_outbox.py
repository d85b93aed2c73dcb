"""Gives the adapter of one host the changes of a desk with a memory, and takes its events in.

What fails is counted in the memory, so that a message or a change that fails each time is laid
aside after five tries, in whichever process they were, and nothing else waits for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import orjson

from msp_rules.casework.case import Fault
from msp_rules.casework.moments import When, cutoff_at
from msp_rules.casework.values import LONGEST_ID
from msp_rules.errors import MspRulesError
from msp_rules.intake.live_events import MessageKey
from msp_rules.prompts.adapter_round import Change, EventPostponed, change_data
from msp_rules.prompts.prompt import ChangeKind, Ending, PromptChange, PromptState
from msp_rules.prompts.store.database import MemoryUnavailable
from msp_rules.prompts.store.letters import (
    fail_changes,
    fail_message,
    failed_messages,
    forget_message,
)
from msp_rules.prompts.store.memory_clock import begin_epoch, newest_number
from msp_rules.prompts.store.rows import KeptChange, message_digest
from msp_rules.prompts.store.service import Desk
from msp_rules.prompts.store.transactions import Received, Status
from msp_rules.rules.language.rule import Ruleset

_CONFLICT: Final = (
    "another event with the same source and id, but other content, was received before"
)


class DeskOutbox:
    """Gives one host's adapter the `Outbox` of a desk with a memory.

    `now` gives the moment at which an event is evaluated. Changes that a sweep has brought about
    wait here like all others. With `force`, a moment is taken however far it lies from the newest
    look at the memory.
    """

    def __init__(
        self, desk: Desk, ruleset: Ruleset, now: Callable[[], When], *, force: bool = False
    ) -> None:
        self._desk = desk
        self._database = desk.memory.database
        self._ruleset = ruleset
        self._rules = frozenset(rule.id for rule in ruleset.rules)
        self._now = now
        self._force = force
        self._pending: tuple[KeptChange, ...] = ()
        self._failed: frozenset[str] | None = None
        self._is_compared = False

    def submit(self, message: Mapping[str, object]) -> str | None:
        """See `Outbox.submit`; an event that is known already is taken in."""
        now = self._now()
        wrong = self._desk.clock_fault(now, force=self._force)
        if wrong is not None:
            raise EventPostponed(wrong.reason)
        try:
            received = self._desk.receive(message, now)
        except MemoryUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - no message may stop those after it
            return self._failed_again(message, error)
        if received.status in (Status.CONFLICT, Status.EVENT_CONFLICT, Status.REFUSED):
            reason = _reason(received)
            self._note(message, reason, case=received.case, is_final=True)
            return reason
        self._forget(message)
        return None

    def pending(self) -> Sequence[Change]:
        """See `Outbox.pending`."""
        epoch = self._desk.memory.epoch
        self._pending = self._desk.waiting(self._now())
        return [
            change_data(one.number, self._still_known(one.change), self._ruleset, epoch=epoch)
            for one in self._pending
        ]

    def acknowledge(self, changes: Sequence[Change]) -> None:
        """See `Outbox.acknowledge`."""
        numbers = {change["revision"] for change in changes}
        self._desk.acknowledge(one for one in self._pending if one.number in numbers)

    def sweep(self) -> tuple[tuple[Fault, ...], bool]:
        """See `LastingOutbox.sweep`."""
        swept = self._desk.sweep(self._now(), force=self._force)
        return swept.faults, swept.is_done

    def fail(self, changes: Sequence[Change], reason: str, *, is_sure: bool) -> None:
        """See `LastingOutbox.fail`."""
        numbers = [change["revision"] for change in changes]
        now = cutoff_at(self._now()).instant
        self._database.write(
            partial(fail_changes, numbers=numbers, reason=reason, now=now, is_sure=is_sure)
        )

    def compare(self, shown: Callable[[], Sequence[Mapping[str, object]]]) -> None:
        """See `LastingOutbox.compare`.

        Where the host has seen numbers that this memory never gave, the memory was restored from a
        copy: it begins a new epoch. The cases of prompts from another epoch are sent again.
        """
        if self._is_compared:
            return
        self._is_compared = True
        prompts = shown()
        epoch = self._desk.memory.epoch
        ahead = self._database.read(newest_number)
        is_restored = any(
            _number(one, "epoch", epoch) == epoch and _number(one, "revision", 0) > ahead
            for one in prompts
        )
        if is_restored:
            self._database.write(begin_epoch)
        others = {
            one["case"] for one in prompts if is_restored or _number(one, "epoch", epoch) != epoch
        }
        for case in sorted(one for one in others if isinstance(one, str)):
            self._desk.resend(case)

    def _failed_again(self, message: Mapping[str, object], error: Exception) -> str:
        """Counts a try of a message that can't be taken in; refuses it after the last one."""
        reason = (
            str(error)
            if isinstance(error, MspRulesError)
            else f"the message could not be taken in ({type(error).__name__})"
        )
        case = message.get("subject")
        if not self._note(message, reason, case=case if isinstance(case, str) else None):
            raise EventPostponed(reason)
        return reason

    def _note(
        self,
        message: Mapping[str, object],
        reason: str,
        *,
        case: str | None,
        is_final: bool = False,
    ) -> bool:
        if case is not None and len(case) > LONGEST_ID:
            case = None
        digest = _digest(message)
        note = partial(
            fail_message,
            digest=digest,
            case_id=case,
            reason=reason,
            now=cutoff_at(self._now()).instant,
            is_final=is_final,
        )
        self._failed = self._known_failures() | {digest}
        return self._database.write(note)

    def _forget(self, message: Mapping[str, object]) -> None:
        known = self._known_failures()
        if known and (digest := _digest(message)) in known:
            self._database.write(partial(forget_message, digest=digest))
            self._failed = known - {digest}

    def _known_failures(self) -> frozenset[str]:
        if self._failed is None:
            self._failed = self._database.read(failed_messages)
        return self._failed

    def _still_known(self, change: PromptChange) -> PromptChange:
        """Withdraws a prompt whose rule left the ruleset while its change waited."""
        if change.prompt.key.rule in self._rules:
            return change
        gone = replace(change.prompt, state=PromptState.WITHDRAWN, ending=Ending.GONE)
        return PromptChange(kind=ChangeKind.WITHDRAWN, prompt=gone)


def _reason(received: Received) -> str:
    if received.status is Status.CONFLICT:
        return _CONFLICT
    return "; ".join(fault.reason for fault in received.faults)


def _number(shown: Mapping[str, object], name: str, default: int) -> int:
    value = shown.get(name, default)
    return value if isinstance(value, int) else default


def _digest(message: Mapping[str, object]) -> str:
    """Digests the source and id of a message; all of it where it has none that can be read."""
    source, name = message.get("source"), message.get("id")
    if isinstance(source, str) and isinstance(name, str) and source and name:
        return message_digest(MessageKey(source=source, id=name))
    whole = orjson.dumps(message, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(whole).hexdigest()
