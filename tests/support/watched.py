"""A whole service as a worker builds it, with all that can be seen of it from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import httpx
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from msp_rules.casework.case import Supply
from msp_rules.engine.engine import Engine
from msp_rules.service.configuration import (
    ClientSettings,
    Limits,
    ServiceSettings,
    TenantSettings,
)
from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.open_telemetry import OpenTelemetry
from msp_rules.service.opening import LoadedTenant, open_tenants
from msp_rules.service.traces import Tracing
from msp_rules.service.worker import WorkerTask, build_service, metrics_operation
from tests.support.service import Client

ADDRESS: Final = "https://prompts.example.org"

_HOST: Final = {"Host": "localhost"}
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class Watched:
    """A service of one organisation; without `clients` nobody is asked who calls."""

    def __init__(
        self,
        memory: Path,
        engine: Engine,
        *,
        tracing: Tracing | None = None,
        clients: Sequence[ClientSettings] = (),
    ) -> None:
        self._exported = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exported))
        tracing = OpenTelemetry(provider) if tracing is None else tracing
        settings = ServiceSettings(
            tenants=(TenantSettings(name="anytown", memory=str(memory)),),
            clients=tuple(clients),
            address=ADDRESS,
            limits=Limits(calls_a_second=10_000),
            open_calls=frozenset({"metrics"}),
        )
        (tenant,) = settings.tenants
        loaded = LoadedTenant(settings=tenant, engine=engine, mapping=None, supply=Supply())
        task = WorkerTask(settings=settings, loaded=(loaded,), sockets=(), tracing=tracing)
        metrics = ServiceMetrics()
        opened = open_tenants(task.loaded, metrics, tracing)
        self.close = opened.closing.close
        more = [metrics_operation(metrics, None)]
        self._client = Client(build_service(task, opened, metrics, more))

    def call(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] = _NONE,
    ) -> httpx.Response:
        """Calls with JSON, or with the bytes of a body."""
        every = {**_HOST, **headers}
        return self._client.call(method, path, document, content=content, headers=every)

    def spans(self) -> Sequence[ReadableSpan]:
        """The spans that have ended since it was asked last, in the order of their ends."""
        found = self._exported.get_finished_spans()
        self._exported.clear()
        return found
