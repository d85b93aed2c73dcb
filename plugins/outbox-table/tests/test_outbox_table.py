"""Larkfield's outbox is taken in and its prompts table written, whatever breaks off in between."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msp_outbox_table
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from msp_rules import (
    Adapter,
    Desk,
    DeskOutbox,
    Engine,
    Memory,
    check_adapter,
    exchange_round,
    upgrade_memory,
)
from msp_rules.hooks import Registry
from tests.support.core import core_ruleset
from tests.support.postgresql import create_database

pytestmark = pytest.mark.slow

HOME = Path(__file__).parents[1]
NOW = "2026-01-20"
NAME = "outbox-table"
PUT = text(
    "INSERT INTO larkfield_outbox (entry, case_ref, kind, happened, written, body)"
    " VALUES (:entry, 'L-9', :kind, :day, :day, :body)"
)
CONCERN = {"entry": 1, "kind": "CONCERN", "day": "2026-01-05", "body": '{"from": "POL"}'}
TALK = {"entry": 2, "kind": "TALK", "day": "2026-01-06", "body": '{"asked": "asked_expressed"}'}
BROKEN = {"entry": 3, "kind": "TALK", "day": "2026-01-07", "body": '{"asked": "perhaps"}'}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(core_ruleset(), matcher="python")


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def larkfield(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of Larkfield's database, its tables empty."""
    if request.param == "sqlite":
        source = f"sqlite:///{tmp_path / 'larkfield.db'}"
    else:
        url = create_database(
            request.getfixturevalue("postgresql"), f"{os.getpid()}_{tmp_path.name}"
        )
        source = url.replace("postgresql://", "postgresql+psycopg://", 1)
    with create_engine(source, poolclass=NullPool).begin() as connection:
        for table in msp_outbox_table.TABLES:
            connection.execute(text(table))
    return source


def saved(source: str, *rows: Mapping[str, object]) -> None:
    with create_engine(source, poolclass=NullPool).begin() as connection:
        connection.execute(PUT, [dict(row) for row in rows])


