"""No text and no id of a record is seen from outside, by whatever call it came.

Looked at are the log at every level, the metrics as they are written, every span of a trace, and
every problem with its headers. What a service writes that runs by itself, test_serving.py looks at.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from msp_rules.engine.engine import Engine
from msp_rules.service.calls import OPERATIONS
from msp_rules.service.configuration import ClientSettings
from tests.support.clients import ISS, claims_for, key_file, token
from tests.support.service_canaries import (
    CANARY,
    CASE,
    EVERYWHERE,
    Sent,
    other_calls,
    spoilt_events,
    taken,
)
from tests.support.watched import ADDRESS, Watched

pytestmark = pytest.mark.slow


@pytest.fixture
def watched(tmp_path: Path, empty_memory: Path, engine: Engine) -> Iterator[Watched]:
    made = Watched(Path(shutil.copy(empty_memory, tmp_path / "memory.db")), engine)
    yield made
    made.close()


@pytest.fixture
def guarded(tmp_path: Path, empty_memory: Path, engine: Engine) -> Iterator[Watched]:
    """A service that asks for tokens."""
    client = ClientSettings(iss=ISS, keys=key_file(tmp_path, "ec"), tenants=frozenset({"anytown"}))
    memory = Path(shutil.copy(empty_memory, tmp_path / "memory.db"))
    made = Watched(memory, engine, clients=[client])
    yield made
    made.close()


def send(service: Watched, sent: Sent) -> httpx.Response:
    headers = {**EVERYWHERE, "Content-Type": sent.media_type}
    return service.call(sent.method, sent.path, content=sent.body, headers=headers)


def seen(service: Watched, answers: list[httpx.Response], caplog: pytest.LogCaptureFixture) -> str:
    """All that can be seen from outside, but for what a call is answered that was carried out."""
    lines = [
        one for one in caplog.records if one.name.partition(".")[0] not in ("httpx", "asyncio")
    ]
    logged = "\n".join(f"{one.getMessage()} {one.__dict__}" for one in lines)
    traced = "\n".join(one.to_json() for one in service.spans())
    counted = service.call("GET", "/metrics").text
    problems = "\n".join(f"{one.headers} {one.text}" for one in answers if one.status_code >= 400)
    assert "request call=" in logged
    assert "msp_rules.call" in traced
    assert "msp_rules_requests_total{" in counted
    return "\n".join((logged, traced, counted, problems))


def test_nothing_of_events_of_every_type_is_seen(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        batch = send(watched, taken())
        refused = [send(watched, one) for one in spoilt_events()]

    assert {one["status"] for one in batch.json()["results"]} == {202}
    assert {one.status_code for one in refused} == {422}
    assert CANARY not in seen(watched, refused, caplog)


def test_nothing_of_any_other_call_is_seen(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        send(watched, taken())
        cards = watched.call("GET", f"/cases/{CASE}/prompts").json()
        shown = cards["interrupting"] + cards["passive"]
        answers = [send(watched, one) for one in other_calls(shown[0]["uuid"])]

    statuses = {one.status_code for one in answers}
    assert statuses == {200, 204, 400, 404, 405, 409, 415, 422}
    assert CANARY not in seen(watched, answers, caplog)
    called = set(re.findall("request call=([a-zA-Z]+)", caplog.text))
    assert {one.name for one in OPERATIONS if one.parameters or one.body is not None} <= called


def test_nothing_of_a_token_is_seen_whichever_part_of_it_is_wrong(
    guarded: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"/cases/{CASE}/held"
    sound = claims_for(f"{ADDRESS}{path}")
    tokens = [
        CANARY,
        *(token({**sound, name: CANARY}) for name in ("iss", "aud", "exp", "jti", "tenant")),
        token({**sound, "jti": CANARY}),
        token(sound, kid="ec", jku=f"https://{CANARY}.example"),
        token({**sound, CANARY: CANARY}, cty=CANARY),
        token(sound).replace(".", f".{CANARY}", 1),
    ]

    with caplog.at_level(logging.DEBUG):
        answers = [
            guarded.call("GET", path, headers={**EVERYWHERE, "Authorization": f"Bearer {one}"})
            for one in tokens
        ]

    assert sorted({one.status_code for one in answers}) == [401, 404]
    assert CANARY not in seen(guarded, answers, caplog)
