"""Reads exports case by case, for audits that are no scan, and notes all that can't be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from msp_rules.casework.case import Case, Fault, Supply, owner_of
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.visibility import CaseView, in_force
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.export_files import ExportFile
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.reading import CaseIds
from msp_rules.intake.source import CaseSource, InputFile, inputs_of, moment_of, open_cases
from msp_rules.intake.source import sources_in as sources_of
from msp_rules.rules.language.rule import Ruleset

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}").fullmatch
"""A code of an organisation; whatever else was typed there gets into no name of a stratum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFiles:
    """The exports of an audit, and how they are read."""

    exports: tuple[Path, ...]
    """Files, or folders of them."""
    ruleset: Ruleset
    """The rules with every layer over them."""
    mapping: CaseMapping | None = None
    """The mapping of a vendor's own exports; None for canonical ones."""
    as_of: Cutoff | None = None
    """The moment to judge at; None for that of the exports, which must have the same day."""
    vocabulary: Vocabulary | None = None
    """The words to read by; None for those of the ruleset."""


class ReadCase(NamedTuple):
    """A case as it stood, with the agency that held it."""

    case: Case
    """The case."""
    view: CaseView
    """Its events in force."""
    agency: str
    """The agency, such as `E10000016/council`; empty where the record does not say."""
    source: str
    """The name of the file."""


def supplies_of(files: CaseFiles) -> Iterator[Supply]:
    """Gives what each file declares, for those that hold a case; reads no more than the first."""
    for file in sources_of(files.exports, files.mapping):
        with _opened(file, files, CaseIds()) as source:
            first = next(iter(source), None)
        if first is not None:
            yield first.supply


def read_cases(files: CaseFiles, wanted: Callable[[str], bool]) -> Iterator[ReadCase]:
    """Reads the cases that are wanted, by id."""
    return (read for read in CaseReader(files).cases() if wanted(read.case.id))


class CaseReader:
    """Reads all cases once, and notes which can't be read."""

    def __init__(self, files: CaseFiles) -> None:
        self._files = files
        self.as_of = files.as_of
        """The moment of the exports; None until a case was read."""
        self.doubts: dict[str, str] = {}
        """The reasons for which a case may be missing or another's, by its id."""
        self.inputs: list[InputFile] = []
        """The files that were read."""
        self.faults: list[Fault] = []
        """All that could not be read, in the order of the files."""
        self.is_whole = True
        """False where a file ended early."""

    def cases(self) -> Iterator[ReadCase]:
        """Gives each case as it stood; raises InputUnreadable where the days of exports differ."""
        files, ids, seen = self._files, CaseIds(), set[str]()
        for file in sources_of(files.exports, files.mapping):
            with _opened(file, files, ids) as source:
                for case in source:
                    as_of = self._moment(source)
                    seen.add(case.id)
                    view = in_force(case, as_of)
                    yield ReadCase(case, view, _agency_of(case, source), source.name)
                day = date.fromordinal(self._moment(source).day).isoformat()
                self._note_faults(source, seen)
                self.inputs += inputs_of(file, source, day)

    def _moment(self, source: CaseSource) -> Cutoff:
        """Gives the moment of a source; all of them must have the same, or the draw has no day."""
        found = moment_of(source, self._files.as_of)
        if self.as_of is not None and found != self.as_of:
            raise InputUnreadable(
                "its reference_date is not that of the other exports; give --as-of DATE",
                SourceLocation(path=source.name),
            )
        self.as_of = found
        return found

    def _note_faults(self, source: CaseSource, seen: set[str]) -> None:
        """Notes cases that were never given, and ids of which nobody knows whose they are."""
        self.faults += source.faults
        early = source.truncation_fault
        if early is not None:
            self.is_whole = False
            if early not in self.faults:
                self.faults.append(early)
        for fault in source.faults:
            if fault.case is None:
                continue
            if fault.case not in seen:
                self.doubts[fault.case] = "its record can't be read"
            elif fault.event is None and "case id" in fault.reason:
                # Which of the two is judged depends on the order of the files; a draw must not.
                self.doubts[fault.case] = "its id is used by more than one case"


def _opened(file: ExportFile, files: CaseFiles, ids: CaseIds) -> AbstractContextManager[CaseSource]:
    return open_cases(
        file,
        mapping=files.mapping,
        vocabulary=files.vocabulary or files.ruleset.vocabulary,
        ids=ids,
        as_of=files.as_of,
        dates=files.ruleset.settings.dates,
    )


def _agency_of(case: Case, source: CaseSource) -> str:
    """Names the organisation and its kind; empty where either is not on record as a code."""
    kind = owner_of(case)[0]
    named = case.attributes.get("organisation")
    if named is None and "case.organisation" not in case.unknown and source.header is not None:
        named = source.header.organisation
    if not kind or not isinstance(named, str) or not _PLAIN(named):
        return ""
    return f"{named}/{kind}"
