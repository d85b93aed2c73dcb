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
from tests.support.postgresql import create_database
from tests.support.shared import made_once

_numbers = itertools.count(1)
BOTH_DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))


def _new_name() -> str:
    """A name that no process of this test run has given to a database."""
    return f"test_{os.getpid()}_{next(_numbers)}"


@pytest.fixture(scope="session")
def upgraded(postgresql: str) -> str:
    """A database with tables and nothing in them, to copy from."""

    def make(_: Path) -> str:
        upgrade(create_database(postgresql, "upgraded"))
        return "upgraded"

    return made_once("upgraded", make)


@pytest.fixture
def postgresql_memory(postgresql: str, upgraded: str) -> str:
    """The URL of a PostgreSQL database with empty tables."""
    return create_database(postgresql, _new_name(), template=upgraded)


@pytest.fixture(params=BOTH_DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a database lies that has no tables yet."""
    if request.param == "sqlite":
        return str(tmp_path / "memory.db")
    server = request.getfixturevalue("postgresql")
    return create_database(server, _new_name())


@pytest.fixture(params=BOTH_DATABASES)
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
    """A desk with an empty memory, whose `now` may leap: in tests weeks pass from line to line."""
    return Desk(memory, engine, skew=None)


@pytest.fixture(scope="session")
def empty_memory(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A memory in SQLite with nothing in it, to copy."""
    path = tmp_path_factory.mktemp("memory") / "empty.db"
    upgrade(str(path))
    return path.read_bytes()


@pytest.fixture
def sqlite_desk(empty_memory: bytes, tmp_path: Path, engine: Engine) -> Iterator[Desk]:
    """A desk on SQLite alone, for what does not hang on the database."""
    path = tmp_path / "memory.db"
    path.write_bytes(empty_memory)
    with Memory(str(path)) as opened:
        yield Desk(opened, engine, skew=None)
