"""Lists the questions of a case audit, and what each of them is about.

Rules name the questions that they feed by code (`audit_questions`), the audit rates a case on each,
and pages and reports use the words given here. Nothing else lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuestion:
    """One question: its short name, and what it is about.

    `about` is a few words of our own, never the question as its source puts it.
    """

    label: str
    """Short enough for a column of a report."""
    about: str
    """For the catalogue of rules, after "It feeds"."""
    is_for_a_person: bool = False
    """True if it asks for a person's view: rated grey, with its rules' colour as a suggestion."""


AUDIT_QUESTIONS: Final[Mapping[str, AuditQuestion]] = {
    "Q1": AuditQuestion(
        label="asked what they want",
        about="asked what they want, or why not",
    ),
    "Q2": AuditQuestion(
        label="outcomes expressed",
        about="what they said they want",
    ),
    "Q3": AuditQuestion(
        label="capacity",
        about="doubts about capacity, assessment and best interests",
    ),
    "Q4": AuditQuestion(
        label="advocacy considered",
        about="whether advocacy was thought about",
    ),
    "Q5": AuditQuestion(
        label="risk in what they want",
        about="risk in what they want, and what was done about it",
    ),
    "Q6": AuditQuestion(
        label="partners' practice",
        about="whether partners' practice showed understanding of MSP",
        is_for_a_person=True,
    ),
    "Q7": AuditQuestion(
        label="involved, informed",
        about="kept involved and informed",
        is_for_a_person=True,
    ),
    "Q8": AuditQuestion(
        label="outcomes met",
        about="how far their outcomes were met, or why not",
    ),
    "QM": AuditQuestion(
        label="meetings",
        about="whether meetings made room for them",
    ),
}
"""By code, in the order in which they are shown everywhere."""
