"""Two small rulesets, and exports of a few cases that each side of a comparison reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from jsonschema import Draft202012Validator

from msp_rules.audit.case_reader import CaseFiles
from msp_rules.audit.change.splitting import Change, Terms, split_change
from msp_rules.audit.change.stages import CountKey
from msp_rules.rules.language.rule import Ruleset
from tests.builders.export import case_text, event_text, export_text
from tests.builders.ruleset import rule_text, ruleset_of
from tests.support.command_line import ROOT

SCHEMA: Final = Draft202012Validator(
    json.loads((ROOT / "msp_rules/audit/schemas/compare-1.json").read_bytes())
)
"""The schema of compare.json."""
BLOCKS: Final = """\
applies_when: {{recorded: concern_raised}}
expect: {{recorded: contact_with_adult{where}}}
due: {{within: {days} working_days, of: {{first: concern_raised}}}}
"""
ANY: Final = ""
SPOKEN: Final = ", where: {result: spoke}"


def rules_with(folder: Path, *, days: int = 2, where: str = SPOKEN, name: str = "R-01") -> Ruleset:
    """One rule: the adult is spoken with in so many working days of the concern."""
    return ruleset_of(folder, rule_text(name, BLOCKS.format(where=where, days=days)))


CONCERN: Final = event_text("concern_raised", "c", "2026-01-05")


def spoke(day: str, name: str = "e", **more: str) -> str:
    """A contact in which the adult was spoken with."""
    return event_text("contact_with_adult", name, day, "<result>spoke</result>", **more)


def case(name: str, *events: str) -> str:
    """A case with a concern of 5 January 2026."""
    return case_text(name, CONCERN, *events)


def files(
    folder: Path,
    name: str,
    cases: Sequence[str],
    ruleset: Ruleset,
    *,
    day: str = "2026-03-31",
    supplies: str = "",
) -> CaseFiles:
    """Writes an export of these cases; `supplies` is what it declares, nothing by default."""
    header = f"<reference_date>{day}</reference_date>"
    if supplies:
        header += f"<supplies>{supplies}</supplies>"
    path = folder / name
    path.write_text(export_text(cases, header=header), encoding="utf-8")
    return CaseFiles(exports=(path,), ruleset=ruleset)


def change_of(old: CaseFiles, new: CaseFiles) -> Change:
    """Splits a change of rules that have no days of their own."""
    found = split_change(old, new, new.ruleset)
    assert found.old.faults == found.new.faults == ()
    return found


def terms(change: Change, verdict: str, rule: str = "R-01") -> Terms:
    """The terms of one verdict of a rule; noughts where no case has it on either side."""
    return change.terms().get(CountKey("rule", rule, verdict), Terms(0, 0, 0, 0, 0))
