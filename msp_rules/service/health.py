"""Answers whether the service runs, and whether it can do its work."""

from __future__ import annotations

from typing import Final

from msp_rules.errors import MspRulesError
from msp_rules.service.operations import Answer, Call, Operation, Reply
from msp_rules.service.problems import refuse
from msp_rules.yaml_source.json_schema import closed

_STATE: Final = closed({"status": {"const": "ok"}})


def live(_: Call) -> Reply:
    """Says that the process runs."""
    return Reply(document={"status": "ok"})


def ready(call: Call) -> Reply:
    """Says that every memory answers; raises CallRefused where one does not."""
    for tenant in call.tenants.all():
        try:
            _ = tenant.desk.memory.epoch
        except MspRulesError:
            raise refuse(503, "not-ready", "a memory of the service does not answer") from None
    return Reply(document={"status": "ok"})


OPERATIONS: Final = (
    Operation(
        name="live",
        method="GET",
        path="/health/live",
        summary="Says that the service runs.",
        function=live,
        answers={200: Answer(description="It runs.", schema=_STATE)},
        group="health",
        needs_tenant=False,
    ),
    Operation(
        name="ready",
        method="GET",
        path="/health/ready",
        summary="Says that the service can do its work: every memory answers.",
        function=ready,
        answers={200: Answer(description="It is ready.", schema=_STATE)},
        group="health",
        needs_tenant=False,
    ),
)
"""The calls of this module."""
