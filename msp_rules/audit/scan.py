"""Scans exports: one case after the other in, one result after the other out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msp_rules.audit.rating import Rating, rate
from msp_rules.casework.case import Fault
from msp_rules.casework.moment import Cutoff, iso_date
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.case_xml import ExportReader, open_export
from msp_rules.rules.rule import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """All answers on one case, and its audit questions."""

    case: str
    answers: tuple[Answer, ...]
    answered: int
    not_applicable: int
    audit: Mapping[str, Rating]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file that was read: its name (never its folder), hash and size."""

    name: str
    sha256: str
    size: int
    as_of: str


@dataclass(slots=True)
class Scan:
    """A scan of one or more exports; iterate `results` once, then read the rest.

    `worst` is the highest severity with a `not_met`, None without one.
    """

    engine: Engine
    as_of: Cutoff | None
    faults: list[Fault] = field(default_factory=list)
    inputs: list[InputFile] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    by_rule: dict[str, Counter[str]] = field(default_factory=dict)
    cases: int = 0
    is_complete: bool = True
    worst: Severity | None = None
    progress: Callable[[int], None] | None = None
    _seen: dict[str, str] = field(default_factory=dict)

    def results(self, paths: Sequence[Path]) -> Iterator[CaseResult]:
        """The result of every case of every file, in order.

        Raises InputUnreadable for the first file of which nothing can be read.
        """
        for path in files_in(paths):
            with open_export(path) as reader:
                yield from self._file(reader)

    def _file(self, reader: ExportReader) -> Iterator[CaseResult]:
        told = 0
        as_of: Cutoff | None = self.as_of
        for case in reader:
            if as_of is None:
                as_of = self._reference_date(reader)
            first = self._seen.setdefault(case.id, reader.name)
            if first != reader.name:
                reason = f"this case id stands in {first} too; the second case is not judged"
                self._fault(Fault(reason, reader.name, case.line, case.id))
                continue
            told = self._take_faults(reader, told)
            outcome = self.engine.evaluate(case, as_of)
            for fault in outcome.faults:
                self._fault(fault._replace(input=reader.name, line=case.line))
            yield self._result(case.id, outcome.answers, outcome.faults)
        if as_of is None:
            as_of = self._reference_date(reader)
        self._take_faults(reader, told)
        self.is_complete = self.is_complete and reader.is_complete
        self.inputs.append(
            InputFile(
                name=reader.name,
                sha256=reader.sha256,
                size=reader.bytes_read,
                as_of=iso_date(as_of.day),
            )
        )

    def _reference_date(self, reader: ExportReader) -> Cutoff:
        if reader.header is not None and reader.header.reference_date is not None:
            return reader.header.reference_date
        message = "the export has no reference_date; say --as-of DATE"
        raise InputUnreadable(message, SourceLocation(path=reader.name))

    def _take_faults(self, reader: ExportReader, told: int) -> int:
        for fault in reader.faults[told:]:
            self._fault(fault)
        return len(reader.faults)

    def _fault(self, fault: Fault) -> None:
        self.faults.append(fault)
        self.is_complete = False

    def _result(
        self, case_id: str, answers: tuple[Answer, ...], faults: tuple[Fault, ...]
    ) -> CaseResult:
        self.cases += 1
        if self.progress is not None:
            self.progress(self.cases)
        not_applicable = 0
        for answer in answers:
            verdict = answer.verdict.value
            self.verdicts[verdict] += 1
            self.by_rule.setdefault(answer.rule, Counter())[verdict] += 1
            if answer.verdict is Verdict.NOT_APPLICABLE:
                not_applicable += 1
            elif answer.verdict is Verdict.NOT_MET:
                severity = Severity(answer.severity)
                if self.worst is None or severity.rank > self.worst.rank:
                    self.worst = severity
        return CaseResult(
            case=case_id,
            answers=answers,
            answered=len(answers) + len(faults),
            not_applicable=not_applicable,
            audit=rate(answers, faults, self.engine.ruleset),
        )


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
