"""Makes records of the elements of a stream of XML that a mapping reads, in flat memory.

All other elements are passed over as they come, whatever their size. The names of elements and
attributes are taken without their prefixes, whether those are declared or not.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Never
from xml.parsers import expat

from msp_rules.intake.mapping.known_elements import KnownElement, KnownElements, known_elements
from msp_rules.intake.mapping.language import CaseMapping, JoinedRows, PathStep
from msp_rules.intake.mapping.records import Record, State, is_step, texts_at
from msp_rules.intake.reading import Place, Shard
from msp_rules.intake.xml_parsing import DOCTYPE_REFUSED, NOT_WELL_FORMED

MOST_HELD: Final = 10_000
"""The number of cases that may wait for what stands around them."""
_MOST_PATHS: Final = 1_000
"""The number of kinds of elements that are counted though nothing reads them."""
_DECLARED: Final = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_OF_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OF_UTF_32: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


class StreamBroken(Exception):  # noqa: N818 - it is no error of this program
    """Raised where a stream cannot be read on; `reason` is fit for a message."""

    def __init__(self, reason: str, line: int | None, *, is_refused: bool = False) -> None:
        self.reason = reason
        self.line = line
        self.is_refused = is_refused
        super().__init__(reason)


class FoundElement(NamedTuple):
    """A case, or joined rows, that a stream gave."""

    record: Record
    """The record; that of another reader's case may hold its id only."""
    joins: tuple[JoinedRows, ...] = ()
    """The joined rows of which it is one."""
    is_case: bool = False
    """True if it is a case."""
    is_too_large: bool = False
    """True if not all of it was kept."""


class _Held(NamedTuple):
    """A case that waits for a text in an element around it."""

    found: FoundElement
    chain: tuple[Record, ...]


