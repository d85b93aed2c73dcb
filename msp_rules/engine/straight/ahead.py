"""Finds out whether the code of some rules was compiled with the package, and uses it.

That is so for the core ruleset as it is shipped, and as long as nothing changes what its rules ask:
the numbers of its limits are no part of the text, but of what the text was written from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from threading import Lock
from typing import Any

from msp_rules.engine.straight import shipped_code
from msp_rules.errors import SourceLocation
from msp_rules.rules.language.rule import Ruleset

_binding = Lock()


def compiled_functions(
    text: str, constants: Mapping[str, object], ruleset: Ruleset
) -> Mapping[str, Any] | None:
    """Gives the compiled functions of a text by name; None where they were not written from that.

    `ruleset` is in its form of the day. Engines of equal rules share the functions, with the
    constants of the first: those of all others are equal.
    """
    shipped = shipped_code.FINGERPRINT
    if not shipped or fingerprint_of(text, ruleset) != shipped:
        return None
    functions = vars(shipped_code)
    with _binding:
        if not functions.keys() >= constants.keys():
            functions.update(constants)
    return functions


def fingerprint_of(text: str, ruleset: Ruleset) -> str:
    """Hashes the text of code and all that is said of its rules, but for their examples."""
    digest = hashlib.sha256(text.encode())
    rules = tuple([replace(rule, examples=()) for rule in ruleset.enabled_rules])
    said = (rules, ruleset.rule_ids, ruleset.settings, ruleset.suspensions, ruleset.concepts)
    digest.update(repr(_plain(said)).encode())
    return digest.hexdigest()


@cache
def _compared(kind: type) -> tuple[str, ...]:
    """Gives the names of the fields by which values of a kind are compared; none of a plain one."""
    return tuple([one.name for one in fields(kind) if one.compare]) if is_dataclass(kind) else ()


def _plain(value: object) -> object:
    """Gives what compares equal as the same lists and words: sets in order, and no places."""
    if value is None or isinstance(value, SourceLocation):
        return None
    if isinstance(value, Enum):
        return value.value
    kind: type = type(value)
    if names := _compared(kind):
        return [_plain(getattr(value, name)) for name in names]
    if isinstance(value, frozenset | set):
        return sorted([repr(_plain(one)) for one in value])
    if isinstance(value, Mapping):
        return [(name, _plain(one)) for name, one in sorted(value.items())]
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value
