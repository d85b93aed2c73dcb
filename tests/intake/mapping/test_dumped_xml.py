"""XML as systems dump it: elements only, values above the record, row sets by an attribute."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from msp_rules.casework.case import Case, Fault
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import InputUnreadable
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.mapping.element_stream import ElementStream
from msp_rules.intake.mapping.records import packed
from msp_rules.intake.reading import Shard
from msp_rules.intake.source import CaseSource, open_cases

HEAD = """\
schema: msp-rules/mapping/1
name: Invented
codes:
  asked: {labels: {"Yes": asked_expressed, "No": not_asked}, unknown: fault}
"""


def read(
    folder: Path, mapping: str, export: str | bytes, shard: Shard | None = None
) -> tuple[dict[str, Case], CaseSource]:
    (folder / "mapping.yaml").write_text(HEAD + mapping, "utf-8")
    body = export if isinstance(export, bytes) else export.encode()
    (folder / "dump.xml").write_bytes(body)
    loaded = load_mapping(folder / "mapping.yaml", core_vocabulary())
    with open_cases(folder / "dump.xml", mapping=loaded, shard=shard) as reader:
        return {case.id: case for case in reader}, reader


def fields(cases: dict[str, Case], name: str) -> dict[str, dict[str, object]]:
    return {event.id: dict(event.fields) for event in cases[name].events}


# Elements only, persons above episodes.

CURSORS = """\
<ROWSET>
 <ROW num="1">
  <PERSON_ID>P1</PERSON_ID>
  <EPISODES>
   <EPISODES_ROW num="1">
    <EPISODE_REF>E1</EPISODE_REF>
    <FORMS>
     <FORMS_ROW num="1"><FORM_ID>F1</FORM_ID><FORM_DATE>05-JAN-2026 09:12</FORM_DATE>
      <ANSWERS>
       <ANSWERS_ROW num="1"><QUESTION_NO>6</QUESTION_NO><ANSWER>No</ANSWER></ANSWERS_ROW>
       <ANSWERS_ROW num="2"><QUESTION_NO>7</QUESTION_NO><ANSWER>To be safe</ANSWER></ANSWERS_ROW>
       <ANSWERS_ROW num="3"><QUESTION_NO>7</QUESTION_NO><ANSWER>To stay</ANSWER></ANSWERS_ROW>
      </ANSWERS>
     </FORMS_ROW>
    </FORMS>
   </EPISODES_ROW>
   <EPISODES_ROW num="2"><EPISODE_REF>E2</EPISODE_REF><FORMS/></EPISODES_ROW>
  </EPISODES>
 </ROW>
 <ROW num="2">
  <EPISODES><EPISODES_ROW num="1"><EPISODE_REF>E3</EPISODE_REF></EPISODES_ROW></EPISODES>
  <PERSON_ID>P2</PERSON_ID>
 </ROW>
</ROWSET>
"""
OF_CURSORS = """\
case: {record: ROWSET/ROW/EPISODES/EPISODES_ROW, id: EPISODE_REF}
adult: {ref: ../../PERSON_ID}
events:
  - event: outcomes_conversation
    record: FORMS/FORMS_ROW
    id: FORM_ID
    occurred: {path: FORM_DATE, date_format: "%d-%b-%Y %H:%M"}
    fields:
      asked: {path: "ANSWERS/ANSWERS_ROW[QUESTION_NO=6]/ANSWER", codes: asked}
      wishes_and_feelings: {path: "ANSWERS/ANSWERS_ROW[QUESTION_NO=7]/ANSWER", join: "; "}
