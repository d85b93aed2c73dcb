"""Fixtures for tests anywhere in the repository: what one test run makes once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import NoBrowser, browser_of_run
from tests.support.postgresql import WITHOUT, NoPostgresql, server_of_run
from tests.support.wheels import wheel_of_run


@pytest.fixture(scope="session")
def postgresql() -> str:
    """The URL of a real server; the tests fail where none can be started, unless told otherwise."""
    if os.environ.get(WITHOUT):
        pytest.skip(f"{WITHOUT} is set: nothing is tested on PostgreSQL here")
    try:
        return server_of_run()
    except NoPostgresql as reason:
        pytest.fail(str(reason), pytrace=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium, as playwright drives it."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no page is opened: playwright is not installed"
    )
    try:
        address = browser_of_run()
    except NoBrowser as reason:
        pytest.skip(f"no page is opened: {reason}")
    with playwright.sync_playwright() as driver:
        yield driver.chromium.connect(address)


@pytest.fixture(scope="session")
def wheel() -> Path:
    """A wheel of this checkout, without compiled modules."""
    pytest.importorskip("hatchling.builders.wheel", reason="hatchling builds the wheel")
    return wheel_of_run()
