"""A scan in several processes: same results, same order, byte for byte.

Every process reads every file, which is cheap, and judges only its own blocks of cases, which is
not. Results come back block by block, in turn, so nothing piles up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, NamedTuple

from msp_rules.audit.scan import CaseResult, Scan, Sink
from msp_rules.audit.tally import Tally
from msp_rules.casework.moment import Cutoff
from msp_rules.engine.engine import Engine
from msp_rules.engine.matching import MatcherChoice
from msp_rules.errors import InputUnreadable
from msp_rules.intake.case_xml import Share
from msp_rules.intake.exports import InputFile, files_in, in_order
from msp_rules.intake.processes import heard, processes
from msp_rules.rules.rule import Ruleset

BLOCK: Final = 64
"""Cases that one process judges before the next one's turn."""


class _Block(NamedTuple):
    """The rendered cases of one block, for each sink."""

    rendered: list[tuple[bytes, ...]]


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
    renderers: list[Callable[[CaseResult], bytes]]
    turn: int
    jobs: int


def run_parallel(scan: Scan, paths: Sequence[Path], sinks: Sequence[Sink], jobs: int) -> None:
    """Scans in `jobs` processes; what `scan.run` gives, and raises as it does.

    Raises MspRulesError where a process ends without a word.
    """
    files = files_in(paths)
    renderers = [sink.render for sink in sinks]
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
        for _ in files:
            try:
                _collect_file(scan, ends, sinks)
            except InputUnreadable as error:
                scan.note_unreadable(error)
    scan.refuse_if_nothing_read()


def _collect_file(scan: Scan, ends: list[Connection], sinks: Sequence[Sink]) -> None:
    written = scan.tally.cases
    tally, turn, ended = Tally(), 0, set[int]()
    read: InputFile | None = None
    refusal: InputUnreadable | None = None
    while len(ended) < len(ends):
        worker = turn % len(ends)
        turn += 1
        if worker in ended:
            continue
        message = heard(ends[worker])
        if isinstance(message, InputUnreadable):
            ended.add(worker)
            refusal = message
            continue
        if isinstance(message, _FileEnd):
            ended.add(worker)
            tally.merge(message.tally)
            read = message.read
            continue
        assert isinstance(message, _Block)
        for case in message.rendered:
            for sink, part in zip(sinks, case, strict=True):
                sink.write(part)
        written += len(message.rendered)
        if scan.progress is not None:
            scan.progress(written)
    if refusal is not None:
        raise refusal
    assert read is not None
    tally.faults = in_order(tally.faults)
    scan.tally.merge(tally)
    scan.inputs.append(read)


def _work(task: _Task, out: Connection) -> None:
    scan = Scan(Engine(task.ruleset, matcher=task.matcher), task.as_of)
    for path in task.files:
        scan.tally, scan.inputs = Tally(), []
        try:
            _work_file(scan, path, task, out)
        except InputUnreadable as error:
            out.send(error)
        else:
            out.send(_FileEnd(scan.tally, scan.inputs[0]))


def _work_file(scan: Scan, path: Path, task: _Task, out: Connection) -> None:
    block, rendered = task.turn, list[tuple[bytes, ...]]()
    for index, result in scan.file_results(path, Share(task.turn, task.jobs, BLOCK)):
        while index // BLOCK > block:
            out.send(_Block(rendered))
            rendered, block = [], block + task.jobs
        rendered.append(tuple(render(result) for render in task.renderers))
    out.send(_Block(rendered))
