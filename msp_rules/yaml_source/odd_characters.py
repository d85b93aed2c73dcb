"""Names characters that a reader can't see, or takes for others: they come with text from Word.

A non-breaking space looks like a space and curly quotes look like quotes, so that a message about
the word in which they stand looks like nonsense.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_NAMES: Final = {
    "\u00a0": "a non-breaking space",
    "\u2007": "a non-breaking space",
    "\u202f": "a non-breaking space",
    "\u2009": "a thin space",
    "\u2003": "a wide space",
    "\u200b": "a zero-width space",
    "\u200c": "an invisible character",
    "\u200d": "an invisible character",
    "\u2060": "an invisible character",
    "\ufeff": "an invisible byte order mark",
    "\u00ad": "an invisible hyphen",
    "\u2028": "an invisible line separator",
    "\u2029": "an invisible line separator",
    "\u200e": "an invisible direction mark",
    "\u200f": "an invisible direction mark",
}
_INVISIBLE: Final = re.compile(f"[{''.join(_NAMES)}]")
# Not the curly apostrophe, which stands in many a sound text.
_QUOTES: Final = '"\u201c\u201d\u201e'
_CURLY: Final = re.compile("[\u201c\u201d\u201e]")


class OddCharacter(NamedTuple):
    """A character that is not what it looks like."""

    position: int
    """The number of characters before it."""
    name: str
    """Its name with an article: "a non-breaking space"."""


def invisible_in(text: str) -> OddCharacter | None:
    """Finds the first character of a text that can't be seen for what it is."""
    found = _INVISIBLE.search(text)
    return None if found is None else OddCharacter(found.start(), _NAMES[found[0]])


def curly_quote_in(text: str) -> OddCharacter | None:
    """Finds the first curly quote of a text."""
    found = _CURLY.search(text)
    return None if found is None else OddCharacter(found.start(), "a curly quote")


def described(odd: OddCharacter, text: str) -> str:
    """Says where in a text the character stands, and what to write: a sentence for a message."""
    before = text[: odd.position].split()
    word = before[-1].strip(_QUOTES) if before else ""
    place = f' after "{word}"' if word else " at its beginning"
    instead = "a straight quote" if odd.name == "a curly quote" else "an ordinary space, or nothing"
    return f"{odd.name}{place} (pasted from Word or Excel?): write {instead}"
