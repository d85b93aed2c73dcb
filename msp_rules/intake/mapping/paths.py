"""Reads paths as a mapping file writes them: through elements or objects, or to a column.

Tables and columns become steps of a path too (a row is a record, its cells are its values), and so
do the names of members in JSON, so that what reads a path in XML reads one in the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from msp_rules.errors import did_you_mean
from msp_rules.intake.mapping.element_paths import parse_path
from msp_rules.intake.mapping.language import AS_JSON, UP, FieldPath, PathStep, SourceKind
from msp_rules.intake.mapping.table_names import plain_name

_TABLE: Final = re.compile(r"(?P<table>[^\[]+?)(?:\[(?P<column>[^=\]]+)=(?P<value>[^\]]+)\])?")

_MEMBER: Final = re.compile(r"(?P<name>[^\[]+)\[(?P<key>[^=\]]+)=(?P<value>[^\]]+)\]")

Written = str | tuple[str, ...]
"""A path as a file writes it; only in JSON it may be a list of names."""
Chains = Mapping[str, tuple[str, ...]]
"""The names that lead from the case's row to the rows of a joined table, by its name."""


def column_path(text: str, base: tuple[str, ...], chains: Chains) -> FieldPath:
    """Parses a path in tables: `column`, `table/column`, `table[column=value]/column`, or `.`.

    `base` leads to the row at which it starts. Raises ValueError for a table not joined to it.
    """
    if text == ".":
        return FieldPath(())
    first, stroke, column = text.partition("/")
    found = _TABLE.fullmatch(first)
    if not stroke or found is None or not column:
        return FieldPath((), plain_name(text))
    chain = chains.get(found["table"])
    if chain is None:
        if found["column"] is None:
            return FieldPath((), plain_name(text))  # a column whose name holds a stroke
        raise ValueError(f"not a path: {_unknown(found['table'], chains)}")
    if chain[: len(base)] != base or len(chain) == len(base):
        raise ValueError(f"not a path: the rows of {found['table']} are not joined to these rows")
    steps = [PathStep(name) for name in chain[len(base) :]]
    if found["column"] is not None:
        steps[-1] = PathStep(steps[-1].name, plain_name(found["column"]), found["value"])
    return FieldPath(tuple(steps), plain_name(column))


def table_path(text: str, chains: Chains) -> FieldPath:
    """Parses where an event's records are: a joined table, or `.` for the case's own row.

    Raises ValueError for a table that is not joined.
    """
    if text == ".":
        return FieldPath(())
    if text not in chains:
        raise ValueError(f"not a table: {_unknown(text, chains)}")
    return FieldPath(tuple(PathStep(name) for name in chains[text]))


def member_path(names: str | Sequence[str]) -> FieldPath:
    """Parses a path in JSON: `name/name[name=value]/name`, `.`, or a list of plain names.

    It may begin with `..`, as often as there are objects around. Raises ValueError for a name that
    is empty.
    """
    if names == ".":
        return FieldPath(())
    parts = names.split("/") if isinstance(names, str) else list(names)
    up = 0
    while up < len(parts) and parts[up] == UP:
        up += 1
    *parts, last = parts[up:] or [""]
    if not all(one.strip() for one in (*parts, last)):
        hint = "; write a name that holds a / in a list" if isinstance(names, str) else ""
        raise ValueError(f"not a path: a name is missing{hint}")
    if UP in (*parts, last):
        raise ValueError("not a path: it leads up at its beginning only")
    inside = [_member_step(one, is_plain=not isinstance(names, str)) for one in parts]
    return FieldPath((*(PathStep(UP),) * up, *inside), plain_name(last))


def _member_step(part: str, *, is_plain: bool) -> PathStep:
    found = None if is_plain else _MEMBER.fullmatch(part)
    if found is None:
        return PathStep(plain_name(part))
    return PathStep(plain_name(found["name"]), plain_name(found["key"]), found["value"])


def members_path(names: str | Sequence[str]) -> FieldPath:
    """Parses the place of objects in JSON, as `member_path`; raises ValueError."""
    if names == ".":
        return FieldPath(())
    path = member_path(f"{names}/." if isinstance(names, str) else [*names, "."])
    return FieldPath(_leading_down(path).steps)


