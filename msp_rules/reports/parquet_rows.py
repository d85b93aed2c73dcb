"""One case as rows for Parquet: what other processes make, without the library that writes it."""

from __future__ import annotations

import orjson

from msp_rules.audit.scan import CaseResult
from msp_rules.engine.verdict import Verdict


def parquet_rows(result: CaseResult, *, all_rows: bool) -> bytes:
    """The verdicts of one case as JSON, in the order of the columns.

    A due day is an ordinal, a due instant counts microseconds since the Unix epoch.
    """
    rows = []
    for answer in result.answers:
        if all_rows or answer.verdict is not Verdict.NOT_APPLICABLE:
            due = answer.due
            rows.append(
                (
                    result.case,
                    answer.rule,
                    answer.subject,
                    answer.verdict,
                    answer.severity,
                    answer.colour,
                    None if due is None else due.text,
                    None if due is None or due.in_hours else due.cutoff.day,
                    None if due is None or not due.in_hours else due.cutoff.instant,
                    answer.evidence,
                    None if answer.waived is None else " / ".join(answer.waived),
                )
            )
    return orjson.dumps(rows)
