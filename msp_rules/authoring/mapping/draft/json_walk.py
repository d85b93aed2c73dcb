"""Walks through JSON: an object counts as an element, its texts and numbers as attributes.

The whole file is read at once, and so it may not be large; a few hundred cases are enough.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from lxml import etree

from msp_rules.authoring.mapping.draft.elements import writable
from msp_rules.authoring.mapping.draft.walk import JSON, JSON_RECORD, NamePath
from msp_rules.authoring.mapping.draft.words import column_name
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.export_files import JSON_ENDINGS, exports_at, open_file
from msp_rules.intake.mapping.table_names import plain_name
from msp_rules.intake.xml_parsing import BrokenSource

_LARGEST: Final = 64 * 1024 * 1024
_DEEPEST: Final = 60
_CHUNK: Final = 1024 * 1024


def is_json_name(path: Path) -> bool:
    """Tells whether a file is JSON by its name."""
    return path.name.lower().removesuffix(".gz").endswith(JSON_ENDINGS)


class JsonWalk:
    """Walks over one file of JSON or JSON Lines; raises InputUnreadable for anything else."""

    def __init__(self, path: Path) -> None:
        self._file = exports_at(path, endings=JSON_ENDINGS)[0]
        self.name = self._file.name
        self._root = self._read()

    def columns(self, path: NamePath) -> tuple[str, ...]:
        """Gives none: the members of an object have no order."""
        return ()

    def elements(self) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every object, inner ones first, and finally the root."""
        for path, element in self._roots():
            yield from _inside(path, element)

    def records(self, wanted: Collection[NamePath]) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every object at one of the paths, whole."""
        for path, element in self._roots():
            for inner, one in _inside(path, element):
                if inner in wanted:
                    yield inner, one

    def _roots(self) -> Iterator[tuple[NamePath, etree._Element]]:
        if isinstance(self._root, list):
            for one in self._root:
                if isinstance(one, dict):
                    yield (JSON, JSON_RECORD), _element(JSON_RECORD, one, 0)
            yield (JSON,), etree.Element("root")
        elif isinstance(self._root, dict):
            yield (JSON,), _element("root", self._root, 0)

    def _read(self) -> object:
        text = self._text()
        if not text.strip():
            raise self._unreadable("the file is empty")
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            raise self._unreadable("it is neither JSON nor JSON Lines") from None

    def _text(self) -> str:
        chunks: list[bytes] = []
        try:
            with closing(open_file(self._file)) as stream:
                while chunk := stream.read(_CHUNK):
                    chunks.append(chunk)
                    if len(chunks) * _CHUNK > _LARGEST:
                        limit = f"larger than {_LARGEST // _CHUNK} MiB"
                        raise self._unreadable(
                            f"a draft reads no JSON that is {limit}: take a part"
                        )
        except BrokenSource as error:
            raise self._unreadable(error.reason) from None
        content = b"".join(chunks)
        try:
            return content.decode(json.detect_encoding(content))
        except UnicodeDecodeError:
            return content.decode("windows-1252", errors="replace")

    def _unreadable(self, reason: str) -> InputUnreadable:
        return InputUnreadable(reason, SourceLocation(path=self.name))


def _element(tag: str, body: dict[str, object], depth: int) -> etree._Element:
    """Makes an element of an object; what lists hold are elements of one name."""
    element = etree.Element(tag)
    for key, value in body.items():
        name = column_name(plain_name(str(key)))
        if name == column_name(""):
            continue
        if not isinstance(value, list | dict):
            if text := _text_of(value):
                element.set(name, text)
            continue
        for one in _items(value):
            if isinstance(one, dict):
                if depth < _DEEPEST:
                    element.append(_element(name, one, depth + 1))
            elif text := _text_of(one):
                inner = etree.SubElement(element, name)
                inner.text = text
    return element


def _items(value: object) -> Iterator[object]:
    """Yields what lists hold, also lists in lists."""
    if not isinstance(value, list):
        yield value
        return
    for one in value:
        yield from _items(one)


def _text_of(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else writable(str(value)).strip()


def _inside(path: NamePath, element: etree._Element) -> Iterator[tuple[NamePath, etree._Element]]:
    for child in element:
        yield from _inside((*path, str(child.tag)), child)
    yield path, element
