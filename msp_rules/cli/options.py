"""What several commands are told in the same words: a ruleset, overlays, a rule, a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from msp_rules.casework.moment import Cutoff, parse_as_of, parse_date
from msp_rules.casework.vocabulary import nearest
from msp_rules.errors import MspRulesError, RulesetInvalid
from msp_rules.hooks import load_installed
from msp_rules.hooks.installed_rules import rules_folder
from msp_rules.rules import Layered, load_layers, shipped_ruleset
from msp_rules.rules.overlay import overlay_files
from msp_rules.rules.rule import Ruleset
from msp_rules.rules.yaml_source import Block, Problems, Text, read_yaml

overlay_option = click.option(
    "--overlay",
    "overlays",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An overlay (a file or folder); repeat it for overlays of overlays, the lowest first.",
)


def layered(name: str, overlays: Sequence[Path]) -> Layered:
    """A ruleset by name or folder with its overlays; raises RulesetInvalid with all mistakes."""
    return load_layers(*stack(name, overlays))


def stack(name: str, overlays: Sequence[Path]) -> tuple[Path, tuple[Path, ...]]:
    """The folder of a ruleset and the overlays over it.

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
    """Whether a path is an overlay: a file, or a folder with an overlay.yaml."""
    return path.is_file() or (path / "overlay.yaml").is_file()


def _extended(overlay: Path) -> str | None:
    """The id of what an overlay extends; None where that can't be read (`check` says why)."""
    block = read_yaml(overlay_files(overlay)[0], overlay.name, Problems())
    extends = block.entries.get("extends") if block is not None else None
    node = extends.entries.get("id") if isinstance(extends, Block) else None
    return node.value if isinstance(node, Text) else None


def ruleset_folder(name: str) -> Path:
    """The folder that a ruleset's path or name means: a shipped one, or one of a plug-in."""
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
    """The files and folders that overlays' paths mean, or the names of those of plug-ins."""
    return tuple(_overlay_path(path) for path in overlays)


def _overlay_path(path: Path) -> Path:
    if path.exists() or path.suffix or len(path.parts) != 1:
        return path
    return rules_folder(load_installed(), path.name) or path


def need_rule(ruleset: Ruleset, rule: str) -> None:
    """Raises MspRulesError, with the nearest right id, where a ruleset has no such rule."""
    ids = [one.id for one in ruleset.rules]
    if rule not in ids:
        guess = nearest(rule, ids)
        hint = f'; did you mean "{guess}"?' if guess else ""
        raise MspRulesError(f'{ruleset.id} has no rule "{rule}"{hint}')


def cutoff_of(as_of: str | None) -> Cutoff | None:
    """The cutoff that `--as-of` says, None without it; a wrong one is a usage error."""
    if as_of is None:
        return None
    try:
        return parse_as_of(as_of)
    except ValueError:
        raise click.UsageError("--as-of takes a date (YYYY-MM-DD) or date-time") from None


def day_of(text: str | None, option: str) -> date | None:
    """The day that an option says, None without it; a wrong one is a usage error."""
    if text is None:
        return None
    try:
        return parse_date(text)
    except ValueError:
        raise click.UsageError(f"{option} takes a date (YYYY-MM-DD)") from None
