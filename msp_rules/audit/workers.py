"""A scan in several processes: same results, same order, byte for byte.

Every process goes through every file, and parses and judges only its own blocks of cases. Results
come back block by block, in turn, so nothing piles up. Where a file breaks off in one process, what
others made of later cases is dropped: one process would not have come so far.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from msp_rules.audit.scan import BreakOff, CaseResult, Position, Scan, Sink
from msp_rules.audit.tally import Tally
from msp_rules.casework.moments import Cutoff
from msp_rules.engine.engine import Engine
from msp_rules.engine.matchers.choice import MatcherChoice
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_files import ExportFile
from msp_rules.intake.exports import sources_in
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.reading import Share
from msp_rules.intake.source import InputFile
from msp_rules.intake.workers import BLOCK, Send, WorkerPool, worker_pool
from msp_rules.rules.language.rule import Ruleset

_Renderers = list[tuple[Callable[[CaseResult], bytes], bytes]]
"""For each sink what makes the bytes of a case, and what stands between those of two."""


class _FileEnd(NamedTuple):
    """What one process found at the end of a file."""

    read: list[InputFile]
    broke_off: BreakOff | None
    whole_cases: int


class _Block(NamedTuple):
    """What one process made of one block of cases: for each sink its bytes, and what it counted.

    `bytes_read` is how far the process is in the files. `end` stands in the last one of a file.
    """

    rendered: tuple[bytes, ...]
    tally: Tally
    bytes_read: int
    end: _FileEnd | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What a process needs to know, and does."""

    ruleset: Ruleset
    matcher: MatcherChoice
    as_of: Cutoff | None
    mapping: CaseMapping | None
    files: list[ExportFile]
    start: Position
    whole_cases: list[int]
    renderers: _Renderers

    def __call__(self, share: Share, send: Send[_Block | InputUnreadable]) -> None:
        """Goes through all files and sends what comes of the share's cases, block by block."""
        engine = Engine(self.ruleset, matcher=self.matcher, foresees=False)
        scan = Scan(engine, self.as_of, mapping=self.mapping, whole_cases=self.whole_cases)
        for number, file in enumerate(self.files):
            if number < self.start.file:
                scan.pass_over(file, self.whole_cases[number])
                continue
            first = self.start.case if number == self.start.file else 0
            try:
                _work_file(scan, file, share._replace(first=first), self.renderers, send)
            except InputUnreadable as error:
                send(error)
            scan.bytes_before += file.size


def run_parallel(scan: Scan, paths: Sequence[Path], sinks: Sequence[Sink], jobs: int) -> None:
    """Scans in `jobs` processes; what `scan.run` gives, and raises as it does.

    Raises MspRulesError where a process ends without a word.
    """
    files = sources_in(paths, scan.mapping, scan.limits)
    start, known = scan.position, list(scan.whole_cases)
    renderers = [(sink.render, sink.separator) for sink in sinks]
    task = _Task(
        ruleset=scan.engine.ruleset,
        matcher=scan.engine.choice,
        as_of=scan.as_of,
        mapping=scan.mapping,
        files=files,
        start=start,
        whole_cases=known,
        renderers=renderers,
    )
    with worker_pool(task, jobs) as pool:
        for number, file in enumerate(files):
            if number < start.file:
                scan.bytes_before += file.size
                continue
            first = start.case if number == start.file else 0
            if not first:
                scan.begin_file()
            try:
                _collect_file(scan, pool, sinks, first)
            except InputUnreadable as error:
                scan.note_unreadable(error)
            scan.end_file(file)
    scan.refuse_if_nothing_read()


def _collect_file(
    scan: Scan,
    pool: WorkerPool[_Block | InputUnreadable],
    sinks: Sequence[Sink],
    first_case: int,
) -> None:
    ended = set[int]()
    read: list[InputFile] | None = None
    refusal: InputUnreadable | None = None
    broke_off: BreakOff | None = None
    whole_cases, turn = 0, 0
    while len(ended) < pool.size:
        worker, first = turn % pool.size, first_case + turn * BLOCK
        turn += 1
        if worker in ended:
            continue
        message = pool.next_of(worker)
        if isinstance(message, InputUnreadable):
            ended.add(worker)
            refusal = refusal or message
            continue
        if refusal is not None:
            ended |= {worker} if message.end is not None else set()
            continue
        if message.end is not None:
            ended.add(worker)
            if worker == 0:
                read, whole_cases = message.end.read, message.end.whole_cases
            found = message.end.broke_off
            if found is not None and (
                broke_off is None or found.whole_cases < broke_off.whole_cases
            ):
                broke_off = found
        if broke_off is not None and first > broke_off.whole_cases:
            continue
        if message.tally.cases:
            for sink, part in zip(sinks, message.rendered, strict=True):
                sink.write(part)
        scan.tally.merge(message.tally)
        scan.bytes_seen = max(scan.bytes_seen, message.bytes_read)
        if scan.progress is not None:
            scan.progress(scan)
        if not ended:  # else faults of the whole file may be counted, which come after all cases
            scan.rest(first + BLOCK)
    if refusal is not None:
        raise refusal
    assert read is not None
    if broke_off is not None:
        scan.tally.add_faults([broke_off.fault])
    scan.whole_cases.append(whole_cases if broke_off is None else broke_off.whole_cases)
    scan.inputs += read


def _work_file(
    scan: Scan,
    file: ExportFile,
    share: Share,
    renderers: _Renderers,
    send: Send[_Block | InputUnreadable],
) -> None:
    block, results = share.turn, list[CaseResult]()

    def finish_blocks_before(index: int) -> None:
        nonlocal block
        while (index - share.first) // BLOCK > block:
            send(_Block(_rendered(results, renderers), scan.tally, scan.bytes_read, None))
            results.clear()
            scan.tally = Tally()
            block += share.jobs

    scan.tally, scan.inputs = Tally(), []
    scan.before_case = finish_blocks_before
    for _, result in scan.file_results(file, share):
        results.append(result)
    end = _FileEnd(scan.inputs, scan.broke_off, scan.whole_cases[-1])
    send(_Block(_rendered(results, renderers), scan.tally, scan.bytes_read, end))


def _rendered(results: list[CaseResult], renderers: _Renderers) -> tuple[bytes, ...]:
    return tuple(sep.join([render(one) for one in results]) for render, sep in renderers)
