"""Answers what changed: a feed for named consumers, who claim changes and acknowledge them."""

from __future__ import annotations

from typing import Final

from msp_rules.casework.values import LONGEST_ID
from msp_rules.prompts.store import ChangeFeed
from msp_rules.prompts.store.consumers import CLAIM_SECONDS, LONGEST_CLAIM_SECONDS, MOST_CLAIMED
from msp_rules.service.answers import CHANGES_SCHEMA, changes_of
from msp_rules.service.bodies import read_object
from msp_rules.service.operations import JSON, Answer, Body, Call, Operation, Parameter, Reply
from msp_rules.service.problems import refuse
from msp_rules.yaml_source.json_schema import Schema, closed

_LARGEST_BYTES: Final = 1024 * 1024


def claim_changes(call: Call) -> Reply:
    """Claims what is new for a consumer, for some time."""
    limit = _number(call, "limit", default=100, least=1, most=MOST_CLAIMED)
    seconds = _number(
        call, "claim_seconds", default=CLAIM_SECONDS, least=0, most=LONGEST_CLAIM_SECONDS
    )
    tenant = call.tenant
    feed = ChangeFeed(tenant.desk.memory)
    with call.trace.of_work("claim"):
        kept = feed.claim(call.query["consumer"], call.now, limit=limit, seconds=seconds)
    return Reply(document={"changes": changes_of(tenant, kept)})


def acknowledge_changes(call: Call) -> Reply:
    """Notes that a consumer has dealt with changes."""
    fields = read_object(call.body, most=_LARGEST_BYTES)
    consumer, ids = fields.needed_text("consumer"), fields.texts("ids", most=MOST_CLAIMED)
    if not fields.has("ids"):
        fields.wrong("ids", "is missing: a list of the ids of changes")
    fields.check(closed=True)
    memory = call.tenant.desk.memory
    epoch = memory.epoch
    # A change of an earlier epoch is none of this memory's, whatever its number.
    numbers = [
        int(number)
        for begun, _, number in (one.partition("-") for one in ids)
        if begun == str(epoch) and number.isascii() and number.isdigit() and len(number) <= 18
    ]
    with call.trace.of_work("acknowledge"):
        feed = ChangeFeed(memory)
        done = feed.acknowledge(consumer, numbers)
    if not done and consumer not in feed.consumers():
        detail = "there is no such consumer; its first GET /changes makes it known"
        raise refuse(422, "unknown-consumer", detail, pointer="/consumer")
    return Reply(document={"acknowledged": done})


def _number(call: Call, name: str, *, default: int, least: int, most: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or not least <= int(text[:9]) <= most:
        detail = f"the parameter {name} must be a whole number from {least} to {most}"
        raise refuse(400, "invalid-parameter", detail)
    return int(text)


_NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID}

OPERATIONS: Final = (
    Operation(
        name="claimChanges",
        method="GET",
        path="/changes",
        summary="Claims the changes of prompts that are new for a consumer.",
        function=claim_changes,
        answers={
            200: Answer(
                description="The changes, in the order in which they were made.",
                schema=closed({"changes": CHANGES_SCHEMA}),
            )
        },
        parameters=(
            Parameter(
                name="consumer",
                description="The name of the consumer, which it chooses; its first call counts.",
                schema=_NAME,
                is_required=True,
            ),
            Parameter(
                name="limit",
                description="The most changes to give.",
                schema={"type": "integer", "minimum": 1, "maximum": MOST_CLAIMED, "default": 100},
            ),
            Parameter(
                name="claim_seconds",
                description="The time for which no other call of the consumer gets them.",
                schema={
                    "type": "integer",
                    "minimum": 0,
                    "maximum": LONGEST_CLAIM_SECONDS,
                    "default": CLAIM_SECONDS,
                },
            ),
        ),
        group="changes",
    ),
    Operation(
        name="acknowledgeChanges",
        method="POST",
        path="/changes/acknowledgements",
        summary="Notes that a consumer has dealt with changes.",
        function=acknowledge_changes,
        answers={
            200: Answer(
                description="How many of them were new to it.",
                schema=closed({"acknowledged": {"type": "integer", "minimum": 0}}),
            ),
            422: Answer(description="The body can't be read; `pointer` says where."),
        },
        body=Body(
            schemas={
                JSON: closed(
                    {
                        "consumer": _NAME,
                        "ids": {
                            "type": "array",
                            "maxItems": MOST_CLAIMED,
                            "items": {"type": "string"},
                        },
                    }
                )
            },
            most_bytes=_LARGEST_BYTES,
        ),
        group="changes",
    ),
)
"""The calls of this module."""
