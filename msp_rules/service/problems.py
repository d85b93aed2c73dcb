"""Says what is wrong with a call as `application/problem+json` (RFC 9457).

A problem names places, kinds and what to do, never a value of a record. What a handler refuses, it
raises as `CallRefused`; middleware answers with `problem_response`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import orjson
from starlette.responses import Response

from msp_rules.errors import MspRulesError
from msp_rules.prompts.documents import Document, Json

PROBLEM_TYPE: Final = "application/problem+json"
"""The media type of a problem."""

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One reason for which a call was not carried out, for the people who wrote the client."""

    status: int
    """The status of the answer."""
    code: str
    """A short, stable name of the kind of problem, which ends its `type`."""
    detail: str
    """The problem, and what to do about it; never a value of a record."""
    pointer: str | None = None
    """The place in the body as a JSON pointer (RFC 6901); None: not a place in the body."""
    errors: Sequence[tuple[str, str]] = ()
    """Every place that is wrong, as a JSON pointer, with what is wrong; empty where there is
    one."""

    def document(self) -> Document:
        """Writes the problem as plain data."""
        document: Document = {
            "type": f"urn:msp-rules:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.pointer is not None:
            document["pointer"] = self.pointer
        if len(self.errors) > 1:
            errors: list[Json] = [{"pointer": at, "detail": what} for at, what in self.errors]
            document["errors"] = errors
        return document


class CallRefused(MspRulesError):
    """A call that is not carried out; `problem` says why, and with which status."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] = _NO_HEADERS) -> None:
        self.problem = problem
        self.headers = headers
        super().__init__(problem.detail)


def refuse(status: int, code: str, detail: str, *, pointer: str | None = None) -> CallRefused:
    """Makes the error for a call that is refused for one reason."""
    return CallRefused(Problem(status=status, code=code, detail=detail, pointer=pointer))


def problem_response(problem: Problem, headers: Mapping[str, str] = _NO_HEADERS) -> Response:
    """Answers a call with a problem."""
    return Response(
        orjson.dumps(problem.document()),
        status_code=problem.status,
        media_type=PROBLEM_TYPE,
        headers=dict(headers),
    )
