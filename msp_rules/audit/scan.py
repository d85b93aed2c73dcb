"""Scans exports: one case after the other in, one result after the other out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from msp_rules.audit.findings import Auditor, Findings
from msp_rules.audit.tally import Holder, Tally, holder_of
from msp_rules.casework.case import Fault
from msp_rules.casework.moment import Cutoff, iso_date
from msp_rules.casework.visibility import in_force
from msp_rules.engine.engine import Engine
from msp_rules.engine.measures import Measures
from msp_rules.engine.verdict import Answer
from msp_rules.errors import InputUnreadable
from msp_rules.intake.case_xml import CaseIds, ExportReader, Share, open_export
from msp_rules.intake.exports import InputFile, files_in, in_order, moment_of
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.mapping.xml_source import MappedReader, open_mapped


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """All answers on one case, and what the audit draws from it."""

    case: str
    answers: tuple[Answer, ...]
    answered: int
    not_applicable: int
    findings: Findings
    holder: Holder


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
                as_of = moment_of(reader, self.as_of)
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
                holder = holder_of(case)
                not_applicable = self.tally.add_case(measured, findings, holder)
                self.tally.coverage.add_case(case)
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
                        holder=holder,
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
        day = iso_date(moment_of(reader, self.as_of).day)
        self.inputs.append(
            InputFile(name=reader.name, sha256=reader.sha256, size=reader.bytes_read, as_of=day)
        )
