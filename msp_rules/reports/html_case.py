"""One case as a fragment of the HTML report."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

from msp_rules.audit.scan import CaseResult
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.reports.palette import QUESTIONS, VERDICTS

END: Final = b"\x00"
"""Ends a fragment; no XML, and so no id from an export, can hold it."""
_WEIGHTS: Final = {"statutory": 1000, "flag": 100, "advice": 10, "prompt": 1}


def html_case(result: CaseResult, *, titles: Mapping[str, str], all_rows: bool) -> bytes:
    """How much there is to look at, a blank, and the case: its ratings, then its verdicts."""
    rows, weight = [], 0
    for answer in result.answers:
        if answer.verdict is Verdict.NOT_MET and answer.waived is None:
            weight += _WEIGHTS[answer.severity]
        if all_rows or answer.verdict is not Verdict.NOT_APPLICABLE:
            rows.append(_row(answer, titles))
    questions = []
    for question, rating in result.findings.audit.items():
        said = rating.suggestion
        colour = rating.colour if said is None else said.colour
        words = "not rated" if colour == "none" else colour
        marks = " (explained)" if rating.is_explained else ""
        marks += " (suggested)" if said is not None and colour != "none" else ""
        about = escape(QUESTIONS[question].removesuffix(" (suggested)"))
        questions.append(f'<li class="{colour}">{question} {about}: {words}{marks}</li>')
    case = escape(result.case)
    agency, team = result.holder
    held = escape(" / ".join(part for part in (agency, team) if part) or "not recorded")
    body = (
        f'<article data-open="{int(weight > 0)}"><h3>Case {case}</h3>'
        f"<p>Held by: {held}. {result.answered} answers, "
        f"{result.not_applicable} of them not applicable.</p>"
        f'<ul class="q">{"".join(questions)}</ul>'
        f'<div class="wide" tabindex="0" role="region" aria-label="Verdicts of case {case}">'
        f"<table><caption>Verdicts of case {case}</caption><thead><tr>"
        '<th scope="col">Rule</th><th scope="col">About</th><th scope="col">Verdict</th>'
        '<th scope="col">Due</th><th scope="col">Evidence</th><th scope="col">Missing</th>'
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table></div></article>\n"
    )
    return f"{weight} {body}".encode() + END


def _row(answer: Answer, titles: Mapping[str, str]) -> str:
    missing = "; ".join(
        f"{one.event} ({', '.join(one.fields)})" if one.fields else one.event
        for one in answer.missing
    )
    due = answer.due.text if answer.due is not None else ""
    waived = f" (waived: {' / '.join(answer.waived)})" if answer.waived is not None else ""
    return (
        f'<tr><th scope="row">{answer.rule} {escape(titles[answer.rule])}</th>'
        f"<td>{escape(answer.subject or 'the case')}</td>"
        f'<td class="{answer.colour}">{VERDICTS[answer.verdict]}{escape(waived)}</td>'
        f"<td>{due}</td><td>{escape(' '.join(answer.evidence))}</td><td>{escape(missing)}</td></tr>"
    )