class ElementStream:
    """Gives the cases and joined rows of one stream, as pieces of it are fed.

    `start` holds what stood before the first of them, as seen from the root; `unread` counts the
    elements that no path of the mapping leads to.
    """

    def __init__(
        self, name: str, mapping: CaseMapping, *, largest: int, shard: Shard | None = None
    ) -> None:
        self.start: Record | None = None
        self.unread: Counter[str] = Counter()
        self.has_given_up = False
        self._name = name
        self._largest = largest
        self._shard = shard or Shard()
        self._elements: KnownElements = known_elements(mapping)
        self._case_tests = _tested(mapping.case_steps)
        self._tests = {join: _tested(join.steps) for join in mapping.joins}
        self._known: list[KnownElement] = [self._elements.top]
        self._records: list[Record | None] = [None]
        self._names: list[str] = []
        self._text: list[str] | None = None
        self._passed_over = 0
        self._is_record = False
        self._size = 0
        self._is_too_large = False
        self._is_others = False
        self._cases = 0
        self._ready: list[FoundElement] = []
        self._held: list[_Held] = []
        self._held_depth = 0
        self._parser: expat.XMLParserType | None = None
        self._decoder: codecs.IncrementalDecoder | None = None

    @property
    def goes_up(self) -> bool:
        """True if any path of the mapping leads from a record to one around it."""
        return self._elements.goes_up

    def feed(self, chunk: bytes) -> list[FoundElement]:
        """Reads a piece, and gives what it completes; raises StreamBroken after giving that."""
        if self._parser is None:
            self._parser = self._new_parser(chunk)
        self._parse(chunk, is_last=False)
        return self._taken()

    def close(self) -> list[FoundElement]:
        """Ends the stream, and gives what is left; raises StreamBroken where it ends early."""
        self._parse(b"", is_last=True)
        return self._taken()

    def waiting_cases(self) -> list[FoundElement]:
        """Gives the cases that still wait, once the stream is broken."""
        self._release()
        return self._taken()

    def _taken(self) -> list[FoundElement]:
        ready, self._ready = self._ready, []
        return ready

    def _new_parser(self, start: bytes) -> expat.XMLParserType:
        encoding = _encoding_of(start)
        if encoding is not None and encoding not in _READ_BY_PARSER:
            try:
                self._decoder = codecs.getincrementaldecoder(encoding)()
            except LookupError:
                raise StreamBroken("its encoding is not known", 1) from None
            encoding = "utf-8"
        parser = expat.ParserCreate(encoding)
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add_text
        parser.StartDoctypeDeclHandler = self._refuse_type
        return parser

    def _parse(self, chunk: bytes, *, is_last: bool) -> None:
        if self._parser is None:
            return
        try:
            piece = chunk
            if self._decoder is not None:
                piece = self._decoder.decode(chunk, is_last).encode("utf-8", "surrogatepass")
            self._parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            raise StreamBroken(NOT_WELL_FORMED, error.lineno) from None
        except UnicodeDecodeError:
            line = self._parser.CurrentLineNumber
            raise StreamBroken("its characters are not in the encoding it names", line) from None

    def _refuse_type(self, *_: object) -> None:
        raise StreamBroken(DOCTYPE_REFUSED, 1, is_refused=True)

    def _refuse_root(self, name: str) -> Never:
        wanted = " or ".join(sorted(self._elements.top.inner))
        reason = f"its root is {name}, and the mapping reads {wanted}: is it the right mapping?"
        raise StreamBroken(reason, None, is_refused=True)

    # What the parser calls.

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if self._passed_over:
            self._passed_over += 1
            self._is_record = True
            return
        if self._text is not None:
            self._end_text()
        local = name.rpartition(":")[2] if ":" in name else name
        known = self._known[-1].inner.get(local)
        if known is None and not self._names:
            self._refuse_root(local)
        if known is None or (self._is_too_large and known.is_inside):
            self._passed_over = 1
            self._is_record = any(not one.startswith("xmlns") for one in attributes)
            self._names.append(local)
            return
        self._names.append(local)
        self._known.append(known)
        is_start = not known.is_inside and (known.is_case or bool(known.joins))
        if is_start:
            self._size, self._is_too_large = 0, False
            self._is_others = known.is_case and not self._shard.owns(self._cases)
        if self._is_others and not is_start and not known.is_of_id:
            self._records.append(None)
            return
        self._records.append(self._new_record(local, known, attributes))

    def _new_record(self, name: str, known: KnownElement, attributes: dict[str, str]) -> Record:
        assert self._parser is not None
        values: dict[str, str] = {}
        if known.attributes and attributes:
            for key, value in attributes.items():
                if key in known.attributes:
                    values[key] = value
                elif ":" in key and not key.startswith("xmlns:"):
                    plain = key.rpartition(":")[2]
                    if plain in known.attributes:
                        values.setdefault(plain, value)
        record = Record(name, Place(self._name, self._parser.CurrentLineNumber), values)
        if self._elements.goes_up and not known.is_inside:
            record.parent = self._records[-1]
        self._count(len(name) + sum(map(len, values.values())))
        if known.has_text:
            self._text = []
        return record

    def _count(self, size: int) -> None:
        """Counts what is kept of the case or rows at hand; too much of it is not kept."""
        self._size += size
        if self._size > self._largest:
            self._is_too_large = True

    def _add_text(self, text: str) -> None:
        if self._text is None or self._passed_over:
            return
        self._count(len(text))
        if self._is_too_large:
            self._text.clear()
        else:
            self._text.append(text)

    def _end_text(self) -> None:
        record = self._records[-1]
        if record is not None and self._text is not None:
            record.text = "".join(self._text)
        self._text = None

    def _end(self, _name: str) -> None:
        if self._passed_over:
            self._passed_over -= 1
            if not self._passed_over:
                self._note_unread()
                self._names.pop()
            return
        if self._text is not None:
            self._end_text()
        known, record = self._known.pop(), self._records.pop()
        depth = len(self._records)
        if record is not None:
            self._place(record, known)
        self._names.pop()
        if not known.is_inside and (known.is_case or known.joins):
            self._size, self._is_too_large, self._is_others = 0, False, False
        if self._held and depth <= self._held_depth:
            self._release()
        if depth == 1 and self.start is None:
            self.start = record

    def _note_unread(self) -> None:
        """Counts an element that nothing reads, unless it is a text alone."""
        if self._is_record and not self._is_too_large:
            path = "/".join(self._names)
            if path in self.unread or len(self.unread) < _MOST_PATHS:
                self.unread[path] += 1

    # What is made of elements.

    def _place(self, record: Record, known: KnownElement) -> None:
        """Gives a record on, or adds it to the one around it."""
        is_case = known.is_case and self._holds(record, self._case_tests)
        joins = tuple(join for join in known.joins if self._holds(record, self._tests[join]))
        if is_case or joins:
            self._give(record, joins, is_case=is_case)
        around = self._records[-1]
        if around is None or known.joins:
            return
        if known.is_inside:
            around.children.append(record)
        elif known.is_kept or (known.is_of_date and self.start is None):
            around.add(record)

    def _holds(self, record: Record, tests: Sequence[tuple[int, PathStep]]) -> bool:
        """Tells whether an element and those around it are the ones that a path asks for."""
        if not tests:
            return True
        chain = [*self._records[1:], record]
        return all((one := chain[at]) is not None and is_step(one, step) for at, step in tests)

    def _give(self, record: Record, joins: tuple[JoinedRows, ...], *, is_case: bool) -> None:
        if self.start is None:
            self.start = self._root_with(record)
        if self._is_too_large:
            record.state = State.DAMAGED
        found = FoundElement(
            record,
            joins,
            is_case,
            self._is_too_large,
        )
        self._cases += is_case
        chain = tuple(one for one in self._records[1:] if one is not None)
        if not (is_case and self._elements.above):
            self._ready.append(found)
            return
        waits_for = self._lacking_above((*chain, record))
        if waits_for or self._held:
            self._held_depth = min(waits_for or self._held_depth, self._held_depth or waits_for)
            self._held.append(_Held(found, chain))
        else:
            self._ready.append(_with_copies(found, chain))
        if len(self._held) > MOST_HELD:
            self.has_given_up = True
            self._release()

    def _lacking_above(self, chain: Sequence[Record]) -> int:
        """Gives the depth of the outermost element around a case that still lacks a text; or 0.

        What lies in the root itself must come before the cases: all of them would have to wait.
        """
        depths = [
            depth
            for levels, path in self._elements.above
            if (depth := len(chain) - levels) > 1 and not texts_at(chain[depth - 1], path)
        ]
        return 0 if self.has_given_up else min(depths, default=0)

    def _release(self) -> None:
        self._ready += [_with_copies(*held) for held in self._held]
        self._held, self._held_depth = [], 0

    def _root_with(self, record: Record) -> Record:
        """Gives the root with all that stands in it by now, up to a record."""
        inside = record
        for around in reversed(self._records[1:]):
            if around is None:
                continue
            copy = _copy_of(around)
            copy.children.append(inside)
            inside = copy
        return inside


