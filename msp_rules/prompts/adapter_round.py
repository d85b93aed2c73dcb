"""Runs one round of an adapter: events or cases from the host to the desk, changes back to it.

The order makes every step safe to interrupt: what came in is acknowledged last, so that a crash at
any moment means that some of it comes again, which the desk knows, and that some changes are sent
again, which their revision tells. Nothing that goes wrong with one event, case or change stops the
others: it is tried again in the next round, and at last laid aside as a dead letter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol, TypedDict, runtime_checkable

from msp_rules.casework.case import Fault
from msp_rules.hooks import FaultKind, PluginFault, Registry
from msp_rules.log_events import LogEvent, log
from msp_rules.prompts.card import Card, card
from msp_rules.prompts.case_round import CaseRound, CasesOfRound, supply_fault
from msp_rules.prompts.feedback import made_id
from msp_rules.prompts.feedback_round import FeedbackOfRound, FeedbackRound
from msp_rules.prompts.prompt import ChangeKind, PromptChange
from msp_rules.rules.language.rule import Ruleset

MOST_EVENTS: Final = 500
"""The number of events that a round takes by default."""
MOST_CHANGES: Final = 50
"""The most changes that a host is sent at once."""
SENDING_SECONDS: Final = 30
"""The time after which a round sends no further batch: the next round goes on from there."""

# A batch may take this share of the hook's limit, going by what the one before took: a host that
# becomes twice as slow from one batch to the next still answers in time.
_SHARE: Final = 0.4
# Where the host takes nothing of so many cases, it is the host that is at fault.
_ENOUGH_CASES: Final = 3
# A change is not to blame for these: it was not tried, or nothing else can be tried after it.
_NOT_ASKED: Final = frozenset({FaultKind.SET_ASIDE, FaultKind.BUSY, FaultKind.NESTED})


class Change(TypedDict):
    """One change of a prompt as plain data, in the form that plug-ins receive."""

    prompt: str
    """An id that stays the same for as long as the same rule asks about the same thing."""
    case: str
    """The id of the case."""
    epoch: int
    """The epoch of the memory: a memory that was rebuilt, or restored from a copy, begins a later
    one, and counts revisions anew."""
    revision: int
    """The revision, which counts up within a case and an epoch."""
    kind: str
    """The kind of change: a `ChangeKind`."""
    ending: str | None
    """The reason for which a withdrawn prompt ended: an `Ending`."""
    card: Card | None
    """The card; None where the prompt is withdrawn."""


class EventPostponed(Exception):  # noqa: N818 - an answer of the outbox, not an error
    """Says that an event can't be taken in now and is to come again; the text says why."""


class Outbox(Protocol):
    """The desk's side of a round: takes events in, and holds the changes that the host awaits."""

    def submit(self, message: Mapping[str, object]) -> str | None:
        """Takes an event in for good; gives the reason where it is refused, else None.

        Raises EventPostponed where the event is to come again in a later round.
        """

    def pending(self) -> Sequence[Change]:
        """Gives the changes that the host has not received, in order of their revision."""

    def acknowledge(self, changes: Sequence[Change]) -> None:
        """Marks changes as received by the host."""


