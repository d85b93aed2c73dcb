"""Writes results as JSON, JSON Lines and CSV, as they come, and compares such files by case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import zip_longest
from typing import Any

import orjson

from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.exceptions import switched_off
from msp_rules.audit.manifest import manifest, warning_row
from msp_rules.audit.output import OutputState
from msp_rules.audit.result import ScanResult
from msp_rules.casework.case import Fault
from msp_rules.reports.case_rows import CSV_COLUMNS, csv_rows, json_case
from msp_rules.reports.document import Document, Target
from msp_rules.reports.rows import coverage_document
from msp_rules.reports.summary import summary_document


class JsonDocument(Document):
    """The result document (schema `msp-results/1`); `cases` come first, what is counted last."""

    separator = b",\n"
    head = b'{"schema":"msp-results/1","cases":['
    is_lines = True

    @staticmethod
    def difference(one: bytes, other: bytes) -> str | None:
        """Names the case with rule and subject, or the part after the cases."""
        return _json_difference(one, other)

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.render = partial(json_case, all_rows=target.all_rows)
        self._has_cases = False

    def write(self, rendered: bytes) -> None:
        """Writes one case, or several in a row."""
        self.stream.write(self.separator if self._has_cases else b"\n")
        self.stream.write(rendered)
        self._has_cases = True

    def state(self) -> OutputState:
        """Gives whether there was a case: what comes before the next one depends on that."""
        return {"has_cases": self._has_cases}

    def restore(self, state: OutputState) -> None:
        """Resumes a document from a state that was saved."""
        has_cases = None if state is None else state.get("has_cases")
        if not isinstance(has_cases, bool):
            raise ValueError("not a state of this document")
        self._has_cases = has_cases

    def end(self, result: ScanResult) -> None:
        """Writes faults, totals and the manifest, and closes the document."""
        tally = result.tally
        rest = {
            "faults": [fault_row(fault) for fault in tally.faults],
            "warnings": [warning_row(one) for one in tally.warnings],
            "totals": {
                "cases": tally.cases,
                "verdicts": dict(sorted(tally.verdicts.items())),
                "waived": dict(sorted(tally.waived_by_rule.items())),
                "filtered": dict(sorted(tally.filtered_by_rule.items())),
                "switched_off": len(switched_off(result)),
                "unmapped": {".".join(name): n for name, n in sorted(tally.unmapped.items())},
            },
            "summary": summary_document(result),
            "coverage": coverage_document(result),
            "manifest": manifest(result),
        }
        self.stream.write(b"\n],")
        self.stream.write(orjson.dumps(rest)[1:])
        self.stream.write(b"\n")


class JsonLinesDocument(Document):
    """One case per line, each as in results.json; nothing follows them."""

    is_lines = True

    @staticmethod
    def difference(one: bytes, other: bytes) -> str | None:
        """Names the case with rule and subject."""
        return _json_difference(one, other)

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.render = partial(json_line, all_rows=target.all_rows)

    def end(self, result: ScanResult) -> None:
        """Leaves what was counted to the manifest."""


class CsvDocument(Document):
    """One line per verdict; nothing follows them. No cell is taken for a formula."""

    head = ",".join(CSV_COLUMNS).encode("ascii") + b"\r\n"
    is_lines = True

    @staticmethod
    def difference(one: bytes, other: bytes) -> str | None:
        """Names case and rule."""
        case, _, rest = (one or other).partition(b",")
        rule = rest.partition(b",")[0]
        if not case or b'"' in case or not rule or rule == b"rule":  # quoted, or the head
            return None
        return f"case {case.decode('utf-8', 'replace')}, rule {rule.decode('utf-8', 'replace')}"

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.render = partial(csv_rows, all_rows=target.all_rows)

    def end(self, result: ScanResult) -> None:
        """Leaves what was counted to the manifest."""


def json_line(result: CaseResult, *, all_rows: bool) -> bytes:
    """Renders one case as a line of JSON Lines."""
    return json_case(result, all_rows=all_rows) + b"\n"


def fault_row(fault: Fault) -> Mapping[str, Any]:
    """Gives a fault as the contract shapes it."""
    return {
        "input": fault.input,
        "line": fault.line,
        "case": fault.case,
        "event": fault.event,
        "rule": fault.rule,
        "reason": fault.reason,
    }


def _json_difference(one: bytes, other: bytes) -> str | None:
    """Names the place in a line of JSON: in a case, or in the part after the cases."""
    if one.startswith(b"],") or other.startswith(b"],"):
        a, b = (_parsed(b"{" + line.removeprefix(b"],")) for line in (one, other))
        return None if a is None or b is None else ", ".join(_first_keys(a, b))
    a, b = (_parsed(line.rstrip().removesuffix(b",")) for line in (one, other))
    known = a or b
    if known is None or "case" not in known:
        return None
    case = f"case {known['case']}"
    if a is None or b is None or a.get("case") != b.get("case"):
        return case
    for x, y in zip_longest(_rows(a), _rows(b)):
        if x != y:
            row = x or y or {}
            subject = f", subject {row.get('subject')}" if row.get("subject") else ""
            return f"{case}, rule {row.get('rule')}{subject}"
    return ", ".join((case, *_first_keys(a, b)))


def _rows(case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = case.get("verdicts")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _first_keys(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Finds the first key that differs, and inside it the next, as long as both have keys there."""
    for key in (*one, *(key for key in other if key not in one)):
        a, b = one.get(key), other.get(key)
        if a == b and (key in one) == (key in other):
            continue
        yield key
        if isinstance(a, dict) and isinstance(b, dict):
            yield from _first_keys(a, b)
        return


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
