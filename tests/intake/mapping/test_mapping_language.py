"""What a mapping can say of values, records and events, each word seen on one small table."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.casework.case import Case
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import RulesetInvalid
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import CaseSource, open_cases

HEAD = """
schema: msp-rules/mapping/1
name: Invented
source: csv
codes:
  abuse:
    labels: {Neglect: neglect_omission, "Money, or things": financial_material}
    unknown: fault
  asked: {labels: {"Yes": asked_expressed, "No": not_asked}, unknown: fault}
  paid: {labels: {Carer: "yes", Friend: "no"}, unknown: fault}
  test: {labels: {"Yes": met}, unknown: fault}
case: {record: cases, id: ref}
adult: {ref: ref}
"""


def read(folder: Path, mapping: str, **tables: str) -> tuple[dict[str, Case], CaseSource]:
    export = folder / "export"
    export.mkdir(exist_ok=True)
    for name, text in tables.items():
        (export / f"{name}.csv").write_text(text, "utf-8")
    file = folder / "mapping.yaml"
    file.write_text(mapping, "utf-8")
    with open_cases(export, mapping=load_mapping(file, core_vocabulary())) as reader:
        return {case.id: case for case in reader}, reader


def concern(more: str, *, fields: str = "{}", occurred: str = "on") -> str:
    return HEAD + (
        f"events:\n  - event: concern_raised\n    record: '.'\n    id: {{constant: c}}\n"
        f"    occurred: {occurred}\n    may_be_absent: true\n    fields: {fields}\n{more}"
    )


def fields_of(case: Case) -> dict[str, object]:
    return dict(case.events[0].fields)


@pytest.mark.parametrize(
    ("when", "cell", "holds"),
    [
        ("present", "x", True),
        ("present", " ", False),
        ("absent", "", True),
        ("absent", "x", False),
        ("[present]", "present", True),
        ("[present]", "x", False),
        ("{is: [A, B]}", "B", True),
        ("{contains: no need}", "There is no need, for now", True),
        ("{contains: no need}", "no needle", False),
        ("{is: B, split: ';'}", "A; B", True),
        ("{is: B, split: ';'}", "A; BC", False),
        ("{contains: [B, C], split: [';', '|']}", "A | C", True),
        ("{is: present, part: kind}", '[{""kind"": null}, {""kind"": ""x""}]', True),
        ("{is: present, part: kind}", '[{""kind"": null}]', False),
        ("{is: present, part: kind}", "no JSON", False),
        ("{contains: B, part: .}", '[""A"", ""B""]', True),
        ("{is: B, part: [a, b]}", '{""a"": [{""b"": ""B""}]}', True),
    ],
)
def test_an_entry_is_taken_where_its_conditions_hold(
    tmp_path: Path, when: str, cell: str, holds: bool
) -> None:
    mapping = concern(f"    when: {{at: {when}}}\n")

    cases, reader = read(tmp_path, mapping, cases=f'ref,on,at\nC1,2026-01-05,"{cell}"\n')

    assert reader.faults == []
    assert len(cases["C1"].events) == holds


@pytest.mark.parametrize(
    ("on", "sent", "moment"),
    [
        ("05/01/2026", "2026-02-01T10:00:00", "2026-01-05"),
        ("05/01/2026 09:12", "", "2026-01-05"),
        ("", "2026-07-01T23:30:00", "2026-07-02"),
    ],
)
def test_the_first_filled_column_counts_in_its_own_form_and_zone(
    tmp_path: Path, on: str, sent: str, moment: str
) -> None:
    occurred = (
        '{first: [{path: on, date_format: ["%d/%m/%Y", "%d/%m/%Y %H:%M"]}, '
        "{path: sent, time_zone: UTC}]}"
    )
    mapping = concern("", occurred=occurred)

    cases, reader = read(tmp_path, mapping, cases=f"ref,on,sent\nC1,{on},{sent}\n")

    assert reader.faults == []
    found = cases["C1"].events[0].moment
    assert found is not None
    assert found.date.isoformat() == moment


def test_labels_of_one_cell_are_split_and_a_known_label_keeps_its_separator(
    tmp_path: Path,
) -> None:
    mapping = concern("", fields="{abuse_type: {path: kinds, split: ',', codes: abuse}}")

    cases, reader = read(
        tmp_path,
        mapping,
        cases='ref,on,kinds\nC1,2026-01-05,"Neglect, Money, or things, Neglect"\n',
    )

    assert reader.faults == []
    assert fields_of(cases["C1"]) == {"abuse_type": ("neglect_omission", "financial_material")}


def test_a_part_of_each_item_of_a_json_cell_is_a_value(tmp_path: Path) -> None:
    mapping = concern("", fields="{abuse_type: {items: risks, part: kind, codes: abuse}}")
    risks = '[{""kind"": ""Neglect"", ""n"": 1}, {""n"": 2}, {""kind"": ""Neglect""}]'

    cases, reader = read(tmp_path, mapping, cases=f'ref,on,risks\nC1,2026-01-05,"{risks}"\n')

    assert reader.faults == []
    assert fields_of(cases["C1"]) == {"abuse_type": ("neglect_omission",)}


def test_a_json_cell_that_is_none_is_a_fault_and_its_field_unknown(tmp_path: Path) -> None:
    mapping = concern("", fields="{abuse_type: {items: risks, part: kind, codes: abuse}}")

    cases, reader = read(tmp_path, mapping, cases='ref,on,risks\nC1,2026-01-05,"[{"\n')

    assert cases["C1"].events[0].unknown == {"abuse_type"}
    assert [(fault.line, fault.case) for fault in reader.faults] == [(2, "C1")]


@pytest.mark.parametrize(("cell", "value"), [("Friend; Carer", "yes"), ("Friend", "no")])
def test_of_several_codes_the_one_that_goes_first_counts(
    tmp_path: Path, cell: str, value: str
) -> None:
    field = "{path: who, split: ';', codes: paid, precedence: ['yes', 'no']}"
    mapping = concern("", fields=f"{{identified_adult: {field}}}")

    cases, reader = read(tmp_path, mapping, cases=f"ref,on,who\nC1,2026-01-05,{cell}\n")

    assert reader.faults == []
    assert fields_of(cases["C1"]) == {"identified_adult": value}


def decision(cases: str, tmp_path: Path) -> tuple[dict[str, Case], CaseSource]:
    mapping = HEAD + (
        "events:\n  - event: s42_decided\n    record: '.'\n    id: {constant: d}\n"
        "    occurred: on\n    fields:\n      result: {constant: s42_enquiry}\n"
        "      has_needs:\n        first:\n"
        '          - {path: meets, codes: test, when: {meets: "Yes"}}\n'
        "          - {constant: not_met, when: {why: {contains: no need}}}\n"
    )
    return read(tmp_path, mapping, cases=cases)


@pytest.mark.parametrize(
    ("meets", "why", "found"),
    [
        ("Yes", "", {"has_needs": "met"}),
        ("No", "There is no need for care", {"has_needs": "not_met"}),
        ("No", "", {}),
    ],
)
def test_a_value_may_stand_under_a_condition_and_be_a_constant(
    tmp_path: Path, meets: str, why: str, found: dict[str, str]
) -> None:
    cases, reader = decision(f"ref,on,meets,why\nC1,2026-01-05,{meets},{why}\n", tmp_path)

    assert [fault for fault in reader.faults if "is mapped" not in fault.reason] == []
    assert fields_of(cases["C1"]) == {"result": "s42_enquiry", **found}


def test_a_constant_alone_is_no_event(tmp_path: Path) -> None:
    cases, reader = decision(
        "ref,on,meets,why\nC1,,,There is no need for care\nC2,2026-01-05,Yes,\n", tmp_path
    )

    assert reader.faults == []
    assert {name: len(case.events) for name, case in cases.items()} == {"C1": 0, "C2": 1}


def test_content_without_a_date_is_a_fault_and_blanks_are_not(tmp_path: Path) -> None:
    mapping = concern("", fields="{abuse_type: {path: kinds, codes: abuse}}")

    cases, reader = read(
        tmp_path,
        mapping,
        cases="ref,on,kinds\nC1,2026-01-05,Neglect\nC2,,Neglect\nC3, ,\nC4,soon,\n",
    )

    assert [(fault.case, fault.line) for fault in reader.faults] == [("C2", 3), ("C4", 5)]
    assert {name: len(case.events) for name, case in cases.items()} == {
        "C1": 1,
        "C2": 1,
        "C3": 0,
        "C4": 1,
    }


@pytest.mark.parametrize(
    ("items", "cell"),
    [
        ("wishes", '[{""text"": ""Be safe""}, {""text"": ""See my son""}]'),
        ("{path: wishes, split: ';'}", "Be safe; See my son"),
    ],
)
def test_each_item_of_a_list_may_be_an_event(tmp_path: Path, items: str, cell: str) -> None:
    part = "text" if items == "wishes" else "."
    mapping = HEAD + (
        f"events:\n  - event: outcome_expressed\n    record: '.'\n    items: {items}\n"
        "    id: {path: ref, suffix: -o}\n    occurred: on\n"
        f"    fields: {{text: {{part: {part}}}}}\n"
    )

    cases, reader = read(tmp_path, mapping, cases=f'ref,on,wishes\nC1,2026-01-05,"{cell}"\n')

    assert reader.faults == []
    assert [(one.id, one.fields["text"]) for one in cases["C1"].events] == [
        ("C1-o.1", "Be safe"),
        ("C1-o.2", "See my son"),
    ]


FORMS = """
schema: msp-rules/mapping/1
name: Invented forms
source: csv
codes:
  asked: {labels: {"Yes": asked_expressed, "No": not_asked}, unknown: fault}
