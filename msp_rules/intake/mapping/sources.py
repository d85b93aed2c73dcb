"""Opens a vendor's export, whatever it is: a file of XML, a folder of CSV files, a workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.case_xml import CaseIds, ReadLimits, Share
from msp_rules.intake.export_files import ExportFile, exports_at
from msp_rules.intake.mapping.language import CaseMapping, SourceKind
from msp_rules.intake.mapping.mapped_reader import MappedReader, ReadOptions
from msp_rules.intake.mapping.table_source import open_csv, open_xlsx
from msp_rules.intake.mapping.xml_source import open_xml

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
