"""What several tests need is written once, beside them, and no test imports another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(one for room in ("tests", "features") for one in (ROOT / room).rglob("*.py"))
OF_A_TEST = re.compile(
    r"^\s*(?:from\s+\S*\btest_\w+\s+import|import\s+\S*\btest_\w+)", re.MULTILINE
)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("from tests.prompts.test_card import VALIDATOR", True),
        ("    import tests.prompts.test_card", True),
        ("from tests.prompts.made_up import case", False),
    ],
)
def test_an_import_of_a_test_is_known_by_its_line(line: str, is_one: bool) -> None:
    assert bool(OF_A_TEST.search(line)) == is_one


def test_no_test_imports_another() -> None:
    assert len(FILES) > 300
    assert [one.name for one in FILES if OF_A_TEST.search(one.read_text("utf-8"))] == []
