"""Reads names and texts of single elements of XML, which a draft looks at one by one."""

from __future__ import annotations

from lxml import etree

from msp_rules.intake.mapping.language import FieldPath, PathStep


def local_name(element: etree._Element) -> str:
    """Gives the name of an element without its namespace; the empty text for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def texts_in(element: etree._Element, path: FieldPath) -> list[str]:
    """Finds the texts at a path that are not empty, without white space around them."""
    found = [element]
    for step in path.steps:
        found = [child for one in found for child in one if _is_step(child, step)]
    texts = [one.text if path.attribute is None else one.get(path.attribute) for one in found]
    return [text.strip() for text in texts if text is not None and text.strip()]


def _is_step(element: etree._Element, step: PathStep) -> bool:
    return local_name(element) == step.name and (
        step.attribute is None or element.get(step.attribute) == step.value
    )
