"""Reads the cases of a vendor's XML as a stream, in memory that does not grow with the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from msp_rules.casework.case import Case, Fault
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_files import ExportFile, ExportStream, open_file
from msp_rules.intake.mapping.element_stream import (
    MOST_HELD,
    ElementStream,
    FoundElement,
    StreamBroken,
)
from msp_rules.intake.mapping.join_index import RowIndex
from msp_rules.intake.mapping.language import CaseMapping, JoinedRows
from msp_rules.intake.mapping.mapped_reader import MappedReader
from msp_rules.intake.mapping.never_found import Survey
from msp_rules.intake.mapping.records import Record, State, texts_at
from msp_rules.intake.reading import ReadFile, ReadOptions
from msp_rules.intake.xml_parsing import BrokenSource, chunks_left, guarded_chunks

_MOST_NAMED: Final = 20
"""The number of kinds of elements that are named though nothing reads them."""


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
        self._elements = ElementStream(
            file.name,
            mapping,
            largest=self._limits.max_case_bytes,
            # Rows of any case are needed to find those of one, and the first reader counts in all.
            shard=None if mapping.joins or self._shard.reader == 0 else self._shard,
        )
        self._has_parents = self._elements.goes_up

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
                for found in self._streamed():
                    self._keep(found, index)
                yield from self._indexed_cases(index)
        self._say_what_is_left()
        self._say_what_is_unread()
        if self.cases_read == 0:
            path = "/".join(self._mapping.case_path)
            self._fault(f"the file has no case record ({path})", self.name)

    def _look_ahead(self) -> None:
        """Searches for what is never found, in a separate pass; a pipe can be read only once."""
        if Survey(self._mapping, self._vocabulary).is_done or not self._file.path.is_file():
            return
        options = self._options._replace(ids=None, shard=None)
        with XmlReader(open_file(self._file), self._file, self._mapping, options) as ahead:
            self._survey(ahead.records())

    def records(self) -> Iterator[Record]:
        """Gives the records of cases alone, as far as the file can be read."""
        try:
            for found in self._streamed():
                yield found.record
        except InputUnreadable:
            return  # whoever reads the cases says why

    def _given(self) -> Iterator[Case]:
        for found in self._streamed():
            if not self._owns_next():
                self._skip_record(found.record)
            elif found.is_too_large:
                self._set_aside(found.record)
            elif (case := self._case(found.record)) is not None:
                yield case

    def _streamed(self) -> Iterator[FoundElement]:
        """Gives the cases and joined rows of the file."""
        elements = self._elements
        try:
            for chunk in guarded_chunks(self._stream, self._unreadable):
                self._count_bytes(chunk)
                yield from self._dated_by_start(elements.feed(chunk))
            yield from self._dated_by_start(elements.close())
        except StreamBroken as error:
            if error.is_refused:
                raise self._unreadable(error.reason, error.line) from None
            yield from self._dated_by_start(elements.waiting_cases())
            self._break_off(error.reason, error.line)
        except BrokenSource as error:
            yield from self._dated_by_start(elements.waiting_cases())
            self._break_off(error.reason, None)

    def _dated_by_start(self, found: Iterable[FoundElement]) -> Iterable[FoundElement]:
        """Reads the reference date, once all that may hold it was read."""
        if not self._dated and self._elements.start is not None:
            self._read_date(self._elements.start)
        return found

    def _count_bytes(self, chunk: bytes) -> None:
        self._bytes_read += len(chunk)
        self._digest.update(chunk)

    def _set_aside(self, record: Record) -> None:
        """Reports a case that is too large to be judged."""
        self.case_index = self.cases_read
        case_id = self._builder.case_id(record)
        if self.before_case is not None:
            self.before_case(self.case_index)
        self._skip((case_id,) if case_id else ())
        place = record.place
        self.faults.append(Fault(self._too_large(), place.input, place.line, case_id or None))

    def _too_large(self) -> str:
        return f"the case is larger than {self._limits.max_case_bytes} bytes; it is not judged"

    def _keep(self, found: FoundElement, index: RowIndex) -> None:
        """Keeps a case or row until all rows are known."""
        record = found.record
        if found.is_case:
            keys = texts_at(record, self._mapping.key) if self._mapping.key is not None else []
            if found.is_too_large:
                place = record.place
                self._fault(self._too_large(), place.input, place.line)
            elif len(keys) == 1:
                index.add_case(keys[0], record)
            else:
                reason = "a case record names no key, or several; it is not judged"
                self._fault(reason, record.place.input, record.place.line)
        serial = index.next_serial() if found.joins else 0
        for join in found.joins:
            self._keep_joined(record, join, index, serial)

    def _keep_joined(self, record: Record, join: JoinedRows, index: RowIndex, serial: int) -> None:
        keys = texts_at(record, join.key)
        place = record.place
        if record.state is State.DAMAGED:
            reason = f"a row is larger than {self._limits.max_case_bytes} bytes; it is not read"
            self._fault(reason, place.input, place.line)
        if len(keys) != 1:
            if join.leaves_out and not keys:
                index.leave_out(serial)
                return
            what = "case" if join.of is None else "row"
            reason = f"a row names no {what}, or several; it is not judged"
            if join.named_by is not None:
                reason = "a row has no key, or several; it is not read"
            self._fault(reason, place.input, place.line)
            return
        own = texts_at(record, join.row_key) if join.row_key is not None else []
        own_key = own[0] if len(own) == 1 else None
        index.add_joined(join, keys[0], record, own=own_key, serial=serial)

    def _say_what_is_unread(self) -> None:
        """Names the kinds of elements that nothing in the mapping reads."""
        if self._elements.has_given_up:
            reason = (
                f"something around the cases stands behind more than {MOST_HELD} of them;"
                " it is not read"
            )
            self._fault(reason, self.name)
        unread = self._elements.unread.most_common()
        for path, count in unread[:_MOST_NAMED]:
            verb = "element is" if count == 1 else "elements are"
            self._warn("unread_part", f"{count} {verb} read by no entry: {path}", self.name)
        if len(unread) > _MOST_NAMED:
            more = len(unread) - _MOST_NAMED
            reason = f"elements of {more} more kinds are read by no entry"
            self._warn("unread_part", reason, self.name)

    def _break_off(self, message: str, line: int | None) -> None:
        if self.cases_read == 0 or self._mapping.joins:  # rows of any case may be missing
            raise self._unreadable(message, line) from None
        reason = f"the file ends early, after {self.cases_read} complete cases: {message}"
        self.truncation_fault = Fault(reason, self.name, line)
        for chunk in chunks_left(self._stream):
            self._count_bytes(chunk)


def open_xml(file: ExportFile, mapping: CaseMapping, options: ReadOptions) -> XmlReader:
    """Opens a vendor's file of XML; raises InputUnreadable where it cannot be opened."""
    return XmlReader(open_file(file), file, mapping, options)
