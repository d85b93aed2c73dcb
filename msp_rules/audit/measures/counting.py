"""Adds up the measures: by part, agency, quarter, capacity and partner, with the cases of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from msp_rules.audit.case_audit import CaseAudit
from msp_rules.audit.case_reader import CaseFiles, CaseReader, ReadCase
from msp_rules.audit.measures.definitions import MEASURES
from msp_rules.audit.measures.no_enquiry import ConcernsWithoutEnquiry
from msp_rules.audit.measures.not_met import OutcomeNotMet, outcomes_not_met
from msp_rules.audit.measures.units import CaseUnits, Unit, units_in
from msp_rules.audit.national_return.enquiries import COUNTED_TYPES, reasons_not_whole
from msp_rules.audit.people import person_of
from msp_rules.casework.case import Fault
from msp_rules.casework.moments import Cutoff
from msp_rules.intake.source import InputFile

GROUPINGS: Final = ("agency", "quarter", "capacity", "partner")
"""The ways in which a part is divided; a partner only where the unit is a concern."""
NOT_SAID: Final = "not recorded"
"""The group of what the record does not place."""

PartKey = tuple[str, str]
"""The id of a measure and the name of a part."""


@dataclass(slots=True)
class PartCount:
    """The count of a part, or of one group of it."""

    numerator: int = 0
    """The units that are counted."""
    denominator: int = 0
    """The units of which they are counted."""
    counted: list[str] = field(default_factory=list)
    """The cases with a unit that is counted, by id, in the order in which they were added."""
    not_counted: list[str] = field(default_factory=list)
    """The cases with a unit of the base that is not counted."""

    def add(self, case: str, counts: bool) -> None:
        """Adds a unit of a case."""
        self.numerator += counts
        self.denominator += 1
        cases = self.counted if counts else self.not_counted
        # All units of a case come together: a list of names is a small part of what a table is.
        if not cases or cases[-1] != case:
            cases.append(case)


@dataclass(slots=True)
class _Person:
    """An adult of one or more cases: the first of them, and what any of them says."""

    case: str
    known: set[str] = field(default_factory=set)


class MeasureCounts:
    """Adds up units, of any cases in any order."""

    def __init__(self) -> None:
        self.parts: dict[PartKey, PartCount] = {
            (measure, part): PartCount()
            for measure, definition in MEASURES.items()
            for part in definition.parts
        }
        """The counts of all cases."""
        self.groups: dict[PartKey, dict[str, dict[str, PartCount]]] = {
            key: {grouping: {} for grouping in GROUPINGS} for key in self.parts
        }
        """The counts by grouping and by the name of the group."""
        self.left_out: dict[PartKey, Counter[str]] = {key: Counter() for key in self.parts}
        """The units left out, by reason."""
        self.not_counted: list[tuple[str, str]] = []
        """The cases that could not be counted whole, with the reason."""
        self.no_enquiry = ConcernsWithoutEnquiry()
        """The concerns that became no enquiry."""
        self.not_met: list[OutcomeNotMet] = []
        """The outcomes that were not met, or in part."""
        self.cases = 0
        """The cases that were read."""
        self._people: dict[str, _Person] = {}

    def add(self, read: ReadCase, colours: Mapping[str, str]) -> None:
        """Adds a case, with the colours of its audit questions by code."""
        self.cases += 1
        case = read.case.id
        units = CaseUnits(read.view)
        for unit in units_in(units):
            self._add(case, read.agency, unit)
        self.no_enquiry.add(read)
        self.not_met += outcomes_not_met(read.view, units.capacity)
        for question, colour in colours.items():
            for each in ("green", "amber", "red", "grey"):
                part = f"{question}_{each}"
                if ("M14", part) in self.parts and colour != "none":
                    self._add(case, read.agency, Unit("M14", part, 0, colour == each))
        self._add_person(read)
        self.not_counted += [(case, reason) for reason in reasons_not_whole(read.view)]

    def finish(self) -> None:
        """Counts the people, once all cases have been added."""
        for person in self._people.values():
            for part, name in _EQUALITY.items():
                self._add(person.case, "", Unit("M16", part, 0, name in person.known))
            self._add(person.case, "", Unit("M16", "all", 0, len(person.known) == len(_EQUALITY)))

    def _add(self, case: str, agency: str, unit: Unit) -> None:
        key = unit.measure, unit.part
        if unit.left_out:
            self.left_out[key][unit.left_out] += 1
            return
        self.parts[key].add(case, unit.counts)
        places = {
            "agency": agency or NOT_SAID,
            "quarter": quarter_of(unit.day) if unit.day else _DAYLESS.get(unit.measure, NOT_SAID),
            "capacity": unit.capacity,
            "partner": unit.partner,
        }
        for grouping, name in places.items():
            if name and unit.measure not in _UNPLACED:
                group = self.groups[key][grouping].setdefault(name, PartCount())
                group.add(case, unit.counts)

    def _add_person(self, read: ReadCase) -> None:
        adult = read.case.adult
        person = self._people.setdefault(person_of(read.case), _Person(read.case.id))
        person.known |= {
            name for name in _EQUALITY.values() if adult.get(name) not in (None, "not_known")
        }


_UNPLACED: Final = ("M16",)
_DAYLESS: Final = {"M14": ""}
"""The measures whose units have no day by their nature: they are in no group of it."""
_EQUALITY: Final = {"age": "age_band", "gender": "gender", "ethnicity": "ethnicity"}


def quarter_of(day: int) -> str:
    """Names the quarter of a year that a day (ordinal) lies in, such as `2026-Q1`."""
    found = date.fromordinal(day)
    return f"{found.year}-Q{(found.month + 2) // 3}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardMeasures:
    """The measures of a set of exports."""

    counts: MeasureCounts
    """The counts."""
    as_of: Cutoff
    """The moment as of which the cases were read."""
    inputs: tuple[InputFile, ...]
    """The files that were read."""
    is_whole: bool
    """False where a case or a file could not be read or counted whole."""
    faults: tuple[Fault, ...]
    """All that could not be read, in the order of the files."""
    not_supplied: tuple[str, ...]
    """The event types that matter here and that the sources of some cases can't supply."""


def count_measures(files: CaseFiles) -> BoardMeasures:
    """Reads the exports and counts; raises MspRulesError where they can't be read."""
    reader, counts, lacking = CaseReader(files), MeasureCounts(), set[str]()
    audit = CaseAudit(files.ruleset)
    for read in reader.cases():
        found = audit.of(read.case, read.view.as_of, read.source)
        colours = {code: rating.colour for code, rating in found.findings.audit.items()}
        counts.add(read, colours)
        supply = read.case.supply
        lacking.update(name for name in COUNTED_TYPES if not supply.has_type(name))
    counts.finish()
    assert reader.as_of is not None  # a source without a moment is refused
    counts.not_counted += sorted(reader.doubts.items())
    return BoardMeasures(
        counts=counts,
        as_of=reader.as_of,
        inputs=tuple(sorted(reader.inputs, key=lambda one: (one.name, one.sha256))),
        is_whole=reader.is_whole and not reader.faults and not counts.not_counted,
        faults=tuple(reader.faults),
        not_supplied=tuple(sorted(lacking)),
    )


def parts_of(measure: str) -> Iterator[PartKey]:
    """Gives the keys of the parts of a measure, its headline first."""
    return ((measure, part) for part in MEASURES[measure].parts)
