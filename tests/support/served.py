"""A service that runs in processes of its own, as `msp-rules serve` begins it."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import httpx

_TAIL = 4000
_READY = re.compile(r"msp-rules serves at (http://\S+)\n")


class Served:
    """A service that runs, and what it wrote."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self._log = log
        self.address = ""
        self.seconds_to_ready = 0.0

    @property
    def log(self) -> str:
        """All that it wrote to standard error."""
        return self._log.read_text(encoding="utf-8")

    def get(self, path: str, **sent: Any) -> httpx.Response:
        """Calls GET."""
        return httpx.get(f"{self.address}{path}", timeout=30, **sent)

    def workers(self) -> list[int]:
        """The processes that serve, below the one that watches them."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(one) for one in children.read_text().split()]

    def end(self) -> int:
        """Asks it to end; gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def start(
    folder: Path,
    *words: str,
    environment: dict[str, str] | None = None,
    port: int = 0,
    program: Sequence[str] = (sys.executable, "-m", "msp_rules.cli"),
) -> subprocess.Popen[str]:
    """Starts `msp-rules serve`, on any free port by itself, with its standard error in a file."""
    with (folder / "serve.log").open("a", encoding="utf-8") as log:
        return subprocess.Popen(
            [*program, "serve", "--port", str(port), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **(environment or {})},
        )


@contextlib.contextmanager
def served(folder: Path, *words: str, seconds: float = 60, **more: Any) -> Iterator[Served]:
    """Runs a service until the end of the block; fails where it does not say that it is ready."""
    began = time.monotonic()
    process = start(folder, *words, **more)
    running = Served(process, folder / "serve.log")
    try:
        running.address = wait_until_ready(process, folder, seconds)
        running.seconds_to_ready = time.monotonic() - began
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
        process.kill()
        process.communicate()


def wait_until_ready(process: subprocess.Popen[str], folder: Path, seconds: float = 60) -> str:
    """Waits for the line that says that a service is ready; gives the address in it."""
    assert process.stdout is not None
    found = _READY.fullmatch(_line(process.stdout, seconds))
    assert found is not None, (folder / "serve.log").read_text(encoding="utf-8")[-_TAIL:]
    return found[1]


def _line(stream: IO[str], seconds: float) -> str:
    if not select.select([stream], [], [], seconds)[0]:
        return ""
    return stream.readline()
