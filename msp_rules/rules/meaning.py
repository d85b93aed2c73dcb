"""The meaning of a rule as one hash: what it asks, by when, how heavily, and in which words.

Two files that say the same have the same hash: comments, examples, places, the order of keys, and
`asked: x` written as `asked: [x]` make no difference. Status, review date and revision are no part
of it. A concept that a rule uses is, with all that it holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any, Final

from msp_rules.errors import SourceLocation
from msp_rules.rules.rule import Rule

FORM: Final = 1
"""The form in which meaning is hashed; another form makes other hashes of the same rules."""

_NO_MEANING: Final = frozenset(
    {"id", "status", "status_reason", "review_by", "revision", "examples", "where"}
    | {"earlier", "newest_from"}  # they follow from the parameters
)


def meaning_of(rule: Rule) -> str:
    """The hash of a rule's meaning, as 32 hexadecimal digits."""
    parts = {
        one.name: _plain(getattr(rule, one.name))
        for one in fields(rule)
        if one.compare and one.name not in _NO_MEANING
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(value: object) -> Any:
    """A part as JSON; what a new optional part leaves at its default leaves no trace."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {
            one.name: _plain(getattr(value, one.name))
            for one in fields(value)
            if one.compare and not _is_without_meaning(getattr(value, one.name), one)
        }
        return {type(value).__name__: parts}
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, frozenset):
        return sorted(_plain(part) for part in value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _is_without_meaning(value: object, one: Field[Any]) -> bool:
    """Whether a part only says where something stands, or is as it is when left out."""
    if isinstance(value, SourceLocation):
        return True
    return one.default is not MISSING and bool(value == one.default)
