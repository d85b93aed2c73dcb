"""Holds what an audit of case files found: ratings by the machine and by people, case by case.

What people wrote (`reason`, `action`, `owner`, `good_practice`) may name somebody. It stands in the
board's report and its workbook only, and is never counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

SCALE: Final = ("red", "amber", "green")
"""The ratings that can be measured against each other, in their order."""
GREY: Final = "grey"
"""The record cannot be judged, or waits for a person."""
NOT_APPLICABLE: Final = "not applicable"
"""The question does not arise in the case."""
CODES: Final = (*SCALE, GREY, NOT_APPLICABLE)
"""All ratings that a cell may hold, in the order of every list and table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRating:
    """A rating by a person."""

    code: str
    """One of `CODES`."""
    reason: str = ""
    """Their reason, in their words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedAction:
    """An action that auditors agreed on."""

    text: str
    """The action, in their words."""
    owner: str = ""
    """The role that sees to it; empty where nobody is named."""
    by_when: date | None = None
    """The day by which it is to be done; None where none was set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRatings:
    """All ratings of one question on one case."""

    question: str
    """The code of the question."""
    machine: str
    """The rating by the rules, one of `CODES`; grey for Q6 and Q7, which are for a person."""
    rules: tuple[str, ...] = ()
    """The rules that gave the machine's rating: those with the worst colour, in id order."""
    agency: PersonRating | None = None
    """The rating by the agency that held the case; None where the cell is empty."""
    peer: PersonRating | None = None
    """The rating by an auditor of another agency."""
    agreed: PersonRating | None = None
    """The rating that both agreed on."""
    action: AgreedAction | None = None
    """The action that was agreed; None without one."""
    good_practice: str = ""
    """Good practice, in the auditors' words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeResult:
    """The result of one outcome, as the record says at the last review of it."""

    achieved: str
    """A code of `achieved` of the vocabulary."""
    reason: str = ""
    """A code of `not_achieved_reason`; empty where none is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRatings:
    """An audited case."""

    case: str
    """The id of the case."""
    agency: str
    """The agency that held it, as the sample names it: `E10000016/council`."""
    number: int
    """The number of its sheet in that agency's workbook, from 1."""
    questions: tuple[QuestionRatings, ...]
    """The ratings, in the order of the audit questions."""
    outcomes: tuple[OutcomeResult, ...] = ()
    """The results of the outcomes that were reviewed, one for each."""
    signs: tuple[str, ...] = ()
    """The signs of good practice that the record shows, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """A talk with an adult, advocate or worker, or an observation of practice: codes only."""

    agency: str
    """The agency of the case."""
    kind: str
    """`adult`, `worker` or `observation`."""
    consent: str
    """The code of the consent that was given or not."""
    answers: Mapping[str, str]
    """The codes of the answers, by question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedAgency:
    """One stratum of the sample, and whether its workbook has come back."""

    name: str
    """The agency, as the sample names it."""
    population: int
    """The cases from which the sample was drawn."""
    sampled: int
    """The cases that were drawn, replacements in their place."""
    is_returned: bool
    """True if its workbook was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRatings:
    """All that `audit collect` has read: of one sample, whatever workbooks have come back."""

    seed: str
    """The seed of the sample."""
    as_of: date
    """The day for which the records were judged."""
    window: tuple[date, date]
    """The first and the last day of the closures that the sample was drawn from."""
    ruleset: str
    """The ruleset that rated, with its version and layers, in words."""
    agencies: tuple[AuditedAgency, ...]
    """All agencies of the sample, in its order."""
    cases: tuple[CaseRatings, ...]
    """The cases of the workbooks that have come back, in the order of the sample."""
    interviews: tuple[Interview, ...] = ()
    """The talks and observations of which codes came back."""
