"""Decodes parameters: dated, cited numbers or lists of codes that a council may set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple, TypeVar

from msp_rules.casework.workdays import Unit
from msp_rules.errors import SourceLocation
from msp_rules.rules.language.names import DATE, LOOSE_WORD, WHOLE, Names
from msp_rules.rules.language.rule import Basis, Parameter, ParameterValue
from msp_rules.yaml_source.decode import (
    WORD,
    Entry,
    Record,
    Shape,
    as_block,
    as_items,
    checked,
    entries_of,
    list_of,
    member_of,
    needed,
    one_of,
    optional,
    read_each,
)
from msp_rules.yaml_source.json_schema import Schema
from msp_rules.yaml_source.nodes import Block, Items, Node, Refused, Text

_Value = TypeVar("_Value", bound="int | tuple[str, ...]")

UNITS: Final = (*(unit.value for unit in Unit), "count", "codes")


# The rows of a parameter: from a day on, a value.

_FROM: Final = needed("from", DATE)
_BASIS: Final = needed("basis", member_of("basis", Basis))
_SOURCE: Final = needed("source", WORD)


def _rows(value: Shape[Names, _Value]) -> Shape[Names, tuple[ParameterValue, ...]]:
    """Dated values, oldest first."""
    number = needed("value", value)
    row = Record(what="a value", fields=(_FROM, number, _BASIS, _SOURCE)).shape(
        lambda found, _: ParameterValue(
            first_day=found[_FROM],
            value=found[number],
            basis=found[_BASIS],
            source=found[_SOURCE],
        )
    )
    return checked(list_of(row, "values", if_empty=_UNDATED), _oldest_first)


_UNDATED: Final = ("values", "the values must be dated, oldest first")


def _oldest_first(
    values: tuple[ParameterValue, ...], where: SourceLocation, names: Names
) -> tuple[ParameterValue, ...]:
    days = [value.first_day for value in values]
    if days != sorted(set(days)):
        names.refuse(where, *_UNDATED)
    return values


_CODES: Final = list_of(
    LOOSE_WORD, "value", if_empty=("never", "an empty list can never match")
).described({"type": "array", "items": {"type": ["string", "integer"]}})


def _number(bounds: tuple[int, int] | None) -> Shape[Names, int]:
    def check(number: int, where: SourceLocation, names: Names) -> int:
        if bounds is not None and not bounds[0] <= number <= bounds[1]:
            message = f"{number} lies outside the range {bounds[0]} to {bounds[1]}"
            names.refuse(where, "range", message)
        return number

    return checked(WHOLE, check)


def _written_codes(rows: Items) -> tuple[Text, ...]:
    """The codes of a list parameter with their places: where it is used, each must be known."""
    values = [row.entries["value"] for row in rows.items if isinstance(row, Block)]
    lists = [value.items for value in values if isinstance(value, Items)]
    return tuple(item for items in lists for item in items if isinstance(item, Text))


# One parameter, and all of a rule.

_UNIT: Final = needed("unit", one_of("unit", UNITS))
_TIME_UNIT: Final = needed("unit", one_of("unit", [unit.value for unit in Unit]))


def _list(what: str, schema: Callable[[Names], Schema]) -> Shape[Names, Items]:
    """A list as it stands: what its items mean hangs on the unit."""
    return Shape(lambda node, names: as_items(node, names, what), schema)


def _two_numbers(names: Names) -> Schema:
    return {"type": "array", "minItems": 2, "maxItems": 2, "items": WHOLE.schema(names)}


_RANGE: Final = optional("range", _list("range", _two_numbers))
_VALUES: Final = needed("values", _list("values", lambda _: {"type": "array"}))
_PARAMETER: Final = Record(what="a parameter", fields=(_UNIT, _RANGE, _VALUES))


class ReadParameter(NamedTuple):
    """A parameter, and the codes of a list as written: where it is used, each must be known."""

    parameter: Parameter
    codes: tuple[Text, ...]


def read_parameter(entry: Entry, names: Names, *, needs_range: bool = True) -> ReadParameter:
    """A dated parameter, its values oldest first and within its range."""
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
    values = _rows(_CODES if unit == "codes" else _number(bounds)).read(rows, names)
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
    dated = {"properties": {_VALUES.key: _rows(_number(None)).schema(names)}}
    return {
        **_PARAMETER.schema(names),
        "if": {"properties": {_UNIT.key: {"const": "codes"}}, "required": [_UNIT.key]},
        "then": {"properties": {_VALUES.key: _rows(_CODES).schema(names)}},
        "else": {**dated, "required": [_RANGE.key]},
    }


def setting_schema(names: Names) -> Schema:
    """Describes a parameter of a whole ruleset: a length of time, which no council sets."""
    rows = needed(_VALUES.key, _rows(_number(None)))
    return Record(what="a parameter", fields=(_TIME_UNIT, _RANGE, rows)).schema(names)


def new_values_schema(names: Names) -> Schema:
    """Describes new rows for a parameter of a unit that is said elsewhere."""
    codes: Schema = {"minItems": 1, "items": LOOSE_WORD.schema(names)}
    number = WHOLE.schema(names)
    either: Schema = {"if": {"type": "array"}, "then": codes, "else": number}
    return _rows(WHOLE.described(either)).schema(names)


class Parameters(NamedTuple):
    """The parameters of a rule by name, codes as written, and the names of those with mistakes."""

    found: Mapping[str, Parameter]
    codes: Mapping[str, tuple[Text, ...]]
    broken: frozenset[str]


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
