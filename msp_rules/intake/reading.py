"""Defines what readers of cases take and give: limits, shards, ids, a header, files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from msp_rules.casework.case import Supply
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.plausible_dates import PlausibleDates
from msp_rules.casework.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """Limits the size of one case."""

    max_case_bytes: int = 16 * 1024 * 1024
    """The most bytes of one case."""
    max_events: int = 20_000
    """The most events in one case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Holds what an export says about itself; None where it does not say."""

    organisation: str | None = None
    """The organisation that exported the cases."""
    system_name: str | None = None
    """The case system."""
    system_version: str | None = None
    """The version of the case system."""
    reference_date: Cutoff | None = None
    """The moment as of which the cases are exported."""
    period: tuple[str, str] | None = None
    """The first and the last day of the export, as written."""
    supply: Supply = Supply()
    """The types and fields that the source can deliver."""
    declared_cases: int | None = None
    """The number of cases that the export announces."""


class ReadFile(NamedTuple):
    """A file that was read."""

    name: str
    """Its name, without the folder."""
    sha256: str
    """The hash of its content."""
    size: int
    """The number of its bytes."""


class Place(NamedTuple):
    """A place in a source."""

    input: str
    """The name of the file or table."""
    line: int
    """The line or row."""


class Shard(NamedTuple):
    """Says which cases of a file one of several readers reads: they take blocks of cases in turn.

    The cases before `first` belong to no reader.
    """

    reader: int = 0
    """The number of this reader, from 0; the first also reports on the file as a whole."""
    readers: int = 1
    """The number of readers."""
    block: int = 1
    """The number of cases in a block."""
    first: int = 0
    """The index of the case with which the first block begins."""

    def owns(self, case: int) -> bool:
        """Returns True for the index (from 0) of a case that is this reader's."""
        place = case - self.first
        return place >= 0 and place // self.block % self.readers == self.reader


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
            return "this case id was used before in the file; the second case is not judged"
        return "this case id is in an earlier file too; the second case is not judged"


class ReadOptions(NamedTuple):
    """Says how a source is to be read; None for the default."""

    vocabulary: Vocabulary | None = None
    """The vocabulary of a ruleset; None for the core one."""
    limits: ReadLimits | None = None
    """The limits of one case."""
    ids: CaseIds | None = None
    """The ids in files that were read before."""
    shard: Shard | None = None
    """The cases to read; None for all."""
    as_of: Cutoff | None = None
    """The moment as of which cases are judged; None for the export's own."""
    dates: PlausibleDates = PlausibleDates()
    """The dates that events can have, by the ruleset alone."""
