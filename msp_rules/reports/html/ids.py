"""Writes ids on the page: in one piece where they are short, and as the address of a case."""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import quote

_MOST_UNBROKEN: Final = 30
"""An id of so many letters fits a screen of 320 px; a longer one may break anywhere."""


def case_anchor(case: str) -> str:
    """Gives the name by which an address finds a case: `case-` and the id, its marks escaped."""
    return f"case-{quote(case, safe='')}"


def id_class(text: str) -> str:
    """Gives the classes of an id: a short one is never broken at its hyphens."""
    return "id" if len(text) <= _MOST_UNBROKEN else "id long"


def id_span(text: str) -> str:
    """Writes an id, escaped."""
    return f'<span class="{id_class(text)}">{escape(text)}</span>'
