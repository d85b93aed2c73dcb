"""Several processes that share the reading of the same exports, and what they send back."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import ModuleType
from typing import TypeVar

from msp_rules.errors import InputUnreadable, MspRulesError

_Task = TypeVar("_Task")


@contextmanager
def processes(
    work: Callable[[_Task, Connection], None], tasks: Sequence[_Task]
) -> Iterator[list[Connection]]:
    """A process for each task, and the ends at which they are heard; they end with the block.

    `work` is a function of a module, and sends what can be pickled.
    """
    # A fresh interpreter for each: durable_rules holds state that a fork would share.
    context = multiprocessing.get_context("spawn")
    ends: list[Connection] = []
    orders: list[Connection] = []
    started: list[SpawnProcess] = []
    try:
        for _ in tasks:
            ours, theirs = context.Pipe(duplex=False)
            task_end, order = context.Pipe(duplex=False)
            process = context.Process(target=_guarded, args=(work, task_end, theirs), daemon=True)
            with _without_main():
                process.start()
            theirs.close()
            task_end.close()
            ends.append(ours)
            orders.append(order)
            started.append(process)
        # Only now: a task is more than a pipe holds, so that whoever sends it waits until the other
        # process has begun, and all of them begin at the same time.
        for order, task in zip(orders, tasks, strict=True):
            with suppress(BrokenPipeError):  # it has ended, and its silence will be noticed
                order.send(task)
            order.close()
        yield ends
    finally:
        for end in (*ends, *orders):
            end.close()
        for process in started:
            process.kill()  # they hold nothing that would be lost
            process.join()


@contextmanager
def _without_main() -> Iterator[None]:
    """Spares a process that starts the import of the program: it needs its own work alone."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def received(end: Connection) -> object:
    """The next word of a process.

    Raises EOFError where it has ended, MspRulesError where it sent one other than InputUnreadable.
    """
    message: object = end.recv()
    if isinstance(message, MspRulesError) and not isinstance(message, InputUnreadable):
        raise message
    return message


def _guarded(
    work: Callable[[_Task, Connection], None], orders: Connection, out: Connection
) -> None:
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)  # the first process ends the others
    try:
        task: _Task = orders.recv()
    except EOFError:
        return  # nobody waits for it any more
    try:
        work(task, out)
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001 - its text may hold case content: only its kind
        out.send(MspRulesError(f"internal error in a process of the scan ({type(error).__name__})"))
