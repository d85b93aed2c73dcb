"""Opens whatever holds cases, so that no job needs to know what it reads from.

`open_cases` chooses the reader: that of the canonical export, or (with a mapping) that of a
vendor's own XML, CSV files or workbook. All of them are a `CaseSource`; how a vendor's rows become
cases is decided behind it. For a run over several files, it finds them, orders their faults, and
says how many processes they are worth.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Protocol, Self, assert_never

from msp_rules.casework.case import Case, Fault, InputWarning
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.plausible_dates import PlausibleDates
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import InputUnreadable, SourceLocation, why_unreadable
from msp_rules.intake.export_files import (
    JSON_ENDINGS,
    XML_ENDINGS,
    ExportFile,
    UnpackLimits,
    beside_exports,
    exports_at,
    is_export_name,
    sha256_on_disk,
    size_on_disk,
    unread_files,
)
from msp_rules.intake.export_xml import open_export
from msp_rules.intake.file_names import is_passed_over, passed_over, shown_name
from msp_rules.intake.mapping.language import CaseMapping, SourceKind
from msp_rules.intake.reading import (
    CaseIds,
    CaseRanges,
    Header,
    ReadFile,
    ReadLimits,
    ReadOptions,
    Shard,
)


class CaseSource(Protocol):
    """Gives the cases of one source (those of a shard), in order; iterate it once, in a `with`.

    Iterating raises InputUnreadable where no whole case can be read and the source is unsound.
    """

    before_case: Callable[[int], None] | None
    """Called with the index of each case of the shard, also of one that cannot be judged, when
    every fault before it is in `faults` and none of its own."""

    @property
    def name(self) -> str:
        """The name of the source in faults and results, without its folder."""
        ...

    @property
    def header(self) -> Header | None:
        """The statements of the source about itself, complete once the first case is given."""
        ...

    @property
    def faults(self) -> list[Fault]:
        """The faults so far; those of a case are added before the case is given."""
        ...

    @property
    def truncation_fault(self) -> Fault | None:
        """The fault of a source that ends early after a whole case, else None."""
        ...

    @property
    def cases_read(self) -> int:
        """The number of cases passed, those of other shards included."""
        ...

    @property
    def case_index(self) -> int:
        """The index (from 0) of the case given last; -1 before the first."""
        ...

    @property
    def position(self) -> int:
        """The number of the source's bytes on disk that are read; 0 if that can't be told."""
        ...

    @property
    def unmapped(self) -> Counter[tuple[str, str]]:
        """Counts values that a mapping or the vocabulary does not know, since it was emptied.

        Its keys are an event type (or `case`, `adult`) and a field. Whoever counts empties it.
        """
        ...

    @property
    def warnings(self) -> Sequence[InputWarning]:
        """Lists what needs attention but makes nothing unsound, once all is read."""
        ...

    @property
    def assumed(self) -> Counter[str]:
        """Counts events that got a value which a mapping assumes, since it was emptied.

        Its keys are `type.field`. Whoever counts empties it.
        """
        ...

    @property
    def files(self) -> Sequence[ReadFile]:
        """The files that were read, once all is read."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def __iter__(self) -> Iterator[Case]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file that was read, with hash and size as it is on disk.

    For an archive, both are those of the whole archive.
    """

    name: str
    """Its name, without the folder; of an archive, followed by the member's."""
    sha256: str
    """The hash of the file on disk."""
    size: int
    """The number of bytes on disk."""
    as_of: str
    """The moment as of which its cases were judged."""


