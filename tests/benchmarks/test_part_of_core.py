from pathlib import Path

from benchmarks.part_of_core import FIRST_RULES, write_part_of_core
from msp_rules.rules import load_ruleset


def test_the_first_rules_are_a_ruleset_of_their_own(tmp_path: Path) -> None:
    ruleset = load_ruleset(write_part_of_core(tmp_path / "first"))

    assert [rule.id for rule in ruleset.rules] == sorted(FIRST_RULES)
    assert {name for one in ruleset.suspensions for name in one.keeps} == {"RISK-01"}
