"""Reads rules from a folder: the rule language, the files of a ruleset, and the layers over it."""

from msp_rules.rules.folder import check_ruleset, load_ruleset, shipped_ruleset
from msp_rules.rules.layers.layers import Layered, check_layers, load_layers

__all__ = [
    "Layered",
    "check_layers",
    "check_ruleset",
    "load_layers",
    "load_ruleset",
    "shipped_ruleset",
]
