"""The folder of a scan under way: its files of results so far, and the checkpoint to go on from.

It lies in the folder of the results as `scan.unfinished` and is gone once they are whole. Only this
user can read it. A lock keeps two scans from writing into one folder of results.

What a scan has counted so far, as bytes that a later run can go on from.

They are read back without trust: a file that somebody else wrote can bring forth nothing but the
plain values of this package.

A file of results on its way: what is written is counted and summed up, to be found again.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import shutil
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from msp_rules.audit.scan import Position, Scan
from msp_rules.audit.supply import Coverage
from msp_rules.audit.tally import Tally
from msp_rules.errors import InputUnreadable, MspRulesError
from msp_rules.intake.source import InputFile

_PLAIN: Final = frozenset(
    {("collections", "Counter"), ("builtins", "frozenset"), ("builtins", "set")}
)


LAYOUT: Final = tuple(
    (kind.__name__, tuple(field.name for field in fields(kind))) for kind in (Tally, Coverage)
)
"""What is counted, part by part in their order: bytes are read back by place, so that those of a
program that counts something else are not to be gone on with."""


class SavedScan(NamedTuple):
    """The part of a scan that changes as it goes, at rest."""

    tally: Tally
    inputs: list[InputFile]
    unreadable: list[InputUnreadable]
    position: Position
    whole_cases: list[int]
    first_fault: int


def saved(scan: Scan) -> SavedScan:
    """What a scan has counted; it must be at rest."""
    return SavedScan(
        tally=scan.tally,
        inputs=scan.inputs,
        unreadable=scan.unreadable,
        position=scan.position,
        whole_cases=scan.whole_cases,
        first_fault=scan.first_fault,
    )


def restore(scan: Scan, found: SavedScan) -> None:
    """Lets a scan that has not begun go on where another one was."""
    scan.tally, scan.inputs, scan.unreadable = found.tally, found.inputs, found.unreadable
    scan.position, scan.whole_cases = found.position, found.whole_cases
    scan.first_fault = found.first_fault


def as_bytes(value: object) -> bytes:
    """A value of plain parts and of data classes of this package, as bytes."""
    return pickle.dumps(value, protocol=5)


def from_bytes(data: bytes) -> Any:
    """The value again; raises ValueError where the bytes hold anything else, or are broken."""
    try:
        return _PlainValues(io.BytesIO(data)).load()
    except Exception:  # noqa: BLE001 - broken pickles raise anything
        raise ValueError("the bytes hold no saved scan") from None


class _PlainValues(pickle.Unpickler):
    """Makes values only: no function is called but the making of a record of this package."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if not module.startswith("msp_rules."):
            raise pickle.UnpicklingError("not a plain value")
        found = super().find_class(module, name)
        if not isinstance(found, type) or not _is_record(found):
            raise pickle.UnpicklingError("not a plain value")
        return found


def _is_record(kind: type) -> bool:
    return is_dataclass(kind) or issubclass(kind, tuple | Enum | InputUnreadable)


_BUFFER: Final = 256 * 1024
_CHUNK: Final = 1024 * 1024


class Extent(NamedTuple):
    """How much of a file counts: its bytes, and their CRC-32 (None where the size must do)."""

    size: int = 0
    crc: int | None = 0


