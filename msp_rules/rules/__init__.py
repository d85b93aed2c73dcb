"""What a rule says: the rule language, the reading of its files, and layers over them."""

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
