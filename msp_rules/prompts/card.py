"""Writes a prompt as a card of CDS Hooks 3.0: plain data that a host can show.

The shape is that of https://cds-hooks.hl7.org, "Card Attributes". A card holds words of the rules,
and ids, codes and dates of the record; never free text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NotRequired, TypedDict

from msp_rules.casework.moments import LONDON, in_words
from msp_rules.casework.workdays import Due
from msp_rules.engine.verdict import Verdict
from msp_rules.errors import MspRulesError
from msp_rules.prompts.feedback import GENERAL_REASONS, accepted_codes, made_id
from msp_rules.prompts.prompt import Prompt
from msp_rules.rules.language.conditions import DueWithin, walk
from msp_rules.rules.language.rule import Rule, Ruleset
from msp_rules.rules.language.wording import (
    citation_in_words,
    code_label,
    event_noun,
    fields_in_words,
    number_in_words,
)

EXTENSION: Final = "org.msp-rules.prompt"
"""Under this name a card's `extension` holds the prompt's own key, timing and routing."""

EXPLANATION_CODES: Final = "urn:msp-rules:explanation-code"
GENERAL_CODES: Final = "urn:msp-rules:override-reason"
RULES: Final = "urn:msp-rules:rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place of the host's own that a card may lead to."""

    label: str
    """The words of the link."""
    url: str
    """The absolute address."""


class Coding(TypedDict):
    """A code with its system and its words."""

    code: str
    """The code."""
    system: str
    """The list that the code belongs to, as a URI."""
    display: str
    """The words of the code."""


class Source(TypedDict):
    """The citation that a prompt rests on."""

    label: str
    """The citation in words."""
    topic: Coding
    """The rule."""


class Suggestion(TypedDict):
    """An entry that would settle the question."""

    label: str
    """The entry in words."""
    uuid: str
    """The id of the suggestion, the same for the same card."""


class CardLink(TypedDict):
    """A `Link` in a card."""

    label: str
    """The words of the link."""
    url: str
    """The address."""
    type: str
    """Always `absolute`."""


class MissingRecord(TypedDict):
    """An event that is missing."""

    event: str
    """The event type."""
    fields: list[str]
    """The fields that it needs."""


class Routing(TypedDict):
    """The prompt's own key, timing and routing: what CDS Hooks has no place for."""

    rule: str
    """The id of the rule."""
    case: str
    """The id of the case."""
    key_subject: str | None
    """The id under which the subject was first recorded; None for the case as a whole."""
    subject: str | None
    """The id of the subject's current version."""
    generation: int
    """The number of times that the worker has been asked, from 1."""
    verdict: str
    """The verdict of the rule."""
    timing: str
    """Early, due soon or overdue."""
    due: str | None
    """The limit; None without one."""
    ask_at: list[str]
    """The steps at which the rule asks."""
    roles: list[str]
    """The worker roles that it asks."""
    severity: str
    """The severity of the rule."""
    missing: list[MissingRecord]
    """The records that would settle it."""


class Card(TypedDict):
    """A card of CDS Hooks 3.0, "Card Attributes"."""

    uuid: str
    """The id by which feedback names the card."""
    summary: str
    """The rule's question, fewer than 140 characters."""
    detail: str
    """The details as Markdown."""
    indicator: str
    """`info`, `warning` or `critical`."""
    source: Source
    """The citation."""
    overrideReasons: list[Coding]  # noqa: N815 - as CDS Hooks spells it
    """The reasons that a worker can choose from."""
    extension: dict[str, Routing]
    """The extension, with one entry under `EXTENSION`."""
    suggestions: NotRequired[list[Suggestion]]
    """The entries that would settle the question."""
    selectionBehavior: NotRequired[str]  # noqa: N815
    """The number of suggestions that may be chosen: `any`."""
    links: NotRequired[list[CardLink]]
    """The places in the host that the card leads to."""


def card(prompt: Prompt, ruleset: Ruleset, *, links: Sequence[Link] = ()) -> Card:
    """Writes the card of a prompt; equal prompts give equal cards.

    Its `uuid` stays the same as long as the same question is open, and changes when the prompt is
    asked again. Raises MspRulesError where the ruleset has no such rule.
    """
    rule = next((one for one in ruleset.rules if one.id == prompt.key.rule), None)
    if rule is None:
        raise MspRulesError(
            f"ruleset {ruleset.id} has no rule {prompt.key.rule}; a card needs the ruleset that "
            "its prompt was raised by"
        )
    found: Card = {
        "uuid": card_uuid(prompt),
        "summary": prompt.summary,
        "detail": "\n".join(_detail(prompt, rule, ruleset)),
        "indicator": prompt.urgency,
        "source": {
            "label": _citation(rule, ruleset, 0),
            "topic": {"system": RULES, "code": rule.id, "display": rule.title},
        },
        "overrideReasons": [*_override_reasons(rule)],
        "extension": {EXTENSION: _routing(prompt)},
    }
    suggestions: list[Suggestion] = [
        {"label": label, "uuid": str(made_id(*_identity(prompt), event))}
        for event, label in _records(prompt)
    ]
    if suggestions:
        found["suggestions"] = suggestions
        found["selectionBehavior"] = "any"
    if links:
        found["links"] = [
            {"label": link.label, "url": link.url, "type": "absolute"} for link in links
        ]
    return found


