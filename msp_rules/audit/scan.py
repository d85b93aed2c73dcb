"""Scans exports in this process: cases in, rendered results out.

`walk` is the one way through the files of a scan, from wherever it begins; `CaseScanner` reads,
audits and counts the cases of a file, or one shard of them. Scans in several processes
(`audit.workers`) are made of the same two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from msp_rules.audit.case_audit import CaseAudit, CaseResult
from msp_rules.audit.moment import AFTER_EXPORT, BEFORE_OCCURRING, warnings_of_moment
from msp_rules.audit.output import Renderer
from msp_rules.audit.read_ahead import CaseBegun, CaseRead, Step, read_ahead
from msp_rules.audit.request import ScanRequest
from msp_rules.audit.state import FileEnd, Position, ScanProgress, ScanState, Truncation
from msp_rules.audit.tally import Tally
from msp_rules.casework.case import Case
from msp_rules.casework.moments import Cutoff, iso_date
from msp_rules.engine.garbage import seldom_collected
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_files import ExportFile
from msp_rules.intake.reading import CaseIds, CaseRanges, Shard
from msp_rules.intake.source import CaseSource, inputs_of, moment_of, open_cases

Rendered = tuple[bytes, ...]
"""The bytes of a case, or of several in a row, for each output."""
Executor = Callable[["ScanJob"], Generator[Rendered, None, None]]
"""Runs a scan, here or elsewhere; what it yields is written before it continues."""
_T_co = TypeVar("_T_co", covariant=True)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanJob:
    """A scan as an executor gets it."""

    request: ScanRequest
    """The request of the scan."""
    audit: CaseAudit
    """Audits the cases."""
    files: tuple[ExportFile, ...]
    """The exports to read, in order."""
    state: ScanState
    """The counts and the position so far."""
    progress: ScanProgress
    """The progress, which the executor keeps up to date."""

    renderers: tuple[tuple[Renderer, bytes], ...]
    """For each output, the renderer of a case and the bytes between two cases."""

    jobs: int
    """The number of processes."""

    tell: Callable[[], None]
    """Call it whenever the progress has changed."""

    on_safe_point: Callable[[], None]
    """Call it when everything before the position, and nothing after it, is written and counted."""

    def reach(self, case: int) -> None:
        """Moves to a case of the file under way: everything before it is written and counted."""
        self.state.move_to(case)
        self.on_safe_point()


class FileWork(Protocol[_T_co]):
    """Does something with the files of a scan, one after the other."""

    def skip(self, file: ExportFile, cases: int) -> None:
        """Skips a file that an earlier run has finished, with its number of cases."""
        ...

    def read(self, file: ExportFile, first: int) -> Iterable[_T_co]:
        """Processes a file from a case on; raises InputUnreadable if nothing can be read."""
        ...

    def refuse(self, error: InputUnreadable) -> Iterable[_T_co]:
        """Deals with a file of which nothing can be read."""
        ...

    def end(self, file: ExportFile) -> None:
        """Ends a file, readable or not."""
        ...


def walk(
    files: Sequence[ExportFile], start: Position, case_counts: Sequence[int], work: FileWork[_T]
) -> Iterator[_T]:
    """Goes through files from a position on; `case_counts` are those of the files before it."""
    with seldom_collected():
        for number, file in enumerate(files):
            if number < start.file:
                work.skip(file, case_counts[number])
                continue
            try:
                yield from work.read(file, start.case if number == start.file else 0)
            except InputUnreadable as error:
                yield from work.refuse(error)
            work.end(file)


class CaseScanner:
    """Reads files one after the other, audits their cases, and counts each in `tally`."""

    def __init__(
        self, request: ScanRequest, audit: CaseAudit, tally: Tally, ids: CaseIds | None = None
    ) -> None:
        self.ids = CaseIds() if ids is None else ids
        """The ids of the cases that were read."""

        self.tally = tally
        """The counts of cases and faults; it may be exchanged between two cases."""

        self.file_end: FileEnd | None = None
        """The end of the last file, once all of its cases were given."""

        self._request, self._audit = request, audit
        self._source: CaseSource | None = None

    def position(self) -> int:
        """Gives how far the file under way is read, in its bytes on disk."""
        return 0 if self._source is None else self._source.position

    def cases_read(self) -> int:
        """Gives the number of cases passed in the file under way."""
        return 0 if self._source is None else self._source.cases_read

    def skip(self, file: ExportFile, cases: int) -> None:
        """Takes note of the ids of a file's first cases, and audits none."""
        try:
            with self._open(file, Shard(first=cases)) as source:
                for _ in source:
                    if source.case_index >= cases:
                        break
        except InputUnreadable:
            pass  # a fault since the file was first read
        self.end()

    def results(
        self,
        file: ExportFile,
        shard: Shard,
        on_case: Callable[[int], None],
        ranges: CaseRanges | None = None,
    ) -> Iterator[CaseResult]:
        """Gives the results of a file's cases (those of a shard), and then sets `file_end`.

        With `ranges`, nothing is read of other cases, and the hash is left to whoever found them.

        `on_case` is called with the index of each case, also of one that cannot be audited, when
        everything before it is counted and nothing of it. Raises InputUnreadable.
        """
        request, self.file_end = self._request, None
        with self._open(file, shard, ranges) as source:
            counted = 0
            for steps in read_ahead(source, shard.first, request.cutoff):
                results = self._audited(steps, source.name)
                for step in steps:
                    if isinstance(step, CaseBegun):
                        # What stands before the first case of a resumed scan is counted already.
                        if shard.first == 0 or step.place > shard.first:
                            self.tally.add_faults(source.faults[counted : step.faults])
                        counted = step.faults
                        on_case(step.place)
                        continue
                    self._look_at_moments(step.case, step.as_of, source)
                    result = next(results)
                    self.tally.add_faults(source.faults[counted : step.faults])
                    counted = step.faults
                    self.tally.add(result)
                    self._count_unmapped(step.unmapped, step.assumed)
                    yield result
            self.tally.add_faults(source.faults[counted:])
            self._count_unmapped(source.unmapped, source.assumed)
            self.tally.warnings += source.warnings
            if shard.reader == 0:
                self.tally.warnings += warnings_of_moment(source, request.cutoff)
            self.file_end = self._end_of(file, source, is_hashed=shard.reader == 0)

    def end(self) -> None:
        """Releases the file under way."""
        self._source = None

    def _open(self, file: ExportFile, shard: Shard, ranges: CaseRanges | None = None) -> CaseSource:
        request = self._request
        self._source = open_cases(
            file,
            mapping=request.mapping,
            vocabulary=request.vocabulary,
            ids=self.ids,
            shard=shard,
            ranges=ranges,
            as_of=request.cutoff,
            dates=request.ruleset.settings.dates,
        )
        return self._source

    def _look_at_moments(self, case: Case, as_of: Cutoff, source: CaseSource) -> None:
        """Counts odd moments of recording, and notes whether anything lies by the given moment."""
        tally, header = self.tally, source.header
        export_ends = as_of if header is None else header.reference_date or as_of
        for event in case.events:
            occurred, recorded = event.moment, event.recorded
            if occurred is not None and not tally.has_begun:
                tally.has_events = True
                tally.has_begun = occurred.instant <= as_of.instant
            if recorded is None or recorded is occurred:
                continue
            if recorded.instant > export_ends.instant:
                tally.recording[AFTER_EXPORT] += 1
            elif occurred is not None and recorded.day < occurred.day:
                tally.recording[BEFORE_OCCURRING] += 1

    def _audited(self, steps: Sequence[Step], name: str) -> Iterator[CaseResult]:
        cases = [step for step in steps if isinstance(step, CaseRead)]
        return iter([self._audit.of(one.case, one.as_of, name) for one in cases])

    def _count_unmapped(
        self, unmapped: Counter[tuple[str, str]] | None, assumed: Counter[str] | None
    ) -> None:
        if unmapped:
            self.tally.unmapped.update(unmapped)
        if assumed:
            self.tally.assumed.update(assumed)

    def _end_of(self, file: ExportFile, source: CaseSource, *, is_hashed: bool) -> FileEnd:
        day = iso_date(moment_of(source, self._request.cutoff).day)
        fault = source.truncation_fault
        truncation = None if fault is None else Truncation(source.cases_read, fault)
        inputs = inputs_of(file, source, day, is_hashed=is_hashed)
        return FileEnd(inputs, truncation, source.cases_read)


