"""Scans exports in several processes: same results, same order, byte for byte.

Of a file whose cases can be found without parsing it (`intake.case_ranges`), each process reads the
bytes of its own blocks of cases only; of any other, every process reads all, and audits only its
own. Results come back block by block, in turn, so nothing piles up. Where a file ends early in one
process, the results of later cases are dropped. The first process keeps the ids of all cases, and
tells the others what they have to know of them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, Never

from msp_rules.audit.case_audit import CaseAudit, CaseResult
from msp_rules.audit.output import Renderer
from msp_rules.audit.request import ScanRequest
from msp_rules.audit.scan import CaseScanner, Rendered, ScanJob, walk
from msp_rules.audit.state import FileEnd, Position, Truncation
from msp_rules.audit.tally import Tally
from msp_rules.casework.case import Fault
from msp_rules.errors import InputUnreadable
from msp_rules.intake.case_ranges import ranges_of
from msp_rules.intake.export_files import ExportFile
from msp_rules.intake.file_watch import CHANGED, FileWatch
from msp_rules.intake.reading import CaseIds, CaseRanges, Shard
from msp_rules.intake.source import InputFile
from msp_rules.intake.workers import (
    BLOCK,
    Receive,
    Send,
    WaitingProcesses,
    WorkerPool,
    worker_pool,
)
from msp_rules.log_events import LogEvent, log


class _FileOrder(NamedTuple):
    """Tells a process what it has to know of a file before it reads it."""

    ranges: CaseRanges | None
    """The places of its cases; None where each process reads the whole file."""

    earlier_ids: list[str]
    """The ids of earlier files that the process does not know yet; none where it need not."""


class _IdsRead(NamedTuple):
    """Counts what a process has read of a file when it stops."""

    cases: int
    """The number of cases passed."""

    ids: int
    """The number of their ids, where it has read the whole file."""

    all_ids: list[str]
    """Those ids, of one process only."""


class _Block(NamedTuple):
    """The work of one process on one block of cases."""

    rendered: Rendered
    tally: Tally

    bytes_read: int
    """The bytes of all files that the process has read."""

    end: FileEnd | None
    """The end of the file as the process found it; None before its last block."""

    ids: _IdsRead | None
    """With the end, what was read."""


class _Refusal(NamedTuple):
    """The reason why a process can read nothing of a file."""

    error: InputUnreadable
    ids: _IdsRead


_Message = _Block | _Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """The work of a scan, the same for each process; called with a shard of the cases."""

    request: ScanRequest
    audit: CaseAudit
    files: tuple[ExportFile, ...]
    renderers: tuple[tuple[Renderer, bytes], ...]
    start: Position
    case_counts: tuple[int, ...]

    def __call__(self, shard: Shard, send: Send[_Message], receive: Receive) -> None:
        """Goes through all files, and sends what comes of the shard's cases, block by block."""
        worker = _Worker(self, shard, send, receive)
        for _ in walk(self.files, self.start, self.case_counts, worker):
            pass  # it sends each block as soon as it is whole


