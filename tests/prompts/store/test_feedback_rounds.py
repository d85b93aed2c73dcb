"""Rounds hear what workers said in their own host, and the host gets back what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.hooks import Registry, hookimpl
from msp_rules.prompts.adapter_round import Round, exchange_round
from msp_rules.prompts.card import card_uuid
from msp_rules.prompts.feedback_round import MOST_FEEDBACK
from msp_rules.prompts.prompt import FeedbackStatus
from msp_rules.prompts.store import Desk, DeskOutbox, Memory, upgrade
from tests.support.told import CASE, at, concern, prompt_of

NOON = "2026-01-05T12:00:00"
CANARY = "zygomorphic"


class Host:
    """A host in memory whose workers answer in its own screens."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.heard: list[dict[str, Any]] = []
        self.refused: list[dict[str, str]] = []
        self.shown: dict[str, dict[str, Any]] = {}

    def say(self, card: str, kind: str, **more: Any) -> None:
        self.said.append(
            {
                **{"schema": "msp-feedback/1", "case": CASE, "id": f"a{len(self.said)}"},
                **{"card": card, "kind": kind, "at": NOON},
            }
            | more
        )

    @hookimpl
    def msp_find_feedback(self, source: str, most: int) -> list[Any]:
        done = {(one["case"], one["id"]) for one in [*self.heard, *self.refused]}
        return [one for one in self.said if (one.get("case"), one.get("id")) not in done][:most]

    @hookimpl
    def msp_acknowledge_feedback(
        self, source: str, heard: list[dict[str, Any]], refused: list[dict[str, str]]
    ) -> None:
        self.heard += heard
        self.refused += refused

    @hookimpl
    def msp_receive_changes(self, source: str, changes: list[dict[str, Any]]) -> None:
        self.shown |= {one["prompt"]: one for one in changes}


@pytest.fixture
def desk(tmp_path: Path, engine: Engine) -> Iterator[Desk]:
    upgrade(tmp_path / "memory.db")
    with Memory(tmp_path / "memory.db") as memory:
        made = Desk(memory, engine)
        made.receive(concern(), at(NOON))
        yield made


def run(host: Host, desk: Desk, engine: Engine, now: str = NOON) -> Round:
    registry = Registry()
    registry.register("host", host)
    return exchange_round(registry, "host", DeskOutbox(desk, engine.ruleset, lambda: now), "x")


def test_an_answer_is_heard_told_to_other_screens_and_given_back_in_one_round(
    desk: Desk, engine: Engine
) -> None:
    host = Host()
    host.say(
        *(card_uuid(prompt_of(desk, "ASK-01")), "overridden"),
        **{"code": "unsafe", "has_text": True, "review_by": "2026-01-12", "role": "worker"},
    )
    host.say(card_uuid(prompt_of(desk, "RISK-01")), "deferred", until="2099-01-01")

    done = run(host, desk, engine)
    again = run(host, desk, engine)

    first, second = host.heard
    assert (first["id"], first["heard_as"], first["counts"], first["needs"]) == (
        *("a0", "heard", True, []),
    )
    assert (first["record"]["type"], first["record"]["code"]) == ("explanation", "unsafe")
    assert second == {
        **{"case": CASE, "id": "a1", "heard_as": "heard", "counts": False, "needs": []},
        "until": "2026-01-06T00:00:00+00:00",
    }
    assert [one["id"] for one in done.feedback.heard] == ["a0", "a1"]
    kinds = {
        one["card"]["extension"]["org.msp-rules.prompt"]["rule"]: one["kind"]
        for one in host.shown.values()
    }
    assert (kinds["ASK-01"], kinds["RISK-01"]) == ("answered", "answered")
    assert again.feedback.heard == ()


def test_what_can_not_be_read_is_refused_by_its_place_and_stops_nothing(
    desk: Desk, engine: Engine
) -> None:
    host = Host()
    card = card_uuid(prompt_of(desk, "RISK-01"))
    host.say(card, CANARY)
    host.say(card, "shown", words=CANARY)
    host.say(card, "overridden", code=CANARY)
    host.say(card, "accepted")

    done = run(host, desk, engine)

    assert [one["reason"] for one in host.refused] == [
        '"kind" of a document is missing or invalid',
        "a feedback has an unknown key",
        host.refused[2]["reason"],
    ]
    assert host.refused[2]["reason"].startswith('the "code" of an "overridden" feedback must be')
    assert [one["id"] for one in host.heard] == ["a3"]
    assert CANARY not in repr((done, host.refused))
    assert len(desk.memory.letters()) == 3


