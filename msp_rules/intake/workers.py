"""Runs one task in several processes that share the reading of the same sources.

Each process goes through every source and reads its own shard of the cases (`Shard`): blocks of
`BLOCK` cases go round, so that all processes finish a source at about the same time. What a process
sends arrives in the order in which it was sent; the caller decides from which process it takes the
next message, and so puts the blocks back into the order of the source.

    with worker_pool(task, jobs) as pool:
        for worker in itertools.cycle(range(pool.size)):
            message = pool.next_of(worker)
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import ModuleType
from typing import Final, Generic, NamedTuple, TypeVar

from msp_rules.casework.workdays import bank_holidays, take_bank_holidays
from msp_rules.errors import MspRulesError
from msp_rules.intake.reading import Shard

BLOCK: Final = 64
"""The number of cases that one process reads before it is the next one's turn."""
_MESSAGES_AHEAD: Final = 4
"""The number of messages of one process that wait here during another's turn; the rest wait in its
pipe, which stops the process, so nothing piles up."""

_Message = TypeVar("_Message")

Send = Callable[[_Message], None]
"""Sends a message, which can be pickled, to the process that started this one."""
Task = Callable[[Shard, Send[_Message]], None]
"""Does the work of one process on its shard: a callable that can be pickled (the function of a
module, or the object of a class with `__call__`). All processes are given the same one."""


class WorkerPool(Generic[_Message]):
    """Receives what the processes send; one may run a few messages ahead of the others."""

    def __init__(self, ends: list[Connection], called: str) -> None:
        self.size = len(ends)
        self._called = called
        self._open = dict(enumerate(ends))
        self._waiting: list[deque[_Message]] = [deque() for _ in ends]

    def next_of(self, worker: int) -> _Message:
        """Gives the next message of the process with this number (from 0), once it is there.

        Raises MspRulesError where that process ended before it sent one, or where any of them
        failed.
        """
        while not self._waiting[worker]:
            if worker not in self._open:
                raise MspRulesError(f"a worker process of the {self._called} exited unexpectedly")
            with_room = {
                end: index
                for index, end in self._open.items()
                if index == worker or len(self._waiting[index]) < _MESSAGES_AHEAD
            }
            for end in wait(list(with_room)):
                assert isinstance(end, Connection)
                self._receive(end, with_room[end])
        return self._waiting[worker].popleft()

    def _receive(self, end: Connection, worker: int) -> None:
        try:
            message: _Message | _Failed = end.recv()
        except EOFError:
            del self._open[worker]
            return
        if isinstance(message, _Failed):
            raise MspRulesError(message.reason)
        self._waiting[worker].append(message)


class _Order(NamedTuple):
    """Tells a process what to do."""

    task: bytes
    shard: Shard
    bank_holidays: frozenset[date]


class _Failed(NamedTuple):
    """Raised where a process ended by an unexpected error."""

    reason: str


@contextmanager
def worker_pool(
    task: Task[_Message], jobs: int, *, called: str = "scan"
) -> Iterator[WorkerPool[_Message]]:
    """Starts `jobs` processes with the same task; they are stopped when the block ends.

    `called` is the name of the whole run in the messages of MspRulesError.
    """
    # Pickled once for all of them: a ruleset is most of it, and takes its time.
    pickled = pickle.dumps(task, protocol=pickle.HIGHEST_PROTOCOL)
    # A fresh interpreter for each: durable_rules holds state that a fork would share.
    context = multiprocessing.get_context("spawn")
    ends: list[Connection] = []
    orders: list[Connection] = []
    started: list[SpawnProcess] = []
    try:
        for _ in range(jobs):
            ours, theirs = context.Pipe(duplex=False)
            order_end, order = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(order_end, theirs), daemon=True)
            with _without_main():
                process.start()
            theirs.close()
            order_end.close()
            ends.append(ours)
            orders.append(order)
            started.append(process)
        # Only now: an order is more than a pipe holds, so that whoever sends it waits until the
        # other process has begun, and all of them begin at the same time.
        for worker, order in enumerate(orders):
            with suppress(BrokenPipeError):  # it has ended, and its silence will be noticed
                order.send(_Order(pickled, Shard(worker, jobs, BLOCK), bank_holidays()))
            order.close()
        yield WorkerPool(ends, called)
    finally:
        for end in (*ends, *orders):
            end.close()
        for process in started:
            process.kill()  # they hold nothing that would be lost
            process.join()


@contextmanager
def _without_main() -> Iterator[None]:
    """Keeps a starting process from importing the main program, which it does not need."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _work(orders: Connection, out: Connection) -> None:
    """Runs a started process: takes its order and carries it out."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)  # the first process ends the others
    try:
        order: _Order = orders.recv()
    except EOFError:
        return  # nobody waits for it any more
    # Computing them takes as long as reading a hundred cases.
    take_bank_holidays(order.bank_holidays)
    try:
        task: Task[object] = pickle.loads(order.task)  # noqa: S301 - by the process that started this
        task(order.shard, out.send)
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001 - its text may hold case content: only its kind
        kind = type(error).__name__
        out.send(_Failed(f"internal error in a process of the scan ({kind})"))
