"""Measures a desk on SQLite under load: many threads, whole cases, and cases with long histories.

`python -m benchmarks.desk_load --out out/desk-load.json`:

- `threads`: eight threads deliver a hundred events a second, each at its own time whatever became
  of those before (so that a desk that lags is seen to lag); measured from that time to the answer.
- `snapshots`: a case of two hundred events is handed over whole, with one event edited each time.
- `histories`: a case of some thousand events is taken in at once, and then further events, one by
  one, in seconds of processor time; a figure for each length shows how they grow.

`limits` are those that the project has set itself; with `--check`, exceeding one is a failure.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msp_rules.engine.engine import IS_COMPILED, Engine
from msp_rules.prompts.store import Desk, Memory, Status, upgrade
from msp_rules.rules import load_ruleset
from msp_rules.rules.layers.finding import ruleset_folder

LIMITS = {
    "threads_p99_ms": 200.0,
    "snapshot_p99_ms": 15.0,
    "history_cpu_s": 1.5,
    "further_event_cpu_ms": 150.0,
}
"""Those of histories are for 5,000 events."""
_THREADS = 8
_EVENTS_A_SECOND = 100
_BEGIN = datetime(2025, 1, 6, 9, tzinfo=UTC)
_NOW = "2026-01-05T12:00:00Z"


def main(arguments: list[str] | None = None) -> None:
    """Runs the benchmark, writes the figures, and with --check fails where a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="how long the threads deliver")
    parser.add_argument("--snapshots", type=int, default=300)
    parser.add_argument("--longest", type=int, default=5000, help="events of the longest history")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("out/desk-load.json"))
    options = parser.parse_args(arguments)
    engine = Engine(load_ruleset(ruleset_folder("msp-core")))
    figures = {
        **_with_desk(engine, lambda desk: _threads(desk, options.seconds)),
        **_with_desk(engine, lambda desk: _snapshots(desk, options.snapshots)),
        **_with_desk(engine, lambda desk: _histories(desk, options.longest)),
    }
    exceeded = sorted(name for name, most in LIMITS.items() if figures[name] > most)
    result = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "compiled": IS_COMPILED,
        "limits": LIMITS,
        **figures,
        "exceeded": exceeded,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    sys.stdout.write(options.out.read_text())
    if options.check and exceeded:
        sys.exit(1)


def _with_desk(engine: Engine, measure: Callable[[Desk], dict[str, Any]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.db"
        upgrade(path)
        with closing(Memory(path)) as memory:
            desk = Desk(memory, engine)
            desk.receive_history(_history("warm-up", 20), _NOW)
            # As a host does once it has made its desk: the rules are then no longer gone through
            # whenever garbage is collected, which took a tenth of a second each time.
            gc.collect()
            gc.freeze()
            try:
                return measure(desk)
            finally:
                gc.unfreeze()


def _threads(desk: Desk, seconds: int) -> dict[str, Any]:
    """Delivers events at fixed times by several threads; each case gets ten, one after another."""
    number = seconds * _EVENTS_A_SECOND
    messages = [_conversation(f"C{n // 10 // _THREADS}-{n % _THREADS}", n) for n in range(number)]
    waits: list[float] = []
    begin = time.perf_counter() + 0.5

    def deliver(mine: int) -> None:
        for n in range(mine, number, _THREADS):
            due = begin + n / _EVENTS_A_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            received = desk.receive(json.dumps(messages[n]).encode(), _NOW)
            waits.append(time.perf_counter() - due)
            assert received.status is Status.RECORDED, received

    threads = [threading.Thread(target=deliver, args=(mine,)) for mine in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "threads_events": len(waits),
        "threads_p50_ms": _ms(_share(waits, 0.5)),
        "threads_p99_ms": _ms(_share(waits, 0.99)),
        "threads_longest_ms": _ms(max(waits)),
    }


def _snapshots(desk: Desk, number: int) -> dict[str, Any]:
    """Hands a case of two hundred events over again and again, each time with one edited."""
    events: list[dict[str, Any]] = [
        {"type": "outcomes_conversation", **_conversation("S", n)["data"]} for n in range(200)
    ]
    record = {"schema": "msp-case/1", "id": "S", "events": events}
    desk.put_case(record, _NOW)
    took, own = list[float](), list[float]()
    for n in range(number):
        events[n % len(events)]["asked"] = ("asked_none_expressed", "asked_expressed")[n // 200 % 2]
        raw = json.dumps(record).encode()
        begun, worked = time.perf_counter(), time.thread_time()
        received = desk.put_case(raw, _NOW)
        took.append(time.perf_counter() - begun)
        own.append(time.thread_time() - worked)
        assert received.status is Status.RECORDED, received
    return {
        "snapshot_p50_ms": _ms(_share(took, 0.5)),
        # Of processor time: what a busy machine changes least.
        "snapshot_own_p50_ms": _ms(_share(own, 0.5)),
        "snapshot_own_p99_ms": _ms(_share(own, 0.99)),
        "snapshot_p99_ms": _ms(_share(took, 0.99)),
    }


def _histories(desk: Desk, longest: int) -> dict[str, Any]:
    """Takes long histories in at once, and then further events on them."""
    figures: dict[str, Any] = {"histories": []}
    for length in (longest // 4, longest // 2, longest):
        case = f"H{length}"
        history = _history(case, length)
        begun = time.process_time()
        received = desk.receive_history(history, _NOW)
        figures["history_cpu_s"] = round(time.process_time() - begun, 3)
        assert received.status is Status.RECORDED, received
        further = []
        for n in range(10):
            begun = time.process_time()
            desk.receive(_conversation(case, length + n), _NOW)
            further.append(time.process_time() - begun)
        figures["further_event_cpu_ms"] = _ms(_share(further, 0.5))
        about = {name: figures[name] for name in ("history_cpu_s", "further_event_cpu_ms")}
        figures["histories"].append({"events": length, **about})
    return figures


def _history(case: str, length: int) -> list[dict[str, Any]]:
    return [_conversation(case, n) for n in range(length)]


def _conversation(case: str, number: int) -> dict[str, Any]:
    occurred = (_BEGIN + timedelta(hours=number)).isoformat()
    return {
        "specversion": "1.0",
        "id": f"{case}/{number}",
        "source": "urn:example:case-system",
        "type": "org.msp-rules.outcomes_conversation.v1",
        "subject": case,
        "data": {"id": f"e{number}", "occurred": occurred, "asked": "asked_expressed"},
    }


def _share(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


if __name__ == "__main__":
    main()
