"""Conditions in words, as explanations and the catalogue say them."""

from __future__ import annotations

import pytest

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.rules.language.conditions import Count, Different, Selection
from msp_rules.rules.language.wording import (
    CODE_LABELS,
    code_in_words,
    code_label,
    condition_in_words,
    event_noun,
    number_in_words,
)


@pytest.mark.parametrize(
    ("event_type", "noun"),
    [
        ("x_letter", "an x letter"),
        ("s_form", "an s form"),
        ("u_form", "a u form"),
        ("t_form", "a t form"),
        ("own_visit", "an own visit"),
        ("local_visit", "a local visit"),
    ],
)
def test_event_type_of_a_council_is_named_with_the_article_that_it_is_spoken_with(
    event_type: str, noun: str
) -> None:
    assert event_noun(event_type) == noun


@pytest.mark.parametrize(
    ("low", "high", "different", "words"),
    [
        (1, None, None, "a meeting"),
        (None, 0, None, "no meeting"),
        (2, None, None, "at least 2 times a meeting"),
        (1, 3, None, "at least 1 and at most 3 times a meeting"),
        (1, None, Different.DAYS, "a meeting"),
        (None, 0, Different.DAYS, "no meeting"),
        (2, None, Different.DAYS, "on at least 2 different days a meeting"),
        (None, 1, Different.DAYS, "on at most 1 different day a meeting"),
        (None, 11, Different.DAYS, "on at most 11 different days a meeting"),
        (2, 3, Different.DAYS, "on at least 2 and at most 3 different days a meeting"),
    ],
)
def test_a_count_in_words(
    low: int | None, high: int | None, different: Different | None, words: str
) -> None:
    selection = Selection(type="meeting_held")
    node = Count(selection=selection, at_least=low, at_most=high, different=different)

    assert condition_in_words(node) == words


def test_a_code_reads_as_a_person_writes_it() -> None:
    words = [code_in_words(code) for code in ("dont_know", "care_act_advocate", "not_recorded")]

    assert words == ["“don't know”", "“Care Act advocate”", "“not recorded”"]


def test_every_label_is_that_of_a_code_and_none_means_two_codes_of_one_list() -> None:
    lists = list(core_vocabulary().enums.values())
    every = {code for codes in lists for code in codes}

    assert CODE_LABELS.keys() <= every
    assert all(len({code_label(code) for code in codes}) == len(codes) for codes in lists)


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("ask_within", "10 working days: assumed by this project; your council may set it"),
        ("max_temporary_reason", "10 working days: assumed by this project"),
    ],
)
def test_only_a_number_that_a_council_can_set_is_said_to_be_its_to_set(
    parameter: str, said: str
) -> None:
    assert number_in_words(10, "working_days", "assumed", parameter) == said
