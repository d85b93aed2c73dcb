"""Scans that are stopped by a real signal, at a place that no machine's speed can move.

`python -m tests.support.stopped_scans SIGNAL COUNT WORDS...` runs `msp-rules WORDS`, and sends the
SIGNAL to itself and its processes, as a terminal does, once COUNT checkpoints are written.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

from msp_rules.audit.run_folder import RunFolder
from msp_rules.cli.main import main
from tests.support.command_line import ROOT, Done


def stopped(by: signal.Signals, count: int, words: list[str]) -> Done:
    """How a scan in a process group of its own ended."""
    command = [sys.executable, "-m", "tests.support.stopped_scans", by.name, str(count), *words]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, start_new_session=True, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)


def _stop_after(by: signal.Signals, count: int) -> None:
    save: Any = RunFolder.save
    saved = 0

    def counted(self: RunFolder, *words: Any, **more: Any) -> None:
        nonlocal saved
        save(self, *words, **more)
        saved += 1
        if saved == count:
            os.killpg(0, by)

    RunFolder.save = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    _stop_after(signal.Signals[sys.argv[1]], int(sys.argv[2]))
    main(sys.argv[3:])
