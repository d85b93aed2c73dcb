"""Measures for publication: no marked count can be worked out across tables with their totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import product
from random import Random
from typing import Final

import pytest

from msp_rules.audit.measures.counting import MeasureCounts
from msp_rules.audit.measures.definitions import MEASURES
from msp_rules.audit.measures.publication import (
    ALL,
    COUNTED,
    NOT_PUBLISHED,
    OTHERS,
    DividedCount,
    groupings_of,
    name_of,
    network_of,
    shown_measures,
)
from msp_rules.audit.publication import MARKS, Scheme, is_safe_exactly, protect
from tests.support import effort

Cells = Mapping[tuple[str, str], int]
"""Counts by the side (counted or not) and the group."""
SIDES: Final = (COUNTED, OTHERS)
AGENCIES: Final = ("a1", "a2", "a3")
QUARTERS: Final = ("q1", "q2")
CAPACITIES: Final = ("lacked", "had", "not_known")
GROUPINGS: Final = (AGENCIES, QUARTERS, CAPACITIES)


def publish(
    cells: Cells, scheme: Scheme, groupings: Sequence[Sequence[str]] = (AGENCIES[:2], QUARTERS)
) -> Mapping[Hashable, object]:
    """Publishes a measure by several groupings, with its percentage where that is safe."""
    sides = tuple(
        DividedCount(
            side,
            sum(cells[side, name] for name in groupings[0]),
            tuple(
                tuple(DividedCount((side, name), cells[side, name]) for name in names)
                for names in groupings
            ),
        )
        for side in SIDES
    )
    whole = sum(one.number for one in sides)
    network = network_of(DividedCount(ALL, whole, (sides,)))
    shown = protect(network, scheme)
    percent = None
    if whole and is_safe_exactly(network, shown, scheme, SIDES):
        percent = round(100 * sides[0].number / whole)
    return {**shown, "percent": percent}


def of_one_side(counts: Sequence[int], agencies: int, scheme: Scheme) -> Mapping[object, object]:
    """Publishes a number by so many agencies and then by quarters, with its total."""
    wings = counts[:agencies], counts[agencies:]
    leaves = tuple(
        tuple(DividedCount((at, place), count) for place, count in enumerate(wing))
        for at, wing in enumerate(wings)
    )
    return protect(network_of(DividedCount(ALL, sum(wings[0]), leaves)), scheme)


@pytest.mark.parametrize("scheme", [*Scheme])
@pytest.mark.parametrize(("agencies", "quarters", "most"), [(2, 2, 12), (1, 3, 12)])
def test_no_marked_count_can_be_worked_out_of_two_tables_of_one_number(
    scheme: Scheme, agencies: int, quarters: int, most: int
) -> None:
    check_all(agencies, quarters, most, scheme)


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", [*Scheme])
def test_nor_out_of_larger_tables(scheme: Scheme) -> None:
    check_all(3, 2, 12, scheme)
    check_all(2, 3, 12, scheme)


def check_all(agencies: int, quarters: int, most: int, scheme: Scheme) -> None:
    """Publishes all numbers that are divided up twice, and looks at those that come out alike.

    Those with a count above 9 are there as what others could have been, and are not judged.
    """
    alike = defaultdict[object, list[tuple[int, ...]]](list)
    for free in product(range(most + 1), repeat=agencies + quarters - 1):
        last = sum(free[:agencies]) - sum(free[agencies:])
        if 0 <= last <= most:
            counts = (*free, last)
            found = of_one_side(counts, agencies, scheme)
            alike[tuple(sorted(found.items(), key=repr))].append(counts)
    judged = 0
    places = [*((0, at) for at in range(agencies)), *((1, at) for at in range(quarters))]
    for shown, found in alike.items():
        by_name = dict(shown)  # type: ignore[call-overload]
        if any(max(one) <= 9 for one in found):
            for at, place in enumerate(places):
                if by_name[place] == MARKS[scheme]:
                    judged += 1
                    assert len({one[at] for one in found}) > 1, (by_name, found)
    assert judged > 20


@pytest.mark.fuzz
def test_other_counts_come_out_alike_for_each_marked_count() -> None:
    """Finds, for units drawn at random, counts with another one in the marked cell.

    It tries counts that fit to what is shown of each, knowing nothing of how totals were chosen.
    """
    random = Random(22)  # noqa: S311 - made-up data, the same each time
    for _ in range(effort.of(3, thorough=150)):
        scheme = random.choice([*Scheme])
        weights = random.choice(((1, 9), (5, 5), (9, 1)))
        cells = Counter[tuple[str, str]]()
        for _ in range(random.randrange(3, 45)):
            side = random.choices(SIDES, weights)[0]
            cells.update((side, random.choice(names)) for names in GROUPINGS)
        shown = publish(cells, scheme, GROUPINGS)
        for name, published in shown.items():
            if isinstance(name, tuple) and published == MARKS[scheme]:
                assert has_another(cells, name, scheme), (cells, name, shown)


def has_another(cells: Cells, name: tuple[str, str], scheme: Scheme) -> bool:
    shown = publish(cells, scheme, GROUPINGS)
    other_side = SIDES[1 - SIDES.index(name[0])]
    own = [one for one in near(cells, name[0], shown) if one[name] != cells[name]]
    others = [*near(cells, other_side, shown)]

    def distance(one: Cells) -> int:
        return sum(abs(count - cells[cell]) for cell, count in one.items())

    own.sort(key=distance)
    others.sort(key=distance)
    # The nearest first, on both sides.
    tried = sorted(product(range(min(80, len(own))), range(min(80, len(others)))), key=sum)
    return any(
        publish(Counter({**cells, **own[one], **others[other]}), scheme, GROUPINGS) == shown
        for one, other in tried
    )


def near(cells: Cells, side: str, shown: Mapping[Hashable, object]) -> Iterator[Cells]:
    """Gives the counts of a side, at most two away, that fit to what is shown of each."""
    by_sum: list[dict[int, list[tuple[int, ...]]]] = []
    for names in GROUPINGS:
        sums: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        for counts in product(*(fitting(cells[side, name], shown[side, name]) for name in names)):
            sums[sum(counts)].append(counts)
        by_sum.append(sums)
    everyone = [(side, name) for names in GROUPINGS for name in names]
    for number in set.intersection(*(set(sums) for sums in by_sum)):
        for wings in product(*(sums[number] for sums in by_sum)):
            yield dict(zip(everyone, (count for wing in wings for count in wing), strict=True))


def fitting(count: int, shown: object) -> range:
    """Gives the counts near one that can stand behind what is shown."""
    low, high = max(0, count - 2), count + 3
    if isinstance(shown, int):
        low, high = (max(low, shown - 2), min(high, shown + 3)) if shown else (0, 1)
    return range(low, high)


@pytest.mark.parametrize("scheme", [*Scheme])
def test_every_part_is_published_or_its_reason_is_said(scheme: Scheme) -> None:
    groups = {"agency": ["a"], "quarter": [], "capacity": ["had"], "partner": ["gp"]}
    shown = shown_measures(MeasureCounts(), groups, scheme).counts

    for measure, definition in MEASURES.items():
        for part in definition.parts:
            key = measure, part
            assert (name_of(key, COUNTED) in shown) is (key not in NOT_PUBLISHED), key
            for grouping in groupings_of(key):
                for name in groups[grouping]:
                    assert name_of(key, OTHERS, grouping, name) in shown


def test_a_percentage_stands_only_where_it_gives_nothing_away() -> None:
    # Of 9, all but one of one agency: the counts are rounded, and a percentage would tell them.
    small = {(COUNTED, "a1"): 8, (COUNTED, "a2"): 1, (COUNTED, "q1"): 8, (COUNTED, "q2"): 1}
    none = {(OTHERS, name): 0 for name in (*AGENCIES, *QUARTERS)}
    large = {name: 30 + 10 * count for name, count in small.items()}

    assert publish(small | none, Scheme.HES)["percent"] is None
    assert publish(large | none, Scheme.HES)["percent"] == 100
