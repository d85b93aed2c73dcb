"""The JSON Schemas of rules, concepts, ruleset.yaml, overlays and mapping files.

For editors and for the loader.

They hold for a file as an ordinary YAML 1.2 reader gives it (numbers, `true`) and as the loader has
it (words): where a number stands, a text of digits may stand too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.casework.workdays import Unit
from msp_rules.casework.written_forms import DATE, MOMENT
from msp_rules.rules.companion_schema import citations_body, coverage_body
from msp_rules.rules.condition_schema import Schema, closed, condition_definitions, ref
from msp_rules.rules.example_schema import concept_example, given_definitions, rule_example
from msp_rules.rules.mapping_schema import mapping_schema
from msp_rules.rules.overlay_schema import local_definitions, overlay_body
from msp_rules.rules.parameter_reader import UNITS
from msp_rules.rules.rule import Basis, Severity
from msp_rules.rules.rule_reader import (
    KINDS,
    LONGEST_SUMMARY,
    PRINCIPLES,
    QUESTIONS,
    STATUSES,
    URGENCIES,
)

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def rule_schema(vocabulary: Vocabulary) -> Schema:
    """What a file of `rules/` may hold."""
    return _document("rule", "a rule of msp-rules", _rule_body(vocabulary), vocabulary)


def _rule_body(vocabulary: Vocabulary) -> Schema:
    words: Schema = {
        "rule": ref("text"),
        "revision": {
            "title": "a whole number, 1 or more",
            "type": ["integer", "string"],
            "minimum": 1,
            "pattern": "^[1-9][0-9]*$",
        },
        "title": ref("text"),
        "kind": _one_of(KINDS),
        "severity": _one_of([severity.value for severity in Severity]),
        "floor": ref("flag"),
        "principles": _some_of(PRINCIPLES),
        "audit_questions": _some_of(QUESTIONS),
        "cites": {
            "type": "array",
            "minItems": 1,
            "items": closed({"source": ref("text"), "at": _place_in_source()}),
        },
        "status": _one_of(STATUSES),
        "status_reason": ref("text"),
        "review_by": ref("date"),
        "enabled": ref("flag"),
        "notes": ref("text"),
    }
    blocks: Schema = {
        "parameters": {"type": "object", "additionalProperties": _parameter(ranged=True)},
        "each": ref("event_type"),
        "applies_when": ref("condition"),
        "expect": ref("condition"),
        "due": ref("due"),
        "partly_when": ref("condition"),
        "explained_when": ref("reasons"),
        "cannot_tell_when": ref("condition"),
        "if_none": closed({"applies_when": ref("condition"), "due": ref("due")}),
        "colour": closed(
            {
                "not_met": _one_of(("red", "amber", "grey", "none")),
                "met": _one_of(("none",)),
                "red_when": ref("condition"),
            },
            [],
        ),
        "prompt": _prompt(vocabulary),
        "finding": ref("text"),
        "examples": {"type": "array", "items": rule_example()},
    }
    needed = ["rule", "title", "kind", "severity", "principles", "audit_questions", "cites"]
    needed += ["status", "review_by", "expect", "prompt", "finding", "examples"]
    deprecated = {"properties": {"status": {"const": "deprecated"}}, "required": ["status"]}
    body = {**closed({**words, **blocks}, needed), "dependentRequired": {"if_none": ["each"]}}
    return {**body, "if": deprecated, "then": {"required": ["status_reason"]}}


def concept_schema(vocabulary: Vocabulary) -> Schema:
    """What a file of `concepts/` may hold."""
    return _document("concept", "a concept of msp-rules", _concept_body(), vocabulary)


def overlay_schema(vocabulary: Vocabulary) -> Schema:
    """What overlay.yaml may hold."""
    body = overlay_body(vocabulary, _rule_body(vocabulary), _concept_body())
    document = _document("overlay", "the overlay.yaml of msp-rules", body, vocabulary)
    return {**document, "$defs": local_definitions(vocabulary, document["$defs"])}


def _concept_body() -> Schema:
    return closed(
        {
            "concept": ref("text"),
            "title": {"type": "string"},
            "holds_when": ref("condition"),
            "examples": {"type": "array", "items": concept_example()},
        }
    )


def ruleset_schema(vocabulary: Vocabulary) -> Schema:
    """What ruleset.yaml may hold."""
    suspension: Schema = {
        "name": {"type": "string"},
        "when": ref("condition"),
        "limit_after": ref("anchor"),
        "keeps": {"type": "array", "items": {"type": "string"}},
    }
    settings: Schema = {
        "office_close": {
            "title": 'a time in quotes, as in "17:00"',
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
        },
        "temporary_codes": _some_of(vocabulary.enums["explanation_code"]),
        "max_temporary_reason": _parameter(ranged=False),
    }
    properties: Schema = {
        "ruleset": {"type": "string"},
        "title": {"type": "string"},
        "version": {
            "title": 'three numbers in quotes, as in "1.0.0"',
            "type": "string",
            "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$",
        },
        "nation": {"type": "string"},
        "sources": {"type": "object", "additionalProperties": {"type": "string"}},
        "settings": closed(settings),
        "suspend_when": {
            "type": "array",
            "items": closed(suspension, ["name", "when", "keeps"]),
        },
    }
    body = closed(properties, [key for key in properties if key != "suspend_when"])
    return _document("ruleset", "the ruleset.yaml of msp-rules", body, vocabulary)


def citations_schema(vocabulary: Vocabulary) -> Schema:
    """What citations.yaml may hold."""
    return _document("citations", "the citations.yaml of msp-rules", citations_body(), vocabulary)


def coverage_schema(vocabulary: Vocabulary) -> Schema:
    """What coverage.yaml may hold."""
    return _document("coverage", "the coverage.yaml of msp-rules", coverage_body(), vocabulary)


SCHEMAS: Final[Mapping[str, Callable[[Vocabulary], Schema]]] = {
    "rule": rule_schema,
    "concept": concept_schema,
    "ruleset": ruleset_schema,
    "citations": citations_schema,
    "coverage": coverage_schema,
    "overlay": overlay_schema,
    "mapping": mapping_schema,
}
"""What each kind of file may hold, by the kind's name."""


