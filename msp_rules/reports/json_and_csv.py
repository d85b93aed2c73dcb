"""A scan's results as JSON and CSV, written as they come."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, BinaryIO, Final

import orjson

from msp_rules.audit.case_audit.grid import Grid, Position
from msp_rules.audit.case_audit.principles import PrincipleEvidence
from msp_rules.audit.case_audit.questions import Rating
from msp_rules.audit.case_audit.wellbeing import Wellbeing
from msp_rules.audit.exceptions import switched_off
from msp_rules.audit.manifest import manifest
from msp_rules.audit.result import ScanResult
from msp_rules.audit.scan import CaseResult
from msp_rules.casework.case import Fault
from msp_rules.casework.workdays import due_text
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.reports.inert_text import is_formula
from msp_rules.reports.rows import coverage_document

_COLUMNS: Final = (
    *("case", "rule", "subject", "verdict", "severity", "colour", "due", "evidence"),
    "waived",
)
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/-]*").fullmatch
# Texts, not members: JSON of a member, and its `.value`, cost more than all else of a row.
_WORDS: Final = {verdict: verdict.value for verdict in Verdict}


class JsonDocument:
    """The result document (schema `msp-results/1`); `cases` come first, what is counted last."""

    separator: Final = b",\n"

    def __init__(self, stream: BinaryIO, *, all_rows: bool = False) -> None:
        self.render: Callable[[CaseResult], bytes] = partial(json_case, all_rows=all_rows)
        self._stream = stream
        self._before = b"\n"
        stream.write(b'{"schema":"msp-results/1","cases":[')

    def write(self, rendered: bytes) -> None:
        """Writes one case, or several in a row."""
        self._stream.write(self._before)
        self._stream.write(rendered)
        self._before = self.separator

    def state(self) -> object:
        """What comes before the next case."""
        return self._before

    def restore(self, state: object) -> None:
        """Takes what comes before the next case."""
        assert isinstance(state, bytes)
        self._before = state

    def end(self, result: ScanResult) -> None:
        """Writes faults, totals and the manifest, and closes the document."""
        tally = result.tally
        rest = {
            "faults": [fault_row(fault) for fault in tally.faults],
            "totals": {
                "cases": tally.cases,
                "verdicts": dict(sorted(tally.verdicts.items())),
                "waived": dict(sorted(tally.waived_by_rule.items())),
                "filtered": dict(sorted(tally.filtered_by_rule.items())),
                "switched_off": len(switched_off(result)),
                "unmapped": {".".join(name): n for name, n in sorted(tally.unmapped.items())},
            },
            "coverage": coverage_document(result),
            "manifest": manifest(result),
        }
        self._stream.write(b"\n],")
        self._stream.write(orjson.dumps(rest)[1:])
        self._stream.write(b"\n")


class CsvDocument:
    """One line a verdict. No cell can be taken for a formula by a spreadsheet."""

    separator: Final = b""

    def __init__(self, stream: BinaryIO, *, all_rows: bool = False) -> None:
        self.render: Callable[[CaseResult], bytes] = partial(csv_rows, all_rows=all_rows)
        self._stream = stream
        stream.write(",".join(_COLUMNS).encode("ascii") + b"\r\n")

    def write(self, rendered: bytes) -> None:
        """Writes the rows of one case, or of several."""
        self._stream.write(rendered)

    def state(self) -> object:
        """Nothing beside the bytes."""
        return None

    def restore(self, state: object) -> None:
        """Nothing beside the bytes."""

    def end(self, result: ScanResult) -> None:
        """Nothing follows the rows."""


def json_case(result: CaseResult, *, all_rows: bool) -> bytes:
    """One case as docs/results.md describes it."""
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
        }
    )


def csv_rows(result: CaseResult, *, all_rows: bool) -> bytes:
    """The verdicts of one case as lines of CSV."""
    case = _cell(result.case)
    cells: dict[str, str] = {}  # few events stand behind many answers
    lines: list[str] = []
    for answer in result.answers:
        if not all_rows and answer.verdict is Verdict.NOT_APPLICABLE:
            continue
        waived = _cell(" / ".join(answer.waived)) if answer.waived is not None else ""
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
        )
        lines.append(",".join(row))
    lines.append("")
    return "\r\n".join(lines).encode("utf-8")


def fault_row(fault: Fault) -> Mapping[str, Any]:
    """A fault as the contract shapes it."""
    return {
        "input": fault.input,
        "line": fault.line,
        "case": fault.case,
        "event": fault.event,
        "rule": fault.rule,
        "reason": fault.reason,
    }


def _row(answer: Answer) -> Mapping[str, Any]:
    row: dict[str, Any] = {
        "rule": answer.rule,
        "subject": answer.subject,
        "verdict": _WORDS[answer.verdict],
        "due": due_text(answer.due) if answer.due is not None else None,
        "evidence": answer.evidence,
        "missing": [{"event": m.event, "fields": m.fields} for m in answer.missing],
        "severity": answer.severity,
    }
    if answer.waived is not None:
        row["waived"] = {"layer": answer.waived[0], "name": answer.waived[1]}
    return row


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


def _position(position: Position | None) -> Mapping[str, Any] | None:
    return None if position is None else position._asdict()


def _known_cell(text: str, cells: dict[str, str]) -> str:
    cell = cells.get(text)
    if cell is None:
        cell = cells[text] = _cell(text)
    return cell


def _cell(text: str) -> str:
    """A cell of CSV that no spreadsheet takes for a formula."""
    if not text or _PLAIN(text):
        return text
    cell = io.StringIO(newline="")
    inert = f"'{text}" if is_formula(text) else text
    csv.writer(cell, lineterminator="").writerow([inert])
    return cell.getvalue()