@runtime_checkable
class LastingOutbox(Outbox, Protocol):
    """An outbox that re-evaluates cases as time goes by, and counts how often a change failed."""

    def compare(self, shown: Callable[[], Sequence[Mapping[str, object]]]) -> None:
        """Compares what the host shows with the memory, in the first round of a process only."""

    def sweep(self) -> tuple[tuple[Fault, ...], bool]:
        """Re-evaluates the cases that are due; gives the faults, and whether none is left."""

    def fail(self, changes: Sequence[Change], reason: str, *, is_sure: bool) -> None:
        """Notes that the host could not take changes; after some tries they become dead letters.

        `is_sure` says that the host took others at that time, so that it is not to blame itself.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The result of a round. Whatever a fault concerns is tried again in the next round."""

    taken: int
    """The number of events that the desk took in."""
    refused: tuple[Mapping[str, str], ...]
    """The `source` and `id` of each event that it refused, with the `reason`."""
    sent: int
    """The number of changes that the host received."""
    faults: tuple[PluginFault, ...]
    """The faults of the adapter."""
    postponed: tuple[Mapping[str, str], ...] = ()
    """The `source` and `id` of each event that must come again, with the `reason`."""
    case_faults: tuple[Fault, ...] = ()
    """The faults of cases that were due, of the clock, and of what the desk counts as supplied."""
    cases: CasesOfRound = CasesOfRound()
    """The results on cases that the adapter gives whole."""
    feedback: FeedbackOfRound = FeedbackOfRound()
    """The results on what workers said in the host."""
    is_done: bool = True
    """True if nothing is left that another round could do at once."""


def exchange_round(
    registry: Registry,
    adapter: str,
    outbox: Outbox,
    source: str | bytes,
    *,
    most: int = MOST_EVENTS,
) -> Round:
    """Runs one round of an adapter with one source; repeat it until it `is_done`."""
    lasting = outbox if isinstance(outbox, LastingOutbox) else None
    if lasting is not None and registry.implements(adapter, "msp_shown_prompts"):
        lasting.compare(partial(_shown, registry, adapter, source))
    wrong_supply = supply_fault(registry, adapter, outbox)
    found = registry.ask("msp_find_events", only=adapter, source=source, most=most)
    messages: Sequence[Mapping[str, object]] = found.value or ()
    taken, refused, postponed = _submit_all(outbox, messages)
    cases = CaseRound(registry, adapter, outbox, source)
    cases.put_all()
    feedback = FeedbackRound(registry, adapter, outbox, source)
    feedback.hear_all()
    faults = list(found.faults)
    case_faults, is_swept = ((), True) if lasting is None else lasting.sweep()
    sending = _Sending(registry, adapter, outbox, source)
    if registry.implements(adapter, "msp_receive_changes"):
        sending.send_all()
        faults += sending.faults
    if registry.implements(adapter, "msp_acknowledge") and (taken or refused):
        answers = registry.ask(
            "msp_acknowledge", only=adapter, source=source, taken=taken, refused=refused
        )
        faults += answers.faults
    cases.acknowledge()
    feedback.acknowledge()
    is_done = is_swept and sending.is_done and cases.is_done and feedback.is_done
    done = Round(
        taken=len(taken),
        refused=tuple(refused),
        sent=sending.sent,
        faults=(*faults, *cases.faults, *feedback.faults),
        postponed=tuple(postponed),
        case_faults=(*wrong_supply, *case_faults),
        cases=cases.result,
        feedback=feedback.result,
        is_done=is_done and not (taken and len(messages) >= most),
    )
    log(
        LogEvent.ROUND_DONE,
        taken=done.taken,
        refused=len(refused),
        postponed=len(postponed),
        sent=done.sent,
        faults=len(done.faults) + len(done.case_faults),
        is_done=done.is_done,
    )
    return done


def _shown(registry: Registry, adapter: str, source: str | bytes) -> Sequence[Mapping[str, object]]:
    """Asks what workers see now; gives nothing where the adapter does not say."""
    shown: Sequence[Mapping[str, object]] | None = registry.ask(
        "msp_shown_prompts", only=adapter, source=source
    ).value
    return shown or ()


def _submit_all(
    outbox: Outbox, messages: Sequence[Mapping[str, object]]
) -> tuple[list[dict[str, str]], list[dict[str, str]], list[dict[str, str]]]:
    """Submits events; gives those that were taken, refused, and postponed."""
    taken: list[dict[str, str]] = []
    refused: list[dict[str, str]] = []
    postponed: list[dict[str, str]] = []
    for message in messages:
        key = {name: str(message.get(name, "")) for name in ("source", "id")}
        try:
            reason = outbox.submit(message)
        except EventPostponed as why:
            postponed.append({**key, "reason": str(why)})
            continue
        if reason is None:
            taken.append(key)
        else:
            refused.append({**key, "reason": reason})
    return taken, refused, postponed


