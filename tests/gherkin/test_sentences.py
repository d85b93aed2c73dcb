"""The sentences of the step library: each is told apart, and what is wrong with one is said."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

import pytest

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import RulesetInvalid
from msp_rules.gherkin.days import (
    AT_THE_CONCERN,
    Occurrence,
    StepRefused,
    read_day,
    read_moment,
    read_occurrence,
)
from msp_rules.gherkin.library import sentences
from msp_rules.gherkin.sentence import Kind, fitting
from msp_rules.gherkin.story import RulesOfStory, Story
from msp_rules.rules.language.wording import bare_event_noun, field_label, spaced
from tests.support.core import core_ruleset

FILLED = {
    "EVENT": "a conversation about outcomes",
    "DAY": "6 January 2026",
    "[WHEN]": "2 days after the concern",
    "WHEN": "on 6 January 2026",
    "FIELDS": 'alone "yes"',
    "FIELD": "team",
    "VALUE": '"north"',
    "CODE": "too unwell",
    "RULE": "ASK-01",
    "VERDICT": "met late",
    "NAME": '"e1"',
    "QUESTION": '"Is the adult safe right now?"',
    "NUMBER": "2",
}


@pytest.fixture(scope="module")
def rules() -> RulesOfStory:
    return RulesOfStory(core_ruleset(), matcher="python")


@pytest.fixture
def story(rules: RulesOfStory) -> Story:
    return Story(rules=rules)


def say(story: Story, kind: Kind, text: str, table: Sequence[Sequence[str]] = ()) -> None:
    sentence = fitting(sentences(), kind, text)
    assert sentence is not None, text
    blanks = sentence.match(text)
    assert blanks is not None
    sentence.run(story, blanks, table)


def given(story: Story, *texts: str) -> None:
    for text in texts:
        say(story, Kind.GIVEN, text)


def filled(words: str) -> str:
    for blank, text in FILLED.items():
        words = words.replace(blank, text)
    return words


@pytest.mark.parametrize("sentence", sentences(), ids=lambda one: f"{one.kind}: {one.words}")
def test_each_sentence_is_found_by_its_own_words_and_no_other(sentence: object) -> None:
    own = next(one for one in sentences() if one is sentence)

    fits = [
        one.words
        for one in sentences()
        if one.kind is own.kind and one.match(filled(own.words)) is not None
    ]

    assert fits == [own.words]


def test_no_two_names_of_events_or_fields_are_the_same_words() -> None:
    vocabulary = core_vocabulary()
    forms = [
        (form, name)
        for name in vocabulary.events
        for form in {name, spaced(name), bare_event_noun(name)}
    ]
    for kind in vocabulary.events.values():
        known = {**kind.fields, **vocabulary.envelope}
        forms += [
            (f"{kind.name}: {form}", name)
            for name in known
            for form in {name, spaced(name), field_label(name)}
        ]

    ordered = sorted(forms)
    twice = [
        (form, names)
        for form, rows in groupby(ordered, key=lambda row: row[0])
        if len(names := [name for _, name in rows]) > 1
    ]

    assert twice == []


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("6 January 2026", date(2026, 1, 6)),
        ("Tuesday 6 January 2026", date(2026, 1, 6)),
        ("2026-01-06", date(2026, 1, 6)),
        ("29 February 2028", date(2028, 2, 29)),
    ],
)
def test_days_in_words(text: str, day: date) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("6 Januar 2026", '"Januar" is not a month; did you mean "January"?'),
        ("29 February 2026", '"29 February 2026" is a day that does not exist'),
        ("Monday 6 January 2026", "6 January 2026 is a Tuesday, not a Monday"),
        ("06/01/2026", '"06/01/2026" is not a day; write it as in 6 January 2026, or 2026-01-06'),
        ("2026-02-30", '"2026-02-30" is not a day; write it as in 6 January 2026, or 2026-01-06'),
    ],
)
def test_days_that_are_none(text: str, said: str) -> None:
    with pytest.raises(StepRefused) as caught:
        read_day(text)

    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("text", "when", "written"),
    [
        ("", AT_THE_CONCERN, "2026-01-09"),
        ("on the day of the concern", AT_THE_CONCERN, "2026-01-09"),
        ("on 6 January 2026", Occurrence(day=date(2026, 1, 6)), "2026-01-06"),
        (
            "on 6 January 2026 at 9:05",
            Occurrence(day=date(2026, 1, 6), clock="09:05"),
            "2026-01-06T09:05:00",
        ),
        ("3 days after the concern", Occurrence(number=3), "2026-01-12"),
        ("1 day after the concern", Occurrence(number=1), "2026-01-10"),
        (
            "2 working days after the concern",
            Occurrence(number=2, unit="working day"),
            "2026-01-13",
        ),
    ],
)
def test_when_something_happened(text: str, when: Occurrence, written: str) -> None:
    assert read_occurrence(text) == when
    assert when.text("2026-01-09") == written


def test_hours_are_counted_from_a_time() -> None:
    late = read_occurrence("15 hours after the concern")

    assert late.text("2026-01-05T10:00:00") == "2026-01-06T01:00:00"
    with pytest.raises(StepRefused, match="hours are counted from a time"):
        late.text("2026-01-05")
    assert read_moment("5 January 2026 at 23:59") == "2026-01-05T23:59:00"


def test_the_concern_may_be_told_after_what_follows_it(story: Story) -> None:
    given(story, "the adult was asked what they want 2 days after the concern")
    given(story, "a concern raised on 2 March 2026")

    story.evaluate("2026-03-31")

    assert [one.verdict for one in story.answers_of("ASK-01")] == ["met"]


def test_an_entry_in_words_in_names_and_in_a_table_is_the_same(rules: RulesOfStory) -> None:
    one, two, three = (Story(rules=rules) for _ in range(3))
    given(
        one,
        "a conversation about outcomes is recorded on 6 January 2026 with adult asked "
        '"asked expressed", communication support "interpreter" and communication support '
        '"easy read"',
    )
    given(
        two,
        "outcomes_conversation is recorded on 2026-01-06 with asked "
        '"asked_expressed", communication_support "interpreter", and communication_support '
        '"easy read"',
    )
    rows = [("asked", "asked expressed"), ("communication support", "interpreter")]
    rows += [("communication support", "easy read")]
    say(three, Kind.GIVEN, "outcomes conversation is recorded on 6 January 2026", rows)

    assert [s.problems for s in (one, two, three)] == [[], [], []]
    assert one.entries == two.entries == three.entries


WRONG = {
    "a convrsation about outcomes is recorded on 6 January 2026": (
        'unknown event type "a convrsation about outcomes"; did you mean '
        '"conversation about outcomes"?'
    ),
    'meeting_held is recorded on 6 January 2026 with purpos "review"': (
        'unknown field of meeting held "purpos"; did you mean "purpose"?'
    ),
    'meeting_held is recorded on 6 January 2026 with purpose "reviw"': (
        'unknown code of purpose "reviw"; did you mean "review"?'
    ),
    "meeting_held is recorded on 6 January 2026 with purpose review": (
        'write each field with its value in quotes, as in: asked "asked expressed"'
    ),
    'meeting_held is recorded on 6 January 2026 with purpose "review", purpose "review"': (
        "purpose is given twice, but may not repeat"
    ),
    'concern_raised is recorded on 6 January 2026 with earlier concerns 6 months "two"': (
        "earlier concerns 6 months: not a whole number"
    ),
    "meeting_held is recorded on 32 January 2026": '"32 January 2026" is a day that does not exist',
    "the worker explained ASK-1 as unsafe": (
        'msp-core has no rule "ASK-1"; did you mean "ASK-01"?'
    ),
    "the worker explained ASK-01 as unsaf": (
        'unknown explanation code "unsaf"; did you mean "unsafe"?'
    ),
    'the case\'s tem is "north"': 'unknown field of case "tem"; did you mean "team"?',
    'outcome_revised is recorded on 6 January 2026 with outcome "wish"': (
        'no entry of this scenario is called "wish" (by its id)'
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_with_a_telling(story: Story, text: str) -> None:
    given(story, text)

    with pytest.raises(RulesetInvalid) as caught:
        story.evaluate("2026-03-31")

    assert [one.message for one in caught.value.problems] == [WRONG[text]]


def test_all_that_is_wrong_with_a_telling_is_said_at_once(story: Story) -> None:
    given(story, *list(WRONG)[:3])

    with pytest.raises(RulesetInvalid) as caught:
        story.evaluate("2026-03-31")

    assert [one.message for one in caught.value.problems] == list(WRONG.values())[:3]


UNTRUE = {
    "ASK-01 is met": "ASK-01: expected: met; got: not met (due 2026-01-07)",
    "ASK-01 is due on 8 January 2026": (
        "ASK-01, due: expected: 8 January 2026; got: 7 January 2026"
    ),
    "ASK-01 is switched off": "ASK-01: expected: switched off; got: in force on 31 March 2026",
    "OUT-07 is met": "OUT-07: expected: an answer; got: switched off on 31 March 2026",
    "the worker is not asked about DEC-02": (
        'the worker: expected: not asked about DEC-02; got: asked "This concern is still open: '
        'what more is needed to decide?"'
    ),
    "the worker is asked about MCA-02": (
        "the worker: expected: asked about MCA-02; got: asked about ASK-01, DEC-02, INV-03 and "
        "RISK-01"
    ),
    "the worker is interrupted about ASK-01": (
        "the worker: expected: interrupted about ASK-01; got: interrupted about RISK-01"
    ),
    "nothing is missing": (
        "the record: expected: nothing is missing; got: not evidenced: ASK-01, DEC-02, INV-03 and "
        "RISK-01"
    ),
}


@pytest.mark.parametrize("text", UNTRUE)
def test_what_a_step_says_that_is_not_so(story: Story, text: str) -> None:
    given(story, "a concern raised on Monday 5 January 2026")
    story.evaluate("2026-03-31")

    with pytest.raises(AssertionError) as caught:
        say(story, Kind.THEN, text)

    assert str(caught.value) == UNTRUE[text]


MISTAKEN = {
    'the worker is asked "Has anyone asked what the adult wants?"': (
        'no rule asks "Has anyone asked what the adult wants?"; the nearest question is "Has '
        "anyone asked what the adult wants to happen? If not yet, what would make it safe and "
        'possible?"'
    ),
    "ASK-01 is mett": 'unknown verdict "mett"; did you mean "met"?',
    "ASK-1 is met": 'msp-core has no rule "ASK-1"; did you mean "ASK-01"?',
    'ASK-01 is met for "e9"': 'ASK-01 answers for e1, not for "e9"',
    'the worker is asked "Is the adult saf right now?"': (
        'no rule asks "Is the adult saf right now?"; the nearest question is "Is the adult safe '
        'right now?"'
    ),
}


@pytest.mark.parametrize("text", MISTAKEN)
def test_what_a_step_says_that_can_not_be(story: Story, text: str) -> None:
    given(story, "a concern raised on Monday 5 January 2026")
    story.evaluate("2026-03-31")

    with pytest.raises(StepRefused) as caught:
        say(story, Kind.THEN, text)

    assert str(caught.value) == MISTAKEN[text]


def test_nothing_is_said_before_the_case_was_looked_at(story: Story) -> None:
    with pytest.raises(StepRefused, match="nothing was evaluated yet"):
        say(story, Kind.THEN, "nothing is missing")


def test_a_verdict_that_differs_between_entries_has_to_name_one(story: Story) -> None:
    given(
        story,
        "a concern raised on Monday 5 January 2026",
        "a concern raised on Monday 2 March 2026",
        "the adult was asked what they want on 6 January 2026",
    )
    story.evaluate("2026-03-31")

    with pytest.raises(AssertionError) as caught:
        say(story, Kind.THEN, "ASK-01 is met")
    say(story, Kind.THEN, 'ASK-01 is met for "e1"')
    say(story, Kind.THEN, 'ASK-01 is not met for "e2"')

    assert str(caught.value) == (
        'ASK-01 is met for "e1" and not met for "e2": say of which, as in for "e1"'
    )


def test_the_worker_is_asked_before_a_limit_what_the_desk_asks_then(story: Story) -> None:
    given(story, "a concern raised on Monday 5 January 2026 at 10:00")
    story.evaluate("2026-01-05T10:30")

    say(story, Kind.THEN, "RISK-01 is not yet due")
    say(story, Kind.THEN, "the worker is asked about RISK-01")
    say(story, Kind.THEN, "the worker is interrupted about RISK-01")
    say(story, Kind.THEN, "the worker is not asked about ASK-01")
    with pytest.raises(AssertionError) as caught:
        say(story, Kind.THEN, "nothing is missing")

    assert str(caught.value) == ("the worker: expected: asked nothing; got: asked about RISK-01")


def test_at_its_step_a_question_is_asked_that_the_page_of_the_case_leaves_out(story: Story) -> None:
    given(story, "a concern raised on Monday 5 January 2026 at 10:00")

    words = "the case is looked at on 5 January 2026 at 10:30, while a concern is being recorded"
    say(story, Kind.WHEN, words)

    say(story, Kind.THEN, "the worker is asked about ASK-01")


def test_what_stands_below_a_step_is_never_passed_over() -> None:
    entry = fitting(sentences(), Kind.GIVEN, "meeting_held is recorded on 6 January 2026")
    concern = fitting(sentences(), Kind.GIVEN, "a concern raised on 6 January 2026")
    assert entry is not None
    assert concern is not None

    assert entry.refusal_of(["dataTable"]) == ""
    assert concern.refusal_of([]) == ""
    assert concern.refusal_of(["dataTable"]) == (
        'the sentence "a concern raised on DAY" takes no table'
    )
    assert entry.refusal_of(["docString"]) == (
        'no sentence takes the text that """ begins; write it into a field'
    )


def test_what_is_never_supplied_can_not_be_told(story: Story) -> None:
    given(
        story,
        "a concern raised on Monday 5 January 2026",
        "the case system never supplies a conversation about outcomes",
    )
    story.evaluate("2026-03-31")

    say(story, Kind.THEN, "ASK-01 cannot be told")
    say(story, Kind.THEN, "the worker is not asked about ASK-01")
