"""CONTRIBUTING.md: its recipes name the files that such a change really touches.

`test_one_more.py` shows it for a rule and a format, by adding one; here the others are compared
with one of their kind that is there.
"""

from __future__ import annotations

import re

import pytest

from tests.support.command_line import ROOT
from tests.support.recipes import PAGE, recipe

RECIPES = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)


def modules_with(pattern: str) -> set[str]:
    found = re.compile(pattern)
    return {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("msp_rules/**/*.py")
        if found.search(path.read_text(encoding="utf-8"))
    }


def files_with(text: str) -> set[str]:
    kinds = ("*.md", "*.toml", "plugins/*")
    paths = {path for kind in kinds for path in ROOT.glob(kind) if path.is_file()}
    return {
        path.relative_to(ROOT).as_posix()
        for path in paths
        if text in path.read_text(encoding="utf-8")
    }


def test_a_verb_is_known_to_the_modules_of_its_recipe() -> None:
    verb = recipe("A verb")

    assert modules_with(r"\bInOrder\b") == verb.by_hand


def test_the_schemas_that_follow_from_a_verb_are_those_of_its_recipe() -> None:
    schemas = ROOT.glob("msp_rules/rules/schemas/*.json")

    with_verb = {
        path.relative_to(ROOT).as_posix()
        for path in schemas
        if '"in_order"' in path.read_text(encoding="utf-8")
    }

    assert with_verb == recipe("A verb").written


def test_a_mapping_source_is_known_to_the_modules_of_its_recipe() -> None:
    source = recipe("A mapping source", NAME="workbook")

    known_to = modules_with(
        r"\bSourceKind\.XLSX\b|\bXLSX = |\bclass WorkbookTables\b|\bWorkbookTables\("
    )

    assert known_to == source.by_hand


def test_an_adapter_that_ships_here_is_named_in_the_files_of_its_recipe() -> None:
    adapter = recipe("An adapter")

    named_in = files_with("json-events") | files_with("msp_json_events")

    assert named_in - {"CHANGELOG.md"} == adapter.by_hand


@pytest.mark.parametrize("title", RECIPES)
def test_every_file_of_a_recipe_is_there_or_has_a_name_to_fill_in(title: str) -> None:
    found = recipe(title)

    files = [file for file in found.by_hand | found.written if not re.search("[A-Z]{2}", file)]

    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_every_target_of_make_that_the_page_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    named = set(re.findall(r"\bmake ([a-z-]+)", PAGE))

    assert {name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)} == set()


def test_the_page_is_short_enough_to_be_read() -> None:
    assert len(PAGE.splitlines()) <= 120
