"""Runs a service: one process, or several that share a socket and are begun again when they die."""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Final

from msp_rules.errors import MspRulesError
from msp_rules.service.configuration import ServiceSettings

_SECONDS_TO_BEGIN: Final = 60
# Longer than a worker takes to finish what it has begun, its sweep and its spans: it must end by
# itself. And shorter than systemd waits (docs/deployment.md).
_SECONDS_TO_END: Final = 18
_MOST_EARLY_ENDS: Final = 5
_EARLY_SECONDS: Final = 2.0
_FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest:
    """A service that is to be run."""

    settings: ServiceSettings
    """The settings."""
    host: str
    """The name or address on which it listens."""
    port: int
    """The port; 0: any that is free."""
    workers: int = 1
    """The number of processes."""
    demonstrated: tuple[str, ...] = ()
    """The made-up cases that a page shows; none: there is no such page."""


def run_service(request: ServiceRequest, on_ready: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT, and finishes what was begun; `on_ready` gets the address.

    Raises MspRulesError, before anything is served, where something of the settings, the rules or
    the memories is not in order.
    """
    if request.workers > 1 and not hasattr(os, "fork"):
        raise MspRulesError("this system runs one worker only; leave out --workers")
    with ExitStack() as closing:
        if request.workers > 1:
            folder = tempfile.TemporaryDirectory(prefix="msp-rules-metrics-")
            os.environ[_FOLDER_VARIABLE] = closing.enter_context(folder)
            closing.callback(os.environ.pop, _FOLDER_VARIABLE)
        # Not before: prometheus-client decides when it is imported where workers count together.
        from msp_rules.service.opening import check_memories, load_tenants  # noqa: PLC0415
        from msp_rules.service.traces import installed_tracing  # noqa: PLC0415
        from msp_rules.service.worker import WorkerTask, run_worker  # noqa: PLC0415

        check_memories(request.settings, workers=request.workers)
        loaded = load_tenants(request.settings)
        listening = closing.enter_context(_listen(request.host, request.port))
        task = WorkerTask(
            settings=request.settings,
            loaded=loaded,
            sockets=(listening,),
            workers=request.workers,
            demonstrated=request.demonstrated,
            tracing=installed_tracing(),
        )
        address = _address_of(listening)
        gc.collect()
        gc.freeze()  # rules stay as they are: no collection has to look at them, or copy pages
        if request.workers == 1:
            run_worker(task, lambda: on_ready(address))
        else:
            _Workers(
                lambda ready: run_worker(task, ready), request.workers, lambda: on_ready(address)
            ).run()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "the system refuses it"
        raise MspRulesError(
            f"can't listen on {host}, port {port}: {reason}; choose another with --host and --port"
        ) from None


def _address_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """A worker that was begun."""

    at: float
    ready: int
    is_ready: bool = False


class _Workers:
    """Begins workers, begins anew those that die, and ends all when asked to."""

    def __init__(
        self,
        serve: Callable[[Callable[[], None]], None],
        number: int,
        on_ready: Callable[[], None],
    ) -> None:
        self._serve = serve
        self._number = number
        self._on_ready = on_ready
        self._begun: dict[int, _Begun] = {}
        self._stops = False
        self._early_ends = 0
        self._is_announced = False
        # A worker notices by its end of this pipe that there is nobody any longer who watches it.
        self._lifeline = os.pipe()

    def run(self) -> None:
        """Keeps so many workers at work until SIGTERM or SIGINT; raises where none can be begun."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            while not self._stops:
                while len(self._begun) < self._number and not self._stops:
                    self._begin()
                self._note_ready(0.1)
                self._note_ended()
        finally:
            self._end_all()

    def _stop(self, *_: object) -> None:
        self._stops = True

    def _begin(self) -> None:
        read, write = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            os.close(read)
            os.close(self._lifeline[1])
            os._exit(self._work(write))
        os.close(write)
        self._begun[child] = _Begun(at=time.monotonic(), ready=read)

    def _work(self, ready: int) -> int:
        """Serves in a worker; gives its exit code."""
        try:
            threading.Thread(target=self._end_with_parent, daemon=True).start()
            self._serve(lambda: _write_byte(ready))
        except MspRulesError as error:
            sys.stderr.write(f"{error}\n")
            return 3
        except BaseException as error:  # noqa: BLE001 - the end of a process: only its kind is said
            sys.stderr.write(f"a worker failed ({type(error).__name__})\n")
            return 5
        finally:
            sys.stderr.flush()
        return 0

    def _end_with_parent(self) -> None:
        os.read(self._lifeline[0], 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _note_ready(self, seconds: float) -> None:
        waiting = {one.ready: child for child, one in self._begun.items() if not one.is_ready}
        if not waiting:
            time.sleep(seconds)
            return
        for found in select.select([*waiting], [], [], seconds)[0]:
            if os.read(found, 1):
                child = waiting[found]
                self._begun[child] = replace(self._begun[child], is_ready=True)
        if not self._is_announced and all(one.is_ready for one in self._begun.values()):
            self._is_announced = True
            self._on_ready()

    def _note_ended(self) -> None:
        for child, one in [*self._begun.items()]:
            if os.waitpid(child, os.WNOHANG)[0] == 0:
                continue
            os.close(one.ready)
            del self._begun[child]
            is_early = time.monotonic() - one.at < _EARLY_SECONDS or not one.is_ready
            self._early_ends = self._early_ends + 1 if is_early else 0
            if self._early_ends and (not self._is_announced or self._early_ends > _MOST_EARLY_ENDS):
                raise MspRulesError("a worker could not begin; standard error says why")

    def _end_all(self) -> None:
        for child in self._begun:
            os.kill(child, signal.SIGTERM)
        deadline = time.monotonic() + _SECONDS_TO_END
        while self._begun and time.monotonic() < deadline:
            for child in [*self._begun]:
                if os.waitpid(child, os.WNOHANG)[0]:
                    del self._begun[child]
            time.sleep(0.02)
        for child in self._begun:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _write_byte(descriptor: int) -> None:
    os.write(descriptor, b"r")
