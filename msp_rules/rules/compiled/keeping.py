"""Keeps compiled rulesets in the user's cache folder, and finds those that ship with the package.

The folder is `msp-rules/rulesets` in `$XDG_CACHE_HOME`, by default `~/.cache` (XDG Base Directory
Specification 0.8). It belongs to the user alone; one that others may write to is not used. A
document that can't be read or written there is not an error: the ruleset's files are read instead.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from msp_rules.rules.compiled.document import read_document
from msp_rules.rules.language.rule import Ruleset
from msp_rules.rules.shipped import shipped_homes

COMPILED_FOLDER: Final = "compiled_rulesets"
"""The folder of the package in which a wheel holds the documents of its rulesets."""
_MOST_KEPT: Final = 64
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def shipped_document(folder: Path) -> Path:
    """Gives the path that the document of a shipped ruleset has, if the package brings one."""
    return Path(__file__).resolve().parents[2] / COMPILED_FOLDER / f"{folder.resolve().name}.json"


def find_compiled(
    folder: Path, overlays: Sequence[Path], sources: Mapping[str, str]
) -> Ruleset | None:
    """Finds a ruleset with its overlays in compiled form; None without a current document."""
    if not overlays and folder.resolve().parent in shipped_homes():
        found = _read(shipped_document(folder), sources)
        if found is not None:
            return found
    home = _cache_folder()
    if home is None or not _is_private(home):
        return None
    return _read(home / _name(folder, overlays), sources)


def keep_compiled(folder: Path, overlays: Sequence[Path], document: bytes) -> None:
    """Keeps a document in the cache folder, in place of an older one of the same paths."""
    home = _cache_folder()
    if home is None:
        return
    with suppress(OSError):
        _make_private(home)
        if _is_private(home):
            _write(home / _name(folder, overlays), document)
            _forget_oldest(home)


def _cache_folder() -> Path | None:
    # A relative path is to be ignored, says the specification.
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        base = named if named.is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # a process whose user has no home
        return None
    return base / "msp-rules" / "rulesets"


def _name(folder: Path, overlays: Sequence[Path]) -> str:
    """Names a document by a hash of the paths it was made from, so as not to reveal them."""
    paths = "\0".join(str(path.resolve()) for path in (folder, *overlays))
    return f"{hashlib.sha256(paths.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.json"


def _read(path: Path, sources: Mapping[str, str]) -> Ruleset | None:
    try:
        document = path.read_bytes()
    except OSError:
        return None
    return read_document(document, sources)


def _make_private(home: Path) -> None:
    # `mkdir` gives its mode to the last folder alone; those above it would get the usual one.
    for folder in (home.parent.parent, home.parent, home):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _is_private(home: Path) -> bool:
    """Tells whether only this user may write there (on systems that have users)."""
    try:
        found = home.stat()
    except OSError:
        return False
    if os.name != "posix":
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_MAY_WRITE


def _write(path: Path, document: bytes) -> None:
    """Writes a file whole or not at all: another process may read it at the same time."""
    number, unfinished = tempfile.mkstemp(dir=path.parent, prefix="unfinished-")
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(document)
        Path(unfinished).replace(path)
    except OSError:
        Path(unfinished).unlink(missing_ok=True)
        raise


def _forget_oldest(home: Path) -> None:
    """Limits the folder's size: rulesets that were moved or removed leave unused documents."""
    found = sorted(home.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for path in found[: max(0, len(found) - _MOST_KEPT)]:
        path.unlink(missing_ok=True)
