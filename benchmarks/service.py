"""Measures the service over HTTP: requests at a fixed rate, on a memory full of open cases.

`python -m benchmarks.service --cases 10000 --out out/service.json` fills a database with open cases
that end this week, begins `msp-rules serve` on it, and calls it at a rate that does not wait for
answers: a third each of events, snapshots and prompts, each with its own token. A time counts from
the moment at which the request was due. In the end every message is delivered again and must be
known, and the prompts of each case that was touched must be those of the pure desk.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from benchmarks.desk import open_cases
from benchmarks.live_messages import event_message, messages_of
from msp_rules.casework.case import Case
from msp_rules.casework.consistency import ref_fields, seen_together
from msp_rules.casework.moments import at_instant, cutoff_at
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import IS_COMPILED, Engine
from msp_rules.intake.case_json import case_document, case_from
from msp_rules.prompts.desk import advance
from msp_rules.prompts.prompt import DeskState
from msp_rules.prompts.store import Desk, Memory, upgrade
from msp_rules.rules.loading import load_ruleset
from tests.support.clients import ISS, claims_for, key_file, token
from tests.support.postgresql import create_database, postgresql_server
from tests.support.served import Served, served

_REFS = ref_fields(core_vocabulary().events)
_ADDRESS = "https://prompts.example.org"
_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_A_WEEK = 7
_CONNECTIONS = 32


@dataclass(frozen=True)
class Request:
    """One call that is to be made."""

    kind: str
    case: str
    method: str
    path: str
    media_type: str
    body: bytes

    def headers(self) -> dict[str, str]:
        """Headers with a fresh token."""
        called = f"{_ADDRESS}{self.path}"
        now = int(time.time())
        text = token(claims_for(called, "bench", exp=now + 3000))
        return {"Authorization": f"Bearer {text}", "Content-Type": self.media_type}


@dataclass(frozen=True)
class Answered:
    """What came of a call."""

    request: Request
    status: int
    seconds: float


def main() -> None:
    """Runs the benchmark and writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=100, help="requests a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--out", type=Path, default=Path("out/service.json"))
    options = parser.parse_args()
    figures = measured(options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=1) + "\n")
    sys.stdout.write(options.out.read_text())
    if figures["lost"] or figures["wrong"]:
        sys.exit(1)


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Fills, serves, calls and compares; gives the figures."""
    engine = Engine(load_ruleset("msp-core"))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        where = str(folder / "memory.db")
        if options.database == "postgresql":
            server = stack.enter_context(postgresql_server(is_durable=True))
            where = create_database(server, "service")
        upgrade(where)
        started = time.perf_counter()
        cases = _fill(where, engine, options)
        filled = time.perf_counter() - started
        requests = _requests(cases, options)
        words = ("--config", _configuration(folder, where), "--workers", str(options.workers))
        running = stack.enter_context(served(folder, *words, seconds=300))
        warm = [one.headers() for one in requests]  # signed before anything is measured
        answered = asyncio.run(_call_all(running, requests, warm, options.rate))
        again = _again(running, requests)
        lost = sum(one.status not in (200, 202) for one in answered) + again
        running.end()
        return {
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "load_before": os.getloadavg()[0],
            "compiled": IS_COMPILED,
            "cases": options.cases,
            "fill_seconds": round(filled, 1),
            "ready_seconds": round(running.seconds_to_ready, 2),
            "workers": options.workers,
            "rate": options.rate,
            "requests": len(answered),
            "statuses": _counted(str(one.status) for one in answered),
            "all": _times(answered),
            **{
                kind: _times([one for one in answered if one.request.kind == kind])
                for kind in ("event", "snapshot", "prompts")
            },
            "lost": lost,
            "wrong": _wrong(where, engine, cases, answered),
        }


def _configuration(folder: Path, where: str) -> str:
    path = folder / "service.yaml"
    path.write_text(f"""\
schema: msp-rules/service/1
address: {_ADDRESS}
tenants:
  bench:
    memory: "{where}"
clients:
  - iss: {ISS}
    keys: {key_file(folder, "ec").name}
    tenants: [bench]
limits:
  token_seconds: 3600
  calls_a_second: 100000
  waiting_calls: 1000
