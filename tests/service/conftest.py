"""One service for all tests of a module that do not change it, and a new one for each that does."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.engine.engine import Engine
from tests.support.desk import core_engine
from tests.support.service import Service, new_service


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The core rules."""
    return core_engine()


@pytest.fixture
def service(tmp_path: Path, engine: Engine) -> Service:
    """A service with an empty memory."""
    return new_service(tmp_path, engine)