def _document(name: str, title: str, body: Schema, vocabulary: Vocabulary) -> Schema:
    about = 'GENERATED by "msp-rules generate"; changes made here are lost.'
    definitions = {
        **condition_definitions(vocabulary),
        **_values(vocabulary),
        **given_definitions(vocabulary),
    }
    return {
        "$schema": _DIALECT,
        "$id": f"urn:msp-rules:{name}-1",
        "title": title,
        "description": about,
        **body,
        "$defs": _reachable(body, definitions),
    }


def _reachable(body: object, definitions: Mapping[str, Schema]) -> Schema:
    """The definitions that a schema refers to, straight or by way of others, in given order."""
    found: set[str] = set()
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).removeprefix("#/$defs/")
            if name in definitions and name not in found:
                found.add(name)
                waiting.append(definitions[name])
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return {name: schema for name, schema in definitions.items() if name in found}


def _values(vocabulary: Vocabulary) -> Schema:
    return {
        "ask_at": _one_of(("any", *vocabulary.events)),
        "text": {"title": "a text", "type": "string", "pattern": r"\S"},
        "yes_or_no": {"title": "yes or no", "enum": ["yes", "no"]},
        "flag": {"title": "true or false", "enum": [True, False, "true", "false"]},
        "date": {
            "title": "a date that exists (YYYY-MM-DD)",
            "type": "string",
            "pattern": f"^{DATE}$",
        },
        "moment": {
            "title": "a date or date-time that exists",
            "type": "string",
            "pattern": f"^{MOMENT}$",
        },
    }


def _place_in_source() -> Schema:
    """Where in a source: a text, which an editor may read as a number (`14.10`)."""
    return {"title": "a text", "type": ["string", "number"], "pattern": r"\S"}


def _one_of(words: tuple[str, ...] | list[str]) -> Schema:
    return {"enum": list(words)}


def _some_of(words: tuple[str, ...]) -> Schema:
    return {"type": "array", "items": _one_of(words)}


def _parameter(*, ranged: bool) -> Schema:
    """A dated number or (in rules) list of codes; numbers that may be set locally have a range."""
    number = ref("whole")
    codes = {"type": "array", "items": {"type": ["string", "integer"]}}
    properties: Schema = {
        "unit": _one_of(list(UNITS) if ranged else list(Unit)),
        "range": {"type": "array", "minItems": 2, "maxItems": 2, "items": number},
        "values": _dated(number),
    }
    if not ranged:
        return closed(properties, ["unit", "values"])
    return {
        **closed({**properties, "values": {"type": "array"}}, ["unit", "values"]),
        "if": {"properties": {"unit": {"const": "codes"}}, "required": ["unit"]},
        "then": {"properties": {"values": _dated(codes)}},
        "else": {"properties": {"values": _dated(number)}, "required": ["range"]},
    }


def _dated(value: Schema) -> Schema:
    row = {"from": ref("date"), "value": value, "basis": _one_of(list(Basis))}
    return {"type": "array", "minItems": 1, "items": closed({**row, "source": {"type": "string"}})}


def _prompt(vocabulary: Vocabulary) -> Schema:
    return closed(
        {
            "summary": {
                "title": f"a question of at most {LONGEST_SUMMARY} characters",
                "type": "string",
                "maxLength": LONGEST_SUMMARY,
                "pattern": r"\?",
            },
            "urgency": _one_of(URGENCIES),
            "ask_at": {"type": "array", "items": ref("ask_at")},
            "roles": _some_of(vocabulary.enums["worker_role"]),
        }
    )
