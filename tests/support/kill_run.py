"""Kills an embedding process again and again in the midst of its work, and compares the end.

`python -m tests.support.kill_run --events 10000 --kills 50` does it on both databases. The process
is killed by SIGKILL: half the times by itself, before a statement, before a commit or between two
steps of the host, and half the times from outside, wherever it may be. Each time a new process goes
on from the last step that the host had marked as done, which delivers the step before again.
"""

# ruff: noqa: T201 - a command for the terminal
from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import event

from msp_rules.engine.engine import Engine
from msp_rules.prompts.documents import change_document
from msp_rules.prompts.prompt import PromptChange
from msp_rules.prompts.store import Desk, Memory, upgrade
from tests.support.core import core_ruleset
from tests.support.edited_records import make_snapshot_stream
from tests.support.postgresql import create_database, postgresql_server
from tests.support.stream import Answer, Deliver, PureDesk, Put, Step, Sweep, make_stream


@dataclass(frozen=True)
class Files:
    """What the host itself keeps: the step it has come to, and the changes it has handed on."""

    folder: Path

    @property
    def step(self) -> int:
        """The first step that is not marked as done."""
        with contextlib.suppress(FileNotFoundError):
            return int((self.folder / "step").read_text())
        return 0

    def mark(self, step: int) -> None:
        """Marks the steps before as done; whole or not at all."""
        fresh = self.folder / f"step-{os.getpid()}"
        fresh.write_text(str(step))
        fresh.replace(self.folder / "step")

    def hand_on(self, lines: Sequence[str]) -> None:
        """Hands changes on to whoever shows prompts."""
        with (self.folder / "handed-on").open("ab", buffering=0) as stream:
            stream.write("".join(line + "\n" for line in lines).encode())


class Points:
    """Counts the points at which a kill is of interest, and kills this process at one of them."""

    def __init__(self, last: int | None = None) -> None:
        self.passed = 0
        self._last = last

    def __call__(self, *_: object) -> None:
        self.passed += 1
        if self.passed == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def feed(where: str, steps: Sequence[Step], engine: Engine, files: Files, point: Points) -> None:
    """A host: does each step, hands on what changed, acknowledges that, marks the step as done."""
    with Memory(where) as memory:
        event.listen(memory.database.engine, "before_cursor_execute", point)
        event.listen(memory.database.engine, "commit", point)
        desk = Desk(memory, engine, skew=None)
        for number in range(max(0, files.step - 1), len(steps)):
            do(desk, steps[number])
            point()
            while waiting := desk.changes():
                files.hand_on([_line(one.number, one.change) for one in waiting])
                point()
                desk.acknowledge(waiting)
            files.mark(number + 1)


def do(desk: Desk, step: Step) -> None:
    """One step of a stream, by a desk with a memory."""
    if isinstance(step, Deliver):
        received = desk.receive(step.message, step.now)
        assert received.status in ("recorded", "already_known"), received
    elif isinstance(step, Put):
        received = desk.put_case(step.snapshot, step.now, says=step.says)
        assert received.status in ("recorded", "already_known", "stale"), received
    elif isinstance(step, Answer):
        desk.hear(step.feedback)
    else:
        assert isinstance(step, Sweep)
        while not desk.sweep(step.now).is_done:
            pass


def in_process(
    where: str, steps: Sequence[Step], files: Files, last_point: int | None = None
) -> BaseProcess:
    """Starts a host in a process of its own, which kills itself at a point if it is told one."""
    # The server that forks them has no threads, and has read the rules already.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.support.warm_engine"])
    child = context.Process(target=_host, args=(where, steps, files, last_point))
    child.start()
    return child


def wait_for(child: BaseProcess) -> bool:
    """Whether a process came to its end; False if it was killed. Raises where it failed."""
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL), "the host failed; see its traceback above"
    return child.exitcode == 0