def open_cases(
    path: str | Path | ExportFile,
    *,
    mapping: CaseMapping | None = None,
    vocabulary: Vocabulary | None = None,
    limits: ReadLimits | None = None,
    ids: CaseIds | None = None,
    shard: Shard | None = None,
    ranges: CaseRanges | None = None,
    as_of: Cutoff | None = None,
    dates: PlausibleDates = PlausibleDates(),  # noqa: B008 - immutable
) -> CaseSource:
    """Opens an export, or with a `mapping` a vendor's own; raises InputUnreadable if it can't.

    None means: the canonical export, the core vocabulary, the usual limits, no ids read before,
    all cases, assumptions of the mapping as of the export's own date. An event that lies after that
    date (after `as_of`, where the export has none) or outside `dates` is doubted. `ranges` are
    those of a canonical export; then its ids are not looked at again.
    """
    kind = SourceKind.XML if mapping is None else mapping.source.kind
    endings = _STREAMED.get(kind, _STREAMED[SourceKind.XML])
    file = path if isinstance(path, ExportFile) else exports_at(Path(path), endings=endings)[0]
    options = ReadOptions(vocabulary, limits, ids, shard, as_of, dates, ranges)
    if mapping is None:
        return open_export(file, options)
    return _open_mapped(file, mapping, options)


def _open_mapped(file: ExportFile, mapping: CaseMapping, options: ReadOptions) -> CaseSource:
    # Imported here: a scan of canonical exports does without all of this.
    from msp_rules.intake.mapping.json_source import open_json  # noqa: PLC0415
    from msp_rules.intake.mapping.table_source import open_csv, open_xlsx  # noqa: PLC0415
    from msp_rules.intake.mapping.xml_source import open_xml  # noqa: PLC0415

    kind = mapping.source.kind
    try:
        match kind:
            case SourceKind.XML:
                return open_xml(file, mapping, options)
            case SourceKind.CSV:
                return open_csv(file.path, mapping, options)
            case SourceKind.XLSX:
                return open_xlsx(file.path, mapping, options)
            case SourceKind.JSON:
                return open_json(file, mapping, options)
            case _:
                assert_never(kind)
    except OSError as error:
        raise InputUnreadable(why_unreadable(error), SourceLocation(path=file.name)) from None


def inputs_of(
    file: ExportFile, source: CaseSource, as_of: str, *, is_hashed: bool = True
) -> list[InputFile]:
    """Lists what was read, for the manifest; raises InputUnreadable where a file is gone.

    Without `is_hashed`, a compressed file is not read once more for its hash.
    """
    if file.is_packed and is_hashed:
        sha256, size = sha256_on_disk(file.path)
        return [InputFile(name=file.name, sha256=sha256, size=size, as_of=as_of)]
    return [
        InputFile(name=one.name, sha256=one.sha256, size=one.size, as_of=as_of)
        for one in source.files
    ]


def moment_of(source: CaseSource, as_of: Cutoff | None) -> Cutoff:
    """Gives the moment as of which a source is judged; raises InputUnreadable if none is said.

    A date that stands somewhere in an export, such as the "run date" in the title of a sheet, is
    not taken for it: it may be the day on which somebody printed an older report.
    """
    if as_of is not None:
        return as_of
    if source.header is not None and source.header.reference_date is not None:
        return source.header.reference_date
    reason, line = "the export has no reference_date", None
    if source.header is None:
        reason = "no header with a reference_date stands before the cases"
    for fault in source.faults:
        # The header says one, and it can't be read: that is what to mend.
        if fault.case is None and "reference" in fault.reason:
            reason, line = fault.reason, fault.line
    where = SourceLocation(path=source.name, line=line)
    raise InputUnreadable(f"{reason}; give --as-of DATE", where)


BYTES_WORTH_A_PROCESS: Final = 16 * 1024 * 1024
"""The size of all inputs below which a second process costs more than it saves (measured)."""
_PACKED: Final = 10
"""The number of unpacked bytes per packed byte, at the least."""


_STREAMED: Final = {SourceKind.XML: XML_ENDINGS, SourceKind.JSON: JSON_ENDINGS}
"""The endings of the names of files that are read as streams, by the kind of source."""


