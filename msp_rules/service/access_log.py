"""Logs and counts each request by the name of its call: never by a path, which holds ids."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.operations import Operation

_LOG: Final = logging.getLogger("msp_rules.service.access")
OTHER_CALL: Final = "other"
"""Names requests that are no call of the service."""


class AccessLog:
    """Middleware that logs method, route template, status and milliseconds of each request."""

    def __init__(
        self, app: ASGIApp, *, operations: Mapping[str, Operation], metrics: ServiceMetrics
    ) -> None:
        self._app = app
        self._operations = operations
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and logs it when it has been answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        began, status = time.perf_counter(), 499

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception:
            status = 500  # is what the caller gets, from outside of here
            raise
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        call: str = scope["state"].get("operation", OTHER_CALL)
        known = self._operations.get(call)
        self._metrics.requests.labels(call, str(status)).inc()
        self._metrics.request_seconds.labels(call).observe(seconds)
        _LOG.info(
            "request call=%s route=%s method=%s status=%d ms=%d",
            call,
            OTHER_CALL if known is None else known.path,
            OTHER_CALL if known is None else known.method,
            status,
            seconds * 1000,
        )
