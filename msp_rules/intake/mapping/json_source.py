"""Reads the cases of a vendor's JSON as a stream, in memory that does not grow with the file."""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Iterator
from typing import Final

from msp_rules.casework.case import Case, Fault
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_files import ExportFile, ExportStream, open_file
from msp_rules.intake.mapping.json_cutter import BAD_RECORD, Names, Piece, RecordCutter
from msp_rules.intake.mapping.json_records import Members, NotJson, object_in
from msp_rules.intake.mapping.json_text import JsonBroken
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.mapping.never_found import Survey
from msp_rules.intake.mapping.object_reader import CASE, FoundObject, ObjectReader
from msp_rules.intake.mapping.records import Record
from msp_rules.intake.reading import Place, ReadFile, ReadOptions
from msp_rules.intake.xml_parsing import EMPTY, BrokenSource, chunks_left

_CHUNK: Final = 65_536
_KEEP: Final = "surrogateescape"
_OTHER_KINDS: Final = (
    ("<", "it is not JSON, whatever its name says, but looks like XML"),
    ("PK\x03\x04", "it is not JSON, whatever its name says, but a workbook or a zip archive"),
)


Around = tuple[tuple[tuple[str, str], ...], ...]
"""The members of the objects around a record, the outermost first, as texts."""


class JsonReader(ObjectReader):
    """Gives the cases of one file of JSON; lists of rows are first joined by their keys."""

    def __init__(
        self, stream: ExportStream, file: ExportFile, mapping: CaseMapping, options: ReadOptions
    ) -> None:
        super().__init__(file.name, mapping, options)
        self._file = file
        self._options = options
        self._stream = stream
        self._bytes_read = 0
        self._digest = hashlib.sha256()
        head = _places_of_date(mapping)
        self._cutter = RecordCutter(
            self._places,
            self._limits.max_case_bytes,
            wanted_head=head,
            wanted_above=self._names.above,
        )
        self._around: tuple[Around, Record | None] = ((), None)

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
        yield from self._cases()
        self._say_what_is_left()
        self._warn_of_unread()
        for names in self._cutter.late:
            reason = f"{'/'.join(names)} stands after the records that need it; it is not read"
            self._fault(reason, self.name)
        if self.cases_read == 0:
            self._fault(f"the file has no case record ({_shown(self._mapping)})", self.name)

    def _look_ahead(self) -> None:
        """Searches for what is never found, in a separate pass; a pipe can be read only once."""
        if Survey(self._mapping, self._vocabulary).is_done or not self._file.path.is_file():
            return
        options = self._options._replace(ids=None)
        with JsonReader(open_file(self._file), self._file, self._mapping, options) as ahead:
            self._survey(ahead.records())

    def records(self) -> Iterator[Record]:
        """Gives the records of cases alone, as far as the file can be read."""
        try:
            for found in self._found():
                if found.record is not None and not self._is_left_out(found.record, CASE):
                    yield found.record
        except InputUnreadable:
            return  # whoever reads the cases says why

    def _found(self) -> Iterator[FoundObject]:
        """Gives the records that are wanted, with their places, and those that can't be read."""
        placer = _Placer(self.name)
        try:
            for piece in self._cutter.pieces(self._texts()):
                yield self._read(piece, placer.place(piece))
        except JsonBroken as error:
            self._break_off(str(error), None)
        except BrokenSource as error:
            self._break_off(error.reason, None)

    def _read(self, piece: Piece, place: Place) -> FoundObject:
        body, trouble = None, piece.trouble
        if trouble is None:
            try:
                body = object_in(piece.text)
            except NotJson:
                trouble = BAD_RECORD
        if not self._dated:
            self._read_date(self._root(body, place))
        record = None if body is None else self._maker.record("record", body, place)
        if record is not None and self._has_parents:
            record.parent = self._record_around(piece.above, place)
        return FoundObject(piece.path, record, place, trouble, piece.text)

    def _root(self, body: Members | None, place: Place) -> Record:
        """Makes a record of what stands before the first record, or else of that record."""
        head = Members()
        for names, text in self._cutter.head:
            _put(head, names, _value_in(text))
        return self._maker.record("root", head or body or Members(), place)

    def _record_around(self, around: Around, place: Place) -> Record | None:
        """Makes a record of what the objects around a record say of it; one serves many records."""
        if around != self._around[0]:
            outer = None
            for members in around:
                body = Members((name, _value_in(text)) for name, text in members)
                record = self._maker.record("record", body, place)
                record.parent, outer = outer, record
            self._around = (around, outer)
        return self._around[1]

    def _texts(self) -> Iterator[str]:
        """Gives the text of the file; what is not of its encoding becomes a surrogate."""
        first = self._stream.read(_CHUNK)
        if not first:
            raise self._unreadable(EMPTY)
        detected = json.detect_encoding(first)
        encoding = self._mapping.source.encoding if detected == "utf-8" else detected
        is_wide = encoding.startswith(("utf-16", "utf-32"))
        # In wide encodings no byte can be kept that is not of them, only marked.
        decoder = codecs.getincrementaldecoder(encoding)("replace" if is_wide else _KEEP)
        chunk = first
        while chunk:
            self._count_bytes(chunk)
            text = decoder.decode(chunk)
            if chunk is first:
                self._refuse_other_kinds(text)
            yield text.replace("\ufffd", "\udcff") if is_wide else text
            chunk = self._stream.read(_CHUNK)
        yield decoder.decode(b"", final=True)

    def _refuse_other_kinds(self, text: str) -> None:
        for mark, reason in _OTHER_KINDS:
            if text.lstrip().startswith(mark):
                raise self._unreadable(reason)

    def _count_bytes(self, chunk: bytes) -> None:
        self._bytes_read += len(chunk)
        self._digest.update(chunk)

    def _break_off(self, message: str, line: int | None) -> None:
        if self.cases_read == 0 or self._mapping.joins:  # rows of any case may be missing
            raise self._unreadable(message, line) from None
        reason = f"the file ends early, after {self.cases_read} complete cases: {message}"
        self.truncation_fault = Fault(reason, self.name, line)
        for chunk in chunks_left(self._stream):
            self._count_bytes(chunk)

    def _warn_of_unread(self) -> None:
        """Names the parts of the file, and of its records, that nothing in the mapping reads."""
        several = {names for names, count in self._maker.unread.items() if count > 1}
        named = [*self._cutter.unread, *sorted(several)]
        for names in named[:_MOST_NAMED]:
            reason = f"no entry of the mapping reads this part: {'/'.join(names)}"
            self._warn("unread_part", reason, self.name)
        # The name of a part that is in one record only may be about a person.
        singles = len(self._maker.unread) - len(several)
        for count, kind in ((len(named) - _MOST_NAMED, ""), (singles, " of single records")):
            if count > 0:
                verb = "part{} is" if count == 1 else "parts{} are"
                reason = f"{count} more {verb.format(kind)} read by no entry"
                self._warn("unread_part", reason, self.name)


