"""Builds what an audit of case files found, from what is particular to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msp_rules.audit.case_file.ratings import (
    AuditedAgency,
    AuditRatings,
    CaseRatings,
    PersonRating,
    QuestionRatings,
)
from msp_rules.rules.language.questions import AUDIT_QUESTIONS

COUNCIL = "E10000016/council"


def rated(rating: str | PersonRating | None) -> PersonRating | None:
    """Gives a person's rating, by its code without a reason; None for an empty cell."""
    return PersonRating(code=rating) if isinstance(rating, str) else rating


def question(
    code: str = "Q1",
    machine: str = "green",
    *,
    agency: str | PersonRating | None = None,
    peer: str | PersonRating | None = None,
    agreed: str | PersonRating | None = None,
    **more: object,
) -> QuestionRatings:
    """Gives the ratings of one question."""
    return QuestionRatings(
        question=code,
        machine=machine,
        agency=rated(agency),
        peer=rated(peer),
        agreed=rated(agreed),
        **more,  # type: ignore[arg-type]
    )


def audited_case(
    *questions: QuestionRatings, number: int = 1, agency: str = COUNCIL, **more: object
) -> CaseRatings:
    """Gives a case with the ratings that are named; its other questions do not apply."""
    by_code: Mapping[str, QuestionRatings] = {one.question: one for one in questions}
    return CaseRatings(
        case=f"{agency}-{number}",
        agency=agency,
        number=number,
        questions=tuple(
            by_code.get(code) or question(code, "not applicable") for code in AUDIT_QUESTIONS
        ),
        **more,  # type: ignore[arg-type]
    )


def audit_of(*cases: CaseRatings, **more: object) -> AuditRatings:
    """Gives an audit of these cases, whose agencies have all sent their workbooks back."""
    agencies = tuple(
        AuditedAgency(
            name=name,
            population=20,
            sampled=sum(case.agency == name for case in cases),
            is_returned=True,
        )
        for name in dict.fromkeys(case.agency for case in cases)
    )
    values: dict[str, object] = {
        "seed": "2026-Q1",
        "as_of": date(2026, 3, 31),
        "window": (date(2025, 12, 31), date(2026, 3, 31)),
        "ruleset": "msp-core 0.1.0",
        "agencies": agencies,
        "cases": cases,
        **more,
    }
    return AuditRatings(**values)  # type: ignore[arg-type]
