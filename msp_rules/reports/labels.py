"""Defines the words and colours of reports: for verdicts and ratings, and for what a rule says.

Every report that people read takes its words from here: names and colours of verdicts, questions
and ratings; a few sentences on why a rule answered as it did; and a rule laid out as nested lists.
None of it holds words of a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from msp_rules.casework.moments import in_words
from msp_rules.engine.verdict import Answer, Missing, Verdict
from msp_rules.rules.language.conditions import ConceptUse, Condition, parts
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import BLOCKS, Citation, Colour, Period, Rule, Ruleset
from msp_rules.rules.language.wording import (
    bare_event_noun,
    citation_in_words,
    condition_in_words,
    due_in_words,
    event_noun,
    fields_in_words,
    number_in_words,
    period_in_words,
    spaced,
)

VERDICTS: Final = {
    "not_met": "not evidenced in the record",
    "partly_met": "partly evidenced",
    "met_late": "evidenced late",
    "cannot_tell": "cannot tell",
    "not_yet_due": "not yet due",
    "explained": "explained",
    "met": "evidenced",
    "not_applicable": "not applicable",
}
APPLYING: Final = tuple(verdict for verdict in VERDICTS if verdict != "not_applicable")
"""The verdicts of rules that apply to a case, in the order of every table and bar."""
FOR_REVIEW: Final = ("not_met", "partly_met", "met_late", "cannot_tell")
"""The verdicts that a reader should follow up, the most serious first: the findings, and what the
record cannot tell, which is not a finding and cannot be waived."""
QUESTIONS: Final = {
    code: f"{question.label} (suggested)" if question.is_for_a_person else question.label
    for code, question in AUDIT_QUESTIONS.items()
}
"""The audit questions by code, for tables of ratings: a person's view is marked as suggested."""
COLOURS: Final = tuple(colour.value for colour in Colour)
MOST_NAMED: Final = 50
"""The number of events that page and workbook name for an answer; of more, the first."""
COLOUR_WORDS: Final = {**{name: name for name in COLOURS}, "none": "not rated"}
_RED: Final = "#a4161a"
_AMBER: Final = "#ffc857"
_GREEN: Final = "#1c6b3a"
_DARK_INK: Final = "#1b1b1b"
_WHITE: Final = "#ffffff"
INKS: Final = {
    "red": (_WHITE, _RED),
    "amber": (_DARK_INK, _AMBER),
    "grey": (_DARK_INK, "#d5d8dc"),
    "green": (_WHITE, _GREEN),
    "none": (_DARK_INK, _WHITE),
    "waived": (_DARK_INK, _WHITE),
    "v-not_met": (_WHITE, "#5b2a86"),
    "v-partly_met": (_DARK_INK, "#c3a3e3"),
    "v-met_late": (_DARK_INK, "#e2d5f1"),
    "v-cannot_tell": (_DARK_INK, "#d5d8dc"),
    "v-not_yet_due": (_DARK_INK, "#eef1f4"),
    "v-explained": (_DARK_INK, "#b5dfe2"),
    "v-met": (_WHITE, "#136f75"),
    "v-not_applicable": (_DARK_INK, _WHITE),
}
"""Text colour and background of what is rated.

Red, amber and green belong to the audit questions alone; verdicts have colours of their own, so
that no colour means two things. Grey is what can't be judged, in both.
"""
LIGHT: Final = {
    "ink": ("#1b1b1b", "#ffffff"),
    "quiet": ("#4a4f55", "#ffffff"),
    "link": ("#0b4f8a", "#ffffff"),
    "ink on panels": ("#1b1b1b", "#f1f3f5"),
    "quiet on panels": ("#4a4f55", "#f1f3f5"),
    "link on panels": ("#0b4f8a", "#f1f3f5"),
}
DARK: Final = {
    "ink": ("#eceef0", "#15181c"),
    "quiet": ("#b6bdc6", "#15181c"),
    "link": ("#8cc4ff", "#15181c"),
    "ink on panels": ("#eceef0", "#23282f"),
    "quiet on panels": ("#b6bdc6", "#23282f"),
    "link on panels": ("#8cc4ff", "#23282f"),
}
"""Text on the page, where a reader's screen is light and where it is dark. Every pair of all three
has a contrast of 4.5 to 1 or more (tested)."""
_UNSURE: Final = "#8b929a"
_PALE: Final = "#dfe4ea"
BARS: Final = {
    "not_met": "#5b2a86",
    "partly_met": "#a67ed1",
    "met_late": "#d4c0ea",
    "cannot_tell": _UNSURE,
    "not_yet_due": _PALE,
    "explained": "#7fc6cb",
    "met": "#136f75",
    "red": _RED,
    "amber": _AMBER,
    "grey": _UNSURE,
    "green": _GREEN,
    "none": _PALE,
}
"""The parts of bars; the numbers beside each bar say the same."""


