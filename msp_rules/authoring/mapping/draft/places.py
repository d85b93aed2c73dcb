"""Names the places of an export where values are, seen from a record: attributes, texts, cells."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from msp_rules.authoring.mapping.draft.words import plain_word


class Step(NamedTuple):
    """A step to a child element, or to a joined row."""

    name: str
    """The name of the child."""
    key: str | None = None
    """The place in the child that must have the value: `@attribute`, or the name of a child."""
    value: str | None = None
    """That value."""


class Place(NamedTuple):
    """The place of a value."""

    steps: tuple[Step, ...]
    """The steps from the record."""
    attribute: str | None = None
    """The attribute or column; None for the text of the last element."""
    above: int = 0
    """The number of elements to go up first."""
    part: str | None = None
    """The key in each item of a list in JSON; None for the whole text."""

    @property
    def own_name(self) -> str:
        """The name that the place ends in."""
        return plain_word(self.attribute or (self.steps[-1].name if self.steps else ""))

    @property
    def asks(self) -> tuple[str, ...]:
        """The values in the path: questions, for example."""
        return tuple(step.value for step in self.steps if step.value is not None)


def written_path(place: Place) -> str:
    """Writes a path as the mapping language does: of elements, or of tables and columns."""
    if place.attribute is not None and plain_word(place.attribute) != place.attribute:
        names = [_step(one) for one in place.steps]
        return "/".join([*names, plain_word(place.attribute)])
    steps = [".."] * place.above + [_step(one) for one in place.steps]
    if place.attribute is not None:
        steps.append(f"@{place.attribute}")
    return "/".join(steps) or "."


def _step(step: Step) -> str:
    return step.name if step.key is None else f"{step.name}[{plain_key(step.key)}={step.value}]"


def plain_key(key: str) -> str:
    """Writes the key of a condition: a column's name without the sign of an attribute."""
    name = key.removeprefix("@")
    return plain_word(name) if plain_word(name) != name else key


def can_be_asked_for(value: str) -> bool:
    """Tells whether a value can stand in the condition of a path."""
    return bool(value) and _NO_CONDITION.search(value) is None


_NO_CONDITION: Final = re.compile(r"[\[\]/]|^\s|\s$|[^\S ]")
