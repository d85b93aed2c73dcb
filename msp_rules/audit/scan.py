"""Scans exports: one case after the other in, one result after the other out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from msp_rules.audit.case_audit import Auditor, Findings
from msp_rules.audit.result import ScanResult
from msp_rules.audit.tally import Tally
from msp_rules.casework.case import Case, Fault, Holder, holder_of
from msp_rules.casework.moments import Cutoff, iso_date
from msp_rules.casework.visibility import in_force
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Answer
from msp_rules.engine.waivers import Measures
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_files import ExportFile, UnpackLimits
from msp_rules.intake.exports import in_order, sources_in
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.reading import CaseIds, Share
from msp_rules.intake.source import CaseSource, InputFile, inputs_of, moment_of, open_cases


@dataclass(slots=True, kw_only=True)  # not frozen: that doubles its cost, for every case
class CaseResult:
    """All answers on one case, and what the audit draws from it; nobody changes it."""

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


class Position(NamedTuple):
    """How far a scan is: every file before `file`, and in that one every case before `case`."""

    file: int = 0
    case: int = 0


class Interrupted(Exception):
    """Somebody asked the scan to stop; what came before its position is written and counted."""


@dataclass(slots=True)
class Scan:
    """A scan of one or more exports; `run` or iterate `results` once, then read the rest.

    `before_case` is called with the index of each case before anything of it is counted; `at_rest`
    whenever all before `position` is written and counted, and nothing after it: it may end the scan
    by raising Interrupted. `whole_cases` has the number of cases of each file before the position,
    `first_fault` is the place of the first fault of the file under way, `bytes_before` counts the
    bytes on disk of the files before it, `bytes_seen` what another process has read. `broke_off`
    says where the last file broke off, None where it did not. With a `mapping`, the files are a
    vendor's own.
    """

    engine: Engine
    as_of: Cutoff | None
    tally: Tally = field(default_factory=Tally)
    inputs: list[InputFile] = field(default_factory=list)
    unreadable: list[InputUnreadable] = field(default_factory=list)
    position: Position = Position()
    whole_cases: list[int] = field(default_factory=list)
    first_fault: int = 0
    bytes_before: int = 0
    bytes_seen: int = 0
    progress: Callable[[Scan], None] | None = None
    before_case: Callable[[int], None] | None = None
    at_rest: Callable[[], None] | None = None
    broke_off: BreakOff | None = None
    mapping: CaseMapping | None = None
    limits: UnpackLimits = field(default_factory=UnpackLimits)
    _ids: CaseIds = field(default_factory=CaseIds)
    _place: Callable[[], int] | None = None
    _auditor: Auditor = field(init=False)
    _measures: Measures = field(init=False)

    def __post_init__(self) -> None:
        self._auditor, self._measures = Auditor(self.engine.ruleset), Measures(self.engine)

    @property
    def bytes_read(self) -> int:
        """How many bytes on disk are read, those of the file under way included."""
        if self._place is None:
            return max(self.bytes_before, self.bytes_seen)
        return self.bytes_before + self._place()

    def result(self) -> ScanResult:
        """Gives what the scan has come to so far."""
        return ScanResult(
            ruleset=self.engine.ruleset,
            matcher_name=self.engine.matcher_name,
            calendar_sha256=self.engine.clock.calendar.sha256(),
            tally=self.tally,
            inputs=tuple(self.inputs),
            unreadable=tuple(self.unreadable),
            mapping=self.mapping,
        )

    def run(self, paths: Sequence[Path], sinks: Sequence[Sink]) -> None:
        """Scans in this process and hands every case to every sink.

        Begins at `position`. A file of which nothing can be read is a fault beside the others;
        raises InputUnreadable where nothing can be read of any.
        """
        for result in self.results(paths):
            for sink in sinks:
                sink.write(sink.render(result))

    def results(self, paths: Sequence[Path]) -> Iterator[CaseResult]:
        """The result of every case of every file, in order; begins, and raises, as `run`."""
        start = self.position
        for number, file in enumerate(sources_in(paths, self.mapping, self.limits)):
            if number < start.file:
                self.pass_over(file, self.whole_cases[number])
                continue
            share = Share(first=start.case if number == start.file else 0)
            if not share.first:
                self.begin_file()
            try:
                for _, result in self.file_results(file, share):
                    yield result
                if self.broke_off is not None:
                    self.tally.add_faults([self.broke_off.fault])
            except InputUnreadable as error:
                self.note_unreadable(error)
            self.end_file(file)
        self.refuse_if_nothing_read()

    def begin_file(self) -> None:
        """Notes where the faults of the next file begin."""
        self.first_fault = len(self.tally.faults)
        self.rest(0)

    def end_file(self, file: ExportFile) -> None:
        """Puts the faults of a file in order; the position is the next file's."""
        self._place = None
        faults = self.tally.faults
        faults[self.first_fault :] = in_order(faults[self.first_fault :])
        self.bytes_before += file.size
        self.position = Position(self.position.file + 1)

    def note_unreadable(self, error: InputUnreadable) -> None:
        """Makes a fault of a file of which nothing can be read."""
        del self.tally.faults[self.first_fault :]
        self.unreadable.append(error)
        self.whole_cases.append(0)
        place = error.where
        self.tally.add_faults([Fault(error.reason, place.path, place.line)])

    def refuse_if_nothing_read(self) -> None:
        """Raises InputUnreadable if of no file anything could be read."""
        if self.unreadable and not self.inputs:
            raise self.unreadable[0]

    def pass_over(self, file: ExportFile, cases: int) -> None:
        """Takes note of the ids of a file's first cases, and judges none."""
        try:
            with self._open(file, Share(first=cases)) as reader:
                for _ in reader:
                    if reader.case_index >= cases:
                        break
        except InputUnreadable:
            pass  # it was told when the file was read
        self.bytes_before += file.size

    def file_results(
        self, file: ExportFile, share: Share | None = None
    ) -> Iterator[tuple[int, CaseResult]]:
        """The results of a file's cases (those of a share) with their index; raises as `run`."""
        self.broke_off = None
        share = share or Share()
        with self._open(file, share) as reader:
            told = 0

            def begin_case(index: int) -> None:
                nonlocal told
                # What stands before the first case of a resumed scan is counted already.
                if share.first == 0 or index > share.first:
                    self.tally.add_faults(reader.faults[told:])
                told = len(reader.faults)
                if self.before_case is not None and index >= share.first:
                    self.before_case(index)
                if index > share.first:
                    self.rest(index)

            reader.before_case = begin_case
            for case in reader:
                if reader.case_index < share.first:
                    continue
                result, crashes = self._judge(case, reader)
                self.tally.add_faults([*reader.faults[told:], *crashes])
                told = len(reader.faults)
                self._count_unmapped(reader)
                if self.progress is not None:
                    self.progress(self)
                yield reader.case_index, result
            self._end_reading(file, reader, told, share)

    def rest(self, case: int) -> None:
        """Says that all before a case of the file under way is written and counted."""
        self.position = Position(self.position.file, case)
        if self.at_rest is not None:
            self.at_rest()

    def _judge(self, case: Case, reader: CaseSource) -> tuple[CaseResult, list[Fault]]:
        """The result of a case, which is counted, and the faults of rules that gave no answer."""
        as_of = moment_of(reader, self.as_of)
        view = in_force(case, as_of)
        outcome = self.engine.evaluate_view(view)
        measured = self._measures.apply(case, as_of, outcome.answers)
        if measured.answers is not outcome.answers:
            outcome = outcome._replace(answers=measured.answers)
        findings = self._auditor.findings(view, outcome)
        holder = holder_of(case)
        result = CaseResult(
            case=case.id,
            answers=measured.answers,
            answered=len(outcome.answers) + len(outcome.faults),
            not_applicable=self.tally.add_case(measured, findings, holder),
            findings=findings,
            holder=holder,
        )
        self.tally.coverage.add_case(case)
        return result, [f._replace(input=reader.name, line=case.line) for f in outcome.faults]

    def _open(self, file: ExportFile, share: Share) -> CaseSource:
        source = open_cases(
            file,
            mapping=self.mapping,
            vocabulary=self.engine.ruleset.vocabulary,
            ids=self._ids,
            share=share,
        )
        self._place = lambda: source.position
        return source

    def _count_unmapped(self, reader: CaseSource) -> None:
        if reader.unmapped:
            self.tally.unmapped.update(reader.unmapped)
            reader.unmapped.clear()

    def _end_reading(self, file: ExportFile, reader: CaseSource, told: int, share: Share) -> None:
        self.tally.add_faults(reader.faults[told:])
        if reader.broke_off is not None:
            self.broke_off = BreakOff(reader.cases_read, reader.broke_off)
        self._count_unmapped(reader)
        day = iso_date(moment_of(reader, self.as_of).day)
        self.whole_cases.append(reader.cases_read)
        self.inputs += inputs_of(file, reader, day, is_hashed=share.turn == 0)