def test_with_a_wrong_clock_feedback_waits_for_a_later_round(desk: Desk, engine: Engine) -> None:
    host = Host()
    host.say(card_uuid(prompt_of(desk, "RISK-01")), "accepted")

    wrong = run(host, desk, engine, "2036-01-05T12:00:00")
    right = run(host, desk, engine)

    assert [one["id"] for one in wrong.feedback.postponed] == ["a0"]
    assert [one["heard_as"] for one in right.feedback.heard] == ["heard"]


def test_an_unknown_card_is_answered_and_a_card_of_before_is_outdated(
    desk: Desk, engine: Engine
) -> None:
    host = Host()
    before = card_uuid(prompt_of(desk, "RISK-01"))
    host.say(before, "accepted")
    host.say("no such card", "shown")
    run(host, desk, engine)
    later = "2026-01-05T18:00:00"
    run(host, desk, engine, later)
    host.say(before, "accepted", at=later)

    run(host, desk, engine, later)

    assert [one["heard_as"] for one in host.heard] == ["heard", "unknown", "outdated"]


def test_more_than_a_round_takes_is_left_to_the_next(desk: Desk, engine: Engine) -> None:
    host = Host()
    card = card_uuid(prompt_of(desk, "RISK-01"))
    for _ in range(MOST_FEEDBACK + 1):
        host.say(card, "shown")

    rounds = [run(host, desk, engine) for _ in range(2)]

    assert [one.is_done for one in rounds] == [False, True]
    assert len(host.heard) == MOST_FEEDBACK + 1


class Deaf:
    """An outbox of a host's own that hears no feedback."""

    def submit(self, message: object) -> None:
        return None

    def pending(self) -> list[Any]:
        return []

    def acknowledge(self, changes: object) -> None:
        return None


def test_an_outbox_that_can_not_hear_what_was_said_says_so() -> None:
    registry, host = Registry(), Host()
    registry.register("host", host)
    exchange_round(registry, "host", Deaf(), "x")
    host.say("a card", "shown")

    with pytest.raises(MspRulesError, match="plug-in host gives feedback"):
        exchange_round(registry, "host", Deaf(), "x")


def message(desk: Desk, **more: Any) -> dict[str, Any]:
    said = {
        **{"schema": "msp-feedback/1", "case": CASE, "id": "a1", "kind": "accepted", "at": NOON},
        "card": card_uuid(prompt_of(desk, "RISK-01")),
    }
    return {name: value for name, value in (said | more).items() if value is not None}


def test_a_host_in_python_hands_in_json_or_data_by_card_or_by_rule(desk: Desk) -> None:
    prompt = prompt_of(desk, "RISK-01")
    by_rule = {"rule": "RISK-01", "first_subject": prompt.key.subject, "generation": 1}

    first = desk.hear_message(json.dumps(message(desk)), now=NOON)
    again = desk.hear_message(message(desk, card=None, **by_rule), now=NOON)
    unknown = desk.hear_message(message(desk, case="SA-404"), now=NOON)

    assert first.heard_as is FeedbackStatus.HEARD
    assert again.heard_as is FeedbackStatus.REPEATED
    assert unknown.heard_as is FeedbackStatus.UNKNOWN


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"schema": "msp-feedback/2"}, "its .schema. is not msp-feedback/1"),
        ({"id": ""}, '"id" of a feedback must have 1 to'),
        ({"case": "a\x00"}, '"case" of a feedback must have 1 to'),
        ({"rule": "RISK-01"}, 'by "card", or by "rule"'),
        ({"card": None}, '"rule" of a document is missing'),
        ({"card": 17}, '"card" of a document is missing'),
        ({"at": "yesterday"}, '"at" of a document is missing'),
        ({"untill": "2026-01-06"}, 'unknown key; did you mean "until"'),
    ],
)
def test_a_document_of_another_form_is_refused(
    desk: Desk, more: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(MspRulesError, match=wrong):
        desk.hear_message(message(desk, **more), now=NOON)


@pytest.mark.parametrize("given", ["[", b"\xff", "[]", None])
def test_what_is_no_document_is_refused(desk: Desk, given: object) -> None:
    with pytest.raises(MspRulesError, match="a feedback"):
        desk.hear_message(given, now=NOON)
