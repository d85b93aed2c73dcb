"""Reads the exports that a command line names: files, folders, and pipes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from msp_rules.casework.case import Fault
from msp_rules.errors import NotWritten

_MOST_FAULTS: Final = 10


def show_faults(faults: Sequence[Fault], kept_in: str) -> None:
    """Shows on standard error what could not be read: file, line and reason, and no id of a case.

    Of many the first are shown; `kept_in` names the file that has all, and may be empty.
    """
    for one in faults[:_MOST_FAULTS]:
        place = ":".join(str(part) for part in (one.input, one.line) if part)
        click.echo(f"{place}: {one.reason}" if place else one.reason, err=True)
    more = len(faults) - _MOST_FAULTS
    if more > 0:
        click.echo(f"... and {more} more faults{f', in {kept_in}' if kept_in else ''}", err=True)


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
