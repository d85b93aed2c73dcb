"""Processes are killed, or work side by side, and the end is that of one undisturbed process."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.engine.engine import Engine
from tests.prompts.kill_run import (
    Files,
    assert_same_end,
    in_process,
    kill_again_and_again,
    wait_for,
)
from tests.prompts.stream import PureDesk, Step, make_stream


@pytest.fixture(scope="module")
def stream(engine: Engine) -> tuple[list[Step], PureDesk]:
    return make_stream(engine, events=250, seed=3)


def files_in(folder: Path) -> Files:
    folder.mkdir()
    return Files(folder)


def test_killed_processes_lose_nothing_and_repeat_nothing(
    where: str, engine: Engine, stream: tuple[list[Step], PureDesk], tmp_path: Path
) -> None:
    steps, pure = stream
    files = files_in(tmp_path / "host")

    killed = kill_again_and_again(where, steps, files, kills=6, seed=4)

    assert killed == 6
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
