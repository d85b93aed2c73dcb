"""Kills a service again and again while messages come in, and compares the end.

`python -m tests.support.service_kill_run --messages 10000 --kills 50` does it on both databases. A
worker, or the whole service, is killed by SIGKILL at some moment of a request. The host delivers
again what was not answered, as it must. In the end each case holds every event once, its prompts
are those of the pure desk, and the changes that were given out lead to just these prompts.
"""

# ruff: noqa: T201 - a command for the terminal
from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from benchmarks.desk import open_cases
from benchmarks.live_messages import messages_of
from benchmarks.service import judged, of_this_week, standing
from msp_rules.casework.case import Case
from msp_rules.casework.moments import at_instant
from msp_rules.engine.engine import Engine
from msp_rules.prompts.desk import advance
from msp_rules.prompts.prompt import DeskState, PromptKey
from msp_rules.prompts.store import Desk, Memory, upgrade
from tests.support.core import core_ruleset
from tests.support.postgresql import create_database, postgresql_server
from tests.support.served import Served, start, wait_until_ready

# A machine that has other work to do may begin the service slowly; that is no finding.
_SECONDS_TO_BEGIN = 300
_SECONDS_TO_TAKE_ONE = 600


class Killed:
    """A service on one memory that is killed, and begun anew where it does not do so itself."""

    def __init__(self, folder: Path, where: str, workers: int) -> None:
        self._folder = folder
        self._words = ("--memory", where, "--workers", str(workers), "--allow-unauthenticated")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._workers = workers
        self.address = f"http://127.0.0.1:{self._port}"
        self.killed = 0
        self._killer = ThreadPoolExecutor(1)
        self._process = self._begin()

    def _begin(self) -> subprocess.Popen[str]:
        process = start(self._folder, *self._words, port=self._port)
        wait_until_ready(process, self._folder, _SECONDS_TO_BEGIN)
        return process

    def kill_after(self, seconds: float, *, is_whole: bool) -> Future[None]:
        """Kills a worker, or all that belongs to the service, in a while; begins it anew."""

        def kill() -> None:
            time.sleep(seconds)
            children = Served(self._process, self._folder / "serve.log").workers()
            self.killed += 1
            if children and not is_whole:
                os.kill(random.choice(children), signal.SIGKILL)
                return
            self._process.kill()
            for one in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
            self._process.communicate()
            self._process = self._begin()

        return self._killer.submit(kill)

    def end(self) -> int:
        """Asks it to end; gives its exit code."""
        self._killer.shutdown()
        self._process.terminate()
        code = self._process.wait(120)
        self._process.communicate()
        return code


def deliver_all(
    service: Killed, messages: Sequence[dict[str, Any]], *, kills: int, seed: int
) -> None:
    """Delivers each message until it is answered; kills on the way."""
    rng = random.Random(seed)
    moments = set(rng.sample(range(len(messages)), kills))
    killing: list[Future[None]] = []
    with httpx.Client(base_url=service.address, timeout=30) as client:
        for number, message in enumerate(messages):
            if number in moments:
                for one in killing:
                    one.result()
                seconds, is_whole = rng.random() * 0.05, len(killing) % 2 == 0
                killing.append(service.kill_after(seconds, is_whole=is_whole))
            _deliver(client, message)
    for one in killing:
        one.result()


def _deliver(client: httpx.Client, message: dict[str, Any]) -> None:
    deadline = time.monotonic() + _SECONDS_TO_TAKE_ONE
    headers = {"Content-Type": "application/cloudevents+json"}
    while True:
        with contextlib.suppress(httpx.TransportError):
            answer = client.post("/events", json=message, headers=headers)
            if answer.status_code in (200, 202):
                return
            assert answer.status_code == 503, answer.text
        assert time.monotonic() < deadline, "a message was not taken in time"
        time.sleep(0.02)


def assert_same_end(where: str, engine: Engine, cases: Sequence[Case]) -> None:
    """Each case holds each event once and stands as it would have, and so do its changes."""
    with Memory(where) as memory:
        desk = Desk(memory, engine, skew=None)
        given: dict[str, set[PromptKey]] = {}
        for kept in desk.changes(limit=1_000_000):
            prompt = kept.change.prompt
            keys = given.setdefault(prompt.key.case, set())
            (keys.add if prompt.stands else keys.discard)(prompt.key)
        for case in cases:
            held = desk.held_on(case.id)
            assert held is not None
            messages = held["messages"]
            assert isinstance(messages, list)
            assert len(messages) == len(case.events) + 1, "a message was lost or kept twice"
            state = desk.state(case.id)
            assert state.as_of is not None
            pure, _ = advance(
                engine, judged(case), DeskState(case=case.id), at_instant(state.as_of)
            )
            assert standing(state) == standing(pure), "a case stands otherwise"
            open_now = {one.key for one in state.standing}
            assert given.get(case.id, set()) == open_now, "changes were lost, or repeated"


def kill_run(
    folder: Path, where: str, *, workers: int, messages: int, kills: int, seed: int
) -> int:
    """Runs it on one database whose tables are there; gives how often something was killed."""
    engine = Engine(core_ruleset(), matcher="python")
    cases, queue = list[Case](), list[dict[str, Any]]()
    for case in open_cases(messages, seed):
        if len(queue) >= messages:
            break
        moved = of_this_week(case)
        cases.append(moved)
        queue += messages_of(moved)
    service = Killed(folder, where, workers)
    try:
        deliver_all(service, queue, kills=kills, seed=seed)
    finally:
        code = service.end()
    assert code == 0
    assert_same_end(where, engine, cases)
    return service.killed


def main() -> int:
    """Runs both databases; prints what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    wanted = parser.parse_args()
    for database in wanted.database or ("sqlite", "postgresql"):
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            where, workers = str(folder / "memory.db"), 1
            if database == "postgresql":
                server = stack.enter_context(postgresql_server())
                where, workers = create_database(server, "kill_run"), 2
            upgrade(where)
            started = time.monotonic()
            killed = kill_run(
                folder,
                where,
                workers=workers,
                messages=wanted.messages,
                kills=wanted.kills,
                seed=wanted.seed,
            )
            seconds = time.monotonic() - started
            print(f"{database}: killed {killed} times, the same end, {seconds:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
