"""Docstrings are plain English: a verb and its object, and none of the old habits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.command_line import ROOT

pytestmark = pytest.mark.slow

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


def functions(path: Path) -> Iterator[tuple[int, str]]:
    """Finds the docstrings of functions; a property is a noun, and may be described as one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef) or "property" in map(
            ast.unparse, node.decorator_list
        ):
            continue
        if (text := ast.get_docstring(node)) is not None:
            yield node.lineno, text


def attributes(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Finds the public attributes of public nouns, and whether each has a line of its own."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        made = " ".join(map(ast.unparse, (*node.decorator_list, *node.bases)))
        if not re.search(r"\b(dataclass|NamedTuple|TypedDict)\b", made):
            continue
        for part, after in pairwise((*node.body, None)):
            match part, after:
                case ast.AnnAssign(target=ast.Name(id=name), lineno=line), _:
                    has_line = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                    yield line, f"{node.name}.{name}", has_line


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_public_attribute_has_its_line(path: Path) -> None:
    lacking = [
        (line, name)
        for line, name, has_line in attributes(path)
        if not has_line and not name.partition(".")[2].startswith("_")
    ]

    assert lacking == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_function_is_described_by_what_it_does(path: Path) -> None:
    nouns = [(line, text) for line, text in functions(path) if re.match(r"(The|An?) ", text)]

    assert nouns == []


def test_attributes_and_functions_are_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "class Noun(NamedTuple):\n    a: int\n    'One.'\n    b: int\n"
        "def work():\n    'The thing.'\n"
    )

    assert list(attributes(module)) == [(2, "Noun.a", True), (4, "Noun.b", False)]
    assert list(functions(module)) == [(5, "The thing.")]


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
