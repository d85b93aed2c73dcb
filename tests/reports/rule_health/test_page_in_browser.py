"""The page of rule health in a real browser: usable by everybody, in any width."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from msp_rules.reports.rule_health.page import PAGE, health_page
from tests.reports.rule_health.made_up import askings, document
from tests.support.looked_at import looked_at


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ways = {"promised": 12, "acknowledged": 6, "put_off": 9, "settled": 30, "open": 7}
    found = askings("ASK-01", ways | {"ignored": 20, "does_not_fit": 14, "not_shown": 40})
    found += askings("RISK-01", ways | {"question_seems_wrong": 60}) + askings(
        "OUT-01", {"open": 2}
    )
    path = tmp_path_factory.mktemp("health") / PAGE
    path.write_bytes(health_page(document(found, open_prompts={"RISK-01": 22})))
    return path


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_no_violation_and_nothing_is_wider_than_the_screen(
    browser: Any, page_file: Path, width: int, scheme: str
) -> None:
    with looked_at(browser, page_file, width, scheme) as page:
        assert page.locator("#bars svg").count() == 2
        assert page.get_by_text("every count is hidden").is_visible()
        assert page.locator("#review ~ h3").count() == 1
