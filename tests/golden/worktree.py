"""The code of another revision, in a folder of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.golden.inputs import ROOT

NO_REVISION: Final = 2


@contextmanager
def worktree(revision: str) -> Iterator[Path]:
    """Checks a revision out into a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="msp-rules-revision-") as folder:
        path = Path(folder) / "tree"
        _git("worktree", "add", "--detach", str(path), revision)
        try:
            yield path
        finally:
            _git("worktree", "remove", "--force", str(path))


def _git(*words: str) -> None:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)
        sys.exit(NO_REVISION)
