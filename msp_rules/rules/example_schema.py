"""The JSON Schema of the examples that rules and concepts carry, down to fields and codes."""

from __future__ import annotations

from typing import Final

from msp_rules.casework.values import UNREADABLE
from msp_rules.casework.vocabulary import EventType, Field, FieldKind, Vocabulary, supply_words
from msp_rules.casework.written_forms import DATE, MOMENT
from msp_rules.rules.condition_schema import Schema, closed, ref
from msp_rules.rules.example_reader import VERDICTS

_HOLDS: Final = ("yes", "no", "unknown")
_NEEDED: Final = ("name", "as_of", "given", "then")


def rule_example() -> Schema:
    """An example of a rule: a small case, and the verdict of each subject."""
    verdict = {"enum": list(VERDICTS)}
    then = {
        "type": ["string", "object"],
        "if": {"type": "object"},
        "then": {"additionalProperties": verdict},
        "else": verdict,
    }
    more = {"due": ref("moment"), "case": ref("given_case"), "adult": ref("given_adult")}
    return closed({**_common(then), **more}, _NEEDED)


def concept_example() -> Schema:
    """An example of a concept: a small case, and whether the concept holds in it."""
    return closed(_common({"enum": list(_HOLDS)}), _NEEDED)


def given_definitions(vocabulary: Vocabulary) -> Schema:
    """The `$defs` for what an example gives: events, and attributes of the case and the adult."""
    events = {name: ref(f"given.{name}") for name in vocabulary.events}
    case = {name: _value(field) for name, field in vocabulary.case.items()}
    adult = {name: _value(field) for name, field in vocabulary.adult.items()}
    return {
        "given": {
            "type": "array",
            "items": {**closed(events, []), "minProperties": 1, "maxProperties": 1},
        },
        "given_case": closed(case, []),
        "given_adult": closed(adult, []),
        "supplied": {"type": "array", "items": {"enum": list(supply_words(vocabulary))}},
        **{f"given.{name}": _event(kind, vocabulary) for name, kind in vocabulary.events.items()},
        **_values(vocabulary),
    }


def _common(then: Schema) -> Schema:
    return {
        "name": {"type": "string"},
        "as_of": ref("moment"),
        "given": ref("given"),
        "then": then,
        "supplies": ref("supplied"),
    }


def _event(kind: EventType, vocabulary: Vocabulary) -> Schema:
    fields = {**vocabulary.envelope, **kind.fields}
    names: Schema = {"type": "array", "items": {"enum": list(fields)}}
    properties = {name: _value(field) for name, field in fields.items()}
    return {
        "description": kind.means,
        "type": ["object", "string", "null"],
        "if": {"type": "object"},
        "then": closed({**properties, UNREADABLE: names}, []),
        "else": {"title": "nothing", "enum": ["", None]},
    }


def _value(field: Field) -> Schema:
    """One value; a field that may repeat takes a list of them, too."""
    one = ref(f"value.{field.enum or field.kind}")
    if not field.may_repeat:
        return one
    return {"if": {"type": "array"}, "then": {"items": one}, "else": one}


def _values(vocabulary: Vocabulary) -> Schema:
    """The `$defs` of single values; any of them may be said to be unreadable."""
    number = {"type": ["integer", "string"], "minimum": 0, "pattern": f"^([0-9]+|{UNREADABLE})$"}
    withheld = closed({"withheld": {"const": True}})
    return {
        f"value.{FieldKind.TEXT}": {
            "type": ["string", "integer", "object"],
            "if": {"type": "object"},
            "then": withheld,
        },
        f"value.{FieldKind.REF}": {"type": ["string", "integer"]},
        f"value.{FieldKind.DATE}": _written(DATE, "a date that exists"),
        f"value.{FieldKind.MOMENT}": _written(MOMENT, "a date or date-time that exists"),
        f"value.{FieldKind.WHOLE}": {"title": "a whole number", **number},
        **{
            f"value.{name}": {"enum": [*codes, UNREADABLE]}
            for name, codes in vocabulary.enums.items()
        },
    }


def _written(pattern: str, title: str) -> Schema:
    return {"title": title, "type": "string", "pattern": f"^({pattern}|{UNREADABLE})$"}
