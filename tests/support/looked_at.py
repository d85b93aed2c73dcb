"""Opens a written page in a real browser, and looks whether everybody can use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

_OPEN_ALL: Final = "for (const one of document.querySelectorAll('details')) one.open = true"
_WIDER: Final = """() => [...document.body.querySelectorAll('*')].filter(one =>
  !one.closest('.wide') && !one.closest('.skip') &&
  one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80))"""


@contextmanager
def looked_at(browser: Any, path: Path, width: int, scheme: str) -> Iterator[Any]:
    """Gives a page of which axe finds nothing wrong, with all that folds away open.

    Nothing on it is wider than the screen, and it has written nothing to the console.
    """
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="the page is not opened: axe-playwright-python is not installed",
    )
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    alarms: list[str] = []
    page.on("console", lambda message: alarms.append(message.text))

    page.goto(path.as_uri())
    page.evaluate(_OPEN_ALL)

    found = axe.Axe().run(page).response["violations"]
    nodes = [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found]
    assert nodes == []
    assert page.evaluate(_WIDER) == []
    assert alarms == []
    yield page
    context.close()
