"""Finds the event types, fields, codes and values that the words of a sentence mean.

A writer of features says "a conversation about outcomes" or "asked expressed"; the record says
outcomes_conversation and asked_expressed. Words that mean nothing are refused with the nearest that
would.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from msp_rules.casework.values import read_value
from msp_rules.casework.vocabulary import EventType, Field, FieldKind, Vocabulary
from msp_rules.errors import did_you_mean
from msp_rules.gherkin.days import StepRefused, read_moment
from msp_rules.rules.language.wording import bare_event_noun, field_label, spaced

_ARTICLE: Final = re.compile(r"(?:an?|the) ")
_PAIR: Final = re.compile(r"(?P<field>[^\",]+?) \"(?P<value>[^\"]*)\"(?:, and |, | and |$)")
_FEW: Final = 12
"""The number of known words that a message lists where no word is near."""


def event_type(words: str, vocabulary: Vocabulary) -> EventType:
    """Finds an event type by its name, its name with spaces, or its plain words."""
    known: dict[str, str] = {}
    for name in vocabulary.events:
        for form in (name, spaced(name), bare_event_noun(name), spaced(name.removeprefix("x_"))):
            known.setdefault(form, name)
    return vocabulary.events[_known(words, known, "event type")]


def field_of(words: str, fields: Mapping[str, Field], owner: str) -> Field:
    """Finds a field by its name, its name with spaces, or its label."""
    known: dict[str, str] = {}
    for form in (str, spaced, field_label):
        for name in fields:
            known.setdefault(form(name), name)
    return fields[_known(words, known, f"field of {owner}")]


def code_of(words: str, codes: Iterable[str], what: str) -> str:
    """Finds a code by its name, with spaces or underscores."""
    known = {form: code for code in codes for form in (spaced(code), code)}
    return _known(words, known, what)


def value_of(field: Field, text: str) -> str:
    """Gives a value as a record writes it; raises StepRefused where the field takes no such."""
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
    """Reads the fields of an event from a sentence and from the table below it."""
    known = {**event.fields, **vocabulary.envelope}
    found: dict[str, object] = {}
    for words, value in [*_pairs(text), *_rows(table)]:
        field = field_of(words, known, spaced(event.name))
        read = value_of(field, value)
        if not field.may_repeat and field.name in found:
            raise StepRefused(f"{spaced(field.name)} is given twice, but may not repeat")
        before = found.get(field.name, [])
        found[field.name] = (
            [*before, read] if isinstance(before, list) and field.may_repeat else read
        )
    return found


def _known(words: str, known: Mapping[str, str], what: str) -> str:
    word = words.strip().strip('"')
    for form in (word, _ARTICLE.sub("", word, count=1)):
        if form in known:
            return known[form]
    hint, few = did_you_mean(word, known), sorted(set(known.values()))
    if not hint and len(few) <= _FEW:
        hint = f"; known are {', '.join(spaced(one) for one in few)}"
    raise StepRefused(f'unknown {what} "{word}"{hint}')


def _pairs(text: str) -> list[tuple[str, str]]:
    """Splits `asked "not asked", and alone "yes"` into fields and values."""
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
