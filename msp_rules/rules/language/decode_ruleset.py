"""Decodes `ruleset.yaml` (what applies to all rules) and the files of concepts."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from msp_rules.casework.plausible_dates import IMPLAUSIBLE_BEFORE
from msp_rules.errors import SourceLocation
from msp_rules.rules.language import conditions as tree
from msp_rules.rules.language.decode_conditions import CONDITION
from msp_rules.rules.language.decode_examples import CONCEPT_EXAMPLE
from msp_rules.rules.language.decode_selections import ANCHOR
from msp_rules.rules.language.decode_values import FIELD, limit_of, read_parameter, setting_schema
from msp_rules.rules.language.names import DATE, VERSION, Names
from msp_rules.rules.language.rule import Concept, Parameter, Settings, Suspension
from msp_rules.yaml_source.decode import (
    TEXT,
    WORD,
    Context,
    Entry,
    Record,
    Shape,
    block_of,
    checked,
    list_of,
    needed,
    one_known,
    optional,
    optional_or,
)
from msp_rules.yaml_source.nodes import Block, Node

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")

# Settings: numbers that belong to no single rule.


def _office_close(text: str, where: SourceLocation, names: Context) -> int:
    """Reads a time of day, as microseconds since midnight."""
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        names.refuse(where, "clock", 'write the time in quotes, as in "17:00"')
    return (int(clock[1]) * 60 + int(clock[2])) * 60_000_000


class _Longest(NamedTuple):
    """Holds how long a temporary reason stands at most."""

    parameter: Parameter
    limit: tree.Limit


def _longest_reason(node: Node, names: Names) -> _Longest:
    """Reads how long a temporary reason stands at most: a parameter that no council sets."""
    key = _LONGEST.key
    entry = Entry(key, node.where, node)
    parameter = read_parameter(entry, names, needs_range=False).parameter
    limit = limit_of(parameter)
    if limit is None:
        message = f"{key} counts {parameter.unit}; a limit needs a unit of time"
        names.refuse(node.where, "unit", message)
    return _Longest(parameter, limit)


_TEMPORARY: Final[Shape[Names, str]] = one_known(
    "explanation code", lambda names: names.vocabulary.enums["explanation_code"]
)
_CLOSE: Final = needed(
    "office_close",
    checked(WORD, _office_close).described(
        {
            "title": 'a time in quotes, as in "17:00"',
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
        }
    ),
)
_TEMPORARY_CODES: Final = needed("temporary_codes", list_of(_TEMPORARY, "temporary_codes"))
_LONGEST: Final = needed("max_temporary_reason", Shape(_longest_reason, setting_schema))
_ABSENT: Final = optional_or("absent_if_not_supplied", list_of(FIELD, "absent_if_not_supplied"), ())
_EARLIEST: Final = optional("implausible_before", DATE)
_SETTINGS_BLOCK: Final = Record(
    what="settings", fields=(_CLOSE, _TEMPORARY_CODES, _LONGEST, _ABSENT, _EARLIEST)
).shape(
    lambda found, _: Settings(
        office_close=found[_CLOSE],
        max_temporary_reason=found[_LONGEST].limit,
        numbers={_LONGEST.key: found[_LONGEST].parameter},
        temporary_codes=frozenset(found[_TEMPORARY_CODES]),
        absent_if_not_supplied=frozenset(found[_ABSENT]),
        implausible_before=found[_EARLIEST] or IMPLAUSIBLE_BEFORE,
    )
)


# Suspensions: what stops rules from applying.

_RULE_ID: Final[Shape[Names, str]] = one_known("rule", lambda names: names.rule_ids)
_NAME: Final = needed("name", WORD)
_WHEN: Final = needed("when", CONDITION)
_LIMIT_AFTER: Final = optional("limit_after", ANCHOR)
_KEEPS: Final = needed("keeps", list_of(_RULE_ID.described({"type": "string"}), "keeps"))
_SUSPENSION: Final = Record(
    what="a suspension",
    fields=(_NAME, _WHEN, _LIMIT_AFTER, _KEEPS),
    lacking=("lacking", "a suspension needs name, when and keeps"),
).shape(
    lambda found, _: Suspension(
        name=found[_NAME],
        when=found[_WHEN],
        limit_after=found[_LIMIT_AFTER],
        keeps=frozenset(found[_KEEPS]),
    )
)


# The file itself. Sources come first: the rules cite them.

ID: Final = needed("ruleset", WORD)
TITLE: Final = needed("title", WORD)
RULESET_VERSION: Final = needed("version", VERSION)
NATION: Final = needed("nation", WORD)
SOURCES: Final = needed("sources", block_of(WORD, "sources"))
SETTINGS: Final = needed("settings", _SETTINGS_BLOCK)
SUSPENSIONS: Final = optional_or("suspend_when", list_of(_SUSPENSION, "suspend_when"), ())
RULESET: Final[Record[Names]] = Record(
    what="a ruleset",
    subject="ruleset.yaml",
    fields=(ID, TITLE, RULESET_VERSION, NATION, SOURCES, SETTINGS, SUSPENSIONS),
    lacks_beside_unknown=True,
)


# Concepts.

_CONCEPT_NAME: Final = needed("concept", TEXT)
_HOLDS_WHEN: Final = needed("holds_when", CONDITION)
_EXAMPLES: Final = needed("examples", list_of(CONCEPT_EXAMPLE, "examples"))
CONCEPT: Final[Record[Names]] = Record(
    what="a concept", fields=(_CONCEPT_NAME, TITLE, _HOLDS_WHEN, _EXAMPLES)
)


def read_concept(block: Block, stem: str, names: Names) -> Concept:
    """Reads the concept of a file called `stem`; raises Refused after noting what is wrong."""
    found = CONCEPT.open(block, names)
    found.read_rest(names)
    if found.get(_CONCEPT_NAME, stem) != stem:
        names.refuse(found.place(_CONCEPT_NAME), "id", f'its file is called "{stem}"')
    found.need_sound()
    return Concept(
        name=stem,
        title=found[TITLE],
        condition=found[_HOLDS_WHEN],
        examples=found[_EXAMPLES],
        where=block.where,
    )
