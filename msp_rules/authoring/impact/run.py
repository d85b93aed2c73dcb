"""Compares two rulesets over exports, in one process or in several, with the same result.

Each process counts the cases of its own shard; counts add up, and rows are put in order at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from msp_rules.authoring.impact.comparison import Comparison, Impact, Question
from msp_rules.casework.case import Case, Fault
from msp_rules.casework.moments import iso_date
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_files import ExportFile
from msp_rules.intake.reading import CaseIds, Shard
from msp_rules.intake.source import (
    CaseSource,
    in_order,
    inputs_of,
    moment_of,
    open_cases,
    sources_in,
)
from msp_rules.intake.workers import BLOCK, Receive, Send, worker_pool

BYTES_WORTH_A_PROCESS: Final = 2 * 1024 * 1024
"""A replay does more with each case than a scan, so that a second process pays off sooner."""

Progress = Callable[[int], None]
"""Receives the number of cases compared so far."""


def impact_of(
    question: Question, paths: Sequence[Path], *, jobs: int = 1, progress: Progress | None = None
) -> Impact:
    """Counts what a change would do to the cases of some exports (files or folders).

    A file that can't be read at all is one more fault; raises InputUnreadable where none can be
    read, and MspRulesError where the two rulesets can't be compared.
    """
    run = _Run(question, sources_in(paths, question.mapping))
    if jobs == 1:
        found = run.compare(Shard(), progress)
    else:
        Comparison(question)  # what is wrong with the question is said once, here
        found = _together(run, jobs, progress)
    impact = found.impact
    if found.unreadable and not impact.inputs:
        raise found.unreadable[0]
    impact.rows.sort(key=lambda one: one[:2])
    impact.faults = [
        one for number in sorted(found.faults) for one in in_order(found.faults[number])
    ]
    return impact


@dataclass(slots=True)
class _Found:
    """Gathers what one process finds: `faults` by the number of their file.

    `is_truncated` says whether a file ended early, after whole cases.
    """

    impact: Impact
    faults: dict[int, list[Fault]] = field(default_factory=dict)
    unreadable: list[InputUnreadable] = field(default_factory=list)
    is_truncated: bool = False

    @property
    def refused(self) -> list[str]:
        """The refusals of files, in their order."""
        return [str(error) for error in self.unreadable]

    def add_faults(self, number: int, faults: Sequence[Fault]) -> None:
        """Notes faults of one file, which make the whole incomplete."""
        if faults:
            self.faults.setdefault(number, []).extend(faults)
            self.impact.is_complete = False

    def merge(self, other: _Found) -> None:
        """Adds what another process found."""
        self.impact.merge(other.impact)
        for number, faults in other.faults.items():
            self.add_faults(number, faults)


@dataclass(frozen=True, slots=True)
class _Run:
    """Reads all files and compares the cases of a shard; also what a process is given to do."""

    question: Question
    files: Sequence[ExportFile]

    def __call__(self, shard: Shard, send: Send[int | _Found], _receive: Receive) -> None:
        """Compares the cases of a shard and sends what it found; before that, how far it is."""

        def tell(cases: int) -> None:
            if cases % BLOCK == 0:
                send(cases)

        send(self.compare(shard, tell))

    def compare(self, shard: Shard, progress: Progress | None) -> _Found:
        """Compares the cases of a shard."""
        comparison, ids = Comparison(self.question), CaseIds()
        found = _Found(comparison.impact)
        for number, file in enumerate(self.files):
            try:
                with open_cases(
                    file,
                    mapping=self.question.mapping,
                    vocabulary=comparison.vocabulary,
                    ids=ids,
                    shard=shard,
                    as_of=self.question.as_of,
                    dates=comparison.dates,
                ) as source:
                    self._read(source, number, comparison, found, progress)
                    as_of = moment_of(source, self.question.as_of)
                if source.truncation_fault is not None:
                    found.add_faults(number, [source.truncation_fault])
                    found.is_truncated = True
                comparison.impact.inputs += inputs_of(file, source, iso_date(as_of.day))
            except InputUnreadable as error:
                found.unreadable.append(error)
                found.impact.is_complete = False
                if shard.reader == 0:
                    place = error.where
                    found.add_faults(number, [Fault(error.reason, place.path, place.line)])
        return found

    def _read(
        self,
        source: CaseSource,
        number: int,
        comparison: Comparison,
        found: _Found,
        progress: Progress | None,
    ) -> None:
        reported = 0
        for case in source:
            as_of = moment_of(source, self.question.as_of)
            faults = comparison.compare(case, as_of, number, source.case_index)
            found.add_faults(number, source.faults[reported:])
            found.add_faults(number, _placed(faults, source, case))
            reported = len(source.faults)
            comparison.impact.cases += 1
            if progress is not None:
                progress(comparison.impact.cases)
        found.add_faults(number, source.faults[reported:])


def _placed(faults: Sequence[Fault], source: CaseSource, case: Case) -> list[Fault]:
    """Gives the faults of rules, which know no place, that of their case; each once."""
    placed = [fault._replace(input=source.name, line=case.line) for fault in faults]
    return list(dict.fromkeys(placed))


def _together(run: _Run, jobs: int, progress: Progress | None) -> _Found:
    """Compares in several processes."""
    counts, found = [0] * jobs, dict[int, _Found]()
    with worker_pool(run, jobs, called="run") as pool:
        while len(found) < jobs:
            for worker in sorted(set(range(jobs)) - found.keys()):
                message = pool.next_of(worker)
                if isinstance(message, _Found):
                    found[worker] = message
                else:
                    counts[worker] = message
            if progress is not None:
                progress(sum(counts))
    # The first one alone has the hashes of the files, whichever is done first.
    first, *others = (found[worker] for worker in range(jobs))
    if any(one.is_truncated or one.refused != first.refused for one in (first, *others)):
        # Where a file can't be read on, only one reader knows for sure what came before it.
        return run.compare(Shard(), progress)
    for other in others:
        first.merge(other)
    return first
