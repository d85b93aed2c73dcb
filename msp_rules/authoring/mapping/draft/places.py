"""Names the places of an export where values are, seen from a record: attributes, texts, cells."""

from __future__ import annotations

import json
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
    """Writes a path as the mapping language does: of elements, of JSON, or of a table's columns."""
    if (names := _json_names(place)) is not None:
        return "/".join(names)
    if place.attribute is not None and plain_word(place.attribute) != place.attribute:
        names = [_step(one) for one in place.steps]
        return "/".join([*names, plain_word(place.attribute)])
    steps = [".."] * place.above + [_step(one) for one in place.steps]
    if place.attribute is not None:
        steps.append(f"@{place.attribute}")
    return "/".join(steps) or "."


def yaml_path(place: Place) -> str:
    """Writes a path as a value in YAML; one in JSON with a stroke in a name is a list of names."""
    names = _json_names(place) or ()
    if any("/" in one or "[" in one for one in names):
        return f"[{', '.join(map(quoted, names))}]"
    return quoted(written_path(place))


def is_list_in_yaml(place: Place) -> bool:
    """Tells whether a path is written as a list, which can't be the key of a condition."""
    return yaml_path(place).startswith("[")


def quoted(text: str) -> str:
    """Writes a text as YAML does."""
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _OTHER_THAN_TEXT
    return text if is_plain else json.dumps(text, ensure_ascii=False)


_OTHER_THAN_TEXT: Final = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
"""Words that some readers of YAML take for something else."""
_PLAIN: Final = re.compile(r"[A-Za-z][\w-]*")


def _json_names(place: Place) -> list[str] | None:
    """Gives the names of a path in JSON, whose members may have any; None for other paths."""
    inner = [*(step.name for step in place.steps), place.attribute or ""]
    if not place.steps or not any(plain_word(one) != one for one in inner[:-1]):
        return None
    names = [".."] * place.above
    for step in place.steps:
        test = "" if step.key is None else f"[{plain_key(step.key)}={step.value}]"
        names.append(f"{plain_word(step.name)}{test}")
    return names if place.attribute is None else [*names, plain_word(place.attribute)]


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
