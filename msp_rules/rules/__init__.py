"""What a rule says: the rule language, the reading of its files, and layers over them."""

from msp_rules.rules.layers import Layered, check_layers, load_layers
from msp_rules.rules.loader import check_ruleset, load_ruleset, shipped_ruleset

__all__ = [
    "Layered",
    "check_layers",
    "check_ruleset",
    "load_layers",
    "load_ruleset",
    "shipped_ruleset",
]