def _leading_down(path: FieldPath) -> FieldPath:
    if any(step.name == UP for step in path.steps):
        raise ValueError("a path to records, or from the root, only leads down")
    return path


def first_row_path(text: str) -> FieldPath:
    """Parses `table/column`, the value in the first row of any table; raises ValueError."""
    table, _, column = text.partition("/")
    if not table or not column:
        raise ValueError("not a path: write table/column; the table's first row is read")
    return FieldPath((PathStep(table),), plain_name(column))


def _unknown(table: str, chains: Chains) -> str:
    return f'no joined table is called "{table}"{did_you_mean(table, chains)}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Reads the paths of one kind of source; each raises ValueError for what cannot be one."""

    kind: SourceKind = SourceKind.XML
    """The kind of the source."""
    chains: Chains = field(default_factory=dict)
    """The joined rows that paths may lead to."""

    @property
    def is_of_tables(self) -> bool:
        """Tells whether paths name tables and columns."""
        return self.kind not in (SourceKind.XML, SourceKind.JSON)

    @property
    def is_of_json(self) -> bool:
        """Tells whether paths name members of objects."""
        return self.kind is SourceKind.JSON

    def with_rows(self, name: str, of: str) -> Paths:
        """Adds joined rows of a name, joined to those called `of` (empty: the case's)."""
        return replace(self, chains={**self.chains, name: (*self.chains.get(of, ()), name)})

    def value(self, text: Written, record: str) -> FieldPath:
        """Parses the place of a value, seen from a record as the file names it (`.`: the case)."""
        if self.is_of_json or isinstance(text, tuple):
            return member_path(text)
        if not self.is_of_tables:
            return parse_path(text)
        if not text.strip():
            raise ValueError("the name of a column is expected here")
        return column_path(text, self.chains.get(record, ()), self.chains)

    def events(self, text: Written) -> FieldPath:
        """Parses the place of the records of an event."""
        if self.is_of_json or isinstance(text, tuple):
            return members_path(text)
        if self.is_of_tables:
            return table_path(text, self.chains)
        path = parse_path(text)
        if any(step.name == UP for step in path.steps):
            raise ValueError("the path to a record only leads down")
        return path

    def of_source(self, text: Written) -> FieldPath:
        """Parses the place of a value of the source as a whole."""
        if self.is_of_json or isinstance(text, tuple):
            return _leading_down(member_path(text))
        if self.is_of_tables:
            return first_row_path(text)
        path = parse_path(text)
        if any(step.name == UP for step in path.steps):
            raise ValueError("a path that begins at the root only leads down")
        return path

    def rows(self, text: Written) -> tuple[PathStep, ...]:
        """Parses the record of cases or joined rows: elements from the root, or one table.

        In JSON it is the place of a list of records, or of one; `.` is the root itself.
        """
        if self.is_of_json or isinstance(text, tuple):
            return plain_steps(members_path(text))
        if self.is_of_tables:
            if not text.strip():
                raise ValueError("the name of a table is expected here")
            return (PathStep(text),)
        record = self.of_source(text)
        if record.attribute is not None:
            raise ValueError("record must lead to an element, not an attribute")
        if not record.steps:
            raise ValueError("record must name elements, from the root on")
        return record.steps

    def row_name(self, text: str) -> str:
        """Gives the name under which joined rows are read, as that of an element."""
        if self.is_of_json:
            return member_path([text]).attribute or text
        if self.is_of_tables:
            return text
        path = parse_path(text)
        if len(path.steps) != 1 or path.steps[0].name != text or text == UP:
            raise ValueError("the name of joined rows must be one plain name")
        return text

    def as_list(self, path: FieldPath) -> FieldPath:
        """Gives the path at which a list is found as the text that it was.

        A cell holds such a text; a list in JSON has to be asked for it.
        """
        if not self.is_of_json or path.attribute is None or path.attribute.startswith("\x00"):
            return path
        return FieldPath(path.steps, AS_JSON + path.attribute)


def plain_steps(path: FieldPath) -> tuple[PathStep, ...]:
    """Gives the steps that lead to records; raises ValueError where the path chooses among them."""
    if any(step.attribute is not None for step in path.steps):
        raise ValueError("record must lead to all records there, without [...=...]")
    return path.steps