@dataclass(slots=True)
class _Sending:
    """Sends the pending changes of one round, in batches that the host can take in time."""

    registry: Registry
    adapter: str
    outbox: Outbox
    source: str | bytes
    sent: int = 0
    faults: list[PluginFault] = field(default_factory=list)
    is_done: bool = True
    _failed: list[tuple[Change, str]] = field(default_factory=list)

    def send_all(self) -> None:
        """Sends what is pending; leaves the rest to the next round where time runs out."""
        waiting = list(self.outbox.pending())
        ends_at = time.monotonic() + SENDING_SECONDS
        one_by_one_until, size, at = 0, 1, 0
        while at < len(waiting):
            if time.monotonic() > ends_at:
                self.is_done = False
                break
            batch = waiting[at : at + (1 if at < one_by_one_until else size)]
            begun = time.monotonic()
            fault = self._send(batch)
            size = self._next_size(len(batch), time.monotonic() - begun)
            if fault is not None and not self._goes_on(fault, batch):
                break
            if fault is not None and len(batch) > 1:
                one_by_one_until = at + len(batch)
                continue
            at += len(batch)
        self._note_failures()

    def _send(self, batch: list[Change]) -> PluginFault | None:
        """Sends a batch, and marks what the host took; gives the fault, if any."""
        answers = self.registry.ask(
            "msp_receive_changes", only=self.adapter, source=self.source, changes=[*batch]
        )
        if answers.faults:
            return answers.faults[0]
        named: frozenset[int] | None = answers.value
        done = batch if named is None else [one for one in batch if one["revision"] in named]
        if done:
            self.outbox.acknowledge(done)
            self.sent += len(done)
        if named is not None:
            missing = "the host did not name it among those that it took"
            self._failed += [(one, missing) for one in batch if one["revision"] not in named]
        return None

    def _goes_on(self, fault: PluginFault, batch: list[Change]) -> bool:
        """Says whether the round sends anything further after a fault."""
        is_alone = len(batch) == 1
        is_at_fault = is_alone and fault.kind not in _NOT_ASKED
        if is_at_fault:
            self._failed.append((batch[0], str(fault)))
        if is_alone or fault.kind is FaultKind.OVERRAN or fault.kind in _NOT_ASKED:
            self.faults.append(fault)
        if fault.kind is FaultKind.OVERRAN or fault.kind in _NOT_ASKED:
            return False
        return self.sent > 0 or len({one["case"] for one, _ in self._failed}) < _ENOUGH_CASES

    def _next_size(self, count: int, seconds: float) -> int:
        limit = self.registry.limits_of("msp_receive_changes").seconds
        fits = int(limit * _SHARE * count / max(seconds, 1e-6))
        return max(1, min(fits, MOST_CHANGES))

    def _note_failures(self) -> None:
        if not isinstance(self.outbox, LastingOutbox):
            return
        for change, reason in self._failed:
            self.outbox.fail([change], reason, is_sure=self.sent > 0)


def change_data(number: int, change: PromptChange, ruleset: Ruleset, *, epoch: int = 0) -> Change:
    """Writes a change in the form that plug-ins receive; `number` counts up within a case."""
    prompt = change.prompt
    is_gone = change.kind is ChangeKind.WITHDRAWN
    return {
        "prompt": str(made_id("prompt", *prompt.key)),
        "case": prompt.key.case,
        "epoch": epoch,
        "revision": number,
        "kind": change.kind.value,
        "ending": prompt.ending.value if prompt.ending is not None else None,
        "card": None if is_gone else card(prompt, ruleset),
    }
