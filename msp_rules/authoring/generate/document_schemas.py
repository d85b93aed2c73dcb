"""Makes the JSON Schemas of what the desk and a scan write: states, feedback and results.

Each describes what a typed writer and reader of this package agree on, for hosts in other
languages; the words of a list are taken from where the package lists them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final

from msp_rules.audit.checkpoint import checkpoint_schema
from msp_rules.audit.measures.surveys import SCHEMA_FILE as SURVEYS_FILE
from msp_rules.audit.measures.surveys import surveys_schema
from msp_rules.audit.result import RESULT_SCHEMA
from msp_rules.casework.values import MOMENT
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.verdict import Verdict
from msp_rules.intake.live_event_schema import whole
from msp_rules.prompts.documents import FEEDBACK_SCHEMA, STATE_SCHEMA
from msp_rules.prompts.prompt import Ending, FeedbackKind, PromptState, Timing
from msp_rules.yaml_source.json_schema import DIALECT, Schema, closed, ref

_TEXT: Final[Schema] = {"type": "string"}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_INSTANT: Final[Schema] = {
    "type": "integer",
    "description": "Microseconds since the Unix epoch.",
}
_MOMENT: Final[Schema] = {"type": "string", "pattern": whole(MOMENT)}
_SHA256: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def document_schemas() -> Mapping[str, Schema]:
    """Makes each schema, by the path of its file in a checkout."""
    return {
        "msp_rules/prompts/schemas/desk-state-1.json": _state_schema(),
        "msp_rules/prompts/schemas/feedback-1.json": _feedback_schema(),
        "msp_rules/audit/schemas/scan-result-1.json": _result_schema(),
        SURVEYS_FILE: surveys_schema(core_vocabulary()),
    }


def _state_schema() -> Schema:
    fault = _object({"reason": _TEXT}, {"event": _TEXT, "rule": _TEXT})
    return _document(
        STATE_SCHEMA,
        "all that the desk knows of a case",
        {
            "case": _TEXT,
            "prompts": {"type": "array", "items": ref("prompt")},
            "faults": {"type": "array", "items": fault},
        },
        {
            "as_of": {
                **_INSTANT,
                "description": "The last evaluation (microseconds since 1970).",
            },
            "next_change": {**_INSTANT, "description": "When to evaluate again; absent: never."},
        },
        definitions={"prompt": _prompt_schema()},
    )


def _prompt_schema() -> Schema:
    missing = _object(
        {"event": _TEXT, "fields": _TEXTS},
        {"values": {"type": "array", "items": _TEXTS}},
    )
    due = closed(
        {
            "day": {**_COUNT, "description": "The London day, counted from 0001-01-01 as 1."},
            "instant": _INSTANT,
            "in_hours": {"type": "boolean"},
        }
    )
    heard = {"type": "array", "prefixItems": [_INSTANT, _TEXT], "items": False, "minItems": 2}
    return _object(
        {
            "rule": _TEXT,
            "summary": _TEXT,
            "urgency": {"enum": ["critical", "warning", "info"]},
            "ask_at": _TEXTS,
            "roles": _TEXTS,
            "severity": _TEXT,
            "verdict": _words(Verdict),
            "timing": _words(Timing),
            "missing": {"type": "array", "items": missing},
            "evidence": _TEXTS,
            "state": _words(PromptState),
            "generation": {"type": "integer", "minimum": 1},
            "since": _INSTANT,
        },
        {
            "first_subject": {**_TEXT, "description": "The id under which it was first recorded."},
            "subject": {**_TEXT, "description": "The id of the current version of the event."},
            "due": due,
            "heard": {**heard, "description": "When the last feedback was given, and its id."},
            "first_answer": {**_INSTANT, "description": "The first answer to this generation."},
            "until": {**_INSTANT, "description": "When an answered prompt is asked again."},
            "code": _TEXT,
            "explanation": {**_TEXT, "description": "The id of the event to record."},
            "ending": _words(Ending),
        },
    )


def _feedback_schema() -> Schema:
    described = _document(
        FEEDBACK_SCHEMA,
        "what a worker said to a prompt, without the text",
        {
            "case": _TEXT,
            "id": {"type": "string", "minLength": 1},
            "kind": _words(FeedbackKind),
            "at": _MOMENT,
        },
        {
            "card": {"type": "string", "description": "The uuid of the card that was answered."},
            "rule": {**_TEXT, "description": "In place of the card: the rule and its generation."},
            "generation": {"type": "integer", "minimum": 1},
            "first_subject": {**_TEXT, "description": "Absent: the rule is about the whole case."},
            "role": _TEXT,
            "until": {**_MOMENT, "description": "For a deferral: when to ask again."},
            "code": {**_TEXT, "description": "The code of the reason, which an override needs."},
            "has_text": {"type": "boolean", "default": False},
            "review_by": {**_MOMENT, "description": "Until when the reason is to hold."},
        },
    )
    by_card, by_rule = {"required": ["card"]}, {"required": ["rule", "generation"]}
    return {**described, "oneOf": [by_card, by_rule]}


def _result_schema() -> Schema:
    checkpoint = checkpoint_schema()
    state: Mapping[str, Any] = checkpoint["properties"]["body"]["properties"]["state"]
    layer = {"id": _TEXT, "version": _TEXT, "sha256": _SHA256}
    return _document(
        RESULT_SCHEMA,
        "what a scan counted, and what it could not judge",
        {
            "ruleset": closed({**layer, "layers": {"type": "array", "items": closed(layer)}}),
            "matcher": _TEXT,
            "calendar_sha256": _SHA256,
            # A checkpoint holds the same counts of the part that is done.
            **{name: state["properties"][name] for name in ("inputs", "unreadable", "tally")},
            "was_interrupted": {"type": "boolean"},
        },
        {"mapping_sha256": _SHA256, "pseudonym_key": _TEXT},
        definitions=checkpoint["$defs"],
    )


def _document(
    schema: str,
    title: str,
    required: Mapping[str, Schema],
    optional: Mapping[str, Schema],
    definitions: Mapping[str, Schema] | None = None,
) -> Schema:
    name, _, version = schema.partition("/")
    return {
        "$schema": DIALECT,
        "$id": f"urn:msp-rules:{name.removeprefix('msp-')}-{version}",
        "title": title,
        "description": 'GENERATED by "msp-rules generate"; changes made here are lost.',
        **_object({"schema": {"const": schema}, **required}, optional),
        **({"$defs": dict(definitions)} if definitions else {}),
    }


def _object(required: Mapping[str, Schema], optional: Mapping[str, Schema]) -> Schema:
    return closed({**required, **optional}, required)


def _words(kind: Iterable[Enum]) -> Schema:
    return {"enum": [one.value for one in kind]}
