"""Gives the adapter of one host the changes of a desk with a memory, and takes its events in.

What fails is counted in the memory, so that a message or a change that fails each time is laid
aside after five tries, in whichever process they were, and nothing else waits for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from msp_rules.casework.case import Fault
from msp_rules.casework.moments import When, cutoff_at, moment_at
from msp_rules.casework.values import LONGEST_ID
from msp_rules.casework.vocabulary import read_supply, words_of
from msp_rules.errors import MspRulesError
from msp_rules.extras import library_of
from msp_rules.intake.case_json import CASE_SCHEMA
from msp_rules.intake.live_events import MessageKey
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.log_events import LogEvent, log
from msp_rules.prompts.adapter_round import Change, EventPostponed, change_data
from msp_rules.prompts.case_round import CasePostponed, CaseReply
from msp_rules.prompts.feedback_round import AnswerReply, FeedbackPostponed
from msp_rules.prompts.prompt import ChangeKind, Ending, PromptChange, PromptState
from msp_rules.prompts.store.database import MemoryUnavailable
from msp_rules.prompts.store.feedback_work import reply_document
from msp_rules.prompts.store.letters import (
    fail_changes,
    fail_message,
    failed_messages,
    forget_message,
)
from msp_rules.prompts.store.memory_clock import newest_number
from msp_rules.prompts.store.rows import KeptChange, message_digest
from msp_rules.prompts.store.service import Desk
from msp_rules.prompts.store.transactions import Received, Status
from msp_rules.rules.language.rule import Ruleset

_CONFLICT: Final = (
    "another event with the same source and id, but other content, was received before"
)
_NO_SUPPLY: Final = (
    "the adapter says what its host can deliver, and the desk counts everything as supplied: make "
    "it with Desk(..., supply=registry.supplied_by(name))"
)
_LESS_SUPPLY: Final = (
    "the adapter says that its host delivers types or fields that the desk does not count as "
    "supplied: rules do not wait for them"
)
_PARTS: Final = frozenset({"id", "at", "says", "record"})


class _CaseInvalid(MspRulesError):
    """A case that is not as the hook gives them; the text names places, no values."""


class _Given(NamedTuple):
    """A case of an adapter, taken apart."""

    record: object
    mapping: CaseMapping | None
    says: tuple[str, ...] | None
    at: str | None


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
        self._supplied: tuple[str, ...] | None = None
        self._mappings: dict[Path, CaseMapping] = {}

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
            case = message.get("subject")
            reason = _cause_of(error, "message")
            if not self._note(_digest(message), reason, case=case):
                raise EventPostponed(reason) from None
            return reason
        if received.status in (Status.CONFLICT, Status.EVENT_CONFLICT, Status.REFUSED):
            reason = _reason(received)
            self._note(_digest(message), reason, case=received.case, is_final=True)
            return reason
        self._forget(_digest(message))
        return None

    def put_case(self, found: Mapping[str, object], mapping: Path | None) -> CaseReply:
        """See `CaseOutbox.put_case`; a case that is known already is taken in."""
        now = self._now()
        wrong = self._desk.clock_fault(now, force=self._force)
        if wrong is not None:
            raise CasePostponed(wrong.reason)
        digest, case = _digest_of_case(found), found.get("id")
        try:
            given = self._given(found, mapping)
            received = self._desk.put_case(
                given.record, now, says=given.says, mapping=given.mapping, at=given.at
            )
        except MemoryUnavailable:
            raise
        except _CaseInvalid as error:
            self._note(digest, str(error), case=case, is_final=True)
            return CaseReply(refused=str(error))
        except Exception as error:  # noqa: BLE001 - no case may stop those after it
            reason = _cause_of(error, "case")
            if not self._note(digest, reason, case=case):
                raise CasePostponed(reason) from None
            return CaseReply(refused=reason)
        if received.status in (Status.CONFLICT, Status.EVENT_CONFLICT, Status.REFUSED):
            reason = _reason(received)
            self._note(digest, reason, case=received.case or case, is_final=True)
            return CaseReply(refused=reason)
        self._forget(digest)
        is_stale = received.status is Status.STALE
        return CaseReply(is_stale=is_stale, faults=() if is_stale else received.faults)

    def hear(self, found: Mapping[str, object]) -> AnswerReply:
        """See `FeedbackOutbox.hear`; feedback that is known already is heard as `repeated`."""
        now = self._now()
        wrong = self._desk.clock_fault(now, force=self._force)
        if wrong is not None:
            raise FeedbackPostponed(wrong.reason)
        digest = _digest_of("feedback", found.get("case"), found.get("id"))
        try:
            reply = self._desk.hear_message(found, now=now)
            until = found.get("until")
            wanted = moment_at(until) if isinstance(until, str) else None
        except MemoryUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - no feedback may stop that after it
            reason = _cause_of(error, "feedback")
            is_final = isinstance(error, MspRulesError)
            is_dead = self._note(digest, reason, case=found.get("case"), is_final=is_final)
            if not is_dead:
                raise FeedbackPostponed(reason) from None
            return AnswerReply(refused=reason)
        self._forget(digest)
        return AnswerReply(reply=reply_document(reply, wanted))

    def compare_supply(self, words: tuple[str, ...]) -> str | None:
        """See `CaseOutbox.compare_supply`."""
        try:
            said = read_supply(words, self._desk.vocabulary, "msp_supplies")
        except MspRulesError as error:
            return str(error)
        self._supplied = words
        supply = self._desk.supply
        if not supply.declared:
            return _NO_SUPPLY
        kinds = (word.partition(".") for word in sorted(words_of(said)))
        is_less = any(
            not (supply.has_field(kind, name) if name else kind in supply.types)
            for kind, _, name in kinds
        )
        return _LESS_SUPPLY if is_less else None

    def _given(self, found: Mapping[str, object], mapping: Path | None) -> _Given:
        """Takes a case of an adapter apart; raises _CaseInvalid with what is wrong with it."""
        at, says = found.get("at"), found.get("says")
        if not isinstance(at, str) or not at.strip():
            raise _CaseInvalid("at: is missing: say when the host made the snapshot")
        if "schema" in found:
            # What the host does not say at all is left alone, as if the snapshot had said so.
            unsaid = self._supplied if says is None else None
            return _Given(found, None, unsaid, None)
        if found.keys() - _PARTS or not isinstance(found.get("record"), Mapping):
            raise _CaseInvalid(f'schema: must be "{CASE_SCHEMA}", or give the host\'s own record')
        if mapping is None:
            raise _CaseInvalid("record: the plug-in has no msp_mapping by which it could be read")
        if says is not None and not isinstance(says, list):
            raise _CaseInvalid("says: must be a list of event types, or type.field")
        words = None if says is None else tuple(says)
        try:
            moment_at(at)
            if words is not None:
                read_supply(words, self._desk.vocabulary, "says")
        except MspRulesError as error:
            raise _CaseInvalid(f"the case: {error}") from None
        return _Given(found["record"], self._mapping(mapping), words, at)

    def _mapping(self, path: Path) -> CaseMapping:
        if path not in self._mappings:
            # Late, as it brings a library that hosts without a mapping need not have.
            with library_of("cli", "reading a host's own record"):
                from msp_rules.intake.mapping.decode import load_mapping  # noqa: PLC0415
            self._mappings[path] = load_mapping(path, self._desk.vocabulary)
        return self._mappings[path]

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
        log(LogEvent.CHANGE_FAILED, changes=len(numbers), is_sure=is_sure)

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
            self._desk.memory.begin_epoch()
        others = {
            one["case"] for one in prompts if is_restored or _number(one, "epoch", epoch) != epoch
        }
        for case in sorted(one for one in others if isinstance(one, str)):
            self._desk.resend(case)

    def _note(self, digest: str, reason: str, *, case: object, is_final: bool = False) -> bool:
        """Counts a failure of a message or case; says whether it is a dead letter by now."""
        name = case if isinstance(case, str) and 0 < len(case) <= LONGEST_ID else None
        note = partial(
            fail_message,
            digest=digest,
            case_id=name,
            reason=reason,
            now=cutoff_at(self._now()).instant,
            is_final=is_final,
        )
        self._failed = self._known_failures() | {digest}
        is_dead = self._database.write(note)
        log(LogEvent.MESSAGE_FAILED, is_dead=is_dead)
        return is_dead

    def _forget(self, digest: str) -> None:
        known = self._known_failures()
        if digest in known:
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


def _cause_of(error: Exception, what: str) -> str:
    """Says what happened, without an exception's text unless it is this package's own."""
    if isinstance(error, MspRulesError):
        return str(error)
    return f"the {what} could not be taken in ({type(error).__name__})"


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


def _digest_of_case(found: Mapping[str, object]) -> str:
    """Digests the id by which an adapter calls a case: a later snapshot of it has the same."""
    return _digest_of("case", found.get("id"))


def _digest_of(kind: str, *names: object) -> str:
    parts = [kind, *(name if isinstance(name, str) else "" for name in names)]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()
