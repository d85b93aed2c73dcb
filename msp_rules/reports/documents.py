"""A scan's results as JSON and CSV, written as they come."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

import orjson

from msp_rules import __version__
from msp_rules.audit.scan import CaseResult, Scan
from msp_rules.casework.case import Fault
from msp_rules.casework.workdays import COVERED_FROM, COVERED_UNTIL
from msp_rules.engine.verdict import Answer, Verdict

_COLUMNS: Final = ("case", "rule", "subject", "verdict", "severity", "colour", "due", "evidence")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class JsonDocument:
    """The result document (schema `msp-results/1`); `cases` come first, what is counted last."""

    def __init__(self, stream: BinaryIO, *, all_rows: bool = False) -> None:
        self._stream = stream
        self._all_rows = all_rows
        self._is_first = True
        stream.write(b'{"schema":"msp-results/1","cases":[')

    def case(self, result: CaseResult) -> None:
        """Writes one case."""
        rows = [
            _row(answer)
            for answer in result.answers
            if self._all_rows or answer.verdict is not Verdict.NOT_APPLICABLE
        ]
        body = {
            "case": result.case,
            "answered": result.answered,
            "not_applicable": result.not_applicable,
            "verdicts": rows,
            "audit": {q: _rating(r) for q, r in result.audit.items()},
        }
        self._stream.write(b"\n" if self._is_first else b",\n")
        self._stream.write(orjson.dumps(body))
        self._is_first = False

    def end(self, scan: Scan) -> None:
        """Writes faults, totals and the manifest, and closes the document."""
        totals = {"cases": scan.cases, "verdicts": dict(sorted(scan.verdicts.items()))}
        rest = {
            "faults": [fault_row(fault) for fault in scan.faults],
            "totals": totals,
            "manifest": manifest(scan),
        }
        self._stream.write(b"\n],")
        self._stream.write(orjson.dumps(rest)[1:])
        self._stream.write(b"\n")


class CsvDocument:
    """One line a verdict. No cell can be taken for a formula by a spreadsheet."""

    def __init__(self, stream: BinaryIO, *, all_rows: bool = False) -> None:
        self._text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
        self._all_rows = all_rows
        self._writer = csv.writer(self._text)
        self._writer.writerow(_COLUMNS)

    def case(self, result: CaseResult) -> None:
        """Writes the verdicts of one case."""
        for answer in result.answers:
            if self._all_rows or answer.verdict is not Verdict.NOT_APPLICABLE:
                cells = (
                    result.case,
                    answer.rule,
                    answer.subject or "",
                    answer.verdict.value,
                    answer.severity,
                    answer.colour,
                    answer.due.text if answer.due else "",
                    " ".join(answer.evidence),
                )
                self._writer.writerow([_inert(cell) for cell in cells])

    def end(self, scan: Scan) -> None:
        """Lets go of the stream, which stays open."""
        self._text.detach()


def manifest(scan: Scan) -> Mapping[str, Any]:
    """What a result rests on: no folder, no person, no case."""
    ruleset = scan.engine.ruleset
    dates = sorted({one.as_of for one in scan.inputs})
    return {
        "as_of": dates[0] if len(dates) == 1 else None,
        "engine": f"msp-rules {__version__}; {scan.engine.matcher_name}",
        "ruleset": {"id": ruleset.id, "version": ruleset.version, "sha256": ruleset.sha256},
        "switched_off": [rule.id for rule in ruleset.rules if not rule.is_enabled],
        "calendar": {"from": COVERED_FROM.isoformat(), "until": COVERED_UNTIL.isoformat()},
        "inputs": [
            {"name": one.name, "sha256": one.sha256, "bytes": one.size, "as_of": one.as_of}
            for one in scan.inputs
        ],
        "complete": scan.is_complete,
    }


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
    return {
        "rule": answer.rule,
        "subject": answer.subject,
        "verdict": answer.verdict.value,
        "due": answer.due.text if answer.due is not None else None,
        "evidence": list(answer.evidence),
        "missing": [{"event": m.event, "fields": list(m.fields)} for m in answer.missing],
        "severity": answer.severity,
    }


def _rating(rating: Any) -> Mapping[str, Any]:
    body = {"colour": rating.colour, "explained": rating.is_explained}
    return body if rating.suggested is None else {**body, "suggested": rating.suggested}


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
