"""A record of a vendor's source becomes a case; what can't be read of it is a fault."""

from __future__ import annotations

from msp_rules.casework.case import WITHHELD, Event, Fault, Supply
from msp_rules.casework.moments import parse_moment
from msp_rules.casework.plausible_dates import PlausibleDates
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.intake.mapping.case_builder import BuiltCase, CaseBuilder
from msp_rules.intake.mapping.language import (
    CaseMapping,
    CodeTable,
    EventRule,
    FieldPath,
    PathStep,
    ValueRule,
)
from msp_rules.intake.mapping.records import Record, State
from msp_rules.intake.reading import Place

ASKED = CodeTable({"No": "not_asked", "Yes": "asked_expressed"}, name="asked")
TEXT = FieldPath((PathStep("answer", "q", "words"),), "text")


def column(name: str, table: CodeTable | None = None) -> ValueRule:
    return ValueRule(path=FieldPath((), name), table=table)


TALK = EventRule(
    type="outcomes_conversation",
    record=FieldPath((PathStep("talk"),)),
    conditions=(),
    envelope={"id": column("no"), "occurred": column("on")},
    fields={
        "asked": column("asked", ASKED),
        "wishes_and_feelings": ValueRule(path=TEXT, withheld="[not exported]"),
    },
)
MAPPING = CaseMapping(
    name="Invented",
    case_path=("cases",),
    attributes={"id": column("no"), "agency": column("agency")},
    adult={"ref": column("person")},
    events=(TALK,),
)


def row(
    line: int, table: str = "talks", name: str = "talk", state: State = State.SOUND, **values: str
) -> Record:
    return Record(name, Place(f"{table}.csv", line), values, state=state)


def built(*talks: Record, **case: str) -> BuiltCase:
    record = row(2, "cases", "case", **({"no": "C1", "person": "P1"} | case))
    record.children = list(talks)
    builder = CaseBuilder(MAPPING, core_vocabulary(), PlausibleDates())
    return builder.build(record, builder.case_id(record), builder.events_in(record), Supply())


def test_a_sound_row_becomes_an_event_with_its_line() -> None:
    talk = row(5, no="t1", on="2026-01-05", asked="Yes")
    talk.children = [row(9, "answers", "answer", q="words", text="[not exported]")]

    found = built(talk, agency="council")

    moment = parse_moment("2026-01-05")
    assert found.faults == []
    assert found.unmapped == {}
    assert found.case.attributes == {"agency": "council"}
    assert found.case.adult == {"ref": "P1"}
    assert found.case.line == 2
    fields = {"asked": "asked_expressed", "wishes_and_feelings": WITHHELD}
    assert found.case.events == (
        Event("t1", "outcomes_conversation", moment, moment, dict(fields), line=5),
    )


def test_what_can_t_be_read_is_a_fault_at_the_place_of_its_row() -> None:
    found = built(row(5, no="t1", on="soon", asked="Perhaps"), agency="nobody")

    (event,) = found.case.events
    assert (event.moment, event.is_certain, event.unknown) == (None, False, {"asked"})
    assert found.case.unknown == {"case.agency"}
    assert [(one.input, one.line, one.case, one.event) for one in found.faults] == [
        ("cases.csv", 2, "C1", None),
        ("talks.csv", 5, "C1", "t1"),
        ("talks.csv", 5, "C1", "t1"),
    ]
    assert found.unmapped == {
        ("case", "agency"): 1,
        ("outcomes_conversation", "asked"): 1,
        ("outcomes_conversation", "occurred"): 1,
    }


def test_an_event_without_an_id_is_called_by_its_line_and_no_two_are_called_the_same() -> None:
    found = built(
        row(5, on="2026-01-05", asked="No"),
        row(5, "other", on="2026-01-06", asked="No"),
        row(6, on="2026-01-07", asked="No"),
        person="",
    )

    assert [one.id for one in found.case.events] == ["?line-5", "?line-5.2", "?line-6"]
    reason = "outcomes_conversation has no readable id"
    assert found.faults == [
        Fault("the adult has no ref", "cases.csv", 2, "C1"),
        Fault(reason, "talks.csv", 5, "C1"),
        Fault(reason, "other.csv", 5, "C1"),
        Fault(reason, "talks.csv", 6, "C1"),
    ]


def test_a_case_without_an_id_is_called_by_its_line() -> None:
    found = built(no=" ")

    assert found.case.id == "?line-2"
    assert found.faults == [Fault("the case has no readable id", "cases.csv", 2, "?line-2")]


def test_an_id_that_is_used_twice_is_told_with_the_table_of_the_second() -> None:
    found = built(
        row(5, no="t1", on="2026-01-05", asked="No"),
        row(5, "other", no="t1", on="2026-01-06", asked="No"),
    )

    assert [one.is_certain for one in found.case.events] == [False, False]
    assert found.faults == [Fault("this event id was used before", "other.csv", 5, "C1", "t1")]


def test_a_row_in_doubt_is_an_event_that_perhaps_exists_and_told_once_with_the_row() -> None:
    found = built(row(5, state=State.DAMAGED), row(6, state=State.AMBIGUOUS, no="t1"))

    assert found.faults == []
    assert [(one.id, one.is_certain, one.unknown) for one in found.case.events] == [
        ("?line-5", False, {"asked"}),
        ("?line-6", False, {"asked"}),
    ]


def test_a_field_is_unknown_where_a_damaged_row_may_hold_it() -> None:
    talk = row(5, no="t1", on="2026-01-05", asked="No")
    talk.children = [row(9, "answers", "answer", state=State.DAMAGED)]

    found = built(talk)

    (event,) = found.case.events
    assert found.faults == []
    assert (event.fields, event.unknown) == ({"asked": "not_asked"}, {"wishes_and_feelings"})


def test_events_stand_in_the_order_of_their_rows() -> None:
    lines = range(30, 10, -1)

    found = built(*(row(one, no=f"t{one}", on="2026-01-05", asked="No") for one in lines))

    assert [one.line for one in found.case.events] == list(lines)
