"""The board's page in a real browser: usable by everybody, in any width, and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from msp_rules.reports.board.files import PAGE, write_board_report
from tests.support.audited import made_up_audit
from tests.support.looked_at import looked_at


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
    with looked_at(browser, board, width, scheme) as page:
        assert page.locator("h1").count() == 1