def rows_of(source: str, query: str) -> list[tuple[Any, ...]]:
    with create_engine(source, poolclass=NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.fixture
def registry() -> Registry:
    found = Registry()
    found.register(NAME, msp_outbox_table)
    return found


@pytest.fixture
def outbox(tmp_path: Path, engine: Engine) -> Iterator[DeskOutbox]:
    upgrade_memory(tmp_path / "desk.db")
    with Memory(tmp_path / "desk.db") as memory:
        yield DeskOutbox(Desk(memory, engine), engine.ruleset, lambda: NOW)


def test_it_keeps_the_contract(engine: Engine) -> None:
    adapter = Adapter(name="msp_outbox_table", folder=str(HOME))

    report = check_adapter(adapter, engine, most_crashes=40)

    outcomes = {one.name: one.status for one in report.results}
    assert report.has_passed, report
    assert {name for name, one in outcomes.items() if one == "not applicable"} == {
        *("rendering", "edited", "deleted", "restored", "permission", "late")
    }
    assert set(outcomes.values()) == {"passed", "not applicable"}


def test_rows_become_prompts_in_the_hosts_own_table(
    larkfield: str, registry: Registry, outbox: DeskOutbox
) -> None:
    saved(larkfield, CONCERN)

    first = exchange_round(registry, NAME, outbox, larkfield)
    asked = rows_of(larkfield, "SELECT count(*) FROM larkfield_prompts WHERE is_shown = 1")
    saved(larkfield, TALK)
    second = exchange_round(registry, NAME, outbox, larkfield)
    third = exchange_round(registry, NAME, outbox, larkfield)

    assert (first.taken, second.taken, third.taken) == (1, 1, 0)
    assert (first.faults, second.faults, third.faults) == ((), (), ())
    assert first.sent == asked[0][0] > 0
    assert third.sent == 0
    gone = rows_of(larkfield, "SELECT count(*) FROM larkfield_prompts WHERE is_shown = 0")
    assert gone[0][0] > 0, "that the adult was asked answers a prompt"
    assert rows_of(larkfield, "SELECT DISTINCT is_done FROM larkfield_outbox") == [(1,)]


def test_an_answer_is_heard_and_what_it_needs_comes_back(
    larkfield: str, registry: Registry, outbox: DeskOutbox
) -> None:
    saved(larkfield, CONCERN)
    exchange_round(registry, NAME, outbox, larkfield)
    ask = "SELECT card FROM larkfield_prompts WHERE summary LIKE 'Is the adult safe%'"
    ((card,),) = rows_of(larkfield, ask)
    put = text(
        "INSERT INTO larkfield_answers (answer, case_ref, card, button, said)"
        " VALUES (:answer, 'L-9', :card, :button, '2026-01-20T23:00Z')"
    )
    with create_engine(larkfield, poolclass=NullPool).begin() as connection:
        connection.execute(put, {"answer": 1, "card": card, "button": "SEEN"})
        connection.execute(put, {"answer": 2, "card": card, "button": "WILL DO"})

    done = exchange_round(registry, NAME, outbox, larkfield)

    assert [one["heard_as"] for one in done.feedback.heard] == ["incomplete", "heard"]
    answers = rows_of(larkfield, "SELECT is_done, needs FROM larkfield_answers ORDER BY answer")
    assert answers == [(1, "reason"), (1, None)]
    assert rows_of(larkfield, f"SELECT state FROM larkfield_prompts WHERE card = '{card}'") == [
        ("promised",)
    ]


def test_a_row_that_is_refused_keeps_the_reason_and_holds_up_nothing(
    larkfield: str, registry: Registry, outbox: DeskOutbox
) -> None:
    saved(larkfield, BROKEN, CONCERN)

    done = exchange_round(registry, NAME, outbox, larkfield)

    assert (done.taken, len(done.refused)) == (1, 1)
    ((reason,),) = rows_of(larkfield, "SELECT refused FROM larkfield_outbox WHERE entry = 3")
    assert reason.startswith("data.asked: unknown word; known are asked_expressed, ")
    assert "perhaps" not in reason
    assert exchange_round(registry, NAME, outbox, larkfield).taken == 0


class Breaking:
    """An outbox in whose step the host's process ends."""

    def __init__(self, outbox: DeskOutbox, step: str, after: Callable[[], None]) -> None:
        self._outbox = outbox
        self._step = step
        self._after = after

    def submit(self, message: Mapping[str, Any]) -> str | None:
        reason = self._outbox.submit(message)
        self._break("submit")
        return reason

    def pending(self) -> Sequence[Mapping[str, Any]]:
        self._break("pending")
        return self._outbox.pending()

    def acknowledge(self, changes: Sequence[Mapping[str, Any]]) -> None:
        self._break("acknowledge")
        self._outbox.acknowledge(changes)

    def _break(self, step: str) -> None:
        if step == self._step:
            self._after()


class Killed(BaseException):
    """Stands for the end of the process."""


def killed() -> None:
    raise Killed


@pytest.mark.parametrize("step", ["submit", "pending", "acknowledge"])
def test_a_round_that_breaks_off_loses_nothing_and_repeats_nothing(
    step: str, larkfield: str, registry: Registry, outbox: DeskOutbox
) -> None:
    saved(larkfield, CONCERN, TALK)
    with pytest.raises(Killed):
        exchange_round(registry, NAME, Breaking(outbox, step, killed), larkfield)

    again = exchange_round(registry, NAME, outbox, larkfield)

    assert again.taken == 2, "nothing had been acknowledged"
    assert again.sent > 0
    prompts = "SELECT prompt, revision, is_shown FROM larkfield_prompts ORDER BY prompt"
    before = rows_of(larkfield, prompts)
    assert exchange_round(registry, NAME, outbox, larkfield).sent == 0
    assert rows_of(larkfield, prompts) == before


def test_what_only_time_changes_is_told_too(
    larkfield: str, registry: Registry, tmp_path: Path, engine: Engine
) -> None:
    upgrade_memory(tmp_path / "desk.db")
    with Memory(tmp_path / "desk.db") as memory:
        desk = Desk(memory, engine, skew=None)
        outbox = DeskOutbox(desk, engine.ruleset, lambda: "2026-01-05")
        saved(larkfield, CONCERN)
        exchange_round(registry, NAME, outbox, larkfield)

        desk.sweep("2026-02-20")
        later = exchange_round(registry, NAME, outbox, larkfield)

    assert later.taken == 0
    assert later.sent > 0
