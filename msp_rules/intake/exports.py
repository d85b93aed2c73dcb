"""Finds the exports of a run, orders their faults, and says how many processes they are worth."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msp_rules.casework.case import Fault
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.export_files import (
    ExportFile,
    UnpackLimits,
    exports_at,
    is_export_name,
    size_on_disk,
)
from msp_rules.intake.mapping.language import CaseMapping, SourceKind

BYTES_WORTH_A_PROCESS: Final = 16 * 1024 * 1024
"""Below this size of all inputs, a second process costs a scan more than it saves (measured)."""
_PACKED: Final = 10
"""The number of unpacked bytes that a packed one stands for, at the least."""


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
    """Lists what is read one after the other: files, or folders of CSV files if a mapping says so.

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


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """The faults of one source by file and line; those of the whole source last."""

    def place(fault: Fault) -> tuple[object, ...]:
        ids = (fault.case or "", fault.event or "", fault.rule or "")
        return (fault.line is None, fault.input or "", fault.line or 0, *ids, fault.reason)

    return sorted(faults, key=place)


def jobs_worth(files: Sequence[ExportFile], a_process: int = BYTES_WORTH_A_PROCESS) -> int:
    """Chooses the number of processes: one below `a_process` bytes, else the usable cores."""
    size = sum(one.size * (_PACKED if one.is_packed else 1) for one in files)
    if size < a_process:
        return 1
    usable = getattr(os, "sched_getaffinity", None)
    return min(len(usable(0)) if usable is not None else os.cpu_count() or 1, 8)
