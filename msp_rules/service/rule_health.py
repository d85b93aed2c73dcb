"""Answers how workers take the questions of each rule, for those who may see it."""

from __future__ import annotations

from datetime import date
from typing import Final

import orjson

from msp_rules.prompts.store import read_askings
from msp_rules.reports.rule_health.document import (
    SCHEMA,
    HealthSource,
    first_instant,
    health_document,
)
from msp_rules.service.gate import RULE_HEALTH
from msp_rules.service.operations import Answer, Call, Operation, Parameter, Reply
from msp_rules.service.problems import refuse
from msp_rules.yaml_source.json_schema import Schema, closed

SINCE: Final = Parameter(
    name="since",
    description="The first day whose questions are counted; absent: all that is held.",
    schema={"type": "string", "format": "date"},
)
"""The parameter that names the first day."""


def rule_health(call: Call) -> Reply:
    """Counts how workers take the questions of each rule; small counts are hidden."""
    since, named = None, call.query.get("since")
    if named is not None:
        try:
            since = date.fromisoformat(named).toordinal()
        except ValueError:
            detail = "the parameter since must be a day, as YYYY-MM-DD"
            raise refuse(400, "invalid-parameter", detail) from None
    tenant = call.tenant
    read = read_askings(tenant.desk.memory.database, first_instant(since, call.now) or 0)
    source = HealthSource(
        askings=read.askings, open_prompts=read.open_prompts, since=since, as_of=call.now
    )
    return Reply(text=orjson.dumps(health_document(source, tenant.ruleset)))


_TEXT: Final[Schema] = {"type": "string"}
_COUNT: Final[Schema] = {"anyOf": [{"type": "integer", "minimum": 0}, {"const": "[c]"}]}
_TOTAL: Final[Schema] = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": r"^(\[c\]|[0-9]+\+)$"},
    ],
    "description": "`115+`: at least so many, where the number would give a hidden count away.",
}
_WAYS: Final = (
    *("raised", "not_shown", "shown", "promised", "acknowledged", "put_off"),
    *("settled", "ignored", "open", "repeats"),
)
_ROW: Final = closed(
    {
        "rule": _TEXT,
        "title": _TEXT,
        "urgency": _TEXT,
        **dict.fromkeys(_WAYS, _COUNT),
        "raised": _TOTAL,
        "shown": _TOTAL,
        "reasons": {"type": "object", "additionalProperties": _COUNT},
        "median_hours": {"type": "integer", "minimum": 0},
    },
    ["rule", "reasons", *_WAYS],
)
_REVIEW: Final = closed(
    {
        "rule": _TEXT,
        "title": _TEXT,
        "because": {
            "type": "array",
            "items": closed(
                {
                    "what": {"enum": ["called_wrong", "overruled"]},
                    "more_than_percent": {"type": "integer"},
                }
            ),
        },
        "switching_off": {"type": "object", "required": ["is_possible", "says"]},
    }
)
_HEALTH: Final = closed(
    {
        "schema": {"const": SCHEMA},
        "ruleset": closed({"id": _TEXT, "version": _TEXT}),
        "as_of": {"type": "string", "format": "date"},
        "since": {"type": "string", "format": "date"},
        "hidden": {"const": "[c]"},
        "rules": {"type": "array", "items": _ROW},
        "review": {"type": "array", "items": _REVIEW},
    },
    ["schema", "ruleset", "as_of", "hidden", "rules", "review"],
)

OPERATIONS: Final = (
    Operation(
        name="ruleHealth",
        method="GET",
        path=RULE_HEALTH,
        summary="Counts how workers take the questions of each rule.",
        function=rule_health,
        answers={
            200: Answer(description="Counts, small ones hidden.", schema=_HEALTH),
            403: Answer(description="The client has no leave to see them (`rule_health`)."),
        },
        parameters=(SINCE,),
        group="rules",
    ),
)
"""The calls of this module."""
