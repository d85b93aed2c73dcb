"""Runs one task in several processes that share the reading of the same sources.

Each process reads its own shard of the cases of every source (`Shard`): blocks of `BLOCK` cases go
round, so that all processes finish a source at about the same time. What a process sends arrives in
the order in which it was sent; the caller decides from which process it takes the next message, and
so puts the blocks back into the order of the source. What all processes have to know of a source
before they read it, the caller tells them.

    with worker_pool(task, jobs) as pool:
        pool.tell_all("begin")
        for worker in itertools.cycle(range(pool.size)):
            message = pool.next_of(worker)

Processes can be started before it is known what they are to do, `by `WaitingProcesses.start`.
"""

from __future__ import annotations

import gc
import multiprocessing
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from importlib import import_module
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import ForkingPickler
from types import ModuleType
from typing import Final, Generic, NamedTuple, Self, TypeVar

from msp_rules.casework.bank_holidays import bank_holidays, take_bank_holidays
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
Receive = Callable[[], object]
"""Gives the next of what the process that started this one tells all, once it is there."""
Task = Callable[[Shard, Send[_Message], Receive], None]
"""Does the work of one process on its shard: a callable that can be pickled (the function of a
module, or the object of a class with `__call__`). All processes are given the same one."""


class WorkerPool(Generic[_Message]):
    """Receives what the processes send; one may run a few messages ahead of the others."""

    def __init__(self, ends: list[Connection], orders: list[Connection], called: str) -> None:
        self.size = len(ends)
        self._orders, self._called = orders, called
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

    def broadcast(self, message: object) -> None:
        """Sends all processes what each gets by its `Receive`; waits until it is in their pipes."""
        pickled = ForkingPickler.dumps(message, pickle.HIGHEST_PROTOCOL)
        for order in self._orders:
            with suppress(BrokenPipeError):  # it has ended, and its silence will be noticed
                order.send_bytes(pickled)

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


class _Abandoned(Exception):  # noqa: N818 - a signal inside this module, never seen outside
    """Raised where the process that started this one has ended."""


class _Failed(NamedTuple):
    """Raised where a process ended by an unexpected error."""

    reason: str


class WaitingProcesses:
    """Processes that wait for a task; meanwhile they import the module that it is defined in."""

    def __init__(self, module: str | None = None) -> None:
        self._module = module
        self._ends: list[Connection] = []
        self._orders: list[Connection] = []
        self._started: list[SpawnProcess] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for end in (*self._ends, *self._orders):
            end.close()
        for process in self._started:
            process.kill()  # they hold nothing that would be lost
            process.join()

    def start(self, jobs: int) -> None:
        """Starts what is missing of so many processes."""
        # A fresh interpreter for each: durable_rules holds state that a fork would share.
        context = multiprocessing.get_context("spawn")
        while len(self._started) < jobs:
            end, theirs = context.Pipe(duplex=False)
            order_end, order = context.Pipe(duplex=False)
            process = context.Process(
                target=_work, args=(order_end, theirs, self._module), daemon=True
            )
            with _without_main():
                process.start()
            theirs.close()
            order_end.close()
            self._ends.append(end)
            self._orders.append(order)
            self._started.append(process)

    def begin(self, task: Task[_Message], jobs: int, called: str) -> WorkerPool[_Message]:
        """Gives the task to so many of the processes; each can be given one task only."""
        self.start(jobs)
        # Pickled once for all of them: a ruleset is most of it, and takes its time.
        pickled = pickle.dumps(task, protocol=pickle.HIGHEST_PROTOCOL)
        # An order is more than a pipe holds, so that whoever sends it waits until the other process
        # has begun, and all of them begin at the same time.
        for worker, order in enumerate(self._orders[:jobs]):
            with suppress(BrokenPipeError):  # it has ended, and its silence will be noticed
                order.send(_Order(pickled, Shard(worker, jobs, BLOCK), bank_holidays()))
        return WorkerPool(self._ends[:jobs], self._orders[:jobs], called)


@contextmanager
def worker_pool(
    task: Task[_Message],
    jobs: int,
    *,
    called: str = "scan",
    processes: WaitingProcesses | None = None,
) -> Iterator[WorkerPool[_Message]]:
    """Runs a task in `jobs` processes; they are stopped when the block ends.

    `called` is the name of the whole run in the messages of MspRulesError. `processes` may have
    been started before.
    """
    with processes or WaitingProcesses() as waiting:
        yield waiting.begin(task, jobs, called)


@contextmanager
def _without_main() -> Iterator[None]:
    """Keeps a starting process from importing the main program, which it does not need."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _work(orders: Connection, out: Connection, module: str | None) -> None:
    """Runs a started process: takes its order and carries it out."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)  # the first process ends the others
    if module is not None:
        import_module(module)

    def receive() -> object:
        try:
            return orders.recv()
        except EOFError:
            raise _Abandoned from None

    try:
        order = receive()
        assert isinstance(order, _Order)
        # Computing them takes as long as reading a hundred cases.
        take_bank_holidays(order.bank_holidays)
        task = _unpickled(order.task)
        task(order.shard, out.send, receive)
    except (BrokenPipeError, _Abandoned):
        return  # nobody waits for it any more
    except Exception as error:  # noqa: BLE001 - its text may hold case content: only its kind
        kind = type(error).__name__
        out.send(_Failed(f"internal error in a process of the scan ({kind})"))


def _unpickled(task: bytes) -> Task[object]:
    """Builds the task; its many objects stay to the end, so that looking for garbage can wait."""
    gc.disable()
    try:
        found: Task[object] = pickle.loads(task)  # noqa: S301 - by the process that started this
    finally:
        gc.freeze()
        gc.enable()
    return found
