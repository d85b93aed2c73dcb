"""Decodes the single values of conditions: event types, numbers, limits and codes.

Each is a word of the vocabulary, or a number or list that a parameter of the rule may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from msp_rules.casework.vocabulary import Field as EventField
from msp_rules.casework.vocabulary import FieldKind
from msp_rules.casework.workdays import Unit
from msp_rules.errors import SourceLocation
from msp_rules.rules.language import conditions as tree
from msp_rules.rules.language.names import WHOLE, WHOLE_PATTERN, Names, is_whole, word_as
from msp_rules.rules.language.rule import Parameter
from msp_rules.yaml_source.decode import (
    Named,
    Shape,
    as_text,
    list_of,
    named,
    one_known,
    read_each,
)
from msp_rules.yaml_source.json_schema import Schema, ref
from msp_rules.yaml_source.nodes import Items, Node, Refused, Text

_BEGINNING: Final = -(10**6)
_PARAMETER_PATTERN: Final = r"\$.+"
ENVELOPE: Final = ("id", "agency", "role")
"""The parts of every event that a rule may test."""

# Words that the vocabulary knows.

EVENT_TYPE: Final[Named[Names, str]] = named(
    "event_type", one_known("event type", lambda names: names.vocabulary.events)
)


def _all_fields(names: Names) -> list[str]:
    kinds = names.vocabulary.events.values()
    return sorted({*(name for kind in kinds for name in kind.fields), *ENVELOPE})


def fields_here(names: Names) -> Mapping[str, EventField]:
    """The fields of the event type that this part speaks of."""
    return {} if names.event is None else names.vocabulary.events[names.event].fields


FIELD: Final = named("field", one_known("field", _all_fields))
"""A field of some event; schemas can't say of which. Readers look it up where it is used."""
FIELDS: Final = named("fields", list_of(FIELD, "fields", if_empty=("empty", "no field is named")))


# Numbers and limits, each written out or as the parameter that holds it.


def _parameter(text: str, where: SourceLocation, names: Names) -> Parameter:
    """The parameter that `$name` names."""
    name = text.removeprefix("$")
    if f"${name}" in names.broken:
        raise Refused
    if name not in names.parameters:
        names.refuse_unknown(where, "parameter", name, names.parameters)
    return names.parameters[name]


def _number(text: str, where: SourceLocation, names: Names) -> int:
    literal = Text(text, False, where)
    if not text.startswith("$"):
        number = WHOLE.read(literal, names)
        names.literals.append(literal)
        return number
    parameter = _parameter(text, where, names)
    value = parameter.value_on(names.on_day)
    if parameter.unit != "count" or not isinstance(value, int):
        message = f"{text} is in {parameter.unit}; a number needs the unit count"
        names.refuse(where, "unit", message)
    return value


NUMBER: Final = named(
    "number",
    word_as(_number).described(
        {
            "title": "a whole number or $parameter",
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": rf"^({WHOLE_PATTERN}|{_PARAMETER_PATTERN})$",
        }
    ),
)


def limit_of(parameter: Parameter) -> tree.Limit | None:
    """The limit that a parameter sets; None where it counts something other than time."""
    if parameter.unit not in list(Unit):
        return None
    numbers = [
        (one.first_day.toordinal(), one.value)
        for one in parameter.values
        if isinstance(one.value, int)
    ]
    return tree.Limit(unit=Unit(parameter.unit), values=tuple(numbers), parameter=parameter.name)


def _limit(text: str, where: SourceLocation, names: Names) -> tree.Limit:
    if text.startswith("$"):
        parameter = _parameter(text, where, names)
        limit = limit_of(parameter)
        if limit is None:
            message = f"{text} counts {parameter.unit}; a limit needs a unit of time"
            names.refuse(where, "unit", message)
        return limit
    number, _, unit = text.partition(" ")
    if is_whole(number) and unit and unit not in list(Unit):
        names.refuse_unknown(where, "unit", unit, list(Unit))
    if not is_whole(number) or not unit:
        message = f'"{text}" is no limit; write $parameter or a number and its unit'
        names.refuse(where, "limit", message)
    names.literals.append(Text(text, False, where))
    return tree.Limit(unit=Unit(unit), values=((_BEGINNING, int(number)),))


LIMIT: Final = named(
    "limit",
    word_as(_limit).described(
        {
            "title": "$parameter, or a number and its unit",
            "type": "string",
            "pattern": rf"^({WHOLE_PATTERN} ({'|'.join(Unit)})|{_PARAMETER_PATTERN})$",
        }
    ),
)


# Codes: one, several, or the list that a parameter holds.


def codes_of(what: str, known: Callable[[Names], Collection[str]]) -> Named[Names, tuple[str, ...]]:
    """One or more of the words that `known` gives; any words at all where it gives none."""

    def code(node: Node, names: Names) -> str:
        text, words = as_text(node, names), known(names)
        if text in ("true", "false") and words:
            names.refuse(node.where, "flag", 'write "yes" or "no", in quotes')
        if words and text not in words:
            names.refuse_unknown(node.where, what, text, words)
        return text

    def read(node: Node, names: Names) -> tuple[str, ...]:
        if isinstance(node, Text) and node.value.startswith("$"):
            parameter = _parameter(node.value, node.where, names)
            value = parameter.value_on(names.on_day)
            if not isinstance(value, tuple):
                names.refuse(node.where, "unit", f"{node.value} is not a list of codes")
            written = names.code_lists.get(parameter.name, ())
            read_each(written, lambda item: code(item, names))
            return value
        items = node.items if isinstance(node, Items) else (node,)
        if not items:
            names.refuse(node.where, "never", "an empty list can never match")
        return read_each(items, lambda item: code(item, names))

    return named("codes", Shape(read, lambda _: _CODES))


_CODES: Final[Schema] = {
    "type": ["string", "integer", "array"],
    "if": {"type": "array"},
    "then": {"minItems": 1, "items": {"title": "one word", "type": ["string", "integer"]}},
}
EXPLANATION_CODES: Final = codes_of(
    "code", lambda names: names.vocabulary.enums["explanation_code"]
)
NEEDED_FIELDS: Final = codes_of("field", fields_here).described(
    {"if": {"type": "array"}, "then": ref("fields"), "else": ref("field")}
)


def _date_field(node: Node, names: Names) -> str:
    fields, name = fields_here(names), as_text(node, names)
    if name not in fields or fields[name].kind is not FieldKind.DATE:
        dates = [one.name for one in fields.values() if one.kind is FieldKind.DATE]
        names.refuse_unknown(node.where, f"date field of {names.event}", name, dates)
    return name


DATE_FIELD: Final = Shape(_date_field, FIELD.schema)
