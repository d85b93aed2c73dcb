"""Puts the calls of the service behind HTTP, as an ASGI application.

Here a request becomes a `Call`: its parameters and the size of its body are checked by the
declaration, then the function runs in a thread, since the desk waits for its database. Whatever a
function raises becomes a problem (`problems`); nothing of a request is logged but the name of the
call and the kind of an error.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote_to_bytes

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from msp_rules.casework.moments import cutoff_at
from msp_rules.errors import EngineError, MspRulesError, did_you_mean
from msp_rules.prompts.store import (
    FeedbackConflict,
    MemoryDamaged,
    MemoryNotReady,
    MemoryUnavailable,
)
from msp_rules.service.calls import OPERATIONS
from msp_rules.service.named import Named, method_of, sent_path
from msp_rules.service.operations import JSON, Call, Operation, Parameter, Reply
from msp_rules.service.problems import CallRefused, Problem, problem_response, refuse
from msp_rules.service.tenants import DEFAULT_TENANT, Tenants
from msp_rules.service.traced import Traced
from msp_rules.service.traces import NO_TRACING, Tracing

_LOG: Final = logging.getLogger("msp_rules.service")
_BUSY_SECONDS: Final = "2"
_INTERNAL: Final = Problem(
    status=500,
    code="internal",
    detail="the call failed inside the service; its log names the kind of error",
)


def _present() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of an application that do not depend on a tenant."""

    clock: Callable[[], datetime] = _present
    """Gives the moment of a call; aware."""
    default_tenant: str | None = DEFAULT_TENANT
    """The tenant of a request for which no middleware has set `request.state.tenant`. None: such a
    request is refused, as it must be wherever clients have tokens."""
    tracing: Tracing = NO_TRACING
    """Follows each call."""


def build_application(
    tenants: Tenants,
    settings: Settings = Settings(),  # noqa: B008 - immutable
    *,
    operations: Iterable[Operation] = OPERATIONS,
    middleware: Sequence[Middleware] = (),
) -> Starlette:
    """Makes the application that answers the calls, inside the given middleware.

    The name of the caller's tenant is read from `request.state.tenant`, where middleware puts it.
    For middleware that counts or logs, `request.state.operation` names the call, if it is one.
    """
    by_name = {one.name: one for one in operations}
    by_path: dict[str, dict[str, Operation]] = {}
    for one in by_name.values():
        by_path.setdefault(one.path, {})[one.method] = one
    routes = [Route(path, _Endpoint(tenants, settings, known)) for path, known in by_path.items()]
    application = Starlette(
        routes=routes,
        middleware=[
            # Outside of those that refuse: a refusal has a name, and is found again, too.
            Middleware(Named, operations=tuple(by_name.values())),
            Middleware(Traced, operations=by_name, tracing=settings.tracing),
            *middleware,
            Middleware(_Undecoded),
        ],
        exception_handlers={HTTPException: _refusal_of_route, Exception: _failure},
    )
    # Behind a proxy it would send a body, and a token, once more: to http, not https.
    application.router.redirect_slashes = False
    return application


class _Endpoint:
    """Answers the calls on one path."""

    def __init__(
        self, tenants: Tenants, settings: Settings, operations: Mapping[str, Operation]
    ) -> None:
        self._tenants = tenants
        self._settings = settings
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        operation = self._operations.get(method_of(scope))
        if operation is None:
            response = _method_not_allowed(self._operations)
        else:
            response = await self._answer(request, operation)
        await response(scope, receive, send)

    async def _answer(self, request: Request, operation: Operation) -> Response:
        try:
            call = await self._call(request, operation)
            return _response_of(await run_in_threadpool(operation.function, call))
        except ClientDisconnect:
            return Response(status_code=499)
        except CallRefused as refused:
            return problem_response(refused.problem, refused.headers)
        except MemoryUnavailable as error:
            busy = Problem(status=503, code="memory-unavailable", detail=str(error))
            return problem_response(busy, {"Retry-After": _BUSY_SECONDS})
        except FeedbackConflict as error:
            return problem_response(Problem(status=409, code="conflict", detail=str(error)))
        except (EngineError, MemoryDamaged, MemoryNotReady) as error:
            _LOG.error("call_failed operation=%s error=%s", operation.name, type(error).__name__)
            return problem_response(Problem(status=500, code="internal", detail=str(error)))
        except MspRulesError as error:
            return problem_response(Problem(status=422, code="invalid", detail=str(error)))
        except Exception as error:  # noqa: BLE001 - its text may hold case content, so only its kind
            _LOG.error("call_failed operation=%s error=%s", operation.name, type(error).__name__)
            return problem_response(_INTERNAL)

    async def _call(self, request: Request, operation: Operation) -> Call:
        name: str | None = getattr(request.state, "tenant", self._settings.default_tenant)
        return Call(
            tenants=self._tenants,
            tenant_name=name if operation.needs_tenant else None,
            now=cutoff_at(self._settings.clock()),
            path=_path_of(request, operation),
            query=_query_of(request, operation),
            headers=dict(request.headers),
            trace=request.state.trace,
            body=await _body_of(request, operation),
        )