def share(count: int, of: int) -> str:
    """Writes a count with its denominator; a percentage only from ten up, and never alone."""
    if of < 10:
        return f"{count} of {of}"
    percent = f"{100 * count / of:.0f}%"
    if 0 < count < of:  # nothing is rounded to none or to all
        percent = {"0%": "under 1%", "100%": "over 99%"}.get(percent, percent)
    return f"{count} of {of} ({percent})"


class RuleWords(NamedTuple):
    """The words of a rule for a report."""

    title: str
    """The title of the rule."""
    finding: str
    """The rule's sentence for what is not evidenced."""
    ask: str = ""
    """The rule's question to a colleague."""
    questions: tuple[str, ...] = ()
    """The audit questions that it colours."""
    place: int = 0
    """The place of the rule among all of its ruleset, by id."""
    principles: tuple[str, ...] = ()
    """The principles that it serves."""


def words_of(ruleset: Ruleset) -> Mapping[str, RuleWords]:
    """Gives the words of every rule, by its id and in that order."""
    rules = sorted(ruleset.rules, key=lambda rule: rule.id)
    return {
        rule.id: RuleWords(
            title=rule.title,
            finding=rule.finding,
            ask=rule.prompt.summary,
            questions=rule.audit_questions,
            place=place,
            principles=rule.principles,
        )
        for place, rule in enumerate(rules)
    }


def explanation(answer: Answer, words: RuleWords) -> str:
    """Explains in a few sentences what is evidenced or not, by when, and what would settle it."""
    due = answer_due_in_words(answer)
    by = f" by {due}" if due else ""
    wanted = missing_in_words(answer.missing)
    verdict = answer.verdict
    if verdict is Verdict.NOT_MET:
        said = words.finding.replace("{due}", due or "its limit")
        return _with(said, "What would settle it", wanted)
    if verdict is Verdict.PARTLY_MET:
        return _with("Part of it is evidenced in the record.", "Not evidenced so far", wanted)
    if verdict is Verdict.MET_LATE:
        return f"Evidenced in the record, but not{by}." if due else "Evidenced in the record, late."
    if verdict is Verdict.CANNOT_TELL:
        said = "The record, or the system that it comes from, does not say enough."
        return _with(said, "What would settle it", wanted)
    if verdict is Verdict.NOT_YET_DUE:
        said = f"There is time until {due}." if due else "It is not due yet."
        return _with(said, "What it waits for", wanted)
    if verdict is Verdict.EXPLAINED:
        return "An accepted reason is recorded."
    if verdict is Verdict.MET:
        return f"Evidenced in the record{by}."
    return "It does not apply to this case."


def others_in_words(count: int) -> str:
    """Says how many more events there are than are named, and which file lists them all."""
    return f"and {count} more: results.json (--format json) lists them all"


def answer_limit_in_words(answer: Answer) -> str:
    """Says the number that decided the limit, and its basis; empty where none did."""
    number = answer.number
    return (
        ""
        if number is None
        else number_in_words(number.number, number.unit, number.basis, number.parameter)
    )


