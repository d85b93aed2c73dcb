"""A client that calls the application itself, without a network, and waits for each answer."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
import uvicorn
from starlette.types import ASGIApp

from msp_rules.casework.case import Supply
from msp_rules.engine.engine import Engine
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.prompts.store import Desk, Memory
from msp_rules.service.application import Settings, build_application
from msp_rules.service.tenants import DEFAULT_TENANT, FixedTenants, Tenant

BASE: Final = "http://service.example"


class Client:
    """Calls an application."""

    def __init__(self, application: ASGIApp) -> None:
        self._transport = httpx.ASGITransport(application, raise_app_exceptions=False)

    def call(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Calls, with a document as JSON or with the bytes of a body."""

        async def work() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url=BASE) as client:
                sent: dict[str, Any] = {} if document is None else {"json": document}
                if content is not None:
                    sent["content"] = content
                return await client.request(method, path, headers=headers, **sent)

        # A browser of another test may have a loop of its own in this thread.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(work())).result()

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Calls GET."""
        return self.call("GET", path, headers=headers)

    def post(self, path: str, document: object) -> httpx.Response:
        """Calls POST with JSON."""
        return self.call("POST", path, document)

    def put(self, path: str, document: object) -> httpx.Response:
        """Calls PUT with JSON."""
        return self.call("PUT", path, document)


class Service:
    """A service of one organisation on a memory of its own; its clock stands until it is set."""

    def __init__(
        self,
        path: Path,
        engine: Engine,
        supply: Supply | None = None,
        mapping: CaseMapping | None = None,
    ) -> None:
        self.path = path
        self.engine = engine
        self.memory = Memory(path)
        self.desk = Desk(self.memory, engine, supply=supply or Supply(), skew=None)
        self.tenant = Tenant(name=DEFAULT_TENANT, desk=self.desk, engine=engine, mapping=mapping)
        self.now = "2026-01-05T12:00:00+00:00"
        self.settings = Settings(clock=lambda: datetime.fromisoformat(self.now))
        tenants = FixedTenants({DEFAULT_TENANT: self.tenant})
        self.application = build_application(tenants, self.settings)
        self.client = Client(self.application)


@contextmanager
def serve(application: ASGIApp) -> Iterator[str]:
    """Serves an application on a free port of this machine; gives its address."""
    config = uvicorn.Config(application, port=0, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        for _ in range(1000):
            if server.started:
                break
            time.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()
