"""`msp-rules serve` says where it serves, survives its workers, and ends when it is asked to."""

from __future__ import annotations

import html
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from msp_rules.prompts.store import downgrade, upgrade
from tests.support.clients import ISS, claims_for, key_file, token
from tests.support.command_line import run_here
from tests.support.postgresql import create_database
from tests.support.served import Served, served
from tests.support.service_canaries import CANARY, EVERYWHERE, other_calls, spoilt_events, taken

pytestmark = pytest.mark.slow

ADDRESS = "https://prompts.example.org"


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("demonstration"), "--demo") as running:
        yield running


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory, postgresql: str) -> Iterator[Served]:
    """Two workers for two tenants, each in a schema of its own of one PostgreSQL database."""
    folder = tmp_path_factory.mktemp("two-workers")
    where = create_database(postgresql, "two_workers")
    for name in ("anytown", "othertown"):
        upgrade(where, schema=name)
    (folder / "service.yaml").write_text(f"""\
schema: msp-rules/service/1
address: {ADDRESS}
tenants:
  anytown: {{memory_variable: MEMORY_OF_TESTS, memory_schema: anytown}}
  othertown: {{memory_variable: MEMORY_OF_TESTS, memory_schema: othertown}}
clients:
  - iss: {ISS}
    keys: {key_file(folder, "ec").name}
    tenants: [anytown, othertown]
open: [metrics]
sweep_seconds: 1
""")
    words = ("--config", str(folder / "service.yaml"), "--workers", "2")
    with served(folder, *words, environment={"MEMORY_OF_TESTS": where}) as running:
        yield running


def sound(path: str, tenant: str = "anytown") -> dict[str, str]:
    return {"Authorization": f"Bearer {token(claims_for(f'{ADDRESS}{path}', tenant))}"}


@pytest.mark.slow
def test_the_demonstration_opens_on_a_page_that_shows_what_to_call(
    demonstration: Served,
) -> None:
    page = demonstration.get("/")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f"{demonstration.address}/cases/MC-" in page.text
    (panel,) = re.findall(r'href="(panel/\w+)"', page.text)
    assert demonstration.get(f"/{panel}").text.count("<msp-prompts") == 2
    assert "script" not in page.text


def test_each_command_of_the_page_is_answered_and_shows_what_it_says(
    demonstration: Served,
) -> None:
    page = demonstration.get("/").text
    commands = [html.unescape(one) for one in re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)]

    said = [
        subprocess.run(["bash", "-c", f"{one} --silent --fail-with-body"], stdout=subprocess.PIPE)
        for one in commands
    ]

    assert [one.returncode for one in said] == [0] * len(commands)
    first, second = (
        [change["kind"] for change in json.loads(answer.stdout)["changes"]]
        for command, answer in zip(commands, said, strict=True)
        if "/events -d" in command
    )
    assert first.count("raised") == len(first) > 0
    assert "withdrawn" in second


