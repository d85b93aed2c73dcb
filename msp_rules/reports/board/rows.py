"""Counts what an audit found, in the rows that the board's page and workbook both show.

Counts are of agreed ratings: what an agency or a peer thought alone stands in `ratings.json` and in
the measures of agreement. What auditors wrote is carried along as it is, and left out of a report
that is to be shared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from msp_rules.audit.case_file.agreement import FEWEST
from msp_rules.audit.case_file.comparison import (
    OverturnedRule,
    PairAgreement,
    compare_raters,
    overturned_rules,
    reasons_not_met,
)
from msp_rules.audit.case_file.owners import looks_like_a_name
from msp_rules.audit.case_file.ratings import (
    CODES,
    AuditedAgency,
    AuditRatings,
    CaseRatings,
    PersonRating,
    QuestionRatings,
)
from msp_rules.reports.practice_labels import sign_in_words
from msp_rules.rules.language.questions import AUDIT_QUESTIONS

OPEN: Final = "not agreed yet"
"""Stands for a rating that the auditors have not agreed on."""
ALL_RATINGS: Final = (*CODES, OPEN)
"""The columns of every table of ratings."""
GAPS: Final = ("red", "amber")
"""The ratings that show a gap in practice or in its record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRow:
    """The agreed ratings of one question, of all cases or of those of one agency."""

    question: str
    """The code of the question."""
    agency: str
    """The agency; empty for all."""
    counts: Mapping[str, int]
    """The cases by rating, of `ALL_RATINGS`."""

    @property
    def cases(self) -> int:
        """The number of cases."""
        return sum(self.counts.values())

    @property
    def gaps(self) -> int:
        """The cases that are red or amber."""
        return sum(self.counts[code] for code in GAPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """The words of auditors on one question of one case."""

    place: str
    """The agency and the number of the case's sheet."""
    question: str
    """The code of the question."""
    code: str
    """The agreed rating; `OPEN` where there is none."""
    text: str
    """Their words; empty where none were written, or the report is to be shared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """An action that was agreed."""

    remark: Remark
    """Its place, question and words."""
    owner: str
    """The role that sees to it; empty where nobody is named, or the report is to be shared."""
    has_owner: bool
    """True if an owner is named."""
    is_name: bool
    """True if the owner looks like a person's name."""
    by_when: date | None
    """The day by which it is to be done; None where none was set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRemarks:
    """One question: good practice beside the gaps."""

    question: str
    """The code of the question."""
    gaps: tuple[Remark, ...]
    """The cases rated red or amber, with the agreed reasons."""
    good: tuple[Remark, ...]
    """The cases in which auditors noted good practice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewRow:
    """The count of one answer in talks or observations of one kind."""

    kind: str
    """`adult`, `worker` or `observation`."""
    question: str
    """The code of the question; `consent` for whether they agreed to take part."""
    answer: str
    """The code of the answer."""
    count: int
    """The number of those who gave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRows:
    """All that the page and the workbook show."""

    audit: AuditRatings
    """The audit itself, for where it comes from."""
    is_shared: bool
    """True if what auditors wrote is left out."""
    questions: tuple[RatingRow, ...]
    """The ratings of each question, of all cases."""
    agencies: Mapping[AuditedAgency, tuple[RatingRow, ...]]
    """The ratings of each question by agency, of those whose workbooks are back."""
    remarks: tuple[QuestionRemarks, ...]
    """Good practice beside the gaps, for each question with one of both."""
    signs: Mapping[str, int]
    """The signs of good practice that records show, in words, by the cases that show them."""
    actions: tuple[ActionRow, ...]
    """The actions, the earliest day first; those without a day come last."""
    not_met: Mapping[tuple[str, str], int]
    """The outcomes that were not met, by result and code of the reason."""
    agreement: tuple[PairAgreement, ...]
    """The comparison of each pair of raters on each question."""
    overturned: tuple[OverturnedRule, ...]
    """The rules whose ratings auditors did not always agree with."""
    interviews: tuple[InterviewRow, ...]
    """The answers of talks and observations, counted."""

    @property
    def is_small(self) -> bool:
        """True if an agency has fewer cases than a percentage needs, as it nearly always has."""
        return any(one.sampled < FEWEST for one in self.audit.agencies)


def board_rows(audit: AuditRatings, *, is_shared: bool) -> BoardRows:
    """Counts an audit; with `is_shared` no text by an auditor is in any row."""
    shown = _without_words(audit) if is_shared else audit
    return BoardRows(
        audit=shown,
        is_shared=is_shared,
        questions=tuple(_rating_row(code, "", audit.cases) for code in AUDIT_QUESTIONS),
        agencies={
            agency: tuple(
                _rating_row(code, agency.name, _of_agency(audit, agency))
                for code in AUDIT_QUESTIONS
            )
            for agency in audit.agencies
            if agency.is_returned
        },
        remarks=tuple(_remarks(shown, audit)),
        signs=_signs(audit.cases),
        actions=_actions(shown, audit),
        not_met=reasons_not_met(audit.cases),
        agreement=compare_raters(audit.cases),
        overturned=overturned_rules(shown.cases),
        interviews=tuple(_interviews(audit)),
    )


def place_of(case: CaseRatings) -> str:
    """Names a case by its sheet, which the agency can find: no id stands in the report."""
    return f"{case.agency}, Case {case.number}"


def _of_agency(audit: AuditRatings, agency: AuditedAgency) -> list[CaseRatings]:
    return [case for case in audit.cases if case.agency == agency.name]


def _rating_row(question: str, agency: str, cases: Iterable[CaseRatings]) -> RatingRow:
    counts = Counter(
        _agreed(ratings)
        for case in cases
        for ratings in case.questions
        if ratings.question == question
    )
    return RatingRow(
        question=question, agency=agency, counts={code: counts[code] for code in ALL_RATINGS}
    )


def _agreed(ratings: QuestionRatings) -> str:
    return OPEN if ratings.agreed is None else ratings.agreed.code


def _remarks(shown: AuditRatings, audit: AuditRatings) -> Iterable[QuestionRemarks]:
    """Sets good practice beside the gaps; where they are is taken from the whole audit."""
    for code in AUDIT_QUESTIONS:
        gaps, good = [], []
        for case, bare in zip(audit.cases, shown.cases, strict=True):
            for full, ratings in zip(case.questions, bare.questions, strict=True):
                if full.question != code:
                    continue
                if _agreed(full) in GAPS:
                    reason = "" if ratings.agreed is None else ratings.agreed.reason
                    gaps.append(_remark(case, full, reason))
                if full.good_practice:
                    good.append(_remark(case, full, ratings.good_practice))
        if gaps or good:
            yield QuestionRemarks(question=code, gaps=tuple(gaps), good=tuple(good))


def _remark(case: CaseRatings, ratings: QuestionRatings, text: str) -> Remark:
    return Remark(place=place_of(case), question=ratings.question, code=_agreed(ratings), text=text)


def _actions(shown: AuditRatings, audit: AuditRatings) -> tuple[ActionRow, ...]:
    found = []
    for case, bare in zip(audit.cases, shown.cases, strict=True):
        for full, ratings in zip(case.questions, bare.questions, strict=True):
            if full.action is None or ratings.action is None:
                continue
            found.append(
                ActionRow(
                    remark=_remark(case, full, ratings.action.text),
                    owner=ratings.action.owner,
                    has_owner=bool(full.action.owner),
                    is_name=looks_like_a_name(full.action.owner),
                    by_when=full.action.by_when,
                )
            )
    found.sort(key=lambda row: row.by_when or date.max)
    return tuple(found)


def _signs(cases: Iterable[CaseRatings]) -> Mapping[str, int]:
    counts = Counter(sign for case in cases for sign in case.signs)
    order = sorted(counts, key=lambda sign: (-counts[sign], sign))
    return {sign_in_words(sign): counts[sign] for sign in order}


def _interviews(audit: AuditRatings) -> Iterable[InterviewRow]:
    counts = Counter[tuple[str, str, str]]()
    for one in audit.interviews:
        counts[one.kind, "consent", one.consent] += 1
        counts.update((one.kind, question, code) for question, code in one.answers.items())
    for (kind, question, answer), count in counts.items():
        yield InterviewRow(kind=kind, question=question, answer=answer, count=count)


def _without_words(audit: AuditRatings) -> AuditRatings:
    """Removes all that auditors wrote, so that no way leads from a shared report to it."""
    return replace(audit, cases=tuple(_case_without_words(case) for case in audit.cases))


def _case_without_words(case: CaseRatings) -> CaseRatings:
    return replace(
        case,
        questions=tuple(
            replace(
                one,
                agency=_rating_without_words(one.agency),
                peer=_rating_without_words(one.peer),
                agreed=_rating_without_words(one.agreed),
                action=None if one.action is None else replace(one.action, text="", owner=""),
                good_practice="",
            )
            for one in case.questions
        ),
    )


def _rating_without_words(rating: PersonRating | None) -> PersonRating | None:
    return None if rating is None else replace(rating, reason="")
