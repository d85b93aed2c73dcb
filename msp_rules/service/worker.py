"""Serves in one process: opens the memories, answers requests, and ends when it is asked to."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import uvicorn
from anyio import to_thread
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from msp_rules.hooks import Registry, load_installed
from msp_rules.service.access_log import AccessLog
from msp_rules.service.application import Settings, build_application
from msp_rules.service.calls import OPERATIONS
from msp_rules.service.configuration import ServiceSettings
from msp_rules.service.demonstration import demonstration_operation
from msp_rules.service.gate import Gate
from msp_rules.service.metrics import METRICS_TYPE, ServiceMetrics
from msp_rules.service.opening import LoadedTenant, OpenTenants, open_tenants
from msp_rules.service.operations import Answer, Call, Operation, Reply
from msp_rules.service.panel.demonstration import DEMONSTRATION
from msp_rules.service.sweeper import Sweeper
from msp_rules.service.tokens import TokenChecker
from msp_rules.service.traces import NO_TRACING, Tracing
from msp_rules.service.training import training_operations

SECONDS_TO_FINISH: Final = 10
"""The seconds for which a worker finishes what it has begun."""

# Each waits for the database most of the time; more would only queue for the interpreter's lock.
_THREADS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerTask:
    """All that a process needs to serve."""

    settings: ServiceSettings
    """The settings of the service."""
    loaded: tuple[LoadedTenant, ...]
    """The tenants, loaded."""
    sockets: Sequence[socket.socket]
    """The sockets on which it listens."""
    workers: int = 1
    """The number of processes that share them."""
    demonstrated: tuple[str, ...] = ()
    """The made-up cases that a page shows; none: there is no such page."""
    tracing: Tracing = NO_TRACING
    """Follows calls and the work of desks."""


def build_service(
    task: WorkerTask,
    tenants: OpenTenants,
    metrics: ServiceMetrics,
    more: Sequence[Operation] = (),
) -> ASGIApp:
    """Puts the application behind its middleware, with `more` calls, as a worker serves it."""
    settings = task.settings
    operations = (*OPERATIONS, *more)
    checker = None
    if settings.is_authenticated:
        checker = TokenChecker(settings.clients, settings.limits, tenants.uses.get)
    middleware = [
        Middleware(AccessLog, operations={one.name: one for one in operations}, metrics=metrics),
        *_cross_origin(settings),
        Middleware(Gate, settings=settings, checker=checker, metrics=metrics, workers=task.workers),
    ]
    only = None if settings.is_authenticated else settings.tenants[0].name
    return _Threaded(
        build_application(
            tenants.tenants,
            Settings(default_tenant=only, tracing=task.tracing),
            operations=operations,
            middleware=middleware,
        )
    )


def _cross_origin(settings: ServiceSettings) -> Sequence[Middleware]:
    """Answers browsers whether a page may call, where any may."""
    if not settings.origins:
        return ()
    return (
        Middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=("GET", "POST", "PUT", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "traceparent", "tracestate"),
            expose_headers=("Retry-After", "traceresponse"),
        ),
    )


def run_worker(task: WorkerTask, on_ready: Callable[[], None]) -> None:
    """Serves until SIGTERM or SIGINT; calls `on_ready` when it listens."""
    log_without_values()
    is_asked_to_end = threading.Event()
    # uvicorn raises the signal again when it has finished: that must not be the end's own code. And
    # one that comes before it listens must not be lost.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: is_asked_to_end.set())
    metrics = ServiceMetrics()
    tenants = open_tenants(task.loaded, metrics, task.tracing)
    with tenants.closing:
        more = [metrics_operation(metrics, load_installed())]
        if task.demonstrated:
            shown = demonstration_operation(task.demonstrated)
            more += [shown, *DEMONSTRATION, *training_operations()]
        service = build_service(task, tenants, metrics, more)
        sweeper = Sweeper(tenants.tenants.all(), metrics, seconds=task.settings.sweep_seconds)
        config = uvicorn.Config(
            service,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=SECONDS_TO_FINISH,
        )
        sweeper.start()
        try:
            EndingServer(config, on_ready, is_asked_to_end).run(sockets=list(task.sockets))
        finally:
            sweeper.stop(SECONDS_TO_FINISH / 2)
            task.tracing.flush()


def log_without_values() -> None:
    """Logs to standard error; an error's text and trace may hold values, so only its kind."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("msp_rules").setLevel(logging.INFO)
    for name in _OF_UVICORN:
        # uvicorn's own handlers, if something set them up before, would write texts and traces.
        logger = logging.getLogger(name)
        logger.handlers[:], logger.propagate = [], True


_OF_UVICORN: Final = ("uvicorn", "uvicorn.error", "uvicorn.access")


class _OneLine(logging.Formatter):
    """Writes one line a record; of an exception its kind alone."""

    def format(self, record: logging.LogRecord) -> str:
        """Writes a record."""
        kind = record.exc_info[0] if record.exc_info else None
        record.exc_info, record.exc_text, record.stack_info = None, None, None
        line = super().format(record)
        return line if kind is None else f"{line} error={kind.__name__}"


class EndingServer(uvicorn.Server):
    """A server that says when it listens, and ends at once where it was asked to before."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_ready: Callable[[], None],
        is_asked_to_end: threading.Event,
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._is_asked_to_end = is_asked_to_end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to listen, then says so."""
        await super().startup(sockets)
        if self._is_asked_to_end.is_set():
            self.should_exit = True
            return
        self._on_ready()


class _Threaded:
    """Bounds the threads in which calls are carried out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._is_bounded = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        if not self._is_bounded:
            to_thread.current_default_thread_limiter().total_tokens = _THREADS
            self._is_bounded = True
        await self._app(scope, receive, send)


def metrics_operation(metrics: ServiceMetrics, plugins: Registry | None) -> Operation:
    """Declares the call that gives the metrics."""

    def write(call: Call) -> Reply:
        return Reply(
            text=metrics.written(call.tenants, plugins, call.now),
            headers={"Content-Type": METRICS_TYPE},
        )

    return Operation(
        name="metrics",
        method="GET",
        path="/metrics",
        summary="Gives what an operator watches, for Prometheus.",
        function=write,
        answers={
            200: Answer(
                description="The metrics.", schema={"type": "string"}, media_type=METRICS_TYPE
            ),
            401: Answer(description="No token, where the metrics are not open to all."),
            403: Answer(description="A token of a client that may not act for every tenant."),
        },
        group="health",
        needs_tenant=False,
    )
