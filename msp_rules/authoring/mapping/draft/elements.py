"""Reads names and texts of single elements of XML, which a draft looks at one by one."""

from __future__ import annotations

from lxml import etree

from msp_rules.authoring.mapping.draft.places import Place


def local_name(element: etree._Element) -> str:
    """Gives the name of an element without its namespace; the empty text for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def writable(text: str) -> str:
    """Drops characters that XML can't hold; dates, ids and labels don't depend on them."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\t\n\r")


def text_of(element: etree._Element, key: str) -> str | None:
    """Gives the text under a key of an element (`@attribute`, or a child's name); None for none."""
    if key.startswith("@"):
        found = _attribute(element, key[1:])
        return found.strip() or None if found is not None else None
    for child in element:
        if local_name(child) == key and len(child) == 0 and child.text and child.text.strip():
            return str(child.text).strip()
    return None


def _attribute(element: etree._Element, name: str) -> str | None:
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def key_text(element: etree._Element, place: Place) -> str | None:
    """Gives the text at a place of an element itself, or of a child without children."""
    if place.steps:
        return text_of(element, place.steps[0].name) if place.attribute is None else None
    return text_of(element, f"@{place.attribute}") if place.attribute is not None else None
