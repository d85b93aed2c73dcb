"""A vendor's XML export as a stream of cases, in memory that does not grow with the file.

Each case is first written as a canonical element and then read by the canonical reader: so that
what counts as readable, and every fault, is the same for both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast

from lxml import etree

from msp_rules.casework.case import WITHHELD, Case, Fault
from msp_rules.casework.moment import end_of_day, parse_date
from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.byte_source import BrokenSource, ByteSource
from msp_rules.intake.case_xml import CaseIds, Header, ReadLimits
from msp_rules.intake.event_reader import NAMESPACE, CaseReader, line_of
from msp_rules.intake.export_files import ExportFile, exports_at, open_file
from msp_rules.intake.mapping.language import CaseMapping, EventRule, ValueRule, supply_of
from msp_rules.intake.mapping.mapped_values import (
    elements_at,
    holds,
    local_name,
    texts_at,
    values_of,
)
from msp_rules.intake.mapping.row_index import RowIndex

_CHUNK: Final = 65_536
_LINES_KEPT: Final = 65_535


class MappedReader:
    """The cases of one vendor's export, in file order; iterate it once. As `ExportReader`."""

    def __init__(
        self,
        stream: ByteSource,
        name: str,
        mapping: CaseMapping,
        *,
        vocabulary: Vocabulary | None = None,
        limits: ReadLimits | None = None,
        ids: CaseIds | None = None,
    ) -> None:
        self.name = name
        self.faults: list[Fault] = []
        self.broke_off: Fault | None = None
        self.before_case: Callable[[int], None] | None = None
        self.cases_read = 0
        self.bytes_read = 0
        self.case_index = -1
        vocabulary = vocabulary or core_vocabulary()
        self._supply = supply_of(mapping, vocabulary)
        self.header: Header = Header(supply=self._supply)
        self._dated = False
        self._stream = stream
        self._mapping = mapping
        self._limits = limits or ReadLimits()
        self._reader = CaseReader(vocabulary, name, self.faults)
        self._ids = ids if ids is not None else CaseIds()
        self._ids.begin_file(name)
        self._digest = hashlib.sha256()
        self._since_case = 0
        self._open: list[etree._Element] = []
        self._index: RowIndex | None = None

    @property
    def sha256(self) -> str:
        """The hash of the bytes read so far."""
        return self._digest.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def __iter__(self) -> Iterator[Case]:
        if not self._mapping.joins:
            yield from self._streamed()
        else:
            with RowIndex() as index:
                self._index = index
                yield from self._streamed()
                yield from self._joined(index)
        if self.cases_read == 0:
            path = "/".join(self._mapping.case_path)
            self.faults.append(Fault(f"the file holds no case record ({path})", self.name))

    def _joined(self, index: RowIndex) -> Iterator[Case]:
        index.finish()
        for line, element in index.cases():
            case = self._case(element, line)
            if case is not None:
                yield case
        reason = "a row names a case that is not in the file; it is not judged"
        self.faults += [Fault(reason, self.name, line) for line in index.lines_without_case()]

    def _streamed(self) -> Iterator[Case]:
        parser = etree.XMLPullParser(
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            while chunk := self._stream.read(_CHUNK):
                self._count(chunk)
                parser.feed(chunk)
                yield from self._cases(parser)
                if self._since_case > self._limits.max_case_bytes:
                    limit = self._limits.max_case_bytes
                    self._break_off(f"a case is larger than {limit} bytes", None)
                    return
            parser.close()
            yield from self._cases(parser)
        except etree.XMLSyntaxError as error:
            yield from self._cases(parser)
            self._break_off("it is not well-formed XML from here on", error.position[0])
        except BrokenSource as error:
            yield from self._cases(parser)
            self._break_off(error.reason, None)

    def _count(self, chunk: bytes) -> None:
        if self.bytes_read == 0 and b"<!DOCTYPE" in chunk.replace(b"\x00", b""):
            raise self._unreadable("a DOCTYPE is refused: an export needs none", 1)
        self.bytes_read += len(chunk)
        self._since_case += len(chunk)
        self._digest.update(chunk)

    def _cases(self, parser: etree.XMLPullParser) -> Iterator[Case]:
        wanted = self._mapping.case_path
        for action, found in parser.read_events():
            element = cast("etree._Element", found)
            if action == "start":
                if not self._open and element.getroottree().docinfo.internalDTD is not None:
                    raise self._unreadable("a DOCTYPE is refused: an export needs none", 1)
                self._open.append(element)
                continue
            depth = len(self._open)
            if depth == len(wanted) and tuple(map(local_name, self._open)) == wanted:
                self._read_date(self._open[0])
                if self._index is not None:
                    self._keep(element, self._index)
                elif (case := self._case(element, line_of(element) or 0)) is not None:
                    yield case
                _free(element)
            elif self._index is not None and depth > 1:
                self._keep_row(element, self._index)
            self._open.pop()
            if not self._open:
                self._read_date(element)

    def _keep(self, element: etree._Element, index: RowIndex) -> None:
        self._since_case = 0
        keys = texts_at(element, self._mapping.key) if self._mapping.key is not None else []
        index.add_case(keys[0] if keys else "", line_of(element) or 0, element)

    def _keep_row(self, element: etree._Element, index: RowIndex) -> None:
        path = tuple(map(local_name, self._open))
        for join in self._mapping.joins:
            if path != join.record:
                continue
            self._since_case = 0
            keys = texts_at(element, join.key)
            if len(keys) == 1:
                index.add_row(keys[0], line_of(element) or 0, join.name, element)
            else:
                reason = "a row names no case, or several; it is not judged"
                self.faults.append(Fault(reason, self.name, line_of(element)))
        if any(path == join.record for join in self._mapping.joins):
            self._read_date(self._open[0])
            _free(element)

    def _read_date(self, root: etree._Element) -> None:
        rule = self._mapping.reference_date
        if self._dated or rule is None:
            return
        self._dated = True
        values = values_of(root, rule)
        try:
            day = end_of_day(parse_date(values[0][:10]).toordinal()) if values else None
        except ValueError:
            self.faults.append(Fault("the reference date can't be read", self.name))
            return
        self.header = Header(reference_date=day, supply=self._supply)

    def _case(self, element: etree._Element, line: int) -> Case | None:
        self._since_case = 0
        self.case_index = self.cases_read
        self.cases_read += 1
        if self.before_case is not None:
            self.before_case(self.case_index)
        told = len(self.faults)
        written = self._canonical(element)
        case_id = written.get("id") or ""
        reason = self._ids.clash(case_id) if case_id else None
        if len(written) > self._limits.max_events:
            reason = f"the case holds more than {self._limits.max_events} events; it is not judged"
        if reason is not None:
            self.faults.append(Fault(reason, self.name, line, case_id or None))
            return None
        case = self._reader.read(written, self._supply)._replace(line=line)
        # Where libxml2 cannot keep an event's line, that of the case is the nearest that is known.
        self.faults[told:] = [f if f.line else f._replace(line=line) for f in self.faults[told:]]
        return case

    def _canonical(self, element: etree._Element) -> etree._Element:
        case = etree.Element(f"{{{NAMESPACE}}}case")
        _place(case, element)
        self._set(case, element, self._mapping.attributes)
        adult = etree.SubElement(case, f"{{{NAMESPACE}}}adult")
        _place(adult, element)
        parts = dict(self._mapping.adult)
        if (ref := parts.pop("ref", None)) is not None:
            self._set(adult, element, {"ref": ref})
        _fill(adult, element, parts)
        # In the order of the file, as events of a canonical export stand: it may break a tie.
        places = {one: place for place, one in enumerate(element.iter())}
        found = [
            (places[record], turn, record, rule)
            for turn, rule in enumerate(self._mapping.events)
            for record in elements_at(element, rule.record.steps)
            if all(holds(record, condition) for condition in rule.conditions)
        ]
        for _, _, record, rule in sorted(found, key=lambda row: row[:2]):
            self._event(case, record, rule)
        return case

    def _event(self, case: etree._Element, record: etree._Element, rule: EventRule) -> None:
        event = etree.SubElement(case, f"{{{NAMESPACE}}}{rule.type}")
        _place(event, record)
        self._set(event, record, rule.envelope)
        _fill(event, record, rule.fields)

    def _set(
        self, target: etree._Element, source: etree._Element, rules: Mapping[str, ValueRule]
    ) -> None:
        for name, rule in rules.items():
            # An attribute of a case or event has no way to say that it was not exported.
            values = [value for value in values_of(source, rule) if value != WITHHELD]
            if values:
                # Two values where one belongs are as unreadable as none that fits.
                target.set(name, values[0] if len(set(values)) == 1 else "?")

    def _break_off(self, message: str, line: int | None) -> None:
        if self.cases_read == 0 or self._index is not None:  # rows of any case may be missing
            raise self._unreadable(message, line) from None
        reason = f"the file breaks off after {self.cases_read} whole cases: {message}"
        self.broke_off = Fault(reason, self.name, line)
        try:
            while chunk := self._stream.read(_CHUNK):
                self.bytes_read += len(chunk)  # the hash is that of the whole file
                self._digest.update(chunk)
        except BrokenSource:
            return  # what is wrong first is said

    def _unreadable(self, message: str, line: int | None) -> InputUnreadable:
        return InputUnreadable(message, SourceLocation(path=self.name, line=line))


def _free(element: etree._Element) -> None:
    """Lets go of an element and of everything beside it that came before."""
    element.clear()
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None:
        parent.remove(before)


def _fill(target: etree._Element, source: etree._Element, rules: Mapping[str, ValueRule]) -> None:
    for name, rule in rules.items():
        for value in values_of(source, rule):
            child = etree.SubElement(target, f"{{{NAMESPACE}}}{name}")
            if value == WITHHELD:
                child.set("withheld", "yes")
            else:
                child.text = value
            _place(child, source)


def _place(target: etree._Element, source: etree._Element) -> None:
    """Gives a written element the line of its source; beyond what libxml2 keeps, none."""
    line = line_of(source) or 0
    # lxml-stubs types the setter by its empty body.
    target.sourceline = line if line < _LINES_KEPT else 0  # type: ignore[assignment]


def open_mapped(
    path: Path | ExportFile,
    mapping: CaseMapping,
    *,
    vocabulary: Vocabulary | None = None,
    limits: ReadLimits | None = None,
    ids: CaseIds | None = None,
) -> MappedReader:
    """A reader of a vendor's file; raises InputUnreadable where it cannot be opened."""
    file = path if isinstance(path, ExportFile) else exports_at(path)[0]
    stream = open_file(file)
    return MappedReader(stream, file.name, mapping, vocabulary=vocabulary, limits=limits, ids=ids)
