"""Decodes the single values of conditions, and the parameters of a rule that may hold them.

A value is a word of the vocabulary, or a number, limit or list of codes: written out, or as `$name`
of a parameter. Parameters are dated, cited numbers or lists of codes that a council may set.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final, NamedTuple, TypeVar

from msp_rules.casework.vocabulary import Field as EventField
from msp_rules.casework.vocabulary import FieldKind
from msp_rules.casework.workdays import Unit
from msp_rules.errors import SourceLocation
from msp_rules.rules.language import conditions as tree
from msp_rules.rules.language.names import (
    DATE,
    LOOSE_WORD,
    WHOLE,
    WHOLE_PATTERN,
    Names,
    is_whole,
    word_as,
)
from msp_rules.rules.language.rule import Basis, Parameter, ParameterValue
from msp_rules.rules.language.wording import spaced
from msp_rules.yaml_source.decode import (
    WORD,
    Context,
    Entry,
    Found,
    Named,
    Record,
    Shape,
    as_block,
    as_items,
    as_text,
    checked,
    entries_of,
    list_of,
    member_of,
    named,
    needed,
    one_known,
    one_of,
    optional,
    read_each,
)
from msp_rules.yaml_source.json_schema import Schema, ref
from msp_rules.yaml_source.nodes import Block, Items, Node, Refused, Text

_Value = TypeVar("_Value", bound="int | tuple[str, ...]")
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
    """Gives the fields of the event type that this part is about."""
    return {} if names.event is None else names.vocabulary.events[names.event].fields


FIELD: Final = named("field", one_known("field", _all_fields))
"""A field of some event; schemas can't say which. Readers look it up where it is used."""
FIELDS: Final = named("fields", list_of(FIELD, "fields", if_empty=("empty", "no field is named")))


# Numbers and limits, each written out or as the parameter that holds it.


def _parameter(text: str, where: SourceLocation, names: Names) -> Parameter:
    """Finds the parameter that `$name` names."""
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
    """Gives the limit that a parameter sets; None where it counts something other than time."""
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
        message = f'"{text}" is not a limit; write $parameter or a number and its unit'
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
    """Takes one or more of the words that `known` gives; any word where it gives none."""

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


UNITS: Final = (*(unit.value for unit in Unit), "count", "codes")


# The rows of a parameter: from a day on, a value.

_FROM: Final = needed("from", DATE)
_BASIS: Final = needed("basis", member_of("basis", Basis))
_SOURCE: Final = needed("source", WORD)
_SAME_UNIT: Final = optional("unit", WORD)


def _rows(value: Shape[Names, _Value], unit: str = "") -> Shape[Names, tuple[ParameterValue, ...]]:
    """Reads dated values, oldest first; a value may repeat the unit of its parameter."""
    number = needed("value", value)

    def read(found: Found[Names], names: Names) -> ParameterValue:
        if found[_SAME_UNIT] not in (None, unit):
            names.refuse(found.place(_SAME_UNIT), "unit", f"its unit is {unit} and stays so")
        return ParameterValue(
            first_day=found[_FROM],
            value=found[number],
            basis=found[_BASIS],
            source=found[_SOURCE],
        )

    row = Record(what="a value", fields=(_FROM, number, _BASIS, _SOURCE, _SAME_UNIT)).shape(read)
    return checked(list_of(row, "values", if_empty=_UNDATED), _oldest_first)


_UNDATED: Final = ("values", "the values must be dated, oldest first")


def _oldest_first(
    values: tuple[ParameterValue, ...], where: SourceLocation, names: Names
) -> tuple[ParameterValue, ...]:
    days = [value.first_day for value in values]
    twice = next((day for day, later in pairwise(sorted(days)) if day == later), None)
    if twice is not None:
        names.refuse(where, _UNDATED[0], f"two values begin on {twice}; one day has one value")
    if days != sorted(days):
        names.refuse(where, *_UNDATED)
    return values


_CODE_LIST: Final = list_of(
    LOOSE_WORD, "value", if_empty=("never", "an empty list can never match")
).described({"type": "array", "items": {"type": ["string", "integer"]}})


def _number_within(bounds: tuple[int, int] | None, unit: str = "") -> Shape[Names, int]:
    counted = f" ({spaced(unit)})" if unit and unit != "count" else ""

    def check(text: str, where: SourceLocation, names: Context) -> int:
        if bounds is None:
            return WHOLE.read(Text(text, False, where), names)
        wanted = f"{bounds[0]} to {bounds[1]}{counted}"
        if not is_whole(text):
            number, _, other = text.partition(" ")
            names.refuse(where, "number", _not_whole(text, wanted, is_whole(number) and other))
        if not bounds[0] <= int(text) <= bounds[1]:
            names.refuse(where, "range", f"{text} lies outside the range {wanted}")
        return int(text)

    return Shape(checked(WORD, check).read, WHOLE.schema)


def _not_whole(text: str, wanted: str, other: object) -> str:
    if other:
        return f'"{text}": the unit is fixed; write the number alone, {wanted}'
    return f'"{text}" is not a whole number from {wanted}'