case:
  by: person
  joins: [{record: concerns}, {record: talks}]
  id: person
adult: {ref: person}
"""
EVENTS = """
events:
  - event: concern_raised
    record: concerns
    id: no
    occurred: on
  - event: outcomes_conversation
    record: talks
    id: {path: no, suffix: -t}
    occurred: on
    fields: {asked: {path: asked, codes: asked}}
"""


def test_cases_are_found_by_a_key_where_no_table_has_one_row_a_case(tmp_path: Path) -> None:
    cases, reader = read(
        tmp_path,
        FORMS + EVENTS,
        concerns="no,person,on\n1,P1,2026-01-05\n2,P1,2026-02-05\n",
        talks="no,person,on,asked\n1,P2,2026-01-06,Yes\n",
    )

    assert reader.faults == []
    assert {name: [one.id for one in case.events] for name, case in cases.items()} == {
        "P1": ["1", "2"],
        "P2": ["1-t"],
    }


def test_records_that_are_left_out_make_no_case_and_are_counted(tmp_path: Path) -> None:
    rows = "rows: {leave_out: {kind: Historic}}\n"

    cases, reader = read(
        tmp_path,
        FORMS + rows + EVENTS,
        concerns="no,person,on,kind\n1,P1,2026-01-05,New\n2,P3,2020-02-05,Historic\n",
        talks="no,person,on,asked\n1,P1,2026-01-06,Yes\n",
    )

    assert reader.faults == []
    assert list(cases) == ["P1"]
    assert [(one.code, one.reason) for one in reader.warnings] == [
        ("left_out", "1 row is left out, as the mapping says: concerns")
    ]


def test_records_entered_in_error_make_void_events(tmp_path: Path) -> None:
    rows = "rows: {record: talks, void: {discarded: present}}\n"

    cases, reader = read(
        tmp_path,
        FORMS + rows + EVENTS,
        concerns="no,person,on\n1,P1,2026-01-05\n",
        talks="no,person,on,asked,discarded\n1,P1,2026-01-06,Yes,2026-01-07\n2,P1,2026-01-06,No,\n",
    )

    assert reader.faults == []
    assert [(one.id, one.void) for one in cases["P1"].events] == [
        ("1", None),
        ("1-t", "yes"),
        ("2-t", None),
    ]


@pytest.mark.parametrize(
    "replaces",
    [
        "{same: [person, on], newest: made}",
        "{link: of, key: no}",
        "{same: [person, on], newest: made, when: {kind: Form}}",
    ],
)
def test_a_later_record_replaces_an_earlier_one(tmp_path: Path, replaces: str) -> None:
    rows = f"rows: {{record: talks, replaces: {replaces}}}\n"

    cases, reader = read(
        tmp_path,
        FORMS + rows + EVENTS,
        concerns="no,person,on\n1,P1,2026-01-05\n",
        talks=(
            "no,person,on,asked,made,of,kind\n"
            "2,P1,2026-01-06,Yes,2026-01-09,1,Form\n"
            "1,P1,2026-01-06,No,2026-01-08,,Form\n"
        ),
    )

    assert reader.faults == []
    assert [(one.id, one.supersedes, one.void) for one in cases["P1"].events] == [
        ("1", None, None),
        ("2-t", "1-t", None),
        ("1-t", None, None),
    ]


def test_what_a_later_record_does_not_say_again_was_taken_back(tmp_path: Path) -> None:
    rows = "rows: {record: talks, replaces: {same: [person], newest: made}}\n"
    events = EVENTS.replace("    record: talks\n", '    record: talks\n    when: {asked: "Yes"}\n')

    cases, _ = read(
        tmp_path,
        FORMS + rows + events,
        concerns="no,person,on\n1,P1,2026-01-05\n",
        talks=(
            "no,person,on,asked,made\n"
            "1,P1,2026-01-06,Yes,2026-01-08\n2,P1,2026-01-06,No,2026-01-09\n"
        ),
    )

    assert [(one.id, one.void) for one in cases["P1"].events] == [("1", None), ("1-t", "yes")]


def test_where_the_newest_cannot_be_told_the_events_stand_in_doubt(tmp_path: Path) -> None:
    rows = "rows: {record: talks, replaces: {same: [person], newest: made}}\n"

    cases, _ = read(
        tmp_path,
        FORMS + rows + EVENTS,
        concerns="no,person,on\n1,P1,2026-01-05\n",
        talks="no,person,on,asked,made\n1,P1,2026-01-06,Yes,soon\n2,P1,2026-01-06,No,2026-01-09\n",
    )

    assert [(one.id, one.is_certain) for one in cases["P1"].events] == [
        ("1", True),
        ("1-t", False),
        ("2-t", False),
    ]


@pytest.mark.parametrize(
    ("supplied", "of_p1", "of_p2"),
    [("partly", False, False), ("{concerns/full: 'Yes'}", True, False)],
)
def test_a_type_may_be_supplied_in_part(
    tmp_path: Path, supplied: str, of_p1: bool, of_p2: bool
) -> None:
    events = EVENTS.replace("    fields: {asked", f"    supplied: {supplied}\n    fields: {{asked")

    cases, reader = read(
        tmp_path,
        FORMS + events,
        concerns="no,person,on,full\n1,P1,2026-01-05,Yes\n2,P2,2026-01-05,No\n",
        talks="no,person,on,asked\n1,P2,2026-01-06,Yes\n",
    )

    assert reader.faults == []
    has = {name: case.supply.has_type("outcomes_conversation") for name, case in cases.items()}
    assert has == {"P1": of_p1, "P2": of_p2}
    assert all(case.supply.has_type("concern_raised") for case in cases.values())


def test_what_no_case_has_is_one_fault_and_not_supplied(tmp_path: Path) -> None:
    cases, reader = read(
        tmp_path,
        FORMS
        + EVENTS.replace(
            "{path: asked, codes: asked}", "{path: asked, codes: asked, when: {on: x}}"
        ),
        concerns="no,person,on\n1,P1,\n",
        talks="no,person,on,asked\n1,P1,2026-01-06,Yes\n",
    )

    said = "is mapped, and no case of the export has it"
    assert [fault.reason.partition(said)[0].strip() for fault in reader.faults][:2] == [
        "concern_raised",
        "outcomes_conversation.asked",
    ]
    supply = cases["P1"].supply
    assert not supply.has_type("concern_raised")
    assert not supply.has_field("outcomes_conversation", "asked")


def test_what_may_be_absent_is_no_fault_and_supplied(tmp_path: Path) -> None:
    events = EVENTS.replace("    id: no\n", "    id: no\n    may_be_absent: true\n")

    cases, reader = read(
        tmp_path,
        FORMS + events,
        concerns="no,person,on\n1,P1,\n",
        talks="no,person,on,asked\n1,P1,2026-01-06,Yes\n",
    )

    assert reader.faults == []
    assert cases["P1"].supply.has_type("concern_raised")


ASSUME = """
assume:
  - {field: outcomes_conversation.with_is_source, value: "no", because: nobody is, approved_by: PSW,
     until: 2026-12-31}
  - {type: case_reopened, none: true, because: a new case is opened}
