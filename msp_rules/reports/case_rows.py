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
from msp_rules.audit.case_audit.questions import Rating, Suggestion
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
_OPENINGS: Final[dict[str, str]] = {}
_MISSING: Final[dict[tuple[Missing, ...], str]] = {}
_ENDINGS: Final[dict[tuple[object, ...], str]] = {}
_RATINGS: Final[dict[Rating, str]] = {}
_MOST_KEPT: Final = 4096


def json_case(result: CaseResult, *, all_rows: bool) -> bytes:
    """Renders one case as docs/results.md describes it."""
    findings = result.findings
    before = {
        "case": result.case,
        "answered": result.answered,
        "not_applicable": result.not_applicable,
    }
    after = {
        "practice": findings.practice,
        "wellbeing": _wellbeing(findings.wellbeing),
        "principles": {name: _principle(row) for name, row in findings.principles.items()},
        "grid": _grid(findings.grid),
        "facts": _facts(result.facts),
    }
    rows = [_json_row(answer) for answer in (result.answers if all_rows else result.applying)]
    ratings = [f'"{name}":{_json_rating(rating)}' for name, rating in findings.audit.items()]
    text = f'{_json(before)[:-1]},"verdicts":[{",".join(rows)}],"audit":{{{",".join(ratings)}}},'
    return text.encode("utf-8") + orjson.dumps(after)[1:]


def _json_row(answer: Answer) -> str:
    """Renders an answer; what does not depend on the case is written once, and kept."""
    # Taken apart at once, and put together as text: twice as fast as a dictionary for each row.
    rule, subject, verdict, due, evidence, missing, weight, colour, _, waived, limit, asks = answer
    opening = _OPENINGS.get(rule)
    if opening is None:
        opening = _keep(_OPENINGS, rule, _json({"rule": rule})[:-1])
    wanted = _MISSING.get(missing)
    if wanted is None:
        wanted = _keep(_MISSING, missing, _json([missing_document(one) for one in missing]))
    kind = (weight, colour, waived, limit, asks)
    ending = _ENDINGS.get(kind)
    if ending is None:
        ending = _keep(_ENDINGS, kind, _json(_ending(answer))[1:])
    event = "null" if subject is None else _json(subject)
    day = "null" if due is None else f'"{due_text(due)}"'
    return (
        f'{opening},"subject":{event},"verdict":"{_WORDS[verdict]}","due":{day},'
        f'"evidence":{_json(evidence)},"missing":{wanted},{ending}'
    )


def csv_rows(result: CaseResult, *, all_rows: bool) -> bytes:
    """Renders the verdicts of one case as lines of CSV; no cell is taken for a formula."""
    case = csv_cell(result.case)
    lines: list[str] = []
    for answer in result.answers if all_rows else result.applying:
        rule, subject, verdict, due, evidence, _, weight, colour, _, waived, limit, _ = answer
        # Codes, colours and dates hold nothing that a spreadsheet could misread.
        event = csv_cell(subject) if subject else ""
        day = "" if due is None else due_text(due)
        events = csv_cell(" ".join(evidence)) if evidence else ""
        waiver = "" if waived is None else csv_cell(" / ".join(waived))
        basis = "" if limit is None else limit.basis
        lines.append(
            f"{case},{rule},{event},{_WORDS[verdict]},{weight},{colour},{day},{events},"
            f"{waiver},{basis}\r\n"
        )
    return "".join(lines).encode("utf-8")


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _ending(answer: Answer) -> Mapping[str, Any]:
    """Gives the last parts of a row: those that depend on rule and ruleset alone."""
    number = answer.number
    row: dict[str, Any] = {
        "severity": answer.severity,
        "colour": answer.colour,
        "limit": _limit(number) if number is not None else None,
    }
    if answer.questions is not None:
        row["questions"] = answer.questions
    if answer.waived is not None:
        row["waived"] = {"layer": answer.waived[0], "name": answer.waived[1]}
    return row


def _keep(known: dict[Any, str], key: object, text: str) -> str:
    """Keeps what rows have in common, up to a number of them."""
    if len(known) >= _MOST_KEPT:
        known.clear()
    known[key] = text
    return text


def missing_document(missing: Missing) -> dict[str, Any]:
    """Writes what would settle an answer, with the codes that would do where not any would."""
    codes = missing.codes()
    row: dict[str, Any] = {"event": missing.event, "fields": missing.fields}
    return {**row, "values": codes} if codes else row


def _limit(number: LimitNumber) -> Mapping[str, Any]:
    return {"number": number.number, "unit": number.unit, "basis": number.basis}


def _json_rating(rating: Rating) -> str:
    """Renders a rating; those without a suggestion are but a few, and kept."""
    if rating.suggestion is not None:
        return _json(_suggestion(rating, rating.suggestion))
    text = _RATINGS.get(rating)
    if text is None:
        row = {"colour": rating.colour, "explained": rating.is_explained}
        text = _keep(_RATINGS, rating, _json(row))
    return text


def _suggestion(rating: Rating, suggestion: Suggestion) -> Mapping[str, Any]:
    return {
        "colour": rating.colour,
        "explained": rating.is_explained,
        "suggested": suggestion.colour,
        "rules": suggestion.rules,
        "evidence": suggestion.evidence,
    }


def _wellbeing(wellbeing: Wellbeing | None) -> Mapping[str, Any] | None:
    if wellbeing is None:
        return None
    # Written out, as in a position: `_asdict` costs three times as much.
    return {
        "outcomes": wellbeing.outcomes,
        "beyond_protection": wellbeing.beyond_protection,
        "domains": wellbeing.domains,
        "untagged": wellbeing.untagged,
        "unknown": wellbeing.unknown,
    }


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
    if position is None:
        return None
    return {
        "events": position.events,
        "wellbeing": position.wellbeing,
        "safety": position.safety,
        "judged_by": position.judged_by,
    }


def csv_cell(text: str) -> str:
    """Writes a cell of CSV that no spreadsheet takes for a formula."""
    if not text or _PLAIN(text):
        return text
    cell = io.StringIO(newline="")
    inert = f"'{text}" if is_formula(text) else text
    # The writer quotes a line break only if its own lines end with it (RFC 4180, section 2.6).
    csv.writer(cell, lineterminator=_CRLF).writerow([inert])
    return cell.getvalue().removesuffix(_CRLF)
