"""The rules of the package are found by name, load, and ask and answer as the procedure says."""

from pathlib import Path

import msp_example_procedure
import pytest

from msp_rules import Case, Engine, Event, MspRulesError, Ruleset, from_json, load_ruleset
from msp_rules.hooks import Registry


@pytest.fixture(scope="module")
def folders() -> dict[str, Path]:
    """What the plug-in names, as a host hears it."""
    registry = Registry()
    registry.register("example-procedure", msp_example_procedure)
    (given,) = registry.ask("msp_rulesets").given
    return given.value


@pytest.fixture(scope="module")
def rules(folders: dict[str, Path]) -> Ruleset:
    """The board's procedure, with the town's overlay."""
    return load_ruleset(folders["example-procedure"], [folders["example-town"]])


def case_of(ruleset: Ruleset, *events: dict[str, str]) -> Case:
    read = tuple(from_json(Event, event, ruleset=ruleset) for event in events)
    return Case(id="E-1", events=read)


def test_it_names_a_ruleset_and_an_overlay(folders: dict[str, Path]) -> None:
    assert sorted(folders) == ["example-procedure", "example-town"]


def test_the_ruleset_and_its_overlay_have_no_mistake(rules: Ruleset) -> None:
    assert [rule.id for rule in rules.rules] == ["EX-01", "X-TOWN-01"]
    assert [layer.id for layer in rules.layers] == ["example-procedure", "example-town"]


@pytest.mark.parametrize(
    ("given", "verdict"), [("2026-01-12", "met"), ("2026-01-13", "met_late"), (None, "not_met")]
)
def test_the_card_of_the_town_is_given_within_five_working_days(
    given: str | None, verdict: str, rules: Ruleset
) -> None:
    concern = {"type": "concern_raised", "id": "e1", "occurred": "2026-01-05"}
    card = {"type": "x_town_card_given", "id": "e2", "occurred": given or ""}
    case = case_of(rules, concern, *([card] if given else []))

    evaluation = Engine(rules, matcher="python").evaluate(case, "2026-03-31")

    assert {one.rule: one.verdict for one in evaluation.answers if one.subject} == {
        "X-TOWN-01": verdict
    }


def test_without_the_overlay_the_word_of_the_town_is_unknown(folders: dict[str, Path]) -> None:
    procedure = load_ruleset(folders["example-procedure"])

    with pytest.raises(MspRulesError, match="must be an event type of the vocabulary"):
        case_of(procedure, {"type": "x_town_card_given", "id": "e1", "occurred": "2026-01-05"})
