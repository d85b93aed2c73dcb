"""Conditions and limits in words, for explanations and catalogues; codes stay as they are."""

from __future__ import annotations

from msp_rules.casework.moment import iso_date
from msp_rules.rules.condition import (
    AllOf,
    Anchor,
    AnyOf,
    AsOf,
    AtLeastNOf,
    AttributeTest,
    ConceptUse,
    Condition,
    Count,
    Due,
    DueAt,
    DueByField,
    DueEarliest,
    DueWithin,
    EventAnchor,
    ExplanationGiven,
    Extreme,
    FieldTest,
    Gap,
    InOrder,
    Limit,
    NoneOf,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
    Test,
    This,
    Window,
)

_TESTS = {
    Test.ONE_OF: "is",
    Test.NOT_ONE_OF: "is not",
    Test.IS_PRESENT: "is present",
    Test.IS_ABSENT: "is absent",
    Test.AT_LEAST: "is at least",
    Test.AT_MOST: "is at most",
    Test.BEFORE: "is before",
    Test.AFTER: "is after",
}


def condition_in_words(node: Condition) -> str:
    """One line that says what a condition asks; its parts are not spelled out."""
    match node:
        case Count():
            return _count(node)
        case Extreme():
            tests = _where(node.where, node.where_any)
            return f"the {node.which} {selection_in_words(node.selection)} passes{tests}"
        case Gap():
            span = f"from {anchor_in_words(node.start)} to {anchor_in_words(node.end)}"
            limit = limit_in_words(node.at_most)
            return f"{span}, no more than {limit} between {selection_in_words(node.selection)}"
        case InOrder():
            earlier, later = selection_in_words(node.earlier), selection_in_words(node.later)
            return f"the first {earlier} is not after the first {later}"
        case AttributeTest():
            return f"{_OWNERS[node.of]}{_where(node.where, ())}"
        case ConceptUse():
            at = f", seen at {anchor_in_words(node.at)}" if node.at is not None else ""
            return f"{node.name.replace('_', ' ')}{at}"
        case ExplanationGiven():
            return f"an explanation for this rule, with text, code {_or(node.codes)}"
        case ReasonRecorded():
            return f"a reason in {selection_in_words(node.selection)}{_standing(node)}"
        case ReasonInSubject():
            return f"a reason in this record{_where(node.where, ())}{_standing(node)}"
    return _combination(node)


def selection_in_words(selection: Selection) -> str:
    """The events that a selection means."""
    parts = [f"{selection.type}{_where(selection.where, selection.where_any)}"]
    for word in ("since", "after", "by", "before"):
        anchor: Anchor | None = getattr(selection, word)
        if anchor is not None:
            parts.append(f"{word} {anchor_in_words(anchor)}")
    if selection.within is not None:
        parts.append(_window(selection.within))
    if selection.refers_to is not None:
        parts.append("about this record")
    if selection.not_followed_by is not None:
        parts.append(f"with no {selection.not_followed_by} since")
    if selection.is_other:
        parts.append("other than this record")
    if selection.from_subject_day:
        parts.append("from the day of this record on")
    return ", ".join(parts)


def anchor_in_words(anchor: Anchor) -> str:
    """The moment that an anchor means."""
    match anchor:
        case This():
            return "this record"
        case AsOf():
            return "the day of the evaluation"
        case EventAnchor():
            return f"the {anchor.which} {selection_in_words(anchor.selection)}"


def limit_in_words(limit: Limit) -> str:
    """A length of time: its parameter, or number, and unit."""
    unit = limit.unit.value.replace("_", " ")
    if limit.parameter is not None:
        return f"{limit.parameter} ({unit})"
    return f"{limit.values[-1][1]} {unit}"


def due_in_words(due: Due | None) -> str:
    """When a rule's evidence is due; None is "at once"."""
    match due:
        case DueWithin():
            return f"within {limit_in_words(due.limit)} of {anchor_in_words(due.anchor)}"
        case DueAt():
            return f"at {anchor_in_words(due.anchor)}"
        case DueByField():
            first = f"on the date in {due.field} of {anchor_in_words(due.anchor)}"
            return (
                first if due.otherwise is None else f"{first}; else {due_in_words(due.otherwise)}"
            )
        case DueEarliest():
            return "the earliest of: " + "; ".join(due_in_words(part) for part in due.of)
    return "at once"


def parts_of(node: Condition) -> tuple[Condition, ...]:
    """The conditions that a condition is made of; empty where it is made of none."""
    match node:
        case AllOf() | AnyOf() | NoneOf() | AtLeastNOf():
            return node.of
        case ConceptUse():
            return (node.condition,)
    return ()


def test_in_words(test: FieldTest) -> str:
    """One test of one field."""
    words = f"{test.field} {_TESTS[test.test]}"
    if test.values:
        return f"{words} {_or(test.values)}"
    if test.number is not None:
        return f"{words} {test.number}"
    if test.moment is None:
        return words
    if isinstance(test.moment, This | AsOf | EventAnchor):
        return f"{words} {anchor_in_words(test.moment)}"
    return f"{words} {iso_date(test.moment.day)}"


_OWNERS = {"this": "this record", "case": "the case", "adult": "the adult's details"}


def _count(node: Count) -> str:
    found = selection_in_words(node.selection)
    if node.at_least == 1 and node.at_most is None:
        return f"recorded: {found}"
    if node.at_least is None and node.at_most == 0:
        return f"not recorded: {found}"
    low = f"at least {node.at_least}" if node.at_least is not None else ""
    high = f"at most {node.at_most}" if node.at_most is not None else ""
    return f"{' and '.join(part for part in (low, high) if part)} of {found}"


def _combination(node: Condition) -> str:
    match node:
        case AllOf():
            return "all of"
        case AnyOf():
            return "any of"
        case NoneOf():
            return "none of"
        case AtLeastNOf():
            return f"at least {node.n} of"
    raise TypeError(f"no words for {type(node).__name__}")


def _where(tests: tuple[FieldTest, ...], rows: tuple[tuple[FieldTest, ...], ...]) -> str:
    parts = [test_in_words(test) for test in tests]
    if rows:
        parts.append(
            "(" + " or ".join(" and ".join(test_in_words(t) for t in row) for row in rows) + ")"
        )
    return f" where {' and '.join(parts)}" if parts else ""


def _window(window: Window) -> str:
    limit, anchor = limit_in_words(window.limit), anchor_in_words(window.anchor)
    return f"within {limit} {'up to' if window.is_backward else 'of'} {anchor}"


def _standing(node: ReasonRecorded | ReasonInSubject) -> str:
    needs = f", with {' and '.join(node.needs)}" if node.needs else ""
    if node.standing is not None:
        return f"{needs}, standing until {node.standing}"
    if node.stands_for is not None:
        return f"{needs}, standing for {limit_in_words(node.stands_for)}"
    return needs


def _or(values: tuple[str, ...]) -> str:
    return " or ".join(values)
