"""Why a rule answered as it did, in the words of the rule and the vocabulary.

No words of a record. The same sentences stand in every report that people read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from msp_rules.casework.moment import in_words
from msp_rules.engine.verdict import Answer, Missing, Verdict
from msp_rules.rules.plain_names import event_noun, field_label
from msp_rules.rules.rule import Ruleset


class RuleWords(NamedTuple):
    """What a rule is called, and what it says where it is not met."""

    title: str
    finding: str


def words_of(ruleset: Ruleset) -> Mapping[str, RuleWords]:
    """The words of every rule, by its id."""
    return {rule.id: RuleWords(rule.title, rule.finding) for rule in ruleset.rules}


def explanation(answer: Answer, words: RuleWords) -> str:
    """A few sentences: what is evidenced or not, by when, and what would settle it."""
    due = due_in_words(answer)
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
        said = f"There is time until {due}." if due else "Its time has not come."
        return _with(said, "What it waits for", wanted)
    if verdict is Verdict.EXPLAINED:
        return "A reason that counts is in the record."
    if verdict is Verdict.MET:
        return f"Evidenced in the record{by}."
    return "It does not concern this case."


def missing_in_words(missing: tuple[Missing, ...]) -> str:
    """Events and fields as one would say them: "a meeting (purpose, adult invited)"."""
    parts = []
    for one in missing:
        labels = ", ".join(field_label(name) for name in one.fields)
        noun = event_noun(one.event)
        parts.append(f"{noun} ({labels})" if labels else noun)
    return "; ".join(dict.fromkeys(parts))


def due_in_words(answer: Answer) -> str:
    """The limit as one says it: a day, or for limits of hours a day and a time; empty for none."""
    if answer.due is None:
        return ""
    text = answer.due.text
    if not answer.due.in_hours:
        return in_words(date.fromisoformat(text))
    stamp = datetime.fromisoformat(text)
    return f"{in_words(stamp.date())}, {stamp:%H:%M}"


def _with(said: str, heading: str, wanted: str) -> str:
    return f"{said} {heading}: {wanted}." if wanted else said
