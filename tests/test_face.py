"""The public face: its names are frozen, each can be had, and importing it costs nothing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import msp_rules

ROOT = Path(__file__).parents[1]
FACE = (
    *(
        "Adapter",
        "Case",
        "CaseMapping",
        "Desk",
        "DeskOutbox",
        "DeskState",
        "Engine",
        "Event",
        "Feedback",
    ),
    *("Memory", "MemoryUnavailable", "MspRulesError", "Prompt", "Ruleset", "ScanResult"),
    *("Supply", "advance", "card", "check_adapter", "from_json", "exchange_round", "hear"),
    *(
        "load_mapping",
        "load_ruleset",
        "open_cases",
        "scan",
        "to_json",
        "upgrade_memory",
        "view",
        "with_event",
    ),
)
"""Written out once more: whoever adds a name does it on purpose, here and in docs/api.md."""
MOST_NAMES = 30
MAY_IMPORT = {"msp_rules", "msp_rules.hooks"}
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/**/*.md")])
IMPORT = re.compile(r"^(?:>>> |\.\.\. )?\s*(?:from|import) (msp_rules[\w.]*)", re.MULTILINE)


def told_to_type_checkers() -> dict[str, str]:
    """The module and name behind each name of the face, as its imports say it."""
    tree = ast.parse(Path(msp_rules.__file__).read_text("utf-8"))
    return {
        one.asname or one.name: f"{node.module}:{one.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("msp_rules.")
        for one in node.names
        if one.name != "__version__"
    }


def modules_in(code: str) -> set[str]:
    """The modules of the package that a piece of code imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
        elif isinstance(node, ast.Import):
            found.update(one.name for one in node.names)
    return {name for name in found if name.split(".")[0] == "msp_rules"}


def test_the_face_has_the_names_that_it_promises_and_no_others() -> None:
    assert tuple(msp_rules.__all__) == FACE
    assert len(FACE) <= MOST_NAMES


def test_type_checkers_and_a_run_find_each_name_in_the_same_place() -> None:
    assert told_to_type_checkers() == msp_rules._HOMES
    assert set(msp_rules._HOMES) == set(FACE)


@pytest.mark.parametrize("name", FACE)
def test_each_name_can_be_had(name: str) -> None:
    assert getattr(msp_rules, name).__doc__
    assert name in dir(msp_rules)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'msp_rules' has no attribute 'Dekc'"):
        _ = msp_rules.Dekc


def test_importing_the_package_loads_nothing_of_it_and_nothing_installed() -> None:
    code = (
        "import sys; before = set(sys.modules); import msp_rules;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(name for name in sys.modules if name.startswith('msp_rules')));"
        "print(sorted(new - sys.stdlib_module_names))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout.splitlines() == ["['msp_rules', 'msp_rules.version']", "['msp_rules']"]


def test_an_engine_and_the_pure_desk_load_no_database_and_no_reports() -> None:
    code = (
        "import sys; from msp_rules import Case, DeskState, Engine, Feedback, advance, card, hear;"
        "from msp_rules import from_json, load_ruleset, to_json, view, with_event;"
        "case = from_json(Case, to_json(Case(id='SA-1', events=())));"
        "from_json(DeskState, to_json(DeskState(case='SA-1')));"
        "print({'sqlalchemy', 'jinja2', 'openpyxl', 'lxml', 'rich', 'click', 'jsonschema'}"
        " & set(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("plugins/**/*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_plugins_and_their_tests_import_the_face_and_the_hooks_alone(path: Path) -> None:
    assert modules_in(path.read_text("utf-8")) <= MAY_IMPORT


def test_pages_show_imports_of_the_face_and_the_hooks_alone() -> None:
    shown = {
        str(page.relative_to(ROOT)): {*IMPORT.findall(page.read_text("utf-8"))} for page in PAGES
    }

    assert {page: names - MAY_IMPORT for page, names in shown.items() if names - MAY_IMPORT} == {}
    assert shown["docs/prompts.md"] == {"msp_rules"}
    assert shown["plugins/README.md"] == MAY_IMPORT


def test_the_contract_of_plugins_forbids_every_room_without_exception() -> None:
    (contract,) = tomllib.loads((ROOT / "plugins/importlinter.toml").read_text())["tool"][
        "importlinter"
    ]["contracts"]
    package = ROOT / "msp_rules"
    rooms = {f"msp_rules.{path.parent.name}" for path in package.glob("*/__init__.py")}
    modules = {f"msp_rules.{path.stem}" for path in package.glob("*.py")}

    wanted = rooms | modules - {"msp_rules.__init__"}
    assert {*contract["forbidden_modules"]} == wanted - {"msp_rules.hooks"} | {"msp_rules.hooks.*"}
    assert "ignore_imports" not in contract
