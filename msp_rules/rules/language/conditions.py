"""Defines the rule language as a small frozen tree: what a rule may ask of a record, and by when.

A verb is defined in two places: its form here and in its decoder, its meaning in
`engine.conditions`. Names are resolved before a tree is built: a concept is replaced by its
condition, a parameter by a `Limit` or a row of codes, and each selection says whether evidence
counts from the subject's day on. `place` is where a part is in its file, for messages only: two
conditions that say the same are equal wherever they are.

To search a tree, use the functions at the end of this module, so that a new verb is known
everywhere at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from dataclasses import field as part
from enum import StrEnum
from types import NoneType
from typing import Final, Literal, cast

from msp_rules.casework.moments import Moment
from msp_rules.casework.workdays import Unit
from msp_rules.errors import SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A length of time, dated: its number may differ from one day to another.

    The number in force is picked by the day of the limit's anchor; before the first value there is
    no number, and the limit is unknown.
    """

    unit: Unit
    """The unit of the numbers."""
    values: tuple[tuple[int, int], ...]
    """The numbers, each as (first day as ordinal, number), oldest first."""
    parameter: str | None = None
    """The name of the parameter that set the limit; None for a literal."""

    def value_on(self, day: int) -> int | None:
        """Gives the number in force on a day (ordinal), or None before the first."""
        found = None
        for first_day, number in self.values:
            if first_day <= day:
                found = number
        return found


class Test(StrEnum):
    """Names the ways to test a field; readings 1 says what an absent field passes."""

    ONE_OF = "one_of"
    NOT_ONE_OF = "not_one_of"
    IS_PRESENT = "is_present"
    IS_ABSENT = "is_absent"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTest:
    """One test of one field (or of the envelope parts `agency`, `role`, `id`)."""

    field: str
    """The name of the field, or of the envelope part."""
    test: Test
    """The kind of test."""
    values: tuple[str, ...] = ()
    """The values of ONE_OF and NOT_ONE_OF; empty for other tests."""
    number: int | None = None
    """The bound of AT_LEAST and AT_MOST (of a repeated field: of its number of values), or None."""
    moment: Moment | Anchor | None = None
    """The date or anchor to compare with, for BEFORE and AFTER; None for other tests."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The test's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class This:
    """The subject's own moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """The moment of the evaluation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAnchor:
    """The moment of the first or latest event that a selection finds."""

    which: Literal["first", "latest"]
    """The event to take: the first or the latest."""
    selection: Selection
    """The events to take it from."""


Anchor = This | AsOf | EventAnchor


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Within a limit after an anchor, or (`is_backward`) within that length up to the anchor.

    Forward: from the anchor's day through the due moment of the limit. Backward: the events from
    whose day the limit reaches the anchor, none after it.
    """

    limit: Limit
    """The length of the window."""
    anchor: Anchor
    """The moment at which the window starts or, backward, ends."""
    is_backward: bool = False
    """True where the window ends at its anchor instead of starting there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Events of one type that pass every test."""

    type: str
    """The event type."""
    where: tuple[FieldTest, ...] = ()
    """The tests that must all pass; empty if there are none."""
    where_any: tuple[tuple[FieldTest, ...], ...] = ()
    """Rows of tests, of which at least one must pass as a whole; empty if there are none."""
    since: Anchor | None = None
    """The anchor at or after which the event must be, or None."""
    from_day: Anchor | None = None
    """The anchor on whose day or later the event must be, or None."""
    by: Anchor | None = None
    """The anchor at or before which the event must be, or None."""
    before: Anchor | None = None
    """The anchor before which the event must be, or None."""
    through_day: Anchor | None = None
    """The anchor on whose day or earlier the event must be, or None."""
    surely_before: Anchor | None = None
    """The anchor before which the event must surely be (on one day: by both times), or None."""
    after: Anchor | None = None
    """The anchor after which the event must be, or None."""
    within: Window | None = None
    """The window in which the event must lie, or None."""
    refers_to: str | None = None
    """The field by which the event must refer to the subject, or None."""
    not_followed_by: str | tuple[Selection, ...] | None = None
    """The event type, or selections, that drop an event they follow (same day counts), or None."""
    from_subject_day: bool = False
    """True where only events on or after the subject's calendar day count."""
    is_other: bool = False
    """True where the subject itself is left out."""
    decides_within: Limit | None = None
    """The limit within which a decision follows each concern it decides (at least one), or None."""

    @property
    def followers(self) -> tuple[Selection, ...]:
        """The selections of later events by which an event is dropped."""
        later = self.not_followed_by
        if later is None:
            return ()
        # A bare type stays a text in the tree, so that the locked meaning of such rules stays too.
        return (Selection(type=later),) if isinstance(later, str) else later


