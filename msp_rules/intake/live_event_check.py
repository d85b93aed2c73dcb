"""Whether a live event has the shape that the contract gives it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msp_rules.casework.live_event_schema import live_event_schema
from msp_rules.casework.schema_errors import explain, shown
from msp_rules.casework.vocabulary import core_vocabulary

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator


def message_problems(message: object) -> tuple[str, ...]:
    """What is wrong with a CloudEvents message, each with its place; empty where nothing is.

    Names places and known words only: nothing of what the message holds is repeated, not even an
    unknown key.
    """
    found = set()
    for error in _validator().iter_errors(message):
        for path, text in explain(error, repeats_words=False):
            place = path[:-1] if text.startswith("unknown key") else path
            found.add(f"{shown(place)}: {text}")
    return tuple(sorted(found))


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - a scan of exports needs none

    return Draft202012Validator(live_event_schema(core_vocabulary()))