_MOST_NAMED: Final = 20


class _Placer:
    """Gives records their lines; in a file that is one long line, their numbers instead."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._number = 0
        self._first_line = 0
        self._is_one_line = False

    def place(self, piece: Piece) -> Place:
        """Gives the place of the next record."""
        self._number += 1
        if self._number == 1:
            self._first_line = piece.line
        elif self._number == 2:
            self._is_one_line = piece.line == self._first_line
        return Place(self._name, self._number if self._is_one_line else piece.line)


def _places_of_date(mapping: CaseMapping) -> list[Names]:
    rule = mapping.reference_date
    paths = [] if rule is None else [one.path for one in rule.sources if one.path is not None]
    return [
        (*(step.name for step in path.steps), path.attribute)
        for path in paths
        if path.attribute is not None
    ]


def _value_in(text: str) -> object:
    """Reads a value; None for what cannot be read as JSON."""
    try:
        return json.loads(text, object_pairs_hook=Members, strict=False)
    except (ValueError, RecursionError):
        return None


def _put(body: Members, names: Names, value: object) -> None:
    """Puts a value where its names lead, inside an object."""
    for name in reversed(names[1:]):
        value = Members([(name, value)])
    body.append((names[0], value))


def _shown(mapping: CaseMapping) -> str:
    """Names where a mapping expects cases, or the rows that make them."""
    places = [mapping.case_path] if mapping.by is None else [one.record for one in mapping.joins]
    return ", ".join("/".join(one) or "." for one in places)


def open_json(file: ExportFile, mapping: CaseMapping, options: ReadOptions) -> JsonReader:
    """Opens a vendor's file of JSON; raises InputUnreadable where it cannot be opened."""
    return JsonReader(open_file(file), file, mapping, options)
