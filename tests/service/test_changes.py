"""The feed of changes over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.service import Service
from tests.support.told import CASE, concern


def claim(service: Service, query: str = "consumer=panel") -> Any:
    return service.client.get(f"/changes?{query}").json()["changes"]


def acknowledge(service: Service, ids: list[str], consumer: str = "panel") -> Any:
    body = {"consumer": consumer, "ids": ids}
    return service.client.post("/changes/acknowledgements", body)


@pytest.fixture
def asked(service: Service) -> Service:
    """A service in which a concern has raised prompts."""
    service.client.post("/events", concern())
    return service


def test_changes_come_with_epoch_and_revision_until_they_are_acknowledged(asked: Service) -> None:
    found = claim(asked)

    epoch = asked.memory.epoch
    assert [one["id"] for one in found] == [f"{epoch}-{one['revision']}" for one in found]
    assert {(one["epoch"], one["case"], one["kind"]) for one in found} == {(epoch, CASE, "raised")}
    assert claim(asked, "consumer=panel&claim_seconds=0") == []
    answer = acknowledge(asked, [one["id"] for one in found])
    assert (answer.status_code, answer.json()) == (200, {"acknowledged": len(found)})
    asked.now = "2026-01-05T12:02:00+00:00"
    assert (claim(asked), asked.desk.changes()) == ([], ())


def test_what_is_not_acknowledged_in_time_comes_again(asked: Service) -> None:
    found = claim(asked, "consumer=panel&claim_seconds=5&limit=2")
    asked.now = "2026-01-05T12:00:05+00:00"

    assert (len(found), claim(asked)[:2]) == (2, found)


def test_ids_of_another_epoch_or_of_no_change_acknowledge_nothing(asked: Service) -> None:
    found = claim(asked)
    revision = found[0]["revision"]

    answer = acknowledge(asked, [f"1-{revision}", str(revision), "", "x-y", f"{'9' * 30}-1"])

    assert answer.json() == {"acknowledged": 0}
    assert len(asked.desk.changes()) == len(found)


def test_an_empty_list_acknowledges_nothing(asked: Service) -> None:
    claim(asked)

    assert acknowledge(asked, []).json() == {"acknowledged": 0}


def test_a_consumer_that_never_asked_for_changes_can_not_acknowledge_any(asked: Service) -> None:
    found = claim(asked)

    answer = acknowledge(asked, [found[0]["id"]], consumer="panle")

    assert (answer.status_code, answer.json()["pointer"]) == (422, "/consumer")
    assert answer.json()["detail"] == (
        "there is no such consumer; its first GET /changes makes it known"
    )


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "the query lacks the parameter consumer"),
        ("consumer=a&limit=0", "the parameter limit must be a whole number from 1 to 1000"),
        ("consumer=a&limit=ten", "the parameter limit must be a whole number from 1 to 1000"),
        ("consumer=a&claim_seconds=3601", "must be a whole number from 0 to 3600"),
        (f"consumer={'a' * 201}", "the parameter consumer must have 1 to 200 characters"),
    ],
)
def test_a_claim_that_can_not_be_is_refused(service: Service, query: str, detail: str) -> None:
    answer = service.client.get(f"/changes?{query}")

    assert answer.status_code == 400
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"ids": []}, "/consumer"),
        ({"consumer": "a"}, "/ids"),
        ({"consumer": "a", "ids": [1]}, "/ids/0"),
        ({"consumer": "a", "ids": ["1"] * 1001}, "/ids"),
        ({"consumer": "a", "ids": [], "id": 1}, ""),
    ],
)
def test_an_acknowledgement_that_can_not_be_read_is_refused_with_its_place(
    service: Service, body: dict[str, Any], pointer: str
) -> None:
    answer = service.client.post("/changes/acknowledgements", body)

    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
