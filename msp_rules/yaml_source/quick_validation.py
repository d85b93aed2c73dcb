"""Checks documents by JSON Schema, and passes over what is plainly right.

jsonschema makes a validator for each part of a schema that it comes to, which takes most of the
time of a small document. A word of an enumeration or a text of a pattern needs none. Whatever is
not plainly right is left to jsonschema, which says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_Test = Callable[[Any, Any], bool]


@cache
def quick_validator() -> type[Draft202012Validator]:
    """Gives a class of validators of draft 2020-12 that passes over what is plainly right.

    Raises ImportError without jsonschema.
    """
    # Whoever validates nothing needs no jsonschema.
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415

    extend: Callable[..., type[Draft202012Validator]] = validators.extend
    return extend(Draft202012Validator, {"properties": _properties})


def _properties(
    validator: Any, properties: Mapping[str, Any], instance: object, _schema: object
) -> Iterator[ValidationError]:
    """Does what the keyword `properties` does."""
    if not isinstance(instance, dict):
        return
    for name, schema in properties.items():
        if name in instance and not is_plainly_right(instance[name], schema):
            yield from validator.descend(instance[name], schema, path=name, schema_path=name)


def is_plainly_right(value: object, schema: object) -> bool:
    """Tells whether a text, or a list of texts, surely is valid; False where that is not plain."""
    if not isinstance(schema, dict):
        return False
    tests = _OF_TEXTS if type(value) is str else _OF_LISTS if type(value) is list else None
    if tests is None:
        return False
    for keyword, wanted in schema.items():
        test = tests.get(keyword)
        if test is None or not test(value, wanted):
            return False
    return True


def _is_type(name: str) -> _Test:
    def test(_value: object, wanted: object) -> bool:
        return wanted == name or (isinstance(wanted, list) and name in wanted)

    return test


def _fine(_value: object, _wanted: object) -> bool:
    return True


def _has_pattern(value: str, wanted: str) -> bool:
    return re.search(wanted, value) is not None


def _is_of_objects(_value: object, wanted: object) -> bool:
    return wanted == {"type": "object"}


_ABOUT: Final[dict[str, _Test]] = {"title": _fine, "description": _fine}
_OF_TEXTS: Final[dict[str, _Test]] = {
    **_ABOUT,
    "type": _is_type("string"),
    "enum": lambda value, wanted: value in wanted,
    "const": lambda value, wanted: value == wanted,
    "pattern": _has_pattern,
    "minLength": lambda value, wanted: len(value) >= wanted,
    "maxLength": lambda value, wanted: len(value) <= wanted,
    # What stands under a condition on objects says nothing of a text.
    "if": _is_of_objects,
    "then": _fine,
}
_OF_LISTS: Final[dict[str, _Test]] = {
    **_ABOUT,
    "type": _is_type("array"),
    "minItems": lambda value, wanted: len(value) >= wanted,
    "items": lambda value, wanted: all(is_plainly_right(one, wanted) for one in value),
}
"""The keywords by which texts and lists are judged, each with a test of a value by what it says."""