""")
    return str(path)


@dataclass(frozen=True)
class Filled:
    """A case that is held, all but its newest event."""

    case: Case
    at: datetime

    @property
    def before(self) -> Case:
        """The case as it was filled in."""
        return self.case._replace(events=self.case.events[:-1])


def _fill(where: str, engine: Engine, options: argparse.Namespace) -> list[Filled]:
    """Fills a memory with open cases of this week, each but its newest event."""
    filled = list[Filled]()
    with Memory(where) as memory:
        desk = Desk(memory, engine, skew=None)
        for case in islice(open_cases(options.cases, options.seed), options.cases):
            one = Filled(of_this_week(case), datetime.now(UTC))
            received = desk.receive_history(messages_of(one.before), one.at)
            assert received.status == "recorded", received
            filled.append(one)
    return filled


def of_this_week(case: Case) -> Case:
    """Moves all dates of a case by whole weeks, so that the newest event is of this week."""
    newest = date.fromordinal(max(e.recorded.day for e in case.events if e.recorded is not None))
    days = ((date.today() - newest).days - 1) // _A_WEEK * _A_WEEK  # noqa: DTZ011 - this machine's
    text = _DATE.sub(partial(_later, days=days), json.dumps(case_document(case)))
    return case_from(json.loads(text))


def _later(found: re.Match[str], days: int) -> str:
    return (date.fromisoformat(found[0]) + timedelta(days=days)).isoformat()


def _requests(cases: Sequence[Filled], options: argparse.Namespace) -> list[Request]:
    """The calls, of a case each, as long as there are cases; then prompts of any."""
    made = list[Request]()
    for number in range(options.rate * options.seconds):
        case = cases[number % len(cases)].case
        is_new = number < len(cases)
        kind = ("event", "snapshot", "prompts")[number % 3] if is_new else "prompts"
        if kind == "event":
            body = json.dumps(event_message(case.id, case.events[-1])).encode()
            media_type = "application/cloudevents+json"
            made.append(Request(kind, case.id, "POST", "/events", media_type, body))
        elif kind == "snapshot":
            body = json.dumps({**case_document(case), "at": _now_text()}).encode()
            path = f"/cases/{case.id}"
            made.append(Request(kind, case.id, "PUT", path, "application/json", body))
        else:
            path = f"/cases/{case.id}/prompts"
            made.append(Request(kind, case.id, "GET", path, "application/json", b""))
    return made


def _now_text() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


async def _call_all(
    running: Served, requests: Sequence[Request], headers: Sequence[dict[str, str]], rate: int
) -> list[Answered]:
    """Makes each call at its moment, whether or not those before it are answered."""
    url = httpx.URL(running.address)
    idle: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    for _ in range(_CONNECTIONS):
        idle.put_nowait(Connection(url.host, url.port or 80))
    began = time.perf_counter() + 1

    async def call(number: int) -> Answered:
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection = await idle.get()
        try:
            status = await connection.call(requests[number], headers[number])
        finally:
            idle.put_nowait(connection)
        return Answered(requests[number], status, time.perf_counter() - due)

    return list(await asyncio.gather(*map(call, range(len(requests)))))


class Connection:
    """A connection that stays open from call to call."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, request: Request, headers: dict[str, str]) -> int:
        """Makes a call; gives the status, 0 where there was no answer."""
        for _ in range(2):  # a connection that was idle may have been closed meanwhile
            try:
                return await self._call(request, headers)
            except (OSError, asyncio.IncompleteReadError):
                self._streams = None
        return 0

    async def _call(self, request: Request, headers: dict[str, str]) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._place)
        reader, writer = self._streams
        lines = [
            f"{request.method} {request.path} HTTP/1.1",
            "Host: prompts.example.org",
            f"Content-Length: {len(request.body)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        writer.write("\r\n".join((*lines, "", "")).encode() + request.body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = re.search(r"\r\ncontent-length: (\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        return int(head.split(" ", 2)[1])


def _again(running: Served, requests: Sequence[Request]) -> int:
    """Delivers every event again; gives the number of those that were not known."""
    unknown = 0
    with httpx.Client(base_url=running.address, timeout=60) as client:
        for one in requests:
            if one.kind == "event":
                answer = client.post(one.path, content=one.body, headers=one.headers())
                unknown += answer.status_code != 200
    return unknown


def _wrong(
    where: str, engine: Engine, cases: Sequence[Filled], answered: Sequence[Answered]
) -> int:
    """Counts the cases that were written to and stand otherwise than by the pure desk."""
    written = {one.request.case for one in answered if one.request.kind != "prompts"}
    wrong = 0
    with Memory(where) as memory:
        desk = Desk(memory, engine, skew=None)
        for one in cases:
            if one.case.id in written:
                state = desk.state(one.case.id)
                assert state.as_of is not None
                first, _ = advance(
                    engine, judged(one.before), DeskState(case=one.case.id), cutoff_at(one.at)
                )
                pure, _ = advance(engine, judged(one.case), first, at_instant(state.as_of))
                wrong += standing(state) != standing(pure)
    return wrong


def judged(case: Case) -> Case:
    """The case as a desk judges it: what refers to an event that there is not is unknown."""
    return case._replace(events=seen_together(case.events, _REFS)[0])


def standing(state: DeskState) -> set[tuple[object, ...]]:
    """The prompts that stand, as far as they say something to a worker."""
    return {(one.key, one.timing, one.urgency) for one in state.prompts.values() if one.stands}


def _times(answered: Sequence[Answered]) -> dict[str, float]:
    seconds = sorted(one.seconds for one in answered)
    if not seconds:
        return {}
    return {
        "calls": len(seconds),
        **{
            f"p{share}_ms": round(seconds[int(len(seconds) * share / 100)] * 1000, 1)
            for share in (50, 90, 99)
        },
        "longest_ms": round(seconds[-1] * 1000, 1),
    }


def _counted(words: Iterator[str]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for word in words:
        counted[word] = counted.get(word, 0) + 1
    return counted


if __name__ == "__main__":
    main()
