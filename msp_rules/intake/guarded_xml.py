"""How XML from outside is parsed: no document types, no entities, no network, no endless depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lxml import etree

DOCTYPE_REFUSED: Final = "a DOCTYPE is refused: an export needs none"
EMPTY: Final = "the file is empty"
NOT_WELL_FORMED: Final = "it is not well-formed XML from here on"


def guarded_parser(tag: Sequence[str] | None = None) -> etree.XMLPullParser:
    """A parser that is fed piece by piece; it tells of every element, or of those with a `tag`.

    What it is fed first is to be looked at by `has_doctype`, and its root by `is_typed`.
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


def has_doctype(chunk: bytes) -> bool:
    """Whether a document type stands before the root, in any of the encodings that XML allows."""
    return b"<!DOCTYPE" in chunk.replace(b"\x00", b"")


def is_typed(root: etree._Element) -> bool:
    """Whether a document type got past `has_doctype`."""
    return root.getroottree().docinfo.internalDTD is not None


def let_go(element: etree._Element) -> None:
    """Frees an element's content, and everything beside it that came before."""
    element.clear()
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None:
        parent.remove(before)
