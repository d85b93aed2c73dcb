"""Decodes the parts of conditions: numbers, limits, tests of fields, anchors, selections.

Each part is defined once, as a shape that both reads and describes it; `part_definitions` gives
those that a schema refers to by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple, TypeVar

from msp_rules.casework.moments import Moment, moment_on, parse_date
from msp_rules.casework.values import DATE as WRITTEN_DATE
from msp_rules.casework.vocabulary import Field as EventField
from msp_rules.casework.vocabulary import FieldKind
from msp_rules.errors import SourceLocation, nearest
from msp_rules.rules.language import conditions as tree
from msp_rules.rules.language.decode_values import (
    ENVELOPE,
    EVENT_TYPE,
    LIMIT,
    NUMBER,
    codes_of,
    fields_here,
)
from msp_rules.rules.language.names import WHOLE, Names, word_as
from msp_rules.yaml_source.decode import (
    Entry,
    Field,
    Found,
    Record,
    Shape,
    as_block,
    as_text,
    definitions,
    entries_of,
    list_of,
    named,
    needed,
    optional,
    optional_or,
    read_each,
)
from msp_rules.yaml_source.json_schema import Schema, closed, ref
from msp_rules.yaml_source.nodes import Block, Items, Node, Refused, Text

_T = TypeVar("_T")

# Anchors.


def read_anchor(node: Node, names: Names, also: tuple[str, ...] = ()) -> tree.Anchor:
    """Reads an anchor; `also` are further words that the caller accepts."""
    known = (*also, "this", "as_of", *_EVENT_ANCHORS)
    if isinstance(node, Text):
        if node.value == "this":
            if names.each is None:
                names.refuse_this(node.where)
            return tree.This()
        if node.value == "as_of":
            return tree.AsOf()
        names.refuse_unknown(node.where, "anchor", node.value, known)
    block = as_block(node, names, "an anchor")
    which = [key for key in _EVENT_ANCHORS if key in block.entries]
    if not which:
        selecting = {field.key for field in SELECTION}
        word = next((key for key in block.keys if key not in selecting), "")
        names.refuse_unknown(block.keys.get(word, block.where), "anchor", word, known)
    if len(which) == 2:
        message = "one anchor is first or latest, not both"
        names.refuse(block.keys["latest"], "anchor", message)
    return _EVENT_ANCHORS[which[0]].read(block, names)


def _anchor_schema(names: Names) -> Schema:
    title = "an anchor: this, as_of, or first or latest of a type"
    return {
        "title": title,
        "type": ["string", "object"],
        "if": {"type": "string"},
        "then": {"enum": ["this", "as_of"]},
        "else": by_key(title, {key: one.schema(names) for key, one in _EVENT_ANCHORS.items()}),
    }


def by_key(title: str, forms: Mapping[str, Schema]) -> Schema:
    """Describes a mapping identified by one of its keys; no form allows the key of another."""
    return {
        "title": title,
        "type": "object",
        "anyOf": [{"required": [key]} for key in forms],
        "allOf": [
            {"if": {"type": "object", "required": [key]}, "then": form}
            for key, form in forms.items()
        ],
    }


ANCHOR: Final = named("anchor", Shape(read_anchor, _anchor_schema))


def _since(node: Node, names: Names) -> tree.Anchor | None:
    """Reads the anchor from which evidence counts; None for `any`, which is every day."""
    if isinstance(node, Text) and node.value == "any":
        return None
    return read_anchor(node, names, also=("any",))


_SINCE: Final = named(
    "since", Shape(_since, lambda _: {"if": {"const": "any"}, "else": ref("anchor")})
)


# Tests of fields.


def _date_or_anchor(node: Node, names: Names) -> Moment | tree.Anchor:
    if not isinstance(node, Text) or not node.value[:1].isdigit():
        return read_anchor(node, names)
    try:
        return moment_on(parse_date(node.value))
    except ValueError:
        names.refuse(node.where, "date", f'"{node.value}" is not a date')


_DATE_OR_ANCHOR: Final = named(
    "date_or_anchor",
    Shape(
        _date_or_anchor,
        lambda _: {
            "if": {"type": "string", "pattern": "^[0-9]"},
            "then": {"title": "a date that exists", "pattern": f"^{WRITTEN_DATE}$"},
            "else": ref("anchor"),
        },
    ),
)
_BARE_TESTS: Final = (tree.Test.IS_PRESENT, tree.Test.IS_ABSENT)
"""The tests that consist of one word."""


class _Comparison(NamedTuple):
    """A test that is a word and the value that a field is compared with."""

    read: Callable[[EventField, Entry, Names], tree.FieldTest]
    value: Shape[Names, object]


def _excluded(target: EventField, entry: Entry, names: Names) -> tree.FieldTest:
    return _membership(target, entry.value, tree.Test.NOT_ONE_OF, names)


def _numbered(target: EventField, entry: Entry, names: Names) -> tree.FieldTest:
    if not target.may_repeat:  # of a field that repeats, its values are counted
        _need_kind(target, (FieldKind.WHOLE,), entry, names)
    number = NUMBER.read(entry.value, names)
    return tree.FieldTest(field=target.name, test=tree.Test(entry.key), number=number)


def _dated(target: EventField, entry: Entry, names: Names) -> tree.FieldTest:
    _need_kind(target, (FieldKind.DATE, FieldKind.MOMENT), entry, names)
    moment = _DATE_OR_ANCHOR.read(entry.value, names)
    return tree.FieldTest(field=target.name, test=tree.Test(entry.key), moment=moment)


_CODES_OF_FIELD: Final = codes_of("code", lambda _: ())
_COMPARISONS: Final[Mapping[str, _Comparison]] = {
    "is_not": _Comparison(_excluded, _CODES_OF_FIELD),
    "not_one_of": _Comparison(_excluded, _CODES_OF_FIELD),
    "at_least": _Comparison(_numbered, NUMBER),
    "at_most": _Comparison(_numbered, NUMBER),
    "before": _Comparison(_dated, _DATE_OR_ANCHOR),
    "after": _Comparison(_dated, _DATE_OR_ANCHOR),
}


def _test(target: EventField, node: Node, names: Names) -> tree.FieldTest:
    name = target.name
    if isinstance(node, Text) and not node.is_quoted and not node.value.startswith("$"):
        if node.value in _BARE_TESTS:
            return tree.FieldTest(field=name, test=tree.Test(node.value))
        if target.codes and node.value not in (*target.codes, "true", "false"):
            known = (*target.codes, *_BARE_TESTS)
            names.refuse_unknown(node.where, f"code of {name}", node.value, known)
        if not target.codes:
            # A slip in `is_present` would else become a text that no record ever holds: a text to
            # compare with stands in quotes.
            if target.kind is FieldKind.TEXT and nearest(node.value, _BARE_TESTS) is None:
                tests = " or ".join(_BARE_TESTS)
                message = (
                    f'unknown test of {name} "{node.value}"; write {tests}, or the text in quotes'
                )
                names.refuse(node.where, "unknown", message)
            names.refuse_unknown(node.where, f"test of {name}", node.value, _BARE_TESTS)
    if not isinstance(node, Block):
        return _membership(target, node, tree.Test.ONE_OF, names)
    if len(node.entries) != 1:
        names.refuse(node.where, "test", f"write one test for {name}")
    (entry,) = entries_of(node)
    if entry.key not in _COMPARISONS:
        names.refuse_unknown(entry.place, "test", entry.key, (*_COMPARISONS, *_BARE_TESTS))
    return _COMPARISONS[entry.key].read(target, entry._replace(place=node.where), names)


def _membership(target: EventField, node: Node, test: tree.Test, names: Names) -> tree.FieldTest:
    kinds = (FieldKind.CODE, FieldKind.FLAG, FieldKind.TEXT, FieldKind.REF)
    _need_kind(target, kinds, Entry("is", node.where, node), names)
    values = codes_of(f"code of {target.name}", lambda _: target.codes).read(node, names)
    return tree.FieldTest(field=target.name, test=test, values=values)


def _need_kind(target: EventField, kinds: tuple[FieldKind, ...], test: Entry, names: Names) -> None:
    if target.kind not in kinds:
        message = f"{target.name} is a {target.kind} field; {test.key} can't test it"
        names.refuse(test.place, "test", message)


def _test_schema(_: Names) -> Schema:
    return {
        "type": ["string", "integer", "array", "object"],
        "if": {"type": "object"},
        "then": {
            "title": "one test",
            "minProperties": 1,
            "maxProperties": 1,
            "properties": {key: one.value.schema(_) for key, one in _COMPARISONS.items()},
            "additionalProperties": False,
        },
        "else": ref("codes"),
    }


_Tests = tuple[tree.FieldTest, ...]


def _read_tests(
    node: Node, known: Mapping[str, EventField], owner: str | None, names: Names
) -> _Tests:
    block = as_block(node, names, "where")
    if not block.entries:
        names.refuse(block.where, "empty", "at least one field must be tested here")

    def read_one(entry: Entry) -> tree.FieldTest:
        if entry.key not in known:
            names.refuse_unknown(entry.place, f"field of {owner}", entry.key, known)
        return replace(_test(known[entry.key], entry.value, names), place=entry.place)

    return read_each(entries_of(block), read_one)


def _tests(node: Node, names: Names) -> _Tests:
    envelope = {name: names.vocabulary.envelope[name] for name in ENVELOPE}
    return _read_tests(node, {**envelope, **fields_here(names)}, names.event, names)


TESTS: Final = named(
    "tests",
    Shape(
        _tests,
        lambda _: {
            "type": "object",
            "minProperties": 1,
            "propertyNames": ref("field"),
            "additionalProperties": ref("test"),
        },
    ),
)
"""Tests of fields of the event type that this part speaks of."""


def attribute_tests(
    owner: str, known: Callable[[Names], Mapping[str, EventField]]
) -> Shape[Names, _Tests]:
    """Tests of the attributes of a case or of an adult."""

    def schema(names: Names) -> Schema:
        return {**closed({name: ref("test") for name in known(names)}, []), "minProperties": 1}

    return Shape(lambda node, names: _read_tests(node, known(names), owner, names), schema)


# Windows and references.


def _window(found: Found[Names], names: Names) -> tree.Window:
    of, until = found[_OF], found[_UNTIL]
    anchor = until if of is None else of
    if anchor is None or (of is not None and until is not None):
        names.refuse(found.block.where, *_WINDOW_FORM)
    is_backward = of is None
    if isinstance(anchor, tree.AsOf) and not is_backward:
        message = 'nothing is after as_of; write "until: as_of"'
        names.refuse(found.block.where, "never", message)
    return tree.Window(limit=found[_LENGTH], anchor=anchor, is_backward=is_backward)


_WINDOW_FORM: Final = ("form", "within needs limit, and of or until")
_LENGTH: Final = needed("limit", LIMIT)
_OF: Final = optional("of", ANCHOR)
_UNTIL: Final = optional("until", ANCHOR)
_WINDOW: Final = named(
    "window",
    Record(what="within", fields=(_LENGTH, _OF, _UNTIL), lacking=_WINDOW_FORM).shape(
        _window,
        lambda _: {"title": "limit, and of or until", "minProperties": 2, "maxProperties": 2},
    ),
)


def _reference(node: Node, names: Names) -> str:
    able = [f.name for f in fields_here(names).values() if f.refers_to == names.each and names.each]
    if "each" in names.broken:
        raise Refused
    if isinstance(node, Block):
        name, value = next(iter(node.entries.items()), ("", node))
        if len(node.entries) != 1 or name not in able:
            where = node.keys.get(name, node.where)
            names.refuse_unknown(where, f"reference of {names.event} to this", name, able)
        if as_text(value, names) != "this":
            names.refuse_unknown(value.where, "reference", as_text(value, names), ("this",))
        return name
    if as_text(node, names) != "this":
        names.refuse_unknown(node.where, "reference", as_text(node, names), ("this",))
    if len(able) != 1:
        which = ", ".join(able) or "none"
        message = f"{names.event} has not one reference to this, but: {which}"
        names.refuse(node.where, "refers_to", message)
    return able[0]


def _reference_schema(_: Names) -> Schema:
    title = "this, or a field: this"
    return {
        "title": title,
        "type": ["string", "object"],
        "if": {"type": "string"},
        "then": {"const": "this"},
        "else": {
            "title": title,
            "minProperties": 1,
            "maxProperties": 1,
            "propertyNames": ref("field"),
            "additionalProperties": {"const": "this"},
        },
    }


_REFERENCE: Final = named("reference", Shape(_reference, _reference_schema))


def _other_than(word: str, where: SourceLocation, names: Names) -> bool:
    if word != "this":
        names.refuse_unknown(where, "event to leave out", word, ("this",))
    if names.each is None:
        names.refuse_this(where)
    return True


# Selections: the keys that choose among events of a type.

_ROWS: Final = list_of(
    TESTS, "where_any", if_empty=("empty", "where_any needs at least one row of tests")
)
_WHERE: Final = optional_or("where", TESTS, ())
_WHERE_ANY: Final = optional_or("where_any", _ROWS, ())
_SINCE_DAY: Final = optional("since", _SINCE)
_AFTER: Final = optional("after", ANCHOR)
_BY: Final = optional("by", ANCHOR)
_BEFORE: Final = optional("before", ANCHOR)
_FROM_DAY: Final = optional("from_day", ANCHOR)
_THROUGH_DAY: Final = optional("through_day", ANCHOR)
_SURELY_BEFORE: Final = optional("surely_before", ANCHOR)
_WITHIN: Final = optional("within", _WINDOW)
_REFERS_TO: Final = optional("refers_to", _REFERENCE)
_FOLLOWING: Final = needed("type", EVENT_TYPE)
_FROM_EVENT: Final = optional("since", ANCHOR)
_FOLLOWER: Final = Record(
    what="an item of not_followed_by",
    fields=(_FOLLOWING, _WHERE, _WHERE_ANY, _FROM_EVENT, _AFTER, _BY, _BEFORE),
    lacking=("form", "an item of not_followed_by needs a type"),
)


def _follower(node: Node, names: Names) -> tree.Selection:
    if isinstance(node, Text):
        return tree.Selection(type=EVENT_TYPE.read(node, names))
    found = _FOLLOWER.open(node, names)
    found.read([_FOLLOWING], names)
    about = names.about(found[_FOLLOWING])
    found.read_rest(about)
    found.need_sound()
    return tree.Selection(
        type=found[_FOLLOWING],
        where=found[_WHERE],
        where_any=found[_WHERE_ANY],
        since=found[_FROM_EVENT],
        after=found[_AFTER],
        by=found[_BY],
        before=found[_BEFORE],
    )


def _followers(node: Node, names: Names) -> str | tuple[tree.Selection, ...]:
    if isinstance(node, Text):
        return EVENT_TYPE.read(node, names)
    if not isinstance(node, Items):
        return (_follower(node, names),)
    if not node.items:
        names.refuse(node.where, "empty", "not_followed_by needs at least one event type")
    return read_each(node.items, lambda item: _follower(item, names))


def _followers_schema(names: Names) -> Schema:
    one: Schema = {
        "type": ["string", "object"],
        "if": {"type": "string"},
        "then": ref("event_type"),
        "else": _FOLLOWER.schema(names),
    }
    return {
        "if": {"type": "array"},
        "then": {"minItems": 1, "items": one},
        "else": one,
    }


_LATER: Final = named("later_events", Shape(_followers, _followers_schema))
_NOT_FOLLOWED_BY: Final = optional("not_followed_by", _LATER)
_OTHER: Final = word_as(_other_than).described({"const": "this"})
_OTHER_THAN: Final = optional_or("other_than", _OTHER, False)
_DECIDES_WITHIN: Final = optional("decides_within", LIMIT)
SELECTION: Final[tuple[Field[Names, object], ...]] = (
    *(_WHERE, _WHERE_ANY, _SINCE_DAY, _FROM_DAY, _AFTER, _BY, _BEFORE, _THROUGH_DAY),
    *(_SURELY_BEFORE, _WITHIN, _REFERS_TO),
    *(_NOT_FOLLOWED_BY, _OTHER_THAN, _DECIDES_WITHIN),
)


DECISION: Final = "s42_decided"
"""The type of event that decides concerns."""


def selection_of(found: Found[Names], event: str, names: Names) -> tree.Selection:
    """Builds the selection that the keys of a block describe."""
    if found.has(_DECIDES_WITHIN) and event != DECISION:
        message = f"decides_within goes with {DECISION}"
        names.refuse(found.place(_DECIDES_WITHIN), "decides_within", message)
    since = found[_SINCE_DAY]
    # Only `since: any` lifts "from the subject's day on"; an anchor comes on top of it.
    counts_every_day = found.has(_SINCE_DAY) and since is None
    return tree.Selection(
        type=event,
        where=found[_WHERE],
        where_any=found[_WHERE_ANY],
        since=since,
        by=found[_BY],
        before=found[_BEFORE],
        from_day=found[_FROM_DAY],
        through_day=found[_THROUGH_DAY],
        surely_before=found[_SURELY_BEFORE],
        after=found[_AFTER],
        within=found[_WITHIN],
        refers_to=found[_REFERS_TO],
        not_followed_by=found[_NOT_FOLLOWED_BY],
        from_subject_day=names.from_subject_day and not counts_every_day,
        is_other=found[_OTHER_THAN],
        decides_within=found[_DECIDES_WITHIN],
    )


def _anything_goes(_: Found[Names], __: str, ___: Names) -> None:
    return


def over_events(
    record: Record[Names],
    kind: Field[Names, str],
    build: Callable[[Found[Names], tree.Selection, Names], _T],
    *,
    check: Callable[[Found[Names], str, Names], None] = _anything_goes,
    extra: Callable[[Names], Schema] = lambda _: {},
) -> Shape[Names, _T]:
    """Builds the shape of a block that selects events of the type that its field `kind` names.

    The type comes first: the other keys name its fields. `check` refuses keys that are not
    allowed with it, whatever their values; `extra` is added to the schema.
    """

    def read(node: Node, names: Names) -> _T:
        found = record.open(node, names)
        found.read([kind], names)
        event = found[kind]
        about = names.about(event)
        check(found, event, about)
        found.read_rest(about)
        found.need_sound()
        return build(found, selection_of(found, event, about), about)

    return Shape(read, lambda names: {**record.schema(names), **extra(names)})


def _event_anchor(which: str) -> Shape[Names, tree.EventAnchor]:
    kind = needed(which, EVENT_TYPE)
    record = Record(what="an anchor", fields=(kind, *SELECTION))
    first_or_latest: Final = "first" if which == "first" else "latest"
    shape = over_events(
        record,
        kind,
        lambda _, selection, __: tree.EventAnchor(which=first_or_latest, selection=selection),
    )
    # What a limit or a condition hangs on may have happened before the subject's day.
    return shape.within(lambda names: replace(names, from_subject_day=False))


_EVENT_ANCHORS: Final = {which: _event_anchor(which) for which in ("first", "latest")}


def part_definitions(names: Names) -> Schema:
    """Gives the `$defs` of the small parts, for `condition_definitions`."""
    return {
        **definitions((_CODES_OF_FIELD, WHOLE, NUMBER, LIMIT, TESTS), names),
        "test": _test_schema(names),
        **definitions((_DATE_OR_ANCHOR, _SINCE, _WINDOW, _REFERENCE, _LATER), names),
    }
