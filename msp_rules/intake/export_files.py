"""Opens exports as they are on disk: plain, gzipped, or in a zip archive, all as a stream.

Nothing is unpacked to disk, and no name inside an archive is ever used as a path. What an archive
may unpack to is limited, so that a small file cannot keep a scan busy for ever.
"""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import IO, Final

from msp_rules.casework.case import InputWarning
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.file_names import is_passed_over, passed_over, shown_name
from msp_rules.intake.xml_parsing import BrokenSource

_MEBIBYTE: Final = 1024 * 1024
XML_ENDINGS: Final = (".xml",)
JSON_ENDINGS: Final = (".json", ".jsonl", ".ndjson")
_ARCHIVES: Final = (".zip", ".gz", ".tar", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".7z", ".rar")
_MOST_NAMED: Final = 100
_NO_EXPORT: Final = "the file is not read: by its name it is no export"
_BROKEN: Final = (EOFError, OSError, ValueError, zipfile.BadZipFile, zlib.error)
"""The errors that the standard library raises for damaged packed bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackLimits:
    """Limits what may be unpacked."""

    max_export_bytes: int = 16 * 1024 * _MEBIBYTE
    """The most unpacked bytes of one export."""
    max_archive_bytes: int = 64 * 1024 * _MEBIBYTE
    """The most unpacked bytes of all exports in an archive."""
    max_ratio: int = 250
    """The most unpacked bytes per packed byte.

    XML exports compress to about a tenth or a thirtieth; a zip bomb to a thousandth.
    """
    ratio_from: int = 16 * _MEBIBYTE
    """The number of unpacked bytes from which the ratio is checked."""
    max_members: int = 10_000
    """The most files in an archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """One export: a file, or a member of an archive."""

    path: Path
    """The file on disk."""
    member: str | None = None
    """The name inside the archive; None for a file by itself."""
    size: int = 0
    """The number of bytes on disk; 0 if unknown."""
    member_size: int = 0
    """The unpacked size of a member."""
    refusal: str | None = None
    """The reason not to open it; None if it may be opened."""
    limits: UnpackLimits = UnpackLimits()
    """The limits of unpacking."""

    @property
    def name(self) -> str:
        """The name in faults and results, without the folder."""
        name = shown_name(self.path.name)
        return name if self.member is None else f"{name}/{self.member}"

    @property
    def is_packed(self) -> bool:
        """True if the bytes on disk are not those of the export."""
        return self.member is not None or self.path.suffix.lower() == ".gz"


class ExportStream:
    """The bytes of an export, unpacked; `position` says how far it has come in the bytes on disk.

    `read` raises BrokenSource, once, where the packed bytes end early or pass a limit.
    """

    def __init__(self, file: ExportFile, layers: Sequence[IO[bytes]]) -> None:
        self._file = file
        self._layers = layers
        self._read = 0
        self._has_ended = False
        self._closed_at: int | None = None

    @property
    def position(self) -> int:
        """The number of the file's `size` bytes on disk that are read."""
        at = self._layers[0].tell() if self._closed_at is None else self._closed_at
        return at if self._file.member is None else self._file.size * at // self._file.member_size

    def read(self, size: int) -> bytes:
        """Reads the next bytes, at most `size`; none at the end."""
        if self._has_ended:
            return b""
        if not self._file.is_packed:
            return self._layers[0].read(size)
        try:
            # `read` would drop what came before a break; `read1` gives it first.
            chunk: bytes = self._layers[-1].read1(size)  # type: ignore[attr-defined]
        except _BROKEN:
            self._has_ended = True
            raise BrokenSource("the compressed file is damaged from here on") from None
        self._read += len(chunk)
        self._refuse_bombs()
        self._has_ended = not chunk
        return chunk

    def seek(self, offset: int) -> None:
        """Goes to a place in a file that is not packed."""
        self._layers[0].seek(offset)

    def close(self) -> None:
        """Closes the file on disk."""
        self._closed_at = self._layers[0].tell()
        for layer in reversed(self._layers):
            layer.close()

    def _refuse_bombs(self) -> None:
        limits = self._file.limits
        if self._read > limits.max_export_bytes:
            self._has_ended = True
            raise BrokenSource(f"it unpacks to more than {_size(limits.max_export_bytes)}")
        packed = max(self._file.size, 1)
        if self._read > limits.ratio_from and self._read > packed * limits.max_ratio:
            self._has_ended = True
            raise BrokenSource(f"it unpacks to more than {limits.max_ratio} times its size")


def limits_of(mebibytes: int | None) -> UnpackLimits:
    """Gives the usual limits, or those for archives with another total unpacked size."""
    if mebibytes is None:
        return UnpackLimits()
    size = mebibytes * _MEBIBYTE
    return UnpackLimits(max_export_bytes=size, max_archive_bytes=size)


def is_export_name(name: str, endings: tuple[str, ...] = XML_ENDINGS) -> bool:
    """Tells whether a file is an export by its name: .xml, .xml.gz, or a .zip of those."""
    return name.lower().endswith((*endings, *_gzipped(endings), ".zip"))


