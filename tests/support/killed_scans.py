"""Scans that are killed at given points, as a machine would: nothing is flushed, nothing ended.

`python -m tests.support.killed_scans FOLDER POINT,POINT... WORDS...` runs `msp-rules WORDS --out
FOLDER/POINT` once for each point, in a fork of its own that ends at the POINT-th write, truncation,
removal or renaming of a file; with the point 0 it ends by itself. Prints for each point how many
there were, and `killed` or the exit code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msp_rules.cli.scan  # noqa: F401 - once, and not in every fork
from msp_rules.audit import run_folder
from msp_rules.audit.run_folder import AppendOnlyFile, RunFolder
from msp_rules.cli.main import main

_KILLED = 9


class _Points:
    """Counts what happens to files, and ends the process at one of them."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.count = 0

    def next(self, before_the_end: Callable[[], object] = lambda: None) -> None:
        self.count += 1
        if self.count == self.last:
            before_the_end()
            os._exit(_KILLED)


def _watch(points: _Points) -> None:
    # A small buffer: so much of what was written last is on the disk, and torn.
    run_folder._BUFFER = 700  # type: ignore[misc]
    os.fsync = lambda _file: None

    def watched(kind: type, name: str, torn: Callable[..., object] | None = None) -> None:
        plain: Any = getattr(kind, name)

        def call(self: Any, *words: Any, **more: Any) -> Any:
            points.next(lambda: torn(self, *words) if torn is not None else None)
            return plain(self, *words, **more)

        setattr(kind, name, call)

    write = AppendOnlyFile.write

    def half(self: AppendOnlyFile, data: bytes) -> None:
        write(self, bytes(data)[: len(data) // 2])
        self.flush()

    watched(AppendOnlyFile, "write", half)
    watched(AppendOnlyFile, "truncate")
    watched(Path, "replace")
    watched(Path, "unlink")
    watched(Path, "write_bytes")
    watched(Path, "rmdir")
    watched(RunFolder, "copy_out")


def _run(words: list[str], point: int) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        points = _Points(point)
        _watch(points)
        code: object = None
        try:
            main(words)
        except SystemExit as end:
            code = end.code
        os.write(writing, str(points.count).encode("ascii"))
        os._exit(code if isinstance(code, int) else 70)
    os.close(writing)
    with os.fdopen(reading) as stream:
        count = stream.read() or str(point)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return f"{count} {'killed' if code == _KILLED else code}"


if __name__ == "__main__":
    folder, listed, *rest = sys.argv[1:]
    for one in listed.split(","):
        print(one, _run([*rest, "--out", f"{folder}/{one}"], int(one)))  # noqa: T201
