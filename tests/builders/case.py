"""Cases of a few events, and the cases that bring one rule to each of its verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msp_rules.casework.case import Case, Event, Supply
from msp_rules.casework.values import event_from_mapping
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.rules.language.rule import Ruleset
from tests.builders.ruleset import rule_text, ruleset_of

EventParts = tuple[str, Mapping[str, Any]]
"""The type of an event and its fields; `id` and `occurred` are among them."""

EVERY_VERDICT_BLOCKS = """\
applies_when: {recorded: concern_raised}
expect: {recorded: contact_with_adult, where: {result: spoke}}
due: {within: 2 working_days, of: {first: concern_raised}}
explained_when: {recorded: explanation, codes: [unsafe]}
partly_when: {recorded: contact_with_adult, where: {result: no_reply}}
cannot_tell_when: {recorded: contact_with_adult, where: {result: is_absent}}
"""
"""The blocks of a rule that can come to every verdict: the adult is spoken with in two days."""


def _contact(day: str, **fields: str) -> EventParts:
    return ("contact_with_adult", {"id": "e", "occurred": day, **fields})


_CONCERN: EventParts = ("concern_raised", {"id": "c", "occurred": "2026-01-05"})
_REASON = {"rule": "R-01", "code": "unsafe", "text": "As noted.", "review_by": "2026-04-30"}
_LATER = "2026-03-31"
STORIES: Mapping[str, tuple[str, tuple[EventParts, ...]]] = {
    "met": (_LATER, (_CONCERN, _contact("2026-01-06", result="spoke"))),
    "explained": (_LATER, (_CONCERN, ("explanation", {"occurred": "2026-01-06", **_REASON}))),
    "met_late": (_LATER, (_CONCERN, _contact("2026-01-12", result="spoke"))),
    "partly_met": (_LATER, (_CONCERN, _contact("2026-01-06", result="no_reply"))),
    "not_met": (_LATER, (_CONCERN,)),
    "not_yet_due": ("2026-01-06", (_CONCERN,)),
    "not_applicable": (_LATER, ()),
    "cannot_tell": (_LATER, (_CONCERN, _contact("2026-01-06"))),
}
"""For each verdict of `one_rule`, the moment and the events that bring it about."""


def one_rule(
    folder: Path, *, severity: str = "flag", colour: str = "", questions: str = "Q1"
) -> Ruleset:
    """Loads a ruleset of the rule R-01, which can come to every verdict."""
    blocks = EVERY_VERDICT_BLOCKS + (f"colour: {{{colour}}}\n" if colour else "")
    return ruleset_of(folder, rule_text("R-01", blocks, severity=severity, questions=questions))


def event_of(event_type: str, fields: Mapping[str, Any], *, default_id: str = "e1") -> Event:
    """Gives an event of the core vocabulary, as a host would build it; it must be sound."""
    event, problems = event_from_mapping(
        event_type, fields, vocabulary=core_vocabulary(), default_id=default_id
    )
    assert problems == ()
    return event


def case_of(
    *events: EventParts,
    case_id: str = "case",
    supply: Supply | None = None,
    attributes: Mapping[str, str] | None = None,
) -> Case:
    """Gives a case of these events; an event without an id is named by its place, from e1 on."""
    read = tuple(
        event_of(name, fields, default_id=f"e{number}")
        for number, (name, fields) in enumerate(events, start=1)
    )
    return Case(id=case_id, events=read, supply=supply or Supply(), attributes=attributes or {})
