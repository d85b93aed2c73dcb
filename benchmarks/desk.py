"""Measures the desk with its memory: from a message to the prompt changes, kept for good.

`python -m benchmarks.desk --cases 10000 --out out/desk.json` fills a SQLite file and a PostgreSQL
database (a server that it starts itself, waiting for the disk as one in use does) with open cases,
then delivers one new event to cases picked at random, and measures each call of `Desk.receive`.
SQLite is measured as it comes, and once more with `survives_power_cut`. Times belong to a machine,
and to what else it does: `yardstick_ms` is what a fixed piece of Python took before and after.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.live_messages import event_message, made_up_cases, messages_of
from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import Cutoff, cutoff_of
from msp_rules.engine.engine import IS_COMPILED, Engine
from msp_rules.prompts.store import Desk, Memory, Status, upgrade
from msp_rules.rules import load_ruleset
from msp_rules.rules.layers.finding import ruleset_folder
from tests.support.postgresql import create_database, postgresql_server

_WARM_UP = 100


def main() -> None:
    """Runs the benchmark and writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=2_000, help="how many calls are measured")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--matcher", default="auto")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--out", type=Path, default=Path("out/desk.json"))
    options = parser.parse_args()
    engine = Engine(load_ruleset(ruleset_folder("msp-core")), matcher=options.matcher)
    result: dict[str, Any] = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "cases": options.cases,
        "rules": len(engine.ruleset.enabled_rules),
        "matcher": engine.matcher_name,
        "compiled": IS_COMPILED,
        "yardstick_ms": [_yardstick()],
    }
    for database in options.database or ("sqlite", "postgresql"):
        with _empty_memory(database) as where:
            result[database] = _measured(where, engine, options)
    result["yardstick_ms"].append(_yardstick())
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    sys.stdout.write(options.out.read_text())


@contextlib.contextmanager
def _empty_memory(database: str) -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        where = str(Path(folder) / "memory.db")
        if database == "postgresql":
            server = stack.enter_context(postgresql_server(is_durable=True))
            where = create_database(server, "benchmark")
        upgrade(where)
        yield where


def _measured(where: str, engine: Engine, options: argparse.Namespace) -> dict[str, Any]:
    rng = random.Random(options.seed)
    with Memory(where) as memory:
        desk = Desk(memory, engine, skew=None)  # each case has days of its own
        started = time.perf_counter()
        newest, events = _fill(desk, options.cases, options.seed)
        seconds = time.perf_counter() - started
        filled = {"events_held": events, "fill_seconds": round(seconds, 1)}
        rng.shuffle(newest)
        gc.collect()
        gc.freeze()  # the messages that wait here belong to the benchmark, not to the desk
        _deliver(desk, newest[:_WARM_UP])  # plans of statements, caches of days
        half = _WARM_UP + min(options.events, (len(newest) - _WARM_UP) // 2)
        filled |= _deliver(desk, newest[_WARM_UP:half])
    if "://" not in where:
        with Memory(where, survives_power_cut=True) as memory:
            desk = Desk(memory, engine, skew=None)
            filled["survives_power_cut"] = _deliver(desk, newest[half : half + options.events])
    return filled


def _deliver(desk: Desk, messages: list[tuple[dict[str, Any], Cutoff]]) -> dict[str, Any]:
    """What each call took, from the bytes of a message to the changes that are kept."""
    seconds, own, made = [], [], 0
    for message, now in messages:
        raw = json.dumps(message).encode()
        begun, worked = time.perf_counter(), time.thread_time()
        received = desk.receive(raw, now)
        seconds.append(time.perf_counter() - begun)
        own.append(time.thread_time() - worked)
        assert received.status is Status.RECORDED, received
        made += len(received.changes)
    seconds.sort()
    own.sort()
    return {
        "calls": len(seconds),
        "changes": made,
        "p50_ms": _ms(statistics.median(seconds)),
        "p90_ms": _ms(seconds[int(len(seconds) * 0.90)]),
        "p99_ms": _ms(seconds[int(len(seconds) * 0.99)]),
        "longest_ms": _ms(seconds[-1]),
        # Without waiting for the disk, the server or a turn: what a busy machine changes least.
        "own_p50_ms": _ms(statistics.median(own)),
        "own_p99_ms": _ms(own[int(len(own) * 0.99)]),
    }


def _fill(desk: Desk, number: int, seed: int) -> tuple[list[tuple[dict[str, Any], Cutoff]], int]:
    """Fills a memory with open cases, and gives the newest event of each, and all that are held.

    A case is taken in at once, and looked at at its end, not at each event.
    """
    newest: list[tuple[dict[str, Any], Cutoff]] = []
    events = 0
    for case in islice(open_cases(number, seed), number):
        last = case.events[-1]
        received = desk.receive_history(messages_of(case)[:-1], moment_of(case.events[-2]))
        assert received.status is Status.RECORDED, received
        newest.append((event_message(case.id, last), moment_of(last)))
        events += len(case.events) - 1
    return newest, events


def open_cases(number: int, seed: int) -> Iterator[Case]:
    """Made-up cases without the events from their closure on, in order of recording."""
    for case in made_up_cases(number * 2, seed=seed):
        events = sorted(case.events, key=_recorded)
        ends = [n for n, event in enumerate(events) if event.type in ("case_closed", "adult_died")]
        kept = events[: min(ends, default=len(events))]
        if len(kept) > 2:
            yield case._replace(events=tuple(kept))


def _recorded(event: Event) -> int:
    assert event.recorded is not None
    return event.recorded.instant


def moment_of(event: Event) -> Cutoff:
    """The moment at which an event was recorded."""
    assert event.recorded is not None
    return cutoff_of(event.recorded)


def _yardstick() -> float:
    """Milliseconds of counting to a million in a loop, the best of five."""
    best = float("inf")
    for _ in range(5):
        begun = time.perf_counter()
        total = 0
        for number in range(1_000_000):
            total += number
        best = min(best, time.perf_counter() - begun)
    return _ms(best)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


if __name__ == "__main__":
    main()
