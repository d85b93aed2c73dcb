"""Follows each request in the trace of its caller, and answers where that is found again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from msp_rules.service.operations import Operation
from msp_rules.service.traces import (
    NO_TRACING,
    TRACE_PARENT,
    CallTrace,
    Span,
    SpanKind,
    Tracing,
    trace_parent,
)

_RESPONSE: Final = b"traceresponse"
_OTHER: Final = "other"
# They are asked for every few seconds, and nobody ever looks for one of them.
_OF_OPERATORS: Final = ("live", "ready", "metrics")


class Traced:
    """Middleware that follows each request, and answers `traceparent` with `traceresponse`."""

    def __init__(
        self, app: ASGIApp, *, operations: Mapping[str, Operation], tracing: Tracing
    ) -> None:
        self._app = app
        self._operations = operations
        self._tracing = tracing
        self._unfollowed = {operations[one].path for one in _OF_OPERATORS if one in operations}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        parent = trace_parent(Headers(scope=scope).get(TRACE_PARENT))
        tracing = NO_TRACING if scope["path"] in self._unfollowed else self._tracing
        with tracing.span(_OTHER, SpanKind.CALL, parent=parent) as span:
            trace = CallTrace(tracing, None if parent is None else span.response)
            state["trace"] = trace

            async def send_traced(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._describe(span, state.get("operation"), message["status"])
                    if trace.response is not None:
                        more = (_RESPONSE, trace.response.encode())
                        message = {**message, "headers": [*message.get("headers", ()), more]}
                await send(message)

            await self._app(scope, receive, send_traced)

    def _describe(self, span: Span, name: str | None, status: int) -> None:
        operation = self._operations.get(name or "")
        if operation is not None:
            method, route = operation.method, operation.path
            span.describe(f"{method} {route}", method=method, route=route, call=operation.name)
        span.describe(status=status)
        if status >= 500:
            span.fail(str(status))
