"""What several commands are told in the same words: a ruleset, overlays, a rule, a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from msp_rules.casework.moment import Cutoff, parse_as_of, parse_date
from msp_rules.casework.vocabulary import nearest
from msp_rules.errors import MspRulesError
from msp_rules.rules import Layered, load_layers, shipped_ruleset
from msp_rules.rules.rule import Ruleset

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
