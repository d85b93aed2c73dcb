"""Fits the text of a case into one printed page: whole items, never cut in the middle.

A page of A4 in type of 8 pt has room for so many lines. Every question first gets the lines of its
own words, then as many as possible those of one thing to ask; what is left goes to those whose
findings need more. What does not fit stands below the printed page, on the same sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from textwrap import wrap
from typing import Final

POINTS: Final = 8
"""The size of all type on a sheet of a case."""
LINE: Final = 10.5
"""The height of a line of such type, in points."""
_WIDE: Final = 5.4
"""The width of a letter of such type, in pixels: a little more than the mean of Arial."""
_PADDING: Final = 6


@lru_cache(maxsize=4096)
def lines_of(text: str, pixels: int) -> int:
    """Gives the number of lines that a text takes in a column of a width."""
    letters = _letters(pixels)
    return sum(len(wrap(part, letters)) or 1 for part in text.split("\n"))


def _letters(pixels: int) -> int:
    return max(1, int((pixels - _PADDING) / _WIDE))


def fitted(items: Sequence[str], pixels: int, lines: int) -> str:
    """Joins as many items as there is room for, and says how many more stand below."""
    for kept in range(_most_kept(items, lines * _letters(pixels)), 0, -1):
        left = len(items) - kept
        text = joined(items[:kept]) + (f" (+{left} below)" if left else "")
        if lines_of(text, pixels) <= lines:
            return text
    return f"({len(items)} below)" if items else ""


def _most_kept(items: Sequence[str], letters: int) -> int:
    """Counts the first items that have no more letters than there is room for, blanks aside.

    More can't fit, and of thousands each try would wrap the text of all of them.
    """
    left = letters
    for place, item in enumerate(items):
        left -= len("".join(item.split())) + (place > 0)  # what joins them
        if left < 0:
            return place
    return len(items)


def joined(items: Sequence[str]) -> str:
    """Joins items to one text."""
    return "; ".join(items)


def grown(least: Sequence[int], wanted: Sequence[int], room: int) -> list[int]:
    """Gives rows all the lines that they want, those that want the fewest more first.

    A row for which the page has too little room left keeps its least: half a sentence helps nobody.
    """
    found = list(least)
    more = sorted(
        (want - has, place) for place, (want, has) in enumerate(zip(wanted, least, strict=True))
    )
    for need, place in more:
        if sum(found) + need <= room:
            found[place] += need
    return found


def heights(least: Sequence[int], wanted: Sequence[int], room: int) -> list[int]:
    """Divides the lines of a page: each row gets its least, and the neediest rows more in turn."""
    found = list(least)
    while sum(found) < room:
        rows = zip(wanted, found, strict=True)
        needs = [(want - has, -place) for place, (want, has) in enumerate(rows)]
        need, place = max(needs)
        if need <= 0:
            break
        found[-place] += 1
    return found
