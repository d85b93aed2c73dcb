"""The texts of two versions of the program beside each other, where they differ."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from tests.golden.digests import Outcome, differences, differing_cases
from tests.golden.texts import CASE_FILES, Texts, case_lines

_MOST_LINES: Final = 60
_MOST_CASES: Final = 3
_LONGEST_LINE: Final = 240


def readable_differences(
    before: tuple[Path, Texts, Outcome], after: tuple[Path, Texts, Outcome]
) -> Iterator[str]:
    """Yields each file that differs and a unified difference of its texts, never all of a long one.

    Each side is the folder of what came out, how it is read, and its digests.
    """
    old, old_texts, old_outcome = before
    new, new_texts, new_outcome = after
    for said in differences(old_outcome, new_outcome):
        yield said
        name = said.split(" ", 1)[0]
        if not ((old / name).exists() and (new / name).exists()):
            continue
        cases = differing_cases(old_outcome, new_outcome, name)
        if name not in CASE_FILES or not cases:
            yield from _capped(
                old_texts.lines_of(old / name), new_texts.lines_of(new / name), name, _MOST_LINES
            )
            continue
        sides = old_texts.cases_of(old / name), new_texts.cases_of(new / name)
        for case in cases[:_MOST_CASES]:
            one, other = (case_lines(side.get(case, b"")) for side in sides)
            yield from _capped(one, other, f"{name} {case}", _MOST_LINES // _MOST_CASES)


def _capped(old: Sequence[str], new: Sequence[str], name: str, most: int) -> Iterator[str]:
    lines = difflib.unified_diff(old, new, f"before: {name}", f"now: {name}", lineterm="", n=2)
    for line in islice(lines, most):
        yield f"    {line[:_LONGEST_LINE]}"
    if next(lines, None) is not None:
        yield "    ... and more"
