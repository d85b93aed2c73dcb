"""Sentences as data: each tells its entry, and a mistake in the file is told by its place."""

from __future__ import annotations

import pytest

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import RulesetInvalid
from msp_rules.gherkin.days import StepRefused
from msp_rules.gherkin.entries import read_entries
from msp_rules.gherkin.sentence import Sentence
from msp_rules.gherkin.story import RulesOfStory, Story
from tests.support.core import core_ruleset


def file_of(*lines: str) -> str:
    return "\n".join(
        ["parts:", "  - title: Own", "    sentences:", *(f"      {one}" for one in lines)]
    )


def sentence_of(*lines: str) -> Sentence:
    (part,) = read_entries(file_of(*lines), "own.yaml", core_vocabulary())
    (sentence,) = part.sentences
    return sentence


@pytest.fixture
def story() -> Story:
    return Story(rules=RulesOfStory(core_ruleset(), matcher="python"))


def tell(story: Story, sentence: Sentence, text: str) -> None:
    blanks = sentence.match(text)
    assert blanks is not None
    sentence.run(story, blanks, ())


def test_a_sentence_tells_its_entry_on_the_day_that_the_step_says(story: Story) -> None:
    sentence = sentence_of(
        "- given: the adult chose [WHEN]",
        "  event: risk_discussed",
        "  id: talk",
        "  fields: {with: adult, option: [Stay, Go]}",
    )

    tell(story, sentence, "the adult chose 2 days after the concern")

    (entry,) = story.entries
    assert entry.type == "risk_discussed"
    assert entry.fields == {"id": "talk", "with": "adult", "option": ["Stay", "Go"]}
    assert entry.when.text("2026-01-05") == "2026-01-07"
    assert sentence.means == "risk_discussed with id: talk, with: adult, option: [Stay, Go]"


def test_a_sentence_may_lack_fields_and_say_what_it_means(story: Story) -> None:
    bare = sentence_of("- given: a death", "  event: adult_died")
    explained = sentence_of("- given: a death", "  event: adult_died", "  means: the end")

    tell(story, bare, "a death")

    assert [(one.type, one.fields) for one in story.entries] == [("adult_died", {})]
    assert (bare.means, explained.means) == ("adult_died", "the end")


def test_a_field_takes_what_a_step_says_in_a_blank(story: Story) -> None:
    code = sentence_of(
        "- given: CODE was the end of it",
        "  event: advocacy_considered",
        "  fields: {conclusion: CODE}",
    )
    day = sentence_of(
        "- given: it was to end by DAY", "  event: enquiry_planned", "  fields: {agreed_due: DAY}"
    )
    number = sentence_of(
        "- given: there were NUMBER more",
        "  event: concern_raised",
        "  fields: {earlier_concerns_6_months: NUMBER}",
    )

    tell(story, code, "not needed was the end of it")
    tell(story, day, "it was to end by 6 January 2026")
    tell(story, number, "there were 3 more")

    assert [one.fields for one in story.entries] == [
        {"conclusion": "not_needed"},
        {"agreed_due": "2026-01-06"},
        {"earlier_concerns_6_months": "3"},
    ]
    with pytest.raises(StepRefused, match='unknown conclusion "not neded"; did you mean "not need'):
        tell(story, code, "not neded was the end of it")


BROKEN = {
    "no event": (
        ["- given: a death"],
        "own.yaml:4:9: event must be a text",
    ),
    "no sentence": (
        ["- event: adult_died"],
        "own.yaml:4:9: given must be a text",
    ),
    "unknown key": (
        ["- given: a death", "  event: adult_died", "  feilds: {}"],
        'own.yaml:6:9: unknown key of a sentence "feilds"; did you mean "fields"?',
    ),
    "unknown event type": (
        ["- given: a death", "  event: adult_dead"],
        'own.yaml:5:16: unknown event type "adult_dead"; did you mean "adult_died"?',
    ),
    "unknown field": (
        ["- given: a death", "  event: adult_died", "  fields: {suport: none}"],
        'own.yaml:4:9: unknown field "suport" of adult_died',
    ),
    "unknown code": (
        ["- given: a talk", "  event: risk_assessed", "  fields: {level: hihg}"],
        "own.yaml:4:9: risk_assessed.level: not one of the codes of level: "
        "low, medium, high, not_known",
    ),
    "fields that are none": (
        ["- given: a death", "  event: adult_died", "  fields: text"],
        "own.yaml:6:17: fields must be keys and values",
    ),
    "a field that is a block": (
        ["- given: a death", "  event: adult_died", "  fields: {document: {name: x}}"],
        "own.yaml:6:28: write one value, or a list of values",
    ),
    "a blank that no field takes": (
        ["- given: a death on DAY", "  event: adult_died"],
        "own.yaml:4:9: DAY fills no field",
    ),
    "a field with a blank of no sentence": (
        ["- given: a plan", "  event: enquiry_planned", "  fields: {agreed_due: DAY}"],
        "own.yaml:4:9: DAY is not a blank of the sentence",
    ),
    "a blank that no entry can hold": (
        ["- given: RULE was followed", "  event: adult_died"],
        "own.yaml:4:9: RULE fills no field",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_in_the_file_is_told_by_its_place(name: str) -> None:
    lines, said = BROKEN[name]

    with pytest.raises(RulesetInvalid) as caught:
        read_entries(file_of(*lines), "own.yaml", core_vocabulary())

    assert str(caught.value) == said


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    text = file_of("- given: one", "- given: two", "  event: adult_dead")

    with pytest.raises(RulesetInvalid) as caught:
        read_entries(text, "own.yaml", core_vocabulary())

    assert [one.where.line for one in caught.value.problems] == [4, 6]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: x", "own.yaml:1:1: parts must be a list of blocks"),
        ("parts: []", "own.yaml:1:8: parts must be a list of blocks"),
        ("parts: [one]", "own.yaml:1:8: parts must be a list of blocks"),
        ("parts: [{title: x}]", "own.yaml:1:9: sentences must be a list of blocks"),
        ("parts: [", 'own.yaml:1:8: the "[" that begins here lacks its "]"'),
    ],
)
def test_a_file_of_another_shape_is_refused(text: str, said: str) -> None:
    with pytest.raises(RulesetInvalid) as caught:
        read_entries(text, "own.yaml", core_vocabulary())

    assert str(caught.value).startswith(said)
