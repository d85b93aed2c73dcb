"""The JSON Schema of overlays: what a council changes, adds, excludes and waives.

An overlay may name events, fields and codes of its own (`x_...`), which no schema knows beforehand:
they are allowed by their form, and `check` says whether there are such.
"""

from __future__ import annotations

from typing import Final

from msp_rules.casework.values import UNREADABLE
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.rules.condition_schema import Schema, closed, ref
from msp_rules.rules.example_schema import rule_example
from msp_rules.rules.rule import Basis, Severity

_LOCAL: Final = "^x_[a-z0-9_]+$"
_FIELD: Final = "^[a-z][a-z0-9_]*$"
_LIST: Final = "[a-z0-9_]+"
_KIND: Final = rf"^((text|flag|date|moment|whole)|code\({_LIST}\)|ref\({_LIST}\))[*!]*$"
_VERSION: Final[Schema] = {
    "title": 'three numbers in quotes, as in "1.0.0"',
    "type": "string",
    "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$",
}


def overlay_body(vocabulary: Vocabulary, rule: Schema, concept: Schema) -> Schema:
    """What overlay.yaml may hold; `rule` and `concept` are what their own files may hold."""
    head: Schema = {
        "overlay": {
            "title": "small letters, digits and hyphens",
            "type": "string",
            "pattern": "^[a-z][a-z0-9-]*$",
        },
        "title": ref("text"),
        "version": _VERSION,
        "extends": closed({"id": ref("text"), "version": _VERSION, "sha256": _hash()}),
        "because": ref("text"),
        "approved_by": ref("text"),
        "review_by": ref("date"),
    }
    parts: Schema = {
        "sources": {"type": "object", "additionalProperties": ref("text")},
        "enums": _named(_LOCAL, _codes()),
        "events": _named(_LOCAL, _event(vocabulary)),
        "rules": {"type": "array", "items": rule},
        "concepts": {"type": "array", "items": concept},
        "changes": {"type": "array", "items": _change()},
        "filters": {"type": "array", "items": _filter()},
        "waivers": {"type": "array", "items": _waiver(vocabulary)},
    }
    return closed({**head, **parts}, head)


def local_definitions(vocabulary: Vocabulary, core: Schema) -> Schema:
    """The `$defs` of conditions and examples, with local words beside those of the vocabulary."""
    given: Schema = core["given"]
    local = {"title": "the fields of a local event", "type": ["object", "string", "null"]}
    items = {**given["items"], "patternProperties": {_LOCAL: local}}
    supplied = {"type": "string", "pattern": r"^x_[a-z0-9_]+(\.[a-z][a-z0-9_]*)?$"}
    return {
        **core,
        "ask_at": _or_local(core["ask_at"], "any, or an event type", _LOCAL),
        "event_type": _or_local(core["event_type"], "an event type", _LOCAL),
        "field": _or_local(core["field"], "a field", _FIELD),
        "given": {**given, "items": items},
        "supplied": {
            "type": "array",
            "items": {
                "title": "an event type, or a field of one",
                "anyOf": [core["supplied"]["items"], supplied],
            },
        },
    }


def _or_local(known: Schema, title: str, pattern: str) -> Schema:
    return {"title": title, "anyOf": [known, {"type": "string", "pattern": pattern}]}


def _named(pattern: str, value: Schema) -> Schema:
    names = {"title": "a name that begins with x_", "pattern": pattern}
    return {"type": "object", "propertyNames": names, "additionalProperties": value}


def _hash() -> Schema:
    title = "64 digits and letters a to f"
    return {"title": title, "type": "string", "pattern": "^[0-9a-f]{64}$"}


def _codes() -> Schema:
    items: Schema = {"type": ["string", "integer"]}
    return {"type": "array", "minItems": 1, "uniqueItems": True, "items": items}


def _event(vocabulary: Vocabulary) -> Schema:
    taken = {"enum": [*vocabulary.envelope, UNREADABLE]}
    kind = {"title": "a kind of field, such as text or code(LIST)", "type": "string"}
    fields: Schema = {
        "type": "object",
        "propertyNames": {
            "title": "a name in small letters that no field of every event has",
            "pattern": _FIELD,
            "not": taken,
        },
        "additionalProperties": {**kind, "pattern": _KIND},
    }
    return closed({"means": {"type": "string"}, "fields": fields}, ["means"])


def _reasons() -> Schema:
    return {
        "because": ref("text"),
        "approved_by": ref("text"),
        "from": ref("date"),
        "expires": ref("date"),
    }


def _change() -> Schema:
    value: Schema = {
        "if": {"type": "array"},
        "then": {"minItems": 1, "items": {"type": ["string", "integer"]}},
        "else": ref("whole"),
    }
    row = closed(
        {
            "from": ref("date"),
            "value": value,
            "basis": {"enum": list(Basis)},
            "source": {"type": "string"},
        }
    )
    rows: Schema = {"type": "array", "minItems": 1, "items": row}
    properties: Schema = {
        "rule": ref("text"),
        "severity": {"enum": list(Severity)},
        "enabled": ref("flag"),
        "parameters": {"type": "object", "minProperties": 1, "additionalProperties": rows},
        "examples": {"type": "array", "items": rule_example()},
        **_reasons(),
    }
    sets = ("severity", "enabled", "parameters")
    return {
        **closed(properties, ["rule", "because", "approved_by"]),
        "title": f"a change that sets {', '.join(sets[:-1])} or {sets[-1]}",
        "anyOf": [{"required": [key]} for key in sets],
    }


def _filter() -> Schema:
    properties: Schema = {
        "name": ref("text"),
        "rules": _words(ref("text")),
        "when": ref("condition"),
        **_reasons(),
    }
    return closed(properties, [key for key in properties if key != "from"])


def _waiver(vocabulary: Vocabulary) -> Schema:
    team: Schema = {"title": "a text", "type": ["string", "number"], "pattern": r"\S"}
    properties: Schema = {
        "name": ref("text"),
        "rules": _words(ref("text")),
        "team": _words(team),
        "agency": _words({"enum": list(vocabulary.enums["agency_type"])}),
        **_reasons(),
    }
    optional = ("team", "agency", "from")
    return closed(properties, [key for key in properties if key not in optional])


def _words(one: Schema) -> Schema:
    """One word or a list of them, at least one, none twice."""
    several: Schema = {"minItems": 1, "uniqueItems": True, "items": one}
    return {"if": {"type": "array"}, "then": several, "else": one}
