"""The command line, run by tests: in a process of its own, or (a second faster) in this one."""

import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

from msp_rules.cli.main import main

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests/data/example-export.xml"
DEMO = ROOT / "rulesets/msp-core/cases/made-up-council.xml"


class Done(NamedTuple):
    """How a command ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def run(*words: str, cwd: Path = ROOT) -> Done:
    """A command in a process of its own."""
    command = [sys.executable, "-c", "from msp_rules.cli.main import main; main()", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def run_here(*words: str, cwd: Path = ROOT) -> Done:
    """A command in this process, from the words of the command line to its exit code."""
    out, err = (TextIOWrapper(BytesIO(), encoding="utf-8") for _ in range(2))
    code: object = None
    with redirect_stdout(out), redirect_stderr(err), chdir(cwd):
        try:
            main(words)
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int)
    return Done(code, _text(out), _text(err))


def _text(stream: TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, BytesIO)
    return buffer.getvalue().decode("utf-8")