def _gzipped(endings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{one}.gz" for one in endings)


def exports_at(
    path: Path,
    limits: UnpackLimits | None = None,
    *,
    endings: tuple[str, ...] = XML_ENDINGS,
) -> list[ExportFile]:
    """Lists the exports that a file is: itself, or the members of a zip archive in name order.

    Members are those whose names have one of the `endings`, and archives in the archive. What can't
    be opened says so only when it is.
    """
    limits = limits or UnpackLimits()
    size = size_on_disk(path)
    if path.suffix.lower() != ".zip" or not path.exists():
        return [ExportFile(path=path, size=size, limits=limits)]
    try:
        members = [one for one in _archive(path, *_state(path)).infolist() if not one.is_dir()]
    except _BROKEN:
        return [ExportFile(path=path, size=size, refusal="not a readable zip archive")]
    refusal = _refusal_of(members, limits)
    found = [
        _member_file(path, one, limits, _gzipped(endings))
        for one in sorted(members, key=lambda one: one.filename)
        if _is_read(one.filename, endings)
    ]
    if not found:
        shown = ", ".join(f"*{one}" for one in (*endings, f"{endings[0]}.gz"))
        refusal = refusal or f"the zip archive has no export ({shown})"
    if refusal is not None:
        return [ExportFile(path=path, size=size, refusal=refusal)]
    return found


def beside_exports(path: Path, *, endings: tuple[str, ...] = XML_ENDINGS) -> list[InputWarning]:
    """Names the members of a zip archive that are not read, and counts those passed over."""
    if path.suffix.lower() != ".zip" or not path.is_file():
        return []
    try:
        members = _archive(path, *_state(path)).infolist()
    except _BROKEN:
        return []  # opening it says why
    names = sorted(one.filename for one in members if not one.is_dir())
    archive = shown_name(path.name)
    hidden = [one for one in names if is_passed_over(PurePosixPath(one))]
    unread = [one for one in names if one not in hidden and not _is_read(one, endings)]
    return [
        *unread_files([f"{archive}/{one}" for one in unread], archive),
        *passed_over(len(hidden), archive),
    ]


def unread_files(names: Sequence[str], where: str) -> list[InputWarning]:
    """Warns of files beside exports that are no exports: of each of the first, then of how many."""
    more = len(names) - _MOST_NAMED
    rest = [InputWarning("unread_file", f"{more} more files are not read", where)]
    named = [InputWarning("unread_file", _NO_EXPORT, name) for name in names[:_MOST_NAMED]]
    return [*named, *rest] if more > 0 else named


def _is_read(name: str, endings: tuple[str, ...]) -> bool:
    is_wanted = name.lower().endswith((*endings, *_ARCHIVES))
    return is_wanted and not is_passed_over(PurePosixPath(name))


def open_file(file: ExportFile) -> ExportStream:
    """Opens an export as a stream of bytes; raises InputUnreadable where it can't be opened."""
    if file.refusal is not None:
        raise InputUnreadable(file.refusal, SourceLocation(path=file.name))
    layers: list[IO[bytes]] = []
    try:
        if file.member is None:
            layers.append(file.path.open("rb"))
        else:
            layers.append(_archive(file.path, *_state(file.path)).open(file.member))
        if file.name.lower().endswith(".gz"):
            layers.append(gzip.GzipFile(fileobj=layers[-1]))  # type: ignore[arg-type]
    except (*_BROKEN, RuntimeError, NotImplementedError, KeyError) as error:
        raise InputUnreadable(_reason(error, file), SourceLocation(path=file.name)) from None
    return ExportStream(file, layers)


def sha256_on_disk(path: Path) -> tuple[str, int]:
    """Hashes a whole file, and measures it; raises InputUnreadable where it can't be read."""
    try:
        state = _state(path)
        return _sha256(path, *state), state[0]
    except OSError as error:
        raise InputUnreadable(
            f"{error.strerror}", SourceLocation(path=shown_name(path.name))
        ) from None


def _state(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns


@lru_cache(maxsize=1)
def _archive(path: Path, _size: int, _changed: int) -> zipfile.ZipFile:
    """Opens an archive once for all of its members; closed when another takes its place."""
    return zipfile.ZipFile(path)


def _sha256(path: Path, size: int, changed: int) -> str:
    with _HASHING:  # a thread that asks for what another one works out waits for that
        return _sha256_once(path, size, changed)


_HASHING: Final = Lock()


@lru_cache(maxsize=64)
def _sha256_once(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _refusal_of(members: Sequence[zipfile.ZipInfo], limits: UnpackLimits) -> str | None:
    """Says why a whole archive is refused, judging by its directory."""
    if len(members) > limits.max_members:
        return f"the zip archive holds more than {limits.max_members} files"
    if sum(one.file_size for one in members) > limits.max_archive_bytes:
        return f"the zip archive unpacks to more than {_size(limits.max_archive_bytes)}"
    names = [one.filename for one in members]
    if len(set(names)) != len(names):
        return "the zip archive has two files of the same name"
    return None


def _member_file(
    path: Path, member: zipfile.ZipInfo, limits: UnpackLimits, gzipped: tuple[str, ...]
) -> ExportFile:
    name = member.filename
    refusal = None
    if name.lower().endswith(_ARCHIVES) and not name.lower().endswith(gzipped):
        refusal = "an archive inside an archive is not opened; unpack it and give it by itself"
    elif member.flag_bits & 1:
        refusal = "it is encrypted; unpack it with its password first"
    return ExportFile(
        path=path,
        member=name,
        size=member.compress_size,
        member_size=max(member.file_size, 1),
        refusal=refusal,
        limits=limits,
    )


def _reason(error: Exception, file: ExportFile) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, NotImplementedError):
        return "it is compressed in a way that can't be read here; compress it with deflate"
    if file.member is None and isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the zip archive is damaged here"


def size_on_disk(path: Path) -> int:
    """Adds up the bytes of a file, or of all files directly in a folder; 0 if not known."""
    try:
        if path.is_dir():
            return sum(one.stat().st_size for one in path.iterdir() if one.is_file())
        return path.stat().st_size
    except OSError:
        return 0  # opening it will say why


def _size(count: int) -> str:
    return f"{count // _MEBIBYTE} MiB" if count % _MEBIBYTE == 0 else f"{count} bytes"
