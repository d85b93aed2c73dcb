"""Lets requests in: those of known callers, not too many, and with bodies of a bearable size.

A body is read here, whole and in time, before anybody waits for a thread or a database because of
it; what is inside gets it as one piece.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from msp_rules.prompts.store import MemoryUnavailable
from msp_rules.service.configuration import ServiceSettings
from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.named import sent_path
from msp_rules.service.panel.calls import MODULE_PATH
from msp_rules.service.problems import CallRefused, Problem, problem_response
from msp_rules.service.tokens import Caller, TokenChecker, TokenRefused

RULE_HEALTH: Final = "/health/rules"
"""The path of what only clients with leave may see; as the router reads it."""
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
"""The names of this machine, under which nobody else can reach it."""

_HEALTH: Final = ("/health/live", "/health/ready")
_OPEN_PATHS: Final = {"metrics": "/metrics", "openapi": "/openapi.json"}
_BEARER: Final = "Bearer "
# A string, whole or cut off, or a bracket outside of one.
_STRING_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]|\\.?)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)


class Gate:
    """Middleware that refuses what must not reach a call; puts `tenant` into the state of others.

    Without a `checker` nobody is asked who they are; then only requests to this machine under its
    own names are let in, so that no page in a browser can make itself a way here.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: ServiceSettings,
        checker: TokenChecker | None,
        metrics: ServiceMetrics,
        workers: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._settings = settings
        self._limits = settings.limits
        self._checker = checker
        self._metrics = metrics
        self._rates = Rates(settings.limits.calls_a_second / workers, clock)
        # A page loads the module by its address alone, without a token; it is the same for all.
        self._open = {*_HEALTH, MODULE_PATH}
        self._open.update(_OPEN_PATHS[one] for one in settings.open_calls)
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or answers why not."""
        if scope["type"] != "http" or sent_path(scope) in _HEALTH:
            await self._app(scope, receive, send)
            return
        if self._inside >= self._limits.waiting_calls:
            busy = _refusal(503, "busy", "the service is busy; call again", retry_after=1)
            await problem_response(busy.problem, busy.headers)(scope, receive, send)
            return
        self._inside += 1
        try:
            await self._let_in(scope, receive, send)
        finally:
            self._inside -= 1

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            if self._checker is None:
                self._check_loopback(headers)
                self._check_rate("")
            elif sent_path(scope) not in self._open:
                caller = await self._caller(self._checker, scope, headers)
                self._check_whole(caller, sent_path(scope))
                self._check_health(caller, scope["path"])
                self._check_rate(caller.iss)
                scope.setdefault("state", {})["tenant"] = caller.tenant
            body = await self._body(headers, receive)
        except CallRefused as refused:
            await problem_response(refused.problem, refused.headers)(scope, receive, send)
            return
        except _Gone:
            return
        await self._app(scope, _replayed(body, receive), send)

    async def _caller(self, checker: TokenChecker, scope: Scope, headers: Headers) -> Caller:
        said = headers.get("authorization", "")
        called = f"{self._settings.address}{sent_path(scope)}"
        try:
            if not said.startswith(_BEARER):
                raise TokenRefused("absent")
            return await run_in_threadpool(checker.check, said.removeprefix(_BEARER), called)
        except TokenRefused as refused:
            self._metrics.refused_tokens.labels(refused.reason).inc()
            problem = Problem(
                status=401,
                code="unauthorized",
                detail="a token is needed that this service accepts",
            )
            raise CallRefused(problem, {"WWW-Authenticate": "Bearer"}) from None
        except MemoryUnavailable as error:
            raise _refusal(503, "memory-unavailable", str(error), retry_after=2) from None

    def _check_whole(self, caller: Caller, path: str) -> None:
        """Lets the figures of all tenants be seen by those only who may act for all of them."""
        if path != _OPEN_PATHS["metrics"]:
            return
        (client,) = (one for one in self._settings.clients if one.iss == caller.iss)
        if client.tenants != {one.name for one in self._settings.tenants}:
            detail = "metrics are of all tenants: ask as a client that has all of them"
            raise _refusal(403, "not-of-one-tenant", detail)

    def _check_health(self, caller: Caller, path: str) -> None:
        """Lets those only see how workers take questions who were given leave to."""
        if path.rstrip("/") != RULE_HEALTH:
            return
        (client,) = (one for one in self._settings.clients if one.iss == caller.iss)
        if not client.sees_rule_health:
            detail = "this client may not see rule health; its entry of clients says rule_health"
            raise _refusal(403, "no-leave", detail)

    def _check_rate(self, caller: str) -> None:
        seconds = self._rates.seconds_to_wait(caller)
        if seconds:
            detail = f"more than {self._limits.calls_a_second} calls a second; call again later"
            raise _refusal(429, "too-many-calls", detail, retry_after=seconds)

    def _check_loopback(self, headers: Headers) -> None:
        host = headers.get("host", "")
        name = host[: host.index("]")].lstrip("[") if "]" in host else host.partition(":")[0]
        origin = headers.get("origin")
        if name not in LOOPBACK or origin not in (None, f"http://{host}", *self._settings.origins):
            detail = "without tokens the service answers this machine only, under its own names"
            raise _refusal(403, "not-this-machine", detail)

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        said = headers.get("content-length", "0")
        if said.isdigit() and int(said[:20]) > self._limits.body_bytes:
            raise self._too_large()
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                body = await _whole(receive, self._limits.body_bytes)
        except TimeoutError:
            detail = f"the body did not come within {self._limits.body_seconds} seconds"
            raise _refusal(408, "too-slow", detail, closes=True) from None
        if body is None:
            raise self._too_large()
        if is_deeper(body, self._limits.depth):
            detail = f"more than {self._limits.depth} lists and objects lie in one another"
            raise _refusal(400, "too-deep", detail)
        return body

    def _too_large(self) -> CallRefused:
        detail = f"the body is larger than {self._limits.body_bytes} bytes"
        return _refusal(413, "too-large", detail, closes=True)


class Rates:
    """Bounds the calls of each caller, with a second's worth at once; for one thread."""

    def __init__(self, a_second: float, clock: Callable[[], float]) -> None:
        self._a_second = a_second
        self._most = max(1.0, a_second)
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def seconds_to_wait(self, caller: str) -> int:
        """Counts a call; 0 where it may be made, else the seconds after which one may."""
        now = self._clock()
        left, at = self._left.get(caller, (self._most, now))
        left = min(self._most, left + (now - at) * self._a_second)
        if left < 1:
            self._left[caller] = (left, now)
            return max(1, round((1 - left) / self._a_second))
        self._left[caller] = (left - 1, now)
        return 0


def is_deeper(body: bytes, depth: int) -> bool:
    """Tells whether more than `depth` lists and objects of a JSON text lie in one another."""
    if body.count(b"[") + body.count(b"{") <= depth:
        return False
    open_now = 0
    for found in _STRING_OR_BRACKET.finditer(body):
        first = found[0][:1]
        if first in (b"[", b"{"):
            open_now += 1
            if open_now > depth:
                return True
        elif first in (b"]", b"}"):
            open_now -= 1
    return False


class _Gone(Exception):
    """The caller went away before its request was whole."""


async def _whole(receive: Receive, most: int) -> bytes | None:
    """Reads a body; None where it is larger than allowed."""
    parts, size = list[bytes](), 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > most:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read as one piece, then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message


def _refusal(
    status: int, code: str, detail: str, *, retry_after: int | None = None, closes: bool = False
) -> CallRefused:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if closes:
        headers["Connection"] = "close"
    return CallRefused(Problem(status=status, code=code, detail=detail), headers)
