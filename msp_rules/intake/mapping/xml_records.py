"""Turns elements of a vendor's XML into records, and reads single texts of elements."""

from __future__ import annotations

from typing import cast

from lxml import etree

from msp_rules.intake.case_elements import LINES_KEPT, line_of
from msp_rules.intake.mapping.language import FieldPath, PathStep
from msp_rules.intake.mapping.records import Record
from msp_rules.intake.reading import Place


def record_of(element: etree._Element, name: str) -> Record:
    """Makes a record of an element of the file with this name, with all elements inside."""
    return _record_of(element, name, line_of(element) or 0)


def _record_of(element: etree._Element, name: str, line: int) -> Record:
    own = cast("int", element.sourceline or 0)
    place = Place(name, (own if own < LINES_KEPT else line_of(element) or 0) or line)
    values = dict(cast("list[tuple[str, str]]", element.items()))
    record = Record(local_name(element), place, values, element.text)
    if len(element):
        # The parser refuses what is nested deeper than 256 elements.
        record.children = [
            _record_of(child, name, line) for child in element if isinstance(child.tag, str)
        ]
    return record


def local_name(element: etree._Element) -> str:
    """Gives the name of an element without its namespace; empty of what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def texts_in(element: etree._Element, path: FieldPath) -> list[str]:
    """Finds the texts at a path that are not empty, without white space around them.

    Quicker than `record_of` where one value is asked for alone.
    """
    found = [element]
    for step in path.steps:
        found = [child for one in found for child in one if _is_step(child, step)]
    texts = [one.text if path.attribute is None else one.get(path.attribute) for one in found]
    return [text.strip() for text in texts if text is not None and text.strip()]


def _is_step(element: etree._Element, step: PathStep) -> bool:
    return local_name(element) == step.name and (
        step.attribute is None or element.get(step.attribute) == step.value
    )
