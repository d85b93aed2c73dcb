"""Renders one case as JSON and as CSV; done for every case of a scan, so compiled ahead.

Text from a record stays text: no spreadsheet takes it for a formula, and it can't break XML.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.case_audit.facts import CaseFacts
from msp_rules.audit.case_audit.grid import Grid, Position
from msp_rules.audit.case_audit.principles import PrincipleEvidence
from msp_rules.audit.case_audit.questions import Rating
from msp_rules.audit.case_audit.wellbeing import Wellbeing
from msp_rules.casework.moments import iso_date
from msp_rules.casework.workdays import due_text
from msp_rules.engine.verdict import Answer, LimitNumber, Missing, Verdict

_FORMULA: Final = (
    *("=", "+", "-", "@", "\t", "\r", "\n"),
    # Where East Asian text is entered, a spreadsheet takes the full-width signs for the others.
    *("\uff1d", "\uff0b", "\uff0d", "\uff20"),
)
"""The first characters that make a spreadsheet compute a cell; OWASP, "CSV Injection"."""
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""XML 1.0, production 2 (Char)."""


def is_formula(text: str) -> bool:
    """Tells whether a spreadsheet would compute this text instead of showing it."""
    return text.startswith(_FORMULA)


def xml_text(text: str) -> str:
    """Replaces each character that no XML document may hold, even as an escape."""
    return _NOT_IN_XML.sub("\ufffd", text)


CSV_COLUMNS: Final = (
    *("case", "rule", "subject", "verdict", "severity", "colour", "due", "evidence"),
    *("waived", "basis"),
)
_CRLF: Final = "\r\n"
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/-]*").fullmatch
# Texts, not members: JSON of a member, and its `.value`, cost more than all else of a row.
_WORDS: Final = {verdict: verdict.value for verdict in Verdict}


def json_case(result: CaseResult, *, all_rows: bool) -> bytes:
    """Renders one case as docs/results.md describes it."""
    findings = result.findings
    rows = [
        _row(answer)
        for answer in result.answers
        if all_rows or answer.verdict is not Verdict.NOT_APPLICABLE
    ]
    return orjson.dumps(
        {
            "case": result.case,
            "answered": result.answered,
            "not_applicable": result.not_applicable,
            "verdicts": rows,
            "audit": {question: _rating(rating) for question, rating in findings.audit.items()},
            "practice": findings.practice,
            "wellbeing": _wellbeing(findings.wellbeing),
            "principles": {name: _principle(row) for name, row in findings.principles.items()},
            "grid": _grid(findings.grid),
            "facts": _facts(result.facts),
        }
    )


def csv_rows(result: CaseResult, *, all_rows: bool) -> bytes:
    """Renders the verdicts of one case as lines of CSV; no cell is taken for a formula."""
    case = csv_cell(result.case)
    cells: dict[str, str] = {}  # few events stand behind many answers
    lines: list[str] = []
    for answer in result.answers:
        if not all_rows and answer.verdict is Verdict.NOT_APPLICABLE:
            continue
        waived = csv_cell(" / ".join(answer.waived)) if answer.waived is not None else ""
        # Codes, colours and dates hold nothing that a spreadsheet could misread.
        row = (
            case,
            answer.rule,
            _known_cell(answer.subject or "", cells),
            _WORDS[answer.verdict],
            answer.severity,
            answer.colour,
            due_text(answer.due) if answer.due is not None else "",
            _known_cell(" ".join(answer.evidence), cells),
            waived,
            answer.number.basis if answer.number is not None else "",
        )
        lines.append(",".join(row))
    lines.append("")
    return _CRLF.join(lines).encode("utf-8")


def _row(answer: Answer) -> Mapping[str, Any]:
    row: dict[str, Any] = {
        "rule": answer.rule,
        "subject": answer.subject,
        "verdict": _WORDS[answer.verdict],
        "due": due_text(answer.due) if answer.due is not None else None,
        "evidence": answer.evidence,
        "missing": [missing_document(one) for one in answer.missing],
        "severity": answer.severity,
        "colour": answer.colour,
        "limit": _limit(answer.number) if answer.number is not None else None,
    }
    if answer.questions is not None:
        row["questions"] = answer.questions
    if answer.waived is not None:
        row["waived"] = {"layer": answer.waived[0], "name": answer.waived[1]}
    return row


def missing_document(missing: Missing) -> dict[str, Any]:
    """Writes what would settle an answer, with the codes that would do where not any would."""
    codes = missing.codes()
    row: dict[str, Any] = {"event": missing.event, "fields": missing.fields}
    return {**row, "values": codes} if codes else row


def _limit(number: LimitNumber) -> Mapping[str, Any]:
    return {"number": number.number, "unit": number.unit, "basis": number.basis}


def _rating(rating: Rating) -> Mapping[str, Any]:
    suggestion = rating.suggestion
    if suggestion is None:
        return {"colour": rating.colour, "explained": rating.is_explained}
    return {
        "colour": rating.colour,
        "explained": rating.is_explained,
        "suggested": suggestion.colour,
        "rules": suggestion.rules,
        "evidence": suggestion.evidence,
    }


def _wellbeing(wellbeing: Wellbeing | None) -> Mapping[str, Any] | None:
    return None if wellbeing is None else wellbeing._asdict()


def _principle(row: PrincipleEvidence) -> Mapping[str, Any]:
    return {"of": row.of, "met": row.met, "explained": row.explained, "evidence": row.evidence}


def _grid(grid: Grid | None) -> Mapping[str, Any] | None:
    if grid is None:
        return None
    return {
        "positions": grid.positions,
        "first": _position(grid.first),
        "latest": _position(grid.latest),
        "movement": grid.movement,
    }


def _facts(facts: CaseFacts) -> Mapping[str, Any]:
    return {
        "concern": _day(facts.concern),
        "decided": _day(facts.decided),
        "result": facts.result or None,
        "enquiry": facts.enquiry or None,
        "closed": _day(facts.closed),
        "days": facts.days,
    }


def _day(day: int) -> str | None:
    return iso_date(day) if day else None


def _position(position: Position | None) -> Mapping[str, Any] | None:
    return None if position is None else position._asdict()


def _known_cell(text: str, cells: dict[str, str]) -> str:
    cell = cells.get(text)
    if cell is None:
        cell = cells[text] = csv_cell(text)
    return cell


def csv_cell(text: str) -> str:
    """Writes a cell of CSV that no spreadsheet takes for a formula."""
    if not text or _PLAIN(text):
        return text
    cell = io.StringIO(newline="")
    inert = f"'{text}" if is_formula(text) else text
    # The writer quotes a line break only if its own lines end with it (RFC 4180, section 2.6).
    csv.writer(cell, lineterminator=_CRLF).writerow([inert])
    return cell.getvalue().removesuffix(_CRLF)