def card_uuid(prompt: Prompt) -> str:
    """Gives the id of a prompt's card, by which feedback names it."""
    return str(made_id(*_identity(prompt)))


def _identity(prompt: Prompt) -> tuple[object, ...]:
    return ("card", *prompt.key, prompt.generation)


def _detail(prompt: Prompt, rule: Rule, ruleset: Ruleset) -> Iterator[str]:
    yield from (f"**{rule.title}**", "", _standing(prompt, rule))
    for limit in _limits(rule):
        yield from ("", limit)
    records = [label for _, label in _records(prompt)]
    if records:
        yield from ("", "What would settle it:", "", *(f"- {label}" for label in records))
    if rule.counts is not None:
        yield from ("", f"What counts: {rule.counts}")
    yield from ("", "Why we ask:", "")
    if rule.why is not None:
        yield from (rule.why, "")
    yield from (f"- {_citation(rule, ruleset, index)}" for index in range(len(rule.cites)))


def _standing(prompt: Prompt, rule: Rule) -> str:
    """Says how near the prompt's limit is, never as a reproach."""
    by = day_in_words(prompt.due) if prompt.due is not None else None
    if prompt.verdict is Verdict.NOT_YET_DUE:
        return f"Due by {by}." if by else "Not due yet."
    if prompt.verdict is Verdict.PARTLY_MET:
        part = "The record answers it in part"
        return f"{part}; the rest was due by {by}." if by else f"{part}; the rest is open."
    if by or "{due}" not in rule.finding:
        return rule.finding.replace("{due}", by or "")
    return "It is not evidenced in the record."


def _limits(rule: Rule) -> Iterator[str]:
    """Says each number that a limit of the rule rests on, and where it comes from."""
    named = [node.limit.parameter for node in walk(rule.due) if isinstance(node, DueWithin)]
    for name in dict.fromkeys(named):
        parameter = rule.parameters.get(name) if name is not None else None
        if parameter is not None:
            newest = parameter.values[-1]
            said = number_in_words(
                int(str(newest.value)), parameter.unit or "", newest.basis, parameter.name
            )
            yield f"The limit is {said}."


def day_in_words(due: Due) -> str:
    """Writes a limit as a worker reads it: "7 January 2026", of hours with the time in London."""
    local = datetime.fromtimestamp(due.cutoff.instant / 1_000_000, LONDON)
    day = in_words(local.date())
    return f"{local:%H:%M} on {day}" if due.in_hours else day


def _records(prompt: Prompt) -> Iterator[tuple[str, str]]:
    """Gives what may be recorded to settle it: each type of event once, with its fields."""
    fields: dict[str, list[str]] = {}
    for missing in prompt.missing:
        words = fields_in_words(missing.fields, missing.codes())
        fields.setdefault(missing.event, []).extend(words)
    for event, names in fields.items():
        labels = ", ".join(dict.fromkeys(names))
        yield event, f"Record {event_noun(event)}{f': {labels}' if labels else ''}"


def _citation(rule: Rule, ruleset: Ruleset, index: int) -> str:
    if not rule.cites:
        return ruleset.title
    return citation_in_words(rule.cites[index], ruleset)


def _override_reasons(rule: Rule) -> Iterator[Coding]:
    for code in accepted_codes(rule):
        label = code_label(code)
        words = label[0].upper() + label[1:]
        display = f"{words} (counts as an explanation, with a few words of your own)"
        yield {"code": code, "system": EXPLANATION_CODES, "display": display}
    for code, display in GENERAL_REASONS.items():
        yield {"code": code, "system": GENERAL_CODES, "display": display}


def _routing(prompt: Prompt) -> Routing:
    return {
        "rule": prompt.key.rule,
        "case": prompt.key.case,
        "key_subject": prompt.key.subject,
        "subject": prompt.subject,
        "generation": prompt.generation,
        "verdict": prompt.verdict.value,
        "timing": prompt.timing.value,
        "due": prompt.due.text if prompt.due is not None else None,
        "ask_at": list(prompt.ask_at),
        "roles": list(prompt.roles),
        "severity": prompt.severity,
        "missing": [{"event": m.event, "fields": list(m.fields)} for m in prompt.missing],
    }
