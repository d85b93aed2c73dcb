"""What a test run makes only once, and all of its processes share: a server, a browser, a wheel.

The process that starts the run opens a folder for it and names the folder in the environment, so
that every process of the run finds it. Whoever first asks for a thing makes it, under a lock, and
the others wait; the process that started the run stops what was started once all the others ended.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

VARIABLE: Final = "MSP_RULES_TEST_RUN"
_AT_END: Final = "at-end.jsonl"


def open_run() -> Callable[[], None]:
    """Opens the folder of this test run; gives what closes it again."""
    folder = Path(tempfile.mkdtemp(prefix="msp-rules-run-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user, and has to come to its data
    os.environ[VARIABLE] = str(folder)

    def close() -> None:
        os.environ.pop(VARIABLE, None)
        _stop_all(folder / _AT_END)
        shutil.rmtree(folder, ignore_errors=True)

    return close


def made_once(name: str, make: Callable[[Path], str]) -> str:
    """Gives what `make` gave when it was first called in this run, in whichever process.

    `make` is given an empty folder of its own. Where it raises, the next who asks tries again.
    """
    run = Path(os.environ[VARIABLE])
    result = run / f"{name}.made"
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=run))
            result.write_text(make(folder), encoding="utf-8")
        return result.read_text(encoding="utf-8")


def at_end_of_run(command: list[str], **user: Any) -> None:
    """Has a command run after all tests, as that user; its failure fails no test."""
    line = json.dumps({"command": command, "user": user}) + "\n"
    with (Path(os.environ[VARIABLE]) / _AT_END).open("a", encoding="utf-8") as stream:
        stream.write(line)  # one short write: appended whole, whoever else writes


def _stop_all(listed: Path) -> None:
    if not listed.exists():
        return
    for line in listed.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        subprocess.run(one["command"], cwd="/", capture_output=True, check=False, **one["user"])
