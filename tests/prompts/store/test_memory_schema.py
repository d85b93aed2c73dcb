"""Tables come and change by an explicit call, on both databases alike."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from msp_rules.errors import MspRulesError
from msp_rules.prompts.store import Memory, MemoryNotReady, MemoryUnavailable, downgrade, upgrade
from msp_rules.prompts.store.database import Database
from msp_rules.prompts.store.migrations import newest_version
from msp_rules.prompts.store.tables import VERSION_TABLE, metadata


def tables_of(where: str) -> set[str]:
    database = Database(where)
    try:
        return set(database.read(lambda connection: inspect(connection).get_table_names()))
    finally:
        database.close()


def test_the_migrations_make_just_the_tables_that_the_package_uses(where: str) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    database = Database(where)

    assert database.read(differences) == []
    database.close()


def test_tables_go_up_down_and_up_again(empty: str) -> None:
    assert upgrade(empty) == newest_version()
    assert tables_of(empty) == {*metadata.tables, VERSION_TABLE}

    assert downgrade(empty) == "base"
    assert tables_of(empty) == {VERSION_TABLE}

    assert upgrade(empty) == upgrade(empty) == newest_version()
    Memory(empty).close()


def test_a_memory_without_tables_says_what_to_do(empty: str) -> None:
    with pytest.raises(
        MemoryNotReady,
        match='(version base|no memory at).*"msp-rules memory upgrade".*msp_rules.upgrade_memory',
    ) as no:
        Memory(empty)

    assert tables_of(empty) == set()
    module, _, name = str(no.value).rpartition("call ")[2].rpartition(".")
    assert getattr(import_module(module), name) is upgrade


def test_a_mistyped_path_leaves_no_file_behind(tmp_path: Path) -> None:
    with pytest.raises(MemoryNotReady, match="no memory at this path yet; correct the path"):
        Memory(tmp_path / "promts.db")

    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_stays_empty(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.touch()

    with pytest.raises(MemoryNotReady, match="no memory at this path yet; correct the path"):
        Memory(path)

    assert path.read_bytes() == b""


def test_a_file_of_another_kind_is_called_one_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text("<case_export/>")

    with pytest.raises(MspRulesError, match="the file at this path is not a memory"):
        Memory(path)
    with pytest.raises(MspRulesError, match="the file at this path is not a memory"):
        upgrade(path)

    assert path.read_text() == "<case_export/>"
    assert list(tmp_path.iterdir()) == [path]


def test_tables_of_a_newer_package_are_left_alone(where: str) -> None:
    database = Database(where)
    newer = text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")  # noqa: S608 - our own name
    database.write(lambda connection: connection.execute(newer))
    database.close()

    with pytest.raises(MemoryNotReady, match="9999, which this msp_rules doesn't know"):
        Memory(where)


def test_what_is_held_stays_when_tables_are_upgraded_again(where: str) -> None:
    with Memory(where) as memory:
        row = "INSERT INTO msp_case (case_id, touched_at, is_closed) VALUES ('A', 1, false)"
        memory.database.write(lambda connection: connection.execute(text(row)))

    upgrade(where)

    with Memory(where) as memory:
        assert memory.held_on("A") is not None


@pytest.mark.parametrize(
    "address",
    ["mysql://u:secret@h/db", "sqlite://", "sqlite:///:memory:", "postgresql://u:secret@h:port/db"],
)
def test_another_kind_of_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(MemoryNotReady) as refused:
        Memory(address)

    assert "secret" not in str(refused.value)


def test_a_server_that_does_not_answer_is_named_without_its_address(tmp_path: Path) -> None:
    with pytest.raises(MemoryUnavailable, match="no server answered at this address$") as failed:
        Memory(f"postgresql://u:secret@/db?host={tmp_path}")

    assert "secret" not in str(failed.value)
    assert failed.value.__suppress_context__


@pytest.mark.parametrize(
    ("user", "database", "reason"),
    [
        ("postgres", "nothere", "the server has no database of this name"),
        ("nobody", "postgres", "the server refused the user or the password"),
    ],
)
def test_a_refusal_of_the_server_says_what_to_put_right_and_repeats_nothing(
    postgresql: str, user: str, database: str, reason: str
) -> None:
    address = postgresql.format(database).replace("//postgres@", f"//{user}@")

    with pytest.raises(MemoryUnavailable, match=f"OperationalError: {reason}$"):
        Memory(address)


def test_a_file_that_can_not_be_opened_says_so(tmp_path: Path) -> None:
    with pytest.raises(MemoryUnavailable, match="the file can't be opened for writing$"):
        upgrade(str(tmp_path / "nowhere" / "memory.db"))


def test_the_desk_needs_no_database_to_be_imported() -> None:
    code = (
        "import sys\n"
        "for name in ('sqlalchemy', 'alembic', 'psycopg'): sys.modules[name] = None\n"
        "import msp_rules.prompts.desk, msp_rules.prompts.feedback, msp_rules.prompts.view\n"
        "import msp_rules.prompts.documents, msp_rules.authoring.impact.forecast\n"
        "import msp_rules.intake.live_events, msp_rules.cli.main\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
