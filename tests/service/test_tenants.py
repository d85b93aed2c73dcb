"""No call crosses from one tenant to another, whichever it is and whatever it names."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from msp_rules.prompts.store import Desk, Memory
from msp_rules.prompts.store.used_tokens import UsedTokens
from msp_rules.service.calls import OPERATIONS
from msp_rules.service.cds_hooks import SERVICE
from msp_rules.service.configuration import ClientSettings, ServiceSettings, TenantSettings
from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.opening import OpenTenants
from msp_rules.service.operations import Operation
from msp_rules.service.tenants import FixedTenants, Tenant
from msp_rules.service.worker import WorkerTask, build_service
from tests.support.clients import ISS, claims_for, key_file, token
from tests.support.desk import core_engine
from tests.support.service import Client
from tests.support.told import concern

pytestmark = pytest.mark.slow

ADDRESS = "https://prompts.example.org"
CASE = "SA-1"
SECRET = "event-of-anytown"


class Two(NamedTuple):
    """A service of two tenants, of which the first holds a case."""

    client: Client
    first: Desk
    second: Desk
    card: str


@pytest.fixture
def two(tmp_path: Path, empty_memory: Path) -> Iterator[Two]:
    with ExitStack() as closing:
        found, uses = {}, {}
        for name in ("anytown", "othertown"):
            path = shutil.copy(empty_memory, tmp_path / f"{name}.db")
            memory = closing.enter_context(Memory(path))
            desk = Desk(memory, core_engine())
            found[name] = Tenant(name=name, desk=desk, engine=core_engine())
            uses[name] = UsedTokens(memory.database)
        both = frozenset(found)
        settings = ServiceSettings(
            tenants=tuple(TenantSettings(name=name) for name in found),
            clients=(
                ClientSettings(
                    iss=ISS, keys=key_file(tmp_path, "ec"), tenants=both, sees_rule_health=True
                ),
            ),
            address=ADDRESS,
        )
        task = WorkerTask(settings=settings, loaded=(), sockets=())
        tenants = OpenTenants(FixedTenants(found), uses, closing)
        client = Client(build_service(task, tenants, ServiceMetrics()))
        sent = send(client, "anytown", "POST", "/events", event(SECRET))
        assert sent.status_code == 202
        cards = send(client, "anytown", "GET", f"/cases/{CASE}/prompts").json()
        shown = cards["interrupting"] + cards["passive"]
        yield Two(client, found["anytown"].desk, found["othertown"].desk, shown[0]["uuid"])


def event(event_id: str) -> dict[str, Any]:
    message: dict[str, Any] = concern(CASE)
    return {**message, "id": event_id, "data": {**message["data"], "id": event_id}}


def send(
    client: Client, tenant: str, method: str, path: str, document: object = None
) -> httpx.Response:
    called = f"{ADDRESS}{path.partition('?')[0]}"
    headers = {"Authorization": f"Bearer {token(claims_for(called, tenant))}"}
    if path == "/events":
        headers["Content-Type"] = "application/cloudevents+json"
    content = None if document is None else json.dumps(document).encode()
    if content is not None:
        headers.setdefault("Content-Type", "application/json")
    return client.call(method, path, content=content, headers=headers)


def bodies(card: str, epoch: int) -> dict[str, object]:
    """What each call sends that takes a body, naming what is the other tenant's."""
    return {
        "/events": event("event-of-othertown"),
        "/cases/{id}": {"schema": "msp-case/1", "id": CASE, "events": []},
        "/cases/{id}/feedback": {
            "id": "f1",
            "card": card,
            "kind": "acknowledged",
            "role": "worker",
        },
        "/cds-services/{id}": {
            "hook": "patient-view",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"patientId": CASE, "userId": "Practitioner/1"},
        },
        "/cds-services/{id}/feedback": {
            "feedback": [
                {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-01-06T10:00:00Z"}
            ]
        },
        "/changes/acknowledgements": {
            "consumer": "panel",
            "ids": [f"{epoch}-{number}" for number in range(1, 50)],
        },
    }


def path_of(operation: Operation) -> str:
    path = operation.path.replace("{rule}", "RISK-01")
    if path.startswith("/cds-services/"):
        return path.replace("{id}", SERVICE)
    path = path.replace("{id}", "RISK-01" if path.startswith("/rules") else CASE)
    needed = [one.name for one in operation.parameters if one.is_required and not one.in_path]
    return path + ("?" + "&".join(f"{name}=panel" for name in needed) if needed else "")


OF_TENANTS = [one for one in OPERATIONS if one.needs_tenant]


@pytest.mark.parametrize("operation", OF_TENANTS, ids=lambda one: one.name)
def test_a_call_of_one_tenant_neither_sees_nor_changes_what_is_anothers(
    two: Two, operation: Operation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "httpx")
    before, waiting = two.first.held_on(CASE), two.first.changes()
    body = (
        bodies(two.card, two.first.memory.epoch).get(operation.path)
        if operation.body is not None
        else None
    )

    answer = send(two.client, "othertown", operation.method, path_of(operation), body)

    # Whoever is no consumer of its own tenant can't acknowledge anything.
    unknown = {422} if operation.name == "acknowledgeChanges" else set()
    assert answer.status_code in {200, 202, 204, 404, *unknown}
    assert SECRET not in answer.text
    # A card that a call named itself is named in its answer, as one that is not known.
    assert two.card not in answer.text or answer.json() == {
        "feedback": [{"card": two.card, "heard_as": "unknown", "counts": False, "needs": []}]
    }
    assert two.first.held_on(CASE) == before
    assert two.first.changes() == waiting


def test_each_call_that_takes_a_body_is_sent_one() -> None:
    wanted = {one.path for one in OF_TENANTS if one.body is not None}

    assert wanted <= set(bodies("card", 1))


def test_what_one_tenant_purges_stays_with_the_other(two: Two) -> None:
    send(two.client, "othertown", "POST", "/events", event("event-of-othertown"))
    assert two.second.held_on(CASE) is not None

    send(two.client, "othertown", "DELETE", f"/cases/{CASE}")

    assert two.second.held_on(CASE) is None
    assert two.first.held_on(CASE) is not None
