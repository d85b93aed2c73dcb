"""Scans exports: one case after the other in, one result after the other out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from msp_rules.audit.findings import Auditor, Findings
from msp_rules.audit.measures import Measures
from msp_rules.audit.tally import Tally
from msp_rules.casework.case import Fault
from msp_rules.casework.moment import Cutoff, iso_date
from msp_rules.casework.visibility import in_force
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Answer
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.case_xml import CaseIds, ExportReader, Share, open_export
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.mapping.xml_source import MappedReader, open_mapped

BYTES_WORTH_A_PROCESS: Final = 16 * 1024 * 1024
"""Below this size of all inputs, starting a second process costs more than it saves (measured)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """All answers on one case, and what the audit draws from it."""

    case: str
    answers: tuple[Answer, ...]
    answered: int
    not_applicable: int
    findings: Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file that was read: its name (never its folder), hash and size."""

    name: str
    sha256: str
    size: int
    as_of: str


class BreakOff(NamedTuple):
    """A file that broke off: how many whole cases it had, and the fault that says so."""

    whole_cases: int
    fault: Fault


class Sink(Protocol):
    """Where results go. `render` may run in another process; `write` is called in case order."""

    @property
    def separator(self) -> bytes:
        """What stands between the bytes of two cases that are written at once."""
        ...

    @property
    def render(self) -> Callable[[CaseResult], bytes]:
        """What makes the bytes of one case; a pure function that can be pickled."""
        ...

    def write(self, rendered: bytes) -> None:
        """Takes the bytes of the next case, or of several in a row."""
        ...


@dataclass(slots=True)
class Scan:
    """A scan of one or more exports; `run` or iterate `results` once, then read the rest.

    `before_case` is called with the index of each case before anything of it is counted.
    `broke_off` says where the last file broke off, None where it did not. With a `mapping`, the
    files are a vendor's own and are read in one process, without shares.
    """

    engine: Engine
    as_of: Cutoff | None
    tally: Tally = field(default_factory=Tally)
    inputs: list[InputFile] = field(default_factory=list)
    progress: Callable[[int], None] | None = None
    before_case: Callable[[int], None] | None = None
    broke_off: BreakOff | None = None
    mapping: CaseMapping | None = None
    _unreadable: list[InputUnreadable] = field(default_factory=list)
    _ids: CaseIds = field(default_factory=CaseIds)

    def run(self, paths: Sequence[Path], sinks: Sequence[Sink]) -> None:
        """Scans in this process and hands every case to every sink.

        A file of which nothing can be read is a fault beside the others; raises InputUnreadable
        where nothing can be read of any.
        """
        for result in self.results(paths):
            for sink in sinks:
                sink.write(sink.render(result))

    def results(self, paths: Sequence[Path]) -> Iterator[CaseResult]:
        """The result of every case of every file, in order; raises as `run`."""
        for path in files_in(paths):
            first = len(self.tally.faults)
            try:
                for _, result in self.file_results(path):
                    yield result
                if self.broke_off is not None:
                    self.tally.add_faults([self.broke_off.fault])
            except InputUnreadable as error:
                self.note_unreadable(error)
            self.tally.faults[first:] = in_order(self.tally.faults[first:])
        self.refuse_if_nothing_read()

    def note_unreadable(self, error: InputUnreadable) -> None:
        """Makes a fault of a file of which nothing can be read."""
        self._unreadable.append(error)
        place = error.where
        self.tally.add_faults([Fault(error.reason, place.path, place.line)])

    def refuse_if_nothing_read(self) -> None:
        """Raises InputUnreadable if of no file anything could be read."""
        if self._unreadable and not self.inputs:
            raise self._unreadable[0]

    def file_results(
        self, path: Path, share: Share | None = None
    ) -> Iterator[tuple[int, CaseResult]]:
        """The results of a file's cases (those of a share) with their index; raises as `run`."""
        self.broke_off = None
        auditor, measures = Auditor(self.engine.ruleset), Measures(self.engine)
        with self._open(path, share) as reader:
            told = 0
            for case in reader:
                as_of = self._moment(reader)
                view = in_force(case, as_of)
                outcome = self.engine.evaluate_view(view)
                measured = measures.apply(case, as_of, outcome.answers)
                findings = auditor.findings(view, outcome._replace(answers=measured.answers))
                crashes = [f._replace(input=reader.name, line=case.line) for f in outcome.faults]
                if self.before_case is not None:
                    self.tally.add_faults(reader.faults[told : reader.faults_before_case])
                    told = reader.faults_before_case
                    self.before_case(reader.case_index)
                self.tally.add_faults([*reader.faults[told:], *crashes])
                told = len(reader.faults)
                not_applicable = self.tally.add_case(measured, findings)
                if self.progress is not None:
                    self.progress(self.tally.cases)
                yield (
                    reader.case_index,
                    CaseResult(
                        case=case.id,
                        answers=measured.answers,
                        answered=len(outcome.answers) + len(outcome.faults),
                        not_applicable=not_applicable,
                        findings=findings,
                    ),
                )
            self._end_file(reader, told)

    def _open(self, path: Path, share: Share | None) -> ExportReader | MappedReader:
        vocabulary = self.engine.ruleset.vocabulary
        if self.mapping is not None:
            return open_mapped(path, self.mapping, vocabulary=vocabulary, ids=self._ids)
        return open_export(path, vocabulary=vocabulary, ids=self._ids, share=share)

    def _end_file(self, reader: ExportReader | MappedReader, told: int) -> None:
        self.tally.add_faults(reader.faults[told:])
        if reader.broke_off is not None:
            self.broke_off = BreakOff(reader.cases_read, reader.broke_off)
        day = iso_date(self._moment(reader).day)
        self.inputs.append(
            InputFile(name=reader.name, sha256=reader.sha256, size=reader.bytes_read, as_of=day)
        )

    def _moment(self, reader: ExportReader | MappedReader) -> Cutoff:
        if self.as_of is not None:
            return self.as_of
        if reader.header is not None and reader.header.reference_date is not None:
            return reader.header.reference_date
        message = "the export has no reference_date; say --as-of DATE"
        raise InputUnreadable(message, SourceLocation(path=reader.name))


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """The faults of one file by line; those of the whole file last."""

    def place(fault: Fault) -> tuple[object, ...]:
        ids = (fault.case or "", fault.event or "", fault.rule or "")
        return (fault.line is None, fault.line or 0, *ids, fault.reason)

    return sorted(faults, key=place)


def files_in(paths: Sequence[Path]) -> list[Path]:
    """The files named, and the *.xml files of the folders named, in name order."""
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        found = sorted(path.rglob("*.xml"))
        if not found:
            message = "the folder holds no export (*.xml)"
            raise InputUnreadable(message, SourceLocation(path=path.name))
        files += found
    return files


def jobs_worth(paths: Sequence[Path]) -> int:
    """How many processes a scan is worth here: one for small inputs, else the usable cores."""
    size = sum(path.stat().st_size for path in files_in(paths) if path.is_file())
    if size < BYTES_WORTH_A_PROCESS:
        return 1
    usable = getattr(os, "sched_getaffinity", None)
    return min(len(usable(0)) if usable is not None else os.cpu_count() or 1, 8)
