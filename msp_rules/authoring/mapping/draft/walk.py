"""Walks through an export of XML from beginning to end, in constant memory.

What the reader of exports refuses is refused here, too: document types, entities and the network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Protocol, cast

from lxml import etree

from msp_rules.authoring.mapping.draft.elements import local_name
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.export_files import exports_at, open_file
from msp_rules.intake.xml_parsing import (
    DOCTYPE_REFUSED,
    NOT_WELL_FORMED,
    BrokenSource,
    guarded_chunks,
    guarded_parser,
    is_typed,
    release,
)

NamePath = tuple[str, ...]
"""The names of an element and of those around it, from the root."""
TABLES: Final = "(tables)"
"""Stands for the root of an export of tables."""
JSON: Final = "(json)"
"""Stands for the root of JSON."""
JSON_RECORD: Final = "record"
"""Stands for the records of JSON whose root is a list of them."""


class ExportWalk(Protocol):
    """An export in any format that can be walked through twice."""

    name: str

    def columns(self, path: NamePath) -> tuple[str, ...]:
        """Gives the attributes of the records at a path in their order, where they have one."""
        ...

    def elements(self) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every element, inner ones first; its children have been removed by then."""
        ...

    def records(self, wanted: Collection[NamePath]) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every element at one of the paths, whole."""
        ...


_DEEPEST: Final = 60


class XmlWalk:
    """Walks over a vendor's XML, compressed or not (in an archive, over its first export).

    Raises InputUnreadable where it can't be read to its end.
    """

    def __init__(self, path: Path) -> None:
        self._file = exports_at(path)[0]
        self.name = self._file.name

    def columns(self, path: NamePath) -> tuple[str, ...]:
        """Gives none: the attributes of an element have no order."""
        return ()

    def elements(self) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every element, inner ones first; each is gone once the next is asked for."""
        for path, element in self._ends():
            yield path, element
            release(element)

    def records(self, wanted: Collection[NamePath]) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every element at one of the paths, whole; each is gone with the next."""
        longest = max(map(len, wanted))
        for path, element in self._ends():
            if path in wanted:
                yield path, element
                release(element)
            elif len(path) <= longest and not any(path[: len(one)] == one for one in wanted):
                release(element)

    def _ends(self) -> Iterator[tuple[NamePath, etree._Element]]:
        parser = guarded_parser()
        open_names: list[str] = []
        try:
            with closing(open_file(self._file)) as stream:
                for chunk in guarded_chunks(stream, self._unreadable):
                    parser.feed(chunk)
                    yield from self._events(parser, open_names)
                parser.close()
                yield from self._events(parser, open_names)
        except etree.XMLSyntaxError as error:
            line = error.position[0]
            raise self._unreadable(NOT_WELL_FORMED, line) from None
        except BrokenSource as error:
            raise self._unreadable(error.reason, None) from None

    def _events(
        self, parser: etree.XMLPullParser, open_names: list[str]
    ) -> Iterator[tuple[NamePath, etree._Element]]:
        for action, found in parser.read_events():
            element = cast("etree._Element", found)
            if action == "end":
                yield tuple(open_names), element
                open_names.pop()
                continue
            if not open_names and is_typed(element):
                raise self._unreadable(DOCTYPE_REFUSED, 1)
            open_names.append(local_name(element))
            if len(open_names) > _DEEPEST:
                raise self._unreadable(f"elements are nested more than {_DEEPEST} deep", None)

    def _unreadable(self, message: str, line: int | None) -> InputUnreadable:
        return InputUnreadable(message, SourceLocation(path=self.name, line=line))