class Different(StrEnum):
    """Names what must differ for two events to be counted as two."""

    DAYS = "days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """`recorded` (at least 1), `not_recorded` (at most 0) and `count`."""

    selection: Selection
    """The events to count."""
    at_least: int | None = None
    """The least count; None for no lower bound."""
    at_most: int | None = None
    """The greatest count; None for no upper bound."""
    different: Different | None = None
    """The respect in which events that are alike count as one; None to count every event."""
    plus: str | None = None
    """A field whose number adds to the events up to each one (the greatest sum counts), or None."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """`latest` / `first`: the newest / oldest of the selection passes the tests.

    All events tied on the newest moment are latest; the condition holds if any of them passes.
    Does not hold if there is no such event.
    """

    which: Literal["first", "latest"]
    """The event to test: the first or the latest."""
    selection: Selection
    """The events to take it from, without a `where` of its own."""
    where: tuple[FieldTest, ...] = ()
    """The tests that the event must all pass; empty if there are none."""
    where_any: tuple[tuple[FieldTest, ...], ...] = ()
    """Rows of tests, of which at least one must pass as a whole; empty if there are none."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """No silence longer than a limit between `start`, the selected events, and `end`.

    Each step is measured as a limit from the earlier moment: the next must come by its due moment.
    Does not hold where `start` has not happened.
    """

    selection: Selection
    """The events that end a silence."""
    at_most: Limit
    """The longest silence allowed."""
    start: Anchor
    """The moment from which silences are measured."""
    end: Anchor
    """The moment up to which silences are measured; the horizon if it has not happened."""
    also: tuple[Selection, ...] = ()
    """Further selections whose events end a silence, too; empty if there are none."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InOrder:
    """The first of `earlier` is not after the first of `later`; holds where there is no `later`."""

    earlier: Selection | This
    """The events whose first must not be after the first of `later`; `This` for the subject."""
    later: Selection | This
    """The events whose first must not be before the first of `earlier`; `This` for the subject."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """Each event of a selection fulfils a condition, in which `this` is that event."""

    selection: Selection
    """The events that must each fulfil the condition."""
    has: Condition
    """The condition, in which `this` is the event."""
    or_one_of: Selection | None = None
    """Events that each make up for one that does not fulfil it, or None."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenWithin:
    """Everything in the record was written down within a limit of when it occurred."""

    limit: Limit
    """The longest time allowed from an event to its being written down."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """Every event of the record is of a known type and has a date that can be."""

    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeTest:
    """Tests of the subject (`this`), of the case's attributes, or of the adult's."""

    of: Literal["this", "case", "adult"]
    """The record to test: the subject (`this`), or the attributes of the case or the adult."""
    where: tuple[FieldTest, ...]
    """The tests that must all pass."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptUse:
    """A named condition, as of a given moment or as of now."""

    name: str
    """The name of the concept."""
    condition: Condition
    """The condition that the name stands for."""
    at: Anchor | None = None
    """The anchor as of which it is asked (only what had happened by then counts); None for now."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Every one holds."""

    of: tuple[Condition, ...]
    """The conditions that must all hold."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """At least one holds."""

    of: tuple[Condition, ...]
    """The conditions of which at least one must hold."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoneOf:
    """Not one of them holds."""

    of: tuple[Condition, ...]
    """The conditions of which not one may hold."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeastNOf:
    """At least `n` of them hold."""

    n: int
    """The least number of conditions that must hold."""
    of: tuple[Condition, ...]
    """The conditions."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationGiven:
    """An `explanation` event for this rule (and subject, if it names one) with an accepted code.

    Its text must be present; how long it stands follows from its code (readings 8). One that names
    no subject counts for every subject on or after whose day it stood.
    """

    codes: tuple[str, ...]
    """The accepted explanation codes."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRecorded:
    """A reason held in an event of another type.

    If the field in `standing` holds no date, it stands for the ruleset's `max_temporary_reason`;
    with neither `standing` nor `stands_for`, for good.
    """

    selection: Selection
    """The events that hold such a reason."""
    standing: str | None = None
    """The field with the date until which the reason stands; None without such a field."""
    stands_for: Limit | None = None
    """The limit from its moment on for which the reason stands; None without such a limit."""
    needs: tuple[str, ...] = ()
    """The fields without which the reason lacks its text; empty if it needs no text."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonInSubject:
    """A reason held in the subject itself.

    If the field in `standing` holds no date, it stands for the ruleset's `max_temporary_reason`;
    with neither `standing` nor `stands_for`, for good.
    """

    where: tuple[FieldTest, ...]
    """The tests that the subject must all pass."""
    standing: str | None = None
    """The field with the date until which the reason stands; None without such a field."""
    stands_for: Limit | None = None
    """The limit from its moment on for which the reason stands; None without such a limit."""
    needs: tuple[str, ...] = ()
    """The fields without which the reason lacks its text; empty if it needs no text."""
    place: SourceLocation | None = part(default=None, compare=False, repr=False)
    """The condition's place in its file, for messages only; None if unknown."""


