"""The page of a comparison in a real browser: usable by everybody, in any width."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from msp_rules.audit.change.document import compare_document
from msp_rules.audit.change.points import points_of
from msp_rules.reports.comparison.page import PAGE, comparison_page
from tests.audit.change.made_up import case, change_of, files, rules_with, spoke
from tests.support.looked_at import looked_at


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("comparison")
    two, one = rules_with(folder / "2", days=2), rules_with(folder / "1", days=1)
    words = "concern_raised contact_with_adult"
    cases = [case(f"case-{'0123456789' * 4}-{at}", spoke("2026-01-07")) for at in range(12)]
    change = change_of(
        files(folder, "old.xml", cases[2:], two, supplies=words),
        files(folder, "new.xml", cases[:10], one),
    )
    document = compare_document(change, points_of(change, ()))
    document["points"] = [deepcopy(document["points"][0]) for _ in range(9)]
    for at, point in enumerate(document["points"]):
        point["as_of"] = f"2025-0{at + 1}-28"
        point["measures"]["M1/asked"] = [6 + at, 20]
    changed = {"ruleset": True, "mapping": None, "coverage": True}
    document["between"] = [changed if at == 4 else dict.fromkeys(changed, False) for at in range(8)]
    (folder / PAGE).write_bytes(comparison_page(document, (two, one)))
    return folder / PAGE


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_axe_finds_no_violation_and_nothing_is_wider_than_the_screen(
    browser: Any, comparison: Path, width: int, scheme: str
) -> None:
    with looked_at(browser, comparison, width, scheme) as page:
        assert page.locator(".run svg").count() >= 1
        assert page.locator("#list-new").is_visible()
        page.emulate_media(media="print")
        assert page.locator("#by-rule").is_visible()
        assert not page.locator("#list-new").is_visible()
