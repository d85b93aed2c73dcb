"""Matches patterns in compiled Python, to check durable_rules and to replace it.

A matcher is given patterns over a row of small whole numbers, which are defined here. A *term* is
one column of the row: TRUE, FALSE or UNKNOWN (`engine.truth`). A pattern is a conjunction of tests
of single columns; there is no disjunction, negation over facts or arithmetic here, because those
are exactly what durable_rules gets wrong. Disjunctions are terms of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN
from msp_rules.errors import EngineError


class ColumnTest(NamedTuple):
    """Column `column` equals (or, with `is_equal` False, differs from) `value`."""

    column: int
    """The index of the column in the row, from 0."""
    is_equal: bool
    """True where the column must equal the value, False where it must differ."""
    value: int
    """The value to compare with: TRUE, FALSE or UNKNOWN."""


@dataclass(frozen=True, slots=True)
class PatternTable:
    """All patterns over rows of one subject type."""

    width: int
    """The number of columns in a row."""
    patterns: tuple[tuple[ColumnTest, ...], ...]
    """The patterns, named by their index; each is a conjunction and never empty."""
    groups: tuple[tuple[int, ...], ...]
    """The indexes of patterns that belong together, one group for each rule.

    A matcher keeps the patterns of a group together.
    """


class Matcher(Protocol):
    """Tells which patterns of one table a row fires."""

    def match(self, row: Sequence[int]) -> int:
        """Gives the patterns that fire, as a bit mask: bit i is set if pattern i does.

        Raises EngineError where the answer cannot be trusted.
        """
        ...


_PATTERNS_A_FUNCTION = 200
"""CPython compiles very long functions slowly; the table is cut into pieces of this size."""


class PythonMatcher:
    """Matches rows by code generated from the pattern table, which holds whole numbers only."""

    def __init__(self, table: PatternTable) -> None:
        check_table(table)
        self._width = table.width
        self._pieces = [
            _compile_piece(table, first)
            for first in range(0, len(table.patterns), _PATTERNS_A_FUNCTION)
        ]

    def match(self, row: Sequence[int]) -> int:
        """Gives the patterns that fire, as a bit mask."""
        if len(row) != self._width:
            raise EngineError(f"a row of {len(row)} columns where {self._width} are expected")
        mask = 0
        for piece in self._pieces:
            mask |= piece(row)
        return mask


def check_table(table: PatternTable) -> None:
    """Raises EngineError for a pattern that no matcher could hold exactly."""
    for index, pattern in enumerate(table.patterns):
        if not pattern:
            raise EngineError(f"pattern {index} is empty")
        for test in pattern:
            if not 0 <= test.column < table.width or test.value not in (FALSE, TRUE, UNKNOWN):
                raise EngineError(f"pattern {index} tests a column or value that cannot occur")


def _compile_piece(table: PatternTable, first: int) -> Callable[[Sequence[int]], int]:
    lines = ["def piece(v):", "    m = 0"]
    for index, pattern in enumerate(table.patterns[first : first + _PATTERNS_A_FUNCTION], first):
        tests = " and ".join(
            f"v[{test.column}] {'==' if test.is_equal else '!='} {test.value}" for test in pattern
        )
        lines.append(f"    if {tests}: m |= {1 << index}")
    lines.append("    return m")
    space: dict[str, Callable[[Sequence[int]], int]] = {}
    # Only the whole numbers of the table enter this text.
    exec(compile("\n".join(lines), "<patterns>", "exec"), space)  # noqa: S102 - see above
    return space["piece"]
