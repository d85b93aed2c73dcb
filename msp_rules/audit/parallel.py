"""A scan in several processes: same results, same order, byte for byte.

Every process reads every file, which is cheap, and judges only its own blocks of cases, which is
not. Results come back block by block, in turn, so nothing piles up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Final, NamedTuple

from msp_rules.audit.scan import CaseResult, Scan, Sink
from msp_rules.audit.tally import Tally
from msp_rules.casework.moment import Cutoff
from msp_rules.engine.engine import Engine
from msp_rules.engine.matching import MatcherChoice
from msp_rules.errors import InputUnreadable, MspRulesError
from msp_rules.intake.case_xml import Share
from msp_rules.intake.exports import InputFile, files_in, in_order
from msp_rules.intake.processes import processes, received
from msp_rules.rules.rule import Ruleset

BLOCK: Final = 64
"""Cases that one process judges before the next one's turn."""
BLOCKS_AHEAD: Final = 4
"""Blocks of one process that wait here while another's turn lasts."""


class _Block(NamedTuple):
    """The cases of one block: their number, and for each sink what it shall write of them."""

    cases: int
    rendered: tuple[bytes, ...]


class _FileEnd(NamedTuple):
    """What one process counted in a file."""

    tally: Tally
    read: InputFile


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What a process needs to know."""

    ruleset: Ruleset
    matcher: MatcherChoice
    as_of: Cutoff | None
    files: list[Path]
    renderers: list[tuple[Callable[[CaseResult], bytes], bytes]]
    turn: int
    jobs: int


def run_parallel(scan: Scan, paths: Sequence[Path], sinks: Sequence[Sink], jobs: int) -> None:
    """Scans in `jobs` processes; what `scan.run` gives, and raises as it does.

    Raises MspRulesError where a process ends without a word.
    """
    files = files_in(paths)
    renderers = [(sink.render, sink.separator) for sink in sinks]
    tasks = [
        _Task(
            ruleset=scan.engine.ruleset,
            matcher=scan.engine.choice,
            as_of=scan.as_of,
            files=files,
            renderers=renderers,
            turn=turn,
            jobs=jobs,
        )
        for turn in range(jobs)
    ]
    with processes(_work, tasks) as ends:
        arrivals = _Arrivals(ends)
        for _ in files:
            try:
                _collect_file(scan, arrivals, sinks)
            except InputUnreadable as error:
                scan.note_unreadable(error)
    scan.refuse_if_nothing_read()


def _collect_file(scan: Scan, arrivals: _Arrivals, sinks: Sequence[Sink]) -> None:
    written = scan.tally.cases
    tally, turn, ended = Tally(), 0, set[int]()
    read: InputFile | None = None
    refusal: InputUnreadable | None = None
    while len(ended) < arrivals.senders:
        worker = turn % arrivals.senders
        turn += 1
        if worker in ended:
            continue
        message = arrivals.next_of(worker)
        if isinstance(message, InputUnreadable):
            ended.add(worker)
            refusal = message
            continue
        if isinstance(message, _FileEnd):
            ended.add(worker)
            tally.merge(message.tally)
            read = message.read if worker == 0 else read
            continue
        if message.cases:
            for sink, part in zip(sinks, message.rendered, strict=True):
                sink.write(part)
        written += message.cases
        if scan.progress is not None:
            scan.progress(written)
    if refusal is not None:
        raise refusal
    assert read is not None
    tally.faults = in_order(tally.faults)
    scan.tally.merge(tally)
    scan.inputs.append(read)


class _Arrivals:
    """What the processes send, each in its own order; one may run a few blocks ahead of others."""

    def __init__(self, ends: list[Connection]) -> None:
        self.senders = len(ends)
        self._open = dict(enumerate(ends))
        self._waiting: list[deque[_Block | _FileEnd | InputUnreadable]] = [deque() for _ in ends]

    def next_of(self, worker: int) -> _Block | _FileEnd | InputUnreadable:
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
                    assert isinstance(message, _Block | _FileEnd | InputUnreadable)
                    self._waiting[index].append(message)
        return self._waiting[worker].popleft()


def _work(task: _Task, out: Connection) -> None:
    scan = Scan(Engine(task.ruleset, matcher=task.matcher, foresees=False), task.as_of)
    for path in task.files:
        scan.tally, scan.inputs = Tally(), []
        try:
            _work_file(scan, path, task, out)
        except InputUnreadable as error:
            out.send(error)
        else:
            out.send(_FileEnd(scan.tally, scan.inputs[0]))


def _work_file(scan: Scan, path: Path, task: _Task, out: Connection) -> None:
    block, results = task.turn, list[CaseResult]()
    for index, result in scan.file_results(path, Share(task.turn, task.jobs, BLOCK)):
        while index // BLOCK > block:
            out.send(_block(results, task))
            results, block = [], block + task.jobs
        results.append(result)
    out.send(_block(results, task))


def _block(results: list[CaseResult], task: _Task) -> _Block:
    parts = [sep.join([render(one) for one in results]) for render, sep in task.renderers]
    return _Block(len(results), tuple(parts))
