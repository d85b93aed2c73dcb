"""One case as rows of the workbook, made in any process without the library that writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from msp_rules.audit.scan import CaseResult
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.reports.explanations import RuleWords, explanation, missing_in_words
from msp_rules.reports.palette import QUESTIONS, VERDICTS


def xlsx_rows(result: CaseResult, *, words: Mapping[str, RuleWords], all_rows: bool) -> bytes:
    """The row of a case, and those of its verdicts, as JSON."""
    colours = []
    for question in QUESTIONS:
        rating = result.findings.audit[question]
        said = rating.suggestion
        colours.append(rating.colour if said is None else f"{said.colour} (suggested)")
    case = [result.case, *result.holder, result.answered, result.not_applicable, *colours]
    rows = [
        [result.case, *result.holder, *_verdict(answer, words[answer.rule])]
        for answer in result.answers
        if all_rows or answer.verdict is not Verdict.NOT_APPLICABLE
    ]
    return orjson.dumps([case, rows])


def _verdict(answer: Answer, words: RuleWords) -> list[Any]:
    return [
        answer.rule,
        answer.subject,
        VERDICTS[answer.verdict],
        answer.severity,
        answer.colour,
        answer.due.text if answer.due is not None else None,
        " ".join(answer.evidence),
        explanation(answer, words),
        missing_in_words(answer.missing),
        " / ".join(answer.waived) if answer.waived is not None else None,
    ]
