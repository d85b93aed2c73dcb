"""Shows a rehearsal: as a document, as text for a terminal, and as a page.

The document holds all words; text and page only lay it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from html import escape
from textwrap import wrap
from typing import Final, TypedDict

from msp_rules.authoring.rehearse import RehearsalResult, StepResult
from msp_rules.casework.moments import in_words, parse_as_of
from msp_rules.casework.workdays import Due, due_text
from msp_rules.prompts.prompt import Ending, Prompt
from msp_rules.reports.labels import (
    COLOUR_WORDS,
    FOR_REVIEW,
    QUESTIONS,
    VERDICTS,
    explanation,
    missing_in_words,
    words_of,
)
from msp_rules.rules.language.rule import Ruleset
from msp_rules.rules.language.wording import event_noun, spaced

_WIDTH: Final = 96
_ENDINGS: Final[Mapping[Ending | None, str]] = {
    Ending.ANSWERED: "the record answers it",
    Ending.EXPLAINED: "a reason is recorded",
    Ending.NOT_APPLICABLE: "it does not apply any more",
    Ending.CANNOT_TELL: "the record can't tell",
    Ending.CASE_CLOSED: "the case is closed",
    Ending.GONE: "what it asked about is gone",
}


class AskedDocument(TypedDict):
    """One question that the worker sees."""

    rule: str
    """The id of the rule."""
    question: str
    """The question."""
    interrupts: bool
    """True where it comes first, and alone."""
    roles: list[str]
    """The roles that are asked, in words."""
    due: str | None
    """The limit, as results write it."""
    by: str
    """The limit in words; empty where there is none."""
    settled_by: str
    """The records that would settle it, in words."""


class EndedDocument(TypedDict):
    """One question that is not asked any more."""

    rule: str
    """The id of the rule."""
    question: str
    """The question."""
    because: str
    """The reason, in words."""


class QuestionDocument(TypedDict):
    """One question to whoever learns by the case."""

    ask: str
    """The question."""
    answer: str
    """The answer that the trainer expects."""


class StepDocument(TypedDict):
    """One step."""

    at: str
    """The moment, as written."""
    day: str
    """The moment in words."""
    happens: str
    """The story."""
    form: str | None
    """The form that is open; None: the page of the case."""
    recorded: list[str]
    """The entries that were made, in words."""
    asked: list[AskedDocument]
    """The questions that are shown."""
    held_back: int
    """The number of questions that wait for room."""
    ended: list[EndedDocument]
    """The questions that are not asked any more."""
    questions: list[QuestionDocument]
    """The questions to whoever learns by it."""


class RatedDocument(TypedDict):
    """The colour of one audit question."""

    question: str
    """The code."""
    label: str
    """The question, in words."""
    colour: str
    """The colour; of a question for a person, the one that is suggested."""


class FindingDocument(TypedDict):
    """One answer of the audit that a reader would follow up."""

    rule: str
    """The id of the rule."""
    title: str
    """Its title."""
    verdict: str
    """The verdict."""
    said: str
    """The finding in words."""


class AuditDocument(TypedDict):
    """The audit at the end."""

    as_of: str
    """The moment, as written."""
    day: str
    """The moment in words."""
    ratings: list[RatedDocument]
    """The audit questions."""
    findings: list[FindingDocument]
    """The answers to follow up."""


class RehearsalDocument(TypedDict):
    """A rehearsal as it went."""

    title: str
    """The name of the case."""
    about: list[str]
    """The topics that it teaches."""
    story: str
    """The background."""
    steps: list[StepDocument]
    """The steps."""
    audit: AuditDocument
    """The audit at the end."""
    differences: list[str]
    """All in which the rules came to something else than the case says of itself."""


def rehearsal_document(done: RehearsalResult, ruleset: Ruleset) -> RehearsalDocument:
    """Writes a rehearsal with all its words; the rules are those that it went by."""
    return {
        "title": done.rehearsal.title,
        "about": list(done.rehearsal.about),
        "story": done.rehearsal.story,
        "steps": [_step(one) for one in done.steps],
        "audit": _audit(done, ruleset),
        "differences": list(done.differences()),
    }


def _step(done: StepResult) -> StepDocument:
    interrupting = [_asked(one, interrupts=True) for one in done.asked.interrupting]
    beside = [_asked(one, interrupts=False) for one in done.asked.passive]
    return {
        "at": done.step.at,
        "day": _moment(done.step.at),
        "happens": done.step.happens,
        "form": done.step.form,
        "recorded": [event_noun(event.type) for event in done.events],
        "asked": interrupting + beside,
        "held_back": len(done.asked.held_back),
        "ended": [
            {
                "rule": one.key.rule,
                "question": one.summary,
                "because": _ENDINGS[one.ending],
            }
            for one in done.ended
        ],
        "questions": [{"ask": one.ask, "answer": one.answer} for one in done.step.questions],
    }


def _asked(prompt: Prompt, *, interrupts: bool) -> AskedDocument:
    return {
        "rule": prompt.key.rule,
        "question": prompt.summary,
        "interrupts": interrupts,
        "roles": [spaced(role) for role in prompt.roles],
        "due": None if prompt.due is None else due_text(prompt.due),
        "by": "" if prompt.due is None else _due(prompt.due),
        "settled_by": missing_in_words(prompt.missing),
    }


def _audit(done: RehearsalResult, ruleset: Ruleset) -> AuditDocument:
    words = words_of(ruleset)
    ratings: list[RatedDocument] = []
    for code, rating in done.audit.findings.audit.items():
        colour = rating.colour if rating.suggestion is None else rating.suggestion.colour
        ratings.append({"question": code, "label": QUESTIONS[code], "colour": colour})
    return {
        "as_of": done.rehearsal.audited,
        "day": _moment(done.rehearsal.audited),
        "ratings": ratings,
        "findings": [
            {
                "rule": one.rule,
                "title": words[one.rule].title,
                "verdict": one.verdict.value,
                "said": explanation(one, words[one.rule]),
            }
            for one in done.audit.answers
            if one.verdict.value in FOR_REVIEW
        ],
    }


def _moment(text: str) -> str:
    """Says a moment as people do, with its hour where it has one."""
    day = date.fromordinal(parse_as_of(text).day)
    clock = text[11:16]
    return f"{day:%A} {in_words(day)}" + (f", {clock}" if clock else "")


def _due(due: Due) -> str:
    text = due_text(due)
    day = in_words(date.fromisoformat(text[:10]))
    return f"{day}, {text[11:16]}" if due.in_hours else day


# Text for a terminal.


def rehearsal_lines(document: RehearsalDocument, *, with_answers: bool) -> Iterator[str]:
    """Lays a rehearsal out as text; the answers to its questions only where they are wanted."""
    yield f"{document['title']} ({', '.join(document['about'])})"
    yield from wrap(document["story"], _WIDTH)
    for number, step in enumerate(document["steps"], start=1):
        yield ""
        yield from _step_lines(number, step, with_answers=with_answers)
    audit = document["audit"]
    yield ""
    yield f"The audit, as of {audit['day']}"
    for rated in audit["ratings"]:
        colour = COLOUR_WORDS[rated["colour"]]
        yield f"  {rated['question']} {rated['label']}: {colour}"
    for found in audit["findings"]:
        yield f"  {found['rule']}, {found['title']}: {VERDICTS[found['verdict']]}"
        yield from _indented(found["said"], 4)
    if not with_answers:
        yield ""
        yield "Answers to the questions: --answers"


def _step_lines(number: int, step: StepDocument, *, with_answers: bool) -> Iterator[str]:
    yield f"{number}. {step['day']}"
    yield from _indented(step["happens"], 3)
    if step["recorded"]:
        yield from _indented(f"Recorded: {'; '.join(step['recorded'])}.", 3)
    for because, rules in _by_reason(step["ended"]):
        yield from _indented(f"Not asked any more: {', '.join(rules)} ({because}).", 3)
    yield from _indented(_where(step), 3)
    for asked in step["asked"]:
        yield from _indented(f"{asked['rule']} {_of_whom(asked)}: {asked['question']}", 5)
    if step["held_back"]:
        yield from _indented(f"Held back: {step['held_back']}.", 5)
    for question in step["questions"]:
        yield from _indented(f"? {question['ask']}", 3)
        if with_answers:
            yield from _indented(question["answer"], 5)


def _by_reason(ended: Sequence[EndedDocument]) -> Iterator[tuple[str, list[str]]]:
    """Gives each reason with the rules that are not asked for it, each once."""
    for because in dict.fromkeys([one["because"] for one in ended]):
        rules = [one["rule"] for one in ended if one["because"] == because]
        yield because, list(dict.fromkeys(rules))


def _where(step: StepDocument) -> str:
    place = "On the page of the case" if step["form"] is None else f"At {event_noun(step['form'])}"
    return f"{place} the worker is asked:" if step["asked"] else f"{place} nothing is asked."


def _of_whom(asked: AskedDocument) -> str:
    by = f", by {asked['by']}" if asked["by"] else ""
    first = ", before anything else" if asked["interrupts"] else ""
    return f"({', '.join(asked['roles'])}{by}{first})"


def _indented(text: str, by: int) -> list[str]:
    blank = " " * by
    return wrap(text, _WIDTH, initial_indent=blank, subsequent_indent=blank)


# A page.


def rehearsal_page(document: RehearsalDocument, back: str = "") -> str:
    """Writes a page that needs nothing else; `back` is the address of the list of cases.

    Answers are folded away: each is opened by whoever has thought of one.
    """
    steps = "".join(_step_html(one) for one in document["steps"])
    audit = document["audit"]
    ratings = "".join(
        f"<li>{escape(one['question'])} {escape(one['label'])}: "
        f"{escape(COLOUR_WORDS[one['colour']])}</li>"
        for one in audit["ratings"]
    )
    findings = "".join(
        f"<li><strong>{escape(one['rule'])}</strong> {escape(one['title'])}: "
        f"{escape(VERDICTS[one['verdict']])}. {escape(one['said'])}</li>"
        for one in audit["findings"]
    )
    link = f'<p><a href="{escape(back)}">All training cases</a></p>' if back else ""
    return _PAGE.format(
        title=escape(document["title"]),
        about=escape(", ".join(document["about"])),
        story=escape(document["story"]),
        steps=steps,
        day=escape(audit["day"]),
        ratings=ratings,
        findings=f"<ul>{findings}</ul>" if findings else "",
        link=link,
    )


def _step_html(step: StepDocument) -> str:
    asked = "".join(
        f"<li><strong>{escape(one['rule'])}</strong> {escape(_of_whom(one))}: "
        f"{escape(one['question'])}</li>"
        for one in step["asked"]
    )
    ended = "".join(
        f"<li>{escape(', '.join(rules))}: {escape(because)}</li>"
        for because, rules in _by_reason(step["ended"])
    )
    questions = "".join(
        f"<details><summary>{escape(one['ask'])}</summary><p>{escape(one['answer'])}</p></details>"
        for one in step["questions"]
    )
    recorded = f"<p>Recorded: {escape('; '.join(step['recorded']))}.</p>"
    return (
        f"<li><h2>{escape(step['day'])}</h2><p>{escape(step['happens'])}</p>"
        f"{recorded if step['recorded'] else ''}"
        f"{_listed('Not asked any more', ended)}"
        f"<p>{escape(_where(step))}</p>{f'<ul>{asked}</ul>' if asked else ''}"
        f"{questions}</li>"
    )


def _listed(heading: str, items: str) -> str:
    return f"<p>{heading}:</p><ul>{items}</ul>" if items else ""


def list_page(cases: Sequence[tuple[str, str, Sequence[str]]]) -> str:
    """Writes the list of training cases: of each its address, title and topics."""
    rows = "".join(
        f'<li><a href="{escape(address)}">{escape(title)}</a>: {escape(", ".join(about))}</li>'
        for address, title, about in cases
    )
    return _LIST.format(rows=rows)


_HEAD: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem }}
main {{ max-width: 46rem; margin: 0 auto }}
h2 {{ font-size: 1.1rem; margin: 1.5rem 0 0.25rem }}
p, ul {{ margin: 0.25rem 0 }}
details {{ background: #f3f3f3; margin: 0.5rem 0; padding: 0.5rem 0.75rem }}
summary {{ cursor: pointer }}
</style>
</head>
<body>
<main>
"""
_PAGE: Final = (
    _HEAD
    + """<h1>{title}</h1>
<p>Made up, to learn by: {about}.</p>
<p>{story}</p>
<ol>{steps}</ol>
<h2>The audit, as of {day}</h2>
<ul>{ratings}</ul>
{findings}
{link}
</main>
</body>
</html>
"""
)
_LIST: Final = (
    _HEAD.replace("{title}", "Training cases")
    + """<h1>Training cases</h1>
<p>Made-up cases, step by step: what is recorded, what would be asked, and of whom. Each asks you
something at every step; open an answer once you have one of your own.</p>
<ul>{rows}</ul>
</main>
</body>
</html>
"""
)
