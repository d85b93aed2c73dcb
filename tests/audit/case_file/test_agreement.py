"""Agreement is counted as others count it, and nothing is measured where nothing can be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import product
from random import Random

import pytest

from msp_rules.audit.case_file.agreement import (
    FEWEST,
    Agreement,
    Interval,
    agreement_of,
    wilson,
)
from msp_rules.audit.case_file.ratings import CODES, SCALE
from tests.support.command_line import ROOT

Table = Sequence[Sequence[int]]


def pairs(table: Table) -> Iterator[tuple[str, str]]:
    """Gives the pairs of ratings that a table counts, its rows being the first rater's."""
    for one, row in zip(SCALE, table, strict=False):
        for other, count in zip(SCALE, row, strict=False):
            yield from [(one, other)] * count


def random_tables(count: int) -> list[list[list[int]]]:
    """Makes up tables of ten cases and more, some of them with ratings that nobody gave."""
    random, found = Random(21), []  # the seed is the number
    while len(found) < count:
        shares = [[random.choice((0, 0, 1, 3, 9)) for _ in SCALE] for _ in SCALE]
        if sum(map(sum, shares)) >= FEWEST and len(used(shares)) > 1:
            found.append(shares)
    return found


def used(table: Table) -> list[int]:
    """Gives the places of the ratings that at least one rater gave."""
    columns = list(zip(*table, strict=True))
    return [place for place in range(len(table)) if any(table[place]) or any(columns[place])]


def test_coefficients_are_those_of_an_independent_library() -> None:
    # Kept figures of irrCAC 0.4.4, to twelve digits, of tables made up at random: the library
    # wants a numpy of its own, beside which pyarrow can't be imported, so no test calls it.
    kept = json.loads((ROOT / "tests/data/agreement/irrcac-0.4.4.json").read_text(encoding="utf-8"))

    for one in kept:
        found = agreement_of(pairs(one["table"]))

        assert found.observed is not None
        measured = (found.observed.share, found.kappa, found.kappa_linear, found.ac1)
        expected = (one["observed"], one["kappa"], one["kappa_linear"], one["ac1"])
        assert measured == pytest.approx(expected, abs=1e-9), one["table"]


@pytest.mark.parametrize(
    ("table", "kappa", "ac1"),
    [
        # Gwet, Handbook of Inter-Rater Reliability: three diagnoses by two abstractors.
        pytest.param([[13, 0, 0], [0, 20, 7], [0, 4, 56]], 0.7964094, 0.8493305, id="abstractors"),
        # Viera and Garrett 2005, Family Medicine 37:360 (two ratings, so the third is never given).
        pytest.param([[15, 5, 0], [10, 70, 0], [0, 0, 0]], 0.57, None, id="lectures"),
    ],
)
def test_published_examples_come_out(table: Table, kappa: float, ac1: float | None) -> None:
    found = agreement_of(pairs(table))

    digits = len(str(kappa)) - 2
    assert (round(found.kappa or 0, digits), found.n) == (kappa, 100)
    assert ac1 is None or round(found.ac1 or 0, digits) == ac1


def test_ac1_stays_high_where_nearly_all_ratings_are_the_same() -> None:
    found = agreement_of(pairs([[118, 5, 0], [2, 0, 0], [0, 0, 0]]))

    assert found.observed is not None
    assert (found.agreeing, found.observed.share) == (118, 0.944)
    assert (found.kappa or 0) < 0
    assert (found.ac1 or 0) > 0.9


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1),
    ],
)
def test_intervals_are_the_published_ones(count: int, of: int, low: float, high: float) -> None:
    found = wilson(count, of)

    rounded = Interval(share=found.share, low=round(found.low, 4), high=round(found.high, 4))
    assert rounded == Interval(share=count / of, low=low, high=high)


@pytest.mark.parametrize(("count", "of"), [(0, 0), (3, 2), (-1, 2)])
def test_what_is_not_a_share_has_no_interval(count: int, of: int) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        wilson(count, of)


def test_below_ten_cases_there_are_counts_only() -> None:
    found = agreement_of(pairs([[3, 1, 0], [0, 2, 0], [1, 0, 2]]))

    assert found == Agreement(
        n=FEWEST - 1,
        agreeing=7,
        outside=0,
        table={
            ("red", "red"): 3,
            ("red", "amber"): 1,
            ("amber", "amber"): 2,
            ("green", "red"): 1,
            ("green", "green"): 2,
        },
        observed=None,
        kappa=None,
        kappa_linear=None,
        ac1=None,
    )


def test_from_ten_cases_on_there_are_measures() -> None:
    found = agreement_of(pairs([[3, 1, 0], [0, 2, 0], [1, 0, 3]]))

    assert found.n == FEWEST
    assert None not in (found.observed, found.kappa, found.kappa_linear, found.ac1)


def test_kappa_is_not_defined_where_everything_has_one_rating() -> None:
    found = agreement_of(pairs([[0, 0, 0], [0, 0, 0], [0, 0, 12]]))

    assert (found.kappa, found.kappa_linear, found.ac1) == (None, None, 1)
    assert found.observed == wilson(12, 12)


def test_kappa_is_defined_where_one_rater_alone_never_varies() -> None:
    found = agreement_of(pairs([[0, 0, 0], [0, 0, 4], [0, 0, 8]]))

    assert (found.kappa, found.kappa_linear) == (0, 0)


def test_one_step_apart_weighs_half_of_two() -> None:
    near = agreement_of(pairs([[5, 5, 0], [0, 5, 0], [0, 0, 5]]))
    far = agreement_of(pairs([[5, 0, 5], [0, 5, 0], [0, 0, 5]]))

    assert near.kappa == pytest.approx(far.kappa)
    assert (near.kappa_linear or 0) > (far.kappa_linear or 0)


def test_grey_and_not_applicable_are_counted_and_not_measured() -> None:
    placed = list(pairs([[4, 0, 0], [0, 4, 0], [0, 2, 4]]))
    beside = [pair for pair in product(CODES, CODES) if not set(pair) <= set(SCALE)]

    found = agreement_of([*placed, *beside])

    alone = agreement_of(placed)
    assert (found.n, found.kappa, found.ac1) == (alone.n, alone.kappa, alone.ac1)
    assert found.outside == len(beside)
    assert found.table["grey", "red"] == found.table["not applicable", "grey"] == 1
    assert sum(found.table.values()) == found.n + found.outside


def test_a_case_that_one_rater_left_blank_is_not_in_the_table() -> None:
    found = agreement_of([("red", None), (None, "red"), (None, None), ("red", "red")])

    assert (found.n, found.outside, found.table) == (1, 0, {("red", "red"): 1})


def test_raters_may_change_places() -> None:
    for table in random_tables(10):
        turned = [list(row) for row in zip(*table, strict=True)]

        one, other = agreement_of(pairs(table)), agreement_of(pairs(turned))

        assert (one.kappa, one.kappa_linear, one.ac1) == pytest.approx(
            (other.kappa, other.kappa_linear, other.ac1)
        )
