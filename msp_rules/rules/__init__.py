"""Reads rules from a folder: the rule language, the files of a ruleset, and the layers over it.

Each name is loaded when it is first used, so that a compiled ruleset does not wait for the readers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msp_rules.rules.folder import check_ruleset, load_ruleset
    from msp_rules.rules.layers.layers import Layered, check_layers, load_layers
    from msp_rules.rules.shipped import shipped_ruleset

__all__ = [
    "Layered",
    "check_layers",
    "check_ruleset",
    "load_layers",
    "load_ruleset",
    "shipped_ruleset",
]

_HOMES: Final[Mapping[str, str]] = {
    "Layered": "msp_rules.rules.layers.layers",
    "check_layers": "msp_rules.rules.layers.layers",
    "check_ruleset": "msp_rules.rules.folder",
    "load_layers": "msp_rules.rules.layers.layers",
    "load_ruleset": "msp_rules.rules.folder",
    "shipped_ruleset": "msp_rules.rules.shipped",
}
"""The module of each name: at run time it does what the imports do for type checkers."""


# Hidden from type checkers, which would take any name at all for one of these.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Loads a name when it is first asked for."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(_HOMES[name]), name)
        globals()[name] = found  # from now on it is found without this function
        return found
