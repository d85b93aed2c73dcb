"""Keeps the unfinished files of a scan beside its results, so that it can be resumed.

They are in the folder of the results, in `scan.unfinished`, which only this user can read, and are
removed once the results are complete. A lock keeps two scans from writing into one folder. A
`RunFolder` is passed to `run_scan`: not every system has what it needs (locks, fsync).
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO, Final, Self, cast

from msp_rules.audit.checkpoint import (
    OTHER_VERSION,
    Checkpoint,
    Extent,
    Identity,
    ScanIdentity,
    checkpoint_bytes,
    checkpoint_from,
    refuse_another_scan,
)
from msp_rules.audit.manifest import MANIFEST
from msp_rules.audit.output import OutputState
from msp_rules.audit.signing import SUFFIX
from msp_rules.audit.state import ScanState
from msp_rules.errors import MspRulesError

try:
    import fcntl
except ImportError:  # Windows has no such lock: there, nobody minds two scans in one folder
    fcntl = None  # type: ignore[assignment]

UNFINISHED: Final = "scan.unfinished"
CHECKPOINT: Final = "checkpoint.json"
CHECKPOINT_SECONDS: Final = 10.0
_PICKLED: Final = "checkpoint"
"""The checkpoint of version 1: a pickle, which is never loaded."""
_LOCK: Final = "lock"
_SHARE_OF_TIME: Final = 50
"""After a checkpoint that takes one second, none is written for fifty: they cost at most 2 %."""
_BUFFER: Final = 256 * 1024
_CHUNK: Final = 1024 * 1024


class AppendOnlyFile(io.BufferedRandom):
    """A file that is only appended to, readable by this user only.

    `extent` is that of all that was written, as long as nothing is written elsewhere than at the
    end.
    """

    def __init__(self, path: Path) -> None:
        self.extent = Extent()
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        super().__init__(io.FileIO(file, "r+"), _BUFFER)

    def write(self, data: Any, /) -> int:
        """Appends some bytes."""
        size, crc = self.extent
        self.extent = Extent(size + len(data), zlib.crc32(data, crc or 0))
        return super().write(data)

    def truncate(self, size: int | None = None, /) -> int:
        """Truncates the file; one that is emptied begins its count anew."""
        left = super().truncate(size)
        if left == 0:
            self.extent = Extent()
        return left

    def empty(self) -> None:
        """Drops everything."""
        self.seek(0)
        self.truncate()

    def cut_to(self, extent: Extent) -> None:
        """Drops everything after an extent, which is what the file begins with."""
        self.flush()
        self.truncate(extent.size)
        self.seek(extent.size)
        self.extent = extent

    def begins_with(self, extent: Extent) -> bool:
        """Says whether the file begins with an extent; its position is then the end of that."""
        self.seek(0)
        left, crc = extent.size, 0
        while left and (chunk := self.read(min(left, _CHUNK))):
            left -= len(chunk)
            crc = zlib.crc32(chunk, crc)
        return not left and crc == extent.crc32

    def sync(self) -> None:
        """Waits until the file is on the disk."""
        self.flush()
        os.fsync(self.fileno())


def _say_nothing(_text: str) -> None:
    pass


class RunFolder:
    """The unfinished files of one scan into the folder `out`; a context manager.

    With `resume` it looks for a checkpoint of the same scan; a new one is due every
    `seconds`. `say` gets a sentence where something happens that was not asked for. Entering raises
    MspRulesError where another scan writes into the folder, or it can't be written.

    Results replace those of an earlier scan as a whole: `replaces` are the names of all files that
    a scan can make, and those of them that this one does not make are removed. Nobody may take last
    quarter's page for this quarter's, because it lies beside this quarter's manifest.
    """

    def __init__(
        self,
        out: Path,
        *,
        resume: bool = False,
        seconds: float = CHECKPOINT_SECONDS,
        say: Callable[[str], None] = _say_nothing,
        replaces: Iterable[str] = (),
    ) -> None:
        self.out = out
        self._replaces = (f"{MANIFEST}{SUFFIX}", MANIFEST, *replaces)
        self._folder = out / UNFINISHED
        self._resume, self._seconds, self._say = resume, seconds, say
        self._files: dict[str, AppendOnlyFile] = {}
        self._extents: Mapping[str, Extent] = {}
        self._lock = -1
        self._identity = _Hashes()
        self._next_checkpoint = time.monotonic() + seconds

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _locked(self._folder / _LOCK)
        except OSError as error:
            message = f"{self.out} can't be written to: {error.strerror}"
            raise MspRulesError(message) from None
        return self

    def __exit__(self, kind: object = None, *_: object) -> None:
        self._close_files()
        if kind is not None and self._folder.exists() and not self._has_checkpoint:
            self.remove()  # nothing to resume
        os.close(self._lock)

    def begin(self, identity: ScanIdentity) -> Checkpoint | None:
        """Begins a scan, or finds the checkpoint to resume it from.

        Without one that can be used the folder is cleared. Raises MspRulesError where the one to
        resume is of another scan, or of another version of this package.
        """
        self._identity.begin(identity)
        found = self._earlier() if self._resume else None
        if found is not None:
            refuse_another_scan(found.identity, self._identity.found())
            self._extents = found.files
            return found
        if self._resume:
            what = "can't be used" if self._has_checkpoint else "is missing"
            self._say(f"the checkpoint to resume from {what}; the scan starts from the beginning")
        elif (self._folder / CHECKPOINT).exists():
            self._say(
                "a scan was interrupted here (--resume would continue it); "
                "this one starts from the beginning"
            )
        elif self._has_checkpoint:
            self._say(
                "a scan by another version was interrupted here; this one starts from the beginning"
            )
        self._extents = {}
        for path in self._folder.iterdir():
            if path.name != _LOCK:
                path.unlink()
        return None

    def stream(self, name: str) -> BinaryIO:
        """Opens the unfinished file of a name: as the checkpoint has it, or empty."""
        file = self._files[name] = AppendOnlyFile(self._folder / name)
        extent = self._extents.get(name)
        if extent is None:
            file.empty()
        else:
            file.cut_to(extent)
        return cast("BinaryIO", file)

    def spool(self, name: str) -> BinaryIO:
        """Opens the file in which the output of a name keeps cases until its end."""
        return self.stream(f"{name}.cases")

    @property
    def is_checkpoint_due(self) -> bool:
        """True once it is time to write a checkpoint."""
        return time.monotonic() >= self._next_checkpoint

    def save(self, state: ScanState, outputs: Mapping[str, OutputState]) -> None:
        """Writes a checkpoint of a scan at a safe point."""
        start = time.monotonic()
        self._sync()
        extents = {name: file.extent for name, file in self._files.items()}
        self._write(
            Checkpoint(identity=self._identity.found(), state=state, outputs=outputs, files=extents)
        )
        spent = time.monotonic() - start
        pause = max(self._seconds, _SHARE_OF_TIME * spent) if self._seconds else 0
        self._next_checkpoint = start + spent + pause

    def save_complete(self, state: ScanState, names: Iterable[str]) -> None:
        """Writes that all outputs are ended: only moving them into place is left to resume."""
        self._sync()
        extents = {name: Extent((self._folder / name).stat().st_size, None) for name in names}
        self._write(
            Checkpoint(
                identity=self._identity.found(),
                state=state,
                outputs=dict.fromkeys(extents),
                files=extents,
                is_complete=True,
            )
        )

    def copy_out(self, names: Sequence[str]) -> None:
        """Copies files to the results as they are, and keeps them here."""
        self._remove_earlier(names)
        for name in names:
            self._files[name].flush()
            copy = self._folder / f"{name}.copy"
            shutil.copyfile(self._folder / name, copy)
            _publish(copy, self.out / name)

    def move_out(self, names: Sequence[str]) -> None:
        """Moves files to the results; skips those that have been moved already."""
        self._remove_earlier(names)
        for name in names:
            if name in self._files:
                self._files.pop(name).close()
            if (self._folder / name).exists():
                _publish(self._folder / name, self.out / name)

    def _remove_earlier(self, names: Iterable[str]) -> None:
        """Removes what an earlier scan left among the results, its signature and manifest first."""
        kept = {*names}
        earlier = [one for one in self._replaces if one not in kept and (self.out / one).exists()]
        for name in earlier:
            (self.out / name).unlink()
        old = [name for name in earlier if name != MANIFEST]  # a new one takes its place
        if old:
            self._say(f"removed from {self.out}, since an earlier scan made it: {', '.join(old)}")

    def remove(self) -> None:
        """Leaves nothing of the scan but its results; the checkpoint goes last."""
        self._close_files()
        if not self._folder.exists():
            return  # removed before
        last = (_PICKLED, CHECKPOINT, _LOCK)
        for path in self._folder.iterdir():
            if path.name not in last:
                path.unlink()
        for name in last:
            (self._folder / name).unlink(missing_ok=True)
        self._folder.rmdir()

    def _close_files(self) -> None:
        for file in self._files.values():
            # On a full disk, closing fails once more, of which somebody has been told by then.
            with suppress(OSError):
                file.close()
        self._files.clear()

    @property
    def _has_checkpoint(self) -> bool:
        return any((self._folder / name).exists() for name in (CHECKPOINT, _PICKLED))

    def _earlier(self) -> Checkpoint | None:
        """Reads the last checkpoint, where it and all files that it names are whole."""
        try:
            data = (self._folder / CHECKPOINT).read_bytes()
        except OSError:
            if (self._folder / _PICKLED).exists():
                raise MspRulesError(OTHER_VERSION) from None
            return None
        found = checkpoint_from(data)
        if found is None:
            return None
        is_complete = all(self._holds(name, extent) for name, extent in found.files.items())
        return found if is_complete else None

    def _sync(self) -> None:
        for file in self._files.values():
            file.sync()

    def _write(self, checkpoint: Checkpoint) -> None:
        """Writes a checkpoint: after a crash, either the old one or the new one is complete."""
        path = self._folder / f"{CHECKPOINT}.new"
        with AppendOnlyFile(path) as fresh:
            fresh.empty()
            fresh.write(checkpoint_bytes(checkpoint))
            fresh.sync()
        path.replace(self._folder / CHECKPOINT)

    def _holds(self, name: str, extent: Extent) -> bool:
        if Path(name).name != name:
            return False
        path = self._folder / name
        if extent.crc32 is None:  # a whole one, that may be in its place already
            path = path if path.exists() else self.out / name
            return path.exists() and path.stat().st_size == extent.size
        if not path.exists():
            return False
        with AppendOnlyFile(path) as file:
            return file.begins_with(extent)


class _Hashes:
    """The hashes of what a scan rests on, worked out in a thread while the scan begins."""

    def __init__(self) -> None:
        self._found: Identity = {}
        self._error: Exception | None = None
        self._thread: Thread | None = None

    def begin(self, identity: ScanIdentity) -> None:
        """Begins to hash."""
        # As a daemon: whoever stops early need not wait for it.
        self._thread = Thread(target=self._hash, args=(identity,), daemon=True)
        self._thread.start()

    def found(self) -> Identity:
        """Gives the hashes, once they are known."""
        if self._thread is not None:
            self._thread.join()
        if self._error is not None:
            raise self._error
        return self._found

    def _hash(self, identity: ScanIdentity) -> None:
        try:
            self._found = identity.hashes()
        except Exception as error:  # noqa: BLE001 - raised again where the hashes are asked for
            self._error = error


def _publish(path: Path, target: Path) -> None:
    path.chmod(_mode_of_new_files(path.parent))
    path.replace(target)


def _mode_of_new_files(folder: Path) -> int:
    """Finds out who may read a new file; the umask can't be asked without changing it."""
    probe = folder / "mode"
    file = os.open(probe, os.O_CREAT | os.O_WRONLY, 0o666)
    try:
        return stat.S_IMODE(os.fstat(file).st_mode)
    finally:
        os.close(file)
        probe.unlink()


def _locked(path: Path) -> int:
    """Takes a lock that ends with this process, however it ends.

    Raises MspRulesError where another one holds it.
    """
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if fcntl is None:
            return lock
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise MspRulesError("another scan is writing its results into this folder") from None
        try:
            if path.stat().st_ino == os.fstat(lock).st_ino:
                return lock
        except FileNotFoundError:
            path.parent.mkdir(mode=0o700, exist_ok=True)
        os.close(lock)  # the scan that held it ended and took the file with it
