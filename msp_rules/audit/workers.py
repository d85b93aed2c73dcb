"""Scans exports in several processes: same results, same order, byte for byte.

Every process goes through every file, and parses and audits only its own blocks of cases. Results
come back block by block, in turn, so nothing piles up. Where a file ends early in one process, the
results of later cases are dropped.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Never

from msp_rules.audit.case_audit import CaseAudit, CaseResult
from msp_rules.audit.output import Renderer
from msp_rules.audit.request import ScanRequest
from msp_rules.audit.scan import CaseScanner, Rendered, ScanJob, walk
from msp_rules.audit.state import FileEnd, Position, Truncation
from msp_rules.audit.tally import Tally
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_files import ExportFile
from msp_rules.intake.reading import Shard
from msp_rules.intake.source import InputFile
from msp_rules.intake.workers import BLOCK, Send, WorkerPool, worker_pool


class _Block(NamedTuple):
    """The work of one process on one block of cases."""

    rendered: Rendered
    tally: Tally

    bytes_read: int
    """The bytes of all files that the process has read."""

    end: FileEnd | None
    """The end of the file as the process found it; None before its last block."""


_Message = _Block | InputUnreadable
"""A process sends blocks, and the reason where it can read nothing of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """The work of a scan, the same for each process; called with a shard of the cases."""

    request: ScanRequest
    audit: CaseAudit
    files: tuple[ExportFile, ...]
    renderers: tuple[tuple[Renderer, bytes], ...]
    start: Position
    case_counts: tuple[int, ...]

    def __call__(self, shard: Shard, send: Send[_Message]) -> None:
        """Goes through all files, and sends what comes of the shard's cases, block by block."""
        for _ in walk(self.files, self.start, self.case_counts, _Worker(self, shard, send)):
            pass  # it sends each block as soon as it is whole


def in_processes(job: ScanJob) -> Generator[Rendered, None, None]:
    """Does a scan in `job.jobs` processes, and gives what `in_this_process` gives.

    Raises MspRulesError where a process exits unexpectedly.
    """
    start, counts = job.state.position, tuple(job.state.case_counts)
    task = _Task(
        request=job.request,
        audit=job.audit,
        files=job.files,
        renderers=job.renderers,
        start=start,
        case_counts=counts,
    )
    with worker_pool(task, job.jobs) as pool:
        yield from walk(job.files, start, counts, _Collecting(job, pool))


class _Collecting:
    """Puts the blocks of all processes in the order of cases, and counts them as they come."""

    def __init__(self, job: ScanJob, pool: WorkerPool[_Message]) -> None:
        self._job, self._pool = job, pool

    def skip(self, file: ExportFile, cases: int) -> None:
        self._job.progress.bytes_before += file.size

    def read(self, file: ExportFile, first: int) -> Iterator[Rendered]:
        job = self._job
        if first == 0:
            job.state.begin_file()
            job.reach(0)
        found = _FoundInFile()
        place = 0
        while len(found.ended) < self._pool.size:
            worker, index = place % self._pool.size, first + place * BLOCK
            place += 1
            if worker in found.ended:
                continue
            block = found.take(worker, self._pool.next_of(worker))
            if block is None or found.is_beyond_the_break(index):
                continue
            if block.tally.cases:
                yield block.rendered
            job.state.tally.merge(block.tally)
            job.progress.bytes_seen = max(job.progress.bytes_seen, block.bytes_read)
            job.tell()
            if not found.ended:
                # Once one has ended, faults of the whole file may be counted, which belong after
                # all of its cases: no safe point any more.
                job.reach(index + BLOCK)
        job.state.add_file(found.file_end())

    def refuse(self, error: InputUnreadable) -> Iterable[Rendered]:
        self._job.state.add_unreadable(error)
        return ()

    def end(self, file: ExportFile) -> None:
        self._job.progress.bytes_before += file.size
        self._job.state.end_file(file.name)


class _FoundInFile:
    """Brings together what all processes find in one file, each to its end or its break."""

    def __init__(self) -> None:
        self.ended: set[int] = set()
        self._inputs: list[InputFile] = []
        self._cases = 0
        self._truncation: Truncation | None = None
        self._refusal: InputUnreadable | None = None

    def take(self, worker: int, message: _Message) -> _Block | None:
        """Notes what a message says about the file; returns the message if its cases count."""
        if isinstance(message, InputUnreadable):
            self.ended.add(worker)
            self._refusal = self._refusal or message
            return None
        if message.end is not None:
            self.ended.add(worker)
            if self._refusal is None:
                self._take_end(worker, message.end)
        return message if self._refusal is None else None

    def is_beyond_the_break(self, index: int) -> bool:
        """Says whether the file ended early before a case, which one process would not see."""
        return self._truncation is not None and index > self._truncation.complete_cases

    def file_end(self) -> FileEnd:
        """Gives the end of the file as one process would have found it; raises InputUnreadable."""
        if self._refusal is not None:
            raise self._refusal
        cases = self._cases if self._truncation is None else self._truncation.complete_cases
        return FileEnd(self._inputs, self._truncation, cases)

    def _take_end(self, worker: int, end: FileEnd) -> None:
        if worker == 0:  # the one that hashes the file
            self._inputs, self._cases = end.inputs, end.cases
        if end.truncation is not None and (
            self._truncation is None
            or end.truncation.complete_cases < self._truncation.complete_cases
        ):
            self._truncation = end.truncation


class _Worker:
    """Audits one process's shard of the cases, and sends them block by block."""

    def __init__(self, task: _Task, shard: Shard, send: Send[_Message]) -> None:
        self._task, self._shard, self._send = task, shard, send
        self._scanner = CaseScanner(task.request, task.audit, Tally())
        self._bytes_before = 0
        self._results: list[CaseResult] = []

    def skip(self, file: ExportFile, cases: int) -> None:
        self._scanner.skip(file, cases)
        self._bytes_before += file.size

    def read(self, file: ExportFile, first: int) -> Iterable[Never]:
        shard = self._shard._replace(first=first)
        block = shard.reader
        self._begin_block()

        def send_blocks_before(index: int) -> None:
            # A block without a case that could be audited still has its turn.
            nonlocal block
            while (index - first) // BLOCK > block:
                self._send_block(None)
                block += shard.readers

        for result in self._scanner.results(file, shard, send_blocks_before):
            self._results.append(result)
        self._send_block(self._scanner.file_end)
        return ()

    def refuse(self, error: InputUnreadable) -> Iterable[Never]:
        self._send(error)
        return ()

    def end(self, file: ExportFile) -> None:
        self._scanner.end()
        self._bytes_before += file.size

    def _begin_block(self) -> None:
        self._results.clear()
        self._scanner.tally = Tally()

    def _send_block(self, end: FileEnd | None) -> None:
        """Sends what was found since the last block."""
        rendered = tuple(
            [
                separator.join([render(result) for result in self._results])
                for render, separator in self._task.renderers
            ]
        )
        bytes_read = self._bytes_before + self._scanner.position()
        self._send(_Block(rendered, self._scanner.tally, bytes_read, end))
        self._begin_block()
