"""docs/testing.md and the Makefile: the marks and folders that they name are those there are."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.support.command_line import ROOT

PAGE = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MARKS = [one.partition(":")[0] for one in SETTINGS["tool"]["pytest"]["ini_options"]["markers"]]


def test_the_quick_loop_leaves_out_every_mark() -> None:
    expression = re.search(r"^QUICK := not \((.+)\)$", MAKEFILE, re.MULTILINE)

    assert expression is not None
    assert sorted(expression[1].split(" or ")) == sorted(MARKS)


@pytest.mark.parametrize("command", re.findall(r"`make ([\w-]+)`", PAGE))
def test_a_command_of_the_page_is_there(command: str) -> None:
    assert re.search(rf"^{command}:", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("path", re.findall(r"`((?:tests|features)/?[\w/.]*)`", PAGE))
def test_a_folder_of_the_page_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_room_of_the_tests_is_a_room_of_the_package_or_on_the_page() -> None:
    rooms = {path.parent.relative_to(ROOT) for path in ROOT.glob("tests/**/test_*.py")}

    unknown = [
        str(room)
        for room in rooms
        if not (ROOT / "msp_rules" / room.relative_to("tests")).is_dir() and f"`{room}`" not in PAGE
    ]

    assert unknown == []
