"""Reads a few cases ahead of those that are audited.

The code and data that cases need of reading, rules and rendering are more than a processor keeps at
hand: each kind of work goes quicker for several cases in a row. What a source says between two
cases keeps its place all the same, by steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from msp_rules.casework.case import Case
from msp_rules.casework.moments import Cutoff
from msp_rules.errors import InputUnreadable
from msp_rules.intake.source import CaseSource, moment_of

_MOST_CASES: Final = 16
_MOST_EVENTS: Final = 1_024
_MOST_STEPS: Final = 256


class CaseBegun(NamedTuple):
    """Says that a case begins, also one that can't be audited."""

    place: int
    """Its place in the file, from 0."""
    faults: int
    """The number of faults of the source before it."""


class CaseRead(NamedTuple):
    """Holds a case that can be audited, and what was counted while it was read."""

    case: Case
    """The case."""
    as_of: Cutoff
    """The moment at which it is judged."""
    faults: int
    """The number of faults of the source up to its end."""
    unmapped: Counter[tuple[str, str]] | None
    """The values that nobody knows, counted since the case before; None without any."""
    assumed: Counter[str] | None
    """The events that got a value by assumption, counted likewise; None without any."""


Step = CaseBegun | CaseRead


def read_ahead(source: CaseSource, first: int, cutoff: Cutoff | None) -> Iterator[list[Step]]:
    """Yields the steps of a source for some cases at a time, from the index `first` on.

    A stretch ends with 16 cases, or with fewer that have a thousand events. Raises InputUnreadable
    after what could be read.
    """
    steps: list[Step] = []
    source.before_case = lambda index: steps.append(CaseBegun(index, len(source.faults)))
    cases = events = 0
    try:
        for case in source:
            if source.case_index >= first:
                cases, events = cases + 1, events + len(case.events)
                steps.append(_case_read(case, source, cutoff))
            if cases >= _MOST_CASES or events >= _MOST_EVENTS or len(steps) >= _MOST_STEPS:
                yield steps
                steps = []
                cases = events = 0
    except InputUnreadable:
        yield steps
        raise
    yield steps


def _case_read(case: Case, source: CaseSource, cutoff: Cutoff | None) -> CaseRead:
    unmapped = assumed = None
    if source.unmapped:
        unmapped = source.unmapped.copy()
        source.unmapped.clear()
    if source.assumed:
        assumed = source.assumed.copy()
        source.assumed.clear()
    return CaseRead(case, moment_of(source, cutoff), len(source.faults), unmapped, assumed)
