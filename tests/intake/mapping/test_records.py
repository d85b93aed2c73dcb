"""Records are read in one way, whether they were elements of XML or rows of tables."""

from __future__ import annotations

from lxml import etree

from msp_rules.intake.mapping.language import parse_path
from msp_rules.intake.mapping.records import (
    Record,
    State,
    packed,
    records_at,
    texts_at,
    unpacked,
    with_all_inside,
)
from msp_rules.intake.mapping.xml_source import record_of, texts_in
from msp_rules.intake.reading import Place

PLACE = Place("forms.xml", 7)
FORM = """\
<v:Form xmlns:v="urn:vendor" no="1">
  <Answer question="Q1"><Text> yes </Text></Answer>
  <Answer question="Q2"><Text/></Answer>
  <Answer question="Q1"><Text>no</Text></Answer>
</v:Form>
"""


def form() -> Record:
    return record_of(etree.fromstring(FORM), "forms.xml")


def row(name: str, state: State = State.SOUND, **values: str) -> Record:
    return Record(name, PLACE, values, state=state)


def test_an_element_is_a_record_with_its_name_line_and_children() -> None:
    record = form()

    assert (record.name, record.place, record.values) == (
        "Form",
        Place("forms.xml", 1),
        {"no": "1"},
    )
    lines = [one.place.line for one in record.children]
    assert lines == [2, 3, 4]


def test_a_path_leads_to_texts_that_are_not_empty_without_white_space() -> None:
    record = form()

    assert texts_at(record, parse_path("Answer[@question=Q1]/Text")) == ["yes", "no"]
    assert texts_at(record, parse_path("Answer[@question=Q2]/Text")) == []
    assert texts_at(record, parse_path("Answer[@question=Q3]/Text")) == []
    assert texts_at(record, parse_path("@no")) == ["1"]
    assert texts_at(record, parse_path("@other")) == []


def test_one_text_of_an_element_is_that_of_its_record() -> None:
    element = etree.fromstring(FORM)

    for text in ("@no", "Answer/@question", "Answer[@question=Q1]/Text", "Answer/Nothing"):
        path = parse_path(text)
        assert texts_in(element, path) == texts_at(form(), path)


def test_a_damaged_row_may_have_any_value() -> None:
    case = row("case")
    case.children = [row("answer", kind="a"), row("answer", State.DAMAGED), row("answer", kind="b")]

    found = records_at(case, parse_path("answer[@kind=b]").steps)

    assert found == [case.children[2], case.children[1]]
    assert records_at(case, parse_path("other").steps) == []


def test_what_is_kept_on_disk_comes_back_as_it_was() -> None:
    top = row("case", id="C1")
    one = top
    for depth in range(300):
        inner = Record("b", Place(PLACE.input, depth), {})
        one.children = [row("a", at=str(depth)), inner]
        one = inner
    one.text = "\u00e9\U0001f600 <&> \n\t"

    found = unpacked(packed(top), PLACE.input)

    for old, new in zip(with_all_inside(top), with_all_inside(found), strict=True):
        assert (old.name, old.values, old.text) == (new.name, new.values, new.text)
        assert old.place == new.place
        assert len(old.children) == len(new.children)
