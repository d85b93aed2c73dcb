"""The texts that a mapping finds in an element of the source, as the vocabulary writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

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
from msp_rules.intake.mapping.mapped_times import mapped_time

DAMAGED: Final = "{urn:msp-rules:mapping}damaged"
"""Marks a row of which nothing but its key can be read."""
AMBIGUOUS: Final = "{urn:msp-rules:mapping}ambiguous"
"""Marks a row whose own key another one has too."""


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


class Values(NamedTuple):
    """The values as the vocabulary writes them, UNREADABLE for one that can't be read.

    `unmapped` counts texts that the mapping does not know: labels in no code table (also where the
    table says what another label means), and dates in another form.
    """

    values: tuple[str, ...]
    unmapped: int = 0


def values_of(element: etree._Element, rule: ValueRule) -> Values:
    """What the source says of a value.

    An empty text is an absent value: forms export the fields that nobody filled in, too.
    """
    if rule.constant is not None or rule.path is None:
        return Values((rule.constant or "",))
    read = [_mapped(text, rule) for text in texts_at(element, rule.path)]
    values = tuple(value for value, _ in read if value is not None)
    return Values(values, sum(not is_known for _, is_known in read))


def texts_at(element: etree._Element, path: FieldPath) -> list[str]:
    """The texts that are not empty at a path, without white space around them."""
    texts = [
        one.text if path.attribute is None else one.get(path.attribute)
        for one in elements_at(element, path.steps)
    ]
    return [text.strip() for text in texts if text is not None and text.strip()]


def is_damaged_at(element: etree._Element, path: FieldPath) -> bool:
    """Whether a row that can't be read may hold a value of this path."""
    return any(one.get(DAMAGED) is not None for one in elements_at(element, path.steps))


def holds(element: etree._Element, condition: Condition) -> bool:
    """Whether any text at the path of a condition is one of its values."""
    return any(text in condition.values for text in texts_at(element, condition.path))


def _fits(child: etree._Element, step: PathStep) -> bool:
    if child.tag != step.name and local_name(child) != step.name:
        return False
    if step.attribute is None or child.get(step.attribute) == step.value:
        return True
    return child.get(DAMAGED) is not None  # it may be the one


def _mapped(text: str, rule: ValueRule) -> tuple[str | None, bool]:
    """A text's value, None for an absent one, and whether the mapping knows it."""
    if text == rule.withheld:
        return WITHHELD, True
    if rule.table is not None:
        code = rule.table.codes.get(text, rule.table.unknown)
        return None if code == LEFT_OUT else code or UNREADABLE, text in rule.table.codes
    if rule.date_format is not None or rule.is_day or rule.time_zone is not None:
        return mapped_time(text, rule)
    return text + rule.suffix, True
