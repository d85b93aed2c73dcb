"""The shipped rulesets: no mistake, no warning, and every example comes out as written."""

from pathlib import Path

import pytest

from msp_rules.authoring.examples import run_examples
from msp_rules.rules import check_ruleset, load_ruleset, shipped_ruleset
from tests.builders.part_of_core import write_part_of_core
from tests.support.core import core_ruleset
from tests.support.matchers import HAS_DURABLE

pytestmark = pytest.mark.slow

RULE_WITH_LATE_EXAMPLES = "rules/ADV-02.yaml"


def test_core_rules_have_no_mistake() -> None:
    folder = shipped_ruleset("msp-core")

    ruleset, problems = check_ruleset(folder)

    assert problems == ()
    assert ruleset is not None
    assert {rule.id for rule in ruleset.rules} == {p.stem for p in folder.glob("rules/*.yaml")}
    assert ruleset.nation == "England"


def test_every_example_comes_out_as_written_by_both_matchers() -> None:
    results = list(run_examples(core_ruleset(), matcher="both" if HAS_DURABLE else "python"))

    assert [r for r in results if not r.has_passed] == []
    assert {r.owner for r in results} >= {rule.id for rule in core_ruleset().rules}


def test_an_example_that_is_wrong_fails(tmp_path: Path) -> None:
    folder = write_part_of_core(tmp_path / "core", RULE_WITH_LATE_EXAMPLES, "ruleset.yaml")
    rule = folder / RULE_WITH_LATE_EXAMPLES
    text = rule.read_text()
    rule.write_text(text.replace("then: met_late", "then: met"))

    failed = [r for r in run_examples(load_ruleset(folder), matcher="python") if r.got]

    assert len(failed) == text.count("then: met_late") > 0
    assert all(result.got.startswith("expected met, got") for result in failed)


def test_no_rule_asks_for_consent() -> None:
    for rule in core_ruleset().rules:
        assert "consent" not in f"{rule.prompt.summary} {rule.finding}".lower()
        assert "not evidenced in the record" in rule.finding
