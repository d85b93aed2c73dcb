"""Defines what readers of cases take and give: limits, shards, ids, a header, files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from msp_rules.casework.case import Supply
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """Limits the size of one case."""

    max_case_bytes: int = 16 * 1024 * 1024
    max_events: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Holds what an export says about itself; None where it does not say."""

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
    """Says how a source is to be read; None for the default.

    `vocabulary` is the core's unless a ruleset has its own, `ids` are those of files read before,
    `shard` is all of the cases.
    """

    vocabulary: Vocabulary | None = None
    limits: ReadLimits | None = None
    ids: CaseIds | None = None
    shard: Shard | None = None
