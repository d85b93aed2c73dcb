"""Drafts are worth keeping: most of a final mapping stands in the draft as it is."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from msp_rules.authoring.mapping.draft.glossary import field_words
from msp_rules.authoring.mapping.draft.text import draft_mapping
from msp_rules.casework.vocabulary import core_vocabulary
from tests.support.draft_measure import Measured, measured
from tests.support.dumped_truth import SHAPES, truth_in

pytestmark = pytest.mark.slow

EXPORTS = Path(__file__).parents[2] / "data" / "exports"
WIDE = EXPORTS / "wide" / "Safeguarding Adults Report 31-03-2026.csv"


def of(export: Path, final: Path) -> Measured:
    return measured(draft_mapping(export, core_vocabulary()), final.read_text("utf-8"))


def test_a_wide_table_with_titles_and_totals_is_drafted_nearly_whole() -> None:
    found = of(WIDE, EXPORTS / "wide.yaml")

    assert found.recall >= 0.9
    assert found.precision >= 0.9


def test_forms_in_tables_with_lists_in_json_are_drafted_in_part() -> None:
    found = of(EXPORTS / "council", EXPORTS / "council.yaml")

    assert found.recall >= 0.5
    assert found.precision >= 0.7


def test_a_draft_says_where_the_table_begins_and_ends_and_what_else_may_be_the_case() -> None:
    text = draft_mapping(WIDE, core_vocabulary())

    assert '  record: "Safeguarding Adults Report *"  # TODO: 9 episodes?' in text
    assert "  # or 8 people (by: Person ID)" in text
    assert '    header_row: "Episode Ref"' in text
    assert '    until: {"Person ID": absent}' in text
    assert 'abuse_type: {path: "Type(s) of Abuse", split: ";"' in text
    assert 'outcome: {path: "Episode Ref", suffix: "-outcome", when: {"Desired Outcomes' in text


def test_a_measure_counts_what_is_missing_and_what_is_wrong() -> None:
    final = """
        case: {record: t}
        source: csv
        codes: {a: {labels: {Yes: asked_expressed, "No": not_asked}}}
        events:
          - event: outcomes_conversation
            record: "."
            occurred: {path: Day}
            fields: {asked: {path: Asked, codes: a}, method: {path: How}}
        """
    draft = final.replace("How", "Where").replace('"No": not_asked', '"No": dont_know')

    found = measured(draft, final)

    assert [(one.event, one.field) for one in found.found] == [("outcomes_conversation", None)]
    assert [one.field for one in found.missed] == ["asked", "method"]
    assert [one.field for one in found.wrong] == ["asked", "method"]
    assert (found.recall, found.precision) == (pytest.approx(1 / 3), pytest.approx(1 / 3))


def unknown_words() -> Iterator[str]:
    vocabulary, words = core_vocabulary(), field_words()
    for event, said in words["events"].items():
        known = vocabulary.events[event].fields if event in vocabulary.events else {}
        yield from (f"{event}.{name}" for name in said.get("fields", {}) if name not in known)
        yield from (
            f"{event} follows {o}" for o in said.get("follows", ()) if o not in words["events"]
        )
        for name, about in said.get("fields", {}).items():
            questions = [about, *about.get("asks", ())]
            codes = {code for one in questions for code in one.get("answers", {}).values()}
            yield from (f"{event}.{name}: {code}" for code in codes - set(known[name].codes))
    for name, codes in words["codes"].items():
        yield from (f"{name}: {one}" for one in codes.keys() - set(vocabulary.enums.get(name, ())))


def test_the_words_that_a_draft_knows_are_all_about_things_of_the_vocabulary() -> None:
    assert list(unknown_words()) == []


def cursors() -> str:
    """Persons, in them episodes with forms, in those answers: all in elements, rows numbered."""

    def answer(row: int, number: int, question: str, text: str) -> str:
        return (
            f'<ANSWER_ROW num="{row}"><QUESTION_NO>{number}</QUESTION_NO>'
            f"<QUESTION_TEXT>{question}</QUESTION_TEXT><ANSWER>{text}</ANSWER></ANSWER_ROW>"
        )

    rows = "".join(
        f'<ROW num="{n}"><CLIENT_ID>P{n}</CLIENT_ID><DATE_OF_BIRTH>0{n}-JAN-1940</DATE_OF_BIRTH>'
        f'<EPISODES><EPISODE_ROW num="1"><EPISODE_REF>E{n}</EPISODE_REF><FORMS><FORM_ROW num="1">'
        "<FORM_NAME>Safeguarding Concern</FORM_NAME><ANSWERS>"
        + answer(1, 4, "When was the concern received?", f"0{n}-FEB-2026 09:15")
        + answer(2, 7, "Who raised the concern?", "Police" if n % 2 else "GP")
        + answer(3, 9, "Date the adult was asked about outcomes", f"1{n}-FEB-2026 10:00")
        + answer(4, 12, "Was the adult asked what outcomes they want?", "No")
        + "</ANSWERS></FORM_ROW></FORMS></EPISODE_ROW></EPISODES></ROW>"
        for n in range(1, 6)
    )
    return f"<ROWSET>{rows}</ROWSET>"


def test_questions_in_elements_persons_above_and_numbers_of_rows_are_known(tmp_path: Path) -> None:
    export = tmp_path / "cursors.xml"
    export.write_text(cursors(), "utf-8")

    text = draft_mapping(export, core_vocabulary())

    final = """
        case: {record: ROWSET/ROW/EPISODES/EPISODE_ROW, id: EPISODE_REF}
        codes:
          who: {labels: {Police: police, GP: gp}}
          asked: {labels: {"No": not_asked}}
        events:
          - event: concern_raised
            record: FORMS/FORM_ROW
            when: {FORM_NAME: Safeguarding Concern}
            occurred: {path: "ANSWERS/ANSWER_ROW[QUESTION_NO=4]/ANSWER"}
            fields: {source: {path: "ANSWERS/ANSWER_ROW[QUESTION_NO=7]/ANSWER", codes: who}}
          - event: outcomes_conversation
            record: FORMS/FORM_ROW
            when: {FORM_NAME: Safeguarding Concern}
            occurred: {path: "ANSWERS/ANSWER_ROW[QUESTION_NO=9]/ANSWER"}
            fields: {asked: {path: "ANSWERS/ANSWER_ROW[QUESTION_NO=12]/ANSWER", codes: asked}}
        """
    found = measured(text, final)
    assert (found.missed, found.wrong) == ([], [])
    assert "record: ROWSET/ROW/EPISODES/EPISODE_ROW" in text.replace('"', "")
    assert "id: EPISODE_REF" in text
    assert 'ref: "../../CLIENT_ID"' in text
    assert "# or 5 clients (record: ROWSET/ROW, id: CLIENT_ID)" in text
    assert '{path: "@num' not in text
    assert "id: @num" not in text


def rich(name: str, folder: Path) -> Path:
    """Dumps the truth in one of the shapes that systems give."""
    truth = "rich_truth.xml" if name.startswith("rich-") else "truth.xml"
    shape = name.removeprefix("rich-")
    path = folder / f"{shape}.{'csv' if shape == 'wide-table' else 'xml'}"
    path.write_text(SHAPES[shape](truth_in(EXPORTS / truth)), "utf-8")
    return path


DUMPED = EXPORTS / "dumped"


@pytest.mark.parametrize(
    ("export", "final"),
    [("workflow.xml", "workflow.yaml"), ("Safeguarding Activity.xml", "activity.yaml")],
)
def test_exports_as_they_are_dumped_are_drafted_for_the_most_part(export: str, final: str) -> None:
    found = of(DUMPED / export, DUMPED / final)

    assert found.recall >= 0.8
    assert found.precision >= 0.9


@pytest.mark.parametrize(
    ("name", "recall"),
    [
        ("cursors", 0.9),
        pytest.param("rich-cursors", 0.75, marks=pytest.mark.slow),
        pytest.param("rich-row-sets", 0.75, marks=pytest.mark.slow),
        pytest.param("rich-wide-table", 0.9, marks=pytest.mark.slow),
    ],
)
def test_each_shape_of_one_truth_is_drafted_for_the_most_part(
    name: str, recall: float, tmp_path: Path
) -> None:
    found = of(rich(name, tmp_path), DUMPED / f"{name}.yaml")

    assert found.recall >= recall
    assert found.precision >= 0.95


@pytest.mark.slow
def test_numbered_values_are_guessed_only_where_they_tell_themselves_apart(tmp_path: Path) -> None:
    found = of(rich("rich-report", tmp_path), DUMPED / "rich-report.yaml")

    assert found.recall >= 0.4  # Value1 to Value12: of yes and no, none says what it answers
    assert found.precision >= 0.95


OTHER_WORDS = {
    ("concern_raised", None): ("Date Alert Received", "date"),
    ("concern_raised", "source"): ("Alerter Type", "Police;Relative;District Nurse"),
    ("concern_raised", "abuse_type"): ("Abuse Categories", "Physical;Self Neglect;Sexual"),
    ("concern_raised", "location"): ("Setting of Alleged Abuse", "Own Home;Hospital - Acute"),
    ("s42_decided", None): ("Section 42 Decision Date", "date"),
    ("s42_decided", "result"): ("S42 Criteria Met?", "Yes;No"),
    ("s42_decided", "rationale"): ("Decision Rationale", "text"),
    ("outcomes_conversation", None): ("MSP Conversation Date", "date"),
    ("outcomes_conversation", "asked"): (
        "Was the person asked what outcomes they wanted?",
        "Yes, they were asked and outcomes were expressed;No",
    ),
    ("outcome_expressed", "text"): ("What does the person want to happen?", "text"),
    ("capacity_assessed", None): ("MCA Completed", "date"),
    ("capacity_assessed", "conclusion"): ("MCA Outcome", "Has capacity;Lacks capacity"),
    ("enquiry_started", None): ("Enquiry Commenced", "date"),
    ("enquiry_started", "kind"): ("Enquiry Type", "S42;Non-statutory"),
    ("enquiry_planned", None): ("Planning Meeting Date", "date"),
    ("plan_made", None): ("Protection Plan Date", "date"),
    ("plan_made", "review_due"): ("Protection Plan Review Due", "date"),
    ("enquiry_reported", None): ("Enquiry Completed", "date"),
    ("enquiry_reported", "finding"): ("Enquiry Outcome", "Substantiated;Inconclusive"),
    ("case_closed", None): ("Date Case Closed", "date"),
    ("case_closed", "risk_result"): ("Risk Outcome at Closure", "Risk Reduced;Risk Removed"),
    ("outcome_reviewed", "achieved"): ("Were Desired Outcomes Met?", "Fully Met;Not Met"),
    ("adult_died", None): ("Date of Death", "date"),
}
"""The columns of one more report, in the words of other practitioners."""


def test_a_table_in_other_words_is_drafted_by_its_names_and_values(tmp_path: Path) -> None:
    columns = [("Safeguarding Ref", "id"), *OTHER_WORDS.values(), ("Date of Birth", "date")]

    def cell(kind: str, n: int) -> str:
        kinds = {"id": f"SG{n}", "date": f"{n % 28 + 1:02}-Jan-2026 10:00"}
        kinds["text"] = f"Words that were written down, of number {n}, more than those of a label"
        labels = kind.split(";")
        return kinds.get(kind, labels[n % len(labels)])

    export = tmp_path / "report.csv"
    with export.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow([name for name, _ in columns])
        rows.writerows([cell(kind, n) for _, kind in columns] for n in range(24))

    text = draft_mapping(export, core_vocabulary())

    drafted = YAML(typ="safe").load(text)["events"]
    found = {(one["event"], None): one["occurred"]["path"] for one in drafted}
    for one in drafted:
        for name, value in one.get("fields", {}).items():
            found[one["event"], name] = value if isinstance(value, str) else value["path"]
    missed = {key for key, (column, _) in OTHER_WORDS.items() if found.get(key) != column}
    assert missed == set()
    assert "Birth" not in "".join(found.values())