def _host(where: str, steps: Sequence[Step], files: Files, last_point: int | None) -> None:
    from tests.support.warm_engine import ENGINE

    feed(where, steps, ENGINE, files, Points(last_point))


def kill_again_and_again(
    where: str, steps: Sequence[Step], files: Files, *, kills: int, seed: int
) -> int:
    """Feeds a stream through processes that are killed; gives how many were."""
    rng = random.Random(seed)
    killed, share = 0, max(1, len(steps) // (kills + 1))
    while killed < kills and files.step < len(steps):
        # About 25 points a step (measured): each process gets on by about its share of them.
        own = rng.randint(1, 25 * share) if killed % 2 == 0 else None
        child = in_process(where, steps, files, own)
        if own is None:
            goal = files.step + rng.randint(0, share)
            while child.is_alive() and files.step < min(goal, len(steps)):
                time.sleep(0.001)
            time.sleep(rng.random() * 0.02)
            child.kill()
        if wait_for(child):
            break
        killed += 1
    assert wait_for(in_process(where, steps, files))
    return killed


def assert_same_end(where: str, engine: Engine, pure: PureDesk, *files: Files) -> None:
    """The memory holds, and the host was told, just what an undisturbed run comes to."""
    with Memory(where) as memory:
        desk = Desk(memory, engine)
        for case, expected in pure.states.items():
            assert desk.state(case) == expected, f"case {case} stands otherwise"
        assert desk.changes() == ()
    told = [rest for _, rest in sorted(handed_on(files).items())]
    wanted = [_line(0, change).partition(" ")[2] for change in pure.changes]
    if len(files) > 1:  # two sweeps side by side: only within a case there is an order
        told.sort(key=_case_of)
        wanted.sort(key=_case_of)
    assert told == wanted, "changes were lost, repeated or turned round"


def handed_on(hosts: Sequence[Files]) -> dict[int, str]:
    """The changes by number, as who shows prompts sees them: a number twice is the same one."""
    found: dict[int, str] = {}
    for host in hosts:
        for line in (host.folder / "handed-on").read_text().splitlines(keepends=True):
            if not line.endswith("\n"):
                continue  # broken off by a kill, and so never acknowledged
            number, _, rest = line.rstrip("\n").partition(" ")
            assert found.setdefault(int(number), rest) == rest
    return found


def _case_of(line: str) -> str:
    return line.partition(" ")[0]


def _line(number: int, change: PromptChange) -> str:
    content = json.dumps(change_document(change), sort_keys=True)
    return f"{number} {change.prompt.key.case} {content}"


def run_on(
    database: str, engine: Engine, steps: Sequence[Step], pure: PureDesk, kills: int, seed: int
) -> tuple[float, int]:
    """Runs a stream on one database; gives the seconds and the kills."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if database == "sqlite":
            where = str(folder / "memory.db")
        else:
            where = create_database(stack.enter_context(postgresql_server()), "kill_run")
        upgrade(where)
        files, started = Files(folder), time.monotonic()
        killed = kill_again_and_again(where, steps, files, kills=kills, seed=seed)
        assert_same_end(where, engine, pure, files)
        return time.monotonic() - started, killed


def main() -> int:
    """Runs both databases, undisturbed by tests of time; prints what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    wanted = parser.parse_args()
    engine = Engine(core_ruleset(), matcher="python")
    streams = {
        "events": make_stream(engine, events=wanted.events, seed=wanted.seed),
        "snapshots": make_snapshot_stream(
            engine, cases=max(1, wanted.events // 10), steps=6, seed=wanted.seed
        ),
    }
    for name, (steps, pure) in streams.items():
        cases, changes = len(pure.states), len(pure.changes)
        print(f"{name}: {len(steps)} steps, {cases} cases, {changes} changes", flush=True)
        for database in wanted.database or ("sqlite", "postgresql"):
            seconds, killed = run_on(database, engine, steps, pure, wanted.kills, wanted.seed)
            print(f"{database}: killed {killed} times, the same end, {seconds:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