Combination = AllOf | AnyOf | NoneOf | AtLeastNOf

Condition = (
    Count
    | Extreme
    | Gap
    | InOrder
    | Every
    | WrittenWithin
    | Readable
    | AttributeTest
    | ConceptUse
    | AllOf
    | AnyOf
    | NoneOf
    | AtLeastNOf
    | ExplanationGiven
    | ReasonRecorded
    | ReasonInSubject
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWithin:
    """Due a limit after an anchor."""

    limit: Limit
    """The time allowed after the anchor."""
    anchor: Anchor
    """The moment from which the limit runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueAt:
    """Due at an event: through the end of its day."""

    anchor: Anchor
    """The event on whose day it is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueByField:
    """Due on the date in a field of the anchor's event; without one, as `otherwise` says."""

    field: str
    """The name of the date field."""
    anchor: This | EventAnchor
    """The subject, or the event that holds the field."""
    otherwise: Due | None = None
    """The due that applies without such a date; None if it then has not begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueEarliest:
    """The earliest of several limits, among those whose anchor has happened."""

    of: tuple[Due, ...]
    """The dues of which the earliest counts; those whose anchor has not happened are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueChosen:
    """As `then` says where a condition holds, else as `otherwise`; without that, not begun."""

    when: Condition
    """The condition that chooses."""
    then: Due
    """The due where the condition holds."""
    otherwise: Due | None = None
    """The due where the condition does not hold; None if it then has not begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLimit:
    """Due at once, and in time whenever the evidence came: only as the whole `due` of a rule."""


Due = DueWithin | DueAt | DueByField | DueEarliest | DueChosen | NoLimit


def parts(node: Condition) -> tuple[Condition, ...]:
    """Gives the conditions that a condition is made of; empty where there are none.

    What `Every` asks of each event is not among them: it is asked of another subject.
    """
    if isinstance(node, Combination):
        return node.of
    return (node.condition,) if isinstance(node, ConceptUse) else ()


def walk(tree: object, *, into_concepts: bool = True) -> Iterator[object]:
    """Yields every node of a tree, or of several in a tuple, outermost first.

    A rule is a tree of its blocks; None holds nothing. Without `into_concepts`, what is inside a
    named condition is skipped. Places are not nodes.
    """
    found: list[tuple[object, str | None]] = []
    _gather(tree, None, found, into_concepts=into_concepts)
    return (node for node, _ in found)


def _with_subjects(tree: object, subject: str | None) -> list[tuple[object, str | None]]:
    """Lists every node of a tree with the type of what it calls `this`."""
    found: list[tuple[object, str | None]] = []
    _gather(tree, subject, found, into_concepts=True)
    return found


def _gather(
    tree: object,
    subject: str | None,
    found: list[tuple[object, str | None]],
    *,
    into_concepts: bool,
) -> None:
    """Adds every node of a tree, outermost first."""
    kind = type(tree)
    if kind is tuple:  # one with names (a Moment) is a value, and holds no nodes
        for item in cast("tuple[object, ...]", tree):
            _gather(item, subject, found, into_concepts=into_concepts)
        return
    parts_of_kind = _parts_of_kind(kind)
    if parts_of_kind is None:
        return
    found.append((tree, subject))
    is_closed = isinstance(tree, ConceptUse) and not into_concepts
    for name in parts_of_kind:
        value = getattr(tree, name)
        if type(value) in _VALUES:
            continue  # most parts are: a call for each takes a sixth of the time of compiling rules
        if not (is_closed and name == "condition"):
            is_within = name == "has" and isinstance(tree, Every)
            inner = tree.selection.type if isinstance(tree, Every) and is_within else subject
            _gather(value, inner, found, into_concepts=into_concepts)


_VALUES: Final = frozenset({str, int, bool, NoneType, SourceLocation})
"""The types of the plainest values, which hold no nodes."""
_PARTS: Final[dict[type, tuple[str, ...] | None]] = {}


def _parts_of_kind(kind: type) -> tuple[str, ...] | None:
    """Gives the names of the fields of a kind of node; None for what is a value, or a place."""
    if kind not in _PARTS:
        is_node = is_dataclass(kind) and kind is not SourceLocation
        _PARTS[kind] = tuple(field.name for field in fields(kind)) if is_node else None
    return _PARTS[kind]


def selections(tree: object) -> Iterator[Selection]:
    """Yields every selection in a tree, including those inside anchors and concepts."""
    return (node for node in walk(tree) if isinstance(node, Selection))


def every_test(node: Selection | Extreme) -> tuple[FieldTest, ...]:
    """Gives the tests of an event: those that must all hold, then those of the other rows."""
    return (*node.where, *(test for row in node.where_any for test in row))


def field_tests(tree: object, subject: str) -> Iterator[tuple[str, FieldTest]]:
    """Yields every test of a field in a tree, with the event type that it is put to.

    Tests of the subject go by the name `subject`; those of attributes by "case" and "adult".
    """
    for node, own in _with_subjects(tree, subject):
        if isinstance(node, Selection):
            yield from ((node.type, test) for test in every_test(node))
        elif isinstance(node, Extreme):
            yield from ((node.selection.type, test) for test in every_test(node))
        elif isinstance(node, AttributeTest):
            yield from ((own or "" if node.of == "this" else node.of, test) for test in node.where)
        elif isinstance(node, ReasonInSubject):
            yield from ((own or "", test) for test in node.where)


def fields_read(tree: object, subject: str | None) -> Iterator[tuple[str, str | None]]:
    """Yields every event type that a tree asks for, with each field that it reads there.

    The field is None where the type is asked for as such. `subject` is the type of the subject;
    without one, its fields are left out.
    """
    for owner, test in field_tests(tree, subject or ""):
        if owner not in ("", "case", "adult"):
            yield owner, test.field
    for node, own in _with_subjects(tree, subject):
        yield from ((kind, name) for kind, name in _read_by(node, own) if kind is not None)


def _read_by(node: object, subject: str | None) -> Iterator[tuple[str | None, str | None]]:
    """Yields what a node itself reads besides the fields that it tests."""
    if isinstance(node, Selection):
        yield node.type, node.refers_to
        if node.decides_within is not None:
            yield node.type, "concern"
            yield "concern_raised", None
        if isinstance(node.not_followed_by, str):
            yield node.not_followed_by, None
    elif isinstance(node, Count):
        yield node.selection.type, node.plus
    elif isinstance(node, ReasonRecorded | ReasonInSubject):
        kind = node.selection.type if isinstance(node, ReasonRecorded) else subject
        yield from ((kind, name) for name in (*node.needs, node.standing) if name is not None)
    elif isinstance(node, ExplanationGiven):
        yield from (("explanation", name) for name in ("rule", "code", "text"))
    elif isinstance(node, DueByField):
        anchor = node.anchor
        yield anchor.selection.type if isinstance(anchor, EventAnchor) else subject, node.field


def bounds(selection: Selection) -> tuple[Anchor, ...]:
    """Gives the anchors that an event must be before or after, except that of a window."""
    every = (
        *(selection.since, selection.from_day, selection.after),
        *(selection.by, selection.before, selection.through_day, selection.surely_before),
    )
    return tuple(anchor for anchor in every if anchor is not None)


def anchors(selection: Selection) -> tuple[Anchor, ...]:
    """Gives the anchors that a selection depends on."""
    window = selection.within
    return (*bounds(selection), *(() if window is None else (window.anchor,)))
