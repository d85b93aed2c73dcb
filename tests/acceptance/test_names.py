"""Names that were replaced by plain words may not come back.

Only names of the package are looked at, not prose. What the contract of hosts or the rule language
fixes (`Desk`, `Memory`, `hear`, `standing`) stays.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import ROOT

pytestmark = pytest.mark.slow

PACKAGE = ROOT / "msp_rules"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Name by name: what stands in its place now.
REPLACED = {
    "Auditor": "CaseAudit",
    "Crew": "PluginThreads",
    "DeskCounter": "DeskOutbox",
    "FLOOD": "TOO_LARGE",
    "Flood": "ResultTooLarge",
    "GivenUp": "Cancelled",
    "Ground": "evidence of a compiled condition",
    "Heard": "FeedbackResult",
    "HeardAs": "FeedbackStatus",
    "FeedbackOutcome": "FeedbackReply",
    "Holder": "CaseOwner",
    "HolderRow": "OwnerRow",
    "LeftOut": "Skipped",
    "LookSeen": "FindSeen",
    "Looked": "Reevaluation",
    "MeasureAtWork": "ExceptionAtWork",
    "Measured": "AppliedExceptions",
    "Measures": "LocalExceptions",
    "NowSeen": "ClockUse",
    "Outcome": "CheckStatus, FieldStatus",
    "RUBBISH": "INVALID_RESULT",
    "Rubbish": "InvalidResult",
    "ScanRun": "run_scan",
    "Share": "Shard",
    "Standing": "Recurrence",
    "Swept": "SweepResult",
    "Wanted": "Missing",
    "WantedRow": "MissingRow",
    "Withholding": "Redaction",
    "at_rest": "on_safe_point",
    "belonging": "open_concerns",
    "broke_off": "truncation_fault, is_truncated",
    "clear_away": "discard",
    "crew": "threads",
    "given_up": "cancelled",
    "go_on": "resume",
    "hand_over": "exchange_round",
    "holder": "owner",
    "holder_of": "owner_of",
    "holder_rows": "owner_rows",
    "is_given_up": "is_cancelled",
    "kept_desk": "store.service",
    "kept_file": "AppendOnlyFile",
    "let_go": "release",
    "look_if_due": "reevaluate_if_due",
    "looked": "reevaluation",
    "looked_at": "examined, reevaluated",
    "looked_on": "evaluated_on",
    "measures_at_work": "exceptions_at_work",
    "pass_over": "skip",
    "perhaps": "possible",
    "shared_scan": "PseudonymisedCases",
    "stand_in": "substitute",
    "take_in": "register_examined",
    "told": "sent, reported, or the name of what it holds",
    "told_by": "kind_at",
    "turn": "index, reader, worker",
    "whole_cases": "complete_cases",
    "withholding": "redaction",
}
# The same, for what is defined with a name: as that of a variable the word is plain English.
REPLACED_DEFINITIONS = {
    "look": "reevaluate, evaluate, find",
    "rest": "remainder, on_safe_point",
}


def names(path: Path) -> Iterator[tuple[str, int]]:
    """Finds what a module defines, and what it is called."""
    yield path.stem, 1
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ClassDef(name=name, lineno=line) | ast.FunctionDef(name=name, lineno=line):
                yield name, line
            case ast.arg(arg=name, lineno=line) | ast.Attribute(attr=name, lineno=line):
                yield name, line
            case ast.Name(id=name, lineno=line):
                yield name, line


def definitions(path: Path) -> Iterator[tuple[str, int]]:
    """Finds the classes and functions that a module defines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name, node.lineno


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_replaced_name_has_come_back(path: Path) -> None:
    found = [
        f"line {line}: {name}, now {REPLACED[name.lstrip('_')]}"
        for name, line in names(path)
        if name.lstrip("_") in REPLACED
    ]

    assert found == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_replaced_definition_has_come_back(path: Path) -> None:
    found = [
        f"line {line}: {name}, now {REPLACED_DEFINITIONS[name]}"
        for name, line in definitions(path)
        if name in REPLACED_DEFINITIONS
    ]

    assert found == []


def test_the_names_of_a_module_are_found(tmp_path: Path) -> None:
    module = tmp_path / "kept_file.py"
    module.write_text("class Crew:\n    def go_on(self, crew): self._given_up = rest\n")

    found = {name for name, _ in names(module)}

    assert found == {"kept_file", "Crew", "go_on", "self", "crew", "_given_up", "rest"}


def test_definitions_are_told_from_variables(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("def rest():\n    look = 1\n")

    assert list(definitions(module)) == [("rest", 1)]
