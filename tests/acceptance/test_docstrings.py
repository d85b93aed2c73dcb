"""Docstrings are plain English: a verb and its object, and none of the old habits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import ROOT

MODULES = sorted((ROOT / "msp_rules").rglob("*.py"))
# A clause without a verb of its own: "What a rule says" for "Defines what a rule says".
OPENINGS = re.compile(r"(What|Whether|How|Which|When|Where|Why)\b")
HABITS = re.compile(
    r"(?<![Tt]here )\bis none\b"  # "there is none" is English, "this is none" was not
    r"|(?<![Tt]here )\bis no\b(?! longer)"
    r"|\bgone on with\b|\bfor want of\b|\b(is|are|was|were) told\b|\bsuch as stand\b"
    r"|\bbroken off\b|\bholds not\b|\bthat is such\b"
)


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """Finds the docstrings of a module, its classes and functions, and of attributes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            continue
        for part in node.body:
            match part:
                case ast.Expr(value=ast.Constant(value=str(text), lineno=line)):
                    yield line, " ".join(text.split())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_docstrings_open_with_a_verb_and_avoid_old_habits(path: Path) -> None:
    found = list(docstrings(path))

    clauses = [(line, text) for line, text in found if OPENINGS.match(text)]
    habits = [(line, hit[0]) for line, text in found for hit in HABITS.finditer(text)]

    assert (clauses, habits) == ([], [])


def test_the_habits_are_told_from_plain_english() -> None:
    plain = ("None if there is none.", "It is no longer open.", "This can't be told.")
    odd = ("The file is none.", "It is no JSON.", "The caller is told.", "Reads for want of one.")

    assert [text for text in plain if HABITS.search(text)] == []
    assert [text for text in odd if not HABITS.search(text)] == []
