"""The rules of the package load, hold in their examples, and are found by name."""

import msp_example_procedure
import pytest

from msp_rules.authoring.lint import run_layered_examples
from msp_rules.hooks import Registry
from msp_rules.hooks.loading import rules_folder
from msp_rules.rules import check_layers


@pytest.fixture
def registry() -> Registry:
    found = Registry()
    found.register("example-procedure", msp_example_procedure)
    return found


def test_the_ruleset_and_its_overlay_have_no_mistake(registry: Registry) -> None:
    ruleset, overlay = (rules_folder(registry, f"example-{n}") for n in ("procedure", "town"))
    assert ruleset is not None
    assert overlay is not None

    found, problems = check_layers(ruleset, [overlay])
    examples = run_layered_examples(ruleset, [overlay], matcher="python")

    assert problems == ()
    assert found is not None
    assert [rule.id for rule in found.ruleset.rules] == ["EX-01", "X-TOWN-01"]
    assert [one.name for one in examples if not one.has_passed] == []


def test_the_overlay_brings_a_word_of_its_own(registry: Registry) -> None:
    ruleset, overlay = (rules_folder(registry, f"example-{n}") for n in ("procedure", "town"))
    assert ruleset is not None
    assert overlay is not None

    found, _ = check_layers(ruleset, [overlay])

    assert found is not None
    assert "x_town_card_given" in found.ruleset.vocabulary.events


def test_another_name_is_nobodys(registry: Registry) -> None:
    assert rules_folder(registry, "example-city") is None
