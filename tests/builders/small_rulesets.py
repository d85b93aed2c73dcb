"""Rulesets of one rule, to see what becomes of its verdicts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msp_rules.casework.case import Case, Event, Supply
from msp_rules.casework.values import event_from_mapping
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.rules import load_ruleset
from msp_rules.rules.language.rule import Ruleset
from tests.builders.small_ruleset import SMALL_RULESET

_RULE = """\
rule: RULE
title: The adult is heard
kind: good_practice
severity: SEVERITY
principles: [empowerment]
audit_questions: [QUESTIONS]
cites: [{source: care-act, at: "s42"}]
status: trial
review_by: 2027-11-30
applies_when: {recorded: concern_raised}
expect: {recorded: contact_with_adult, where: {result: spoke}}
due: {within: 2 working_days, of: {first: concern_raised}}
explained_when: {recorded: explanation, codes: [unsafe]}
partly_when: {recorded: contact_with_adult, where: {result: no_reply}}
cannot_tell_when: {recorded: contact_with_adult, where: {result: is_absent}}
COLOUR
prompt:
  {summary: "Has anyone spoken with the adult?", urgency: info, ask_at: [any], roles: [worker]}
finding: "That the adult was heard is not evidenced in the record."
examples:
  - {name: nothing, as_of: 2026-03-31, given: [], then: not_applicable}
"""

Told = tuple[str, dict[str, Any]]


def _contact(day: str, **fields: str) -> Told:
    return ("contact_with_adult", {"id": "e", "occurred": day, **fields})


_CONCERN: Told = ("concern_raised", {"id": "c", "occurred": "2026-01-05"})
_REASON = {"rule": "R-01", "code": "unsafe", "text": "As noted.", "review_by": "2026-04-30"}
_LATER = "2026-03-31"
STORIES: Mapping[str, tuple[str, tuple[Told, ...]]] = {
    "met": (_LATER, (_CONCERN, _contact("2026-01-06", result="spoke"))),
    "explained": (_LATER, (_CONCERN, ("explanation", {"occurred": "2026-01-06", **_REASON}))),
    "met_late": (_LATER, (_CONCERN, _contact("2026-01-12", result="spoke"))),
    "partly_met": (_LATER, (_CONCERN, _contact("2026-01-06", result="no_reply"))),
    "not_met": (_LATER, (_CONCERN,)),
    "not_yet_due": ("2026-01-06", (_CONCERN,)),
    "not_applicable": (_LATER, ()),
    "cannot_tell": (_LATER, (_CONCERN, _contact("2026-01-06"))),
}
"""For each verdict of the rule, the moment and the events that make it so."""


def one_rule(
    folder: Path, *, severity: str = "flag", colour: str = "", questions: str = "Q1"
) -> Ruleset:
    """A ruleset of the rule R-01."""
    (folder / "rules").mkdir(parents=True)
    (folder / "ruleset.yaml").write_text(SMALL_RULESET, encoding="utf-8")
    text = _RULE.replace("SEVERITY", severity).replace("QUESTIONS", questions)
    text = text.replace("COLOUR", f"colour: {{{colour}}}" if colour else "")
    (folder / "rules/R-01.yaml").write_text(text.replace("RULE", "R-01"), encoding="utf-8")
    return load_ruleset(folder)


def case_of(*events: tuple[str, Mapping[str, Any]], supply: Supply | None = None) -> Case:
    """A case of these events; an event without an id is named by its place, e1 being the first."""
    read: list[Event] = []
    for number, (name, body) in enumerate(events, start=1):
        event, problems = event_from_mapping(
            name, body, vocabulary=core_vocabulary(), default_id=f"e{number}"
        )
        assert not problems
        read.append(event)
    return Case(id="case", events=tuple(read), supply=supply or Supply())