def in_this_process(job: ScanJob) -> Generator[Rendered, None, None]:
    """Runs a scan in this process; every case is a safe point."""
    work = _InThisProcess(job)
    for result in walk(job.files, job.state.position, job.state.case_counts, work):
        yield tuple([render(result) for render, _ in job.renderers])


class _InThisProcess:
    """Counts directly in the state of the scan."""

    def __init__(self, job: ScanJob) -> None:
        self._job = job
        self._scanner = CaseScanner(job.request, job.audit, job.state.tally)
        job.progress.position = self._scanner.position

    def skip(self, file: ExportFile, cases: int) -> None:
        self._scanner.skip(file, cases)
        self._job.progress.bytes_before += file.size

    def read(self, file: ExportFile, first: int) -> Iterator[CaseResult]:
        job, scanner = self._job, self._scanner
        if first == 0:
            job.state.begin_file()
            job.reach(0)

        def reach(index: int) -> None:
            if index > first:
                job.reach(index)

        for result in scanner.results(file, Shard(first=first), reach):
            job.tell()
            yield result
        assert scanner.file_end is not None
        job.state.add_file(scanner.file_end)

    def refuse(self, error: InputUnreadable) -> Iterable[CaseResult]:
        self._job.state.add_unreadable(error)
        return ()

    def end(self, file: ExportFile) -> None:
        self._scanner.end()
        self._job.progress.bytes_before += file.size
        self._job.state.end_file(file.name)
