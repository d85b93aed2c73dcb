"""Sentences that tell of any entry of a record, and of what a case and its source are.

Events, fields and codes by the words of a sentence, or the nearest of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from msp_rules.casework.values import read_value
from msp_rules.casework.vocabulary import EventType, Field, FieldKind, Vocabulary
from msp_rules.errors import did_you_mean
from msp_rules.gherkin.days import StepRefused, read_day, read_moment, read_occurrence
from msp_rules.gherkin.sentence import Kind, Sentence, Table
from msp_rules.gherkin.story import Story
from msp_rules.rules.language.wording import bare_event_noun, field_label, spaced

_ARTICLE: Final = re.compile(r"(?:an?|the) ")
_PAIR: Final = re.compile(r"(?P<field>[^\",]+?) \"(?P<value>[^\"]*)\"(?:, and |, | and |$)")


def event_type(words: str, vocabulary: Vocabulary) -> EventType:
    """The event type that words mean: its name, its name with spaces, or its plain words."""
    known: dict[str, str] = {}
    for name in vocabulary.events:
        for form in (name, spaced(name), bare_event_noun(name), spaced(name.removeprefix("x_"))):
            known.setdefault(form, name)
    return vocabulary.events[_known(words, known, "event type")]


def field_of(words: str, fields: Mapping[str, Field], owner: str) -> Field:
    """The field that words mean: its name, its name with spaces, or its label."""
    known: dict[str, str] = {}
    for form in (str, spaced, field_label):
        for name in fields:
            known.setdefault(form(name), name)
    return fields[_known(words, known, f"field of {owner}")]


def code_of(words: str, codes: Iterable[str], what: str) -> str:
    """The code that words mean, with spaces or underscores."""
    known = {form: code for code in codes for form in (spaced(code), code)}
    return _known(words, known, what)


def value_of(field: Field, text: str) -> str:
    """A value as a record writes it; raises StepRefused, with the nearest code or what is right."""
    if field.codes:
        return code_of(text, field.codes, f"code of {spaced(field.name)}")
    if field.kind in (FieldKind.DATE, FieldKind.MOMENT):
        return read_moment(text)
    try:
        read_value(field, text)
    except ValueError as error:
        raise StepRefused(f"{spaced(field.name)}: {error}") from None
    return text


def fields_in(
    text: str, table: Iterable[Iterable[str]], event: EventType, vocabulary: Vocabulary
) -> dict[str, object]:
    """The fields of an event that a sentence and the table below it give."""
    pairs = [*_pairs(text), *_rows(table)]
    known = {**event.fields, **vocabulary.envelope}
    found: dict[str, object] = {}
    for words, value in pairs:
        field = field_of(words, known, spaced(event.name))
        read = value_of(field, value)
        if not field.may_repeat and field.name in found:
            raise StepRefused(f"{spaced(field.name)} stands here twice, and may not repeat")
        before = found.get(field.name, [])
        found[field.name] = (
            [*before, read] if isinstance(before, list) and field.may_repeat else read
        )
    return found


def _pairs(text: str) -> list[tuple[str, str]]:
    found, end = [], 0
    while end < len(text):
        pair = _PAIR.match(text, end)
        if pair is None:
            message = 'write each field with its value in quotes, as in: asked "asked expressed"'
            raise StepRefused(message)
        found.append((pair["field"].strip(), pair["value"]))
        end = pair.end()
    return found


def _rows(table: Iterable[Iterable[str]]) -> list[tuple[str, str]]:
    found = []
    for row in table:
        cells = list(row)
        if len(cells) != 2:
            raise StepRefused("a row of the table holds a field and its value, two cells")
        found.append((cells[0], cells[1]))
    return found


def _known(words: str, known: Mapping[str, str], what: str) -> str:
    word = words.strip().strip('"')
    for form in (word, _ARTICLE.sub("", word, count=1)):
        if form in known:
            return known[form]
    hint, few = did_you_mean(word, known), sorted(set(known.values()))
    if not hint and len(few) <= 12:
        hint = f"; known are {', '.join(spaced(one) for one in few)}"
    raise StepRefused(f'unknown {what} "{word}"{hint}')


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
