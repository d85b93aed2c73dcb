"""Defines the words of the board's report: raters, results, reasons, and kinds of talks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msp_rules.rules.language.wording import spaced

RATERS_IN_WORDS: Final[Mapping[str, str]] = {
    "machine": "rules",
    "agency": "agency",
    "peer": "peer",
    "agreed": "agreed rating",
}
"""Those who rate, as a table names them."""
RESULTS_IN_WORDS: Final[Mapping[str, str]] = {
    "not_achieved": "not met",
    "partial": "met in part",
}
"""The results of an outcome for which a reason is asked."""
KINDS_IN_WORDS: Final[Mapping[str, str]] = {
    "adult": "adult or advocate",
    "worker": "worker",
    "observation": "observation of practice",
}
"""The kinds of talks and observations."""


def reason_in_words(code: str) -> str:
    """Writes the code of a reason; an empty one says that none is recorded."""
    return spaced(code) if code else "no reason recorded"


def percent(share: float) -> str:
    """Writes a share in whole per cent; nothing is rounded to none or to all."""
    text = f"{100 * share:.0f}%"
    if 0 < share < 1:
        return {"0%": "under 1%", "100%": "over 99%"}.get(text, text)
    return text
