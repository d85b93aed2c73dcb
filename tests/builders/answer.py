"""Asks the engine one condition about one case, by a small rule that applies when it holds."""

from __future__ import annotations

from pathlib import Path

from msp_rules.casework.case import Case, Supply
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from tests.builders.case import EventParts
from tests.builders.ruleset import rule_text, ruleset_of

YES, NO, UNKNOWN = "yes", "no", "unknown"
_ANSWERS = {"not_met": YES, "not_yet_due": YES, "not_applicable": NO, "cannot_tell": UNKNOWN}
_NEVER_THERE = "case_reopened"
LATER = "2026-03-31"


def event(event_type: str, occurred: str, **fields: object) -> EventParts:
    """Gives an event of the year 2026; `occurred` is `MM-DD`, or `unreadable`."""
    day = occurred if occurred == "unreadable" else f"2026-{occurred}"
    return event_type, {"occurred": day, **fields}


def supplied(*types: str) -> Supply:
    """Gives what a source says that it supplies: these types of events and no other."""
    return Supply(declared=True, types=frozenset({*types, _NEVER_THERE}))


def holds(
    folder: Path,
    condition: str,
    case: Case,
    *,
    each: str = "",
    as_of: str = LATER,
    concept: str = "",
) -> str:
    """Gives whether a condition (YAML on one line) holds of a case: yes, no or unknown.

    With `each` it is asked of the one event of that type; with `concept` that is the condition of
    the concept `shared`.
    """
    subject = f"each: {each}\n" if each else ""
    expectation = f"expect: {{recorded: {_NEVER_THERE}}}\ndue: {{at: as_of}}\n"
    rule = rule_text("R-01", f"{subject}applies_when: {condition}\n{expectation}")
    shared = f"concept: shared\ntitle: Shared\nholds_when: {concept}\nexamples: []\n"
    rules = ruleset_of(folder, rule, concepts=(shared,) if concept else ())
    evaluation = Engine(rules, matcher="python").evaluate(case, parse_as_of(as_of))
    assert evaluation.faults == ()
    (answer,) = evaluation.answers
    return _ANSWERS[answer.verdict.value]