def in_processes(
    job: ScanJob, processes: WaitingProcesses | None = None
) -> Generator[Rendered, None, None]:
    """Does a scan in `job.jobs` processes, and gives what `in_this_process` gives.

    `processes` may have been started before. Raises MspRulesError where a process exits
    unexpectedly.
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
    with worker_pool(task, job.jobs, processes=processes) as pool:
        yield from walk(job.files, start, counts, _Collecting(job, pool))


def waiting_processes() -> WaitingProcesses:
    """Makes what starts processes for `in_processes`, while its job is still being prepared."""
    return WaitingProcesses(__name__)


class _Collecting:
    """Puts the blocks of all processes in the order of cases, and counts them as they come."""

    def __init__(self, job: ScanJob, pool: WorkerPool[_Message]) -> None:
        self._job, self._pool = job, pool
        self._ids = CaseIds()
        self._ids_sent = 0

    def skip(self, file: ExportFile, cases: int) -> None:
        CaseScanner(self._job.request, self._job.audit, Tally(), self._ids).skip(file, cases)
        self._job.progress.bytes_before += file.size

    def read(self, file: ExportFile, first: int) -> Iterator[Rendered]:
        job = self._job
        if first == 0:
            job.state.begin_file()
            job.reach(0)
        watch = FileWatch(file.path)
        order = self._order(file, first)
        self._pool.broadcast(order)
        if order.ranges is not None:
            watch.begin_hash()
        found = _FoundInFile()
        yield from self._blocks(found, first)
        self._keep_ids(file, order, found)
        end = found.file_end()
        if order.ranges is not None:
            sha256, size = watch.sha256_and_size()
            inputs = [replace(one, sha256=sha256, size=size) for one in end.inputs]
            end = end._replace(inputs=inputs)
            if end.truncation is None and watch.has_changed():
                job.state.tally.add_faults([Fault(CHANGED, file.name)])
        job.state.add_file(end)

    def refuse(self, error: InputUnreadable) -> Iterable[Rendered]:
        self._job.state.add_unreadable(error)
        return ()

    def end(self, file: ExportFile) -> None:
        self._job.progress.bytes_before += file.size
        self._job.state.end_file(file.name)

    def _order(self, file: ExportFile, first: int) -> _FileOrder:
        """Finds out how the processes can share a file."""
        if self._job.request.mapping is None:
            ranges = ranges_of(file, self._ids, block=BLOCK, first=first)
            if ranges is not None:
                return _FileOrder(ranges, [])
        log(LogEvent.FILE_NOT_SHARED, processes=self._pool.size)
        self._job.progress.files_not_shared += 1
        new = self._ids.since(self._ids_sent)
        self._ids_sent = self._ids.count
        return _FileOrder(None, new)

    def _blocks(self, found: _FoundInFile, first: int) -> Iterator[Rendered]:
        """Gives the blocks of one file in the order of its cases, as the processes send them."""
        job, place = self._job, 0
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

    def _keep_ids(self, file: ExportFile, order: _FileOrder, found: _FoundInFile) -> None:
        """Keeps the ids of the cases that one process alone would have read."""
        if order.ranges is not None:
            self._ids.keep_of_file(order.ranges.ids_before(found.cases_read))
            return
        self._ids.begin_file(file.name)
        for case_id in found.ids:
            self._ids.clash(case_id)


class _FoundInFile:
    """Brings together what all processes find in one file, each to its end or its break."""

    def __init__(self) -> None:
        self.ended: set[int] = set()
        self._read: list[_IdsRead] = []
        self._inputs: list[InputFile] = []
        self._cases = 0
        self._truncation: Truncation | None = None
        self._refusal: InputUnreadable | None = None

    @property
    def cases_read(self) -> int:
        """The number of cases that each process has passed."""
        return min(one.cases for one in self._read)

    @property
    def ids(self) -> list[str]:
        """The ids that each process has read, where all have read the whole file."""
        whole = next(one.all_ids for one in self._read if len(one.all_ids) == one.ids)
        return whole[: min(one.ids for one in self._read)]

    def take(self, worker: int, message: _Message) -> _Block | None:
        """Notes what a message says about the file; returns the message if its cases count."""
        if message.ids is not None:
            self._read.append(message.ids)
        if isinstance(message, _Refusal):
            self.ended.add(worker)
            self._refusal = self._refusal or message.error
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

    def __init__(self, task: _Task, shard: Shard, send: Send[_Message], receive: Receive) -> None:
        self._task, self._shard, self._send, self._receive = task, shard, send, receive
        self._scanner = CaseScanner(task.request, task.audit, Tally())
        self._bytes_before = 0
        self._rendered: tuple[list[bytes], ...] = tuple([[] for _ in task.renderers])

    def skip(self, file: ExportFile, cases: int) -> None:
        self._bytes_before += file.size

    def read(self, file: ExportFile, first: int) -> Iterable[Never]:
        order = self._receive()
        assert isinstance(order, _FileOrder)
        self._scanner.ids.add_earlier(order.earlier_ids)
        shard = self._shard._replace(first=first)
        block = shard.reader
        self._begin_block()

        def send_blocks_before(index: int) -> None:
            # A block without a case that could be audited still has its turn.
            nonlocal block
            while (index - first) // BLOCK > block:
                self._send_block(None)
                block += shard.readers

        for result in self._scanner.results(file, shard, send_blocks_before, order.ranges):
            self._add(result)
        self._send_block(self._scanner.file_end)
        return ()

    def refuse(self, error: InputUnreadable) -> Iterable[Never]:
        self._send(_Refusal(error, self._ids_read()))
        return ()

    def end(self, file: ExportFile) -> None:
        self._scanner.end()
        self._bytes_before += file.size

    def _ids_read(self) -> _IdsRead:
        """Says what was read of a file, and leaves its ids to the process that keeps all."""
        ids = self._scanner.ids.of_file
        count, all_ids = len(ids), ids[:] if self._shard.reader == 0 else []
        self._scanner.ids.keep_of_file(0)
        return _IdsRead(self._scanner.cases_read(), count, all_ids)

    def _add(self, result: CaseResult) -> None:
        """Renders a case at once: to keep the results of a whole block would take more memory."""
        for parts, (render, _) in zip(self._rendered, self._task.renderers, strict=True):
            parts.append(render(result))

    def _begin_block(self) -> None:
        for parts in self._rendered:
            parts.clear()
        self._scanner.tally = Tally()

    def _send_block(self, end: FileEnd | None) -> None:
        """Sends what was found since the last block."""
        rendered = tuple(
            [
                separator.join(parts)
                for parts, (_, separator) in zip(self._rendered, self._task.renderers, strict=True)
            ]
        )
        bytes_read = self._bytes_before + self._scanner.position()
        ids = None if end is None else self._ids_read()
        self._send(_Block(rendered, self._scanner.tally, bytes_read, end, ids))
        self._begin_block()
