"""Processes are killed, or work side by side, and the end is that of one undisturbed process."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.prompts.prompt import DeskState
from msp_rules.prompts.store import Desk, Memory
from tests.support import effort
from tests.support.edited_records import make_snapshot_stream
from tests.support.kill_run import (
    Files,
    assert_same_end,
    in_process,
    kill_again_and_again,
    wait_for,
)
from tests.support.stream import Deliver, PureDesk, Step, make_stream

pytestmark = pytest.mark.killed
KILLS = effort.of(3, thorough=20)
SAVED_KILLS = effort.of(2, thorough=20)
EVENTS = effort.of(120, thorough=800)
CASES = effort.of(12, thorough=80)


@pytest.fixture(scope="module")
def stream(engine: Engine) -> tuple[list[Step], PureDesk]:
    return make_stream(engine, events=EVENTS, seed=3)


@pytest.fixture(scope="module")
def snapshots(engine: Engine) -> tuple[list[Step], PureDesk]:
    return make_snapshot_stream(engine, cases=CASES, steps=4, seed=3)


def files_in(folder: Path) -> Files:
    folder.mkdir()
    return Files(folder)


def test_killed_processes_lose_nothing_and_repeat_nothing(
    where: str, engine: Engine, stream: tuple[list[Step], PureDesk], tmp_path: Path
) -> None:
    steps, pure = stream
    files = files_in(tmp_path / "host")

    killed = kill_again_and_again(where, steps, files, kills=KILLS, seed=4)

    assert killed == KILLS
    assert_same_end(where, engine, pure, files)


def test_killed_hosts_that_hand_over_whole_cases_lose_nothing_and_repeat_nothing(
    where: str, engine: Engine, snapshots: tuple[list[Step], PureDesk], tmp_path: Path
) -> None:
    steps, pure = snapshots
    files = files_in(tmp_path / "host")

    killed = kill_again_and_again(where, steps, files, kills=SAVED_KILLS, seed=5)

    assert killed == SAVED_KILLS
    assert_same_end(where, engine, pure, files)


def test_two_processes_that_take_in_the_same_messages_come_to_the_same_end(
    where: str, engine: Engine, stream: tuple[list[Step], PureDesk], tmp_path: Path
) -> None:
    steps, pure = stream
    hosts = [files_in(tmp_path / "one"), files_in(tmp_path / "two")]

    both = [in_process(where, steps, files) for files in hosts]

    ended = [wait_for(child) for child in both]
    assert ended == [True, True]
    assert_same_end(where, engine, pure, *hosts)


def test_two_processes_that_share_the_messages_of_the_same_cases_miss_none(
    where: str, engine: Engine, stream: tuple[list[Step], PureDesk], tmp_path: Path
) -> None:
    now = max(step.now for step in stream[0] if isinstance(step, Deliver))
    steps = [Deliver(step.message, now) for step in stream[0] if isinstance(step, Deliver)]
    steps.sort(key=lambda step: step.message["subject"])  # both at the same case, all the time
    pure = PureDesk(engine)
    for step in steps:
        pure.do(step)

    halves = [steps[0::2], steps[1::2]]
    both = [in_process(where, half, files_in(tmp_path / str(n))) for n, half in enumerate(halves)]

    assert [wait_for(child) for child in both] == [True, True]
    with Memory(where) as memory:
        states = {case: Desk(memory, engine).state(case) for case in pure.states}
    assert {case: facts(state) for case, state in states.items()} == {
        case: facts(state) for case, state in pure.states.items()
    }


def facts(state: DeskState) -> object:
    """What stands, without the life that it has led: that hangs on the order of the messages."""
    standing = {
        prompt.key: (prompt.verdict, prompt.due, prompt.timing, prompt.missing, prompt.evidence)
        for prompt in state.standing
    }
    return standing, state.next_change, state.faults, state.as_of
