"""Whoever looks for something in a tree of conditions finds all of it, however deep it lies."""

from __future__ import annotations

from msp_rules.casework.workdays import Unit
from msp_rules.errors import SourceLocation
from msp_rules.rules.language.conditions import (
    AllOf,
    AnyOf,
    AsOf,
    AttributeTest,
    ConceptUse,
    Count,
    DueByField,
    EventAnchor,
    ExplanationGiven,
    Extreme,
    FieldTest,
    Limit,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
    This,
    Window,
    anchors,
    bounds,
    field_tests,
    fields_read,
    parts,
    selections,
    walk,
)
from msp_rules.rules.language.conditions import Test as FieldTestKind

HERE = SourceLocation(path="rules/EX-01.yaml", line=1)
PLANS = Selection(type="plan_made")
MEETINGS = Selection(type="meeting_held")


def present(field: str) -> FieldTest:
    return FieldTest(field=field, test=FieldTestKind.IS_PRESENT, place=HERE)


def recorded(selection: Selection) -> Count:
    return Count(selection=selection, at_least=1, place=HERE)


CONCEPT = ConceptUse(name="planned", condition=recorded(PLANS), at=This())


def test_parts_are_the_conditions_that_a_condition_is_made_of() -> None:
    inner = recorded(MEETINGS)

    assert parts(AllOf(of=(inner, CONCEPT))) == (inner, CONCEPT)
    assert parts(CONCEPT) == (recorded(PLANS),)
    assert parts(inner) == ()


def test_walk_gives_every_node_outermost_first_and_no_place() -> None:
    test = present("purpose")
    meetings = Selection(type="meeting_held", where=(test,))
    tree = AnyOf(of=(recorded(meetings), CONCEPT))

    assert list(walk((None, tree))) == [
        tree,
        recorded(meetings),
        meetings,
        test,
        CONCEPT,
        recorded(PLANS),
        PLANS,
        This(),
    ]


def test_walk_leaves_out_what_a_concept_says_where_it_is_told_to() -> None:
    found = list(walk(CONCEPT, into_concepts=False))

    assert found == [CONCEPT, This()]


def test_selections_inside_of_anchors_are_found() -> None:
    newest = EventAnchor(which="latest", selection=MEETINGS)
    plans = Selection(type="plan_made", since=newest)

    assert list(selections(recorded(plans))) == [plans, MEETINGS]


def test_every_test_comes_with_the_event_type_that_it_is_put_to() -> None:
    one, other, third = present("purpose"), present("goal"), present("source")
    tree = AllOf(
        of=(
            recorded(Selection(type="meeting_held", where=(one,), where_any=((other,),))),
            Extreme(which="latest", selection=PLANS, where=(other,), where_any=((one,),)),
            AttributeTest(of="this", where=(third,)),
            AttributeTest(of="adult", where=(third,)),
            ReasonInSubject(where=(one,)),
        )
    )

    assert list(field_tests(tree, "concern_raised")) == [
        ("meeting_held", one),
        ("meeting_held", other),
        ("plan_made", other),
        ("plan_made", one),
        ("concern_raised", third),
        ("adult", third),
        ("concern_raised", one),
    ]


def test_fields_read_beside_the_tests() -> None:
    followed = Selection(type="plan_made", refers_to="outcome", not_followed_by="plan_reviewed")
    tree = (
        recorded(followed),
        ReasonRecorded(selection=MEETINGS, standing="review_by", needs=("purpose",)),
        ReasonInSubject(where=(), needs=("source",)),
        ExplanationGiven(codes=("unsafe",)),
        DueByField(field="due", anchor=EventAnchor(which="first", selection=PLANS)),
        DueByField(field="raised", anchor=This()),
    )

    of_others = {
        ("plan_made", "outcome"),
        ("plan_reviewed", None),
        ("meeting_held", None),
        ("meeting_held", "purpose"),
        ("meeting_held", "review_by"),
        ("explanation", "rule"),
        ("explanation", "code"),
        ("explanation", "text"),
        ("plan_made", None),
        ("plan_made", "due"),
    }
    of_subject = {("concern_raised", "source"), ("concern_raised", "raised")}
    assert set(fields_read(tree, "concern_raised")) == of_others | of_subject
    assert set(fields_read(tree, None)) == of_others


def test_attributes_are_no_fields_of_an_event() -> None:
    tree = AttributeTest(of="case", where=(present("team"),))

    assert list(fields_read(tree, "concern_raised")) == []


def test_a_window_has_an_anchor_and_is_no_bound() -> None:
    week = Limit(unit=Unit.WEEKS, values=((0, 1),))
    window = Window(limit=week, anchor=AsOf(), is_backward=True)
    bounded = Selection(type="plan_made", since=This(), by=AsOf(), within=window)

    assert bounds(bounded) == (This(), AsOf())
    assert anchors(bounded) == (This(), AsOf(), AsOf())
    assert anchors(PLANS) == ()
