"""Writes the board's report of an audit as one HTML page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from msp_rules.audit.case_file.agreement import FEWEST, Agreement
from msp_rules.audit.case_file.comparison import FEWEST_TO_JUDGE, PAIRS, PairAgreement
from msp_rules.audit.case_file.ratings import CODES, NOT_APPLICABLE
from msp_rules.casework.moments import in_words
from msp_rules.reports.board.labels import (
    KINDS_IN_WORDS,
    RATERS_IN_WORDS,
    RESULTS_IN_WORDS,
    percent,
    reason_in_words,
)
from msp_rules.reports.board.rows import ALL_RATINGS, OPEN, BoardRows, RatingRow, place_of
from msp_rules.reports.labels import share
from msp_rules.reports.plain_page import PageParts, plain_page
from msp_rules.reports.practice_labels import counted
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.wording import spaced

_MAIN_PAIRS: Final = (("agency", "peer"), ("machine", "agreed"))
"""The pairs that a board asks about first."""
_SHORT: Final = {
    **{code: code for code in ALL_RATINGS},
    NOT_APPLICABLE: "n/a",
    OPEN: "open",
}
_CLASSES: Final = {code: "none" if code in (NOT_APPLICABLE, OPEN) else code for code in ALL_RATINGS}
_BAR_NAMES: Final = (*CODES[:-1], "none")
_BAR_WORDS: Final = {
    **{code: code for code in CODES},
    "none": f"{NOT_APPLICABLE}, or {OPEN}",
}


def board_page(rows: BoardRows, titles: Mapping[str, str]) -> bytes:
    """Renders the page; `titles` has those of rules, by id.

    Raises LibraryMissing where jinja2 is not installed.
    """
    parts = PageParts(
        file="audit-report.html",
        room=str(__package__),
        template="board.html.j2",
        style="board.css.j2",
        running=_running_head(rows),
    )
    return plain_page(parts, _context(rows, titles))


def _context(rows: BoardRows, titles: Mapping[str, str]) -> Mapping[str, Any]:
    audit = rows.audit
    return {
        **_words(titles),
        "rows": rows,
        "audit": audit,
        "is_shared": rows.is_shared,
        "drawn": sum(one.sampled for one in audit.agencies),
        "missing": [one for one in audit.agencies if not one.is_returned],
        "worst": _worst(rows),
        "good_cases": len({remark.place for one in rows.remarks for remark in one.good}),
        "without_owner": sum(not row.has_owner for row in rows.actions),
        "without_day": sum(row.by_when is None for row in rows.actions),
        "named": sum(row.is_name for row in rows.actions),
        "main_pairs": _pairs(rows, _MAIN_PAIRS),
        "other_pairs": _pairs(rows, tuple(pair for pair in PAIRS if pair not in _MAIN_PAIRS)),
    }


def _pairs(
    rows: BoardRows, pairs: tuple[tuple[str, str], ...]
) -> list[tuple[str, list[PairAgreement]]]:
    """Picks comparisons by question; the rules rate no question that is for a person."""
    found = [
        one
        for one in rows.agreement
        if one.pair in pairs
        and not ("machine" in one.pair and AUDIT_QUESTIONS[one.question].is_for_a_person)
    ]
    return [(code, list(group)) for code, group in groupby(found, key=lambda one: one.question)]


def _words(titles: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "titles": titles,
        "codes": ALL_RATINGS,
        "classes": _CLASSES,
        "words": {code: code for code in ALL_RATINGS},
        "short": _SHORT,
        "bar_names": _BAR_NAMES,
        "bar_words": _BAR_WORDS,
        "bar_counts": _bar_counts,
        "labels": {code: one.label for code, one in AUDIT_QUESTIONS.items()},
        "abouts": {code: one.about for code, one in AUDIT_QUESTIONS.items()},
        "raters": RATERS_IN_WORDS,
        "results": RESULTS_IN_WORDS,
        "reasons": reason_in_words,
        "kinds": KINDS_IN_WORDS,
        "fewest": FEWEST,
        "floor": FEWEST_TO_JUDGE,
        "share": share,
        "percent": percent,
        "counted": counted,
        "in_words": in_words,
        "place": place_of,
        "spaced": spaced,
        "differing": lambda found: "; ".join(_differing(found)),
    }


def _worst(rows: BoardRows) -> RatingRow | None:
    """Finds the question with most cases in red or amber; of equals the first."""
    found = max(rows.questions, key=lambda row: row.gaps)
    return found if found.gaps else None


def _bar_counts(row: RatingRow) -> Mapping[str, int]:
    counts = {code: row.counts[code] for code in CODES[:-1]}
    return {**counts, "none": row.counts[NOT_APPLICABLE] + row.counts[OPEN]}


def _differing(found: Agreement) -> Iterator[str]:
    """Says where two raters differ: "red, then amber: 2"."""
    for (one, other), count in found.table.items():
        if one != other:
            yield f"{one}, then {other}: {count}"


def _running_head(rows: BoardRows) -> str:
    """Writes the head of each printed page: no text of a record, no mark that CSS would read."""
    kind = "Restricted" if rows.is_shared else "Not to be handed on"
    return f"{kind}: case file audit, as of {in_words(rows.audit.as_of)}"