def test_nothing_of_any_call_is_written_anywhere(demonstration: Served) -> None:
    spoilt = list(spoilt_events())
    with httpx.Client(base_url=demonstration.address, headers=EVERYWHERE, timeout=30) as client:
        for sent in [taken(), *spoilt[-6:], *other_calls(CANARY)]:
            kind = {"Content-Type": sent.media_type}
            client.request(sent.method, sent.path, content=sent.body, headers=kind)
        counted = client.get("/metrics").text
    url = httpx.URL(demonstration.address)
    socket_wanted = (
        f"GET /{CANARY} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
        f"Upgrade: websocket\r\nSec-WebSocket-Key: {CANARY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    spoilt_requests = (f"{CANARY}\r\n\r\n", f"GET /{CANARY} HTTP/9\r\n\r\n", f"POST /{CANARY}")
    for raw in (*spoilt_requests, socket_wanted):
        with socket.create_connection((url.host, url.port), timeout=30) as opened:
            opened.sendall(raw.encode())
            opened.shutdown(socket.SHUT_WR)
            opened.recv(65536)

    assert 'msp_rules_messages_total{kind="event",status="refused"' in counted
    assert "request call=receiveEvents route=/events" in demonstration.log
    assert CANARY not in counted + demonstration.log


@pytest.mark.slow
def test_a_request_that_was_begun_is_finished_before_the_end(tmp_path: Path) -> None:
    upgrade(where := tmp_path / "memory.db")
    with served(tmp_path, "--memory", str(where), "--allow-unauthenticated") as running:
        url = httpx.URL(running.address)
        with socket.create_connection((url.host, url.port), timeout=30) as opened:
            opened.sendall(
                f"POST /rules HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: 4\r\n\r\nab".encode()
            )
            time.sleep(0.3)
            running.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            opened.sendall(b"cd")
            answer = opened.recv(65536)

        assert answer.startswith(b"HTTP/1.1 405 ")
        assert running.process.wait(30) == 0
        with pytest.raises(httpx.ConnectError):
            running.get("/health/live")


@pytest.mark.slow
def test_a_token_that_comes_to_both_workers_lets_in_once(two_workers: Served) -> None:
    for _ in range(3):
        headers = sound("/rules")
        with ThreadPoolExecutor(8) as threads:
            calls = [threads.submit(two_workers.get, "/rules", headers=headers) for _ in range(8)]

        assert sorted(one.result().status_code for one in calls) == [200] + [401] * 7


@pytest.mark.slow
def test_a_worker_that_is_killed_is_begun_anew_and_counts_stay(two_workers: Served) -> None:
    before = set(two_workers.workers())
    assert len(before) == 2
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while len(now := set(two_workers.workers()) - before) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert two_workers.get("/rules", headers=sound("/rules")).status_code == 200
    assert len(now) == 2


@pytest.mark.slow
def test_metrics_are_those_of_all_workers_and_of_every_memory(two_workers: Served) -> None:
    for _ in range(20):
        two_workers.get("/rules")

    written = two_workers.get("/metrics").text
    counted = [
        float(line.split()[-1])
        for line in written.splitlines()
        if line.startswith('msp_rules_requests_total{call="listRules",status="401"}')
    ]

    assert sum(counted) >= 20
    for name in ("anytown", "othertown"):
        assert f'msp_rules_waiting_changes{{tenant="{name}"}} 0.0' in written
        assert f'msp_rules_memory_up{{tenant="{name}"}} 1.0' in written
        assert f'msp_rules_last_sweep_timestamp_seconds{{tenant="{name}"}}' in written


@pytest.mark.slow
def test_workers_end_with_the_process_that_watches_them(two_workers: Served) -> None:
    workers = two_workers.workers()

    two_workers.process.kill()

    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{one}/cmdline").exists() and is_alive(one) for one in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> str:
    upgrade(where := tmp_path_factory.mktemp("refused") / "memory.db")
    return str(where)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--memory", "MEMORY"), "no clients are configured, so nobody would be asked"),
        (
            ("--memory", "MEMORY", "--allow-unauthenticated", "--host", "0.0.0.0"),
            "without clients the service must listen on this machine only",
        ),
        (("--demo", "--host", "0.0.0.0"), "must listen on this machine only"),
        (("--demo", "--memory", "MEMORY"), "--memory can't stand beside --demo"),
        (("--demo", "--workers", "2"), "--demo runs with one worker"),
        (("--config", "x.yaml", "--memory", "MEMORY"), "--memory can't stand beside --config"),
        ((), "say with --memory where the memory lies"),
        (("--memory", "MEMORY", "--port", "65536"), "65536 is not in the range"),
    ],
)
def test_a_wrong_command_line_says_what_to_write(
    memory: str, words: tuple[str, ...], expected: str
) -> None:
    done = run_here("serve", *(memory if one == "MEMORY" else one for one in words))

    assert done.returncode == 64
    assert expected in " ".join(done.stderr.split())


def test_a_memory_that_is_not_there_is_refused_with_the_command_that_makes_it(
    tmp_path: Path,
) -> None:
    where = tmp_path / "memory.db"

    done = run_here("serve", "--memory", str(where), "--allow-unauthenticated")

    assert done.returncode == 3
    assert done.stderr.endswith(f'the command: msp-rules memory upgrade "{where}"\n')
    assert not where.exists()


def test_a_memory_of_an_older_version_is_refused_with_the_command_that_upgrades_it(
    tmp_path: Path,
) -> None:
    upgrade(where := tmp_path / "memory.db")
    downgrade(where, "0002")

    done = run_here("serve", "--memory", str(where), "--allow-unauthenticated")

    assert done.returncode == 3
    assert "version 0002" in done.stderr
    assert f'msp-rules memory upgrade "{where}"' in done.stderr


def test_several_workers_on_a_sqlite_file_are_refused(memory: str) -> None:
    done = run_here("serve", "--memory", memory, "--allow-unauthenticated", "--workers", "2")

    assert done.returncode == 3
    assert "a SQLite file is for one worker" in done.stderr


def test_a_port_that_is_taken_is_said_so(memory: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run_here("serve", "--memory", memory, "--allow-unauthenticated", "--port", port)

    assert done.returncode == 3
    assert f"can't listen on 127.0.0.1, port {port}" in done.stderr


def test_a_wrong_configuration_and_a_variable_that_is_not_set_are_said_so(
    tmp_path: Path,
) -> None:
    path = tmp_path / "service.yaml"
    path.write_text("schema: msp-rules/service/1\ntenants: {}\n")
    empty = run_here("serve", "--config", str(path))
    path.write_text(
        "schema: msp-rules/service/1\ntenants:\n  only:\n    memory_variable: NOT_SET_AT_ALL\n"
    )
    unset = run_here("serve", "--config", str(path), "--allow-unauthenticated")

    assert (empty.returncode, empty.stderr) == (
        3,
        "service.yaml:2:10: tenants names no tenant\n",
    )
    assert unset.returncode == 3
    assert "the environment variable NOT_SET_AT_ALL is not set" in unset.stderr