def _method_not_allowed(operations: Mapping[str, Operation]) -> Response:
    known = ", ".join(operations)
    problem = Problem(status=405, code="method-not-allowed", detail=f"this path takes {known}")
    return problem_response(problem, {"Allow": known})


def _path_of(request: Request, operation: Operation) -> Mapping[str, str]:
    found = dict[str, str]()
    for parameter in operation.parameters:
        if parameter.in_path:
            try:
                found[parameter.name] = unquote_to_bytes(
                    request.path_params[parameter.name]
                ).decode()
            except UnicodeDecodeError:
                raise refuse(404, "not-found", "the path is not UTF-8") from None
            _check_text(found[parameter.name], parameter)
    return found


def _query_of(request: Request, operation: Operation) -> Mapping[str, str]:
    known = {one.name: one for one in operation.parameters if not one.in_path}
    found = dict[str, str]()
    for name, value in request.query_params.multi_items():
        parameter = known.get(name)
        if parameter is None:
            listed = f"; known are {', '.join(known)}" if known else ""
            hint = did_you_mean(name, known) or listed
            raise refuse(400, "unknown-parameter", f"the query has an unknown parameter{hint}")
        if name in found:
            raise refuse(400, "repeated-parameter", f"the parameter {name} stands there twice")
        if value:
            found[name] = value
            _check_text(value, parameter)
            if not value.isprintable():
                detail = f"the parameter {name} has a character that can't be printed"
                raise refuse(400, "invalid-parameter", detail)
    for name, parameter in known.items():
        if parameter.is_required and name not in found:
            raise refuse(400, "missing-parameter", f"the query lacks the parameter {name}")
    return found


def _check_text(value: str, parameter: Parameter) -> None:
    most = parameter.schema.get("maxLength")
    if "\0" in value or (most is not None and not 0 < len(value) <= most):
        detail = (
            f"the parameter {parameter.name} must have 1 to {most} characters, none of them null"
        )
        raise refuse(400, "invalid-parameter", detail)


async def _body_of(request: Request, operation: Operation) -> bytes:
    if operation.body is None:
        return b""
    media_type = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if not operation.body.any_type and media_type not in operation.body.schemas:
        known = ", ".join(operation.body.schemas)
        raise refuse(415, "media-type", f"the Content-Type must be one of: {known}")
    most = operation.body.most_bytes
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise refuse(415, "content-encoding", "the body must not be compressed; send it as it is")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise refuse(413, "too-large", f"the body is larger than {most} bytes")
        parts.append(part)
    return b"".join(parts)


def _response_of(reply: Reply) -> Response:
    body = reply.text
    if body is None and reply.document is not None:
        body = orjson.dumps(reply.document)
    headers = dict(reply.headers)
    if body is None:
        return Response(status_code=reply.status, headers=headers)
    media_type = headers.pop("Content-Type", JSON)
    return Response(body, status_code=reply.status, headers=headers, media_type=media_type)


async def _refusal_of_route(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = "there is no such call; /openapi.json lists all"
    return problem_response(Problem(status=error.status_code, code="not-found", detail=detail))


async def _failure(_: Request, error: Exception) -> Response:
    """Answers for an error outside of every call, in the middleware that stands before them."""
    _LOG.error("request_failed error=%s", type(error).__name__)
    return problem_response(_INTERNAL)


class _Undecoded:
    """Routes by the path as it was sent, so that an id may hold a slash, written %2F."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http":
            scope = {**scope, "path": sent_path(scope)}
        return self._app(scope, receive, send)
