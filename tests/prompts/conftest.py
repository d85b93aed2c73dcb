"""The same tests of the memory over both databases, each test with a database of its own."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.prompts.store import Desk, Memory, upgrade
from tests.support.core import core_ruleset
from tests.support.postgresql import (
    WITHOUT,
    NoPostgresql,
    create_database,
    postgresql_server,
)

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A real server; the tests fail where none can be started, unless told to do without."""
    if os.environ.get(WITHOUT):
        pytest.skip(f"{WITHOUT} is set: the memory is not tested on PostgreSQL here")
    server = postgresql_server()
    try:
        url = server.__enter__()
    except NoPostgresql as reason:
        pytest.fail(str(reason), pytrace=False)
    try:
        yield url
    finally:
        server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def upgraded(postgresql: str) -> str:
    """A database with tables and nothing in them, to copy from."""
    upgrade(create_database(postgresql, "upgraded"))
    return "upgraded"


@pytest.fixture
def postgresql_memory(postgresql: str, upgraded: str) -> str:
    """The URL of a PostgreSQL database with empty tables."""
    return create_database(postgresql, f"test_{next(_numbers)}", template=upgraded)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a database lies that has no tables yet."""
    if request.param == "sqlite":
        return str(tmp_path / "memory.db")
    server = request.getfixturevalue("postgresql")
    return create_database(server, f"test_{next(_numbers)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a database lies whose tables are there, and empty."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql_memory")
    path = str(tmp_path / "memory.db")
    upgrade(path)
    return path


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The core rules; the Python matcher, as the memory doesn't hang on which one answers."""
    return Engine(core_ruleset(), matcher="python")


@pytest.fixture
def memory(where: str) -> Iterator[Memory]:
    """An open memory."""
    with Memory(where) as opened:
        yield opened


@pytest.fixture
def desk(memory: Memory, engine: Engine) -> Desk:
    """A desk with an empty memory."""
    return Desk(memory, engine)
