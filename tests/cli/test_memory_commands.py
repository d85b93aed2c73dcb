"""The memory of the desk, seen to from the command line."""

import json
from functools import partial
from pathlib import Path

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.prompts.store import ChangeFeed, Desk, Memory
from msp_rules.prompts.store.letters import fail_message
from msp_rules.prompts.store.migrations import newest_version
from tests.support.command_line import run_here
from tests.support.core import core_ruleset
from tests.support.postgresql import create_database
from tests.support.told import CASE, at, closure, concern

pytestmark = pytest.mark.slow


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
    assert done.stdout == f"the tables of the memory are now at version {newest_version()}\n"
    assert (tmp_path / "memory.db").is_file()


@pytest.mark.postgresql
def test_every_command_works_in_the_schema_that_it_is_given(postgresql: str) -> None:
    where = create_database(postgresql, "memory_commands")
    for schema in ("anytown", "othertown"):
        assert run_here("memory", "upgrade", where, "--schema", schema).returncode == 0
    with Memory(where, schema="anytown") as memory:
        Desk(memory, Engine(core_ruleset(), matcher="python")).receive(
            concern(), at("2026-01-20T12:00:00")
        )

    held = [
        run_here("memory", "held-on", CASE, where, "--schema", schema).returncode
        for schema in ("othertown", "anytown")
    ]

    assert held == [1, 0]
    for words in (
        ("consumers", "--forget", "nobody"),
        ("letters",),
        ("new-epoch",),
        ("reset-clock",),
        ("forget", "--before", "2026-01-01"),
        ("purge", CASE),
    ):
        done = run_here("memory", *words, where, "--schema", "anytown")
        assert done.returncode in (0, 1), done.stderr
    assert run_here("memory", "held-on", CASE, where).returncode == 3


def test_a_sqlite_file_has_no_schema(tmp_path: Path) -> None:
    done = run_here("memory", "upgrade", str(tmp_path / "memory.db"), "--schema", "anytown")

    assert done.returncode == 3
    assert "a SQLite file has no schemas" in done.stderr


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


def test_a_dead_letter_is_listed_tried_again_and_one_that_is_not_there_is_named(
    tmp_path: Path,
) -> None:
    where = filled(tmp_path)
    with Memory(where) as memory:
        note = partial(fail_message, digest="a" * 64, case_id=CASE, reason="data: unknown word")
        memory.database.write(partial(note, now=at("2026-01-20T12:00:00").instant, is_final=True))
        (letter,) = memory.letters()

    listed = run_here("memory", "letters", where)
    again = run_here("memory", "letters", where, "--retry", str(letter.number), "--drop", "99")
    after = run_here("memory", "letters", where)

    assert listed.returncode == 1
    assert listed.stdout == (
        f"{letter.number}: message {'a' * 64} of case {CASE}, 2026-01-20T12:00:00+00:00: "
        "data: unknown word\n"
    )
    assert (again.returncode, again.stdout) == (1, "1 to be tried again, 0 dropped\n")
    assert again.stderr == "there is no letter 99: memory letters lists them\n"
    assert (after.returncode, after.stderr) == (0, "there are no dead letters\n")


def test_consumers_are_listed_and_forgotten(tmp_path: Path) -> None:
    where = filled(tmp_path)

    before = run_here("memory", "consumers", where)
    with Memory(where) as memory:
        ChangeFeed(memory).claim("panel", "2026-01-20T12:00:00Z")
    listed = run_here("memory", "consumers", where)
    gone = run_here("memory", "consumers", where, "--forget", "panel")
    again = run_here("memory", "consumers", where, "--forget", "panel")

    assert (before.returncode, before.stderr) == (0, "there are no consumers\n")
    assert (listed.stdout, gone.stdout) == ("panel\n", "forgotten\n")
    assert (again.returncode, again.stderr) == (1, "there is no consumer of this name\n")


def test_a_memory_without_tables_is_told_what_to_do(tmp_path: Path) -> None:
    done = run_here("memory", "held-on", CASE, str(tmp_path / "memory.db"))

    assert done.returncode == 3
    assert 'run "msp-rules memory upgrade"' in done.stderr


def test_health_counts_questions_as_text_json_and_a_page(tmp_path: Path) -> None:
    where, page = filled(tmp_path), tmp_path / "health.html"
    with Memory(where) as memory:
        desk = Desk(memory, Engine(core_ruleset(), matcher="python"), skew=None)
        for number in range(6):
            desk.receive(concern(f"SA-{number}"), at("2026-01-20T12:00:00"))

    text = run_here("memory", "health", where)
    counted = json.loads(run_here("memory", "health", where, "--json").stdout)
    since = ("--since", "2026-02-01")
    later = json.loads(run_here("memory", "health", where, "--json", *since).stdout)
    written = run_here("memory", "health", where, "--html", str(page))

    row = next(one for one in counted["rules"] if one["rule"] == "RISK-01")
    assert (text.returncode, counted["schema"]) == (0, "msp-rule-health/1")
    assert "RISK-01  Somebody establishes early whether the adult is safe" in text.stdout
    assert (row["not_shown"], row["promised"]) == (5, "[c]")
    assert (later["since"], later["rules"]) == ("2026-02-01", [])
    assert (written.returncode, b"<!DOCTYPE html>" in page.read_bytes()) == (0, True)
    assert CASE not in text.stdout + page.read_text(encoding="utf-8")