"""


def test_a_question_is_found_by_what_stands_in_a_child_element(tmp_path: Path) -> None:
    cases, reader = read(tmp_path, OF_CURSORS, CURSORS)

    assert reader.faults == []
    assert fields(cases, "E1") == {
        "F1": {"asked": "not_asked", "wishes_and_feelings": "To be safe; To stay"}
    }


def test_a_person_above_episodes_is_found_before_and_behind_them(tmp_path: Path) -> None:
    cases, _ = read(tmp_path, OF_CURSORS, CURSORS)

    refs = {name: case.adult["ref"] for name, case in cases.items()}
    assert refs == {"E1": "P1", "E2": "P1", "E3": "P2"}


def test_every_reader_of_a_shard_finds_what_stands_above(tmp_path: Path) -> None:
    found: dict[str, object] = {}
    for turn in range(2):
        cases, _ = read(tmp_path, OF_CURSORS, CURSORS, Shard(reader=turn, readers=2))
        found |= {name: case.adult["ref"] for name, case in cases.items()}

    assert found == {"E1": "P1", "E2": "P1", "E3": "P2"}


@pytest.mark.parametrize("of", ["forms", "rows"])
def test_the_first_reader_of_several_says_what_nothing_reads_in_all_cases(
    tmp_path: Path, of: str
) -> None:
    mapping, export = (
        OF_CURSORS.replace("    id: FORM_ID", "    when: {FORM_ID: F0}\n    id: FORM_ID"),
        CURSORS.replace("<FORMS/>", "<FORMS><FORMS_ROW><FORM_ID>F2</FORM_ID></FORMS_ROW></FORMS>"),
    )
    if of == "rows":
        mapping = OF_SETS.replace("    id: ID\n    occ", "    when: {ID: T0}\n    id: ID\n    occ")
        export = SETS.replace(
            '</ROW></ROWSET>\n <ROWSET name="Talks">',
            '</ROW><ROW><ID>C2</ID><PERSON>P9</PERSON></ROW></ROWSET>\n <ROWSET name="Talks">'
            "<ROW><ID>T2</ID><CASE>C2</CASE><ON>2026-01-06</ON></ROW>",
        )

    found = []
    for shard in (None, Shard(reader=0, readers=2), Shard(reader=1, readers=2)):
        _, reader = read(tmp_path, mapping, export, shard)
        found.append([one.reason for one in reader.warnings if "no condition" in one.reason])

    name = "FORMS_ROW" if of == "forms" else "Talk"
    said = [f"2 records are read by no entry, as no condition holds: {name}"]
    assert found == [said, said, []]


def test_a_path_leads_from_a_record_to_its_siblings_and_out_of_the_case(tmp_path: Path) -> None:
    mapping = """\
case: {record: All/Person/Case, id: "@no"}
adult: {ref: "../@id"}
events:
  - event: outcomes_conversation
    record: Form/Answer
    when: {"@q": asked}
    id: "../@no"
    occurred: "../Answer[@q=askedOn]"
    fields: {asked: {path: ., codes: asked}, wishes_and_feelings: ../../../@note}
"""
    export = """<All><Person id='P1' note='above'><Case no='C1'><Form no='F1'>
        <Answer q='asked'>No</Answer><Answer q='askedOn'>2026-01-05</Answer></Form>
        <Form no='F2'><Answer q='asked'>Yes</Answer><Answer q='askedOn'>2026-01-06</Answer></Form>
        </Case></Person></All>"""

    cases, reader = read(tmp_path, mapping, export)

    assert reader.faults == []
    assert [
        (one.id, str(one.moment.date), one.fields["asked"])
        for one in cases["C1"].events
        if one.moment is not None
    ] == [("F1", "2026-01-05", "not_asked"), ("F2", "2026-01-06", "asked_expressed")]
    assert {one.fields["wishes_and_feelings"] for one in cases["C1"].events} == {"above"}


# Row sets told apart by an attribute or an element; columns chosen by an element.

SETS = """\
<Main>
 <ROWSET name="People"><ROW><ID>P1</ID><AGE>75-84</AGE></ROW><ROW><ID>P9</ID></ROW></ROWSET>
 <ROWSET name="Cases"><ROW><ID>C1</ID><PERSON>P1</PERSON></ROW></ROWSET>
 <ROWSET name="Talks"><ROW><ID>T1</ID><CASE>C1</CASE><ON>2026-01-05</ON></ROW></ROWSET>
 <ROWSET name="Meetings"><ROW><ID>M1</ID><CASE>C1</CASE><ON>2026-01-07</ON></ROW></ROWSET>
 <ROWSET name="Values">
  <ROW><OF>T1</OF><COLUMN_NAME>asked</COLUMN_NAME><VALUE>No</VALUE></ROW>
  <ROW><OF>M1</OF><COLUMN_NAME>place</COLUMN_NAME><VALUE>Home</VALUE></ROW>
  <ROW><OF>X1</OF><COLUMN_NAME>other</COLUMN_NAME><VALUE>Words</VALUE></ROW>
 </ROWSET>
