"""The core ruleset, read once in each test process: reading it takes most of two seconds."""

from functools import cache

from msp_rules.rules import load_ruleset, shipped_ruleset
from msp_rules.rules.language.rule import Ruleset


@cache
def core_ruleset() -> Ruleset:
    """The shipped core ruleset; like all rulesets it is never changed."""
    return load_ruleset(shipped_ruleset("msp-core"))