def missing_in_words(missing: tuple[Missing, ...]) -> str:
    """Writes events with their fields: "a meeting (purpose, adult invited)"."""
    parts = []
    for one in missing:
        labels = ", ".join(fields_in_words(one.fields, one.codes()))
        noun = event_noun(one.event)
        parts.append(f"{noun} ({labels})" if labels else noun)
    return "; ".join(dict.fromkeys(parts))


def answer_due_in_words(answer: Answer) -> str:
    """Writes the limit as a day, for limits of hours with a time; empty if there is none."""
    if answer.due is None:
        return ""
    text = answer.due.text
    if not answer.due.in_hours:
        return in_words(date.fromisoformat(text))
    stamp = datetime.fromisoformat(text)
    return f"{in_words(stamp.date())}, {stamp:%H:%M}"


def _with(said: str, heading: str, wanted: str) -> str:
    return f"{said} {heading}: {wanted}." if wanted else said


@dataclass(frozen=True, slots=True)
class Point:
    """One condition, and the conditions that it is made of."""

    text: str
    """The condition in words."""
    parts: tuple[Point, ...] = ()
    """The conditions inside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationText:
    """A place in a source for a reader."""

    words: str
    """The source and the place; of one that was not read, who quotes it."""
    edition: str
    """The edition that was consulted, and when; empty if nothing is known about it."""
    url: str | None
    """The address of the source; None if unknown."""


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule for a reader: headings with their points, and where it comes from."""

    rule: Rule
    """The rule."""
    concerns: str
    """The subject of the rule, in words: the case, or each event of a type."""
    period: str
    """The days on which the rule is in force; empty for always."""
    blocks: tuple[tuple[str, Point], ...]
    """The headings, each with its points."""
    due: str
    """The limit in words; empty if there is none."""
    numbers: tuple[str, ...]
    """The numbers that it rests on, each with its basis."""
    cites: tuple[CitationText, ...]
    """The citations in words."""


def rule_text(rule: Rule, ruleset: Ruleset) -> RuleText:
    """Lays out one rule in words."""
    each = f"each {bare_event_noun(rule.each)}" if rule.each is not None else "the case"
    return RuleText(
        rule=rule,
        concerns=each,
        period=period_in_words(rule.period) if rule.period != Period() else "",
        blocks=tuple(_blocks(rule, ruleset)),
        due=due_in_words(rule.due) if rule.due is not None else "",
        numbers=tuple(_numbers(rule)),
        cites=tuple(_citation(cite, ruleset) for cite in rule.cites),
    )


def _numbers(rule: Rule) -> Iterator[str]:
    for parameter in rule.parameters.values():
        newest = parameter.values[-1]
        if isinstance(newest.value, int):
            unit, basis = parameter.unit or "count", newest.basis.value
            said = number_in_words(newest.value, unit, basis, parameter.name)
            yield f"{spaced(parameter.name)}, {said}"


def _citation(cite: Citation, ruleset: Ruleset) -> CitationText:
    words, source = citation_in_words(cite, ruleset), ruleset.cited.get(cite.source)
    if source is None:
        return CitationText(words=words, edition="", url=None)
    day = f", looked at on {in_words(source.day)}" if source.day is not None else ""
    return CitationText(words=words, edition=f"edition: {source.edition}{day}", url=source.url)


def _blocks(rule: Rule, ruleset: Ruleset) -> Iterator[tuple[str, Point]]:
    for block in BLOCKS:
        node = block.of(rule)
        if node is not None:
            yield block.heading, _point(node, ruleset)


def _point(node: Condition, ruleset: Ruleset) -> Point:
    if isinstance(node, ConceptUse):
        return Point(ruleset.concepts[node.name].title)
    inner = tuple(_point(part, ruleset) for part in parts(node))
    return Point(f"{condition_in_words(node)}:" if inner else condition_in_words(node), inner)
