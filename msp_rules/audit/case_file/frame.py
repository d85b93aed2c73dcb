"""Reads exports for a case-file audit: which cases a sample may be drawn from, and those drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from msp_rules.audit.case_file.draw import Candidate
from msp_rules.audit.case_file.population import Doubt, Theme, belongs
from msp_rules.casework.case import NOT_A_NAME, Case, owner_of
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.visibility import CaseView, in_force
from msp_rules.errors import InputUnreadable, SourceLocation
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


class Candidates(NamedTuple):
    """The cases that a sample may be drawn from."""

    as_of: Cutoff
    """The moment as of which the cases were read."""
    candidates: tuple[Candidate, ...]
    """The cases that belong, and those of which that is not known, by id."""
    inputs: tuple[InputFile, ...]
    """The files that were read, by name."""
    is_whole: bool
    """False where a file ended early: cases behind its end are in no stratum."""


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


def frame_of(files: CaseFiles, months: int, theme: Theme | None = None) -> Candidates:
    """Reads all cases and keeps those that belong to the population, or may.

    Raises InputUnreadable where nothing can be read, and where the exports have different days.
    """
    found: dict[str, Candidate] = {}
    reader = CaseReader(files)
    for read in reader.cases():
        said = belongs(read.view, months, theme)
        if said is False:
            continue
        team = owner_of(read.case)[1]
        found[read.case.id] = Candidate(
            case=read.case.id,
            agency=read.agency,
            team="" if team == NOT_A_NAME else team,
            doubt=said if isinstance(said, Doubt) else "",
        )
    for case, doubt in reader.doubts.items():
        found[case] = Candidate(case=case, doubt=doubt)
    assert reader.as_of is not None  # a source without a moment is refused
    return Candidates(
        reader.as_of,
        tuple(found[case] for case in sorted(found)),
        tuple(sorted(reader.inputs, key=lambda one: (one.name, one.sha256))),
        reader.is_whole,
    )


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
        self.is_whole = True
        """False where a file ended early."""

    def cases(self) -> Iterator[ReadCase]:
        """Gives each case as it stood; raises InputUnreadable where the days of exports differ."""
        files, ids, seen = self._files, CaseIds(), set[str]()
        for file in sources_of(files.exports, files.mapping):
            source = open_cases(
                file,
                mapping=files.mapping,
                vocabulary=files.ruleset.vocabulary,
                ids=ids,
                as_of=files.as_of,
                dates=files.ruleset.settings.dates,
            )
            with source:
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
        self.is_whole = self.is_whole and source.truncation_fault is None
        for fault in source.faults:
            if fault.case is None:
                continue
            if fault.case not in seen:
                self.doubts[fault.case] = "its record can't be read"
            elif fault.event is None and "case id" in fault.reason:
                # Which of the two is judged depends on the order of the files; a draw must not.
                self.doubts[fault.case] = "its id is used by more than one case"


def _agency_of(case: Case, source: CaseSource) -> str:
    """Names the organisation and its kind; empty where either is not on record as a code."""
    kind = owner_of(case)[0]
    named = case.attributes.get("organisation")
    if named is None and "case.organisation" not in case.unknown and source.header is not None:
        named = source.header.organisation
    if not kind or not isinstance(named, str) or not _PLAIN(named):
        return ""
    return f"{named}/{kind}"


def names_of(inputs: Sequence[InputFile]) -> list[dict[str, object]]:
    """Lists files as the documents of an audit hold them."""
    return [{"name": one.name, "sha256": one.sha256, "bytes": one.size} for one in inputs]
