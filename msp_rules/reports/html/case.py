"""Renders one case as a fragment of the HTML report, in any process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Final

from msp_rules.audit.case_audit import CaseResult
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.reports.document import listed
from msp_rules.reports.labels import (
    COLOUR_WORDS,
    FOR_REVIEW,
    VERDICTS,
    RuleWords,
    answer_due_in_words,
    explanation,
)
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import Severity

END: Final = b"\x00"
"""Ends a fragment; no XML, and so no id from an export, can hold it."""
# Cases are sorted by it: ten answers of one severity weigh as much as one of the next.
_WEIGHTS: Final = {severity.value: 10**severity.rank for severity in Severity}
_ORDER: Final = tuple(VERDICTS)


def html_case(result: CaseResult, *, words: Mapping[str, RuleWords], all_rows: bool) -> bytes:
    """Renders the weight of what needs review, a blank, and the case: ratings, then answers.

    Answers that need review come first, the heaviest at the top.
    """
    shown = listed(result.answers, all_rows=all_rows)
    weight = sum(
        _WEIGHTS[answer.severity]
        for answer in shown
        if answer.verdict is Verdict.NOT_MET and answer.waived is None
    )
    to_review = [answer for answer in shown if _needs_review(answer)]
    to_review.sort(key=lambda one: (-_WEIGHTS[one.severity], _ORDER.index(one.verdict), one.rule))
    others = [answer for answer in shown if not _needs_review(answer)]
    case, owner = escape(result.case), escape(owner_in_words(*result.owner))
    body = (
        f'<article data-open="{int(weight > 0)}" data-held="{owner}">'
        f"<h3>Case {case}</h3>"
        f'<p class="quiet">Held by: {owner}. {result.answered} answers, {result.not_applicable} '
        "of them not applicable.</p>"
        f'<ul class="q">{_questions(result)}</ul>'
        f"{_list(to_review, words, 'Nothing needs review.')}"
        f"{_others(others, words)}</article>\n"
    )
    return f"{weight} {body}".encode() + END


def owner_in_words(agency: str, team: str) -> str:
    """Writes agency and team as people say them."""
    return " / ".join(part for part in (agency, team) if part) or "not recorded"


def _needs_review(answer: Answer) -> bool:
    return answer.verdict in FOR_REVIEW and answer.waived is None


def _questions(result: CaseResult) -> str:
    items = []
    for question, rating in result.findings.audit.items():
        said = rating.suggestion
        colour = rating.colour if said is None else said.colour
        marks = " (explained)" if rating.is_explained else ""
        marks += " (suggested)" if said is not None and colour != "none" else ""
        about = escape(AUDIT_QUESTIONS[question].label)
        words = f"{question} {about}: {COLOUR_WORDS[colour]}{marks}"
        items.append(f'<li class="{colour}">{words}</li>')
    return "".join(items)


def _list(answers: list[Answer], words: Mapping[str, RuleWords], without: str = "") -> str:
    if not answers:
        return f"<p>{without}</p>" if without else ""
    return f'<ul class="answers">{"".join(_answer(one, words) for one in answers)}</ul>'


def _others(answers: list[Answer], words: Mapping[str, RuleWords]) -> str:
    if not answers:
        return ""
    counts = Counter("waived" if a.waived is not None else VERDICTS[a.verdict] for a in answers)
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    return (
        f"<details><summary>{len(answers)} other answers: {said}</summary>"
        f"{_list(answers, words)}</details>"
    )


def _answer(answer: Answer, words: Mapping[str, RuleWords]) -> str:
    rule, subject = words[answer.rule], answer.subject
    due = answer_due_in_words(answer)
    waived = answer.waived
    colour = answer.colour if waived is None else "waived"
    tag = VERDICTS[answer.verdict]
    facts = []
    if waived is not None:
        facts.append(f"Waived: {escape(' / '.join(waived))}")
    facts.append(f"Weight: {answer.severity}")
    if due:
        facts.append(f"Due: {due}")
    facts.append(f"About: {escape(subject)}" if subject is not None else "About: the case")
    if answer.evidence:
        facts.append(f"Evidence: {escape(' '.join(answer.evidence))}")
    mark = "" if waived is None else ' data-w="1"'
    why = escape(explanation(answer, rule))
    if _needs_review(answer):
        body = f'<p>{why}</p><p class="quiet">{" · ".join(facts)}</p>'
    else:  # one line: there are many of these
        body = f'<p class="quiet">{why} {" · ".join(facts)}</p>'
    return (
        f'<li data-r="{answer.rule}" data-v="{answer.verdict}"{mark}>'
        f'<span class="tag {colour}">{tag}{"" if waived is None else " (waived)"}</span> '
        f'<a href="#rule-{answer.rule}">{answer.rule}</a> <b>{escape(rule.title)}</b>{body}</li>'
    )
