"""The outbox of a desk that remembers, on both databases."""

from dataclasses import replace
from typing import Any

import pytest

from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.prompts.store import Desk, DeskOutbox

NOW = parse_as_of("2026-01-20")


def message(**data: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:example:host",
        "type": "org.msp-rules.concern_raised.v1",
        "subject": "SA-1",
        "data": {"id": "e1", "occurred": "2026-01-05", **data},
    }


@pytest.fixture
def outbox(desk: Desk, engine: Engine) -> DeskOutbox:
    return DeskOutbox(desk, engine.ruleset, lambda: NOW)


def test_an_event_is_taken_and_its_changes_wait_until_they_are_told(outbox: DeskOutbox) -> None:
    assert outbox.submit(message()) is None
    first, again = outbox.pending(), outbox.pending()
    outbox.acknowledge(first)

    assert first == again
    assert {(one["case"], one["kind"]) for one in first} == {("SA-1", "raised")}
    revisions = [one["revision"] for one in first]
    assert revisions == sorted(set(revisions))
    assert all(one["card"]["summary"] for one in first)
    assert outbox.pending() == []


def test_the_same_event_again_is_taken_and_changes_nothing(outbox: DeskOutbox) -> None:
    outbox.submit(message())
    outbox.acknowledge(outbox.pending())

    assert outbox.submit(message()) is None
    assert outbox.pending() == []


def test_the_same_id_with_another_body_is_refused(outbox: DeskOutbox) -> None:
    outbox.submit(message())

    reason = outbox.submit(message(source="police"))

    assert reason == (
        "another event with the same source and id, but other content, was received before"
    )


def test_a_refusal_names_places_and_repeats_nothing(outbox: DeskOutbox) -> None:
    reason = outbox.submit(message(source="canary-1"))

    assert reason is not None
    assert reason.startswith("data.source: unknown word; known are ")
    assert "canary-1" not in reason


def test_what_waits_for_a_rule_that_is_gone_takes_the_prompt_down(
    desk: Desk, engine: Engine, outbox: DeskOutbox
) -> None:
    outbox.submit(message())
    before = {one["prompt"]: one for one in outbox.pending()}
    gone = next(one for one in before.values() if one["card"]["source"]["topic"])
    rule = gone["card"]["source"]["topic"]["code"]
    rules = tuple(one for one in engine.ruleset.rules if one.id != rule)
    smaller = DeskOutbox(desk, replace(engine.ruleset, rules=rules), lambda: NOW)

    after = {one["prompt"]: one for one in smaller.pending()}

    change = after[gone["prompt"]]
    assert (change["kind"], change["ending"], change["card"]) == ("withdrawn", "gone", None)
    assert change["revision"] == gone["revision"]
    others = before.keys() - {name for name, one in before.items() if one == gone}
    assert all(after[name] == before[name] for name in others)
