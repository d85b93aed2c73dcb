"""Compares the raters of an audit in pairs, and finds the rules that auditors often overturn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msp_rules.audit.case_file.agreement import Agreement, Interval, agreement_of
from msp_rules.audit.case_file.ratings import (
    CODES,
    SCALE,
    CaseRatings,
    OutcomeResult,
    QuestionRatings,
)
from msp_rules.rules.language.questions import AUDIT_QUESTIONS

RATERS: Final = ("machine", "agency", "peer", "agreed")
"""Those whose ratings a case holds, in the order in which they rate."""
PAIRS: Final = (
    ("machine", "agency"),
    ("machine", "peer"),
    ("agency", "peer"),
    ("machine", "agreed"),
)
"""The pairs of raters that are compared."""
FEWEST_TO_JUDGE: Final = 5
"""The fewest agreed ratings for which it is said that auditors often overturn a rule."""
_OFTEN: Final = 3
"""A rule is often overturned if that happens in one of so many ratings, or more. With the floor
above, one auditor who sees one case differently names no rule."""
_NOT_MET: Final = ("not_achieved", "partial")
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAgreement:
    """Two raters on one question."""

    question: str
    """The code of the question."""
    pair: tuple[str, str]
    """The two raters, of `RATERS`."""
    agreement: Agreement
    """The comparison of their ratings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverturnedRating:
    """A rating by the rules that the auditors did not agree with."""

    case: CaseRatings
    """The case."""
    question: str
    """The code of the question."""
    machine: str
    """The rating by the rules."""
    agreed: str
    """The rating that was agreed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverturnedRule:
    """A rule whose ratings auditors did not always agree with."""

    rule: str
    """The id of the rule."""
    rated: int
    """The ratings that it gave, alone or with others, and on which auditors agreed on a rating."""
    overturned: tuple[OverturnedRating, ...]
    """Those among them that differ, in the order of the cases."""

    @property
    def is_often(self) -> bool:
        """True from one in three, of five ratings or more."""
        return self.rated >= FEWEST_TO_JUDGE and len(self.overturned) * _OFTEN >= self.rated


def code_of(ratings: QuestionRatings, rater: str) -> str | None:
    """Gives the rating by one of `RATERS`; None where there is none."""
    if rater == "machine":
        return ratings.machine
    by = {"agency": ratings.agency, "peer": ratings.peer, "agreed": ratings.agreed}[rater]
    return None if by is None else by.code


def compare_raters(cases: Sequence[CaseRatings]) -> tuple[PairAgreement, ...]:
    """Compares each pair of raters on each question, in the order of the questions."""
    by_question: dict[str, list[QuestionRatings]] = {code: [] for code in AUDIT_QUESTIONS}
    for case in cases:
        for ratings in case.questions:
            by_question[ratings.question].append(ratings)
    return tuple(
        PairAgreement(
            question=question,
            pair=(one, other),
            agreement=agreement_of((code_of(row, one), code_of(row, other)) for row in rows),
        )
        for question, rows in by_question.items()
        for one, other in PAIRS
    )


def overturned_rules(cases: Iterable[CaseRatings]) -> tuple[OverturnedRule, ...]:
    """Finds the rules with an overturned rating, those with the largest share first.

    A rating by the rules is red, amber or green; a grey one says nothing that could be overturned.
    Every rule that gave the worst colour has a part in it: the audit cannot tell them apart.
    """
    rated = Counter[str]()
    found: dict[str, list[OverturnedRating]] = {}
    for case in cases:
        for ratings in case.questions:
            if ratings.agreed is None or ratings.machine not in SCALE:
                continue
            rated.update(ratings.rules)
            if ratings.agreed.code != ratings.machine:
                for rule in ratings.rules:
                    found.setdefault(rule, []).append(_overturned(case, ratings))
    rules = [
        OverturnedRule(rule=rule, rated=rated[rule], overturned=tuple(rows))
        for rule, rows in found.items()
    ]
    rules.sort(key=lambda one: (not one.is_often, -len(one.overturned) / one.rated, one.rule))
    return tuple(rules)


def reasons_not_met(cases: Iterable[CaseRatings]) -> Mapping[tuple[str, str], int]:
    """Counts the outcomes that were not met, or in part, by result and by code of the reason.

    The code is empty where the record gives no reason. The largest counts come first.
    """
    counts = Counter(
        (result.achieved, result.reason)
        for case in cases
        for result in case.outcomes
        if _is_not_met(result)
    )
    order = sorted(counts, key=lambda key: (_NOT_MET.index(key[0]), -counts[key], key[1]))
    return {key: counts[key] for key in order}


def agreement_document(cases: Sequence[CaseRatings]) -> Mapping[str, object]:
    """Gives the parts of `ratings.json` about agreement; a number without a meaning is null."""
    return {
        "agreement": [_agreement_row(one) for one in compare_raters(cases)],
        "overturned": [_overturned_row(one) for one in overturned_rules(cases)],
    }


def _is_not_met(result: OutcomeResult) -> bool:
    return result.achieved in _NOT_MET


def _overturned(case: CaseRatings, ratings: QuestionRatings) -> OverturnedRating:
    agreed = "" if ratings.agreed is None else ratings.agreed.code
    return OverturnedRating(
        case=case, question=ratings.question, machine=ratings.machine, agreed=agreed
    )


def _agreement_row(one: PairAgreement) -> Mapping[str, object]:
    found = one.agreement
    return {
        "question": one.question,
        "pair": list(one.pair),
        "n": found.n,
        "agreeing": found.agreeing,
        "outside_scale": found.outside,
        "table": {
            row: {column: found.table.get((row, column), 0) for column in CODES} for row in CODES
        },
        "observed": None if found.observed is None else _interval_row(found.observed),
        "kappa": _rounded(found.kappa),
        "kappa_linear": _rounded(found.kappa_linear),
        "ac1": _rounded(found.ac1),
    }


def _interval_row(interval: Interval) -> Mapping[str, float]:
    return {
        "share": round(interval.share, _DIGITS),
        "low": round(interval.low, _DIGITS),
        "high": round(interval.high, _DIGITS),
    }


def _rounded(number: float | None) -> float | None:
    """Rounds to four digits: more would be read as exact, and differ between machines."""
    return None if number is None else round(number, _DIGITS)


def _overturned_row(one: OverturnedRule) -> Mapping[str, object]:
    return {
        "rule": one.rule,
        "rated": one.rated,
        "overturned": len(one.overturned),
        "often": one.is_often,
        "cases": [
            {
                "case": row.case.case,
                "question": row.question,
                "machine": row.machine,
                "agreed": row.agreed,
            }
            for row in one.overturned
        ],
    }
