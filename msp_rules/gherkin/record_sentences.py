"""Holds the sentences about any entry, about the case, and about its source.

Those for a particular entry are data: `entries.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msp_rules.casework.vocabulary import Field
from msp_rules.gherkin.days import read_day, read_occurrence
from msp_rules.gherkin.names import code_of, event_type, field_of, fields_in, value_of
from msp_rules.gherkin.sentence import Blanks, Kind, Sentence, Table
from msp_rules.gherkin.story import Story


def record_sentences() -> tuple[Sentence, ...]:
    """Gives the sentences, in the order in which the page lists them."""
    return (
        _given(
            "a concern raised on DAY",
            "concern_raised with identified_adult: yes; days after the concern count from it",
            _tell_of_the_concern,
        ),
        _given(
            "EVENT is recorded WHEN with FIELDS",
            "an entry of any type; a table of more fields and values can stand below it",
            _tell_of_any_entry,
            takes_table=True,
        ),
        _given(
            "EVENT is recorded WHEN",
            "an entry of any type, with the fields of the table below it, or none",
            _tell_of_any_entry,
            takes_table=True,
        ),
        _given(
            "the worker explained RULE as CODE [WHEN]",
            "explanation of that rule with that code, and a text",
            _tell_of_an_explanation,
        ),
        _given(
            "the worker noted that the adult was CODE, to be reviewed by DAY",
            "outcomes_conversation with asked: not_asked, that reason, a text and review_by",
            _tell_why_not_asked,
        ),
        _given(
            "the case's FIELD is VALUE",
            "an attribute of the case, such as its team or agency",
            _set_case_attribute,
        ),
        _given("the adult's FIELD is VALUE", "an attribute of the adult", _set_adult_attribute),
        _given(
            "the case system never supplies EVENT",
            "entries of that type can't be in the record: what rests on them can't be told",
            _leave_out_of_supply,
        ),
    )


def _given(
    words: str,
    means: str,
    run: Callable[[Story, Blanks, Table], None],
    *,
    takes_table: bool = False,
) -> Sentence:
    return Sentence(kind=Kind.GIVEN, words=words, means=means, run=run, takes_table=takes_table)


def _tell_of_the_concern(story: Story, blanks: Blanks, _: Table) -> None:
    when = read_occurrence(f"on {blanks['day']}")
    story.tell("concern_raised", {"identified_adult": "yes"}, when)


def _tell_of_any_entry(story: Story, blanks: Blanks, table: Table) -> None:
    vocabulary = story.rules.vocabulary
    event = event_type(blanks["event"], vocabulary)
    found = fields_in(blanks.get("fields", ""), table, event, vocabulary)
    if event.name == "explanation" and "rule" in found:
        found["rule"] = story.rules.rule_id(str(found["rule"]))
    story.tell(event.name, found, read_occurrence(blanks["when"]))


_EXPLAINED_AS: Final = {
    "agreed with the adult": "agreed_with_adult",
    "declined by the adult": "adult_declined",
    "out of reach": "not_reachable",
}
"""Codes of explanations as people say them, beside the codes themselves."""


def _tell_of_an_explanation(story: Story, blanks: Blanks, _: Table) -> None:
    codes = story.rules.vocabulary.enums["explanation_code"]
    words = _EXPLAINED_AS.get(blanks["code"], blanks["code"])
    body = {
        "rule": story.rules.rule_id(blanks["rule"]),
        "code": code_of(words, codes, "explanation code"),
        "text": "As noted.",
    }
    story.tell("explanation", body, read_occurrence(blanks.get("when", "")))


def _tell_why_not_asked(story: Story, blanks: Blanks, _: Table) -> None:
    codes = story.rules.vocabulary.enums["not_asked_reason"]
    body = {
        "asked": "not_asked",
        "reason_not_asked": code_of(blanks["code"], codes, "reason for not asking"),
        "reason_text": "As noted.",
        "review_by": read_day(blanks["day"]).isoformat(),
    }
    story.tell("outcomes_conversation", body)


def _set_case_attribute(story: Story, blanks: Blanks, _: Table) -> None:
    field, value = _attribute(blanks, story.rules.vocabulary.case, "case")
    story.attributes[field.name] = (value,) if field.may_repeat else value


def _set_adult_attribute(story: Story, blanks: Blanks, _: Table) -> None:
    field, value = _attribute(blanks, story.rules.vocabulary.adult, "adult")
    story.adult[field.name] = (value,) if field.may_repeat else value


def _attribute(blanks: Blanks, known: Mapping[str, Field], owner: str) -> tuple[Field, str]:
    field = field_of(blanks["field"], known, owner)
    return field, value_of(field, blanks["value"])


def _leave_out_of_supply(story: Story, blanks: Blanks, _: Table) -> None:
    story.not_supplied.add(event_type(blanks["event"], story.rules.vocabulary).name)
