"""A Chromium of the system, for tests that open a page in it: one in a test run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.support.shared import at_end_of_run, made_once

if TYPE_CHECKING:
    from playwright.sync_api import Page

VARIABLE: Final = "MSP_RULES_BROWSER"
"""Names a Chromium that is not found by one of the usual names."""
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_SECONDS_TO_START: Final = 60
_servers: list[subprocess.Popen[bytes]] = []  # kept: one that is dropped while it runs warns


class NoBrowser(Exception):
    """Why there is no Chromium to test with, in one text."""


def browser_path() -> str | None:
    """Where a Chromium is, or None."""
    named = os.environ.get(VARIABLE)
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, _NAMES) if path), None)


def browser_of_run() -> str:
    """Gives the address of the one Chromium of this test run; raises `NoBrowser`."""
    return made_once("browser", _start)


def _start(folder: Path) -> str:
    path = browser_path()
    if path is None:
        raise NoBrowser(f"no Chromium is here (or name one: {VARIABLE})")
    # Playwright's own server keeps those who connect apart. Over the protocol of Chromium itself
    # each would see the pages of the others, and set their colours and media to its own.
    options = folder / "options.json"
    options.write_text(json.dumps({"executablePath": path, "args": ARGUMENTS, "headless": True}))
    command = [sys.executable, "-m", "playwright", "launch-server", "--browser", "chromium"]
    log = folder / "browser.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*command, "--config", str(options)],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,  # an interrupt of the tests is not meant for it
        )
    _servers.append(process)
    at_end_of_run(["kill", "--", f"-{process.pid}"])  # and what it has started itself
    for _ in range(_SECONDS_TO_START * 10):
        address = re.match(r"ws://\S+\n", log.read_text(errors="replace"))
        if address:
            return address[0].strip()
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise NoBrowser(f"{path} does not start: {log.read_text(errors='replace')[-500:]}")


def wait_until(page: Page, expression: str, *, seconds: float = 30) -> None:
    """Waits until an expression holds on a page, asking anew each time from outside of it.

    A page's own polling of it is stopped by a content policy that forbids to evaluate texts.
    """
    until = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < until, f"not within {seconds} s: {expression}"
        page.wait_for_timeout(20)
