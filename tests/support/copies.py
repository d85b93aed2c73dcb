"""A copy of the package that a test may change, and which of its files a change has touched."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.command_line import ROOT, Done

_COPIED = ("msp_rules", "rulesets", "docs", "pyproject.toml", "README.md")
_LEFT_OUT = shutil.ignore_patterns("__pycache__")


class Copy:
    """A checkout of its own, and the hashes of its files as they were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=_LEFT_OUT)
            else:
                shutil.copyfile(source, folder / name)
        self._before = self._hashes()

    def run(self, *words: str) -> Done:
        """Runs a command of the copy, in its folder."""
        code = "from msp_rules.cli.main import main; main()"
        done = subprocess.run(
            [sys.executable, "-P", "-c", code, *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def add(self, file: str, text: str) -> None:
        """Writes a file that is not there yet."""
        with (self.folder / file).open("x", encoding="utf-8") as stream:
            stream.write(text)

    def replace(self, file: str, old: str, new: str) -> None:
        """Replaces a text that stands once in a file."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (file, old)
        path.write_text(text.replace(old, new), encoding="utf-8")

    def touched(self) -> set[str]:
        """Gives the files that are not as they were, and returns to none being so."""
        now, before = self._hashes(), self._before
        self._before = now
        return {name for name in {*now, *before} if now.get(name) != before.get(name)}

    def _hashes(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
