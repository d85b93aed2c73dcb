"""Creates the tables of the memory and migrates them, by an explicit call only.

The steps from one version to the next are in `versions` and are run by Alembic.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.schema import CreateSchema

from msp_rules.errors import MspRulesError
from msp_rules.prompts.store.database import Database, MemoryNotReady
from msp_rules.prompts.store.tables import VERSION_TABLE

_UPGRADE_LOCK: Final = 0x6D7370  # any number that no other user of the database is likely to take
_SQLITE: Final = b"SQLite format 3\0"
"""The first bytes of every file of SQLite that holds anything."""
_HOME: Final = Path(__file__).resolve().parent


def upgrade(where: str | Path | Engine, *, schema: str | None = None) -> str:
    """Brings the tables of a database to this version of the package; gives the version's name.

    `where` is the path of a SQLite file (made if it isn't there), a PostgreSQL URL, or an engine of
    SQLAlchemy for PostgreSQL; `schema` the schema there, which is made if it isn't there. Data are
    kept. All steps are one transaction.
    """
    return _migrate(Database(where, schema=schema), "head", is_upgrade=True)


def downgrade(where: str | Path | Engine, to: str = "base", *, schema: str | None = None) -> str:
    """Takes the tables back to an earlier version; `base` drops them and all that they hold."""
    return _migrate(Database(where, schema=schema), to, is_upgrade=False)


def newest_version() -> str:
    """Gives the version of the tables that this package works with."""
    return ScriptDirectory.from_config(_config()).get_current_head() or "base"


def version_of(connection: Connection, schema: str | None = None) -> str:
    """Reads the version of the tables of a database; `base` where there are none."""
    where = {"version_table": VERSION_TABLE, "version_table_schema": schema}
    return MigrationContext.configure(connection, opts=where).get_current_revision() or "base"


def need_newest(database: Database) -> None:
    """Raises MemoryNotReady where the tables are not those of this version of the package."""
    is_there = _is_there(database)
    found, wanted = (
        database.read(partial(version_of, schema=database.schema)) if is_there else "base",
        newest_version(),
    )
    if found == wanted:
        return
    if not is_there:
        raise MemoryNotReady(
            "there is no memory at this path yet; correct the path, or create the memory: "
            'run "msp-rules memory upgrade", or call msp_rules.upgrade_memory'
        )
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found not in known | {"base"}:
        raise MemoryNotReady(
            f"the tables of the memory are of version {found}, which this msp_rules doesn't know; "
            "a newer one has changed them: install that one"
        )
    raise MemoryNotReady(
        f"the tables of the memory are of version {found}, and {wanted} is needed; "
        'run "msp-rules memory upgrade", or call msp_rules.upgrade_memory'
    )


def _is_there(database: Database) -> bool:
    """Says whether there is a database; raises MspRulesError where another file lies there.

    To open a SQLite file is to make it, and to write into an empty one: an address that was
    mistyped must leave nothing behind.
    """
    if not database.is_sqlite:
        return True
    path = Path(database.engine.url.database or "")
    if not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(len(_SQLITE))
    except OSError:
        return True  # the database itself says why it can't be opened
    if head not in (b"", _SQLITE):
        raise MspRulesError("the file at this path is not a memory; correct the path")
    return head == _SQLITE


def _migrate(database: Database, to: str, *, is_upgrade: bool) -> str:
    def work(connection: Connection) -> str:
        if not database.is_sqlite:  # two hosts that start at once: one upgrades, the other waits
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        if database.schema is not None:
            # Alembic's own statements know no other way to a schema than that of the connection.
            connection = connection.execution_options(schema_translate_map=None)
            _enter_schema(connection, database.schema)
        config = _config()
        config.attributes["connection"] = connection
        (command.upgrade if is_upgrade else command.downgrade)(config, to)
        return version_of(connection)

    try:
        _is_there(database)
        return database.write(work)
    finally:
        database.close()


def _enter_schema(connection: Connection, schema: str) -> None:
    """Makes a schema if it isn't there, and works in it until the end of the transaction."""
    if not inspect(connection).has_schema(schema):
        connection.execute(CreateSchema(schema))
    path = connection.dialect.identifier_preparer.quote_identifier(schema)
    connection.execute(text("SELECT set_config('search_path', :path, true)"), {"path": path})


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HOME).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