class KeptFile(io.BufferedRandom):
    """A file that is appended to; `extent` is that of all that was written.

    Readable by this user only. The count holds as long as nothing is written elsewhere than at the
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
        """As of every file; one that is emptied begins its count anew."""
        left = super().truncate(size)
        if left == 0:
            self.extent = Extent()
        return left

    def empty(self) -> None:
        """Drops everything."""
        self.seek(0)
        self.truncate()

    def back_to(self, extent: Extent) -> None:
        """Drops everything after an extent."""
        self.flush()
        self.truncate(extent.size)
        self.seek(extent.size)
        self.extent = extent

    def begins_with(self, extent: Extent) -> bool:
        """Whether the file holds what an extent says; the place in it is at the end of that."""
        self.seek(0)
        left, crc = extent.size, 0
        while left and (chunk := self.read(min(left, _CHUNK))):
            left -= len(chunk)
            crc = zlib.crc32(chunk, crc)
        return not left and crc == extent.crc

    def settle(self) -> None:
        """Waits until the file is on the disk."""
        self.flush()
        os.fsync(self.fileno())


try:
    import fcntl
except ImportError:  # Windows has no such lock: there, nobody minds two scans in one folder
    fcntl = None  # type: ignore[assignment]

UNFINISHED: Final = "scan.unfinished"
_LOCK: Final = "lock"
_CHECKPOINT: Final = "checkpoint"


class RunFolder:
    """The unfinished files of one scan into the folder `out`; a context manager.

    Raises MspRulesError where another scan writes into the folder, or it can't be written.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self._folder = out / UNFINISHED
        self._files: dict[str, KeptFile] = {}
        self._extents: Mapping[str, Extent] = {}
        self._lock = -1

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _locked(self._folder / _LOCK)
        except OSError as error:
            message = f"{self.out.name} can't be written to: {error.strerror}"
            raise MspRulesError(message) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files.values():
            file.close()
        if kind is not None and not self.has_checkpoint:
            self.remove()  # nothing to go on with
        os.close(self._lock)

    @property
    def has_checkpoint(self) -> bool:
        """Whether an earlier scan was broken off here."""
        return (self._folder / _CHECKPOINT).exists()

    def file(self, name: str) -> KeptFile:
        """An unfinished file, as long as the checkpoint that is gone on from says, else empty."""
        file = self._files[name] = KeptFile(self._folder / name)
        if name not in self._extents:
            file.empty()
        else:
            file.seek(0)  # what a document begins with is written again, with the same bytes
        return file

    def load(self) -> Any:
        """What the last checkpoint holds, or None without one that can be used.

        Its files are then those of the checkpoint, once `go_on` is called.
        """
        try:
            data = (self._folder / _CHECKPOINT).read_bytes()
        except OSError:
            return None
        digest, body = data[:32], data[32:]
        if hashlib.sha256(body).digest() != digest:
            return None
        try:
            extents, state = from_bytes(body)
        except ValueError:
            return None
        if not all(self._holds(name, extent) for name, extent in extents.items()):
            return None
        self._extents = extents
        return state

    def go_on(self) -> None:
        """Cuts off what was written after the checkpoint."""
        for name, file in self._files.items():
            if name in self._extents:
                file.back_to(self._extents[name])

    def begin(self) -> None:
        """Forgets every earlier scan."""
        self._extents = {}
        for path in self._folder.iterdir():
            if path.name != _LOCK:
                path.unlink()

    def save(self, state: object, *, results: Iterable[str] = ()) -> None:
        """Writes a checkpoint: either the old one is there afterwards, or the new one.

        `results` names files that are whole, where all are: there is nothing then to go on with.
        """
        for file in self._files.values():
            file.settle()
        extents = {
            name: Extent((self._folder / name).stat().st_size, None) for name in results
        } or {name: file.extent for name, file in self._files.items()}
        body = as_bytes((extents, state))
        fresh = KeptFile(self._folder / f"{_CHECKPOINT}.new")
        with fresh:
            fresh.empty()
            fresh.write(hashlib.sha256(body).digest() + body)
            fresh.settle()
        (self._folder / f"{_CHECKPOINT}.new").replace(self._folder / _CHECKPOINT)

    def copy_out(self, names: Iterable[str]) -> None:
        """Copies files to the results as they are, and keeps them here."""
        for name in names:
            self._files[name].flush()
            copy = self._folder / f"{name}.copy"
            shutil.copyfile(self._folder / name, copy)
            _publish(copy, self.out / name)

    def move_out(self, names: Iterable[str]) -> None:
        """Moves files to the results; one that is there already is passed over."""
        for name in names:
            if name in self._files:
                self._files.pop(name).close()
            if (self._folder / name).exists():
                _publish(self._folder / name, self.out / name)

    def remove(self) -> None:
        """Leaves nothing of the scan but its results; the checkpoint goes last."""
        for file in self._files.values():
            file.close()
        self._files.clear()
        last = (_CHECKPOINT, _LOCK)
        for path in self._folder.iterdir():
            if path.name not in last:
                path.unlink()
        for name in last:
            (self._folder / name).unlink(missing_ok=True)
        self._folder.rmdir()

    def _holds(self, name: str, extent: Extent) -> bool:
        path = self._folder / name
        if extent.crc is None:  # a whole one, that may be in its place already
            path = path if path.exists() else self.out / name
            return path.exists() and path.stat().st_size == extent.size
        if not path.exists():
            return False
        with KeptFile(path) as file:
            return file.begins_with(extent)


def _publish(path: Path, target: Path) -> None:
    mask = os.umask(0o077)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
    path.replace(target)


def _locked(path: Path) -> int:
    """A lock that ends with this process, however it ends.

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
