"""Parses untrusted XML: no document types, entities, network access or endless depth.

Defines where the bytes of an export come from, and how reading them can fail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, cast

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
BEYOND_LIMITS: Final = "a text in it is too large to be read, or elements are nested too deep"
_LIMIT_REACHED: Final = 114
"""The number that libxml2 gives to an error where the XML is sound and one of its limits is not."""
LINES_KEPT: Final = 65_535
"""From this line on, the line number that libxml2 gives can't be trusted: see `line_of`."""
_CHUNK: Final = 65_536
_BEFORE_ROOT: Final = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml\s(?P<declared>[^<>]*)\?>)?"""
    rb"""(?>\s+|<!--.*?-->|<\?.*?\?>)*+<[A-Za-z_]""",
    re.DOTALL,
)
_PLAIN_ENCODING: Final = re.compile(
    rb"""(?:(?!encoding).)*(?:encoding\s*=\s*["'](?:utf-?8|us-ascii|iso-8859-\d+|windows-125\d)["'].*)?""",
    re.DOTALL | re.IGNORECASE,
)


def guarded_parser(
    tag: Sequence[str] | None = None, *, is_huge: bool = False
) -> etree.XMLPullParser:
    """Makes a parser that is fed piece by piece; it reports every element, or those with a `tag`.

    Feed it with `guarded_chunks`, and check its root with `is_typed`. With `is_huge` the parser has
    no limits of its own: only for what `has_no_type`.
    """
    return etree.XMLPullParser(
        events=("start", "end"),
        tag=tag,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=is_huge,
        remove_comments=True,
        remove_pis=True,
    )


def guarded_document_parser() -> etree.XMLParser:
    """Makes a parser of whole documents that `has_no_type`: of what was read from such a file."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
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


def has_no_type(start: bytes) -> bool:
    """Tells whether a file surely has no document type, by its first bytes.

    What the parser's own limits guard against can only be declared there.
    """
    found = _BEFORE_ROOT.match(start)
    return found is not None and _PLAIN_ENCODING.fullmatch(found["declared"] or b"") is not None


def reason_of(number: int, message: str) -> str:
    """Says why XML cannot be read on; never in the parser's words, which may quote the content."""
    is_limit = number == _LIMIT_REACHED or "too big" in message
    return BEYOND_LIMITS if is_limit else NOT_WELL_FORMED


def prune(element: etree._Element) -> None:
    """Frees all inside an element that the parser is still in, but for the last one at each depth.

    No text is left at the end of an element: the parser would go on writing where it was.
    """
    inside: etree._Element | None = element
    while inside is not None:
        inside.text = None
        last = inside[-1] if len(inside) else None
        if last is not None:
            del inside[:-1]
            last.tail = None
        inside = last


def is_typed(root: etree._Element) -> bool:
    """Tells whether a document type got past `has_doctype`."""
    return root.getroottree().docinfo.internalDTD is not None


def line_of(element: etree._Element) -> int | None:
    """Gives the line on which an element's start tag ends, also beyond line 65,535.

    libxml2 keeps 16 bits of it and then answers with the line at the end of the text inside the
    element (or, of an empty one, behind it); those line breaks are taken off again.
    """
    line = cast("int | None", element.sourceline)
    if line is None or line < LINES_KEPT:
        return line
    if line == LINES_KEPT and len(element) and not element.text:
        # Nor is there a text in its first child: the texts beside it are found once it is empty.
        children = element[:]  # type: ignore[index]
        element[:] = []
        line = cast("int", element.sourceline)
        element.extend(children)
        return line - (element.tail or "").count("\n")
    text = element.text if len(element) or element.text else element.tail
    return line - (text or "").count("\n")


def release(element: etree._Element) -> None:
    """Frees an element's content and all its earlier siblings."""
    element.clear()
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None:
        parent.remove(before)
