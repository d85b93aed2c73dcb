"""Parameters: dated, cited numbers or code lists that a council may set."""

from __future__ import annotations

from typing import Final

from msp_rules.casework.moment import parse_date
from msp_rules.casework.workdays import Unit
from msp_rules.errors import SourceLocation
from msp_rules.rules.names import (
    Names,
    as_block,
    as_items,
    as_text,
    check_keys,
    read_each,
    read_whole,
)
from msp_rules.rules.rule import Basis, Parameter, ParameterValue
from msp_rules.rules.yaml_source import Node, Text

UNITS: Final = (*(unit.value for unit in Unit), "count", "codes")


def read_parameter_block(
    name: str, node: Node, names: Names, where: SourceLocation, *, needs_range: bool = True
) -> Parameter:
    """A dated parameter, its values oldest first and within its range."""
    block = as_block(node, names, name)
    check_keys(block, names, "key of a parameter", ("unit", "range", "values"))
    if not {"unit", "values"} <= block.entries.keys():
        raise names.refuse(block.where, "lacking", f"{name} needs unit and values")
    unit = as_text(block.entries["unit"], names)
    if unit not in UNITS:
        raise names.unknown(block.entries["unit"].where, "unit", unit, UNITS)
    bounds = None
    if "range" in block.entries:
        bounds = _range(block.entries["range"], unit, names)
    elif unit != "codes" and needs_range:
        raise names.refuse(block.where, "range", f"{name} needs a range")
    rows = as_items(block.entries["values"], names, "values")
    values = read_each(rows.items, lambda item: _dated(item, name, unit, bounds, names))
    days = [value.first_day for value in values]
    if not days or days != sorted(set(days)):
        raise names.refuse(rows.where, "values", "the values must be dated, oldest first")
    return Parameter(name=name, values=values, unit=unit, range=bounds, where=where)


def _range(node: Node, unit: str, names: Names) -> tuple[int, int]:
    items = as_items(node, names, "range").items
    if unit == "codes":
        raise names.refuse(node.where, "range", "a list of codes has no range")
    if len(items) != 2:
        raise names.refuse(node.where, "range", "range is two whole numbers, as in [0, 20]")
    low, high = read_each(items, lambda item: read_whole(item, names))
    if low > high:
        raise names.refuse(node.where, "range", "range names the lower number first")
    return low, high


def _dated(
    item: Node, name: str, unit: str, bounds: tuple[int, int] | None, names: Names
) -> ParameterValue:
    row = as_block(item, names, "a value", ("from", "value", "basis", "source"))
    try:
        first = parse_date(as_text(row.entries["from"], names))
    except ValueError:
        raise names.refuse(row.entries["from"].where, "date", "not a date (YYYY-MM-DD)") from None
    basis = as_text(row.entries["basis"], names)
    if basis not in list(Basis):
        raise names.unknown(row.entries["basis"].where, "basis", basis, list(Basis))
    value: int | tuple[str, ...]
    node = row.entries["value"]
    if unit == "codes":
        value = _code_list(name, node, names)
    else:
        value = read_whole(node, names)
        if bounds is not None and not bounds[0] <= value <= bounds[1]:
            message = f"{value} lies outside the range {bounds[0]} to {bounds[1]}"
            raise names.refuse(node.where, "range", message)
    source = as_text(row.entries["source"], names)
    return ParameterValue(first_day=first, value=value, basis=Basis(basis), source=source)


def _code_list(name: str, node: Node, names: Names) -> tuple[str, ...]:
    """The codes of a list parameter; which codes there are is known where it is used."""
    items = as_items(node, names, "value").items
    if not items:
        raise names.refuse(node.where, "never", "an empty list can never match")
    codes = read_each(items, lambda one: as_text(one, names))
    written = tuple(one for one in items if isinstance(one, Text))
    names.code_lists[name] = (*names.code_lists.get(name, ()), *written)
    return codes
