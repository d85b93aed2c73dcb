"""Streams the cases of a canonical XML export, in memory that does not grow with the file."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Self, cast

from lxml import etree

from msp_rules.casework.case import Case, Fault, InputWarning, Supply
from msp_rules.casework.moments import Cutoff, end_of_day, parse_date
from msp_rules.casework.plausible_dates import up_to
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.case_batches import CaseBatch, CaseBatches
from msp_rules.intake.case_cutter import CaseCutter, Skipped
from msp_rules.intake.case_elements import CaseReader
from msp_rules.intake.case_parts import source_hint
from msp_rules.intake.case_ranges import between
from msp_rules.intake.export_files import ExportFile, ExportStream, exports_at, open_file
from msp_rules.intake.quick_elements import NAMESPACE
from msp_rules.intake.reading import (
    CaseIds,
    CaseRanges,
    Header,
    ReadFile,
    ReadLimits,
    ReadOptions,
    Shard,
)
from msp_rules.intake.xml_parsing import (
    DOCTYPE_REFUSED,
    BrokenSource,
    ByteSource,
    chunks_left,
    guarded_chunks,
    guarded_parser,
    has_no_type,
    is_typed,
    line_of,
    prune,
    reason_of,
)

_ANOTHER_ROOT: Final = (
    "this is not a case export: its root is not <case_export>; "
    "a system's own XML is scanned with --mapping FILE"
)
_ROOT, _HEADER, _CASE = (f"{{{NAMESPACE}}}{name}" for name in ("case_export", "header", "case"))
# Not the parser's own words: they may quote the content.
_MOST_DIGITS: Final = 18
_CHUNK: Final = 65_536
_LONGEST_IN_BATCH: Final = 1024 * 1024
_HEADER_PARTS: Final = ("organisation", "system", "reference_date", "period", "supplies", "cases")


class ExportReader:
    """The cases of one export (those of its shard), in file order; iterate it once.

    `faults` grows as reading continues; those of a case are there before the case is given.
    `case_index` is the index, from 0, of the case that was given last; `cases_read` counts those of
    other readers too. `before_case` is called with the index of each case of its shard, also of one
    that cannot be judged, when every fault before it is there and none of its own.
    `truncation_fault` is the fault of a file that ends early after a whole case, else None.

    Where the places of the cases are known (`ReadOptions.ranges`), nothing is read of those of
    other readers, and nothing is hashed.

    Raises InputUnreadable where no whole case can be read and the file is not a sound export.
    """

    def __init__(
        self,
        stream: ByteSource,
        name: str,
        options: ReadOptions = ReadOptions(),  # noqa: B008 - immutable
    ) -> None:
        self.name = name
        self.header: Header | None = None
        self.faults: list[Fault] = []
        self.truncation_fault: Fault | None = None
        self.before_case: Callable[[int], None] | None = None
        self.cases_read = 0
        self.bytes_read = 0
        self._stream = stream
        self._vocabulary = options.vocabulary or core_vocabulary()
        self._limits = options.limits or ReadLimits()
        self._digest = hashlib.sha256()
        self._dates, self._as_of = options.dates, options.as_of
        dates = up_to(self._dates, self._as_of)
        self._reader = CaseReader(self._vocabulary, name, self.faults, dates)
        self._ids = options.ids if options.ids is not None else CaseIds()
        self._ids.begin_file(name)
        self._shard, self._ranges = options.shard or Shard(), options.ranges
        self._since_case = 0
        self._complete_cases: deque[int] = deque()
        self.case_index = -1
        self._freed: etree._Element | None = None
        self._too_large: etree._Element | None = None
        # The canonical form has one word for each thing: nothing of it is without a counterpart.
        self.unmapped: Counter[tuple[str, str]] = Counter()
        self.warnings: list[InputWarning] = []
        self.assumed: Counter[str] = Counter()

    @property
    def files(self) -> list[ReadFile]:
        """The one file, as read so far; only the first reader keeps its hash."""
        return [ReadFile(self.name, self._digest.hexdigest(), self.bytes_read)]

    @property
    def _on_disk(self) -> ExportStream:
        assert isinstance(self._stream, ExportStream)
        return self._stream

    @property
    def position(self) -> int:
        """The number of the file's bytes on disk that are read."""
        # What is read from memory lies on no disk.
        on_disk = self._stream if isinstance(self._stream, ExportStream) else None
        return self.bytes_read if on_disk is None else on_disk.position

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def __iter__(self) -> Iterator[Case]:
        parser: etree.XMLPullParser | None = None
        root: list[etree._Element] = []
        try:
            for piece in self._parts():
                if isinstance(piece, CaseBatch):
                    yield from self._cases_of(piece)
                    continue
                if parser is None:
                    is_huge = has_no_type(piece)
                    parser = guarded_parser((_ROOT, _HEADER, _CASE), is_huge=is_huge)
                parser.feed(piece)
                yield from self._cases(parser, root)
                self._stop_at_errors(parser)
                if root and self._since_case > self._limits.max_case_bytes:
                    self._drop_too_large(root[0])
            if parser is not None:
                parser.close()
            yield from self._cases(parser, root)
        except _Stop:
            return
        except etree.XMLSyntaxError as error:
            yield from self._cases(parser, root)
            reason = reason_of(getattr(error, "code", 0), str(error.msg))
            self._break_off(reason, *error.position)
            return
        except BrokenSource as error:
            yield from self._cases(parser, root)
            self._break_off(error.reason, None, None)
            return
        if not root:
            raise self._unreadable(_ANOTHER_ROOT)
        self._check_end()

    def _parts(self) -> Iterator[bytes | CaseBatch]:
        """Yields cases that were parsed many at once, and the bytes to parse besides."""
        if self._is_cut:
            yield from self._pieces()
            return
        batches, broken = CaseBatches(), None
        longest = min(_LONGEST_IN_BATCH, self._limits.max_case_bytes)
        try:
            for piece in self._pieces():
                yield from batches.parts(piece)
                if self._since_case > longest:
                    yield from batches.stop()
        except BrokenSource as error:
            broken = error
        yield from batches.stop()
        if broken is not None:
            raise broken

    @property
    def _is_cut(self) -> bool:
        """True where the cases of other readers are cut out of what is parsed."""
        return self._ranges is None and (self._shard.readers > 1 or self._shard.first > 0)

    def _pieces(self) -> Iterator[bytes]:
        """Yields the bytes to parse: all of them, or without the cases of other readers."""
        if self._ranges is not None:
            yield from self._pieces_of(self._ranges)
            return
        if not self._is_cut:
            yield from self._chunks()
            return
        cutter = CaseCutter(*self._shard, self._limits.max_case_bytes)
        for chunk in self._chunks():
            for piece in cutter.cut(chunk):
                if isinstance(piece, Skipped):
                    # Before it counts: the parser may break off in an earlier one.
                    yield piece.blank
                    self._skip(piece.case_id)
                    continue
                if piece.case_index is not None:
                    self._complete_cases.append(piece.case_index)
                yield piece.text
                if self._complete_cases:  # the parser did not find its end where the cutter did
                    cutter.stop()
        if remainder := cutter.remainder():
            yield remainder

    def _pieces_of(self, ranges: CaseRanges) -> Iterator[bytes]:
        """Yields the bytes of this reader's blocks, and comments of the same extent between."""
        reader, readers, block, first = self._shard
        yield from self._bytes(0, ranges.head.offset)
        place = ranges.head
        ends = (*ranges.blocks[1:], ranges.end)
        for number in range(reader, len(ranges.blocks), readers):
            begin, end = ranges.blocks[number], ends[number]
            yield from between(place, begin)
            self._count_others(first + number * block)
            yield from self._bytes(begin.offset, end.offset)
            place = end
            if self.cases_read != min(first + (number + 1) * block, ranges.cases):
                break  # the parser still looks for the end of a case: it is given all that follows
        else:
            yield from between(place, ranges.end)
            self._count_others(ranges.cases)
            place = ranges.end
        yield from self._bytes(place.offset, None)

    def _bytes(self, begin: int, end: int | None) -> Iterator[bytes]:
        """Yields the bytes between two offsets, or those from one on."""
        self._on_disk.seek(begin)
        while end is None or begin < end:
            chunk = self._stream.read(_CHUNK if end is None else min(_CHUNK, end - begin))
            if not chunk:
                break
            begin += len(chunk)
            self.bytes_read += len(chunk)
            self._since_case += len(chunk)
            yield chunk

    def _count_others(self, cases: int) -> None:
        """Counts the cases of other readers, up to an index."""
        self.cases_read, self._since_case = cases, 0

    def _skip(self, case_id: str) -> None:
        self._since_case = 0
        self.cases_read += 1
        if case_id:
            self._ids.clash(case_id)

    def _chunks(self) -> Iterator[bytes]:
        for chunk in guarded_chunks(self._stream, self._unreadable):
            self.bytes_read += len(chunk)
            self._since_case += len(chunk)
            if self._shard.reader == 0:
                self._digest.update(chunk)
            yield chunk

    def _cases(
        self, parser: etree.XMLPullParser | None, root: list[etree._Element]
    ) -> Iterator[Case]:
        if parser is None:
            return
        for action, found in parser.read_events():
            element = cast("etree._Element", found)
            if element.tag == _ROOT and element.getparent() is None:
                if action == "start":
                    self._check_root(element)
                    root.append(element)
            elif action == "end" and root and element.getparent() is root[0]:
                if element.tag == _HEADER:
                    self._take_header(element)
                else:
                    case = self._take_case(element)
                    if case is not None:
                        yield case
                self._free(element, root[0])

    def _cases_of(self, batch: CaseBatch) -> Iterator[Case]:
        assert self.header is not None  # a batch begins behind the header
        self._reader.begin_batch(batch.lines_before, batch.prefix, has_odd=batch.has_odd_fields)
        for element in batch.cases:
            case = self._take_case(element)
            if case is not None:
                yield case
        self._reader.begin_batch()
        batch.cases.clear()  # frees the elements before the next ones are made

    def _check_root(self, root: etree._Element) -> None:
        if is_typed(root):
            raise self._unreadable(DOCTYPE_REFUSED, 1)
        if root.get("version") != "1":
            raise self._unreadable('version of <case_export> must be "1"', line_of(root))

    def _take_case(self, element: etree._Element) -> Case | None:
        self._since_case = 0
        case_id = (element.get("id") or "").strip()
        index = self._complete_cases.popleft() if self._complete_cases else self.cases_read
        if self._ranges is not None:
            clash = self._ranges.clashes.get(index)
        else:
            clash = self._ids.clash(case_id) if case_id else None
        if len(element) > self._limits.max_events:
            clash = f"the case holds more than {self._limits.max_events} events; it is not judged"
        if element is self._too_large:
            clash = f"the case is larger than {self._limits.max_case_bytes} bytes; it is not judged"
        self.cases_read += 1
        if not self._shard.owns(index):
            return None
        self.case_index = index
        if self.before_case is not None:
            self.before_case(index)
        if clash is not None:
            line = self._reader.line_of(element)
            self.faults.append(Fault(clash, self.name, line, case_id or None))
            return None
        supply = self.header.supply if self.header is not None else Supply()
        return self._reader.read(element, supply)

    def _free(self, element: etree._Element, root: etree._Element) -> None:
        """Releases an element and any strays before it, and reports those."""
        element.clear()
        self._freed, self._too_large = element, None
        while (stray := element.getprevious()) is not None:
            if isinstance(stray.tag, str) and stray.tag not in (_CASE, _HEADER):
                self._file_fault("there is an unknown element beside the cases", line_of(stray))
            root.remove(stray)

    def _take_header(self, element: etree._Element) -> None:
        if self.header is not None or self.cases_read:
            self._file_fault("there must be one header, before the cases", line_of(element))
            return
        texts: dict[str, str] = {}
        lines: dict[str, int | None] = {}
        attributes: dict[str, dict[str, str]] = {}
        for child in element:
            name = str(child.tag).rpartition("}")[2]
            if name not in _HEADER_PARTS:
                hint = source_hint(name, _HEADER_PARTS)
                self._file_fault(f"unknown part of the header{hint}", line_of(child))
            elif name in texts:
                self._file_fault(f"{name} is in the header twice", line_of(child))
            else:
                texts[name] = (child.text or "").strip()
                lines[name] = line_of(child)
                attributes[name] = {str(k): str(v) for k, v in child.attrib.items()}
        period = attributes.get("period", {})
        self.header = Header(
            organisation=texts.get("organisation"),
            system_name=attributes.get("system", {}).get("name"),
            system_version=attributes.get("system", {}).get("version"),
            reference_date=self._reference_date(
                texts.get("reference_date"), lines.get("reference_date")
            ),
            period=(period["from"], period["to"]) if {"from", "to"} <= period.keys() else None,
            supply=self._supply(texts.get("supplies"), lines.get("supplies")),
            declared_cases=self._count(texts.get("cases"), lines.get("cases")),
        )
        self._reader.allow(up_to(self._dates, self.header.reference_date or self._as_of))

    def _reference_date(self, text: str | None, line: int | None) -> Cutoff | None:
        if text is None:
            return None
        try:
            return end_of_day(parse_date(text).toordinal())
        except ValueError:
            self._file_fault("reference_date of the header is not a date (YYYY-MM-DD)", line)
            return None

    def _count(self, text: str | None, line: int | None) -> int | None:
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()):
            self._file_fault("cases of the header is not a whole number", line)
        elif len(text) > _MOST_DIGITS:
            self._file_fault("cases of the header is too large a number", line)
        else:
            return int(text)
        return None

    def _supply(self, text: str | None, line: int | None) -> Supply:
        if text is None:
            return Supply()
        types: set[str] = set()
        fields: dict[str, frozenset[str]] = {}
        for word in text.split():
            name, _, field = word.partition(".")
            kind = self._vocabulary.events.get(name)
            if kind is None or (field and field not in kind.fields):
                known = kind.fields if kind is not None else self._vocabulary.events
                hint = source_hint(field if kind is not None else name, known)
                self._file_fault(f"supplies of the header names something unknown{hint}", line)
            elif field:
                fields[name] = fields.get(name, frozenset()) | {field}
            else:
                types.add(name)
        return Supply(declared=True, types=frozenset(types), fields=fields)

    def _check_end(self) -> None:
        if self.header is None:
            self._file_fault("the export has no header", None)
            return
        declared = self.header.declared_cases
        if declared is not None and declared != self.cases_read:
            reason = f"the header announces {declared} cases; {self.cases_read} follow"
            self._file_fault(reason, None)

    def _stop_at_errors(self, parser: etree.XMLPullParser) -> None:
        # Of some errors the parser itself says nothing before it is given more, or the end.
        errors = parser.feed_error_log.filter_from_fatals()
        if len(errors):
            reason = reason_of(errors[0].type, errors[0].message)
            self._break_off(reason, errors[0].line, errors[0].column)
            raise _Stop

    def _drop_too_large(self, root: etree._Element) -> None:
        """Frees what was read of a case that is too large, whose end is still to come."""
        last = root[-1] if len(root) else None
        if last is None or last is self._freed:
            return
        if last.tag == _HEADER:
            raise self._unreadable(f"the header is larger than {self._limits.max_case_bytes} bytes")
        prune(last)
        self._too_large = last

    def _break_off(self, message: str, line: int | None, column: int | None) -> None:
        if self.cases_read == 0:
            raise self._unreadable(message, line, column) from None
        place = f" at line {line}, column {column}" if line else ""
        reason = f"the file ends early, after {self.cases_read} complete cases{place}: {message}"
        self.truncation_fault = Fault(reason, self.name, line)
        if self._ranges is not None:
            return
        for chunk in chunks_left(self._stream):
            self.bytes_read += len(chunk)
            self._digest.update(chunk)

    def _file_fault(self, reason: str, line: int | None) -> None:
        if self._shard.reader == 0:
            self.faults.append(Fault(reason, self.name, line))

    def _unreadable(
        self, message: str, line: int | None = None, column: int | None = None
    ) -> InputUnreadable:
        return InputUnreadable(message, SourceLocation(path=self.name, line=line, column=column))


class _Stop(Exception):  # noqa: N818 - a signal inside this module, never seen outside
    """Ends reading after a refusal that is already reported."""


def open_export(
    path: Path | ExportFile,
    options: ReadOptions = ReadOptions(),  # noqa: B008 - immutable
) -> ExportReader:
    """Opens a file for one reader; raises InputUnreadable where it cannot be opened."""
    file = path if isinstance(path, ExportFile) else exports_at(path)[0]
    return ExportReader(open_file(file), file.name, options)
