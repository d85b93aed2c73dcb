"""What must not reach a call is refused before it: strangers, floods, and unbearable bodies."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from msp_rules.prompts.store import Desk, Memory, upgrade
from msp_rules.prompts.store.used_tokens import UsedTokens
from msp_rules.service.configuration import (
    ClientSettings,
    Limits,
    ServiceSettings,
    TenantSettings,
)
from msp_rules.service.gate import Rates, is_deeper
from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.opening import OpenTenants
from msp_rules.service.operations import Body, Call, Operation, Reply
from msp_rules.service.tenants import FixedTenants, Tenant
from msp_rules.service.worker import WorkerTask, build_service, metrics_operation
from tests.support.clients import ISS, claims_for, key_file, token
from tests.support.desk import core_engine
from tests.support.service import Client

ADDRESS = "https://prompts.example.org"
CANARY = "Wilhelmina-77"
REFUSED = {
    "type": "urn:msp-rules:problem:unauthorized",
    "title": "Unauthorized",
    "status": 401,
    "detail": "a token is needed that this service accepts",
}
begun, release = threading.Semaphore(0), threading.Event()


def _wait(_: Call) -> Reply:
    begun.release()
    release.wait(10)
    return Reply(document="done")


MORE = (
    Operation(
        name="who",
        method="POST",
        path="/who/{id}",
        summary="Says in whose name somebody calls, and how much they sent.",
        function=lambda call: Reply(document=[call.tenant.name, len(call.body)]),
        answers={},
        body=Body(schemas={"application/json": {}}, most_bytes=10_000_000),
    ),
    Operation(
        name="wait",
        method="GET",
        path="/wait",
        summary="Waits until it is let go.",
        function=_wait,
        answers={},
    ),
)


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenTenants]:
    folder = tmp_path_factory.mktemp("gate")
    with ExitStack() as closing:
        found, uses = {}, {}
        for name in ("anytown", "othertown"):
            upgrade(path := folder / f"{name}.db")
            memory = closing.enter_context(Memory(path))
            desk = Desk(memory, core_engine())
            found[name] = Tenant(name=name, desk=desk, engine=core_engine())
            uses[name] = UsedTokens(memory.database)
        yield OpenTenants(FixedTenants(found), uses, closing)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return key_file(tmp_path_factory.mktemp("keys"), "ec")


class Guarded:
    """A service with its gate, and what it counted."""

    def __init__(
        self,
        tenants: OpenTenants,
        keys: Path | None,
        *,
        every: frozenset[str] = frozenset({"anytown", "othertown"}),
        sees_rule_health: bool = False,
        **settings: Any,
    ) -> None:
        client = ClientSettings(
            iss=ISS, keys=keys, tenants=every, sees_rule_health=sees_rule_health
        )
        clients = () if keys is None else (client,)
        self.metrics = ServiceMetrics()
        task = WorkerTask(
            settings=ServiceSettings(
                tenants=(TenantSettings(name="anytown"), TenantSettings(name="othertown")),
                clients=clients,
                address=ADDRESS,
                **settings,
            ),
            loaded=(),
            sockets=(),
        )
        more = (*MORE, metrics_operation(self.metrics, None))
        self.client = Client(build_service(task, tenants, self.metrics, more))

    def call(
        self, method: str, path: str, *, tenant: str = "anytown", **sent: Any
    ) -> httpx.Response:
        """Calls with a sound token, unless other headers are given."""
        called = f"{ADDRESS}{path.partition('?')[0]}"
        default = {"Authorization": f"Bearer {token(claims_for(called, tenant))}"}
        return self.client.call(method, path, **{"headers": default, **sent})


@pytest.fixture(scope="module")
def guarded(tenants: OpenTenants, keys: Path) -> Guarded:
    return Guarded(tenants, keys)


def test_the_tenant_is_that_of_the_token_whatever_else_a_call_says(guarded: Guarded) -> None:
    answers = [
        guarded.call("POST", "/who/othertown", tenant=name, document={"tenant": "othertown"})
        for name in ("anytown", "othertown")
    ]

    assert [one.json()[0] for one in answers] == ["anytown", "othertown"]


def test_the_module_of_the_panel_needs_no_token_and_its_words_do(guarded: Guarded) -> None:
    paths = ("/panel/msp-prompts.js", "/panel/messages?language=cy")

    assert [guarded.client.get(one).status_code for one in paths] == [200, 401]


def test_a_query_is_no_part_of_the_called_url(guarded: Guarded) -> None:
    assert guarded.call("GET", "/changes?consumer=one").status_code != 401


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {token(claims_for(f'{ADDRESS}/who/2'))}"},
        {"Authorization": f"Bearer {token(claims_for(f'{ADDRESS}/who/1', 'nowhere'))}"},
        {"Authorization": f"Bearer {token(claims_for(f'{ADDRESS}/who/1'), kid='other')}"},
    ],
)
def test_who_has_no_sound_token_gets_401_and_no_detail(
    guarded: Guarded, header: dict[str, str]
) -> None:
    answer = guarded.call("POST", "/who/1", headers=header, document={})

    assert (answer.status_code, answer.json()) == (401, REFUSED)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_lets_in_once(guarded: Guarded) -> None:
    header = {"Authorization": f"Bearer {token(claims_for(f'{ADDRESS}/who/1'))}"}

    answers = [guarded.call("POST", "/who/1", headers=header, document={}) for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 401]


def test_health_needs_no_token_and_metrics_only_where_they_are_not_open(
    tenants: OpenTenants, keys: Path, guarded: Guarded
) -> None:
    opened = Guarded(tenants, keys, open_calls=frozenset({"metrics"}))

    def status(service: Guarded, path: str) -> int:
        return service.call("GET", path, headers={}).status_code

    assert [status(guarded, path) for path in ("/health/live", "/health/ready")] == [200, 200]
    assert [status(guarded, path) for path in ("/metrics", "/rules", "/nowhere")] == [401] * 3
    assert status(opened, "/metrics") == 200
    assert guarded.call("GET", "/metrics").status_code == 200


def test_the_metrics_of_all_tenants_are_not_for_a_client_of_some(
    tenants: OpenTenants, keys: Path
) -> None:
    guarded = Guarded(tenants, keys, every=frozenset({"anytown"}))

    metrics, rules = guarded.call("GET", "/metrics"), guarded.call("GET", "/rules")

    assert (metrics.status_code, rules.status_code) == (403, 200)
    assert "othertown" not in metrics.text


@pytest.mark.parametrize("path", ["/health/rules", "/health/%72ules", "/health/rules/"])
def test_rule_health_is_for_clients_with_leave_in_whatever_spelling(
    tenants: OpenTenants, keys: Path, guarded: Guarded, path: str
) -> None:
    allowed = Guarded(tenants, keys, sees_rule_health=True)

    without = guarded.call("GET", path)
    stranger = guarded.call("GET", path, headers={})

    assert (without.status_code, without.json()["type"]) == (
        *(403, "urn:msp-rules:problem:no-leave"),
    )
    assert stranger.status_code == 401
    assert allowed.call("GET", path).status_code in (200, 307, 404)


def test_a_body_may_be_as_large_as_the_limit_and_no_larger(
    tenants: OpenTenants, keys: Path
) -> None:
    guarded = Guarded(tenants, keys, limits=Limits(body_bytes=2000))

    def sent(content: Any) -> httpx.Response:
        return guarded.call("POST", "/who/1", content=content)

    async def parts() -> Any:
        for _ in range(3):
            yield b" " * 1000

    assert sent(b" " * 2000).json() == ["anytown", 2000]
    for too_large in (sent(b" " * 2001), sent(parts())):
        assert too_large.status_code == 413
        assert too_large.json()["detail"] == "the body is larger than 2000 bytes"


def test_a_body_that_does_not_come_is_answered_in_time(tenants: OpenTenants, keys: Path) -> None:
    guarded = Guarded(tenants, keys, limits=Limits(body_seconds=0))

    async def never() -> Any:
        yield b"{"
        await asyncio.sleep(5)

    began = time.monotonic()
    answer = guarded.call("POST", "/who/1", content=never())

    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("body", "is_too_deep"),
    [
        (b"[" * 8 + b"]" * 8, False),
        (b"[" * 9 + b"]" * 9, True),
        (b'{"a":' * 9 + b"1" + b"}" * 9, True),
        (b"[[],[],[],[],[],[],[],[],[]]", False),
        (b'["' + b"[" * 50 + b'"]', False),
        (b'["\\"' + b"[" * 50 + b'"]', False),
        (b'["\\\\"' + b",[" * 9, True),
        (b'["' + b"\\", False),
    ],
)
def test_what_lies_too_deep_is_counted_outside_of_texts(body: bytes, is_too_deep: bool) -> None:
    assert is_deeper(body, 8) is is_too_deep


def test_a_hostile_body_is_counted_in_time_that_grows_with_its_size_alone() -> None:
    began = time.monotonic()

    for body in (b'"\\' * 500_000, b'"' * 1_000_000, b"[]" * 500_000, b'"\\"' * 300_000 + b"\\"):
        is_deeper(b"[" * 40 + b"]" * 40 + body, 64)

    assert time.monotonic() - began < 5


def test_a_body_that_is_too_deep_is_refused(guarded: Guarded) -> None:
    answer = guarded.call("POST", "/who/1", content=b"[" * 10_000)

    assert answer.status_code == 400
    assert answer.json()["detail"] == "more than 32 lists and objects lie in one another"


def test_each_caller_has_so_many_calls_a_second_and_more_after_a_while() -> None:
    now = [0.0]
    rates = Rates(2.0, lambda: now[0])

    at_once = [rates.seconds_to_wait("one") for _ in range(3)]
    other = rates.seconds_to_wait("other")
    now[0] = 0.5
    later = [rates.seconds_to_wait("one") for _ in range(2)]

    assert (at_once, other, later) == ([0, 0, 1], 0, [0, 1])


def test_too_many_calls_are_answered_with_429_and_when_to_call_again(
    tenants: OpenTenants, keys: Path
) -> None:
    guarded = Guarded(tenants, keys, limits=Limits(calls_a_second=1))

    answers = [guarded.call("POST", "/who/1", document={}) for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 429]
    assert answers[1].headers["retry-after"] == "1"


def test_a_full_queue_answers_503_and_health_all_the_same(tenants: OpenTenants, keys: Path) -> None:
    guarded = Guarded(tenants, keys, limits=Limits(waiting_calls=2))
    release.clear()
    waiting = [
        threading.Thread(target=guarded.call, args=("GET", "/wait"), daemon=True) for _ in range(2)
    ]
    for one in waiting:
        one.start()
    try:
        for _ in waiting:
            assert begun.acquire(timeout=10)
        answer = guarded.call("POST", "/who/1", document={})
        health = guarded.call("GET", "/health/live", headers={})
    finally:
        release.set()
        for one in waiting:
            one.join()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert health.status_code == 200
    assert guarded.call("POST", "/who/1", document={}).status_code == 200


def test_without_tokens_only_this_machine_is_answered_under_its_own_names(
    tenants: OpenTenants,
) -> None:
    opened = Guarded(tenants, None)

    def status(host: str, origin: str | None = None) -> int:
        headers = {"Host": host} | ({} if origin is None else {"Origin": origin})
        return opened.call("POST", "/who/1", headers=headers, document={}).status_code

    assert [status(host) for host in ("localhost", "127.0.0.1:8080", "[::1]:8080")] == [200] * 3
    assert [status(host) for host in ("evil.example.org", "127.0.0.1.evil.example.org", "")] == [
        403,
        403,
        403,
    ]
    assert status("localhost:8080", "http://localhost:8080") == 200
    assert status("localhost:8080", "https://evil.example.org") == 403


def test_a_page_of_a_listed_origin_may_call_and_no_other(tenants: OpenTenants, keys: Path) -> None:
    guarded = Guarded(tenants, keys, origins=("https://ehr.example.org",))

    def asked(origin: str) -> httpx.Response:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        return guarded.call("OPTIONS", "/events", headers=headers)

    listed, other = asked("https://ehr.example.org"), asked("https://evil.example.org")

    assert listed.status_code == 200
    assert listed.headers["access-control-allow-origin"] == "https://ehr.example.org"
    assert "access-control-allow-origin" not in other.headers


def test_logs_and_metrics_name_calls_and_no_id(
    guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        guarded.call("POST", f"/who/{CANARY}", document={"text": CANARY})
        guarded.call("POST", f"/{CANARY}", document={})
        guarded.call("POST", f"/who/{CANARY}", headers={"Authorization": f"Bearer {CANARY}"})
        written = guarded.call("GET", "/metrics").text

    lines = [one.getMessage() for one in caplog.records if one.name == "msp_rules.service.access"]
    assert CANARY not in written
    assert not [
        one for one in caplog.records if CANARY in one.getMessage() and "httpx" not in one.name
    ]
    assert [line.rpartition(" ms=")[0] for line in lines[:3]] == [
        "request call=who route=/who/{id} method=POST status=200",
        "request call=other route=other method=other status=404",
        "request call=who route=/who/{id} method=POST status=401",
    ]
    assert 'msp_rules_requests_total{call="who",status="200"}' in written
    assert 'msp_rules_refused_tokens_total{reason="form"}' in written
