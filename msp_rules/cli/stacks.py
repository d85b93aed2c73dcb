"""Which ruleset and overlays the words of a command line mean, where two are set side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msp_rules.cli.options import is_overlay, overlay_paths, ruleset_folder
from msp_rules.errors import MspRulesError, RulesetInvalid
from msp_rules.rules.overlay import read_pin
from msp_rules.rules.stack import Stack


def stack_of(words: Sequence[str], below: Stack | None = None) -> Stack:
    """The stack that some words mean: a ruleset (name or folder), then overlays, lowest first.

    Where the first word is an overlay, the ruleset is that of `below` or, without it, the shipped
    one that the overlay extends.
    """
    first, *rest = words
    above = overlay_paths([Path(word) for word in rest])
    stray = next((path for path in above if not is_overlay(path)), None)
    if stray is not None:
        raise MspRulesError(
            f'"{stray}" is no overlay (a file, or a folder with an overlay.yaml); only what comes '
            "first may be a ruleset"
        )
    if not is_overlay(Path(first)):
        return Stack(ruleset_folder(first), above)
    overlays = (Path(first), *above)
    pin = read_pin(overlays[0]).id
    if below is not None:
        known = below.load().ruleset.layers
        if pin == known[-1].id:
            return Stack(below.folder, (*below.overlays, *overlays))
        if pin == known[0].id:
            return Stack(below.folder, overlays)
    try:
        return Stack(ruleset_folder(pin), overlays)
    except RulesetInvalid:
        raise MspRulesError(
            f'{overlays[0].name} extends "{pin}", which is no shipped ruleset; name the folder of '
            f"what it extends before it"
        ) from None


def beside(before: Sequence[str], after: Sequence[str]) -> tuple[Stack, Stack]:
    """The two stacks to compare; without `before`, what the topmost overlay of `after` changes."""
    if before:
        one = stack_of(before)
        return one, stack_of(after, one)
    other = stack_of(after)
    if not other.overlays:
        raise MspRulesError("say what the ruleset is compared with: --before RULESET")
    return Stack(other.folder, other.overlays[:-1]), other
