"""The blocks of a rule: listed once, and found wherever a condition stands."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from msp_rules.errors import RulesetInvalid
from msp_rules.rules import load_ruleset
from msp_rules.rules.language.conditions import Count, DueAt, DueWithin, walk
from msp_rules.rules.language.lock import meaning_of
from msp_rules.rules.language.rule import BLOCKS, Rule, asked_by, conditions_of
from tests.builders.ruleset import rule_text, ruleset_of, write_files
from tests.builders.sound_rulesets import NOTHING_TO_WARN_OF, RULE

EVERY_BLOCK = {
    "applies_when": "{recorded: concern_raised}",
    "expect": "{recorded: outcomes_conversation}",
    "due": "{within: 2 working_days, of: this}",
    "explained_when": "{recorded: explanation, codes: [unsafe]}",
    "partly_when": "{recorded: s42_decided}",
    "cannot_tell_when": "{recorded: enquiry_planned}",
    "if_none": "{applies_when: {recorded: enquiry_started}, due: {at: {first: enquiry_started}}}",
    "colour": "{red_when: {recorded: case_closed}}",
}


def rule_of(folder: Path, body: str) -> Rule:
    return ruleset_of(folder, rule_text("EX-01", body)).rules[0]


def rule_with(blocks: Mapping[str, str], folder: Path) -> Rule:
    body = "".join(f"{key}: {text}\n" for key, text in {"each": "concern_raised", **blocks}.items())
    return ruleset_of(folder, rule_text("EX-01", body)).rules[0]


def test_conditions_stand_under_the_keys_of_the_file(tmp_path: Path) -> None:
    rule = rule_with(EVERY_BLOCK, tmp_path)

    found = dict(conditions_of(rule))

    assert found.keys() == EVERY_BLOCK.keys() - {"due"}
    assert [block.of(rule) for block in BLOCKS] == [found[block.key] for block in BLOCKS]
    assert {key: types_in(node) for key, node in found.items() if isinstance(node, Count)} == {
        "applies_when": ["concern_raised"],
        "expect": ["outcomes_conversation"],
        "partly_when": ["s42_decided"],
        "cannot_tell_when": ["enquiry_planned"],
        "if_none": ["enquiry_started"],
        "colour": ["case_closed"],
    }


_WORDS = "why: The wishes of the adult come first. It is their life.\ncounts: A talk with them.\n"


def test_words_for_workers_stand_beside_the_meaning(tmp_path: Path) -> None:
    plain = rule_of(tmp_path / "plain", "expect: {recorded: outcomes_conversation}\n")
    told = rule_of(tmp_path / "told", f"{_WORDS}expect: {{recorded: outcomes_conversation}}\n")

    assert (told.why, told.counts) == (
        "The wishes of the adult come first. It is their life.",
        "A talk with them.",
    )
    assert (plain.why, plain.counts) == (None, None)
    assert meaning_of(told) == meaning_of(plain)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("One. Two. Three.", "one or two sentences are enough here; notes has room for more"),
        (f"{'long ' * 56}.", "this has 281 characters; at most 280"),
        ("The worker failed.", '"failed" blames; say what is not evidenced in the record'),
    ],
)
def test_words_for_workers_are_few_and_blame_nobody(
    tmp_path: Path, words: str, message: str
) -> None:
    with pytest.raises(RulesetInvalid) as refused:
        rule_of(tmp_path, f'why: "{words}"\nexpect: {{recorded: outcomes_conversation}}\n')

    assert [problem.message for problem in refused.value.problems] == [message]


def test_words_for_workers_of_the_greatest_length_are_taken(tmp_path: Path) -> None:
    words = f"{'long ' * 55}word."

    rule = rule_of(tmp_path, f'why: "{words}"\nexpect: {{recorded: outcomes_conversation}}\n')

    assert rule.why == words
    assert len(words) == 280


def test_a_block_left_out_is_not_among_the_conditions(tmp_path: Path) -> None:
    rule = rule_with({"expect": EVERY_BLOCK["expect"]}, tmp_path)

    assert [key for key, _ in conditions_of(rule)] == ["expect"]


def test_what_a_rule_asks_holds_its_conditions_and_both_limits(tmp_path: Path) -> None:
    rule = rule_with(EVERY_BLOCK, tmp_path)

    asked = asked_by(rule)

    assert asked[:-2] == tuple(condition for _, condition in conditions_of(rule))
    assert [type(limit) for limit in asked[-2:]] == [DueWithin, DueAt]


def types_in(node: Count) -> list[str]:
    return [part.selection.type for part in walk(node) if isinstance(part, Count)]


def test_keys_may_stand_in_any_order(tmp_path: Path) -> None:
    text = NOTHING_TO_WARN_OF[RULE]
    title = "title: The adult is asked\n"
    assert title in text

    moved = load_ruleset(
        write_files(
            tmp_path / "moved", {**NOTHING_TO_WARN_OF, RULE: text.replace(title, "") + title}
        )
    )
    plain = load_ruleset(write_files(tmp_path / "plain", NOTHING_TO_WARN_OF))

    assert meaning_of(moved.rules[0]) == meaning_of(plain.rules[0])
