"""Serves a host: takes messages in, gives prompt changes out, and neither loses nor repeats any.

Each call is one transaction. The process that has locked the row of a case works on it; so the
messages of a case are taken one after the other, and those of different cases (on PostgreSQL) side
by side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Final

import orjson
from sqlalchemy import Connection

from msp_rules.casework.case import Case, Fault, Supply
from msp_rules.casework.moments import MICROSECONDS_A_DAY, Cutoff, When, cutoff_at
from msp_rules.casework.plausible_dates import ALLOWED_SKEW
from msp_rules.casework.values import LONGEST_ID
from msp_rules.casework.vocabulary import Vocabulary, checked_supply, read_supply
from msp_rules.engine.engine import Engine
from msp_rules.engine.garbage import seldom_collected
from msp_rules.errors import MspRulesError, RulesetInvalid
from msp_rules.intake.live_events import Message, MessageReader, MessageRefused
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.snapshot import Snapshot, SnapshotReader, SnapshotRefused
from msp_rules.log_events import LogEvent, log
from msp_rules.prompts.desk import DueSoon
from msp_rules.prompts.documents import Document
from msp_rules.prompts.feedback_form import read_feedback
from msp_rules.prompts.policy import DEFAULT_POLICY, FeedbackPolicy, Policy, policy_of
from msp_rules.prompts.prompt import (
    ChangeKind,
    DeskState,
    Feedback,
    FeedbackStatus,
    Prompt,
    PromptChange,
)
from msp_rules.prompts.store.case_reading import for_evaluation, with_prompts
from msp_rules.prompts.store.case_writing import CaseChanges, write_case
from msp_rules.prompts.store.database import MemoryUnavailable
from msp_rules.prompts.store.feedback_work import FeedbackReply, FeedbackWork
from msp_rules.prompts.store.letters import UNREADABLE_CHANGE, bury_change
from msp_rules.prompts.store.memory_clock import DEFAULT_SKEW, MemoryClock
from msp_rules.prompts.store.retention import Memory
from msp_rules.prompts.store.rows import (
    KeptChange,
    acknowledge_changes,
    due_cases,
    find_case,
    prompt_of_card,
    put_off_case,
    waiting_changes,
)
from msp_rules.prompts.store.snapshot_work import SnapshotWork
from msp_rules.prompts.store.transactions import (
    CaseWork,
    Received,
    ReceivedNothing,
    Reevaluation,
    Status,
    SweepResult,
)
from msp_rules.prompts.view import Budget, View, view
from msp_rules.version import __version__

_A_SWEEP: Final = 200
_OTHER_CASE: Final = "id: must be that of the case for which the record was handed in"
_DUE_SOON: Final = DueSoon()
_BUDGET: Final = Budget()


class Desk:
    """Takes messages in and says which prompts changed; remembers in a `Memory`.

    Several desks, in one process or in many, may share a memory if their engines have the same
    ruleset. `supply` says what the host is able to deliver, as words (event types, or type.field)
    or as a value; a word that the vocabulary has not raises MspRulesError. Where the ruleset, the
    supply, `due_soon` or the version of this package has changed since the last evaluation of a
    case, that case is due: the next message or sweep evaluates it again.

    `now` is an aware `datetime`, ISO text, or the package's own moment; each call raises
    MspRulesError, and keeps nothing, where it is not a moment (`moment_at`). A `now` that lies more
    than `skew` from the newest at which the memory was asked changes nothing and is a fault, unless
    the call is forced: a clock that is wrong for a minute would spoil a case for good.

    Raises RulesetInvalid, before the memory is read, where an overlay requires approval and an
    entry of it lacks some.
    """

    def __init__(
        self,
        memory: Memory,
        engine: Engine,
        *,
        supply: Supply | Iterable[str] | None = None,
        due_soon: DueSoon = _DUE_SOON,
        budget: Budget = _BUDGET,
        policy: Policy = DEFAULT_POLICY,
        skew: timedelta | None = DEFAULT_SKEW,
    ) -> None:
        if engine.ruleset.unapproved:
            raise RulesetInvalid(engine.ruleset.unapproved)
        self._clock = MemoryClock(memory.database, skew)
        self._skew = ALLOWED_SKEW if skew is None else skew // timedelta(microseconds=1)
        self._memory = memory
        self._database = memory.database
        self._vocabulary = engine.ruleset.vocabulary
        self._reader = MessageReader(self._vocabulary)
        self._supply = supply = _supply_of(supply, self._vocabulary)
        self._budget = budget
        self.policy: Final[FeedbackPolicy] = policy_of(policy)
        """The policy for how long answers may silence questions."""
        self._work = CaseWork(
            engine,
            self._vocabulary,
            supply=supply,
            due_soon=due_soon,
            basis=_basis(engine, supply, due_soon),
            skew=self._skew,
        )
        self._snapshots = SnapshotWork(self._work)
        self._hearing = FeedbackWork(engine.ruleset, self.policy)

    def receive(self, message: object, now: When, *, force: bool = False) -> Received:
        """Takes in a live event (bytes, text or mapping), and tells what changed because of it.

        An event whose id is held with other content is a correction where its message has the
        attribute `mspcorrection`; else nothing changes, and the status is EVENT_CONFLICT.

        When it returns, the message and all that followed from it are stored; it need not be
        delivered again, but may be. Raises MemoryUnavailable where nothing was kept: deliver it
        again.
        """
        return self.receive_history((message,), now, force=force)

    def receive_history(
        self, messages: Iterable[object], now: When, *, force: bool = False
    ) -> Received:
        """Takes in what a host already has on one case: many messages, evaluated once at the end.

        It is all or nothing: a message that is refused or in conflict keeps all of them out. Raises
        MspRulesError where the messages are of several cases, or none.
        """
        given = tuple(messages)
        received = self._receive(given, cutoff_at(now), force=force)
        status, faults = received.status, len(received.faults)
        if status in (Status.CONFLICT, Status.EVENT_CONFLICT, Status.REFUSED):
            log(LogEvent.MESSAGE_REFUSED, status=status, messages=len(given), faults=faults)
        else:
            counts = {"messages": len(given), "changes": len(received.kept), "faults": faults}
            log(LogEvent.MESSAGE_RECEIVED, status=status, **counts)
        return received

    @seldom_collected()
    def _receive(self, messages: Iterable[object], as_of: Cutoff, *, force: bool) -> Received:
        read, faults = list[Message](), list[Fault]()
        for message in messages:
            try:
                read.append(self._reader.read(message))
            except MessageRefused as refused:
                faults += [Fault(one, case=refused.case) for one in refused.problems]
        if faults:
            case = faults[0].case
            return Received(status=Status.REFUSED, case=case, faults=tuple(faults))
        if len({message.case_id for message in read}) != 1:
            raise MspRulesError("a history must hold messages of one case only")
        if (wrong := self.clock_fault(as_of, force=force)) is not None:
            case = read[0].case_id
            fault = wrong._replace(case=case)
            return Received(status=Status.REFUSED, case=case, faults=(fault,))
        receive = partial(self._work.receive, messages=tuple(read), now=as_of)
        try:
            return self._database.write(receive)
        except ReceivedNothing as undone:
            return undone.received

    def put_case(
        self,
        record: object,
        now: When,
        *,
        says: Iterable[str] | None = None,
        mapping: CaseMapping | None = None,
        at: When | None = None,
        expects: str | None = None,
        force: bool = False,
    ) -> Received:
        """Takes in a whole case as its host holds it now, and tells what changed because of it.

        `record` is `msp-case/1` (bytes, text or mapping), a `Case`, or with `mapping` the host's
        own record. The desk finds the difference itself: the same id with another content is a
        correction, a missing id is void, one that comes back is restored. A snapshot that the host
        made (`at`, if its record does not say) before the newest one changes nothing. `says` names
        the event types, or type.field, that this snapshot says; no other is void for not being
        there. When an event was first seen is its `recorded` where the host has none. A record of
        another case than the one that `expects` names is refused.

        A snapshot that can't be read, or a word of `says` that the vocabulary has not, is refused.
        Raises MemoryUnavailable where nothing was kept.
        """
        as_of = cutoff_at(now)
        reader = SnapshotReader(self._vocabulary, self._supply, mapping, self._skew)
        read = partial(reader.read, record, as_of, says, at)
        received = self._put(read, as_of, expects=expects, force=force)
        status, faults = received.status, len(received.faults)
        if status is Status.REFUSED:
            log(LogEvent.SNAPSHOT_REFUSED, status=status, faults=faults)
        else:
            changes = len(received.kept)
            log(LogEvent.SNAPSHOT_RECEIVED, status=status, changes=changes, faults=faults)
        return received

    @seldom_collected()
    def _put(
        self, read: Callable[[], Snapshot], as_of: Cutoff, *, expects: str | None, force: bool
    ) -> Received:
        """Takes a snapshot in, once it is read."""
        try:
            snapshot = read()
        except SnapshotRefused as refused:
            return Received(status=Status.REFUSED, case=refused.case, faults=refused.faults)
        if expects not in (None, snapshot.case.id):
            fault = Fault(_OTHER_CASE, case=snapshot.case.id)
            return Received(status=Status.REFUSED, case=snapshot.case.id, faults=(fault,))
        if (wrong := self.clock_fault(as_of, force=force)) is not None:
            fault = wrong._replace(case=snapshot.case.id)
            return Received(status=Status.REFUSED, case=snapshot.case.id, faults=(fault,))
        take = partial(self._snapshots.take, snapshot=snapshot, now=as_of)
        return self._database.write(take)

    def hear(self, feedback: Feedback, *, now: When | None = None) -> FeedbackReply:
        """Takes in a worker's feedback; the same one again changes nothing.

        Feedback from the future, by a clock that is wrong, is taken as of `now`; without `now`, as
        of the newest look at the memory where it lies further ahead of that than `skew`. Raises
        MspRulesError for feedback that says nothing, FeedbackConflict where its id was used for
        another.
        """
        if not 0 < len(feedback.id) <= LONGEST_ID or not feedback.id.isprintable():
            raise MspRulesError(f"the id of a feedback must have 1 to {LONGEST_ID} characters")
        at = self._clock.possible(feedback.at, None if now is None else cutoff_at(now))
        reply = self._database.write(partial(self._hearing.hear, feedback=feedback, at=at))
        log(LogEvent.FEEDBACK_HEARD, status=reply.heard_as)
        return reply

    def hear_message(self, given: object, *, now: When | None = None) -> FeedbackReply:
        """Takes in feedback as a host writes it, `msp-feedback/1`: JSON, or plain data.

        It names the card that was answered, or rule and generation. Raises MspRulesError for a
        document of another form, and whatever `hear` raises.
        """
        feedback = read_feedback(given, self.state)
        if feedback is None:
            return FeedbackReply(heard_as=FeedbackStatus.UNKNOWN)
        return self.hear(feedback, now=now)

    def view(
        self,
        case: str,
        *,
        step: str | None = None,
        role: str | None = None,
        now: When | None = None,
    ) -> View:
        """Chooses what to show of a case, at a step of the work and to a role; see `view.view`.

        With `now`, the case is re-evaluated first if it is due.
        """
        state = self._state(case, None if now is None else cutoff_at(now))
        return self.choose(state, step=step, role=role)

    def choose(self, state: DeskState, *, step: str | None = None, role: str | None = None) -> View:
        """Chooses what to show of a state that was read, as `view` does."""
        return view(state, step=step, role=role, budget=self._budget, vocabulary=self._vocabulary)

    def state(self, case: str) -> DeskState:
        """Gives all that the desk knows of a case; an empty state for an unknown case."""
        return self._state(case, None)

    def _state(self, case: str, now: Cutoff | None) -> DeskState:
        """Gives all that the desk knows of a case, evaluated again if it is due by now."""
        find = partial(with_prompts, case_id=case)
        found = self._database.read_once(find)
        if found is not None and now is not None and self._work.is_due(found[0], now):
            self.reevaluate(case, now)
            found = self._database.read_once(find)
        return DeskState(case=case) if found is None else found[1]

    def held_case(self, case: str, now: When) -> tuple[Case, tuple[Fault, ...]] | None:
        """Reads a case as it is held, and what is wrong with it by now; None for an unknown case.

        Texts are withheld: the memory keeps none.
        """
        as_of = cutoff_at(now)
        return self._database.read(lambda connection: self._work.held_case(connection, case, as_of))

    def prompt_of_card(self, card: str) -> Prompt | None:
        """Finds the prompt by the `uuid` of its newest card; None for any other text.

        Feedback of CDS Hooks names the card alone; this finds case, rule and subject, also after a
        restart. The card of an earlier generation is not found.
        """
        return self._database.read(lambda connection: prompt_of_card(connection, card))

    def reevaluate(self, case: str, now: When, *, force: bool = False) -> Reevaluation:
        """Re-evaluates a case if it is due; else nothing changes."""
        as_of = cutoff_at(now)
        if (wrong := self.clock_fault(as_of, force=force)) is not None:
            return Reevaluation(kept=(), faults=(wrong._replace(case=case),))

        def due(connection: Connection) -> bool:
            row = find_case(connection, case, locks=False)
            return row is not None and self._work.is_due(row, as_of)

        found = None
        if self._database.read_once(due):
            found = self._database.write(
                lambda connection: self._work.reevaluate_if_due(connection, case, as_of)
            )
        if found is None:
            return Reevaluation(kept=(), faults=())
        log(LogEvent.CASE_REEVALUATED, changes=len(found.kept), faults=len(found.faults))
        return found

    def sweep(self, now: When, *, limit: int = _A_SWEEP, force: bool = False) -> SweepResult:
        """Re-evaluates the cases that are due, at most `limit`, longest due first.

        Cases that were evaluated on another basis come after those, by id. Each case is a
        transaction of its own: a sweep that is interrupted is resumed by the next one. Call it
        again until `is_done`. A case that can't be read or evaluated is a fault, and does not hold
        up the others.
        """
        as_of = cutoff_at(now)
        if (wrong := self.clock_fault(as_of, force=force)) is not None:
            return SweepResult(reevaluated=0, kept=(), faults=(wrong,), is_done=True)
        kept: list[KeptChange] = []
        faults: list[Fault] = []
        reevaluated = 0
        found = self._database.read(
            lambda connection: due_cases(connection, as_of.instant, self._work.basis, limit)
        )
        for case in found:
            try:
                reevaluation = self.reevaluate(case, as_of)
            except MemoryUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - no case may hold up the others
                log(LogEvent.CASE_FAILED, error=type(error))
                faults.append(Fault(f"{_cause_of(error)}; it is tried again in a day", case=case))
                self._put_off(case, as_of)
                continue
            reevaluated += 1
            kept += reevaluation.kept
            faults += reevaluation.faults
        self._database.write_through()
        is_done = len(found) < limit
        counts = {"reevaluated": reevaluated, "changes": len(kept), "faults": len(faults)}
        log(LogEvent.SWEEP_DONE, **counts, is_done=is_done)
        return SweepResult(
            reevaluated=reevaluated, kept=tuple(kept), faults=tuple(faults), is_done=is_done
        )

    def changes(self, *, limit: int = 1000) -> tuple[KeptChange, ...]:
        """Gives the oldest changes not acknowledged yet, from messages and sweeps of any process.

        They stay until they are acknowledged, and so come again if their receiver crashes. A
        change may be passed on twice, and must be passed on in the order of numbers.
        """
        return self._waiting(limit, None)

    def acknowledge(self, kept: Iterable[KeptChange]) -> int:
        """Removes changes that the host has dealt with; gives how many were still there."""
        numbers = [one.number for one in kept]
        gone = self._database.write(lambda connection: acknowledge_changes(connection, numbers))
        log(LogEvent.CHANGES_ACKNOWLEDGED, changes=gone)
        return gone

    def resend(self, case: str) -> tuple[KeptChange, ...]:
        """Lets the host have all prompts of a case again, as they stand: standing ones as changed,
        the others as withdrawn. For a host that has lost them, or has older ones.
        """

        def work(connection: Connection) -> tuple[KeptChange, ...]:
            row = find_case(connection, case, locks=True)
            if row is None:
                return ()
            made = [
                PromptChange(
                    kind=ChangeKind.CHANGED if one.stands else ChangeKind.WITHDRAWN, prompt=one
                )
                for one in for_evaluation(connection, row).state.prompts.values()
            ]
            at = row.touched_at if row.as_of is None else row.as_of
            return write_case(connection, CaseChanges(row=row, made_at=at, changes=made))

        kept = self._database.write(work)
        log(LogEvent.CASE_RESENT, changes=len(kept))
        return kept

    def clock_fault(self, now: When, *, force: bool = False) -> Fault | None:
        """Says what is wrong with a moment as `now`; None where the memory may be asked as of it.

        With `force`, it may be, and is the newest from then on.
        """
        problem = self._clock.problem(cutoff_at(now), is_forced=force)
        if problem is None:
            return None
        log(LogEvent.CLOCK_REFUSED)
        return Fault(problem)

    @property
    def supply(self) -> Supply:
        """The event types and fields that the host is able to deliver."""
        return self._supply

    @property
    def vocabulary(self) -> Vocabulary:
        """The event types, fields and codes of the ruleset, with those of its overlays."""
        return self._vocabulary

    @property
    def memory(self) -> Memory:
        """The memory in which it keeps everything."""
        return self._memory

    def purge(self, case: str) -> Mapping[str, int]:
        """See `Memory.purge`."""
        return self._memory.purge(case)

    def held_on(self, case: str) -> Document | None:
        """See `Memory.held_on`."""
        return self._memory.held_on(case)

    def forget_before(self, moment: When, *, includes_open: bool = False) -> tuple[str, ...]:
        """See `Memory.forget_before`."""
        return self._memory.forget_before(moment, includes_open=includes_open)

    def waiting(self, now: When, *, limit: int = 1000) -> tuple[KeptChange, ...]:
        """Gives what `changes` gives, without what waits for a pause after a failure to end."""
        return self._waiting(limit, cutoff_at(now).instant)

    def _waiting(self, limit: int, now: int | None) -> tuple[KeptChange, ...]:
        kept, damaged = self._database.read(
            lambda connection: waiting_changes(connection, limit, now=now)
        )
        for number in damaged:
            self._database.write(partial(bury_change, number=number, reason=UNREADABLE_CHANGE))
        return kept

    def _put_off(self, case: str, now: Cutoff) -> None:
        tomorrow, basis = now.instant + MICROSECONDS_A_DAY, self._work.basis
        self._database.write(
            lambda connection: put_off_case(connection, case, until=tomorrow, basis=basis)
        )


def _supply_of(supply: Supply | Iterable[str] | None, vocabulary: Vocabulary) -> Supply:
    if supply is None:
        return Supply()
    if isinstance(supply, Supply):
        return checked_supply(supply, vocabulary)
    return read_supply(supply, vocabulary)


def _basis(engine: Engine, supply: Supply, due_soon: DueSoon) -> str:
    """Digests all that the answers on a record depend on besides the record itself."""
    ruleset = engine.ruleset
    parts = [
        __version__,
        [ruleset.id, ruleset.version, ruleset.sha256],
        [[layer.id, layer.version, layer.sha256] for layer in ruleset.layers],
        [supply.declared, sorted(supply.types)],
        sorted((name, sorted(fields)) for name, fields in supply.fields.items()),
        [due_soon.working_days, due_soon.hours],
    ]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def _cause_of(error: Exception) -> str:
    """Says what happened to a case, without an exception's text unless it is this package's own."""
    if isinstance(error, MspRulesError):
        return str(error)
    return f"the case could not be evaluated ({type(error).__name__})"
