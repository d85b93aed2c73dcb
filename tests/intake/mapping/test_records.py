"""Records are read in one way, whether they were elements of XML or rows of tables."""

from __future__ import annotations

from msp_rules.intake.mapping.element_paths import parse_path
from msp_rules.intake.mapping.records import (
    Record,
    State,
    packed,
    records_at,
    texts_at,
    unpacked,
    with_all_inside,
)
from msp_rules.intake.reading import Place

PLACE = Place("forms.xml", 7)


def form() -> Record:
    found = row("Form", no="1")
    for question, text in (("Q1", " yes "), ("Q2", ""), ("Q1", "no")):
        answer = row("Answer", question=question)
        answer.children = [Record("Text", PLACE, {}, text)]
        found.children.append(answer)
    return found


def row(name: str, state: State = State.SOUND, **values: str) -> Record:
    return Record(name, PLACE, values, state=state)


def test_a_path_leads_to_texts_that_are_not_empty_without_white_space() -> None:
    record = form()

    assert texts_at(record, parse_path("Answer[@question=Q1]/Text")) == ["yes", "no"]
    assert texts_at(record, parse_path("Answer[@question=Q2]/Text")) == []
    assert texts_at(record, parse_path("Answer[@question=Q3]/Text")) == []
    assert texts_at(record, parse_path("@no")) == ["1"]
    assert texts_at(record, parse_path("@other")) == []


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
