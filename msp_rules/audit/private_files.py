"""Writes files that hold real ids or what auditors wrote, for their owner alone to read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from msp_rules.errors import NotWritten

_OWN: Final = 0o600


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that its owner alone can read, whole or not at all."""
    if path.parent.exists() and not path.parent.is_dir():
        raise NotWritten(f"{path.parent} is a file: name a folder to write {path.name} into")
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWN), "wb") as out:
            out.write(content)
        fresh.replace(path)
    except OSError as error:
        raise NotWritten(f"{path} can't be written: {error.strerror}") from None
    finally:
        with suppress(OSError):  # else it would hide the reason why nothing was written
            fresh.unlink(missing_ok=True)
