"""Reads the options that several commands share: rulesets, overlays, a rule, a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from msp_rules.casework.moments import Cutoff, parse_as_of, parse_date
from msp_rules.errors import MspRulesError, did_you_mean
from msp_rules.rules.language.rule import Ruleset

if TYPE_CHECKING:
    from msp_rules.rules import Layered

overlay_option = click.option(
    "--overlay",
    "overlays",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An overlay (a file or folder); repeat it for overlays of overlays, the lowest first.",
)


mapping_option = click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="A mapping file for a vendor's own export.",
)


def layered(name: str, overlays: Sequence[Path]) -> Layered:
    """Loads a ruleset with its overlays and the text of each rule, to show where values come from.

    Raises RulesetInvalid with all mistakes. Who needs no more than the rules in force takes
    `load_ruleset`, which is answered from the compiled form.
    """
    # Imported here: whoever needs no more than the rules in force is spared the readers.
    from msp_rules.rules import load_layers
    from msp_rules.rules.layers.finding import stack

    return load_layers(*stack(name, overlays))


def need_rule(ruleset: Ruleset, rule: str) -> None:
    """Raises MspRulesError, with the nearest right id, where a ruleset has no such rule."""
    ids = [one.id for one in ruleset.rules]
    if rule not in ids:
        raise MspRulesError(f'{ruleset.id} has no rule "{rule}"{did_you_mean(rule, ids)}')


def read_as_of(as_of: str | None) -> Cutoff | None:
    """Reads the cutoff that `--as-of` says, None without it; a wrong one is a usage error."""
    if as_of is None:
        return None
    try:
        return parse_as_of(as_of)
    except ValueError:
        raise click.UsageError("--as-of takes a date (YYYY-MM-DD) or date-time") from None


def day_of(text: str | None, option: str) -> date | None:
    """Reads the day that an option says, None without it; a wrong one is a usage error."""
    if text is None:
        return None
    try:
        return parse_date(text)
    except ValueError:
        raise click.UsageError(f"{option} takes a date (YYYY-MM-DD)") from None


def today_in_england() -> date:
    """Gives the day that it is in London."""
    return datetime.now(ZoneInfo("Europe/London")).date()
