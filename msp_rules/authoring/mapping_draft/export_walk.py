"""An export as rows of elements, read from one end to the other in memory that does not grow.

What is refused is what the reader refuses: document types, entities and the network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Protocol, cast

from lxml import etree

from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.byte_source import BrokenSource
from msp_rules.intake.export_files import exports_at, open_file
from msp_rules.intake.guarded_xml import (
    DOCTYPE_REFUSED,
    NOT_WELL_FORMED,
    guarded_chunks,
    guarded_parser,
    is_typed,
    let_go,
)
from msp_rules.intake.mapping.mapped_values import local_name

NamePath = tuple[str, ...]
"""The names of an element and all around it, from the root."""

TABLES: Final = "(tables)"
"""What stands for the root of an export that is no XML."""

_DEEPEST: Final = 60


class ExportWalk(Protocol):
    """An export that can be walked twice; what a source of tables would give, too."""

    name: str

    def elements(self) -> Iterator[tuple[NamePath, etree._Element]]:
        """Every element, inner ones first; it is empty of its children by then."""
        ...

    def records(self, wanted: Collection[NamePath]) -> Iterator[tuple[NamePath, etree._Element]]:
        """Every element at one of the paths, whole."""
        ...


class XmlWalk:
    """The walk over a vendor's XML, packed or not (of an archive: its first export).

    Raises InputUnreadable where it can't be read to its end.
    """

    def __init__(self, path: Path) -> None:
        self._file = exports_at(path)[0]
        self.name = self._file.name

    def elements(self) -> Iterator[tuple[NamePath, etree._Element]]:
        """Every element, inner ones first; its children are gone, and it goes with the next."""
        for path, element in self._ends():
            yield path, element
            let_go(element)

    def records(self, wanted: Collection[NamePath]) -> Iterator[tuple[NamePath, etree._Element]]:
        """Every element at one of the paths, whole; it goes with the next."""
        longest = max(map(len, wanted))
        for path, element in self._ends():
            if path in wanted:
                yield path, element
                let_go(element)
            elif len(path) <= longest and not any(path[: len(one)] == one for one in wanted):
                let_go(element)

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
                raise self._unreadable(f"elements lie more than {_DEEPEST} deep", None)

    def _unreadable(self, message: str, line: int | None) -> InputUnreadable:
        return InputUnreadable(message, SourceLocation(path=self.name, line=line))
