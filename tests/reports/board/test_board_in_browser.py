"""The board's page in a real browser: usable by everybody, in any width, and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from msp_rules.reports.board.files import PAGE, write_board_report
from tests.support.audited import made_up_audit

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright",
    reason="the board's page is not opened: axe-playwright-python is not installed",
)

OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"
WIDER = """() => [...document.body.querySelectorAll('*')].filter(one =>
  !one.closest('.wide') && !one.closest('.skip') &&
  one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("board")
    write_board_report(made_up_audit(), folder, titles={}, is_shared=False)
    return folder / PAGE


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_axe_finds_no_violation_and_nothing_is_wider_than_the_screen(
    browser: Any, board: Path, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    alarms: list[str] = []
    page.on("console", lambda message: alarms.append(message.text))

    page.goto(board.as_uri())
    page.evaluate(OPEN_ALL)

    found = axe.Axe().run(page).response["violations"]
    nodes = [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found]
    assert nodes == []
    assert page.evaluate(WIDER) == []
    assert alarms == []
    context.close()
