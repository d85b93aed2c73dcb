"""The shipped rulesets: no mistake, no warning, and every example comes out as written."""

from pathlib import Path

from msp_rules.authoring.examples import run_examples
from msp_rules.rules import check_ruleset, load_ruleset, shipped_ruleset
from tests.support.core import core_ruleset

GROUPS = {
    "ASK": 5, "OUT": 7, "MCA": 5, "ADV": 5, "CON": 4, "RISK": 3, "PROP": 1, "DEC": 3, "COM": 1,
    "PLAN": 3, "DUR": 1, "SUP": 1, "INV": 3, "PAR": 2, "CLO": 5, "DQ": 1, "SPC": 5,
}  # fmt: skip
CORE_RULES = {f"{name}-{n:02}" for name, count in GROUPS.items() for n in range(1, count + 1)}
OPTIONAL_RULES = {"OUT-07", "MCA-05", "ADV-05", "CON-04", "SUP-01"}


def test_core_rules_have_no_mistake() -> None:
    ruleset, problems = check_ruleset(shipped_ruleset("msp-core"))

    assert problems == ()
    assert ruleset is not None
    assert {rule.id for rule in ruleset.rules} == CORE_RULES
    assert {rule.id for rule in ruleset.rules if not rule.is_enabled} == OPTIONAL_RULES
    assert ruleset.nation == "England"


def test_every_example_comes_out_as_written_by_both_matchers() -> None:
    results = list(run_examples(core_ruleset(), matcher="both"))

    assert [r for r in results if not r.has_passed] == []
    assert len(results) > 200


def test_an_example_that_is_wrong_fails(tmp_path: Path) -> None:
    source = shipped_ruleset("msp-core")
    for path in source.rglob("*.yaml"):
        target = tmp_path / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text().replace("then: met_late", "then: met"))

    failed = [r for r in run_examples(load_ruleset(tmp_path), matcher="python") if r.got]

    assert len(failed) >= 9
    assert all(result.got.startswith("expected met, got") for result in failed)


def test_no_rule_asks_for_consent() -> None:
    for rule in core_ruleset().rules:
        assert "consent" not in f"{rule.prompt.summary} {rule.finding}".lower()
        assert "not evidenced in the record" in rule.finding
