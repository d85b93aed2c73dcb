"""Reads dates as a system writes them, in a form of `strptime`; plain forms are read quickly."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Final

_PARTS: Final = {
    "%d": r"(?P<day>3[01]|[12]\d|0[1-9]|[1-9])",
    "%m": r"(?P<month>1[0-2]|0[1-9]|[1-9])",
    "%Y": r"(?P<year>\d{4})",
    "%H": r"(?P<hour>2[0-3]|[01]\d|\d)",
    "%M": r"(?P<minute>[0-5]\d|\d)",
    "%S": r"(?P<second>[0-5]\d|\d)",
}
"""Parts of dates that are numbers, as `strptime` takes them (CPython 3.11, _strptime.py)."""
_MARK: Final = re.compile("%.")


def stamp_in(text: str, form: str) -> datetime | None:
    """Reads a date in a form; None for another. Without an offset it is a wall clock's time."""
    pattern = _pattern(form)
    if pattern is not None:
        found = pattern.fullmatch(text)
        if found is not None:
            parts = {name: int(part) for name, part in found.groupdict().items()}
            try:
                return datetime(**parts)  # type: ignore[arg-type]  # noqa: DTZ001
            except ValueError:
                return None
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _pattern(form: str) -> re.Pattern[str] | None:
    """Gives the pattern of a form that holds nothing but numbers and what separates them."""
    marks = _MARK.findall(form)
    if len(set(marks)) != len(marks) or not {"%d", "%m", "%Y"} <= set(marks) <= _PARTS.keys():
        return None
    literals = _MARK.split(form)
    if any(one.isalnum() or "%" in one for one in literals):
        return None
    text = re.escape(literals[0])
    for mark, literal in zip(marks, literals[1:], strict=True):
        text += _PARTS[mark] + re.escape(literal)
    return re.compile(text, re.ASCII)
