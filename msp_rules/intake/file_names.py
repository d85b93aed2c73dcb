"""Shows names of files as text, and tells those that no export has: hidden files, and locks."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import Final

from msp_rules.casework.case import InputWarning

_STARTS: Final = (".", "~$", "__MACOSX")
_NAMES: Final = ("thumbs.db", "desktop.ini")


def shown_name(name: str) -> str:
    """Gives a name as text that any report can hold: the same on every machine.

    Where the system can't read a name in its encoding, it is read as UTF-8; a byte that is not of
    UTF-8 either stands as `\\xe9`.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    return name


def is_passed_over(path: PurePath) -> bool:
    """Tells hidden files, also in hidden folders, and what office programs and systems leave.

    `path` is relative to the folder that was named: what lies above it does not count.
    """
    parts = [part for part in path.parts if part != ".."]
    return path.name.lower() in _NAMES or any(part.startswith(_STARTS) for part in parts)


def passed_over_reason(count: int) -> str:
    """Says how many such files there are."""
    files = "file is" if count == 1 else "files are"
    return f"{count} hidden or temporary {files} passed over"


def passed_over(count: int, name: str) -> list[InputWarning]:
    """Gives the warning about such files in the folder or archive of a name; none without any."""
    return [InputWarning("passed_over", passed_over_reason(count), name)] if count else []
