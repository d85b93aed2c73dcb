"""A run over exports: which files, as of when, which faults in which order, how many processes.

Opens a vendor's export, whatever it is: a file of XML, a folder of CSV files, a workbook.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msp_rules.casework.case import Fault
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.export_files import (
    ExportFile,
    UnpackLimits,
    exports_at,
    is_export_name,
    sha256_on_disk,
    size_on_disk,
)
from msp_rules.intake.export_xml import CaseIds, ExportReader, ReadLimits, Share
from msp_rules.intake.mapping.case_builder import MappedReader, ReadOptions
from msp_rules.intake.mapping.language import CaseMapping, SourceKind
from msp_rules.intake.mapping.table_source import open_csv, open_xlsx
from msp_rules.intake.mapping.xml_source import open_xml

BYTES_WORTH_A_PROCESS: Final = 16 * 1024 * 1024
"""Below this size of all inputs, a second process costs a scan more than it saves (measured)."""
_PACKED: Final = 10
"""What a packed byte is worth unpacked, at the least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One export that was read: its name (never its folder), and hash and size as it lies on disk.

    Of an archive these are those of the whole archive, and `name` is followed by the member's.
    """

    name: str
    sha256: str
    size: int
    as_of: str


def files_in(paths: Sequence[Path], limits: UnpackLimits | None = None) -> list[ExportFile]:
    """The exports named, and those of the folders and archives named, in name order."""
    files: list[ExportFile] = []
    for path in paths:
        if not path.is_dir():
            files += exports_at(path, limits)
            continue
        found = sorted(one for one in path.rglob("*") if is_export_name(one.name))
        if not found:
            message = "the folder holds no export (*.xml, *.xml.gz, *.zip)"
            raise InputUnreadable(message, SourceLocation(path=path.name))
        for one in found:
            files += exports_at(one, limits)
    return files


def sources_in(
    paths: Sequence[Path], mapping: CaseMapping | None, limits: UnpackLimits | None = None
) -> list[ExportFile]:
    """What is read one after the other: files, or folders of CSV files where a mapping says so.

    Raises InputUnreadable for a folder that holds nothing of the kind.
    """
    kind = SourceKind.XML if mapping is None else mapping.source.kind
    if kind is SourceKind.XML:
        return files_in(paths, limits)
    sources: list[Path] = []
    for path in paths:
        # A spreadsheet program leaves a file beside a workbook that is open.
        found = [
            one
            for one in sorted(path.rglob("*"))
            if one.suffix.lower() == f".{kind}" and not one.name.startswith("~$")
        ]
        if path.is_dir() and not found:
            message = f"the folder holds no export (*.{kind})"
            raise InputUnreadable(message, SourceLocation(path=path.name))
        sources += found if path.is_dir() and kind is SourceKind.XLSX else [path]
    return [ExportFile(path=path, size=size_on_disk(path)) for path in sources]


def inputs_of(
    file: ExportFile, reader: ExportReader | MappedReader, as_of: str, *, is_hashed: bool = True
) -> list[InputFile]:
    """What the manifest says of what was read; raises InputUnreadable where a file is gone."""
    if file.is_packed and is_hashed:
        sha256, size = sha256_on_disk(file.path)
        return [InputFile(name=file.name, sha256=sha256, size=size, as_of=as_of)]
    if isinstance(reader, MappedReader):
        return [
            InputFile(name=name, sha256=sha256, size=size, as_of=as_of)
            for name, sha256, size in reader.files
        ]
    return [InputFile(name=file.name, sha256=reader.sha256, size=reader.bytes_read, as_of=as_of)]


def moment_of(reader: ExportReader | MappedReader, as_of: Cutoff | None) -> Cutoff:
    """The moment as of which an export is judged; raises InputUnreadable where nothing says it."""
    if as_of is not None:
        return as_of
    if reader.header is not None and reader.header.reference_date is not None:
        return reader.header.reference_date
    message = "the export has no reference_date; say --as-of DATE"
    raise InputUnreadable(message, SourceLocation(path=reader.name))


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """The faults of one source by file and line; those of the whole source last."""

    def place(fault: Fault) -> tuple[object, ...]:
        ids = (fault.case or "", fault.event or "", fault.rule or "")
        return (fault.line is None, fault.input or "", fault.line or 0, *ids, fault.reason)

    return sorted(faults, key=place)


def jobs_worth(files: Sequence[ExportFile], a_process: int = BYTES_WORTH_A_PROCESS) -> int:
    """How many processes a run is worth: one below `a_process` bytes, else the usable cores."""
    size = sum(one.size * (_PACKED if one.is_packed else 1) for one in files)
    if size < a_process:
        return 1
    usable = getattr(os, "sched_getaffinity", None)
    return min(len(usable(0)) if usable is not None else os.cpu_count() or 1, 8)


_OPENERS: Final[
    Mapping[SourceKind, Callable[[ExportFile, CaseMapping, ReadOptions], MappedReader]]
] = {
    SourceKind.XML: open_xml,
    SourceKind.CSV: lambda file, *rest: open_csv(file.path, *rest),
    SourceKind.XLSX: lambda file, *rest: open_xlsx(file.path, *rest),
}


def open_mapped(
    path: Path | ExportFile,
    mapping: CaseMapping,
    *,
    vocabulary: Vocabulary | None = None,
    limits: ReadLimits | None = None,
    ids: CaseIds | None = None,
    share: Share | None = None,
) -> MappedReader:
    """A reader of a vendor's export; raises InputUnreadable where it cannot be opened."""
    file = path if isinstance(path, ExportFile) else exports_at(path)[0]
    try:
        return _OPENERS[mapping.source.kind](
            file, mapping, ReadOptions(vocabulary, limits, ids, share)
        )
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise InputUnreadable(f"{reason}", SourceLocation(path=file.name)) from None
