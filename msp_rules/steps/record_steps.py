"""Sentences that tell of any entry of a record, and of what a case and its source are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msp_rules.casework.vocabulary import Field
from msp_rules.steps.days import StepRefused, read_day, read_occurrence
from msp_rules.steps.record_words import code_of, event_type, field_of, fields_in, value_of
from msp_rules.steps.sentence import Kind, Sentence, Table
from msp_rules.steps.story import Story

Blanks = Mapping[str, str]


def entry(words: str, event: str, means: str = "", /, **fields: Any) -> Sentence:
    """A sentence that is one entry of the record, on the concern's day or when it says.

    `with_` stands for the field `with`. `means` left out: the entry with its fields.
    """
    body = {name.rstrip("_"): value for name, value in fields.items()}

    def run(story: Story, blanks: Blanks, _: Table) -> None:
        story.tell(event, body, read_occurrence(blanks.get("when", "")))

    said = ", ".join(f"{name}: {_shown(value)}" for name, value in body.items())
    what = f"{event} with {said}" if said else event
    return Sentence(kind=Kind.GIVEN, words=f"{words} [WHEN]", means=means or what, run=run)


def _shown(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


def _concern(story: Story, blanks: Blanks, _: Table) -> None:
    when = read_occurrence(f"on {blanks['day']}")
    story.tell("concern_raised", {"identified_adult": "yes"}, when)


def _recorded(story: Story, blanks: Blanks, table: Table) -> None:
    vocabulary = story.rules.vocabulary
    event = event_type(blanks["event"], vocabulary)
    found = fields_in(blanks.get("fields", ""), table, event, vocabulary)
    if event.name == "explanation" and "rule" in found:
        found["rule"] = story.rules.rule_id(str(found["rule"]))
    story.tell(event.name, found, read_occurrence(blanks["when"]))


def _explained(story: Story, blanks: Blanks, _: Table) -> None:
    codes = story.rules.vocabulary.enums["explanation_code"]
    words = EXPLAINED_AS.get(blanks["code"], blanks["code"])
    body = {
        "rule": story.rules.rule_id(blanks["rule"]),
        "code": code_of(words, codes, "explanation code"),
        "text": "As noted.",
    }
    story.tell("explanation", body, read_occurrence(blanks.get("when", "")))


EXPLAINED_AS: Final = {
    "agreed with the adult": "agreed_with_adult",
    "declined by the adult": "adult_declined",
    "out of reach": "not_reachable",
}
"""Codes of explanations as one says them, beside the codes themselves."""


def _case_is(story: Story, blanks: Blanks, _: Table) -> None:
    field, value = _attribute(blanks, story.rules.vocabulary.case, "case")
    story.attributes[field.name] = (value,) if field.may_repeat else value


def _adult_is(story: Story, blanks: Blanks, _: Table) -> None:
    field, value = _attribute(blanks, story.rules.vocabulary.adult, "adult")
    story.adult[field.name] = (value,) if field.may_repeat else value


def _attribute(blanks: Blanks, known: Mapping[str, Field], owner: str) -> tuple[Field, str]:
    field = field_of(blanks["field"], known, owner)
    return field, value_of(field, blanks["value"])


def _not_supplied(story: Story, blanks: Blanks, _: Table) -> None:
    story.not_supplied.add(event_type(blanks["event"], story.rules.vocabulary).name)


def _asked_not(story: Story, blanks: Blanks, _: Table) -> None:
    codes = story.rules.vocabulary.enums["not_asked_reason"]
    body = {
        "asked": "not_asked",
        "reason_not_asked": code_of(blanks["code"], codes, "reason for not asking"),
        "reason_text": "As noted.",
        "review_by": read_day(blanks["day"]).isoformat(),
    }
    story.tell("outcomes_conversation", body)


def refusing(sentence: Sentence) -> Sentence:
    """A sentence whose mistakes are kept until the case is looked at, so that all are said."""

    def run(story: Story, blanks: Blanks, table: Table) -> None:
        try:
            sentence.run(story, blanks, table)
        except StepRefused as refused:
            story.note(refused)

    return Sentence(kind=sentence.kind, words=sentence.words, means=sentence.means, run=run)


RECORD: Final = (
    Sentence(
        kind=Kind.GIVEN,
        words="a concern raised on DAY",
        means="concern_raised with identified_adult: yes; days after the concern count from it",
        run=_concern,
    ),
    Sentence(
        kind=Kind.GIVEN,
        words="EVENT is recorded WHEN with FIELDS",
        means="an entry of any type; a table of fields and values may stand below it instead",
        run=_recorded,
    ),
    Sentence(
        kind=Kind.GIVEN,
        words="EVENT is recorded WHEN",
        means="an entry of any type, with the fields of the table below it, or none",
        run=_recorded,
    ),
    Sentence(
        kind=Kind.GIVEN,
        words="the worker explained RULE as CODE [WHEN]",
        means="explanation of that rule with that code, and a text",
        run=_explained,
    ),
    Sentence(
        kind=Kind.GIVEN,
        words="the worker noted that the adult was CODE, to be reviewed by DAY",
        means="outcomes_conversation with asked: not_asked, that reason, a text and review_by",
        run=_asked_not,
    ),
    Sentence(
        kind=Kind.GIVEN,
        words="the case's FIELD is VALUE",
        means="an attribute of the case, such as its team or agency",
        run=_case_is,
    ),
    Sentence(
        kind=Kind.GIVEN,
        words="the adult's FIELD is VALUE",
        means="an attribute of the adult",
        run=_adult_is,
    ),
    Sentence(
        kind=Kind.GIVEN,
        words="the case system never supplies EVENT",
        means="entries of that type can't be in the record: what rests on them can't be told",
        run=_not_supplied,
    ),
)
