"""One service for all tests of a module that do not change it, and a new one for each that does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.prompts.store import upgrade
from tests.support.desk import core_engine
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
