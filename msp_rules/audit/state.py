"""Keeps the state of a running scan: all that a later run needs to resume it, and its progress.

A scan is at a *safe point* when everything before its position is counted and written, and nothing
after it. Only there is a checkpoint written, or the scan interrupted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from msp_rules.audit.moment import warnings_of_recording
from msp_rules.audit.tally import Tally
from msp_rules.casework.case import Fault
from msp_rules.errors import InputUnreadable
from msp_rules.intake.source import InputFile, in_order


class Position(NamedTuple):
    """Says how far a scan is."""

    file: int = 0
    """The index of the file under way; those before it are done."""
    case: int = 0
    """The index of the next case in it."""


class Truncation(NamedTuple):
    """The early end of a file."""

    complete_cases: int
    """The number of complete cases before it."""
    fault: Fault
    """The fault that reports it."""


class FileEnd(NamedTuple):
    """Holds the facts about a file that are known at its end."""

    inputs: list[InputFile]
    """The files that were read."""
    truncation: Truncation | None
    """The early end of the file; None if it was read to its end."""
    cases: int
    """The number of its cases."""


@dataclass(slots=True)
class ScanState:
    """The counts of a scan, and its position. Both change as cases are audited."""

    tally: Tally = field(default_factory=Tally)
    """The counts, and the faults."""

    inputs: list[InputFile] = field(default_factory=list)
    """The files that were read."""

    unreadable: list[InputUnreadable] = field(default_factory=list)
    """The reasons why nothing could be read of others."""

    position: Position = Position()
    """Everything before it is counted and written."""

    case_counts: list[int] = field(default_factory=list)
    """The number of cases of each file before the position."""

    first_fault: int = 0
    """The place of the first fault of the file under way."""

    def begin_file(self) -> None:
        """Notes where the faults of the next file begin."""
        self.first_fault = len(self.tally.faults)

    def move_to(self, case: int) -> None:
        """Moves the position to a case of the file under way."""
        self.position = Position(self.position.file, case)

    def add_file(self, end: FileEnd) -> None:
        """Adds what was found at the end of a file."""
        if end.truncation is not None:
            self.tally.add_faults([end.truncation.fault])
        self.case_counts.append(end.cases)
        self.inputs += end.inputs

    def add_unreadable(self, error: InputUnreadable) -> None:
        """Adds a file of which nothing can be read, as a fault beside those of others."""
        del self.tally.faults[self.first_fault :]
        self.tally.recording.clear()
        self.unreadable.append(error)
        self.case_counts.append(0)
        place = error.where
        self.tally.add_faults([Fault(error.reason, place.path, place.line)])

    def end_file(self, name: str) -> None:
        """Puts the faults of a file in order, and moves on to the next file."""
        self.tally.warnings += warnings_of_recording(self.tally.recording, name)
        self.tally.recording.clear()
        faults = self.tally.faults
        faults[self.first_fault :] = in_order(faults[self.first_fault :])
        self.position = Position(self.position.file + 1)

    def refuse_if_nothing_read(self) -> None:
        """Raises InputUnreadable where there are files, and nothing could be read of any."""
        if self.unreadable and not self.inputs:
            raise self.unreadable[0]


class Interrupted(Exception):
    """Raised when somebody asked the scan to stop; everything before its position is counted."""


class Progress(Protocol):
    """Says how far a scan is, each time that it is asked. It reveals nothing of the exports."""

    @property
    def cases(self) -> int:
        """The number of cases counted, those of a resumed run included."""
        ...

    @property
    def faults(self) -> int:
        """The number of faults so far."""
        ...

    @property
    def bytes_read(self) -> int:
        """The number of bytes on disk that are read."""
        ...

    @property
    def of_bytes(self) -> int:
        """The number of bytes on disk in all."""
        ...

    @property
    def is_resumed(self) -> bool:
        """True where an earlier run did a part of the scan."""
        ...

    @property
    def files_not_shared(self) -> int:
        """The number of files that each of several processes has to read whole, so far."""
        ...


def _at_the_start() -> int:
    return 0


@dataclass(slots=True)
class ScanProgress:
    """The progress of one scan; the reader of its files keeps the bytes up to date."""

    state: ScanState
    """The state of the scan."""
    of_bytes: int
    """The number of bytes on disk in all."""
    is_resumed: bool = False
    """True if an earlier run did a part of the scan."""

    bytes_before: int = 0
    """Bytes on disk of the files before the one under way."""

    bytes_seen: int = 0
    """Bytes of all files that another process has read."""

    files_not_shared: int = 0
    """The number of files that each of several processes has to read whole, so far."""

    position: Callable[[], int] = _at_the_start
    """Gives how far the file under way is read in this process, in its bytes on disk."""

    @property
    def cases(self) -> int:
        """The number of cases counted."""
        return self.state.tally.cases

    @property
    def faults(self) -> int:
        """The number of faults so far."""
        return len(self.state.tally.faults)

    @property
    def bytes_read(self) -> int:
        """The number of bytes on disk that are read, those of the file under way included."""
        return max(self.bytes_before + self.position(), self.bytes_seen)
