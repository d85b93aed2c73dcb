"""Takes in what an adapter found by a real desk, and says what of the record is in force then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final, Self

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import Cutoff, cutoff_at
from msp_rules.casework.visibility import in_force
from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.intake.live_events import MessageReader, MessageRefused
from msp_rules.prompts.conformance.case_reader import CaseReader
from msp_rules.prompts.conformance.walks import FoundCase, Message
from msp_rules.prompts.store.case_reading import events_of
from msp_rules.prompts.store.migrations import upgrade
from msp_rules.prompts.store.redaction import Redaction
from msp_rules.prompts.store.retention import Memory
from msp_rules.prompts.store.service import Desk
from msp_rules.prompts.store.transactions import Received, Status

AT_THE_END: Final = cutoff_at("2100-01-01")
"""A moment at which all of any sample has happened."""

_NOT_TAKEN: Final = frozenset({Status.CONFLICT, Status.EVENT_CONFLICT, Status.REFUSED})

Record = Counter[tuple[str, str, str]]
"""The events in force: case, type and content of each, without ids and moments of writing."""


class TrialDesk:
    """Holds a desk with a memory of its own, for one sample source."""

    def __init__(self, path: Path, engine: Engine, reader: CaseReader, now: Cutoff) -> None:
        upgrade(path)
        self._memory = Memory(path)
        self._desk = Desk(self._memory, engine, skew=None)
        self._redaction = Redaction(engine.ruleset, engine.ruleset.vocabulary)
        self._messages = MessageReader(engine.ruleset.vocabulary)
        self._reader = reader
        self._now = now
        self._cases: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.close()

    def put(self, found: Sequence[Message], cases: Sequence[FoundCase]) -> list[str]:
        """Takes in events and whole cases; gives the reasons for which some were not taken."""
        problems = []
        for message in found:
            try:
                self._cases.add(self._messages.read(message).case_id)
            except MessageRefused as error:
                problems.append(str(error))
                continue
            problems += _problems(self._desk.receive(message, self._now))
        for one in cases:
            try:
                case, at, says = self._reader.snapshot(one)
            except MspRulesError as error:
                problems.append(str(error))
                continue
            self._cases.add(case.id)
            problems += _problems(self._desk.put_case(case, self._now, says=says, at=at))
        return problems

    def record(self) -> Record:
        """Gives what is in force of all that was taken in."""
        found: Record = Counter()
        for case_id in self._cases:
            held = self._memory.database.read(partial(events_of, case_id=case_id))
            events = self._redaction.recall_events(case_id, held)
            by_type = in_force(Case(case_id, events), AT_THE_END).by_type
            found.update(
                (case_id, kind, _content(event))
                for kind, all_of_kind in by_type.items()
                for event in all_of_kind
            )
        return found


def _problems(received: Received) -> list[str]:
    if received.status not in _NOT_TAKEN:
        return []
    reasons = [fault.reason for fault in received.faults]
    return reasons or ["another message with the same source and id came before"]


def _content(event: Event) -> str:
    fields = sorted(event.fields.items())
    return repr((event.moment, event.agency, event.role, fields, sorted(event.unknown)))