</Main>
"""
OF_SETS = """\
case:
  record: Main/ROWSET[@name=Cases]/ROW
  key: ID
  joins:
    - {record: "Main/ROWSET[@name=Talks]/ROW", key: CASE, name: Talk, row_key: ID}
    - {record: "Main/ROWSET[@name=Meetings]/ROW", key: CASE, name: Meeting, row_key: ID}
    - {record: "Main/ROWSET[@name=Values]/ROW", key: OF, name: Value, of: Talk}
    - {record: "Main/ROWSET[@name=Values]/ROW", key: OF, name: Value2, of: Meeting}
    - {record: "Main/ROWSET[@name=People]/ROW", key: ID, name: Person, named_by: PERSON}
  id: ID
adult: {ref: Person/ID, age_band: Person/AGE}
events:
  - event: outcomes_conversation
    record: Talk
    id: ID
    occurred: "ON"
    fields: {asked: {path: "Value[COLUMN_NAME=asked]/VALUE", codes: asked}}
"""
NO_ROW = "a row names a row that is not in the file; it is not judged"


def test_row_sets_are_told_apart_and_columns_chosen_by_what_stands_there(tmp_path: Path) -> None:
    cases, _ = read(tmp_path, OF_SETS, SETS)

    assert fields(cases, "C1") == {"T1": {"asked": "not_asked"}}
    assert dict(cases["C1"].adult) == {"ref": "P1", "age_band": "75-84"}


def test_a_value_of_another_table_is_no_fault_and_one_of_no_table_is(tmp_path: Path) -> None:
    _, reader = read(tmp_path, OF_SETS, SETS)

    assert reader.faults == [Fault(NO_ROW, "dump.xml", 9)]


def test_rows_of_tables_that_nothing_reads_may_be_left_out_and_are_counted(tmp_path: Path) -> None:
    mapping = OF_SETS.replace("of: Meeting}", "of: Meeting, unmatched: left_out}")

    _, reader = read(tmp_path, mapping, SETS)

    assert reader.faults == []
    assert [one.reason for one in reader.warnings] == [
        "1 row belongs to no record that is read, as the mapping allows"
    ]


def test_a_case_that_names_no_row_of_another_table_is_a_fault_of_the_case(tmp_path: Path) -> None:
    cases, reader = read(tmp_path, OF_SETS, SETS.replace("<PERSON>P1", "<PERSON>P7"))

    assert [(one.reason, one.case) for one in reader.faults if one.case] == [
        ("the adult has no ref", "C1"),
        ("a row of Person is named and not there", "C1"),
    ]
    assert cases["C1"].unknown == {"adult.age_band"}


def test_a_row_that_stands_twice_is_one_and_two_that_differ_are_a_fault(tmp_path: Path) -> None:
    row = "<ROW><ID>P1</ID><AGE>75-84</AGE></ROW>"

    cases, twice = read(tmp_path, OF_SETS, SETS.replace(row, row * 2))
    _, other = read(tmp_path, OF_SETS, SETS.replace(row, row + row.replace("75-84", "85-94")))

    assert cases["C1"].adult["age_band"] == "75-84"
    assert [one.reason for one in twice.faults] == [NO_ROW]
    assert "rows of Person with one key say different things" in [o.reason for o in other.faults]


# What stands between, around and behind.


def test_prefixes_sections_comments_and_text_between_change_nothing(tmp_path: Path) -> None:
    odd = (
        CURSORS.replace("<ROWSET>", "<!-- head --><v:ROWSET xmlns:v='urn:v'>text")
        .replace("</ROWSET>", "</v:ROWSET>")
        .replace("<ANSWER>No<", "<u:ANSWER><![CDATA[N]]>o<!-- x --><")
        .replace("<QUESTION_NO>6</QUESTION_NO>", "<QUESTION_NO> 6 </QUESTION_NO><?x y?>")
        .replace("</ANSWER></ANSWERS_ROW>", "</u:ANSWER></ANSWERS_ROW>", 1)
        .replace("<FORMS/>", "<FORMS xsi:nil='true'/>")
    )

    plain, _ = read(tmp_path, OF_CURSORS, CURSORS)
    cases, reader = read(tmp_path, OF_CURSORS, odd)

    assert reader.faults == []
    assert {name: case.events for name, case in cases.items()} == {
        name: case.events for name, case in plain.items()
    }


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("windows-1252", "cp1252"),
        ("ISO-8859-15", "iso-8859-15"),
        ("utf-16", "utf-16"),
        ("utf-8", "utf-16"),
        ("windows-1252", "utf-8-sig"),
        ("utf-16", "utf-8"),
        ("gb18030", "gb18030"),
    ],
)
def test_an_encoding_is_read_that_is_named_or_marked(
    tmp_path: Path, declared: str, encoding: str
) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?>' + CURSORS.replace("safe", "s\u00e4fe")

    cases, _ = read(tmp_path, OF_CURSORS, text.encode(encoding))

    wishes = cases["E1"].events[0].fields["wishes_and_feelings"]
    assert wishes == "To be s\u00e4fe; To stay"


def test_characters_of_another_encoding_end_the_file_there(tmp_path: Path) -> None:
    text = f'<?xml version="1.0" encoding="euc-kr"?>{CURSORS}'.encode()

    with pytest.raises(InputUnreadable, match="not in the encoding it names"):
        read(tmp_path, OF_CURSORS, text.replace(b"safe", b"\xff\xff"))


@pytest.mark.parametrize(
    "head",
    [
        "<!DOCTYPE ROWSET>",
        "<!-- " + "x" * 70_000 + " --><!DOCTYPE ROWSET [<!ENTITY a 'b'>]>",
    ],
)
def test_a_document_type_is_refused_wherever_it_stands(tmp_path: Path, head: str) -> None:
    with pytest.raises(InputUnreadable, match="DOCTYPE"):
        read(tmp_path, OF_CURSORS, head + CURSORS)


def test_an_encoding_that_nobody_knows_is_named_as_that(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match="its encoding is not known"):
        read(tmp_path, OF_CURSORS, f'<?xml version="1.0" encoding="x-own"?>{CURSORS}')


def test_cases_that_wait_for_what_stands_around_them_are_read_where_the_file_breaks_off(
    tmp_path: Path,
) -> None:
    cases, reader = read(tmp_path, OF_CURSORS, CURSORS[: CURSORS.index("<PERSON_ID>P2")])

    assert list(cases) == ["E1", "E2", "E3"]
    assert reader.truncation_fault is not None
    assert [(one.reason, one.case) for one in reader.faults] == [("the adult has no ref", "E3")]


def test_the_example_of_the_page_is_read_as_the_page_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text("utf-8")
    begin = page.index("    <ROWSET>")
    export, mapping = page[begin : page.index("\nFiles are read as a stream")].split("is read so:")
    (tmp_path / "mapping.yaml").write_text(textwrap.dedent(mapping), "utf-8")
    (tmp_path / "dump.xml").write_text(textwrap.dedent(export), "utf-8")

    loaded = load_mapping(tmp_path / "mapping.yaml", core_vocabulary())
    with open_cases(tmp_path / "dump.xml", mapping=loaded) as reader:
        (case,) = reader

    assert reader.faults == []
    assert (case.id, case.adult["ref"], case.events[0].id) == ("E1", "P1", "E1-asked")
    assert dict(case.events[0].fields) == {"asked": "not_asked"}


@pytest.mark.parametrize("size", [1, 7, 61, 4_096])
@pytest.mark.parametrize("of", ["cursors", "sets"])
def test_it_means_nothing_in_which_pieces_a_file_comes(tmp_path: Path, of: str, size: int) -> None:
    text, export = (OF_CURSORS, CURSORS) if of == "cursors" else (OF_SETS, SETS)
    (tmp_path / "mapping.yaml").write_text(HEAD + text, "utf-8")
    mapping = load_mapping(tmp_path / "mapping.yaml", core_vocabulary())
    raw = export.encode()

    found = []
    for step in (size, len(raw)):
        stream = ElementStream("dump.xml", mapping, largest=1_000_000)
        elements = [
            one for at in range(0, len(raw), step) for one in stream.feed(raw[at : at + step])
        ]
        elements += stream.close()
        found.append([packed(one.record) for one in elements])

    assert found[0] == found[1]
    assert len(found[0]) == (3 if of == "cursors" else 8)
