"""Measures how far two raters agree on an audit question: counts first, coefficients from ten up.

The scale is red, amber, green. Grey says that a record cannot be judged, and "not applicable" that
the question does not arise: neither is a point between red and green, and two such ratings that
differ are no small or large disagreement. So both stand in the cross table, where they can be seen,
and only the cases that both raters placed on the scale are measured (docs/auditing.md).

Where nearly all ratings are the same, which is usual in an audit, kappa comes out low although the
raters agree (Wongpakaran et al. 2013, BMC Medical Research Methodology 13:61); Gwet's AC1 stands
beside it for that reason. No coefficient is given a word such as "good": the usual scales of such
words are conventions of other fields.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

from msp_rules.audit.case_file.ratings import CODES, SCALE

FEWEST: Final = 10
"""The fewest cases for a share or a coefficient; below, only counts are given."""
_Z: Final = 1.959963984540054
"""The 97.5 % point of the normal distribution, for an interval of 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A share with the bounds of its interval."""

    share: float
    """The share itself, from 0 to 1."""
    low: float
    """The lower bound."""
    high: float
    """The upper bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two raters of the same cases on one question, compared; None where a number is undefined."""

    n: int
    """The cases that both placed on the scale."""
    agreeing: int
    """Those among them on which both gave the same rating."""
    outside: int
    """The cases that both rated, one of them at least as grey or as not applicable."""
    table: Mapping[tuple[str, str], int]
    """The cases by both ratings, the first rater's first; of all codes, and without zeros."""
    observed: Interval | None
    """The share of `n` on which both agree, with its Wilson interval of 95 %."""
    kappa: float | None
    """Cohen's kappa, each disagreement as large as any other."""
    kappa_linear: float | None
    """Cohen's kappa with linear weights: red against amber counts half of red against green."""
    ac1: float | None
    """Gwet's first agreement coefficient."""


def agreement_of(pairs: Iterable[tuple[str | None, str | None]]) -> Agreement:
    """Measures pairs of ratings, one a case; a pair in which a rating is None is left out."""
    table = Counter[tuple[str, str]]()
    for one, other in pairs:
        if one is not None and other is not None:
            table[one, other] += 1
    square = _square(table)
    n = sum(map(sum, square))
    agreeing = sum(square[place][place] for place in _PLACES)
    is_measured = n >= FEWEST
    return Agreement(
        n=n,
        agreeing=agreeing,
        outside=table.total() - n,
        table={pair: table[pair] for pair in _ALL_PAIRS if table[pair]},
        observed=wilson(agreeing, n) if is_measured else None,
        kappa=_kappa(square, _EXACT) if is_measured else None,
        kappa_linear=_kappa(square, _LINEAR) if is_measured else None,
        ac1=_gwet_ac1(square) if is_measured else None,
    )


def wilson(count: int, of: int) -> Interval:
    """Gives the share of `count` in `of`, with its interval of 95 % (Wilson 1927).

    Raises ValueError unless 0 <= count <= of and of > 0.
    """
    if not 0 <= count <= of or not of:
        raise ValueError(f"{count} of {of} is not a share")
    share, square = count / of, _Z * _Z
    middle = share + square / (2 * of)
    half = _Z * sqrt(share * (1 - share) / of + square / (4 * of * of))
    whole = 1 + square / of
    low, high = (middle - half) / whole, (middle + half) / whole
    # At both ends the bound is the end itself, which floating point misses by a hair.
    return Interval(share=share, low=low if count else 0.0, high=high if count < of else 1.0)


_Square = tuple[tuple[int, ...], ...]
_PLACES: Final = range(len(SCALE))
_ALL_PAIRS: Final = tuple((one, other) for one in CODES for other in CODES)
_FULL: Final = len(SCALE) - 1
"""The weight of the same rating; weights are whole numbers, so that a zero is exactly zero."""
_EXACT: Final = tuple(tuple(_FULL * (one == other) for other in _PLACES) for one in _PLACES)
_LINEAR: Final = tuple(tuple(_FULL - abs(one - other) for other in _PLACES) for one in _PLACES)


def _square(table: Mapping[tuple[str, str], int]) -> _Square:
    """Takes from a table what lies on the scale."""
    return tuple(tuple(table.get((one, other), 0) for other in SCALE) for one in SCALE)


def _kappa(square: _Square, weights: _Square) -> float | None:
    """Gives Cohen's kappa (1960; weighted 1968); None where chance alone would agree on all."""
    rows = [sum(row) for row in square]
    columns = [sum(column) for column in zip(*square, strict=True)]
    cells = [(one, other) for one in _PLACES for other in _PLACES]
    seen = sum(rows) * sum(weights[one][other] * square[one][other] for one, other in cells)
    by_chance = sum(weights[one][other] * rows[one] * columns[other] for one, other in cells)
    highest = _FULL * sum(rows) ** 2
    return None if by_chance == highest else (seen - by_chance) / (highest - by_chance)


def _gwet_ac1(square: _Square) -> float:
    """Gives Gwet's AC1 (2008): its chance agreement is at most a third, so it is always defined."""
    n = sum(map(sum, square))
    seen = sum(square[place][place] for place in _PLACES)
    given = [sum(square[place]) + sum(row[place] for row in square) for place in _PLACES]
    by_chance = sum(count * (2 * n - count) for count in given)
    highest = 4 * n * n * _FULL
    return (4 * n * _FULL * seen - by_chance) / (highest - by_chance)
