"""Reads feedback as a host writes it: by the card that was answered, or by rule and generation.

The form is `msp-feedback/1`, of which `documents.feedback_message` writes the second kind. An error
names the key that is wrong and never its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import orjson

from msp_rules.casework.values import LONGEST_ID
from msp_rules.errors import did_you_mean
from msp_rules.prompts.card import card_uuid, card_uuid_of
from msp_rules.prompts.documents import (
    FEEDBACK_SCHEMA,
    Document,
    DocumentInvalid,
    Json,
    feedback_from,
    read,
)
from msp_rules.prompts.prompt import DeskState, Feedback, Prompt

FEEDBACK_KEYS: Final = (
    *("schema", "case", "id", "card", "rule", "first_subject", "generation", "kind", "at"),
    *("role", "until", "code", "has_text", "review_by"),
)
"""Every key of the form."""
_OF_PROMPT: Final = ("rule", "first_subject", "generation")


class AnsweredCard(NamedTuple):
    """A prompt, and the generation of it whose card somebody answered."""

    prompt: Prompt
    """The prompt as it is now."""
    generation: int
    """The generation of the card."""


def find_card(state: DeskState, card: str) -> AnsweredCard | None:
    """Finds the prompt of a card of a case, also one of an earlier generation."""
    for prompt in state.prompts.values():
        if card_uuid(prompt) == card:
            return AnsweredCard(prompt, prompt.generation)
    for prompt in state.prompts.values():
        for generation in range(prompt.generation - 1, 0, -1):
            if card_uuid_of(prompt.key, generation) == card:
                return AnsweredCard(prompt, generation)
    return None


def read_feedback(given: object, state_of: Callable[[str], DeskState]) -> Feedback | None:
    """Reads feedback from JSON, or from plain data; None where nobody knows its card.

    `state_of` gives what the desk knows of a case. Raises DocumentInvalid for any other document.
    """
    document = _document(given)
    for name in document:
        if name not in FEEDBACK_KEYS:
            hint = did_you_mean(name, FEEDBACK_KEYS)
            raise DocumentInvalid(f"a feedback has an unknown key{hint}")
    if document.get("schema") != FEEDBACK_SCHEMA:
        raise DocumentInvalid(f'not a feedback: its "schema" is not {FEEDBACK_SCHEMA}')
    for name in ("case", "id"):
        text = read(document, name, str)
        if not 0 < len(text) <= LONGEST_ID or not text.isprintable():
            raise DocumentInvalid(f'"{name}" of a feedback must have 1 to {LONGEST_ID} characters')
    if "card" not in document:
        return feedback_from(document)
    card = read(document, "card", str)
    if any(name in document for name in _OF_PROMPT):
        raise DocumentInvalid('a feedback names its prompt by "card", or by "rule" and the others')
    placeholder: Document = {"rule": "", "generation": 1}
    feedback_from({**document, **placeholder})  # what else is wrong is said of unknown cards, too
    asked = find_card(state_of(read(document, "case", str)), card)
    if asked is None:
        return None
    key = asked.prompt.key
    named: Document = {"rule": key.rule, "generation": asked.generation}
    if key.subject is not None:
        named["first_subject"] = key.subject
    return feedback_from({**document, **named})


def _document(given: object) -> Mapping[str, Json]:
    found = given
    if isinstance(given, str | bytes):
        try:
            found = orjson.loads(given)
        except orjson.JSONDecodeError:
            raise DocumentInvalid("a feedback that is not valid JSON") from None
    if not isinstance(found, Mapping):
        raise DocumentInvalid("a feedback is an object of keys and values")
    return {str(name): value for name, value in found.items()}
