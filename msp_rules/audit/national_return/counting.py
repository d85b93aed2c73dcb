"""Counts the tables of the national return, case by case, and notes what could not be counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from msp_rules.audit.national_return.concluded import ConcludedAnswers, answers_of
from msp_rules.audit.national_return.enquiries import (
    Enquiry,
    EnquiryKind,
    day_of,
    enquiries_of,
    reasons_not_whole,
    sure,
)
from msp_rules.audit.national_return.labels import (
    AGE_BANDS,
    ETHNICITIES,
    GENDERS,
    NOT_KNOWN,
    SUPPORT_REASONS,
    SUPPORTED,
    TOTAL,
)
from msp_rules.audit.people import person_of
from msp_rules.casework.visibility import CaseView

CONCERNS: Final = "concerns"
"""The group of people about whom a concern was raised, beside the kinds of enquiry."""

Cell = tuple[str, str, str, str]
"""Table, row, kind of enquiry (or `CONCERNS`), and column; empty where a table has none."""


class ReturnYear(NamedTuple):
    """A year of the return, from 1 April to 31 March, as days (ordinals), both in."""

    name: str
    """The name, such as `2025-26`."""
    first: int
    """The first day."""
    last: int
    """The last day."""

    def holds(self, day: int) -> bool:
        """Tells whether a day lies in the year."""
        return self.first <= day <= self.last


def year_named(name: str) -> ReturnYear | None:
    """Reads the name of a year such as `2025-26`; None for any other text."""
    first, _, last = name.partition("-")
    if not (len(first) == 4 and len(last) == 2 and (first + last).isascii()):
        return None
    if not (first + last).isdigit() or (int(first) + 1) % 100 != int(last) or first < "1900":
        return None
    year = int(first)
    return ReturnYear(name, date(year, 4, 1).toordinal(), date(year + 1, 3, 31).toordinal())


class EnquiryRow(NamedTuple):
    """An enquiry that was concluded in the year, with its answers."""

    case: str
    """The id of the case."""
    enquiry: Enquiry
    """Its days, kind and entries."""
    age: str
    """The row of SG1a."""
    answers: ConcludedAnswers
    """The answers."""
    has_concern: bool
    """False where no concern is on record by the day on which it began (V5)."""
    supported_unasked: bool
    """True where support is on record and whether capacity was lacked is not (V2)."""


class NotCounted(NamedTuple):
    """A case that could not be counted, or only in part."""

    case: str
    """The id of the case."""
    reason: str
    """The reason, in a sentence without content of the record."""


class Person:
    """The adult of one or more cases, as the tables that count people need them."""

    __slots__ = ("age", "ethnicity", "gender", "groups", "reasons", "seen")

    def __init__(self) -> None:
        self.groups: set[str] = set()
        """Says in which groups the adult is counted: `CONCERNS`, and kinds of enquiry."""
        self.seen = -1
        """The day of the newest case whose particulars were read."""
        self.age = NOT_KNOWN
        """The row of SG1a, from the newest case that has one."""
        self.gender = NOT_KNOWN
        """The row of SG1b, likewise."""
        self.ethnicity = ETHNICITIES["not_known"]
        """The row of SG1c, likewise."""
        self.reasons: set[tuple[str, str]] = set()
        """The groups and rows of SG1d."""


class ReturnCounts:
    """Adds up cases: counts by cell, concluded enquiries, and what could not be counted."""

    def __init__(self, year: ReturnYear) -> None:
        self.year = year
        """The year."""
        self.cells: Counter[Cell] = Counter()
        """The counts, without those of people, which `people_cells` gives."""
        self.enquiries: list[EnquiryRow] = []
        """The enquiries that were concluded in the year."""
        self.begun: Counter[EnquiryKind] = Counter()
        """The enquiries begun in the year, by kind."""
        self.not_counted: list[NotCounted] = []
        """The cases that could not be counted, or only in part."""
        self.decided_only: list[str] = []
        """The cases with a decision in the year to enquire, and no enquiry begun."""
        self._people: dict[str, Person] = {}
        self.without_ref = 0
        """The cases whose adult has no `ref`: each counts as a person of its own."""

    def add(self, view: CaseView) -> None:
        """Adds a case as it stood."""
        case = view.case.id
        for reason in reasons_not_whole(view):
            self.note(case, reason)
        groups = set[str]()
        concerns = sum(self.year.holds(day_of(one)) for one in sure(view, "concern_raised"))
        self.cells["SG1f", "Total Number of Safeguarding Concerns", "", ""] += concerns
        if concerns:
            groups.add(CONCERNS)
        found = enquiries_of(view)
        for one in found:
            if self.year.holds(one.begun):
                self.begun[one.kind] += 1
                self.cells["SG1f", _OF_KIND[one.kind], "", ""] += 1
                groups.add(one.kind.value)
            if self.year.holds(one.concluded):
                self._add_concluded(view, one)
        if not found and any(
            self.year.holds(day_of(one)) and one.fields.get("result") in _TO_ENQUIRE
            for one in sure(view, "s42_decided")
        ):
            self.decided_only.append(case)
        if groups:
            self._add_person(view, groups)

    def note(self, case: str, reason: str) -> None:
        """Notes a case that could not be counted, or not surely."""
        self.not_counted.append(NotCounted(case, reason))

    def people_cells(self) -> Counter[Cell]:
        """Counts SG1a to SG1d: each person once for each group, in SG1d once for each reason."""
        found = Counter[Cell]()
        for person in self._people.values():
            for group in person.groups:
                found["SG1a", person.age, group, ""] += 1
                found["SG1b", person.gender, group, ""] += 1
                found["SG1c", person.ethnicity, group, ""] += 1
            for group, reason in person.reasons:
                found["SG1d", reason, group, ""] += 1
        return found

    @property
    def people(self) -> int:
        """The number of people about whom there was a concern or an enquiry in the year."""
        return len(self._people)

    def _add_concluded(self, view: CaseView, enquiry: Enquiry) -> None:
        answers = answers_of(view, enquiry)
        age = _age(view)
        conclusion = enquiry.conclusion
        has_support = conclusion is not None and bool(conclusion.fields.get("supported_by"))
        self.enquiries.append(
            EnquiryRow(
                case=view.case.id,
                enquiry=enquiry,
                age=age,
                answers=answers,
                has_concern=any(
                    day_of(one) <= (enquiry.begun or enquiry.concluded)
                    for one in sure(view, "concern_raised")
                ),
                supported_unasked=has_support and answers.capacity not in _YES_AND_NO,
            )
        )
        kind = enquiry.kind.value
        for table, row, column in _cells_of(answers, age):
            self.cells[table, row, kind, column] += 1

    def _add_person(self, view: CaseView, groups: set[str]) -> None:
        adult = view.case.adult
        self.without_ref += "ref" not in adult
        person = self._people.setdefault(person_of(view.case), Person())
        person.groups |= groups
        reason = SUPPORT_REASONS.get(str(adult.get("support_reason")), NOT_KNOWN)
        person.reasons |= {(group, reason) for group in groups}
        days = [day_of(one) for events in view.by_type for one in sure(view, events)]
        newest = max(days, default=0)
        is_newer = newest > person.seen
        if is_newer:
            person.seen = newest
        if (age := _age(view)) != NOT_KNOWN and (is_newer or person.age == NOT_KNOWN):
            person.age = age
        gender = GENDERS.get(str(adult.get("gender")))
        if gender is not None and (is_newer or person.gender == NOT_KNOWN):
            person.gender = gender
        ethnicity = ETHNICITIES.get(str(adult.get("ethnicity")), ETHNICITIES["not_known"])
        unknown = ETHNICITIES["not_known"]
        if ethnicity != unknown and (is_newer or person.ethnicity == unknown):
            person.ethnicity = ethnicity


_TO_ENQUIRE: Final = ("s42_enquiry", "other_enquiry")
_OF_KIND: Final = {
    EnquiryKind.SECTION_42: "Section 42 Safeguarding Enquiries",
    EnquiryKind.OTHER: "Other Safeguarding Enquiries",
    EnquiryKind.NOT_RECORDED: "Enquiries whose kind is not recorded",
}
_YES_AND_NO: Final = ("Yes, they lacked capacity", "No, they did not lack capacity")


def _age(view: CaseView) -> str:
    band = view.case.adult.get("age_band")
    return band if isinstance(band, str) and band in AGE_BANDS else NOT_KNOWN


def _cells_of(answers: ConcludedAnswers, age: str) -> Iterator[tuple[str, str, str]]:
    """Gives the cells that one concluded enquiry is counted in: table, row and column."""
    for source in answers.sources:
        for row in answers.risk_types:
            yield "SG2a", row, source
        for row in answers.locations:
            yield "SG2b", row, source
    yield "SG2c", answers.risk_outcome, ""
    if answers.risk_result is not None:
        yield "SG2e", answers.risk_result, ""
    rows = [("SG3a", answers.capacity), ("SG4a", answers.asked)]
    if answers.is_supported and answers.capacity == _YES_AND_NO[0]:
        rows.append(("SG3a", SUPPORTED))
    if answers.achieved is not None:
        rows.append(("SG4a", answers.achieved))
    for table, row in rows:
        yield table, row, age
        yield table, row, TOTAL
