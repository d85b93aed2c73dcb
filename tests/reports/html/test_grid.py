"""The drawing of the grid has each move once, between its fields, and says what it leaves out."""

from msp_rules.reports.html.grid import HEIGHT, WIDTH, Arrow, Stay, drawn_moves

FIELDS = {("low", "low"): (145, 165), ("low", "high"): (295, 165)}
FIELDS |= {("high", "low"): (145, 55), ("high", "high"): (295, 55)}
"""The middle of each field, by wellbeing and safety."""


def field_at(place: tuple[float, float]) -> tuple[str, str]:
    wellbeing = "high" if place[1] < 110 else "low"
    return wellbeing, "high" if place[0] > 220 else "low"


def test_an_arrow_begins_and_ends_in_the_fields_of_its_move() -> None:
    for first in FIELDS:
        for latest in FIELDS:
            drawing = drawn_moves({" ".join((*first, *latest)): 3})

            if first == latest:
                assert drawing.stays == (Stay(FIELDS[first], 3),)
                assert drawing.arrows == ()
                continue
            (arrow,) = drawing.arrows
            assert (field_at(arrow.start), field_at(arrow.end)) == (first, latest)
            assert 0 < arrow.label[0] < WIDTH
            assert 0 < arrow.label[1] < HEIGHT
            assert (arrow.cases, drawing.stays, drawing.left_out) == (3, (), 0)


def test_those_that_go_the_other_way_lie_beside() -> None:
    there, back = drawn_moves({"low low high high": 1, "high high low low": 1}).arrows

    assert {there.start, there.end}.isdisjoint({back.start, back.end})
    assert abs(there.label[0] - back.label[0]) + abs(there.label[1] - back.label[1]) > 30


def test_the_more_cases_the_wider_and_the_widest_lies_on_top() -> None:
    arrows = drawn_moves(
        {"low low low high": 9, "low low high low": 1, "high low low low": 4}
    ).arrows

    assert [one.cases for one in arrows] == [1, 4, 9]
    assert [one.width for one in arrows] == [2.0, 3.5, 6.0]


def test_an_end_that_is_known_in_part_has_no_field_and_is_counted() -> None:
    drawing = drawn_moves({"low unknown high unknown": 2, "low low low high": 1})

    assert drawing.left_out == 2
    assert [type(one) for one in drawing.arrows] == [Arrow]
    assert drawn_moves({}) == ((), (), 0)
