"""Rows that belong to rows: answers to forms, forms to cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.casework.case import Case, Fault
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import RulesetInvalid
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import CaseSource, open_cases

CASES = "<Case id='C1' person='P1'/><Case id='C2' person='P2'/>"
ANSWERS = (
    "<Answer form='F1' q='asked'>No</Answer>\n"
    "<Answer form='F2' q='asked'>Yes</Answer>\n"
    "<Answer form='F2' q='note'>Words</Answer>\n"
)
FORMS = "<Form no='F1' case='C1' on='2026-01-05'/>\n<Form no='F2' case='C2' on='2026-01-06'/>\n"
MAPPING = """\
schema: msp-rules/mapping/1
name: Invented
codes:
  asked: {labels: {"No": not_asked, "Yes": asked_expressed}, unknown: fault}
case:
  record: All/Cases/Case
  key: "@id"
  joins:
    - {record: All/Forms/Form, key: "@case", name: Form, row_key: "@no"}
    - {record: All/Answers/Answer, key: "@form", name: Answer, of: Form}
  id: "@id"
adult: {ref: "@person"}
events:
  - event: outcomes_conversation
    record: Form
    id: "@no"
    occurred: "@on"
    fields:
      asked: {path: "Answer[@q=asked]", codes: asked}
      wishes_and_feelings: Answer[@q=note]
"""


def read(
    folder: Path, forms: str = FORMS, answers: str = ANSWERS, mapping: str = MAPPING
) -> tuple[dict[str, Case], CaseSource]:
    (folder / "mapping.yaml").write_text(mapping, "utf-8")
    text = f"<All><Answers>\n{answers}</Answers><Forms>\n{forms}</Forms>"
    (folder / "rows.xml").write_text(f"{text}<Cases>{CASES}</Cases></All>", "utf-8")
    loaded = load_mapping(folder / "mapping.yaml", core_vocabulary())
    with open_cases(folder / "rows.xml", mapping=loaded) as reader:
        return {case.id: case for case in reader}, reader


def test_a_fault_inside_a_joined_row_names_its_own_line(tmp_path: Path) -> None:
    forms = (
        "<Form no='F1' case='C1' on='2026-01-05'>\n<Part>\n"
        "<Call no='T1' on='2026-01-05'/>\n<Call no='T2' on='soon'/>\n</Part></Form>\n"
    )
    mapping = MAPPING + (
        "  - event: immediate_safety_check\n    record: Form/Part/Call\n"
        '    id: "@no"\n    occurred: "@on"\n'
    )

    cases, reader = read(tmp_path, forms, "", mapping)

    assert [(one.id, one.line) for one in cases["C1"].events] == [("F1", 3), ("T1", 5), ("T2", 6)]
    (fault,) = [one for one in reader.faults if one.event == "T2"]
    assert (fault.input, fault.line, fault.case) == ("rows.xml", 6, "C1")


def test_answers_reach_the_case_of_their_form(tmp_path: Path) -> None:
    cases, reader = read(tmp_path)

    assert reader.faults == []
    assert {name: dict(case.events[0].fields) for name, case in cases.items()} == {
        "C1": {"asked": "not_asked"},
        "C2": {"asked": "asked_expressed", "wishes_and_feelings": "Words"},
    }


def test_the_order_of_the_file_means_nothing(tmp_path: Path) -> None:
    forms, answers = ("".join(reversed(text.splitlines(True))) for text in (FORMS, ANSWERS))

    one, _ = read(tmp_path)
    other, _ = read(tmp_path, forms, answers)

    assert {n: c.events[0].fields for n, c in one.items()} == {
        n: c.events[0].fields for n, c in other.items()
    }


def test_an_answer_to_no_form_is_a_fault_with_its_line(tmp_path: Path) -> None:
    _, reader = read(tmp_path, answers=f"{ANSWERS}<Answer form='F9' q='asked'>No</Answer>\n")

    reason = "a row names a row that is not in the file; it is not judged"
    assert reader.faults == [Fault(reason, "rows.xml", 5)]


def test_an_answer_that_names_no_form_is_a_fault_with_its_line(tmp_path: Path) -> None:
    _, reader = read(tmp_path, answers=f"{ANSWERS}<Answer q='asked'>No</Answer>\n")

    reason = "a row names no row, or several; it is not judged"
    assert reader.faults == [Fault(reason, "rows.xml", 5)]


def test_forms_of_one_number_are_events_that_perhaps_exist(tmp_path: Path) -> None:
    cases, reader = read(tmp_path, FORMS.replace("F1", "F2"))

    reason = "several rows have this key, so it is unclear to which of them other rows belong"
    assert [fault for fault in reader.faults if fault.reason == reason] == [
        Fault(reason, "rows.xml", 6),
        Fault(reason, "rows.xml", 7),
    ]
    assert [(e.id, e.is_certain) for case in cases.values() for e in case.events] == [
        ("?line-6", False),
        ("?line-7", False),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("of: Form", "of: Forms", 'unknown join before this one "Forms"; did you mean "Form"?'),
        (
            ', row_key: "@no"',
            "",
            'the join "Form" lacks row_key: the place in its rows that other rows refer to',
        ),
        ("name: Answer,", "name: Form,", 'two joins have the name "Form"'),
    ],
)
def test_a_join_to_no_rows_is_a_mistake(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in MAPPING

    with pytest.raises(RulesetInvalid) as refused:
        read(tmp_path, mapping=MAPPING.replace(old, new))

    assert said in str(refused.value)
