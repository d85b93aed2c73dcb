"""Parses untrusted XML: no document types, entities, network access or endless depth.

Defines where the bytes of an export come from, and how reading them can fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from lxml import etree

from msp_rules.errors import InputUnreadable
from msp_rules.intake.file_kinds import kind_instead_of_xml


class BrokenSource(Exception):
    """Raised where the bytes end before the export does; `reason` is fit for a message."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class ByteSource(Protocol):
    """Gives bytes to a reader of exports; any binary file will do."""

    def read(self, size: int, /) -> bytes:
        """Reads the next bytes, at most `size`; none at the end. May raise BrokenSource once."""
        ...

    def close(self) -> None:
        """Releases it."""
        ...


DOCTYPE_REFUSED: Final = "a DOCTYPE is refused: an export needs none"
EMPTY: Final = "the file is empty"
NOT_WELL_FORMED: Final = "it is not well-formed XML from here on"
_CHUNK: Final = 65_536


def guarded_parser(tag: Sequence[str] | None = None) -> etree.XMLPullParser:
    """Makes a parser that is fed piece by piece; it reports every element, or those with a `tag`.

    Feed it with `guarded_chunks`, and check its root with `is_typed`.
    """
    return etree.XMLPullParser(
        events=("start", "end"),
        tag=tag,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def guarded_chunks(
    stream: ByteSource, unreadable: Callable[[str, int | None], InputUnreadable]
) -> Iterator[bytes]:
    """Yields the bytes of a stream, piece by piece; a BrokenSource passes through.

    Raises what `unreadable` makes of a reason and a line: for no bytes, for a document type, and
    for what is surely something else.
    """
    is_empty = True
    while chunk := stream.read(_CHUNK):
        if is_empty:
            _refuse_other_kinds(chunk, unreadable)
        is_empty = False
        yield chunk
    if is_empty:
        raise unreadable(EMPTY, None)


def _refuse_other_kinds(
    start: bytes, unreadable: Callable[[str, int | None], InputUnreadable]
) -> None:
    kind = kind_instead_of_xml(start)
    if kind is not None:
        raise unreadable(f"it is {kind.words}: {kind.advice}", None)
    if has_doctype(start):
        raise unreadable(DOCTYPE_REFUSED, 1)


def chunks_left(stream: ByteSource) -> Iterator[bytes]:
    """Gives what is left in a stream that is parsed no further, for the hash of the whole file."""
    try:
        while chunk := stream.read(_CHUNK):
            yield chunk
    except BrokenSource:
        return  # what is wrong first is said


def has_doctype(chunk: bytes) -> bool:
    """Tells whether a document type precedes the root, in any of the encodings that XML allows."""
    return b"<!DOCTYPE" in chunk.replace(b"\x00", b"")


def is_typed(root: etree._Element) -> bool:
    """Tells whether a document type got past `has_doctype`."""
    return root.getroottree().docinfo.internalDTD is not None


def release(element: etree._Element) -> None:
    """Frees an element's content and all its earlier siblings."""
    element.clear()
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None:
        parent.remove(before)
