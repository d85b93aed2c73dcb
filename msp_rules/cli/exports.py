"""Reads the exports that a command line names: files, folders, and pipes."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import click

from msp_rules.errors import NotWritten


class ExportPath(click.Path):
    """The path of an export. What comes through a pipe is first kept whole in a private file.

    An export is read more than once: for its hash, by each process, and to look ahead. A pipe can
    be read only once, so a copy stands in for it until the command ends. It has the pipe's name,
    and only this user can read it.
    """

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Gives the path, or that of the copy."""
        path = super().convert(value, param, ctx)
        assert isinstance(path, Path)  # as the constructor asks
        if ctx is None or not path.exists() or path.is_file() or path.is_dir():
            return path
        return _kept(path, ctx)


def _kept(path: Path, context: click.Context) -> Path:
    folder = tempfile.TemporaryDirectory(prefix="msp-rules-")
    context.call_on_close(folder.cleanup)
    copy = Path(folder.name) / path.name
    try:
        with path.open("rb") as source, copy.open("xb") as kept:
            shutil.copyfileobj(source, kept)
    except OSError as error:
        raise NotWritten(
            f"{path.name} can't be kept in {folder.name} to be read: {error.strerror}"
        ) from None
    return copy
