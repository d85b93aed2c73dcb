"""A page of a case is divided among its questions: whole sentences, and nothing beyond the page."""

from __future__ import annotations

import pytest

from msp_rules.reports.auditors.fitting import fitted, grown, heights, lines_of


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
