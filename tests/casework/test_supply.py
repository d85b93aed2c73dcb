"""What a source declares as supplied is read, or refused at once: a typing error silences rules."""

import re

import pytest

from msp_rules.casework.case import Case, Supply
from msp_rules.casework.vocabulary import checked_supply, core_vocabulary, read_supply, words_of
from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.prompts.desk import advance
from msp_rules.prompts.prompt import DeskState
from tests.support.core import core_ruleset

WORDS = core_vocabulary()


def test_types_and_single_fields_are_read() -> None:
    words = ["concern_raised", "outcomes_conversation.asked", "concern_raised.source"]

    supply = read_supply(words, WORDS)

    assert supply == Supply(
        declared=True,
        types=frozenset({"concern_raised"}),
        fields={"outcomes_conversation": frozenset({"asked"})},
    )
    assert words_of(supply) == {"concern_raised", "outcomes_conversation.asked"}


def test_no_words_declare_that_nothing_is_supplied() -> None:
    assert read_supply([], WORDS) == Supply(declared=True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["concern_raised", "concern_rised"],
            "supply must name event types, or type.field; number 2 is neither; "
            'did you mean "concern_raised"?',
        ),
        (["outcomes_conversation.x"], "supply must name event types, or type.field"),
        (["zzzz"], "supply must name event types, or type.field"),
        ([7], "supply must name event types, or type.field"),
        ("concern_raised", "supply must be a list of words"),
    ],
)  # fmt: skip
def test_a_word_that_there_is_not_is_refused(words: list[str], message: str) -> None:
    with pytest.raises(MspRulesError, match=f"^{re.escape(message)}"):
        read_supply(words, WORDS)


@pytest.mark.parametrize(
    "supply",
    [
        Supply(declared=True, types=frozenset({"concern_rised"})),
        Supply(declared=True, fields={"concern_rised": frozenset({"source"})}),
        Supply(declared=True, fields={"concern_raised": frozenset({"sauce"})}),
        Supply(types=frozenset({"concern_raised"})),
    ],
)
def test_a_supply_built_by_hand_is_checked_by_the_pure_desk_too(supply: Supply) -> None:
    engine = Engine(core_ruleset(), matcher="python")

    with pytest.raises(MspRulesError, match="supply "):
        advance(engine, Case("SA-1", (), supply=supply), DeskState(case="SA-1"), "2026-01-05")


def test_words_of_another_overlay_are_let_pass_in_a_source_only() -> None:
    local = Supply(
        declared=True, types=frozenset({"x_panel"}), fields={"concern_raised": frozenset({"x_id"})}
    )

    assert checked_supply(local, WORDS, is_of_source=True) == local
    with pytest.raises(MspRulesError):
        checked_supply(local, WORDS)
