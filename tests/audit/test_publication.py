"""Published counts: rounded and marked, and no marked count can be worked out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations, product
from random import Random
from typing import Final

import pytest

from msp_rules.audit.publication import (
    MARKS,
    Count,
    Published,
    Scheme,
    grid_counts,
    protect,
    published,
)
from tests.support import effort

pytestmark = pytest.mark.slow

MOST: Final = 12
"""The largest count that is tried: a reader of a 10 must reckon with 8 to 12."""


def publish(cells: Sequence[Sequence[int]], scheme: Scheme) -> Mapping[Hashable, Published]:
    total = Count("total", "end", "begin", sum(map(sum, cells)), is_total=True)
    return protect([total, *grid_counts("t", cells, "begin", "end")], scheme)


@pytest.mark.parametrize(
    ("count", "nearest", "hes"),
    [
        *((0, "[c]", 0), (1, "[c]", "*"), (4, "[c]", "*"), (5, 5, "*"), (7, 5, "*")),
        *((8, 10, 10), (12, 10, 10), (13, 15, 15), (17, 15, 15), (18, 20, 20)),
    ],
)
def test_a_count_by_itself(count: int, nearest: Published, hes: Published) -> None:
    assert published(count, Scheme.NEAREST_5) == nearest
    assert published(count, Scheme.HES) == hes


def test_a_total_that_gives_a_marked_count_away_is_marked() -> None:
    # 18 would be shown as 20, and beside two cells of at most 7 only a 4 makes 18.
    found = publish([[7, 7, 4]], Scheme.NEAREST_5)

    assert [found["t", 0, column] for column in range(3)] == [5, 5, "[c]"]
    assert found["total"] == found["t", 0, None] == "[c]"


def test_the_same_total_is_marked_where_the_counts_would_not_give_themselves_away() -> None:
    # Else the mark itself would say that it had been 7, 7 and 4.
    assert publish([[5, 6, 2]], Scheme.NEAREST_5)["total"] == "[c]"


def test_two_tables_of_one_number_give_nothing_away_without_a_total() -> None:
    # People by age and by gender: 10 and 15 are at least 21, and three marks are at most 21.
    people = Count("people", "end", "begin", 21, is_total=True, is_public=False)
    ages = [Count(("age", at), "begin", "ages", count) for at, count in enumerate((8, 13))]
    genders = [Count(("gender", at), "ages", "end", 7) for at in range(3)]
    found = protect([people, *ages, *genders], Scheme.HES)

    assert [found["age", 0], found["age", 1]] == ["*", 15]
    assert [found["gender", at] for at in range(3)] == ["*", "*", "*"]


def test_a_total_that_gives_nothing_away_is_shown() -> None:
    found = publish([[30, 3], [2, 41]], Scheme.NEAREST_5)

    assert found["total"] == 75
    assert publish([[30, 25], [20, 41]], Scheme.NEAREST_5)["t", 0, None] == 55


@pytest.mark.parametrize("scheme", [*Scheme])
@pytest.mark.parametrize("shape", [(1, 2), (1, 3), (2, 1)])
def test_no_marked_count_can_be_worked_out_of_all_small_tables(
    scheme: Scheme, shape: tuple[int, int]
) -> None:
    check_all(shape, scheme, MOST)


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", [*Scheme])
def test_no_marked_count_can_be_worked_out_of_all_tables_of_two_by_two(scheme: Scheme) -> None:
    check_all((2, 2), scheme, 14)


def check_all(shape: tuple[int, int], scheme: Scheme, most: int) -> None:
    """Publishes every table with counts up to `most`, and looks at those that come out alike.

    Tables with a count above 9 are there as what others could have been, and are not judged.
    """
    rows, columns = shape
    alike = defaultdict[object, list[tuple[int, ...]]](list)
    for counts in product(range(most + 1), repeat=rows * columns):
        cells = [counts[at * columns : (at + 1) * columns] for at in range(rows)]
        found = publish(cells, scheme)
        alike[tuple(sorted(found.items(), key=repr))].append(counts)
    judged = 0
    for shown, tables in alike.items():
        by_name = dict(shown)  # type: ignore[call-overload]
        for at in range(rows * columns):
            is_marked = by_name["t", at // columns, at % columns] == MARKS[scheme]
            if is_marked and any(max(one) <= 9 for one in tables):
                judged += 1
                assert len({one[at] for one in tables}) > 1, (shown, tables)
    assert judged


@pytest.mark.fuzz
def test_another_table_of_three_by_three_is_published_alike_for_each_marked_count() -> None:
    """Finds, for tables drawn at random, a second one with another count in the marked cell.

    It looks near the first table by trial, knowing nothing of how totals were chosen.
    """
    random = Random(6)  # noqa: S311 - made-up data, the same each time
    for _ in range(effort.of(25, thorough=3000)):
        scheme = random.choice([*Scheme])
        cells = [[random.randrange(10) for _ in range(3)] for _ in range(3)]
        shown = publish(cells, scheme)
        for row, column in product(range(3), repeat=2):
            if shown["t", row, column] == MARKS[scheme]:
                assert has_another(cells, (row, column), scheme, shown), (cells, row, column)


def has_another(
    cells: Sequence[Sequence[int]],
    at: tuple[int, int],
    scheme: Scheme,
    shown: Mapping[Hashable, Published],
) -> bool:
    """Tries to change a cell, and others by one, so that nothing that is shown changes."""
    others = [one for one in product(range(3), repeat=2) if one != at]
    steps = (
        ((at, step), *zip(some, more, strict=True))
        for number in range(len(others) + 1)
        for some in combinations(others, number)
        for more in product((-1, 1), repeat=number)
        for step in (-1, 1)
    )
    for each in steps:
        changed = [[*row] for row in cells]
        for (row, column), more in each:
            changed[row][column] += more
        if (
            min(map(min, changed)) >= 0
            and is_alike(changed, scheme, shown)
            and publish(changed, scheme) == shown
        ):
            return True
    return False


def is_alike(
    cells: Sequence[Sequence[int]], scheme: Scheme, shown: Mapping[Hashable, Published]
) -> bool:
    """Tells whether cells, and all totals that are shown, are the same."""
    mark = MARKS[scheme]
    sums: dict[Hashable, int] = {"total": sum(map(sum, cells))}
    sums |= {("t", at, None): sum(row) for at, row in enumerate(cells)}
    sums |= {("t", None, at): sum(one) for at, one in enumerate(zip(*cells, strict=True))}
    if any(shown[name] not in (mark, published(count, scheme)) for name, count in sums.items()):
        return False
    return all(
        shown["t", row, column] == published(count, scheme)
        for row, counts in enumerate(cells)
        for column, count in enumerate(counts)
    )
