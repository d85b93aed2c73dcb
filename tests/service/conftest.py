"""One service for all tests of a module that do not change it, and a new one for each that does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.prompts.store import upgrade
from tests.support.desk import core_engine
from tests.support.panel import PanelHost, panel_host
from tests.support.service import Service


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The core rules."""
    return core_engine()


@pytest.fixture(scope="session")
def empty_memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A memory with tables and nothing in them, to copy: making one takes half a second."""
    path = tmp_path_factory.mktemp("memory") / "empty.db"
    upgrade(path)
    return path


@pytest.fixture
def service(tmp_path: Path, empty_memory: Path, engine: Engine) -> Service:
    """A service with an empty memory."""
    return Service(Path(shutil.copy(empty_memory, tmp_path / "service.db")), engine)


@pytest.fixture(scope="module")
def host(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, empty_memory: Path, engine: Engine
) -> Iterator[PanelHost]:
    """A host that shows prompt panels in a page of a browser."""
    pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="no panel is opened: axe-playwright-python is not installed",
    )
    path = shutil.copy(empty_memory, tmp_path_factory.mktemp("panel") / "service.db")
    with panel_host(Service(Path(path), engine), browser) as opened:
        yield opened