def _written_codes(rows: Items) -> tuple[Text, ...]:
    """Gives the codes of a list with their places: where it is used, each must be known."""
    values = [row.entries["value"] for row in rows.items if isinstance(row, Block)]
    lists = [value.items for value in values if isinstance(value, Items)]
    return tuple(item for items in lists for item in items if isinstance(item, Text))


# One parameter, and all of a rule.

_UNIT: Final = needed("unit", one_of("unit", UNITS))
_TIME_UNIT: Final = needed("unit", one_of("unit", [unit.value for unit in Unit]))


def _list(what: str, schema: Callable[[Names], Schema]) -> Shape[Names, Items]:
    """Takes a list as written: what its items mean depends on the unit."""
    return Shape(lambda node, names: as_items(node, names, what), schema)


def _two_numbers(names: Names) -> Schema:
    return {"type": "array", "minItems": 2, "maxItems": 2, "items": WHOLE.schema(names)}


_RANGE: Final = optional("range", _list("range", _two_numbers))
_VALUES: Final = needed("values", _list("values", lambda _: {"type": "array"}))
_PARAMETER: Final = Record(what="a parameter", fields=(_UNIT, _RANGE, _VALUES))


class ReadParameter(NamedTuple):
    """A parameter, and the codes of a list as written: where it is used, each must be known."""

    parameter: Parameter
    """The parameter, with its values oldest first."""
    codes: tuple[Text, ...]
    """The codes of a list as written, with their places; empty for a number."""


def read_parameter(entry: Entry, names: Names, *, needs_range: bool = True) -> ReadParameter:
    """Reads a dated parameter, its values oldest first and within its range."""
    name = entry.key
    block = as_block(entry.value, names, name)
    record = replace(_PARAMETER, lacking=("lacking", f"{name} needs unit and values"))
    found = record.open(block, names)
    found.need_sound()  # a key misspelt must not be told as a range or unit that lacks, too
    found.read_rest(names)
    found.need_sound()
    unit, limits, rows = found[_UNIT], found[_RANGE], found[_VALUES]
    bounds = _bounds(limits, unit, names) if limits is not None else None
    if bounds is None and unit != "codes" and needs_range:
        names.refuse(block.where, "range", f"{name} needs a range")
    value = _CODE_LIST if unit == "codes" else _number_within(bounds, unit)
    values = _rows(value, unit).read(rows, names)
    parameter = Parameter(name=name, values=values, unit=unit, range=bounds, where=entry.place)
    return ReadParameter(parameter, _written_codes(rows) if unit == "codes" else ())


def _bounds(limits: Items, unit: str, names: Names) -> tuple[int, int]:
    if unit == "codes":
        names.refuse(limits.where, "range", "a list of codes has no range")
    if len(limits.items) != 2:
        message = "range is two whole numbers, as in [0, 20]"
        names.refuse(limits.where, "range", message)
    low, high = read_each(limits.items, lambda item: WHOLE.read(item, names))
    if low > high:
        names.refuse(limits.where, "range", "range names the lower number first")
    return low, high


def parameter_schema(names: Names) -> Schema:
    """Describes a parameter of a rule: a number with its range, or a list of codes."""
    dated = {"properties": {_VALUES.key: _rows(_number_within(None)).schema(names)}}
    return {
        **_PARAMETER.schema(names),
        "if": {"properties": {_UNIT.key: {"const": "codes"}}, "required": [_UNIT.key]},
        "then": {"properties": {_VALUES.key: _rows(_CODE_LIST).schema(names)}},
        "else": {**dated, "required": [_RANGE.key]},
    }


def setting_schema(names: Names) -> Schema:
    """Describes a parameter of a whole ruleset: a length of time, which no council sets."""
    rows = needed(_VALUES.key, _rows(_number_within(None)))
    return Record(what="a parameter", fields=(_TIME_UNIT, _RANGE, rows)).schema(names)


def new_values_schema(names: Names) -> Schema:
    """Describes new rows for a parameter whose unit is given elsewhere."""
    codes: Schema = {"minItems": 1, "items": LOOSE_WORD.schema(names)}
    number = WHOLE.schema(names)
    either: Schema = {"if": {"type": "array"}, "then": codes, "else": number}
    return _rows(WHOLE.described(either)).schema(names)


class Parameters(NamedTuple):
    """The parameters of a rule by name, codes as written, and the names of those with mistakes."""

    found: Mapping[str, Parameter]
    """The parameters without mistakes, by name."""
    codes: Mapping[str, tuple[Text, ...]]
    """The codes of each parameter in `found` as written, by name; empty for a number."""
    broken: frozenset[str]
    """The names of the parameters with mistakes, each with its `$`."""


def _read_parameters(node: Node, names: Names) -> Parameters:
    block = as_block(node, names, "parameters")
    found: dict[str, ReadParameter] = {}
    for entry in entries_of(block):
        try:
            found[entry.key] = read_parameter(entry, names)
        except Refused:
            continue
    return Parameters(
        found={name: one.parameter for name, one in found.items()},
        codes={name: one.codes for name, one in found.items()},
        broken=frozenset(f"${name}" for name in block.entries.keys() - found.keys()),
    )


PARAMETERS: Final = Shape(
    _read_parameters,
    lambda names: {"type": "object", "additionalProperties": parameter_schema(names)},
)
"""All parameters of a rule: one with mistakes is left out and named as broken."""