"""


def test_an_assumption_counts_as_supplied_and_the_events_that_got_it_are_counted(
    tmp_path: Path,
) -> None:
    cases, reader = read(
        tmp_path,
        FORMS + EVENTS + ASSUME,
        concerns="no,person,on\n1,P1,2026-01-05\n",
        talks="no,person,on,asked\n1,P1,2026-01-06,Yes\n",
    )

    assert reader.faults == []
    assert cases["P1"].events[1].fields["with_is_source"] == "no"
    assert cases["P1"].supply.has_field("outcomes_conversation", "with_is_source")
    assert cases["P1"].supply.has_type("case_reopened")
    assert reader.assumed == {"outcomes_conversation.with_is_source": 1}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("when: {on: {is: A, contains: B}}", "write either is or contains"),
        ("when: {on: {contains: B, wuth: C}}", 'unknown key "wuth"'),
        ("when: {on: {is: A, split: ';', part: x}}", "either split or part"),
        ("supplied: often", "write partly, or the conditions"),
        ("may_be_absent: perhaps", "write true or false"),
        ("items: {path: on}", "lacks split"),
        ("fields: {identified_adult: {part: x}}", "it has no items"),
        ("fields: {identified_adult: {items: on, split: ';'}}", "either split or items and part"),
        ("fields: {identified_adult: {first: []}}", "the list under first is empty"),
        ("fields: {identified_adult: {path: on, precedence: [perhaps]}}", 'unknown code "perhaps"'),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_place(tmp_path: Path, wrong: str, said: str) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(
        f"{HEAD}events:\n  - event: concern_raised\n    record: '.'\n    id: ref\n"
        f"    occurred: on\n    {wrong}\n",
        "utf-8",
    )

    with pytest.raises(RulesetInvalid) as refused:
        load_mapping(file, core_vocabulary())

    (problem,) = refused.value.problems
    assert said in str(problem)
    assert problem.where.line is not None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("rows: {header_row: 0}", "header_row counts from 1"),
        ("rows: {replaces: {same: [ref]}}", "write either same and newest, or link and key"),
        ("rows: {leave_aut: {on: x}}", 'did you mean "leave_out"?'),
        ("assume: [{type: case_reopened, because: x}]", "assume either a field and its value"),
        ("assume: [{type: case_reopened, none: false, because: x}]", "none must be true"),
        ("assume: [{field: case_closed.reasons, value: x, because: x}]", "unknown field of"),
        ("assume: [{type: case_reopened, none: true, because: x, until: soon}]", "not a date"),
    ],
)
def test_what_is_wrong_of_records_or_assumed_is_said_with_its_place(
    tmp_path: Path, wrong: str, said: str
) -> None:
    file = tmp_path / "mapping.yaml"
    event = "{event: concern_raised, record: '.', id: ref, occurred: on}"
    file.write_text(f"{HEAD}{wrong}\nevents: [{event}]\n", "utf-8")

    with pytest.raises(RulesetInvalid) as refused:
        load_mapping(file, core_vocabulary())

    assert [said in str(one) for one in refused.value.problems] == [True]
