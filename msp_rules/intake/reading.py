"""Defines what readers of cases take and give: limits, shards, ids, a header, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
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


class Boundary(NamedTuple):
    """A place between two cases of a file. Lines and columns count from the end of its head."""

    offset: int
    """The number of bytes before it."""
    lines: int = 0
    """The number of line breaks before it."""
    column: int = 0
    """The number of characters before it on its line."""


class CaseRanges(NamedTuple):
    """Says where the cases of a file stand, so that each reader reads the bytes of its own only."""

    head: Boundary
    """The end of what stands before the first case."""
    blocks: tuple[Boundary, ...]
    """The beginnings of the blocks of cases; those before `Shard.first` are in none."""
    end: Boundary
    """The end of the last case."""
    cases: int
    """The number of cases, those before `Shard.first` included."""
    clashes: Mapping[int, str]
    """The faults of cases whose ids were used before, by the indexes of the cases."""
    without_id: Sequence[int]
    """The indexes of cases that have no id."""

    def ids_before(self, case: int) -> int:
        """Counts the ids of the cases before one."""
        return case - sum(1 for index in self.without_id if index < case)


class CaseIds:
    """Remembers the case ids of all files of one run."""

    def __init__(self) -> None:
        self._files: list[str] = []
        self._file_of: dict[str, int] = {}
        self._asked: list[str] = []

    @property
    def of_file(self) -> list[str]:
        """The ids of the file under way, in its order; one that was used before counts again."""
        return self._asked

    @property
    def count(self) -> int:
        """The number of different ids."""
        return len(self._file_of)

    def begin_file(self, name: str) -> None:
        """Counts the ids that follow as those of a new file."""
        self._files.append(name)
        self._asked = []

    def keep_of_file(self, count: int) -> None:
        """Forgets all ids of the file under way but the first ones."""
        current = len(self._files) - 1
        kept = set(self._asked[:count])
        for case_id in self._asked[count:]:
            if case_id not in kept and self._file_of.get(case_id) == current:
                del self._file_of[case_id]
        del self._asked[count:]

    def since(self, count: int) -> list[str]:
        """Lists the ids but for as many as were there before, in the order of their first use."""
        return list(islice(self._file_of, count, None))

    def add_earlier(self, ids: Sequence[str]) -> None:
        """Counts ids as those of earlier files, which another reader has read."""
        self._file_of.update(dict.fromkeys(ids, -1))

    def clash(self, case_id: str) -> str | None:
        """Says what is wrong with using an id now, or None; it counts as used from now on."""
        current = len(self._files) - 1
        self._asked.append(case_id)
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
    ranges: CaseRanges | None = None
    """The places of the cases in the file; None where they are not known."""
