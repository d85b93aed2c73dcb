"""A live event becomes a typed event of a case, or a refusal that names places and no values."""

import json
import subprocess
import sys
from typing import Any

import pytest

from msp_rules.casework.case import WITHHELD
from msp_rules.casework.moments import parse_moment
from msp_rules.intake.live_events import (
    CaseMessage,
    EventMessage,
    MessageReader,
    MessageRefused,
)
from msp_rules.intake.message_form import LARGEST_MESSAGE_BYTES

READER = MessageReader()
MESSAGE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "SA-1001/e1",
    "source": "urn:example:case-system",
    "subject": "SA-1001",
    "type": "org.msp-rules.concern_raised.v1",
    "time": "2026-01-05T10:15:00+00:00",
    "datacontenttype": "application/json",
    "data": {"id": "e1", "agency": "police", "abuse_type": ["physical"], "identified_adult": "yes"},
}
CASE: dict[str, Any] = {
    **MESSAGE,
    "type": "org.msp-rules.case.v1",
    "data": {"agency": "council", "team": "north", "adult": {"ref": "P-1", "age_band": "75-84"}},
}


def event_of(message: object) -> EventMessage:
    read = READER.read(message)
    assert isinstance(read, EventMessage)
    return read


def problems_of(message: object) -> tuple[str, ...]:
    with pytest.raises(MessageRefused) as refused:
        READER.read(message)
    return refused.value.problems


def with_data(**data: Any) -> dict[str, Any]:
    return {**MESSAGE, "data": {**MESSAGE["data"], **data}}


def test_the_example_of_the_contract_becomes_an_event_of_its_case() -> None:
    read = event_of(MESSAGE)

    assert (read.case_id, read.key.source, read.key.id) == (
        "SA-1001",
        "urn:example:case-system",
        "SA-1001/e1",
    )
    assert read.event.id == "e1"
    assert read.event.type == "concern_raised"
    assert read.event.moment == read.event.recorded == parse_moment("2026-01-05T10:15:00+00:00")
    assert read.event.agency == "police"
    assert read.event.fields == {"abuse_type": ("physical",), "identified_adult": "yes"}


def test_bytes_text_and_mapping_say_the_same() -> None:
    text = json.dumps(MESSAGE)

    assert event_of(text) == event_of(text.encode()) == event_of(MESSAGE)


def test_occurred_goes_before_time_and_the_message_id_stands_for_a_missing_one() -> None:
    message = with_data(occurred="2026-01-04", recorded="2026-01-05T09:00:00")
    del message["data"]["id"]

    event = event_of(message).event

    assert event.id == "SA-1001/e1"
    assert event.moment == parse_moment("2026-01-04")
    assert event.recorded == parse_moment("2026-01-05T09:00:00")


def test_a_case_message_holds_attributes_and_the_adult() -> None:
    read = READER.read(CASE)

    assert isinstance(read, CaseMessage)
    assert read.attributes == {"agency": "council", "team": "north"}
    assert read.adult == {"ref": "P-1", "age_band": "75-84"}
    assert read.said_at == parse_moment("2026-01-05T10:15:00Z").instant


def test_a_case_message_about_another_case_than_its_subject_is_refused() -> None:
    message = {**CASE, "data": {**CASE["data"], "id": "SA-1002"}}

    assert problems_of(message) == ("data.id: must be the same as the subject",)


def test_the_word_unreadable_in_a_text_is_a_text() -> None:
    message = {**MESSAGE, "type": "org.msp-rules.outcome_expressed.v1"}
    message["data"] = {"id": "e2", "text": "unreadable", "document": {"withheld": True}}

    event = event_of(message).event

    assert event.fields == {"text": "unreadable", "document": WITHHELD}
    assert event.unknown == frozenset()


def test_what_carriers_add_and_how_it_is_written_do_not_make_another_body() -> None:
    turned = dict(reversed({**MESSAGE, "traceparent": "00-0af7-b7ad-01", "sequence": "7"}.items()))

    assert event_of(turned).digest == event_of(json.dumps(MESSAGE, indent=3)).digest


@pytest.mark.parametrize(
    "changed",
    [
        with_data(identified_adult="no"),
        with_data(abuse_type=["physical", "sexual"]),
        {**MESSAGE, "time": "2026-01-05T10:15:01+00:00"},
        {**MESSAGE, "subject": "SA-1002"},
    ],
    ids=["field", "list", "time", "case"],
)
def test_another_content_is_another_body(changed: dict[str, Any]) -> None:
    assert event_of(changed).digest != event_of(MESSAGE).digest


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (b"{", "the document: is not valid JSON from line 1, column 2 on"),
        (b" \n", "the document: is empty"),
        (b"[]", "the document: must be a live event"),
        (
            b'"' + b"x" * LARGEST_MESSAGE_BYTES + b'"',
            "the document: is larger than 65536 bytes",
        ),
        (with_data(identified_adult="ja"), "data.identified_adult: unknown word; known are yes, "),
        (with_data(seen_by="Jane Roe"), "data: unknown key; known are "),
        (with_data(occurred="2026-03-29T01:30:00"), "data: concern_raised.occurred: not a date"),
        ({**MESSAGE, "id": "a\0b"}, "id: has a null character"),
        (with_data(id="a\0b"), "data.id: has a null character"),
        ({**MESSAGE, "subject": "a\ud800"}, "the document: has half a character"),
        ({**MESSAGE, "type": "org.msp-rules.concern_razed.v1"}, "type: unknown word; did you mean"),
    ],
    ids=lambda value: value[:24].replace(" ", "-") if isinstance(value, str) else "",
)
def test_a_refusal_names_the_place(message: object, problem: str) -> None:
    (only,) = problems_of(message)

    assert only.startswith(problem)


def test_a_refusal_says_whose_message_it_was_and_repeats_no_value() -> None:
    message = with_data(identified_adult="CANARY", note="CANARY", abuse_type=["CANARY"])

    with pytest.raises(MessageRefused) as refused:
        READER.read(message)

    assert (refused.value.source, refused.value.id) == ("urn:example:case-system", "SA-1001/e1")
    assert refused.value.case == "SA-1001"
    assert "CANARY" not in str(refused.value)


@pytest.mark.slow
def test_first_message_imports_nothing() -> None:
    code = (
        "import sys; from msp_rules.casework.vocabulary import core_vocabulary;"
        "from msp_rules.intake.live_events import MessageReader;"
        f"reader, message = MessageReader(core_vocabulary()), {MESSAGE!r};"
        "before = set(sys.modules); reader.read(message);"
        "print(sorted(name for name in set(sys.modules) - before if 'jsonschema' in name))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
