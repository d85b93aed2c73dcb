"""A page of a case is divided among its questions: whole sentences, and nothing beyond the page."""

from __future__ import annotations

import random

import pytest

from msp_rules.reports.auditors.fitting import fitted, grown, heights, joined, lines_of


def test_rows_that_want_the_fewest_more_grow_first() -> None:
    assert grown([2, 2, 2], [8, 4, 3], room=10) == [2, 4, 3]


def test_a_row_for_which_there_is_too_little_room_keeps_its_least() -> None:
    assert grown([2, 2], [5, 2], room=6) == [2, 2]
    assert grown([2, 2], [5, 2], room=7) == [5, 2]


def test_what_is_left_goes_to_the_neediest_rows_and_no_further_than_they_want() -> None:
    assert heights([2, 2, 2], [2, 9, 5], room=12) == [2, 7, 3]
    assert heights([2, 2], [3, 4], room=100) == [3, 4]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (1, "(3 below)"),
        (2, "concern, 1 Jan 2026 (+2 below)"),
        (3, "concern, 1 Jan 2026; call, 2 Jan 2026; visit, 3 Jan 2026"),
    ],
)
def test_items_are_left_out_whole(lines: int, text: str) -> None:
    items = ["concern, 1 Jan 2026", "call, 2 Jan 2026", "visit, 3 Jan 2026"]

    found = fitted(items, 114, lines)

    assert found == text
    assert lines_of(found, 114) <= lines


@pytest.mark.parametrize("seed", range(20))
def test_as_many_items_are_kept_as_fit(seed: int) -> None:
    rng = random.Random(seed)
    words = ["visit, 3 Jan 2026", "a long-winded entry of many words", "x", " y  z ", "w" * 40]
    items = [rng.choice(words) for _ in range(rng.randrange(1, 30))]
    lines = rng.randrange(1, 12)

    found = fitted(items, 114, lines)

    texts = [
        joined(items[:kept]) + (f" (+{len(items) - kept} below)" if kept < len(items) else "")
        for kept in range(1, len(items) + 1)
    ]
    fit = [text for text in texts if lines_of(text, 114) <= lines]
    assert found == (fit[-1] if fit else f"({len(items)} below)")


def test_of_thousands_of_items_only_those_are_tried_that_may_fit() -> None:
    items = [f"visit, {number} Jan 2026" for number in range(4_000)]

    lines_of.cache_clear()
    fitted(items, 114, 20)

    # Twenty lines of twenty letters hold two dozen of them.
    assert lines_of.cache_info().misses <= 24
