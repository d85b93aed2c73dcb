"""Tables and columns as the steps of a path: a row is an element, its cells are attributes.

So that what reads a path in XML reads one in tables too. Names of tables and columns may hold
anything; as names in XML they are written in a way that can be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from msp_rules.casework.vocabulary import nearest
from msp_rules.intake.mapping.language import FieldPath, PathStep

_TABLE: Final = re.compile(r"(?P<table>[^\[]+?)(?:\[(?P<column>[^=\]]+)=(?P<value>[^\]]+)\])?")
_WRITTEN: Final = re.compile(r"_(?:_|x([0-9a-f]+)_)")

Chains = Mapping[str, tuple[str, ...]]
"""From each joined table's name the names that lead to its rows, from the case's row on."""


def xml_name(name: str) -> str:
    """A table's or column's name as a name in XML; `plain_name` takes it back."""
    return "t" + "".join(map(_written, name))


def plain_name(written: str) -> str:
    """The name that `xml_name` was given."""
    return _WRITTEN.sub(lambda m: chr(int(m[1], 16)) if m[1] else "_", written[1:])


def column_path(text: str, base: tuple[str, ...], chains: Chains) -> FieldPath:
    """A path in tables: `column`, `table/column`, `table[column=value]/column`, or `.`.

    `base` leads to the row at which it starts. Raises ValueError for a table not joined to it.
    """
    if text == ".":
        return FieldPath(())
    first, stroke, column = text.partition("/")
    found = _TABLE.fullmatch(first)
    if not stroke or found is None or not column:
        return FieldPath((), xml_name(text))
    chain = chains.get(found["table"])
    if chain is None:
        if found["column"] is None:
            return FieldPath((), xml_name(text))  # a column whose name holds a stroke
        raise ValueError(f"not a path: {_unknown(found['table'], chains)}")
    if chain[: len(base)] != base or len(chain) == len(base):
        raise ValueError(f"not a path: the rows of {found['table']} are not joined to these rows")
    steps = [PathStep(xml_name(name)) for name in chain[len(base) :]]
    if found["column"] is not None:
        steps[-1] = PathStep(steps[-1].name, xml_name(found["column"]), found["value"])
    return FieldPath(tuple(steps), xml_name(column))


def table_path(text: str, chains: Chains) -> FieldPath:
    """Where an event's records are: a joined table, or `.` for the case's own row.

    Raises ValueError for a table that is not joined.
    """
    if text == ".":
        return FieldPath(())
    if text not in chains:
        raise ValueError(f"not a table: {_unknown(text, chains)}")
    return FieldPath(tuple(PathStep(xml_name(name)) for name in chains[text]))


def first_row_path(text: str) -> FieldPath:
    """`table/column`: the value in the first row of a table, joined or not; raises ValueError."""
    table, _, column = text.partition("/")
    if not table or not column:
        raise ValueError("not a path: write table/column; the table's first row is read")
    return FieldPath((PathStep(xml_name(table)),), xml_name(column))


def _unknown(table: str, chains: Chains) -> str:
    guess = nearest(table, chains)
    return f'no joined table is called "{table}"' + (f'; did you mean "{guess}"?' if guess else "")


def _written(letter: str) -> str:
    if letter.isascii() and letter.isalnum():
        return letter
    return "__" if letter == "_" else f"_x{ord(letter):x}_"
