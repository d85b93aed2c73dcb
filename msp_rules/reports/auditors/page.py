"""Puts together what the sheet of a case says: facts of the case, and findings by question.

Codes, days and words of the rules alone: no text of a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.case_file.layout import QUESTION_TEXTS
from msp_rules.audit.case_file.ratings import NOT_APPLICABLE, OutcomeResult, QuestionRatings
from msp_rules.casework.visibility import CaseView
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.reports.labels import (
    MOST_NAMED,
    VERDICTS,
    RuleWords,
    answer_limit_in_words,
    words_of,
)
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import Colour, Ruleset
from msp_rules.rules.language.wording import bare_event_noun, citation_in_words, code_label

_ORDER: Final = {colour.value: place for place, colour in enumerate(Colour)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer of one rule, in words."""

    rule: str
    """The id of the rule."""
    title: str
    """The title of the rule."""
    verdict: str
    """The verdict, as reports say it."""
    evidence: tuple[str, ...]
    """The entries behind it, by kind and day; of more than `MOST_NAMED`, the first."""
    others: int
    """The number of entries behind it that are not named."""
    cites: tuple[str, ...]
    """The places of the sources that it rests on."""
    number: str
    """The number of its limit with its basis; empty without one."""
    ask: str
    """The question of the rule to a colleague."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionFindings:
    """One question with what the rules found."""

    question: str
    """The code of the question."""
    text: str
    """The question in its own words, after its code."""
    suggested: str
    """The colour that the rules suggest, in words; a question for a person has none."""
    findings: tuple[Finding, ...]
    """The answers of the rules that feed it, those that gave its colour first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """The sheet of one case."""

    case: str
    """The id of the case."""
    facts: tuple[str, ...]
    """The details of the referral and the course of the case, in lines."""
    questions: tuple[QuestionFindings, ...]
    """The questions, in their order."""
    ratings: tuple[QuestionRatings, ...]
    """The ratings by the rules."""
    outcomes: tuple[OutcomeResult, ...]
    """The results of the outcomes, by their newest reviews."""
    signs: tuple[str, ...]
    """The signs of good practice, by name."""


class PageMaker:
    """Makes the pages of cases that one ruleset has judged."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._words = words_of(ruleset)
        self._cites = {
            rule.id: tuple(citation_in_words(cite, ruleset) for cite in rule.cites)
            for rule in ruleset.rules
        }

    def page(self, result: CaseResult, view: CaseView) -> CasePage:
        """Makes the page of a case, as it stood when it was judged."""
        entries = {one.id: _entry(one.type, one.day) for one in result.facts.events.listed()}
        questions, ratings = [], []
        for code in AUDIT_QUESTIONS:
            answers = self._answers(result, code)
            rating = result.findings.audit[code]
            is_for_a_person = AUDIT_QUESTIONS[code].is_for_a_person
            machine = NOT_APPLICABLE if rating.colour == "none" else rating.colour
            suggested = f"{machine}, explained" if rating.is_explained else machine
            questions.append(
                QuestionFindings(
                    question=code,
                    text=f"{code} {QUESTION_TEXTS[code]}",
                    suggested="" if is_for_a_person else suggested,
                    findings=tuple(self._finding(answer, entries) for answer in answers),
                )
            )
            behind = () if is_for_a_person else _behind(answers, rating.colour)
            ratings.append(QuestionRatings(question=code, machine=machine, rules=behind))
        return CasePage(
            case=result.case,
            facts=tuple(_facts(result, view)),
            questions=tuple(questions),
            ratings=tuple(ratings),
            outcomes=tuple(_outcomes(view)),
            signs=tuple(result.findings.practice),
        )

    def _answers(self, result: CaseResult, code: str) -> list[Answer]:
        """Lists the answers that feed a question, the heaviest colour first; prompts come last."""
        found = [
            answer
            for answer in result.answers
            if answer.verdict is not Verdict.NOT_APPLICABLE
            and code in (answer.questions or self._words[answer.rule].questions)
        ]
        return sorted(found, key=lambda one: (one.severity == "prompt", _ORDER[one.colour]))

    def _finding(self, answer: Answer, entries: Mapping[str, str]) -> Finding:
        words: RuleWords = self._words[answer.rule]
        ids = answer.evidence or (() if answer.subject is None else (answer.subject,))
        named = ids[:MOST_NAMED]
        return Finding(
            rule=answer.rule,
            title=words.title,
            verdict=VERDICTS[answer.verdict.value],
            evidence=tuple(dict.fromkeys(entries[one] for one in named if one in entries)),
            others=len(ids) - len(named),
            cites=self._cites[answer.rule],
            number=answer_limit_in_words(answer),
            ask="" if answer.verdict in _SETTLED else words.ask,
        )


_SETTLED: Final = (Verdict.MET, Verdict.EXPLAINED)
"""The verdicts after which there is nothing to ask."""


def _behind(answers: list[Answer], colour: str) -> tuple[str, ...]:
    """Lists the rules that gave a colour, in id order; prompts colour nothing."""
    found = {one.rule for one in answers if one.colour == colour and one.severity != "prompt"}
    return () if colour == "none" else tuple(sorted(found))


def _entry(kind: str, day: int) -> str:
    return f"{bare_event_noun(kind)}, {_day(day) if day else 'day not readable'}"


def _day(day: int) -> str:
    found = date.fromordinal(day)
    return f"{found.day} {found:%b %Y}"


def _facts(result: CaseResult, view: CaseView) -> Iterator[str]:
    """Writes the details of the referral in a line, and the course of the case in another."""
    facts = result.facts
    concerns = [one for one in view.by_type.get("concern_raised", ()) if one.is_certain]
    said = [f"Concern: {_day(facts.concern)}" if facts.concern else "Concern: day not on record"]
    if concerns:
        fields = concerns[0].fields
        for name, label in _REFERRAL.items():
            value = fields.get(name)
            codes = value if isinstance(value, tuple) else (value,)
            words = ", ".join(code_label(code) for code in codes if isinstance(code, str))
            said.append(f"{label}: {words or 'not on record'}")
    if len(concerns) > 1:
        said.append(f"further concerns: {len(concerns) - 1}")
    yield "; ".join(said)
    decided = f"{_day(facts.decided)}, {code_label(facts.result)}" if facts.decided else "none"
    course = [
        f"Decision about an enquiry: {decided}",
        f"closed: {_day(facts.closed)}" if facts.closed else "still open",
    ]
    if facts.days is not None:
        course.append(f"days from the concern: {facts.days}")
    course.append(f"team: {result.owner[1] or 'not on record'}")
    course += [f"age: {age}" for age in (view.case.adult.get("age_band"),) if isinstance(age, str)]
    yield "; ".join(course)


_REFERRAL: Final = {
    "source": "raised by",
    "abuse_type": "kinds of abuse",
    "location": "place",
    "source_of_risk": "source of risk",
}


def _outcomes(view: CaseView) -> Iterator[OutcomeResult]:
    """Gives the newest result of each outcome."""
    newest: dict[object, OutcomeResult] = {}
    for event in view.by_type.get("outcome_reviewed", ()):
        achieved, reason = event.fields.get("achieved"), event.fields.get("reason_code")
        if event.is_certain and isinstance(achieved, str):
            newest[event.fields.get("outcome")] = OutcomeResult(
                achieved=achieved, reason=reason if isinstance(reason, str) else ""
            )
    yield from newest.values()
