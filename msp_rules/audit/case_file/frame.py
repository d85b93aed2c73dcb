"""Reads exports for a case-file audit: which cases a sample may be drawn from, and those drawn."""

from __future__ import annotations

from typing import NamedTuple

from msp_rules.audit.case_file.draw import Candidate
from msp_rules.audit.case_file.population import Doubt, Theme, belongs
from msp_rules.audit.case_reader import CaseFiles, CaseReader
from msp_rules.casework.case import NOT_A_NAME, owner_of
from msp_rules.casework.moments import Cutoff
from msp_rules.intake.source import InputFile


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
