"""The exit codes of the command line, and what its commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msp_rules.casework.vocabulary import nearest
from msp_rules.errors import MspRulesError
from msp_rules.rules import shipped_ruleset
from msp_rules.rules.rule import Ruleset

FINDINGS: Final = 1
INCOMPLETE: Final = 2
INVALID: Final = 3
UNREADABLE: Final = 4
INTERNAL: Final = 5
USAGE: Final = 64
"""The contract has no code for a wrong command line; 64 is that of sysexits.h (EX_USAGE)."""


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
