"""Impact over exports, in one process or in several: the same counts, the same rows, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, NamedTuple

from msp_rules.authoring.impact import Comparison, Impact, Question
from msp_rules.casework.case import Fault
from msp_rules.errors import InputUnreadable, MspRulesError
from msp_rules.intake.case_xml import CaseIds, Share
from msp_rules.intake.export_files import ExportFile
from msp_rules.intake.exports import files_in, in_order
from msp_rules.intake.processes import processes, received

BLOCK: Final = 64
"""Cases that one process compares before the next one's turn."""
BYTES_WORTH_A_PROCESS: Final = 2 * 1024 * 1024
"""A replay does more with each case than a scan, so that a second process pays off sooner."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    question: Question
    files: list[ExportFile]
    turn: int
    jobs: int


class _Done(NamedTuple):
    impact: Impact
    unreadable: list[InputUnreadable]
    broke_off: bool

    @property
    def refused(self) -> list[str]:
        """The refusals of files, in their order."""
        return [str(error) for error in self.unreadable]


def impact_of(
    question: Question, paths: Sequence[Path], *, jobs: int = 1, progress: Progress | None = None
) -> Impact:
    """What a change would do to the cases of some exports (files or folders).

    A file of which nothing can be read is a fault beside the others; raises InputUnreadable where
    nothing can be read of any, and MspRulesError where the two rulesets can't be compared.
    """
    files = files_in(paths)
    if jobs == 1:
        done = _compare(_Task(question=question, files=files, turn=0, jobs=1), progress)
    else:
        Comparison(question)  # what is wrong with the question is said once, here
        tasks = [
            _Task(question=question, files=files, turn=turn, jobs=jobs) for turn in range(jobs)
        ]
        done = _together(tasks, progress)
    impact = done.impact
    if done.unreadable and not impact.inputs:
        raise done.unreadable[0]
    places = {one.name: number for number, one in enumerate(files)}
    impact.rows.sort(key=lambda one: one[:2])
    by_file: dict[int, list[Fault]] = {}
    for fault in impact.faults:
        by_file.setdefault(places.get(fault.input or "", len(files)), []).append(fault)
    impact.faults = [one for number in sorted(by_file) for one in in_order(by_file[number])]
    return impact


def _together(tasks: Sequence[_Task], progress: Progress | None) -> _Done:
    counts, found = [0] * len(tasks), list[_Done]()
    with processes(_work, tasks) as ends:
        waiting = dict(enumerate(ends))
        while waiting:
            for turn, end in list(waiting.items()):
                try:
                    message = received(end)
                except EOFError:
                    raise MspRulesError("a process of the run ended without a word") from None
                if isinstance(message, _Done):
                    found.append(message)
                    del waiting[turn]
                    continue
                assert isinstance(message, int)
                counts[turn] = message
            if progress is not None:
                progress(sum(counts))
    if any(one.broke_off or one.refused != found[0].refused for one in found):
        # Where a file can't be read on, only one reader knows for sure what came before it.
        return _compare(replace(tasks[0], jobs=1), progress)
    for other in found[1:]:
        found[0].impact.merge(other.impact)
    return found[0]


def _work(task: _Task, out: Connection) -> None:
    def tell(cases: int) -> None:
        if cases % BLOCK == 0:
            out.send(cases)

    out.send(_compare(task, tell))


def _compare(task: _Task, progress: Progress | None) -> _Done:
    comparison, ids = Comparison(task.question), CaseIds()
    unreadable: list[InputUnreadable] = []
    share = Share(task.turn, task.jobs, BLOCK)
    for number, file in enumerate(task.files):
        try:
            for cases in comparison.read(file, number, ids, share):
                if progress is not None:
                    progress(cases)
        except InputUnreadable as error:
            unreadable.append(error)
            if task.turn == 0:
                place = error.where
                fault = Fault(error.reason, place.path, place.line)
                comparison.impact.faults.append(fault)
            comparison.impact.is_complete = False
    return _Done(comparison.impact, unreadable, comparison.broke_off)
