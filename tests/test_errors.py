"""The words in which a mistake is answered."""

from __future__ import annotations

import pytest

from msp_rules.errors import did_you_mean, nearest


@pytest.mark.parametrize(
    ("word", "guess"),
    [
        ("flagg", "flag"),  # one letter too many
        ("flag", "flag"),
        ("fl", "flag"),  # 4 of 6 letters fit: the last that is near enough
        ("f", None),  # 2 of 5
        ("advice", None),
        ("", None),
    ],
)
def test_only_a_word_that_is_near_enough_is_a_guess(word: str, guess: str | None) -> None:
    assert nearest(word, {"flag", "suggest"}) == guess


def test_a_message_ends_with_the_guess_or_with_nothing() -> None:
    known = ["met", "not_met"]

    assert did_you_mean("mett", known) == '; did you mean "met"?'
    assert did_you_mean("late", []) == ""
    assert did_you_mean("xyz", known) == ""


def test_a_name_of_python_code_is_guessed_without_quotes() -> None:
    assert did_you_mean("card", ["cards"], quote="") == "; did you mean cards?"
