"""A scan in several processes: same results, same order, byte for byte.

Every process goes through every file, and parses and judges only its own blocks of cases. Results
come back block by block, in turn, so nothing piles up. Where a file breaks off in one process, what
others made of later cases is dropped: one process would not have come so far.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Final, NamedTuple

from msp_rules.audit.scan import BreakOff, CaseResult, Position, Scan, Sink
from msp_rules.audit.tally import Tally
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.workdays import bank_holidays, take_bank_holidays
from msp_rules.engine.engine import Engine
from msp_rules.engine.matchers.choice import MatcherChoice
from msp_rules.errors import InputUnreadable, MspRulesError
from msp_rules.intake.export_files import ExportFile
from msp_rules.intake.exports import sources_in
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.reading import Share
from msp_rules.intake.source import InputFile
from msp_rules.intake.workers import processes, received
from msp_rules.rules.language.rule import Ruleset

BLOCK: Final = 64
"""Cases that one process judges before the next one's turn."""
BLOCKS_AHEAD: Final = 4
"""Blocks of one process that wait here while another's turn lasts."""


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
    """What a process needs to know; its ruleset as bytes, which are made once for all of them."""

    ruleset: bytes
    bank_holidays: frozenset[date]
    matcher: MatcherChoice
    as_of: Cutoff | None
    mapping: CaseMapping | None
    files: list[ExportFile]
    start: Position
    whole_cases: list[int]
    renderers: list[tuple[Callable[[CaseResult], bytes], bytes]]
    turn: int
    jobs: int


def run_parallel(scan: Scan, paths: Sequence[Path], sinks: Sequence[Sink], jobs: int) -> None:
    """Scans in `jobs` processes; what `scan.run` gives, and raises as it does.

    Raises MspRulesError where a process ends without a word.
    """
    files = sources_in(paths, scan.mapping, scan.limits)
    start, known = scan.position, list(scan.whole_cases)
    renderers = [(sink.render, sink.separator) for sink in sinks]
    ruleset = pickle.dumps(scan.engine.ruleset, protocol=5)
    tasks = [
        _Task(
            ruleset=ruleset,
            bank_holidays=bank_holidays(),
            matcher=scan.engine.choice,
            as_of=scan.as_of,
            mapping=scan.mapping,
            files=files,
            start=start,
            whole_cases=known,
            renderers=renderers,
            turn=turn,
            jobs=jobs,
        )
        for turn in range(jobs)
    ]
    with processes(_work, tasks) as ends:
        arrivals = _Arrivals(ends)
        for number, file in enumerate(files):
            if number < start.file:
                scan.bytes_before += file.size
                continue
            first = start.case if number == start.file else 0
            if not first:
                scan.begin_file()
            try:
                _collect_file(scan, arrivals, sinks, first)
            except InputUnreadable as error:
                scan.note_unreadable(error)
            scan.end_file(file)
    scan.refuse_if_nothing_read()


def _collect_file(scan: Scan, arrivals: _Arrivals, sinks: Sequence[Sink], first_case: int) -> None:
    ended = set[int]()
    read: list[InputFile] | None = None
    refusal: InputUnreadable | None = None
    broke_off: BreakOff | None = None
    whole_cases, turn = 0, 0
    while len(ended) < arrivals.senders:
        worker, first = turn % arrivals.senders, first_case + turn * BLOCK
        turn += 1
        if worker in ended:
            continue
        message = arrivals.next_of(worker)
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


class _Arrivals:
    """What the processes send, each in its own order; one may run a few blocks ahead of others."""

    def __init__(self, ends: list[Connection]) -> None:
        self.senders = len(ends)
        self._open = dict(enumerate(ends))
        self._waiting: list[deque[_Block | InputUnreadable]] = [deque() for _ in ends]

    def next_of(self, worker: int) -> _Block | InputUnreadable:
        """The next message of one process; raises MspRulesError where it ends without a word."""
        while not self._waiting[worker]:
            if worker not in self._open:
                raise MspRulesError("a process of the scan ended without a word")
            with_room = {
                end: index
                for index, end in self._open.items()
                if index == worker or len(self._waiting[index]) < BLOCKS_AHEAD
            }
            for end in wait(list(with_room)):
                assert isinstance(end, Connection)
                index = with_room[end]
                try:
                    message = received(end)
                except EOFError:
                    del self._open[index]
                else:
                    assert isinstance(message, _Block | InputUnreadable)
                    self._waiting[index].append(message)
        return self._waiting[worker].popleft()


def _work(task: _Task, out: Connection) -> None:
    take_bank_holidays(task.bank_holidays)
    ruleset: Ruleset = pickle.loads(task.ruleset)  # noqa: S301 - by the process that started this
    engine = Engine(ruleset, matcher=task.matcher, foresees=False)
    scan = Scan(engine, task.as_of, mapping=task.mapping, whole_cases=task.whole_cases)
    for number, file in enumerate(task.files):
        if number < task.start.file:
            scan.pass_over(file, task.whole_cases[number])
            continue
        first = task.start.case if number == task.start.file else 0
        try:
            _work_file(scan, file, Share(task.turn, task.jobs, BLOCK, first), task, out)
        except InputUnreadable as error:
            out.send(error)
        scan.bytes_before += file.size


def _work_file(scan: Scan, file: ExportFile, share: Share, task: _Task, out: Connection) -> None:
    block, results = share.turn, list[CaseResult]()

    def finish_blocks_before(index: int) -> None:
        nonlocal block
        while (index - share.first) // BLOCK > block:
            out.send(_Block(_rendered(results, task), scan.tally, scan.bytes_read, None))
            results.clear()
            scan.tally = Tally()
            block += share.jobs

    scan.tally, scan.inputs = Tally(), []
    scan.before_case = finish_blocks_before
    for _, result in scan.file_results(file, share):
        results.append(result)
    end = _FileEnd(scan.inputs, scan.broke_off, scan.whole_cases[-1])
    out.send(_Block(_rendered(results, task), scan.tally, scan.bytes_read, end))


def _rendered(results: list[CaseResult], task: _Task) -> tuple[bytes, ...]:
    return tuple(sep.join([render(one) for one in results]) for render, sep in task.renderers)
