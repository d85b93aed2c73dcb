"""Matches the names of tables and columns in an export with those in a mapping."""

from __future__ import annotations

import html
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

_WILD: Final = ("*", "?")


@lru_cache(maxsize=4096)
def plain_name(text: str) -> str:
    """Gives the name of a column without the invisible leftovers of forms.

    These are white space at its ends or repeated within, and characters written as entities.
    """
    return " ".join(html.unescape(text).split())


def tables_named(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Finds the tables that a mapping means: the one of that name, else those of the pattern.

    In a pattern, `*` stands for any characters and `?` for any one; `.csv` at its end is left out,
    as tables have no ending.
    """
    names = tuple(known)
    if name in names:
        return (name,)
    if not any(mark in name for mark in _WILD):
        return ()
    pattern = name.removesuffix(".csv").casefold()
    return tuple(one for one in names if fnmatchcase(one.casefold(), pattern))
