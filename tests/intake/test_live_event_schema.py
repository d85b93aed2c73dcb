"""The JSON Schema of a live event, and what a host is told of a message that breaks it."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from msp_rules.casework.values import event_from_mapping
from msp_rules.casework.vocabulary import FieldKind, core_vocabulary
from msp_rules.intake.live_event_schema import message_type, shipped_live_event_schema
from msp_rules.intake.live_events import message_problems

SCHEMA = json.loads(shipped_live_event_schema())

# The example of the contract.
MESSAGE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "SA-1001/e1",
    "source": "urn:example:case-system",
    "subject": "SA-1001",
    "type": "org.msp-rules.concern_raised.v1",
    "time": "2026-01-05T10:15:00+00:00",
    "datacontenttype": "application/json",
    "data": {
        "id": "e1",
        "agency": "police",
        "source": "police",
        "abuse_type": ["physical"],
        "identified_adult": "yes",
    },
}
CASE = {
    **MESSAGE,
    "type": "org.msp-rules.case.v1",
    "data": {
        "agency": "council",
        "team": "north",
        "adult": {"ref": "P-1", "age_band": "75-84", "communication_needs": ["large print"]},
    },
}


def changed(message: dict[str, Any] = MESSAGE, data: Any = None, **parts: Any) -> dict[str, Any]:
    whole = {**message, **parts}
    if data is not None:
        whole["data"] = {**message["data"], **data}
        whole["data"] = {k: v for k, v in whole["data"].items() if v != "LEFT OUT"}
    return {key: value for key, value in whole.items() if value != "LEFT OUT"}


CONVERSATION = changed(
    type="org.msp-rules.outcomes_conversation.v1",
    data=dict.fromkeys(("source", "abuse_type", "identified_adult"), "LEFT OUT")
    | {"asked": "not_asked", "reason_text": {"withheld": True}, "review_by": "2026-02-10"},
)
SOUND = {
    "example of the contract": MESSAGE,
    "withheld text": CONVERSATION,
    "case": CASE,
    "case without time": changed(CASE, time="LEFT OUT"),
    "occurred instead of time": changed(time="LEFT OUT", data={"occurred": "2026-01-05"}),
    "tracing": changed(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    "an attribute that nobody named": changed(tenantid="north"),
    "correction": changed(data={"supersedes": "e0", "void": "no", "recorded": "2026-01-06"}),
    "whole number": changed(data={"earlier_concerns_6_months": 0}),
}
BROKEN = {
    "no list": (changed(data={"abuse_type": "physical"}), "data.abuse_type: must be a list"),
    "list": (
        changed(data={"source": ["police"]}),
        "data.source: must be one word, not a list",
    ),
    "empty list": (changed(data={"abuse_type": []}), "data.abuse_type: must not be empty"),
    "unknown code": (
        changed(data={"abuse_type": ["physical", "sexuell"]}),
        'data.abuse_type[1]: unknown word; did you mean "sexual"?',
    ),
    "unknown field": (
        changed(data={"identified_adlt": "yes"}),
        'data: unknown key; did you mean "identified_adult"?',
    ),
    "unknown type": (
        changed(type="org.msp-rules.concern_razed.v1"),
        'type: unknown word; did you mean "org.msp-rules.concern_raised.v1"?',
    ),
    "no moment": (changed(time="LEFT OUT"), "the document: lacks time"),
    "no subject": (changed(subject="LEFT OUT"), "the document: lacks subject"),
    "other version": (
        changed(specversion="0.3"),
        "specversion: unknown word; known are 1.0",
    ),
    "date that does not exist": (
        changed(data={"occurred": "2026-02-30"}),
        "data.occurred: must be a date or date-time that exists, as in 2026-01-05 or "
        "2026-01-05T10:15:00",
    ),
    "time without offset": (
        changed(time="2026-01-05T10:15:00"),
        "time: must be a date-time that exists, with its offset, as in 2026-01-05T10:15:00Z",
    ),
    "negative number": (
        changed(data={"earlier_concerns_6_months": -1}),
        "data.earlier_concerns_6_months: must be a whole number",
    ),
    "required field": (changed(CONVERSATION, data={"asked": "LEFT OUT"}), "data: lacks asked"),
    "withheld in another word": (
        changed(CONVERSATION, data={"reason_text": {"withheld": "yes"}}),
        "data.reason_text.withheld: unknown word; known are True",
    ),
    "null": (changed(data={"id": None}), "data.id: must be an id, without white space around it"),
    "adult without ref": (changed(CASE, data={"adult": {}}), "data.adult: lacks ref"),
    "true for a word": (
        changed(data={"identified_adult": True}),
        'data.identified_adult: must be "yes" or "no", in quotes',
    ),
    "null for a word": (
        changed(data={"identified_adult": None}),
        "data.identified_adult: must be a word: leave it out where there is nothing to say",
    ),
    "no message": ([MESSAGE], "the document: must be a live event (CloudEvents 1.0)"),
}


def test_schema_is_sound() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("message", SOUND.values(), ids=SOUND)
def test_sound_message_is_accepted(message: dict[str, Any]) -> None:
    assert message_problems(message) == ()


@pytest.mark.parametrize(("message", "problem"), BROKEN.values(), ids=BROKEN)
def test_broken_message_is_refused_with_its_place(message: object, problem: str) -> None:
    assert message_problems(message) == (problem,)


@pytest.mark.parametrize("message", [*SOUND.values(), *(message for message, _ in BROKEN.values())])
def test_the_part_of_the_schema_that_is_asked_says_what_the_whole_says(message: object) -> None:
    assert Draft202012Validator(SCHEMA).is_valid(message) is (message_problems(message) == ())


def test_nothing_that_a_message_holds_is_repeated() -> None:
    message = changed(
        data={"source": "Zelda", "Zelda": "Zelda", "occurred": "Zelda", "abuse_type": ["Zelda"]},
        Zelda="Zelda",
        subject=" Zelda",
    )

    problems = message_problems(message)

    assert len(problems) == 5
    assert "Zelda" not in " ".join(problems)


@pytest.mark.parametrize("name", core_vocabulary().events)
def test_event_with_every_field_is_accepted_by_schema_and_reader(name: str) -> None:
    samples: dict[FieldKind, Any] = {
        FieldKind.TEXT: "words",
        FieldKind.DATE: "2026-01-05",
        FieldKind.MOMENT: "2026-01-05T10:15:00",
        FieldKind.WHOLE: 3,
        FieldKind.REF: "e0",
    }
    data: dict[str, Any] = {"id": "e1"}
    for field in core_vocabulary().events[name].fields.values():
        values = list(field.codes) or [samples[field.kind]]
        data[field.name] = values if field.may_repeat else values[0]

    message = {**MESSAGE, "type": message_type(name), "data": data}
    _, problems = event_from_mapping(
        name, {"occurred": "2026-01-05", **data}, vocabulary=core_vocabulary(), default_id="x"
    )

    assert message_problems(message) == ()
    assert problems == ()
    assert message_problems({**message, "data": {**data, "surplus": "x"}}) != ()
