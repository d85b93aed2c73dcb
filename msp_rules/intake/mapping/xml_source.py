"""Streams the cases of a vendor's XML export, in memory that does not grow with the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import cast

from lxml import etree

from msp_rules.casework.case import Case, Fault
from msp_rules.intake.case_elements import line_of
from msp_rules.intake.export_files import ExportFile, ExportStream, open_file
from msp_rules.intake.mapping.case_builder import MappedReader
from msp_rules.intake.mapping.join_index import RowIndex
from msp_rules.intake.mapping.language import CaseMapping, JoinedRows, Place
from msp_rules.intake.mapping.values import local_name, texts_at
from msp_rules.intake.reading import ReadFile, ReadOptions
from msp_rules.intake.xml_parsing import (
    DOCTYPE_REFUSED,
    NOT_WELL_FORMED,
    BrokenSource,
    chunks_left,
    guarded_chunks,
    guarded_parser,
    is_typed,
    let_go,
)


class XmlReader(MappedReader):
    """The cases of one file of XML; a file of row sets is first brought together by its keys."""

    def __init__(
        self, stream: ExportStream, name: str, mapping: CaseMapping, options: ReadOptions
    ) -> None:
        super().__init__(name, mapping, options)
        self._stream = stream
        self._bytes_read = 0
        self._digest = hashlib.sha256()
        self._since_case = 0
        self._open: list[etree._Element] = []
        self._index: RowIndex | None = None

    @property
    def files(self) -> list[ReadFile]:
        """The one file."""
        return [ReadFile(self.name, self._digest.hexdigest(), self._bytes_read)]

    @property
    def position(self) -> int:
        """The number of the file's bytes on disk that are read."""
        return self._stream.position

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()

    def __iter__(self) -> Iterator[Case]:
        if not self._mapping.joins:
            yield from self._streamed()
        else:
            with RowIndex() as index:
                index.begin_input(self.name)
                self._index = index
                yield from self._streamed()
                yield from self._indexed_cases(index)
        if self.cases_read == 0:
            path = "/".join(self._mapping.case_path)
            self._fault(f"the file holds no case record ({path})", self.name)

    def _streamed(self) -> Iterator[Case]:
        parser = guarded_parser()
        try:
            for chunk in guarded_chunks(self._stream, self._unreadable):
                self._since_case += len(chunk)
                self._count_bytes(chunk)
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
            self._break_off(NOT_WELL_FORMED, error.position[0])
        except BrokenSource as error:
            yield from self._cases(parser)
            self._break_off(error.reason, None)

    def _count_bytes(self, chunk: bytes) -> None:
        self._bytes_read += len(chunk)
        self._digest.update(chunk)

    def _cases(self, parser: etree.XMLPullParser) -> Iterator[Case]:
        wanted = self._mapping.case_path
        for action, found in parser.read_events():
            element = cast("etree._Element", found)
            if action == "start":
                if not self._open and is_typed(element):
                    raise self._unreadable(DOCTYPE_REFUSED, 1)
                self._open.append(element)
                continue
            depth = len(self._open)
            if depth == len(wanted) and tuple(map(local_name, self._open)) == wanted:
                self._read_date(self._open[0])
                self._since_case = 0
                if self._index is not None:
                    self._keep(element, self._index)
                elif (case := self._streamed_case(element)) is not None:
                    yield case
                let_go(element)
            elif self._index is not None and depth > 1:
                self._keep_row(element, self._index)
            self._open.pop()
            if not self._open:
                self._read_date(element)

    def _streamed_case(self, element: etree._Element) -> Case | None:
        first = line_of(element) or 0
        return self._case(element, lambda one: Place(self.name, line_of(one) or first))

    def _keep(self, element: etree._Element, index: RowIndex) -> None:
        keys = texts_at(element, self._mapping.key) if self._mapping.key is not None else []
        if len(keys) == 1:
            index.add_case(keys[0], line_of(element) or 0, element)
        else:
            reason = "a case record names no key, or several; it is not judged"
            self._fault(reason, self.name, line_of(element))

    def _keep_row(self, element: etree._Element, index: RowIndex) -> None:
        path = tuple(map(local_name, self._open))
        joins = [join for join in self._mapping.joins if path == join.record]
        for join in joins:
            self._since_case = 0
            self._keep_joined(element, join, index)
        if joins:
            self._read_date(self._open[0])
            let_go(element)

    def _keep_joined(self, element: etree._Element, join: JoinedRows, index: RowIndex) -> None:
        keys, line = texts_at(element, join.key), line_of(element) or 0
        if len(keys) != 1:
            what = "case" if join.of is None else "row"
            reason = f"a row names no {what}, or several; it is not judged"
            self._fault(reason, self.name, line)
            return
        own = texts_at(element, join.row_key) if join.row_key is not None else []
        own_key = own[0] if len(own) == 1 else None
        index.add_row(keys[0], line, join.name, element, of=join.of, own=own_key)

    def _break_off(self, message: str, line: int | None) -> None:
        if self.cases_read == 0 or self._index is not None:  # rows of any case may be missing
            raise self._unreadable(message, line) from None
        reason = f"the file breaks off after {self.cases_read} whole cases: {message}"
        self.broke_off = Fault(reason, self.name, line)
        for chunk in chunks_left(self._stream):
            self._count_bytes(chunk)


def open_xml(file: ExportFile, mapping: CaseMapping, options: ReadOptions) -> XmlReader:
    """A reader of a vendor's file of XML; raises InputUnreadable where it cannot be opened."""
    return XmlReader(open_file(file), file.name, mapping, options)
