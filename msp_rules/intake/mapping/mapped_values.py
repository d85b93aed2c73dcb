"""The texts that a mapping finds in an element of the source, as the vocabulary writes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lxml import etree

from msp_rules.casework.case import WITHHELD
from msp_rules.intake.mapping.language import (
    LEFT_OUT,
    UNREADABLE,
    Condition,
    FieldPath,
    PathStep,
    ValueRule,
)


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace; empty of what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def elements_at(element: etree._Element, steps: Iterable[PathStep]) -> list[etree._Element]:
    """Every element that the steps lead to, in the order of the file."""
    found = [element]
    for step in steps:
        found = [child for one in found for child in one if _fits(child, step)]
    return found


def values_of(element: etree._Element, rule: ValueRule) -> list[str]:
    """The values as the vocabulary writes them; UNREADABLE for one that did not map.

    An empty text is an absent value: forms export the fields that nobody filled in, too.
    """
    if rule.constant is not None or rule.path is None:
        return [rule.constant or ""]
    values = [_mapped(text, rule) for text in texts_at(element, rule.path)]
    return [value for value in values if value is not None]


def texts_at(element: etree._Element, path: FieldPath) -> list[str]:
    """The texts that are not empty at a path, without white space around them."""
    texts = [
        one.text if path.attribute is None else one.get(path.attribute)
        for one in elements_at(element, path.steps)
    ]
    return [text.strip() for text in texts if text is not None and text.strip()]


def holds(element: etree._Element, condition: Condition) -> bool:
    """Whether any text at the path of a condition is one of its values."""
    return any(text in condition.values for text in texts_at(element, condition.path))


def _fits(child: etree._Element, step: PathStep) -> bool:
    if local_name(child) != step.name:
        return False
    return step.attribute is None or child.get(step.attribute) == step.value


def _mapped(text: str, rule: ValueRule) -> str | None:
    if text == rule.withheld:
        return WITHHELD
    if rule.table is not None:
        code = rule.table.codes.get(text, rule.table.unknown)
        return None if code == LEFT_OUT else code or UNREADABLE
    if rule.date_format is not None:
        return _date(text, rule.date_format)
    return text + rule.suffix


def _date(text: str, date_format: str) -> str:
    try:
        # A wall clock's time is meant where the format has no offset, as in the canonical export.
        read = datetime.strptime(text, date_format)  # noqa: DTZ007
    except ValueError:
        return UNREADABLE
    has_time = any(mark in date_format for mark in ("%H", "%I", "%T"))
    return read.isoformat() if has_time else read.date().isoformat()
