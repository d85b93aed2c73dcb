"""Words that a host hands in and that must be on a list: a misspelt one is refused, never empty."""

from __future__ import annotations

from collections.abc import Sequence

from msp_rules.casework.vocabulary import nearest
from msp_rules.errors import MspRulesError


def refuse_other(word: str | None, words: Sequence[str], what: str) -> None:
    """Raises MspRulesError for a word that is not on the list.

    The message names the list and the nearest word, never the word that came: it may be anything.
    """
    if word in words:
        return
    guess = nearest(word, words) if word is not None else None
    hint = f'; did you mean "{guess}"?' if guess else ""
    raise MspRulesError(f"{what} is none of: {', '.join(words)}{hint}")
