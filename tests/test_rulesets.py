"""The shipped rulesets: no mistake, no warning, and every example comes out as written."""

from pathlib import Path

from msp_rules.authoring.examples import run_examples
from msp_rules.rules import check_ruleset, load_ruleset, shipped_ruleset

CORE_RULES = {
    "ASK-01", "ASK-02", "ASK-04", "OUT-01", "OUT-04", "MCA-01", "MCA-02", "ADV-01", "ADV-02",
    "CON-01", "RISK-01", "PROP-01", "CLO-01", "CLO-02", "INV-01",
    "PAR-01", "PAR-02", "CLO-03", "CLO-04", "CLO-05", "DQ-01",
    "SPC-01", "SPC-02", "SPC-03", "SPC-04", "SPC-05",
}  # fmt: skip


def test_core_rules_have_no_mistake() -> None:
    ruleset, problems = check_ruleset(shipped_ruleset("msp-core"))

    assert problems == ()
    assert ruleset is not None
    assert {rule.id for rule in ruleset.rules} == CORE_RULES
    assert ruleset.nation == "England"


def test_every_example_comes_out_as_written_by_both_matchers() -> None:
    results = list(run_examples(load_ruleset(shipped_ruleset("msp-core")), matcher="both"))

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
    for rule in load_ruleset(shipped_ruleset("msp-core")).rules:
        assert "consent" not in f"{rule.prompt.summary} {rule.finding}".lower()
        assert "not evidenced in the record" in rule.finding
