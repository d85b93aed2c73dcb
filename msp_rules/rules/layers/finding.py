"""Finds rulesets and overlays: by their path, or by name (a shipped one, or one of a plug-in).

An overlay means itself applied to the ruleset that it extends.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msp_rules.errors import MspRulesError, RulesetInvalid
from msp_rules.hooks import load_installed
from msp_rules.hooks.loading import rules_folder
from msp_rules.rules.layers.layers import Stack
from msp_rules.rules.layers.overlay import overlay_files, read_pin
from msp_rules.rules.shipped import shipped_ruleset
from msp_rules.yaml_source.nodes import Block, Problems, Text, read_yaml


def stack(name: str, overlays: Sequence[Path]) -> tuple[Path, tuple[Path, ...]]:
    """Finds the folder of a ruleset and the overlays over it.

    Where `name` is itself an overlay, it is the highest, and the ruleset is the one that the lowest
    of them extends.
    """
    if not is_overlay(Path(name)):
        return ruleset_folder(name), overlay_paths(overlays)
    layers = (*overlay_paths(overlays), Path(name))
    below = _extended(layers[0])
    try:
        return _installed_ruleset(below or "msp-core"), layers
    except RulesetInvalid:
        message = (
            f'{layers[0].name} extends "{below}", which is not installed here; name the ruleset, '
            "and every overlay with --overlay, the lowest first"
        )
        raise MspRulesError(message) from None


def is_overlay(path: Path) -> bool:
    """Tells whether a path is an overlay: a file, or a folder with an overlay.yaml."""
    return path.is_file() or (path / "overlay.yaml").is_file()


def _extended(overlay: Path) -> str | None:
    """Reads the id of what an overlay extends; None where it can't be read (`check` says why)."""
    block = read_yaml(overlay_files(overlay)[0], overlay.name, Problems())
    extends = block.entries.get("extends") if block is not None else None
    node = extends.entries.get("id") if isinstance(extends, Block) else None
    return node.value if isinstance(node, Text) else None


def ruleset_folder(name: str) -> Path:
    """Finds the folder of a ruleset, by path or by name."""
    return Path(name) if Path(name).is_dir() else _installed_ruleset(name)


def _installed_ruleset(name: str) -> Path:
    try:
        return shipped_ruleset(name)
    except RulesetInvalid:
        found = rules_folder(load_installed(), name)
        if found is None:
            raise
        return found


def overlay_paths(overlays: Sequence[Path]) -> tuple[Path, ...]:
    """Finds overlays by path, or by the name of one of a plug-in."""
    return tuple(_overlay_path(path) for path in overlays)


def _overlay_path(path: Path) -> Path:
    if path.exists() or path.suffix or len(path.parts) != 1:
        return path
    return rules_folder(load_installed(), path.name) or path


def stack_of(words: Sequence[str], below: Stack | None = None) -> Stack:
    """Finds the stack that words name: a ruleset, then overlays, the lowest first.

    Where the first word is an overlay, the ruleset is that of `below` or, without it, the shipped
    one that the overlay extends.
    """
    first, *rest = words
    above = overlay_paths([Path(word) for word in rest])
    stray = next((path for path in above if not is_overlay(path)), None)
    if stray is not None:
        raise MspRulesError(
            f'"{stray}" is not an overlay (a file, or a folder with an overlay.yaml); only what '
            "comes first may be a ruleset"
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
            f'{overlays[0].name} extends "{pin}", which is not a shipped ruleset; name the '
            "folder of what it extends before it"
        ) from None


def beside(before: Sequence[str], after: Sequence[str]) -> tuple[Stack, Stack]:
    """Finds the two stacks to compare; without `before`, `after` without its topmost overlay."""
    if before:
        one = stack_of(before)
        return one, stack_of(after, one)
    other = stack_of(after)
    if not other.overlays:
        raise MspRulesError("say what the ruleset is compared with: --before RULESET")
    return Stack(other.folder, other.overlays[:-1]), other
