"""Renders the answers on a case: findings to ask about at length, the others in a line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from msp_rules.audit.case_audit.facts import CaseEvent, CaseFacts
from msp_rules.engine.verdict import Answer
from msp_rules.reports.html.ids import id_span
from msp_rules.reports.labels import (
    FOR_REVIEW,
    MOST_NAMED,
    VERDICTS,
    RuleWords,
    answer_due_in_words,
    answer_limit_in_words,
    explanation,
    others_in_words,
)
from msp_rules.reports.practice_labels import day_in_words
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import Severity
from msp_rules.rules.language.wording import bare_event_noun

_ORDER: Final = tuple(VERDICTS)
_RANKS: Final = {severity.value: severity.rank for severity in Severity}
_COLOURING: Final = ("red", "amber", "grey")


class _EventNames(dict[str, str]):
    """Names each event of a case once: thousands of answers may rest on the same thousands."""

    def __init__(self, events: Mapping[str, CaseEvent]) -> None:
        super().__init__()
        self._events = events

    def __missing__(self, event: str) -> str:
        known = self._events.get(event)
        named = id_span(event)
        if known is not None:
            day = day_in_words(known.day)
            named = f"{escape(bare_event_noun(known.type))} of {day} ({named})"
        self[event] = named
        return named


class AnswerWriter:
    """Writes the answers on one case; events are named by kind and day, as its facts know them."""

    def __init__(self, words: Mapping[str, RuleWords], facts: CaseFacts) -> None:
        self._words = words
        self._named = _EventNames({one.id: one for one in facts.events.listed()})

    def finding(self, answer: Answer) -> str:
        """Writes an answer to ask about: the reason, the question to a colleague, the facts."""
        rule = self._words[answer.rule]
        ask = f'<p class="ask"><b>Ask:</b> {escape(rule.ask)}</p>' if rule.ask else ""
        why = escape(explanation(answer, rule))
        return (
            f"{self._opening(answer)}{_effect(answer, rule)}<p>{why}</p>{ask}"
            f'<p class="quiet">{self._facts(answer)}</p></li>'
        )

    def in_a_line(self, answer: Answer) -> str:
        """Writes any other answer in a line: there are many of these."""
        why = escape(explanation(answer, self._words[answer.rule]))
        return f'{self._opening(answer)}<p class="quiet">{why} {self._facts(answer)}</p></li>'

    def events(self, ids: Sequence[str]) -> str:
        """Names events by kind and day: "decision of 7 January 2026 (e7)"; escaped.

        Nobody reads thousands of them here, and thousands of answers may rest on the same ones: of
        more than `MOST_NAMED`, the first are named, and the others counted.
        """
        named = [self._named[one] for one in ids[:MOST_NAMED]]
        if others := len(ids) - len(named):
            named.append(others_in_words(others))
        return "; ".join(named)

    def _opening(self, answer: Answer) -> str:
        waived = answer.waived
        tag = "waived" if waived is not None else f"v-{answer.verdict}"
        said = VERDICTS[answer.verdict] + ("" if waived is None else " (waived)")
        marks = f'data-r="{answer.rule}" data-v="{answer.verdict}" data-s="{answer.severity}"'
        marks += "" if waived is None else ' data-w="1"'
        return (
            f"<li {marks}>"
            f'<span class="tag {tag}">{said}</span> '
            f'<a href="#rule-{answer.rule}">{answer.rule}</a> '
            f"<b>{escape(self._words[answer.rule].title)}</b>"
        )

    def _facts(self, answer: Answer) -> str:
        facts = []
        if answer.waived is not None:
            facts.append(f"Waived: {escape(' / '.join(answer.waived))}")
        facts.append(f"Weight: {answer.severity}")
        due, limit = answer_due_in_words(answer), answer_limit_in_words(answer)
        if due:
            facts.append(f"Due: {due}")
        if limit:
            facts.append(f"Limit: {limit}")
        about = "the case" if answer.subject is None else self._named[answer.subject]
        facts.append(f"About: {about}")
        if answer.evidence:
            facts.append(f"Evidence: {self.events(answer.evidence)}")
        return " · ".join(facts)


def to_review(answers: Iterable[Answer]) -> list[Answer]:
    """Picks the answers to follow up, the heaviest first."""
    found = [one for one in answers if _needs_review(one)]
    found.sort(key=lambda one: (-_RANKS[one.severity], _ORDER.index(one.verdict), one.rule))
    return found


def other_answers(answers: Sequence[Answer], writer: AnswerWriter) -> str:
    """Writes the answers that need no review, folded; empty without any."""
    others = [one for one in answers if not _needs_review(one)]
    if not others:
        return ""
    names = ["waived" if one.waived is not None else VERDICTS[one.verdict] for one in others]
    said = ", ".join(f"{count} {name}" for name, count in Counter(names).items())
    items = "".join(writer.in_a_line(one) for one in others)
    noun = "other answer" if len(others) == 1 else "other answers"
    return (
        f"<details><summary>{len(others)} {noun}: {said}</summary>"
        f'<ul class="answers">{items}</ul></details>'
    )


def _needs_review(answer: Answer) -> bool:
    return answer.verdict in FOR_REVIEW and answer.waived is None


def _effect(answer: Answer, rule: RuleWords) -> str:
    """Says in words which audit questions an answer colours: "makes Q1 red"."""
    if answer.colour not in _COLOURING or answer.severity == Severity.PROMPT:
        return ""
    asked = rule.questions if answer.questions is None else answer.questions
    rated = [code for code in asked if not AUDIT_QUESTIONS[code].is_for_a_person]
    suggested = [code for code in asked if AUDIT_QUESTIONS[code].is_for_a_person]
    said = []
    if rated:
        said.append(f"counts as {answer.colour} for {' and '.join(rated)}")
    if suggested:
        said.append(f"suggests {answer.colour} for {' and '.join(suggested)}")
    return f' <span class="effect">· {", ".join(said)}</span>' if said else ""
