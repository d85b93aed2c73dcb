"""How much a test does that could go on for ever: enough for each commit, or all of it."""

from __future__ import annotations

_is_thorough = False


def choose(*, thorough: bool) -> None:
    """Says whether this run is a thorough one; called once, before any test is collected."""
    global _is_thorough
    _is_thorough = thorough


def of(usual: int, *, thorough: int) -> int:
    """Gives how many cases, seeds or kills a test takes in this run."""
    return thorough if _is_thorough else usual
