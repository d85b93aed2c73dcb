"""Finds the CSV files of one export: a folder, a zip archive, or one file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import BinaryIO, Final

from msp_rules.intake.export_files import (
    ExportFile,
    ExportStream,
    beside_exports,
    exports_at,
    open_file,
)
from msp_rules.intake.file_kinds import packed_kind
from msp_rules.intake.file_names import is_passed_over, passed_over_reason, shown_name
from msp_rules.intake.mapping.csv_tables import CsvTable, TablesRefused
from msp_rules.intake.mapping.language import SourceForm
from msp_rules.intake.mapping.table_layout import PLAIN_LAYOUT, LaidOutTable, Layout
from msp_rules.intake.xml_parsing import BrokenSource

_SUFFIX: Final = ".csv"
_ZIP: Final = ".zip"
_START: Final = 4096
"""The number of bytes that tell what a file is."""


class CsvFolder:
    """Gives the CSV files of a folder or zip archive, or a single one; a table has its file's name.

    `unused` holds the names of other files there. Hidden files, and those that a spreadsheet
    program leaves beside one that is open, are passed over.
    """

    def __init__(self, path: Path, form: SourceForm) -> None:
        self._form = form
        self._is_zip = path.suffix.lower() == _ZIP and path.is_file()
        self.unused: list[str] = []
        self._files: dict[str, ExportFile] = {}
        self.warnings: tuple[tuple[str, str], ...] = ()
        for one in self._held(path):
            name = Path(one.member or shown_name(one.path.name))
            if name.suffix.lower() == _SUFFIX:
                self._files[_free_name(name.stem, self._files)] = one
            else:
                self.unused.append(one.name)
        if path.is_dir():
            self.unused += sorted(_in_folders_of(path))

    def _held(self, path: Path) -> list[ExportFile]:
        if self._is_zip:
            found = exports_at(path, endings=("",))
            beside = beside_exports(path, endings=("",))
            self.warnings = tuple((one.code, one.reason) for one in beside)
            if found and found[0].refusal is not None and found[0].member is None:
                raise TablesRefused(found[0].refusal)
            return found
        if not path.is_dir():
            return [ExportFile(path=path)]
        inner = [one for one in path.rglob("*") if one.is_file()]
        hidden = sum(is_passed_over(one.relative_to(path)) for one in inner)
        if hidden:
            self.warnings = (("passed_over", passed_over_reason(hidden)),)
        files = sorted(path.iterdir())
        return [
            ExportFile(path=one)
            for one in files
            if one.is_file() and not is_passed_over(PurePath(one.name))
        ]

    @property
    def names(self) -> list[str]:
        """The names of all tables."""
        return list(self._files)

    def table(self, name: str, layout: Layout = PLAIN_LAYOUT) -> LaidOutTable:
        """One of them."""
        file = self._files[name]
        return LaidOutTable(CsvTable(_shown(file), _opener(file), self._form), layout)

    def files(self, used: list[str]) -> list[Path]:
        """Lists the files of the tables that are used; of an archive, the whole."""
        return list(dict.fromkeys(self._files[name].path for name in used))

    def close(self) -> None:
        """Does nothing: no file stays open between two tables."""


def _in_folders_of(path: Path) -> Iterator[str]:
    """Names the files of inner folders, which are not tables of this export."""
    for one in path.rglob("*"):
        inner = one.relative_to(path)
        if len(inner.parts) > 1 and one.is_file() and not is_passed_over(inner):
            yield shown_name(inner.as_posix())


def _shown(file: ExportFile) -> str:
    return file.name


def _free_name(name: str, taken: dict[str, ExportFile]) -> str:
    """Gives different names to files of one name in two folders of an archive."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free


def _opener(file: ExportFile) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        if file.member is None:
            return file.path.open("rb")
        return io.BufferedReader(_Member(open_file(file)))

    return opened


class _Member(io.RawIOBase):
    """Reads a file of an archive, within the limits on unpacked size."""

    def __init__(self, stream: ExportStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            chunk = self._stream.read(len(buffer))
        except BrokenSource as error:
            raise TablesRefused(error.reason) from None
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def wrong_kind(path: Path) -> str | None:
    """Says what a file is instead of a CSV file, by its first bytes; None where it may be one."""
    with path.open("rb") as stream:
        start = stream.read(_START)
    kind = packed_kind(start)
    if kind is not None:
        return kind.words
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "XML" if text.startswith(b"<?xml") else None