def _tested(steps: Iterable[PathStep]) -> list[tuple[int, PathStep]]:
    """Gives the steps that ask for more than a name, with their places."""
    return [(at, step) for at, step in enumerate(steps) if step.attribute or step.tests]


def _copy_of(record: Record) -> Record:
    copy = Record(record.name, record.place, record.values, record.text)
    copy.children = list(record.children)
    return copy


def _with_copies(found: FoundElement, chain: Sequence[Record]) -> FoundElement:
    """Ties a case to what stands around it now, whatever else may follow there."""
    around: Record | None = None
    for one in chain:
        copy = _copy_of(one)
        copy.parent = around
        around = copy
    found.record.parent = around
    return found


_READ_BY_PARSER: Final = frozenset({"utf-8", "utf-16"})
_ALONE: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "latin-1", "cp1252"})


def _encoding_of(start: bytes) -> str | None:
    """Finds the encoding of a file; None where the parser finds it alone.

    A mark at the beginning is right, whatever the declaration says.
    """
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if start.startswith(_OF_UTF_32):
        return "utf-32"
    if start.startswith(_OF_UTF_16):
        return "utf-16"
    declared = _DECLARED.match(start)
    if declared is None:
        return None
    name = declared[1].decode("ascii").lower()
    if name.startswith(("utf-16", "utf-32")):
        return "utf-8"  # the declaration itself could be read as single bytes
    return None if name in _ALONE or name.startswith(("iso-8859-", "windows-125")) else name
