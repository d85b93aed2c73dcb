"""One mapping file serves batch and live: a host's record gives the case of its export."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from random import Random

import pytest

from msp_rules.casework.case import Case, Fault
from msp_rules.errors import MspRulesError
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.mapping.host_record import ReadCase
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.source import open_cases

ROOT = Path(__file__).parents[3]
EXPORTS = ROOT / "tests" / "data" / "exports"
AS_OF = "2026-03-31"
MAPPING = """
schema: msp-rules/mapping/1
name: invented
source: json
case: {record: cases, id: no}
rows: {record: ".", leave_out: {kind: Historic}}
adult: {ref: [person, key]}
events:
  - event: concern_raised
    record: concerns
    id: id
    occurred: {first: [on, {path: at, date_format: "%d/%m/%Y %H:%M", time_zone: Europe/Paris}]}
    may_be_absent: true
    fields:
      abuse_type: {path: kinds, codes: kinds, may_be_absent: true}
      source_is_paid_or_volunteer:
        {path: paid, codes: paid, precedence: ["yes"], may_be_absent: true}
  - event: outcome_expressed
    record: .
    items: {path: wishes, split: ";"}
    id: no
    occurred: asked
    may_be_absent: true
    fields: {text: {part: ., may_be_absent: true}}
codes:
  kinds: {labels: {Neglect: neglect_omission, Money: financial_material}, unknown: fault}
  paid: {labels: {"true": "yes", "false": "no"}, unknown: left_out}
