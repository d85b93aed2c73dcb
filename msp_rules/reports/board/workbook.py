"""Writes the board's report of an audit as a workbook: the same rows as the page, to work on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msp_rules.audit.case_file.agreement import FEWEST, Interval
from msp_rules.audit.case_file.comparison import FEWEST_TO_JUDGE, OverturnedRule
from msp_rules.audit.case_file.ratings import CODES
from msp_rules.casework.moments import in_words
from msp_rules.reports.board.labels import (
    KINDS_IN_WORDS,
    RATERS_IN_WORDS,
    RESULTS_IN_WORDS,
    reason_in_words,
)
from msp_rules.reports.board.rows import ALL_RATINGS, BoardRows, RatingRow, Remark, place_of
from msp_rules.reports.sheets import Cell, Naming, Sheet, workbook_bytes
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.wording import spaced

_SHARE: Final = "0%"
_COEFFICIENT: Final = "0.00"
_DAY: Final = "d mmm yyyy"


def board_workbook(rows: BoardRows, titles: Mapping[str, str]) -> bytes:
    """Renders the workbook, the same bytes for the same rows; `titles` has those of rules, by id.

    Raises LibraryMissing where XlsxWriter is not installed.
    """
    naming = Naming(
        file="audit-report.xlsx",
        title="Case file audit: report to the board",
        foot=_foot(rows),
    )
    return workbook_bytes(_sheets(rows, titles), naming)


def _foot(rows: BoardRows) -> str:
    kind = "Restricted" if rows.is_shared else "Not to be handed on"
    return f"{kind}: case file audit, as of {in_words(rows.audit.as_of)}"


def _sheets(rows: BoardRows, titles: Mapping[str, str]) -> Iterator[Sheet]:
    yield Sheet(
        name="Summary", heads=[("About", 30, ""), ("Says", 100, "")], rows=[*_summary(rows)]
    )
    yield _ratings(rows)
    yield _remarks(rows)
    yield _actions(rows)
    yield Sheet(
        name="Outcomes not met",
        heads=[("Reason", 40, ""), ("Result", 20, ""), ("Outcomes", 12, "")],
        rows=[
            (reason_in_words(reason), RESULTS_IN_WORDS[result], count)
            for (result, reason), count in rows.not_met.items()
        ],
    )
    yield _agreement(rows)
    yield _cross_tables(rows)
    yield _overturned(rows, titles)
    yield Sheet(
        name="Talks",
        heads=[
            ("Of whom or what", 26, ""),
            ("Question", 40, ""),
            ("Answer", 26, ""),
            ("Count", 10, ""),
        ],
        rows=[
            (
                KINDS_IN_WORDS.get(row.kind, row.kind),
                spaced(row.question),
                spaced(row.answer),
                row.count,
            )
            for row in rows.interviews
        ],
    )
    yield Sheet(
        name="Sample",
        heads=[
            ("Agency", 34, ""),
            ("Cases to draw from", 14, ""),
            ("Drawn", 10, ""),
            ("Workbook", 16, ""),
        ],
        rows=[
            (one.name, one.population, one.sampled, "back" if one.is_returned else "not back yet")
            for one in rows.audit.agencies
        ],
    )


def _summary(rows: BoardRows) -> Iterator[tuple[Cell, ...]]:
    audit = rows.audit
    if rows.is_shared:
        yield "Restricted", "For those who need it for their work. What auditors wrote is left out."
    else:
        yield "Not to be handed on", "This workbook holds what auditors wrote about single cases."
    if rows.is_small:
        yield (
            "For learning, not statistics",
            "A few cases an agency show where practice is good and where to look again; they say "
            "nothing reliable about an agency as a whole, and agencies are not to be compared.",
        )
    yield "Cases audited", len(audit.cases)
    yield "Cases drawn", sum(one.sampled for one in audit.agencies)
    yield "Actions agreed", len(rows.actions)
    yield "Without an owner", sum(not row.has_owner for row in rows.actions)
    yield "Without a day", sum(row.by_when is None for row in rows.actions)
    yield "Owner looks like a name", sum(row.is_name for row in rows.actions)
    yield "Closed", f"{in_words(audit.window[0])} to {in_words(audit.window[1])}"
    yield "As of", in_words(audit.as_of)
    yield "Seed of the draw", audit.seed
    yield "Rules", audit.ruleset
    yield "Percentages", f"From {FEWEST} cases up; below, counts only."


def _ratings(rows: BoardRows) -> Sheet:
    found = [*rows.questions, *(row for each in rows.agencies.values() for row in each)]
    return Sheet(
        name="Ratings",
        heads=[
            *(("Agency", 34, ""), ("Question", 10, ""), ("About", 46, ""), ("Cases", 9, "")),
            *((code.capitalize(), 12, "") for code in ALL_RATINGS),
        ],
        rows=[_rating(row) for row in found],
    )


def _rating(row: RatingRow) -> tuple[Cell, ...]:
    about = AUDIT_QUESTIONS[row.question].about
    counts = (row.counts[code] for code in ALL_RATINGS)
    return (row.agency or "All agencies", row.question, about, row.cases, *counts)


def _remarks(rows: BoardRows) -> Sheet:
    def lines(kind: str, remarks: Iterable[Remark]) -> Iterator[tuple[Cell, ...]]:
        for remark in remarks:
            words = remark.text or ("left out" if rows.is_shared else "not said")
            yield remark.question, kind, remark.code, remark.place, words

    return Sheet(
        name="Practice and gaps",
        heads=[
            *(("Question", 10, ""), ("What", 16, ""), ("Agreed rating", 14, "")),
            *(("Case", 34, ""), ("In the auditors' words", 90, "")),
        ],
        rows=[
            line
            for one in rows.remarks
            for line in (*lines("good practice", one.good), *lines("gap", one.gaps))
        ],
    )


def _actions(rows: BoardRows) -> Sheet:
    left_out = "left out" if rows.is_shared else ""
    return Sheet(
        name="Actions",
        heads=[
            *(("By when", 14, _DAY), ("Owner", 30, ""), ("Owner to check", 24, "")),
            *(("Action", 70, ""), ("Question", 10, ""), ("Case", 34, "")),
        ],
        rows=[
            (
                row.by_when,
                (row.owner or left_out) if row.has_owner else "nobody named",
                "looks like a person's name" if row.is_name else None,
                row.remark.text or left_out,
                row.remark.question,
                row.remark.place,
            )
            for row in rows.actions
        ],
    )


def _agreement(rows: BoardRows) -> Sheet:
    return Sheet(
        name="Agreement",
        heads=[
            *(("Question", 10, ""), ("First rater", 16, ""), ("Second rater", 16, "")),
            *(("Both rated", 10, ""), ("The same", 10, ""), ("Grey or n/a", 12, "")),
            *(("Share", 10, _SHARE), ("From", 10, _SHARE), ("To", 10, _SHARE)),
            *(("Kappa", 10, _COEFFICIENT), ("Kappa, linear", 10, _COEFFICIENT)),
            ("AC1", 10, _COEFFICIENT),
        ],
        rows=[
            (
                *(one.question, *(RATERS_IN_WORDS[rater] for rater in one.pair)),
                *(one.agreement.n, one.agreement.agreeing, one.agreement.outside),
                *_shares(one.agreement.observed),
                *(one.agreement.kappa, one.agreement.kappa_linear, one.agreement.ac1),
            )
            for one in rows.agreement
        ],
    )


def _shares(observed: Interval | None) -> tuple[Cell, ...]:
    if observed is None:
        return None, None, None
    return observed.share, observed.low, observed.high


def _cross_tables(rows: BoardRows) -> Sheet:
    return Sheet(
        name="Cross tables",
        heads=[
            *(("Question", 10, ""), ("First rater", 16, ""), ("Second rater", 16, "")),
            ("First rating", 16, ""),
            *((f"Second: {code}", 14, "") for code in CODES),
        ],
        rows=[
            (
                *(one.question, *(RATERS_IN_WORDS[rater] for rater in one.pair), code),
                *(one.agreement.table.get((code, other), 0) for other in CODES),
            )
            for one in rows.agreement
            if one.agreement.table
            for code in CODES
        ],
    )


def _overturned(rows: BoardRows, titles: Mapping[str, str]) -> Sheet:
    return Sheet(
        name="Rules overturned",
        heads=[
            *(("Rule", 12, ""), ("Title", 50, ""), ("Often", 18, "")),
            *(("Rated", 9, ""), ("Overturned", 12, "")),
            *(("Question", 10, ""), ("Rules", 10, ""), ("Agreed", 14, ""), ("Case", 34, "")),
        ],
        rows=[
            (
                *(one.rule, titles.get(one.rule, ""), _often(one)),
                *(one.rated, len(one.overturned)),
                *(row.question, row.machine, row.agreed, place_of(row.case)),
            )
            for one in rows.overturned
            for row in one.overturned
        ],
    )


def _often(one: OverturnedRule) -> str:
    if one.is_often:
        return "often"
    return "too few to say" if one.rated < FEWEST_TO_JUDGE else "no"
