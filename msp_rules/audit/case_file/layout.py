"""Lays out the workbook of an agency: its sheets, cells, words and codes.

Whoever writes the workbook and whoever reads it back take every place and word from here. The
questions stand in the words of the case-file audit tool of the safeguarding adults boards of
Leicester, Leicestershire and Rutland (Making Safeguarding Personal, appendices 4a and 4b).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from msp_rules.audit.case_file.ratings import CODES
from msp_rules.rules.language.questions import AUDIT_QUESTIONS

QUESTION_TEXTS: Final[Mapping[str, str]] = {
    "Q1": "Was the person asked about their outcomes? If not, why was this?",
    "Q2": "Did the person express their outcomes? If so, what were these?",
    "Q3": (
        "Were there doubts about the person’s capacity to make decisions about the enquiry? If so, "
        "was a mental capacity assessment undertaken, and were ‘best interests’ decisions made "
        "where required?"
    ),
    "Q4": "Was the need for advocacy considered?",
    "Q5": (
        "Were there any issues of risk in relation to the outcomes expressed by the individual? "
        "If so, were these addressed?"
    ),
    "Q6": (
        "Did the practice of any other agencies involved (such as provider services) evidence "
        "understanding of MSP principles?"
    ),
    "Q7": (
        "In your view was the individual kept involved and informed of the safeguarding process "
        "throughout the enquiry?"
    ),
    "Q8": "Were the individual’s outcomes met? If not, why was this?",
    "QM": (
        "Did you feel that any meetings arranged were in line with the principles of MSP (eg "
        "consideration about venue, how individual would be supported to attend/participate, how "
        "record of meeting was recorded)?"
    ),
}
"""The questions in their own words: appendix 4a's, and appendix 4b's of the meetings."""

AUDITORS: Final = "Auditors"
"""The sheet that says what the workbook is, and who rates."""
AGENCY_CELL: Final = "B3"
SAMPLE_CELL: Final = "B4"
RULESET_CELL: Final = "B5"
AGREED_CELL: Final = "B6"
"""The day on which the confidentiality of the audit was agreed, for auditors to fill in."""
PEERS_HEAD: Final = 14
"""The row of the heads of the table of peers; its cases follow."""
PEER_COLUMN: Final = "C"
"""The column of the peer's agency in that table."""

FIRST_QUESTION: Final = 6
"""The row of the first question on the sheet of a case."""
PREFILLED: Final = ("Question", "Suggested", "Evidence", "Rule, source, number", "To ask")
"""The heads of the columns that are filled in already."""
ENTRIES: Final[Mapping[str, str]] = {
    "agency": "F",
    "agency_reason": "G",
    "peer": "H",
    "peer_reason": "I",
    "agreed": "J",
    "agreed_reason": "K",
    "action": "L",
    "owner": "M",
    "by_when": "N",
    "good_practice": "O",
}
"""The columns for auditors, by what they hold."""
ENTRY_HEADS: Final = (
    *("Agency rating", "Agency reason", "Peer rating", "Peer reason", "Agreed rating"),
    *("Agreed reason", "Action", "Owner", "By when", "Good practice"),
)
RATINGS_OFFERED: Final = CODES

INTERVIEW_HEAD: Final = 6
"""The row of the heads of a sheet of talks; its cases follow."""
CONSENT_COLUMN: Final = "B"
FIRST_ANSWER: Final = "C"
ANSWERS: Final[Mapping[str, str]] = {
    "yes": "yes",
    "partly": "partly",
    "no": "no",
    "not applicable": "not_applicable",
}
"""The words of answers, and their codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewSheet:
    """A sheet of talks, or of what was observed; only consent and codes come back from it."""

    sheet: str
    """The name of the sheet."""
    kind: str
    """The code of what it holds."""
    title: str
    """Its title."""
    consents: Mapping[str, str]
    """The words of consent, and their codes."""
    questions: Mapping[str, str]
    """The questions by code."""


_ADULT_CONSENT: Final = {
    "yes, the adult": "adult",
    "yes, the advocate": "advocate",
    "no": "none",
}
INTERVIEWS: Final = (
    InterviewSheet(
        sheet="Adult",
        kind="adult",
        title="Talk with the adult, or their advocate",
        consents=_ADULT_CONSENT,
        questions={
            "informed": "Did you feel informed of the safeguarding enquiry?",
            "in_control": "Did you feel in control of it?",
            "happy_with_outcome": "Were you happy with the outcome?",
        },
    ),
    InterviewSheet(
        sheet="Worker",
        kind="worker",
        title="Talk with the worker",
        consents={"yes, the worker": "worker", "no": "none"},
        questions={
            "understands_principles": "Does the worker understand the principles of MSP?",
            "practice_changed": "Has their practice changed in relation to this?",
            "supported_by_agency": "Did their agency support them to understand and apply these?",
            "outcomes_met": "Were the individual’s outcomes met?",
        },
    ),
    InterviewSheet(
        sheet="Observation",
        kind="observation",
        title="Observation of practice",
        consents=_ADULT_CONSENT,
        questions={
            "outcomes": "Outcomes that the person expressed were sought and heard?",
            "capacity": "Doubts about capacity: assessed, best interests decided where required?",
            "advocacy": "The need for advocacy was considered?",
            "meetings": "Meetings in line with MSP: venue, support to take part, record?",
            "risk": "Risk in relation to the outcomes was addressed?",
            "partners": "Other agencies’ practice showed understanding of MSP?",
            "involved": "Kept involved and informed throughout?",
        },
    ),
)
"""The sheets of talks, in their order."""


def case_sheet(number: int) -> str:
    """Names the sheet of a case, from 1."""
    return f"Case {number}"


def question_rows() -> Iterator[tuple[str, int]]:
    """Gives the questions with their rows on the sheet of a case."""
    return zip(AUDIT_QUESTIONS, range(FIRST_QUESTION, 99), strict=False)


def answer_column(place: int) -> str:
    """Gives the column of an answer on a sheet of talks, from 0."""
    return chr(ord(FIRST_ANSWER) + place)


def cell_hash(text: str) -> str:
    """Gives the hash of a pre-filled cell: spaces and line breaks are as programs save them."""
    return sha256(plain_text(text).encode()).hexdigest()[:_DIGITS]


def plain_text(text: str) -> str:
    """Writes a text with single spaces, whatever the program that saved it has made of them."""
    return _SPACES.sub(" ", text.replace("_x000D_", " ")).strip()


def same_agency(one: str, other: str) -> bool:
    """Tells whether two texts name the same agency, however they are spaced and written."""
    return _agency(one) == _agency(other)


def _agency(name: str) -> str:
    return _NOT_IN_NAMES.sub("", name.casefold())


_DIGITS: Final = 32
_SPACES: Final = re.compile(r"\s+")
_NOT_IN_NAMES: Final = re.compile(r"[\s_.,()-]+")
