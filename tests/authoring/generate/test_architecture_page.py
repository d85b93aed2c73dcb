"""The page about the house: every room is on it, and all that it names is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from msp_rules.authoring.generate.architecture_page import FLOORS, architecture_page

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "msp_rules"
PAGE = architecture_page()


def test_every_package_and_every_module_that_is_a_floor_is_a_row_of_the_table() -> None:
    packages = {
        path.parent.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("__init__.py")
        if path.parent != PACKAGE
    }
    modules = {room for floor in FLOORS for room in floor if (PACKAGE / f"{room}.py").is_file()}

    rows = re.findall(r"^\| (?:\*\*)?`([\w/]+)`(?:\*\*)? \| \S", PAGE, re.MULTILINE)

    assert sorted(rows) == sorted(packages | modules)


def test_the_floors_are_those_that_imports_are_held_to() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = (one["layers"] for one in contracts if one["type"] == "layers")

    held_to = [set(re.findall(r"msp_rules\.(\w+)", layer)) for layer in layers]

    assert [set(floor) for floor in FLOORS] == held_to


def test_all_that_the_walks_name_is_there() -> None:
    walks = PAGE.partition("## Three walks")[2]

    named = [name for name in re.findall(r"`([\w/]+)`", walks) if name.islower()]

    places = [(PACKAGE / name, PACKAGE / f"{name}.py") for name in named]
    assert [str(one) for one, module in places if not one.is_dir() and not module.is_file()] == []
