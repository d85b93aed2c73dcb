"""Defines what a matcher is given: patterns over a row of small whole numbers.

A *term* is one column of the row: TRUE, FALSE or UNKNOWN (`engine.truth`). A pattern is a
conjunction of tests of single columns; there is no disjunction, negation over facts or arithmetic
here, because those are exactly what durable_rules gets wrong. Disjunctions are terms of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class ColumnTest(NamedTuple):
    """Column `column` equals (or, with `is_equal` False, differs from) `value`."""

    column: int
    is_equal: bool
    value: int


@dataclass(frozen=True, slots=True)
class PatternTable:
    """All patterns over rows of one subject type. Pattern i is named by its index.

    `width` is the number of columns; `patterns` holds conjunctions (never empty). `groups` holds
    the indexes of patterns that belong together (one rule's), which a matcher keeps together.
    """

    width: int
    patterns: tuple[tuple[ColumnTest, ...], ...]
    groups: tuple[tuple[int, ...], ...]


class Matcher(Protocol):
    """Tells which patterns of one table a row fires."""

    def match(self, row: Sequence[int]) -> int:
        """Gives the patterns that fire, as a bit mask: bit i is set if pattern i does.

        Raises EngineError where the answer cannot be trusted.
        """
        ...
