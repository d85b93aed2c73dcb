"""Reads the cases of a vendor's XML as a stream, in memory that does not grow with the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import cast

from lxml import etree

from msp_rules.casework.case import Case, Fault
from msp_rules.errors import InputUnreadable
from msp_rules.intake.case_elements import LINES_KEPT, line_of
from msp_rules.intake.export_files import ExportFile, ExportStream, open_file
from msp_rules.intake.mapping.join_index import RowIndex
from msp_rules.intake.mapping.language import CaseMapping, FieldPath, JoinedRows, PathStep
from msp_rules.intake.mapping.mapped_reader import MappedReader
from msp_rules.intake.mapping.never_found import Survey
from msp_rules.intake.mapping.records import Record
from msp_rules.intake.mapping.values import mapped
from msp_rules.intake.reading import Place, ReadFile, ReadOptions
from msp_rules.intake.xml_parsing import (
    DOCTYPE_REFUSED,
    NOT_WELL_FORMED,
    BrokenSource,
    chunks_left,
    guarded_chunks,
    guarded_parser,
    is_typed,
    release,
)


class XmlReader(MappedReader):
    """Gives the cases of one file of XML; row sets are first joined by their keys."""

    def __init__(
        self, stream: ExportStream, file: ExportFile, mapping: CaseMapping, options: ReadOptions
    ) -> None:
        super().__init__(file.name, mapping, options)
        self._file = file
        self._options = options
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
            self._look_ahead()
            yield from self._given()
        else:
            with RowIndex() as index:
                self._index = index
                yield from self._given()
                yield from self._indexed_cases(index)
        self._say_what_is_left()
        if self.cases_read == 0:
            path = "/".join(self._mapping.case_path)
            self._fault(f"the file has no case record ({path})", self.name)

    def _look_ahead(self) -> None:
        """Searches for what is never found, in a separate pass; a pipe can be read only once."""
        if Survey(self._mapping, self._vocabulary).is_done or not self._file.path.is_file():
            return
        options = self._options._replace(ids=None)
        with XmlReader(open_file(self._file), self._file, self._mapping, options) as ahead:
            self._survey(ahead.records())

    def records(self) -> Iterator[Record]:
        """Gives the records of cases alone, as far as the file can be read."""
        try:
            for element in self._streamed():
                yield record_of(element, self.name)
        except InputUnreadable:
            return  # whoever reads the cases says why

    def _given(self) -> Iterator[Case]:
        for element in self._streamed():
            if (case := self._streamed_case(element)) is not None:
                yield case

    def _streamed(self) -> Iterator[etree._Element]:
        """Gives the elements of cases, each only until the next is asked for."""
        parser = guarded_parser()
        try:
            for chunk in guarded_chunks(self._stream, self._unreadable):
                self._since_case += len(chunk)
                self._count_bytes(chunk)
                parser.feed(chunk)
                yield from self._elements(parser)
                if self._since_case > self._limits.max_case_bytes:
                    limit = self._limits.max_case_bytes
                    self._break_off(f"a case is larger than {limit} bytes", None)
                    return
            parser.close()
            yield from self._elements(parser)
        except etree.XMLSyntaxError as error:
            yield from self._elements(parser)
            self._break_off(NOT_WELL_FORMED, error.position[0])
        except BrokenSource as error:
            yield from self._elements(parser)
            self._break_off(error.reason, None)

    def _count_bytes(self, chunk: bytes) -> None:
        self._bytes_read += len(chunk)
        self._digest.update(chunk)

    def _elements(self, parser: etree.XMLPullParser) -> Iterator[etree._Element]:
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
                self._read_date_of(self._open[0])
                self._since_case = 0
                if self._index is not None:
                    self._keep(element, self._index)
                else:
                    yield element
                release(element)
            elif self._index is not None and depth > 1:
                self._keep_row(element, self._index)
            self._open.pop()
            if not self._open:
                self._read_date_of(element)

    def _read_date_of(self, root: etree._Element) -> None:
        if not self._dated:
            self._read_date(record_of(root, self.name))

    def _streamed_case(self, element: etree._Element) -> Case | None:
        if self._owns_next():
            return self._case(record_of(element, self.name))
        rule = self._mapping.attributes.get("id")
        if rule is None:
            self._skip(())
        elif rule.path is None or rule.conditions:
            self._skip(self._builder.ids_of(record_of(element, self.name)))
        else:
            self._skip(mapped(texts_in(element, rule.path), rule).values)
        return None

    def _keep(self, element: etree._Element, index: RowIndex) -> None:
        keys = texts_in(element, self._mapping.key) if self._mapping.key is not None else []
        if len(keys) == 1:
            index.add_case(keys[0], record_of(element, self.name))
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
            self._read_date_of(self._open[0])
            release(element)

    def _keep_joined(self, element: etree._Element, join: JoinedRows, index: RowIndex) -> None:
        keys = texts_in(element, join.key)
        if len(keys) != 1:
            what = "case" if join.of is None else "row"
            reason = f"a row names no {what}, or several; it is not judged"
            self._fault(reason, self.name, line_of(element) or 0)
            return
        own = texts_in(element, join.row_key) if join.row_key is not None else []
        own_key = own[0] if len(own) == 1 else None
        index.add_row(keys[0], join.name, record_of(element, self.name), of=join.of, own=own_key)

    def _break_off(self, message: str, line: int | None) -> None:
        if self.cases_read == 0 or self._index is not None:  # rows of any case may be missing
            raise self._unreadable(message, line) from None
        reason = f"the file ends early, after {self.cases_read} complete cases: {message}"
        self.truncation_fault = Fault(reason, self.name, line)
        for chunk in chunks_left(self._stream):
            self._count_bytes(chunk)


def open_xml(file: ExportFile, mapping: CaseMapping, options: ReadOptions) -> XmlReader:
    """Opens a vendor's file of XML; raises InputUnreadable where it cannot be opened."""
    return XmlReader(open_file(file), file, mapping, options)


def record_of(element: etree._Element, name: str) -> Record:
    """Makes a record of an element of the file with this name, with all elements inside."""
    return _record_of(element, name, line_of(element) or 0)


def _record_of(element: etree._Element, name: str, line: int) -> Record:
    own = cast("int", element.sourceline or 0)
    place = Place(name, (own if own < LINES_KEPT else line_of(element) or 0) or line)
    values = dict(cast("list[tuple[str, str]]", element.items()))
    record = Record(local_name(element), place, values, element.text)
    if len(element):
        # The parser refuses what is nested deeper than 256 elements.
        record.children = [
            _record_of(child, name, line) for child in element if isinstance(child.tag, str)
        ]
    return record


def local_name(element: etree._Element) -> str:
    """Gives the name of an element without its namespace; the empty text for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def texts_in(element: etree._Element, path: FieldPath) -> list[str]:
    """Finds the texts at a path that are not empty, without white space around them.

    This is quicker than `record_of` where only one value is needed.
    """
    found = [element]
    for step in path.steps:
        found = [child for one in found for child in one if _is_step(child, step)]
    texts = [one.text if path.attribute is None else one.get(path.attribute) for one in found]
    return [text.strip() for text in texts if text is not None and text.strip()]


def _is_step(element: etree._Element, step: PathStep) -> bool:
    return local_name(element) == step.name and (
        step.attribute is None or element.get(step.attribute) == step.value
    )
