"""Serves the description of all calls, as `msp-rules generate` wrote it."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

from msp_rules.service.operations import Answer, Call, Operation, Reply

FILE: Final = "openapi.json"
"""The name of the file, in the package of the service."""


def openapi(_: Call) -> Reply:
    """Gives the description of all calls."""
    return Reply(text=_written())


@cache
def _written() -> bytes:
    return resources.files("msp_rules.service").joinpath(FILE).read_bytes()


OPERATIONS: Final = (
    Operation(
        name="openapi",
        method="GET",
        path="/openapi.json",
        summary="Describes all calls, as OpenAPI 3.1.",
        function=openapi,
        answers={200: Answer(description="The description.", schema={"type": "object"})},
        group="health",
    ),
)
"""The calls of this module."""
