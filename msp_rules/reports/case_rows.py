"""Renders one case as JSON and as CSV; done for every case of a scan, so compiled ahead.

Text from a record stays text: no spreadsheet takes it for a formula, and it can't break XML.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

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
_Key = TypeVar("_Key")
_Text = TypeVar("_Text")
_Parts = tuple[str, str, str]
"""The texts of a row that recur, with what differs from case to case between and before them."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/-]*").fullmatch
# Texts, not members: JSON of a member, and its `.value`, cost more than all else of a row.
_WORDS: Final = {verdict: verdict.value for verdict in Verdict}
_JSON_PARTS: Final[dict[tuple[object, ...], _Parts]] = {}
_CSV_PARTS: Final[dict[tuple[object, ...], _Parts]] = {}
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
    rows = _json_rows(result, result.answers if all_rows else result.applying)
    ratings = [f'"{name}":{_json_rating(rating)}' for name, rating in findings.audit.items()]
    text = f'{_json(before)[:-1]},"verdicts":[{",".join(rows)}],"audit":{{{",".join(ratings)}}},'
    return text.encode("utf-8") + orjson.dumps(after)[1:]


def _json_rows(result: CaseResult, answers: Iterable[Answer]) -> list[str]:
    """Renders answers; what does not depend on the case is written once, and kept."""
    if not result.has_plain_ids:
        answers = [_in_json(one) for one in answers]
    rows: list[str] = []
    for answer in answers:
        # Taken apart at once, and put together as text: twice as fast as a dictionary for each row.
        rule, subject, verdict, due, ids, missing, weight, colour, _, waived, limit, asks = answer
        kind = (rule, verdict, missing, weight, colour, waived, limit, asks)
        parts = _JSON_PARTS.get(kind)
        if parts is None:
            parts = _keep(_JSON_PARTS, kind, _json_parts(answer))
        opening, middle, ending = parts
        event = "null" if subject is None else f'"{subject}"'
        day = "null" if due is None else f'"{due_text(due)}"'
        events = '["' + '","'.join(ids) + '"]' if ids else "[]"
        rows.append(f'{opening}{event}{middle}{day},"evidence":{events}{ending}')
    return rows


def csv_rows(result: CaseResult, *, all_rows: bool) -> bytes:
    """Renders the verdicts of one case as lines of CSV; no cell is taken for a formula."""
    case = csv_cell(result.case)
    answers: Iterable[Answer] = result.answers if all_rows else result.applying
    if not result.has_plain_ids:
        answers = [_in_cells(one) for one in answers]
    lines: list[str] = []
    for answer in answers:
        rule, subject, verdict, due, ids, _, weight, colour, _, waived, limit, _ = answer
        kind = (rule, verdict, weight, colour, waived, limit)
        parts = _CSV_PARTS.get(kind)
        if parts is None:
            parts = _keep(_CSV_PARTS, kind, _csv_parts(answer))
        opening, middle, ending = parts
        day = "" if due is None else due_text(due)
        events = " ".join(ids) if ids else ""
        lines.append(f"{case}{opening}{subject or ''}{middle}{day},{events}{ending}")
    return "".join(lines).encode("utf-8")


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _json_parts(answer: Answer) -> _Parts:
    """Gives what stands before the subject of a row, before its limit, and after its evidence."""
    number = answer.number
    row: dict[str, Any] = {
        "missing": [missing_document(one) for one in answer.missing],
        "severity": answer.severity,
        "colour": answer.colour,
        "limit": _limit(number) if number is not None else None,
    }
    if answer.questions is not None:
        row["questions"] = answer.questions
    if answer.waived is not None:
        row["waived"] = {"layer": answer.waived[0], "name": answer.waived[1]}
    opening = f'{{"rule":{_json(answer.rule)},"subject":'
    middle = f',"verdict":"{_WORDS[answer.verdict]}","due":'
    return (opening, middle, f",{_json(row)[1:]}")


def _csv_parts(answer: Answer) -> _Parts:
    """Gives what stands before the subject of a line, before its limit, and after its evidence."""
    # Codes, colours and dates hold nothing that a spreadsheet could misread.
    middle = f",{_WORDS[answer.verdict]},{answer.severity},{answer.colour},"
    waiver = "" if answer.waived is None else csv_cell(" / ".join(answer.waived))
    basis = "" if answer.number is None else answer.number.basis
    return (f",{answer.rule},", middle, f",{waiver},{basis}\r\n")


def _in_json(answer: Answer) -> Answer:
    """Gives an answer with its ids as JSON writes them between its quotes."""
    subject, evidence = answer.subject, answer.evidence
    return answer._replace(
        subject=None if subject is None else _json(subject)[1:-1],
        evidence=tuple([_json(one)[1:-1] for one in evidence]),
    )


def _in_cells(answer: Answer) -> Answer:
    """Gives an answer with its subject, and with all of its evidence, as cells of CSV."""
    subject, evidence = answer.subject, " ".join(answer.evidence)
    return answer._replace(
        subject=csv_cell(subject) if subject else None,
        evidence=(csv_cell(evidence),) if evidence else (),
    )


def _keep(known: dict[_Key, _Text], key: _Key, text: _Text) -> _Text:
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
