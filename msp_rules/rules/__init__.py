"""What a rule says: the rule language, and the reading of its files."""

from msp_rules.rules.loader import check_ruleset, load_ruleset, shipped_ruleset

__all__ = ["check_ruleset", "load_ruleset", "shipped_ruleset"]
