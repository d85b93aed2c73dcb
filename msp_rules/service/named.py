"""Names the call that a request is for, before anybody looks at who calls or at what is sent.

So what is refused on the way is counted, logged and followed by its route, too.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterable
from typing import Final

from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from msp_rules.service.operations import Operation


class Named:
    """Middleware that puts the name of the call into the state of a request, as `operation`."""

    def __init__(self, app: ASGIApp, *, operations: Iterable[Operation]) -> None:
        self._app = app
        self._fixed: Final[dict[tuple[str, str], str]] = {}
        self._patterns: Final[dict[re.Pattern[str], dict[str, str]]] = {}
        for one in operations:
            if "{" in one.path:
                pattern = compile_path(one.path)[0]
                self._patterns.setdefault(pattern, {})[one.method] = one.name
            else:
                self._fixed[one.method, one.path] = one.name

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Passes a request on."""
        if scope["type"] == "http":
            method = method_of(scope)
            name = self._name_of(method, sent_path(scope))
            if name is not None:
                scope.setdefault("state", {})["operation"] = name
        return self._app(scope, receive, send)

    def _name_of(self, method: str, path: str) -> str | None:
        name = self._fixed.get((method, path))
        if name is not None:
            return name
        for pattern, by_method in self._patterns.items():
            if pattern.match(path):
                return by_method.get(method)
        return None


def method_of(scope: Scope) -> str:
    """Gives the method of a request; HEAD is a GET whose body the server leaves out."""
    method: str = scope["method"]
    return "GET" if method == "HEAD" else method


def sent_path(scope: Scope) -> str:
    """Gives the path of a request as it was sent: a slash within an id is still %2F."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0].decode("ascii", "replace")
