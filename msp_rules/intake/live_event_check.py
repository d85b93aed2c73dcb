"""Whether a live event has the shape that the contract gives it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msp_rules.casework.live_event_schema import live_event_schema, schema_of_type
from msp_rules.casework.schema_errors import explain, shown
from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator


class LiveEventCheck:
    """Checks messages against the vocabulary of a ruleset; build it once, for many messages."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._schema = live_event_schema(vocabulary)
        self._types = frozenset(self._schema["properties"]["type"]["enum"])
        self._validators: dict[str, Draft202012Validator] = {}

    def problems(self, message: object) -> tuple[str, ...]:
        """What is wrong with a CloudEvents message, each with its place; empty where nothing is.

        Names places and known words only: nothing of what the message holds is repeated, not even
        an unknown key.
        """
        found = set()
        for error in self._validator_of(message).iter_errors(message):
            for path, text in explain(error, repeats_words=False):
                place = path[:-1] if text.startswith("unknown key") else path
                found.add(f"{shown(place)}: {text}")
        return tuple(sorted(found))

    def _validator_of(self, message: object) -> Draft202012Validator:
        """The whole schema takes four times as long to ask as the part that says all of a type."""
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - a scan of exports needs none

        named = message.get("type") if isinstance(message, dict) else None
        name = named if isinstance(named, str) and named in self._types else ""
        if name not in self._validators:
            schema = schema_of_type(self._schema, name) if name else self._schema
            self._validators[name] = Draft202012Validator(schema)
        return self._validators[name]


def message_problems(message: object) -> tuple[str, ...]:
    """What `LiveEventCheck` finds wrong with a message by the core vocabulary."""
    return _core_check().problems(message)


@cache
def _core_check() -> LiveEventCheck:
    return LiveEventCheck(core_vocabulary())
