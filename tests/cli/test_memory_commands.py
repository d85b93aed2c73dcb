"""The memory of the desk, seen to from the command line."""

import json
from pathlib import Path

from msp_rules.engine.engine import Engine
from msp_rules.prompts.store import Desk, Memory
from tests.support.command_line import run_here
from tests.support.core import core_ruleset
from tests.support.told import CASE, at, closure, concern


def filled(folder: Path) -> str:
    where = str(folder / "memory.db")
    assert run_here("memory", "upgrade", where).returncode == 0
    with Memory(where) as memory:
        desk = Desk(memory, Engine(core_ruleset(), matcher="python"))
        for message in (concern(), closure()):
            desk.receive(message, at("2026-01-20T12:00:00"))
    return where


def test_upgrade_makes_the_tables_and_says_their_version(tmp_path: Path) -> None:
    done = run_here("memory", "upgrade", str(tmp_path / "memory.db"))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "the tables of the memory are now at version 0002\n"
    assert (tmp_path / "memory.db").is_file()


def test_what_is_held_on_a_case_is_written_as_json(tmp_path: Path) -> None:
    where = filled(tmp_path)

    held, nothing = (run_here("memory", "held-on", case, where) for case in (CASE, "SA-2"))

    assert json.loads(held.stdout)["case_id"] == CASE
    assert (nothing.returncode, nothing.stdout) == (1, "")


def test_a_case_is_purged_once(tmp_path: Path) -> None:
    where = filled(tmp_path)

    first, second = (run_here("memory", "purge", CASE, where) for _ in range(2))

    assert (first.returncode, second.returncode) == (0, 1)
    assert first.stdout.startswith("removed: 2 messages, ")
    assert run_here("memory", "held-on", CASE, where).returncode == 1


def test_closed_cases_are_forgotten_from_the_day_after_the_last_word(tmp_path: Path) -> None:
    where = filled(tmp_path)

    said = [
        run_here("memory", "forget", where, "--before", day).stdout
        for day in ("2026-01-20", "2026-01-21")
    ]

    assert said == ["0 cases removed\n", "1 cases removed\n"]


def test_a_memory_without_tables_is_told_what_to_do(tmp_path: Path) -> None:
    done = run_here("memory", "held-on", CASE, str(tmp_path / "memory.db"))

    assert done.returncode == 3
    assert 'run "msp-rules memory upgrade"' in done.stderr
