"""Reads the whole cases that an adapter gave, so that the checks see the events in them.

Each event of a case becomes the message that a host with events would have sent: what is checked of
messages (words, texts, the prompts that follow) is checked of cases in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msp_rules.casework.case import Case, Fault, Supply
from msp_rules.casework.moments import cutoff_at, moment_at
from msp_rules.casework.vocabulary import Vocabulary, read_supply
from msp_rules.errors import MspRulesError
from msp_rules.extras import library_of
from msp_rules.intake.case_json import CASE_SCHEMA, event_document
from msp_rules.intake.live_event_schema import message_type
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.snapshot import SnapshotReader, SnapshotRefused
from msp_rules.prompts.conformance.walks import FoundCase, Message

_SOURCE: Final = "urn:msp-rules:whole-case"
_LATE: Final = cutoff_at("2100-01-01")
"""The samples may be of any day: only what can never be is a fault here."""
_ANYTHING: Final = Supply()
_NOT_IN_MESSAGES: Final = frozenset({"first_seen", "uncertain", "unreadable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCases:
    """The whole cases of the samples, as they were read."""

    messages: tuple[Message, ...] = ()
    """Their events, as messages."""
    problems: tuple[str, ...] = ()
    """Problems of cases, by their place; they repeat nothing that a case says."""


class CaseReader:
    """Reads whole cases by the adapter's mapping file; raises MspRulesError for a wrong one."""

    def __init__(self, vocabulary: Vocabulary, mapping: str | None) -> None:
        self._vocabulary = vocabulary
        self._mapping = None if mapping is None else _loaded(Path(mapping), vocabulary)

    def read(self, found: Sequence[FoundCase]) -> ReadCases:
        """Reads the cases of the samples."""
        messages: list[Message] = []
        problems: list[str] = []
        for number, one in enumerate(found, start=1):
            try:
                case, faults = self.case(one)
            except (SnapshotRefused, MspRulesError) as error:
                problems.append(f"case {number}: {error}")
                continue
            problems += [f"case {number}: {fault.reason}" for fault in faults]
            messages += _messages(case, f"case {number}")
        return ReadCases(messages=tuple(messages), problems=tuple(problems))

    def snapshot(self, found: FoundCase) -> tuple[Case, str, Sequence[str] | None]:
        """Reads one case, with its `at` and what it says; raises MspRulesError as `case`."""
        case, _ = self.case(found)
        says = found.get("says")
        if "schema" in found:
            says = None  # the case itself says it
        return case, str(found["at"]), says if isinstance(says, list) else None

    def case(self, found: FoundCase) -> tuple[Case, tuple[Fault, ...]]:
        """Reads one case; raises MspRulesError with all that is wrong with it."""
        if "unreadable" in found and len(found) == 1:
            raise MspRulesError(str(found["unreadable"]))
        at = found.get("at")
        if not isinstance(at, str):
            raise MspRulesError("at: is missing: say when the host made the snapshot")
        moment_at(at)
        is_own = "schema" not in found
        if is_own and self._mapping is None:
            raise MspRulesError(f'schema: must be "{CASE_SCHEMA}", or give msp_mapping')
        says = found.get("says") if is_own else None
        if isinstance(says, list):
            read_supply(says, self._vocabulary, "says")
        from_record = found.get("record") if is_own else found
        reader = SnapshotReader(self._vocabulary, _ANYTHING, self._mapping if is_own else None)
        snapshot = reader.read(from_record, _LATE)
        return snapshot.case, snapshot.faults


def _messages(case: Case, where: str) -> Iterator[Message]:
    """Writes the events of a case as messages of a live host."""
    for event in case.events:
        data = event_document(event)
        kind = data.pop("type")
        yield {
            "specversion": "1.0",
            "id": f"{where}/{event.id}",
            "source": _SOURCE,
            "type": message_type(kind),
            "subject": case.id,
            "data": {name: one for name, one in data.items() if name not in _NOT_IN_MESSAGES},
        }


def _loaded(path: Path, vocabulary: Vocabulary) -> CaseMapping:
    with library_of("cli", "reading a host's own record"):
        from msp_rules.intake.mapping.decode import load_mapping  # noqa: PLC0415 - see DeskOutbox
    return load_mapping(path, vocabulary)