class Found(NamedTuple):
    """Lists what is read one after the other, and what lies beside it and is not."""

    files: list[ExportFile]
    """The sources: files, members of archives, or whole folders of CSV files."""
    warnings: list[InputWarning]
    """A warning for each file that is not read, and one for those passed over."""


def sources_in(
    paths: Sequence[Path], mapping: CaseMapping | None, limits: UnpackLimits | None = None
) -> list[ExportFile]:
    """Lists the sources alone, as `found_in` does."""
    return found_in(paths, mapping, limits).files


def files_in(paths: Sequence[Path], limits: UnpackLimits | None = None) -> list[ExportFile]:
    """Lists the canonical exports alone, as `found_in` does."""
    return found_in(paths, None, limits).files


def found_in(
    paths: Sequence[Path], mapping: CaseMapping | None, limits: UnpackLimits | None = None
) -> Found:
    """Lists the exports named, and those in the folders and archives named, in name order.

    Raises InputUnreadable for a folder that holds nothing of the kind.
    """
    kind = SourceKind.XML if mapping is None else mapping.source.kind
    found = Found([], [])
    for path in paths:
        # A folder of CSV files is one source, whose reader says what it does not read.
        if kind is SourceKind.CSV or not path.is_dir():
            _find_file(path, kind, limits, found)
        else:
            _find_in_folder(path, kind, limits, found)
    return found


def _find_file(path: Path, kind: SourceKind, limits: UnpackLimits | None, found: Found) -> None:
    if kind in _STREAMED:
        found.files.extend(exports_at(path, limits, endings=_STREAMED[kind]))
        found.warnings.extend(beside_exports(path, endings=_STREAMED[kind]))
        return
    if path.is_dir() and not any(one.suffix.lower() == ".csv" for one in path.rglob("*")):
        raise _without_exports(path, kind, [])
    found.files.append(ExportFile(path=path, size=size_on_disk(path)))


def _find_in_folder(
    folder: Path, kind: SourceKind, limits: UnpackLimits | None, found: Found
) -> None:
    exports: list[Path] = []
    others: list[Path] = []
    hidden = 0
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        if is_passed_over(path.relative_to(folder)):
            hidden += 1
        elif _is_export(path, kind):
            exports.append(path)
        else:
            others.append(path)
    if not exports:
        raise _without_exports(folder, kind, others)
    for path in exports:
        _find_file(path, kind, limits, found)
    names = [shown_name(one.relative_to(folder).as_posix()) for one in others]
    where = shown_name(folder.name)
    found.warnings.extend(unread_files(names, where))
    found.warnings.extend(passed_over(hidden, where))


def _is_export(path: Path, kind: SourceKind) -> bool:
    """Tells exports by their names; what is neither a file nor a link to one is never opened."""
    if not (path.is_file() or path.is_symlink()):
        return False
    if kind in _STREAMED:
        return is_export_name(path.name, _STREAMED[kind])
    return path.suffix.lower() in _SUFFIXES[kind]


def _without_exports(folder: Path, kind: SourceKind, others: Sequence[Path]) -> InputUnreadable:
    shown = [f"*.{kind}"]
    if kind in _STREAMED:
        endings = _STREAMED[kind]
        shown = [f"*{one}" for one in (*endings, f"{endings[0]}.gz", ".zip")]
    reason = f"the folder has no export ({', '.join(shown)})"
    tables = {".csv", *_SUFFIXES[SourceKind.XLSX]}
    if kind is SourceKind.XML and any(one.suffix.lower() in tables for one in others):
        reason += "; CSV files and workbooks are scanned with --mapping FILE"
    return InputUnreadable(reason, SourceLocation(path=shown_name(folder.name)))


_SUFFIXES: Final = {
    SourceKind.CSV: (".csv",),
    SourceKind.XLSX: (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
}
"""The endings of the names of files that are sources of a kind, or tables of one."""


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """Sorts the faults of one source by file and line; those of the whole source come last."""

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
