"""Keeps text from a record from being anything but text in a spreadsheet or in XML."""

from __future__ import annotations

import re
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""The first characters that make a spreadsheet compute a cell; OWASP, "CSV Injection"."""
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""XML 1.0, production 2 (Char)."""


def is_formula(text: str) -> bool:
    """Tells whether a spreadsheet would compute this text instead of showing it."""
    return text.startswith(_FORMULA)


def xml_text(text: str) -> str:
    """Replaces each character that no XML document may hold, even as an escape."""
    return _NOT_IN_XML.sub("\ufffd", text)
