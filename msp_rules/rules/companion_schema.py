"""The JSON Schemas of the files beside the rules: `citations.yaml` and `coverage.yaml`."""

from __future__ import annotations

from typing import Final

from msp_rules.rules.citations import Reading
from msp_rules.rules.condition_schema import Schema, closed, ref
from msp_rules.rules.coverage import ANSWERS

_WORDS: Final[Schema] = {"type": ["string", "number"]}


def citations_body() -> Schema:
    """What citations.yaml may hold."""
    source = closed(
        {
            "edition": ref("text"),
            "read": {"enum": [reading.value for reading in Reading]},
            "places": {"type": "array", "uniqueItems": True, "items": _WORDS},
        }
    )
    sources = {"type": "object", "additionalProperties": source}
    return closed({"citations": {"type": "string"}, "sources": sources})


def coverage_body() -> Schema:
    """What coverage.yaml may hold."""
    rules: Schema = {"type": "array", "items": {"type": "string"}}
    some_rules: Schema = {**rules, "minItems": 1}
    measure = closed({"title": {"type": "string"}, "counts": rules, "made": ref("yes_or_no")})
    answers: Schema = {
        "rules": some_rules,
        "measure": {"type": "string"},
        "needs_a_person": ref("text"),
        "board_evidence": ref("text"),
    }
    properties: Schema = {
        "id": ref("text"),
        "says": ref("text"),
        "guidance": {"type": "array", "items": _WORDS},
        **answers,
        "note": ref("text"),
    }
    row = {
        **closed(properties, ["id", "says"]),
        "oneOf": [{"required": [answer]} for answer in ANSWERS],
    }
    part = closed({"at": {"type": "string"}, "expectations": {"type": "array", "items": row}})
    return closed(
        {
            "coverage": {"type": "string"},
            "document": {"type": "string"},
            "guidance": {"type": "string"},
            "measures": {"type": "object", "additionalProperties": measure},
            "parts": {"type": "array", "items": part},
            "beyond": {
                "type": "array",
                "items": closed({"rules": some_rules, "why": ref("text")}),
            },
        }
    )
