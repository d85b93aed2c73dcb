"""docs/reports.md: the tests and pictures that it leans on are there, at least one a line."""

from __future__ import annotations

import re

import pytest

from tests.support.command_line import ROOT

PAGE = (ROOT / "docs/reports.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([RX]\d+) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)


def test_the_page_answers_each_defect_once() -> None:
    expected = [f"R{number}" for number in range(1, 22)] + [f"X{number}" for number in range(1, 5)]

    assert [name for name, _, _ in ROWS] == expected


@pytest.mark.parametrize(("name", "held_by"), [(row[0], row[2]) for row in ROWS])
def test_what_holds_a_line_is_there(name: str, held_by: str) -> None:
    holders = re.findall(r"`([^`]+)`", held_by)

    assert any("::" in one for one in holders), name
    for one in holders:
        if one.endswith(".png"):
            assert f"(pictures/{one})" in PAGE
            assert (ROOT / "docs/pictures" / one).is_file()
        else:
            file, _, test = one.partition("::")
            text = (ROOT / "tests/reports" / file).read_text(encoding="utf-8")
            assert re.search(rf"^def {test}\(", text, re.MULTILINE), one
