"""Runs plug-ins in threads, so that one that hangs does not hang its host.

A thread is kept between calls (reusing one costs some microseconds, starting one a hundred). One
that overruns is cancelled, never waited for: it is asked to end, and whatever it still returns is
discarded.

Threads can't guard against code that kills the process, or that holds Python's interpreter lock
(some extensions; a regular expression that backtracks without end). docs/plugins.md says so.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, TypeVar

MOST_THREADS: Final = 16
"""The most calls of one plug-in that run at the same time."""

Result = TypeVar("Result")


class Cancelled(BaseException):
    """Raised inside a plug-in that overran, to end it where it runs Python code."""


class PluginThreads:
    """Keeps the threads of one plug-in; safe to use from several threads."""

    def __init__(self, name: str, most_threads: int = MOST_THREADS) -> None:
        self._name = name
        self._most = most_threads
        self._start_afresh()

    def _start_afresh(self) -> None:
        # The lock is a new one, too: in a fork, whoever held the old one is not there to free it.
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._count = 0
        self._cancelled: list[_Worker] = []

    def start(self, work: Callable[[], Result]) -> Running[Result] | None:
        """Starts work, which must not raise; gives None where every thread is busy.

        The work sees the context variables of its caller; its changes to them stay in the thread.
        """
        if os.getpid() != self._process:  # a fork has no threads but the one that forked
            self._start_afresh()
        with self._lock:
            if self._idle:
                worker = self._idle.pop()
            elif self._count >= self._most:
                return None
            else:
                self._count += 1
                worker = _Worker(self, f"msp_rules plug-in {self._name}")
        call = _Call(work, copy_context())
        worker.calls.put(call)
        return Running(self, worker, call)

    def take_back(self, worker: _Worker) -> None:
        """Takes back a thread whose call is done."""
        with self._lock:
            if not worker.is_cancelled:
                self._idle.append(worker)

    def cancel(self, worker: _Worker) -> None:
        """Cancels the call of a thread, and no longer counts it: another may take its place."""
        with self._lock:
            if worker in self._idle:
                return  # done in the moment between: too late all the same, but not hanging
            worker.cancel()
            self._cancelled.append(worker)
            self._count -= 1

    @property
    def hanging(self) -> int:
        """The number of threads that were cancelled and have not ended."""
        with self._lock:
            self._cancelled = [one for one in self._cancelled if one.thread.is_alive()]
            return len(self._cancelled)


class Running(Generic[Result]):
    """A call that has been handed over to a thread."""

    def __init__(self, threads: PluginThreads, worker: _Worker, call: _Call[Result]) -> None:
        self._threads = threads
        self._worker = worker
        self._call = call

    def wait(self, seconds: float) -> Result:
        """Gives what the work gave; at an overrun cancels the thread and raises TimeoutError."""
        try:
            return self._call.answer.get(timeout=max(seconds, 0))
        except Empty:
            self._threads.cancel(self._worker)
            raise TimeoutError from None


@dataclass(slots=True)
class _Call(Generic[Result]):
    """One running call; nothing of it is shared with the next one of the same thread."""

    work: Callable[[], Result]
    context: Context
    answer: SimpleQueue[Result] = field(default_factory=SimpleQueue)

    def do(self) -> None:
        """Does the work, in whatever thread this is, and answers."""
        self.answer.put(self.context.run(self.work))


class _Worker:
    """Runs one thread, which gets its next call by a queue."""

    def __init__(self, threads: PluginThreads, name: str) -> None:
        self.calls: SimpleQueue[_Call[Any]] = SimpleQueue()
        self.is_cancelled = False
        self._threads = threads
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            while not self.is_cancelled:
                call = self.calls.get()
                call.do()
                del call  # holds the arguments, which hold a record, until the next one comes
                self._threads.take_back(self)
        except BaseException:  # noqa: BLE001 - `Cancelled` a moment after the work was done
            return

    def cancel(self) -> None:
        """Asks the thread to end as soon as it runs Python code again."""
        self.is_cancelled = True
        ident = self.thread.ident
        if ident is not None and self.thread.is_alive():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(ident), ctypes.py_object(Cancelled)
            )
