"""Truth values combine as Kleene's tables say, whatever their order."""

from __future__ import annotations

from itertools import permutations

import pytest

from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN, kleene_and, kleene_not, kleene_or


@pytest.mark.parametrize(
    ("values", "every", "some"),
    [
        ((), TRUE, FALSE),
        ((TRUE,), TRUE, TRUE),
        ((FALSE,), FALSE, FALSE),
        ((UNKNOWN,), UNKNOWN, UNKNOWN),
        ((TRUE, TRUE), TRUE, TRUE),
        ((TRUE, FALSE), FALSE, TRUE),
        ((TRUE, UNKNOWN), UNKNOWN, TRUE),
        ((FALSE, UNKNOWN), FALSE, UNKNOWN),
        ((TRUE, FALSE, UNKNOWN), FALSE, TRUE),
    ],
)
def test_all_and_any_of_some_values(values: tuple[int, ...], every: int, some: int) -> None:
    for order in permutations(values):
        assert kleene_and(list(order)) == every
        assert kleene_or(list(order)) == some


@pytest.mark.parametrize(("value", "opposite"), [(TRUE, FALSE), (FALSE, TRUE), (UNKNOWN, UNKNOWN)])
def test_the_opposite_of_a_value(value: int, opposite: int) -> None:
    assert kleene_not(value) == opposite
