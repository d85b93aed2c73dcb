"""Collects workbooks that have come back into `ratings.json`: codes alone, no word of an auditor.

Workbooks may come late: ratings that were collected before stay. What auditors wrote is kept in
the board's report only, so it is there for the workbooks that are named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from msp_rules.audit.case_file.checking import BadCell, CheckedBook, check_book
from msp_rules.audit.case_file.comparison import agreement_document
from msp_rules.audit.case_file.layout import AGENCY_CELL, AUDITORS
from msp_rules.audit.case_file.pack import AuditPack, found_by_rules, names_of_audit
from msp_rules.audit.case_file.ratings import (
    AuditRatings,
    CaseRatings,
    Interview,
    PersonRating,
    QuestionRatings,
)
from msp_rules.audit.case_file.returned import read_book
from msp_rules.audit.documents import document_bytes, read_document
from msp_rules.errors import InputUnreadable, MspRulesError, SourceLocation

SCHEMA: Final = "msp-ratings/1"
FILE: Final = "ratings.json"


class WorkbooksRefused(MspRulesError):
    """Workbooks hold cells that can't be taken; all of them are named, and nothing is written."""

    def __init__(self, bad: Sequence[BadCell]) -> None:
        self.bad = tuple(bad)
        """The cells, workbook by workbook."""
        count = f"{len(bad)} cell{'s' if len(bad) != 1 else ''}"
        super().__init__("\n".join([*map(str, bad), f"{count} to mend; nothing was collected"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedRatings:
    """All ratings of a sample so far."""

    audit: AuditRatings
    """The ratings, with what auditors wrote in the workbooks that were named."""
    hashes: Mapping[str, str]
    """The hashes of what the workbooks hold, by agency."""
    without_texts: tuple[str, ...]
    """The agencies whose ratings are of an earlier time, so that their texts are not at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Earlier:
    cases: Mapping[str, tuple[CaseRatings, ...]]
    interviews: Mapping[str, tuple[Interview, ...]]
    hashes: Mapping[str, str]


def collect_workbooks(pack: AuditPack, paths: Sequence[Path], earlier: Path) -> CollectedRatings:
    """Reads workbooks and joins them to the ratings that `earlier` holds, if there is such a file.

    Raises WorkbooksRefused with every bad cell, InputUnreadable for another audit's file.
    """
    before = _earlier(earlier, pack)
    bad: list[BadCell] = []
    books: dict[str, CheckedBook] = {}
    hashes = dict(before.hashes)
    for path in paths:
        book = read_book(path)
        checked, wrong = check_book(book, pack)
        bad += wrong
        if checked is None:
            continue
        name = checked.agency.agency.name
        digest = _digest(checked)
        if name in books:
            bad.append(_second(book.file, "a second workbook of this agency: name one of them"))
        elif before.hashes.get(name, digest) != digest and not wrong:
            reason = (
                "ratings of this agency were collected from a workbook that holds others: "
                "collect all workbooks into a new folder"
            )
            bad.append(_second(book.file, reason))
        books[name] = checked
        hashes[name] = digest
    if bad:
        raise WorkbooksRefused(bad)
    return _joined(pack, books, before, hashes)


def ratings_document(pack: AuditPack, collected: CollectedRatings) -> dict[str, Any]:
    """Gives `ratings.json`: codes and counts; it holds real ids."""
    audit = collected.audit
    return {
        "schema": SCHEMA,
        **names_of_audit(pack),
        "agencies": [
            {
                "name": one.name,
                "population": one.population,
                "sampled": one.sampled,
                "returned": one.is_returned,
                "sha256": collected.hashes.get(one.name),
            }
            for one in audit.agencies
        ],
        "cases": [_case_row(one) for one in audit.cases],
        "interviews": [
            {
                "agency": one.agency,
                "kind": one.kind,
                "consent": one.consent,
                "answers": dict(one.answers),
            }
            for one in audit.interviews
        ],
        **agreement_document(audit.cases),
    }


def _joined(
    pack: AuditPack, books: Mapping[str, CheckedBook], before: _Earlier, hashes: Mapping[str, str]
) -> CollectedRatings:
    cases: list[CaseRatings] = []
    interviews: list[Interview] = []
    for one in pack.agencies:
        name = one.agency.name
        if name in books:
            cases += books[name].cases
            interviews += books[name].interviews
        else:
            cases += before.cases.get(name, ())
            interviews += before.interviews.get(name, ())
    audit = replace(
        pack.ratings,
        agencies=tuple(
            replace(one.agency, is_returned=one.agency.name in hashes) for one in pack.agencies
        ),
        cases=tuple(cases),
        interviews=tuple(interviews),
    )
    left = tuple(name for name in before.hashes if name not in books)
    return CollectedRatings(audit=audit, hashes=hashes, without_texts=left)


def _earlier(path: Path, pack: AuditPack) -> _Earlier:
    if not path.exists():
        return _Earlier(cases={}, interviews={}, hashes={})
    body = read_document(path, SCHEMA)
    where = SourceLocation(path=path.name)
    if (body.get("sample"), body.get("rules_hash")) != (pack.sample, pack.rules_hash):
        raise InputUnreadable("it is of another sample or ruleset: name another folder", where)
    try:
        rows = {row["name"]: row["sha256"] for row in body["agencies"] if row["returned"]}
        given: dict[tuple[str, int], Mapping[str, Any]] = {
            (row["agency"], row["number"]): row["questions"] for row in body["cases"]
        }
        return _Earlier(
            cases={
                one.agency.name: tuple(
                    _with_codes(case, given[case.agency, case.number]) for case in one.cases
                )
                for one in pack.agencies
                if one.agency.name in rows
            },
            interviews={
                name: tuple(Interview(**row) for row in body["interviews"] if row["agency"] == name)
                for name in rows
            },
            hashes=rows,
        )
    except (KeyError, TypeError):
        raise InputUnreadable("it does not hold the ratings of this audit", where) from None


def _with_codes(case: CaseRatings, given: Mapping[str, Any]) -> CaseRatings:
    return replace(
        case,
        questions=tuple(
            replace(
                one,
                agency=_rated(given[one.question]["agency"]),
                peer=_rated(given[one.question]["peer"]),
                agreed=_rated(given[one.question]["agreed"]),
            )
            for one in case.questions
        ),
    )


def _rated(code: str | None) -> PersonRating | None:
    return None if code is None else PersonRating(code=code)


def _case_row(case: CaseRatings) -> dict[str, Any]:
    return {
        "case": case.case,
        "agency": case.agency,
        "number": case.number,
        "questions": {one.question: _question_row(one) for one in case.questions},
        **found_by_rules(case),
    }


def _question_row(one: QuestionRatings) -> dict[str, Any]:
    found = {"agency": one.agency, "peer": one.peer, "agreed": one.agreed}
    codes = {rater: None if by is None else by.code for rater, by in found.items()}
    return {"machine": one.machine, "rules": list(one.rules), **codes}


def _digest(book: CheckedBook) -> str:
    """Hashes all that a workbook holds, what auditors wrote included: one more word is another."""
    rows = [*map(repr, book.cases), *map(repr, book.interviews)]
    return sha256(document_bytes({"rows": rows})).hexdigest()


def _second(file: str, reason: str) -> BadCell:
    return BadCell(file=file, sheet=AUDITORS, cell=AGENCY_CELL, reason=reason)
