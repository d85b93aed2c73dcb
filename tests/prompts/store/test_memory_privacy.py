"""No free text is kept, logged or said: a canary in every text field turns up nowhere."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from benchmarks.live_messages import made_up_cases
from msp_rules.casework.case import WITHHELD, Event
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.casework.vocabulary import Field, FieldKind, core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.intake.live_event_schema import CASE_TYPE, message_type
from msp_rules.prompts.store import Desk, Memory, MemoryUnavailable, Status
from msp_rules.prompts.store.redaction import OTHER_WORDS, Redaction
from msp_rules.prompts.store.tables import metadata
from tests.support.core import core_ruleset
from tests.support.told import CASE, at, concern, told

CANARY = "Kanarienvogel"
VOCABULARY = core_vocabulary()


def written(field: Field) -> Any:
    """A value of a field as JSON; of a text, the canary."""
    value: Any = {
        FieldKind.TEXT: f"{CANARY} {field.name}",
        FieldKind.WHOLE: 2,
        FieldKind.REF: "e1",
        FieldKind.DATE: "2026-02-01",
        FieldKind.MOMENT: "2026-02-01",
    }.get(field.kind) or field.codes[0]
    return [value] if field.may_repeat else value


def messages_with_canaries() -> list[dict[str, Any]]:
    """A message of every type with every field, and one about the case."""
    messages = []
    for number, kind in enumerate(VOCABULARY.events.values(), start=1):
        fields = {name: written(field) for name, field in kind.fields.items()}
        message = told(kind.name, number, "2026-01-05", **fields)
        assert message["type"] == message_type(kind.name)
        messages.append(message)
    about = {name: written(field) for name, field in VOCABULARY.case.items() if name != "id"}
    about["adult"] = {name: written(field) for name, field in VOCABULARY.adult.items()}
    return [*messages, {**messages[0], "id": "about", "type": CASE_TYPE, "data": about}]


def everything_in(memory: Memory) -> str:
    def work(connection: Any) -> str:
        rows = [connection.execute(select(table)).all() for table in metadata.sorted_tables]
        return repr(rows)

    return memory.database.read(work)


@pytest.mark.slow
def test_a_canary_in_every_text_field_turns_up_nowhere(
    engine: Engine, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="sqlalchemy.engine")
    messages = messages_with_canaries()

    with Memory(where) as memory:  # only now: SQLAlchemy asks for the level when it is set up
        _assert_no_canary(Desk(memory, engine), memory, messages)

    assert "INSERT INTO msp_entry" in caplog.text
    assert CANARY not in caplog.text
    if "://" not in where:
        files = list(Path(where).parent.glob("memory.db*"))
        assert files
        assert not any(CANARY.encode() in path.read_bytes() for path in files)


def _assert_no_canary(desk: Desk, memory: Memory, messages: list[dict[str, Any]]) -> None:
    received = [desk.receive(message, at("2026-01-06")) for message in messages]
    other = {**messages[5]["data"], "occurred": "2026-01-05T23:00:00Z"}
    conflict = desk.receive({**messages[5], "data": other}, at("2026-01-06"))
    swept = desk.sweep(at("2026-09-01"))

    assert {one.status for one in received} == {Status.RECORDED}
    assert conflict.status is Status.CONFLICT
    said = repr((received, conflict, swept, desk.changes(), desk.state(CASE), desk.view(CASE)))
    assert "ASK-01" in said
    assert CANARY not in said
    assert "concern_raised" in everything_in(memory)
    assert CANARY not in everything_in(memory)
    assert CANARY not in str(desk.held_on(CASE))


def test_the_values_of_statements_are_not_logged(
    engine: Engine, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="sqlalchemy.engine")

    with Memory(where) as memory:
        Desk(memory, engine).receive(concern(), at("2026-01-06"))

    assert "INSERT INTO msp_entry" in caplog.text
    assert CASE not in caplog.text


def test_a_failing_database_repeats_nothing_of_the_message(
    desk: Desk, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    memory.database.write(lambda c: c.exec_driver_sql("ALTER TABLE msp_entry RENAME TO elsewhere"))

    with pytest.raises(MemoryUnavailable) as failed:
        desk.receive(told("outcome_expressed", 1, "2026-01-05", text=CANARY), at("2026-01-06"))

    assert failed.value.__suppress_context__
    assert CASE not in str(failed.value)
    assert CANARY not in str(failed.value) + caplog.text


def test_refusals_repeat_nothing_of_the_message(desk: Desk) -> None:
    message = concern()
    message["data"] = {**message["data"], CANARY: CANARY, "source": CANARY, "occurred": CANARY}

    received = desk.receive(message, at("2026-01-06"))

    assert received.status is Status.REFUSED
    assert CANARY not in repr(received)


@pytest.mark.slow
def test_withheld_records_get_the_same_answers(engine: Engine) -> None:
    keeper = Redaction(core_ruleset(), VOCABULARY)
    as_of = parse_as_of("2026-03-31")
    explained = 0

    for case in made_up_cases(150, seed=11):
        kept = [(event.type, keeper.redact_event(case.id, event)) for event in case.events]
        recalled = case._replace(
            events=keeper.recall_events(case.id, kept),
            attributes=keeper.recall_attributes(
                case.id, keeper.redact_attributes(case.id, case.attributes)
            ),
            adult=keeper.recall_adult(case.id, keeper.redact_adult(case.id, case.adult)),
        )
        explained += sum(event.type == "explanation" for event in case.events)

        assert engine.evaluate(recalled, as_of) == engine.evaluate(case, as_of)

    assert explained > 5


@pytest.mark.parametrize(
    ("field", "text", "recalled"),
    [
        ("rule", "ASK-01", "ASK-01"),
        ("rule", CANARY, OTHER_WORDS),
        ("subject", "e1", "e1"),
        ("subject", CANARY, OTHER_WORDS),
        ("text", "ASK-01", WITHHELD),
    ],
    ids=["a-rule", "no-rule", "an-event", "no-event", "a-text"],
)
def test_an_explanation_names_what_is_known_or_something_else(
    field: str, text: str, recalled: str
) -> None:
    keeper = Redaction(core_ruleset(), VOCABULARY)
    moment = parse_moment("2026-01-05")
    event = Event("e2", "explanation", moment, moment, {field: text})
    other = Event("e1", "concern_raised", moment, moment)

    kept = [(one.type, keeper.redact_event(CASE, one)) for one in (event, other)]

    assert text not in repr(kept[0][1]["fields"])
    assert keeper.recall_events(CASE, kept)[0].fields == {field: recalled}


def test_a_question_of_the_councils_own_set_is_told_from_another() -> None:
    keeper = Redaction(core_ruleset(), VOCABULARY)
    moment = parse_moment("2026-01-05")
    asked = Event(
        "e1", "outcomes_conversation", moment, moment, {"question": ("question_1", CANARY)}
    )

    kept = [(asked.type, keeper.redact_event(CASE, asked))]

    assert CANARY not in repr(kept)
    (recalled,) = keeper.recall_events(CASE, kept)
    assert recalled.fields == {"question": ("question_1", OTHER_WORDS)}


def test_equal_texts_of_two_cases_can_not_be_told_to_be_equal() -> None:
    keeper = Redaction(core_ruleset(), VOCABULARY)
    moment = parse_moment("2026-01-05")
    event = Event("e2", "explanation", moment, moment, {"rule": "ASK-01"})

    assert keeper.redact_event("A", event) != keeper.redact_event("B", event)
