"""Renders one case for the HTML report, in any process: facts, colours, findings, practice.

A case is a block that folds: without a script it opens by itself, and paper shows it open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.case_audit.facts import FACETS, facets_of
from msp_rules.audit.case_audit.practice import PRACTICES
from msp_rules.audit.case_audit.questions import Rating
from msp_rules.audit.practice_tally import move_of
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.reports.document import listed
from msp_rules.reports.html.answers import AnswerWriter, other_answers, to_review
from msp_rules.reports.html.holdings import holdings_of, records_of
from msp_rules.reports.html.ids import case_anchor, id_span
from msp_rules.reports.html.practice import practice_block
from msp_rules.reports.html.records import CaseHead, pack_record
from msp_rules.reports.labels import COLOUR_WORDS, RuleWords
from msp_rules.reports.practice_labels import (
    RANK_WEIGHTS,
    course_in_words,
    state_in_words,
    weights_in_words,
)
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import Severity
from msp_rules.rules.language.wording import code_label

FAULTS_HERE: Final = "\x00"
"""Stands where the faults of the case go, which are known at the end of a scan only.

No XML, and so no id from an export, can hold it.
"""
WEIGHTS: Final = tuple(severity.value for severity in reversed(Severity))
"""The weights, the heaviest first."""
VERDICT_CODES: Final = {
    verdict.value: code for verdict, code in zip(Verdict, "melpndxu", strict=True)
}
"""A letter for each verdict, as the index of cases has it; in capitals for what is waived."""
COLOUR_CODES: Final = {"red": "r", "amber": "a", "grey": "y", "green": "g", "none": "n"}
"""A letter for each colour, as the index of cases has it."""
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_MOST_FIRST: Final = 3


def html_case(result: CaseResult, *, words: Mapping[str, RuleWords], all_rows: bool) -> bytes:
    """Renders the record of a case: its head for tables and filters, and its text."""
    shown = listed(result.answers, all_rows=all_rows)
    missing = [one for one in shown if one.verdict is Verdict.NOT_MET and one.waived is None]
    counts, grid = Counter(one.severity for one in missing), result.findings.grid
    head = CaseHead(
        weight=sum(RANK_WEIGHTS[one.severity] for one in missing),
        case=result.case,
        owner=owner_in_words(*result.owner),
        facets=_facets(result),
        colours="".join(_colour_code(one) for one in result.findings.audit.values()),
        answers="".join(_answer_code(one, words[one.rule].place) for one in shown),
        signs=tuple(PRACTICES.index(name) for name in result.findings.practice),
        movement=(grid.movement or "") if grid is not None else "",
        move=move_of(grid) if grid is not None and grid.movement is not None else "",
        records=records_of(result),
        holdings=holdings_of(result, all_rows=all_rows),
        course=course_in_words(result.facts),
        first=_first(missing),
        counts=tuple(counts[name] for name in WEIGHTS),
    )
    return pack_record(head, _article(result, head, shown, words))


def owner_in_words(agency: str, team: str) -> str:
    """Writes agency and team as people say them; "not recorded" without either."""
    return " / ".join(part for part in (code_label(agency), team) if part) or "not recorded"


def colour_shown(rating: Rating) -> str:
    """Gives the colour that a report shows: for a question that a person rates, the suggestion."""
    return rating.colour if rating.suggestion is None else rating.suggestion.colour


def _article(
    result: CaseResult, head: CaseHead, shown: Sequence[Answer], words: Mapping[str, RuleWords]
) -> str:
    anchor = case_anchor(result.case)
    writer = AnswerWriter(words, result.facts)
    said = weights_in_words(dict(zip(WEIGHTS, head.counts, strict=True)))
    weight = f"{said} not evidenced" if said else "nothing is “not evidenced”"
    return (
        f'<article id="{anchor}"><details><summary><h3>Case {id_span(result.case)}</h3>'
        f'<span class="sum"> {escape(head.owner)} · {state_in_words(result.facts)} · '
        f"<b>{weight}</b></span></summary>"
        f'<p class="course">{escape(head.course)} · held by {escape(head.owner)} '
        f'<a class="here" href="#{anchor}">Address of this case</a></p>{FAULTS_HERE}'
        f'<ul class="q">{_questions(result)}</ul>'
        f"{_findings(shown, writer)}{practice_block(result.findings, writer)}"
        f"{other_answers(shown, writer)}"
        f'<p class="quiet">{result.answered} answers, {result.not_applicable} of them not '
        "applicable.</p></details></article>\n"
    )


def _findings(shown: Sequence[Answer], writer: AnswerWriter) -> str:
    found = to_review(shown)
    if not found:
        return "<h4>To ask about</h4><p>Nothing needs review.</p>"
    items = "".join(writer.finding(one) for one in found)
    return f'<h4>To ask about</h4><ul class="answers">{items}</ul>'


def _questions(result: CaseResult) -> str:
    items = []
    for question, rating in result.findings.audit.items():
        colour = colour_shown(rating)
        marks = " (explained)" if rating.is_explained else ""
        marks += " (suggested)" if rating.suggestion is not None and colour != "none" else ""
        about = escape(AUDIT_QUESTIONS[question].label)
        words = f"{question} {about}: {COLOUR_WORDS[colour]}{marks}"
        items.append(f'<li class="{colour}">{words}</li>')
    return "".join(items)


def _first(missing: Sequence[Answer]) -> tuple[str, ...]:
    """Gives the rules to ask about first, each once."""
    in_order = sorted(missing, key=lambda one: (-RANK_WEIGHTS[one.severity], one.rule))
    return tuple(dict.fromkeys(one.rule for one in in_order))[:_MOST_FIRST]


def _facets(result: CaseResult) -> str:
    found = facets_of(result.answers, result.facts, has_practice=bool(result.findings.practice))
    assert len(found) == len(FACETS)
    return "".join("1" if is_so else "0" for is_so in found)


def _colour_code(rating: Rating) -> str:
    code = COLOUR_CODES[colour_shown(rating)]
    return code.upper() if rating.is_explained else code


def _answer_code(answer: Answer, place: int) -> str:
    """Writes an answer in four characters: two of the rule's place, its verdict, its weight."""
    high, low = divmod(place, len(_DIGITS))
    verdict = VERDICT_CODES[answer.verdict.value]
    if answer.waived is not None:
        verdict = verdict.upper()
    return f"{_DIGITS[high]}{_DIGITS[low]}{verdict}{WEIGHTS.index(answer.severity)}"