"""
VALUES: tuple[object, ...] = (
    *(None, "", " ", "Neglect", "Money ", "Neglect; Money", "2026-01-05", "05/01/2026 23:30"),
    *("31/02/2026 10:00", "2026-02-30", 7, 7.0, 1.5, True, False, [], {}, "\x07", "é", 10**30),
    *(["Neglect", "Money"], ["Neglect", ["Money"]], [True, False], {"code": 1}, [{"a": 1}, {}]),
)


@cache
def mapping_at(path: Path) -> CaseMapping:
    return load_mapping(path)


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> CaseMapping:
    path = tmp_path_factory.mktemp("map") / "map.yaml"
    path.write_text(MAPPING, "utf-8")
    return mapping_at(path)


def made_up(random: Random) -> dict[str, object]:
    def some(*names: str) -> dict[str, object]:
        return {name: random.choice(VALUES) for name in names if random.random() < 0.8}

    concerns = [some("id", "on", "at", "kinds", "paid") for _ in range(random.randrange(4))]
    record = {"no": random.randrange(99), "person": {"key": "P1"}, "concerns": concerns}
    return {**record, **some("wishes", "asked"), **random.choice([{}, {}, some("no", "person")])}


def of_batch(record: object, mapping: CaseMapping, folder: Path) -> ReadCase:
    path = folder / "one.json"
    path.write_text(json.dumps({"cases": [record]}), "utf-8")
    with open_cases(path, mapping=mapping) as reader:
        cases = list(reader)
        faults = [one._replace(input="the record") for one in reader.faults]
        return ReadCase(cases[0] if cases else None, tuple(faults))


def without_lines(case: Case | None) -> tuple[object, ...]:
    assert case is not None
    events = tuple(one._replace(line=None) for one in case.events)
    return case.id, events, case.supply, case.adult, case.attributes, case.unknown


@pytest.mark.fuzz
def test_a_record_gives_what_the_batch_reading_of_it_gives(
    mapping: CaseMapping, tmp_path: Path
) -> None:
    random = Random(18)
    for _ in range(300):
        record = made_up(random)

        assert mapping.read(record) == of_batch(record, mapping, tmp_path), record


@pytest.mark.fuzz
def test_no_record_raises_anything(mapping: CaseMapping) -> None:
    random = Random(3)
    loop: list[object] = []
    loop.append(loop)
    odd: list[object] = [*VALUES, {1: 2}, {"no": {"no": 1}}, object(), float("nan"), "\ud800", loop]
    names = ["no", "person", "concerns", "wishes", "asked", 7]
    for _ in range(500):
        record = random.choice(
            [random.choice(odd), {name: random.choice(odd) for name in names}, [made_up(random)]]
        )

        assert isinstance(mapping.read(record), ReadCase)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (10**5000, "it holds a number too large to be meant"),
        ({10**5000: "x"}, "it holds a number too large to be meant"),
        (b"x", "it holds a value that JSON can't write (bytes)"),
        ({"a"}, "it holds a value that JSON can't write (set)"),
        ([object()], "it holds a value that JSON can't write (object)"),
        ({(object(),): 1}, "it holds a value that JSON can't write (object)"),
    ],
    ids=["number", "name", "bytes", "set", "object", "within a name"],
)
def test_what_json_cannot_write_is_a_fault(
    mapping: CaseMapping, value: object, reason: str
) -> None:
    found = mapping.read({"no": "1", "person": {"key": "P1"}, "wishes": value})

    assert found == ReadCase(None, (Fault(reason, "the record"),))


@pytest.mark.parametrize("person", ["P1", "P2", "P4", "P5"])
def test_the_rows_of_one_person_give_the_case_of_the_whole_export(person: str) -> None:
    mapping = mapping_at(EXPORTS / "council-json.yaml")
    export = json.loads((EXPORTS / "council.json").read_text("utf-8"))
    with open_cases(EXPORTS / "council.json", mapping=mapping) as reader:
        batch = {case.id: case for case in reader}
    rows = [one for one in export["workflows"] if one["personKey"] == person]

    found = mapping.read({"workflows": rows}, as_of=AS_OF)

    assert without_lines(found.case) == without_lines(batch[person])


@pytest.mark.parametrize("person", ["P1", "P2", "P5"])
def test_rows_of_tables_are_read_by_the_names_of_their_tables(person: str) -> None:
    mapping = mapping_at(EXPORTS / "council.yaml")
    with open_cases(EXPORTS / "council", mapping=mapping) as reader:
        batch = {case.id: case for case in reader}
    tables = {}
    for name in ("Worries 2026", "Enquiries 2026"):
        with (EXPORTS / "council" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        tables[name] = [row for row in rows if row["personKey"] == person]

    found = mapping.read(tables, as_of=AS_OF)

    assert (without_lines(found.case), found.faults) == (without_lines(batch[person]), ())


def test_a_record_that_is_left_out_is_neither_case_nor_fault(mapping: CaseMapping) -> None:
    assert mapping.read({"no": 1, "kind": "Historic"}) == ReadCase(None, ())


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (7, "it holds no case"),
        ([], "it holds no case"),
        ([{"no": 1, "person": {"key": "P"}}] * 2, "this case id was used before"),
        ([{"no": at, "person": {"key": "P"}} for at in (1, 2)], "it holds several cases"),
    ],
)
def test_what_is_not_one_case_is_a_fault(mapping: CaseMapping, record: object, reason: str) -> None:
    found = mapping.read(record)

    assert [one.reason.startswith(reason) for one in found.faults] == [True]


def test_an_assumption_with_an_end_needs_to_know_when_it_is() -> None:
    mapping = mapping_at(EXPORTS / "council-json.yaml")
    record = {"workflows": [{"id": "e1", "personKey": "P1", "formCode": "enquiry"}]}

    with pytest.raises(MspRulesError, match='assumes something until a day; say "as_of"'):
        mapping.read(record)
    before, after = (mapping.read(record, as_of=day).case for day in ("2026-12-31", "2027-01-01"))

    assert before is not None
    assert after is not None
    assert before.supply.has_type("case_reopened")
    assert not after.supply.has_type("case_reopened")


@pytest.mark.parametrize(("day", "is_doubted"), [("2026-03-02", False), ("2026-03-03", True)])
def test_an_event_may_lie_a_day_after_the_moment_of_reading(
    mapping: CaseMapping, day: str, is_doubted: bool
) -> None:
    concern = {"id": "c1", "on": day}
    record = {"no": 1, "person": {"key": "P"}, "concerns": [concern]}

    found = mapping.read(record, as_of="2026-03-01T12:00:00Z")

    assert [one.reason for one in found.faults] == (
        ["occurred of concern_raised: lies after the export"] if is_doubted else []
    )
    assert found.case is not None
    assert found.case.events[0].is_certain is not is_doubted


def test_a_mapping_of_xml_reads_no_records() -> None:
    mapping = mapping_at(ROOT / "docs" / "examples" / "mapping" / "forms.yaml")

    with pytest.raises(MspRulesError, match="source: json"):
        mapping.read({})


def test_a_fault_names_the_place_and_never_a_value(mapping: CaseMapping) -> None:
    concern = {"id": "c1", "on": "2026-01-05", "kinds": "Mrs Smith next door"}

    found = mapping.read({"no": 1, "person": {"key": "P"}, "concerns": [concern]})

    assert [(one.input, one.case, one.event) for one in found.faults] == [("the record", "1", "c1")]
    assert "Smith" not in str(found.faults)
    assert isinstance(found.faults[0], Fault)


@pytest.mark.parametrize(
    ("occurred", "as_of", "troubles"),
    [
        ("2026-04-01", AS_OF, []),  # the clock of a host may be a day ahead
        ("2026-04-02", AS_OF, ["lies after the export"]),
        ("2062-01-05", None, []),  # nobody said when it was read
        ("1899-12-30", None, ["lies before 1900"]),
    ],
)
def test_a_date_that_cannot_be_is_a_fault_of_a_record_too(
    mapping: CaseMapping, occurred: str, as_of: str | None, troubles: list[str]
) -> None:
    record = {"no": 1, "person": {"key": "P1"}, "concerns": [{"id": "c1", "on": occurred}]}

    found = mapping.read(record, as_of=as_of)

    assert [one.reason for one in found.faults] == [
        f"occurred of concern_raised: {trouble}" for trouble in troubles
    ]
    assert found.case is not None
    assert [one.is_certain for one in found.case.events] == [not troubles]
