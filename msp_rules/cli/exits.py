"""The exit codes of the command line, and what its commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from msp_rules.casework.vocabulary import nearest
from msp_rules.errors import MspRulesError
from msp_rules.rules import Layered, load_layers, shipped_ruleset
from msp_rules.rules.rule import Ruleset

FINDINGS: Final = 1
INCOMPLETE: Final = 2
INVALID: Final = 3
UNREADABLE: Final = 4
INTERNAL: Final = 5
USAGE: Final = 64
"""The contract has no code for a wrong command line; 64 is that of sysexits.h (EX_USAGE)."""


overlay_option = click.option(
    "--overlay",
    "overlays",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An overlay (a file or folder); repeat it for overlays of overlays, the lowest first.",
)


def layered(name: str, overlays: Sequence[Path]) -> Layered:
    """A ruleset by name or folder with its overlays; raises RulesetInvalid with all mistakes."""
    return load_layers(ruleset_folder(name), overlays)


def ruleset_folder(name: str) -> Path:
    """The folder that a ruleset's name or path means."""
    return Path(name) if Path(name).is_dir() else shipped_ruleset(name)


def need_rule(ruleset: Ruleset, rule: str) -> None:
    """Raises MspRulesError, with the nearest right id, where a ruleset has no such rule."""
    ids = [one.id for one in ruleset.rules]
    if rule not in ids:
        guess = nearest(rule, ids)
        hint = f'; did you mean "{guess}"?' if guess else ""
        raise MspRulesError(f'{ruleset.id} has no rule "{rule}"{hint}')
