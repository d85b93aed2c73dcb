"""Holds what every reader of cases is given and gives: limits, shares, ids, a header, files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from msp_rules.casework.case import Supply
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """Refuses what is too much: bytes of one case, and events in it."""

    max_case_bytes: int = 16 * 1024 * 1024
    max_events: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Holds what an export says of itself; None where it does not say."""

    organisation: str | None = None
    system_name: str | None = None
    system_version: str | None = None
    reference_date: Cutoff | None = None
    period: tuple[str, str] | None = None
    supply: Supply = Supply()
    declared_cases: int | None = None


class ReadFile(NamedTuple):
    """Names a file that was read (never its folder), with the hash and size of its content."""

    name: str
    sha256: str
    size: int


class Place(NamedTuple):
    """Says where something stands: in which file (or table), and in which line (or row)."""

    input: str
    line: int


class Share(NamedTuple):
    """Says which cases of a file one of `jobs` readers reads: it takes blocks in turn.

    `turn` counts from 0 and `block` is the number of cases in a block. Blocks go round from the
    case with the index `first` on; the cases before it belong to no reader. The reader with turn 0
    also reports what concerns the whole file.
    """

    turn: int = 0
    jobs: int = 1
    block: int = 1
    first: int = 0

    def owns(self, index: int) -> bool:
        """Says whether the case with this index (from 0) is this reader's."""
        place = index - self.first
        return place >= 0 and place // self.block % self.jobs == self.turn


class CaseIds:
    """Remembers the case ids of all files of one run."""

    def __init__(self) -> None:
        self._files: list[str] = []
        self._file_of: dict[str, int] = {}

    def begin_file(self, name: str) -> None:
        """Counts the ids that follow as those of a new file."""
        self._files.append(name)

    def clash(self, case_id: str) -> str | None:
        """Says what is wrong with using an id now, or None; it counts as used from now on."""
        current = len(self._files) - 1
        if case_id not in self._file_of:
            self._file_of[case_id] = current
            return None
        first = self._file_of[case_id]
        if first == current:
            return "this case id is used before in the file; the second case is not judged"
        return "this case id stands in an earlier file too; the second case is not judged"


class ReadOptions(NamedTuple):
    """Says how a source is to be read; None stands for the usual.

    `vocabulary` is the core's unless a ruleset has its own, `ids` are those of files read before,
    `share` is all of the cases, `as_of` the moment as of which cases are judged, where that is not
    the export's own.
    """

    vocabulary: Vocabulary | None = None
    limits: ReadLimits | None = None
    ids: CaseIds | None = None
    share: Share | None = None
    as_of: Cutoff | None = None
