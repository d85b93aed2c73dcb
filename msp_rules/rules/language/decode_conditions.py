"""Conditions, anchors and limits of a rule file become the tree of `condition`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final, Literal

from msp_rules.casework.moments import Moment, moment_on, parse_date
from msp_rules.casework.vocabulary import Field, FieldKind
from msp_rules.casework.workdays import Unit
from msp_rules.rules.language import conditions as tree
from msp_rules.rules.language.names import (
    Names,
    Refused,
    as_block,
    as_items,
    as_text,
    check_keys,
    is_whole,
    read_each,
    read_whole,
)
from msp_rules.rules.language.rule import Parameter
from msp_rules.yaml_source.nodes import Block, Items, Node, Text

VERBS: Final = (
    "recorded",
    "not_recorded",
    "count",
    "latest",
    "first",
    "gap",
    "in_order",
    "this",
    "case",
    "adult",
    "concept",
    "all",
    "any",
    "none",
    "at_least_n_of",
)
_SELECTION_KEYS = frozenset(
    {"where", "where_any", "since", "after", "by", "before", "within", "refers_to"}
    | {"not_followed_by", "other_than"}
)
_REASON_KEYS = frozenset({"codes", "standing", "stands_for", "needs"})
_OWN_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "recorded": _SELECTION_KEYS | _REASON_KEYS,
    "not_recorded": _SELECTION_KEYS,
    "count": _SELECTION_KEYS | {"at_least", "at_most"},
    "latest": _SELECTION_KEYS,
    "first": _SELECTION_KEYS,
    "gap": _SELECTION_KEYS | {"at_most", "from", "until"},
    "this": _REASON_KEYS - {"codes"},
    "concept": frozenset({"at"}),
}
_BARE_TESTS: Final = ("is_present", "is_absent")
_TESTS: Final = ("is_not", "not_one_of", "at_least", "at_most", "before", "after")
_BEGINNING: Final = -(10**6)


def read_condition(node: Node, names: Names) -> tree.Condition:
    """The condition of a node; raises Refused after noting what is wrong."""
    block = as_block(node, names, "a condition")
    verb = _verb(block, names)
    return replace(_condition(block, verb, names), place=block.keys[verb])


def _condition(block: Block, verb: str, names: Names) -> tree.Condition:
    known = {verb, *_OWN_KEYS.get(verb, ())}
    for key, where in block.keys.items():
        if key in VERBS and key not in known:
            message = f'one condition, one verb; here are "{verb}" and "{key}"'
            raise names.refuse(where, "verb", message)
    check_keys(block, names, f"key of {verb}", known)
    value = block.entries[verb]
    if verb in ("all", "any", "none"):
        parts = _conditions(value, verb, names)
        if verb == "all":
            return tree.AllOf(of=parts)
        return tree.AnyOf(of=parts) if verb == "any" else tree.NoneOf(of=parts)
    if verb == "at_least_n_of":
        body = as_block(value, names, verb, ("n", "of"))
        parts = _conditions(body.entries["of"], verb, names)
        return tree.AtLeastNOf(n=read_whole(body.entries["n"], names), of=parts)
    if verb == "concept":
        return _concept(block, names)
    if verb in ("this", "case", "adult"):
        return _attributes(block, verb, names)
    if verb == "in_order":
        return _in_order(value, names)
    return _about_events(block, verb, names)


def _verb(block: Block, names: Names) -> str:
    """The verb of a condition: the first key that is one and no key of another verb's own."""
    verbs = [key for key in block.entries if key in VERBS]
    if verbs:
        return verbs[0]
    every = {key for own in _OWN_KEYS.values() for key in own}
    word = next((key for key in block.entries if key not in every), None)
    if word is None:
        raise names.refuse(block.where, "verb", f"a condition needs a verb: {', '.join(VERBS)}")
    raise names.unknown(block.keys[word], "verb", word, VERBS)


def _conditions(node: Node, verb: str, names: Names) -> tuple[tree.Condition, ...]:
    items = as_items(node, names, verb)
    if not items.items:
        raise names.refuse(items.where, "empty", f"{verb} needs at least one condition")
    return read_each(items.items, lambda item: read_condition(item, names))


def _about_events(block: Block, verb: str, names: Names) -> tree.Condition:
    entries = block.entries
    event_type = _event_type(entries[verb], names)
    if verb == "recorded" and _REASON_KEYS & entries.keys():
        return _reason(block, event_type, names)
    selection = _selection(block, event_type, names)
    if verb in ("latest", "first"):
        which: Literal["latest", "first"] = "latest" if verb == "latest" else "first"
        bare = replace(selection, where=(), where_any=())
        return tree.Extreme(
            which=which, selection=bare, where=selection.where, where_any=selection.where_any
        )
    if verb == "gap":
        if not {"at_most", "from"} <= entries.keys():
            raise names.refuse(block.where, "form", "gap needs at_most and from")
        until = entries.get("until")
        return tree.Gap(
            selection=selection,
            at_most=read_limit(entries["at_most"], names),
            start=read_anchor(entries["from"], names),
            end=read_anchor(until, names) if until is not None else tree.AsOf(),
        )
    if verb == "count":
        low, high = (
            _number(entries[key], names) if key in entries else None
            for key in ("at_least", "at_most")
        )
        if low is None and high is None:
            raise names.refuse(block.where, "form", "count needs at_least or at_most")
        if low is not None and high is not None and low > high:
            raise names.refuse(block.where, "never", "at_least is above at_most: it can never hold")
        return tree.Count(selection=selection, at_least=low, at_most=high)
    if verb == "recorded":
        return tree.Count(selection=selection, at_least=1)
    return tree.Count(selection=selection, at_most=0)


def _reason(block: Block, event_type: str, names: Names) -> tree.Condition:
    entries = block.entries
    if not names.allows_reasons:
        raise names.refuse(block.where, "reason", "reasons that end belong in explained_when")
    if "codes" in entries:
        if event_type != "explanation" or len(entries) > 2:
            raise names.refuse(
                block.where, "reason", 'codes goes with "recorded: explanation", and alone'
            )
        known = names.vocabulary.enums["explanation_code"]
        return tree.ExplanationGiven(codes=_codes(entries["codes"], known, "code", names))
    return tree.ReasonRecorded(
        selection=_selection(block, event_type, names),
        **_reason_keys(block, event_type, names),  # type: ignore[arg-type]
    )


def _reason_keys(block: Block, event_type: str, names: Names) -> dict[str, object]:
    fields, found = names.vocabulary.events[event_type].fields, dict[str, object]()
    if "standing" in block.entries:
        name = as_text(block.entries["standing"], names)
        if name not in fields or fields[name].kind is not FieldKind.DATE:
            raise names.unknown(
                block.entries["standing"].where,
                f"date field of {event_type}",
                name,
                [one.name for one in fields.values() if one.kind is FieldKind.DATE],
            )
        found["standing"] = name
    if "stands_for" in block.entries:
        found["stands_for"] = read_limit(block.entries["stands_for"], names)
    if "needs" in block.entries:
        found["needs"] = _codes(block.entries["needs"], tuple(fields), "field", names)
    return found


def _concept(block: Block, names: Names) -> tree.Condition:
    name = as_text(block.entries["concept"], names)
    if name in names.broken:
        raise Refused
    if name not in names.concepts:
        raise names.unknown(block.entries["concept"].where, "concept", name, names.concepts)
    at = block.entries.get("at")
    return tree.ConceptUse(
        name=name,
        condition=names.concepts[name],
        at=read_anchor(at, names) if at is not None else None,
    )


def _attributes(block: Block, verb: str, names: Names) -> tree.Condition:
    known: Mapping[str, Field]
    if verb == "this":
        if names.each is None:
            raise names.no_this(block.where)
        where = read_tests(block.entries[verb], names.each, names)
        if _REASON_KEYS & block.entries.keys():
            if not names.allows_reasons:
                raise names.refuse(block.where, "reason", "reasons belong in explained_when")
            keys = _reason_keys(block, names.each, names)
            return tree.ReasonInSubject(where=where, **keys)  # type: ignore[arg-type]
        return tree.AttributeTest(of="this", where=where)
    known = names.vocabulary.case if verb == "case" else names.vocabulary.adult
    where = _tests(block.entries[verb], known, verb, names)
    return tree.AttributeTest(of="case" if verb == "case" else "adult", where=where)


def _in_order(node: Node, names: Names) -> tree.Condition:
    items = as_items(node, names, "in_order").items
    if len(items) != 2:
        raise names.refuse(node.where, "form", "in_order needs two event types")
    earlier, later = read_each(items, lambda item: _ordered(item, names))
    return tree.InOrder(earlier=earlier, later=later)


def _ordered(item: Node, names: Names) -> tree.Selection:
    if isinstance(item, Text):
        return tree.Selection(type=_event_type(item, names))
    body = as_block(item, names, "an item of in_order")
    check_keys(body, names, "key of an item of in_order", {"type", *_SELECTION_KEYS})
    if "type" not in body.entries:
        raise names.refuse(body.where, "form", "an item of in_order needs a type")
    return _selection(body, _event_type(body.entries["type"], names), names)


def _selection(block: Block, event_type: str, names: Names) -> tree.Selection:
    entries = block.entries
    from_subject_day = names.from_subject_day
    since = entries.get("since")
    if isinstance(since, Text) and since.value == "any":
        entries = {key: value for key, value in entries.items() if key != "since"}
        from_subject_day = False
    readers: dict[str, Callable[[Node], object]] = {
        "where": lambda node: read_tests(node, event_type, names),
        "where_any": lambda node: _rows_of_tests(node, event_type, names),
        "since": lambda node: read_anchor(node, names, also=("any",)),
        "after": lambda node: read_anchor(node, names),
        "by": lambda node: read_anchor(node, names),
        "before": lambda node: read_anchor(node, names),
        "within": lambda node: _window(node, names),
        "refers_to": lambda node: _reference(node, event_type, names),
        "not_followed_by": lambda node: _event_type(node, names),
        "other_than": lambda node: _other_than(node, names),
    }
    wanted = [key for key in readers if key in entries]
    values = read_each(wanted, lambda key: readers[key](entries[key]))
    found = dict(zip(wanted, values, strict=True))
    found["is_other"] = found.pop("other_than", False)
    return tree.Selection(type=event_type, from_subject_day=from_subject_day, **found)  # type: ignore[arg-type]


def _other_than(node: Node, names: Names) -> bool:
    word = as_text(node, names)
    if word != "this":
        raise names.unknown(node.where, "event to leave out", word, ("this",))
    if names.each is None:
        raise names.no_this(node.where)
    return True


def _rows_of_tests(
    node: Node, event_type: str, names: Names
) -> tuple[tuple[tree.FieldTest, ...], ...]:
    items = as_items(node, names, "where_any")
    if not items.items:
        raise names.refuse(items.where, "empty", "where_any needs at least one row of tests")
    return read_each(items.items, lambda row: read_tests(row, event_type, names))


def _window(node: Node, names: Names) -> tree.Window:
    block = as_block(node, names, "within")
    check_keys(block, names, "key of within", ("limit", "of", "until"))
    keys = set(block.entries)
    if keys not in ({"limit", "of"}, {"limit", "until"}):
        raise names.refuse(block.where, "form", "within needs limit, and of or until")
    is_backward = "until" in keys
    anchor = read_anchor(block.entries["until" if is_backward else "of"], names)
    if isinstance(anchor, tree.AsOf) and not is_backward:
        raise names.refuse(block.where, "never", 'nothing is after as_of; write "until: as_of"')
    limit = read_limit(block.entries["limit"], names)
    return tree.Window(limit=limit, anchor=anchor, is_backward=is_backward)


def _reference(node: Node, event_type: str, names: Names) -> str:
    fields = names.vocabulary.events[event_type].fields
    able = [f.name for f in fields.values() if f.refers_to == names.each and names.each]
    if "each" in names.broken:
        raise Refused
    if isinstance(node, Block):
        name, value = next(iter(node.entries.items()), ("", node))
        if len(node.entries) != 1 or name not in able:
            where = node.keys.get(name, node.where)
            raise names.unknown(where, f"reference of {event_type} to this", name, able)
        if as_text(value, names) != "this":
            raise names.unknown(value.where, "reference", as_text(value, names), ("this",))
        return name
    if as_text(node, names) != "this":
        raise names.unknown(node.where, "reference", as_text(node, names), ("this",))
    if len(able) != 1:
        which = ", ".join(able) or "none"
        message = f"{event_type} has not one reference to this, but: {which}"
        raise names.refuse(node.where, "refers_to", message)
    return able[0]


def read_anchor(node: Node, names: Names, also: tuple[str, ...] = ()) -> tree.Anchor:
    """The anchor of a node; `also` are words that the caller takes beside."""
    known = (*also, "this", "as_of", "first", "latest")
    if isinstance(node, Text):
        if node.value == "this":
            if names.each is None:
                raise names.no_this(node.where)
            return tree.This()
        if node.value == "as_of":
            return tree.AsOf()
        raise names.unknown(node.where, "anchor", node.value, known)
    block = as_block(node, names, "an anchor")
    which = [key for key in ("first", "latest") if key in block.entries]
    if not which:
        word = next((key for key in block.keys if key not in _SELECTION_KEYS), "")
        raise names.unknown(block.keys.get(word, block.where), "anchor", word, known)
    if len(which) == 2:
        raise names.refuse(
            block.keys["latest"], "anchor", "one anchor is first or latest, not both"
        )
    check_keys(block, names, "key of an anchor", {which[0], *_SELECTION_KEYS})
    selection = _selection(block, _event_type(block.entries[which[0]], names), names)
    selection = replace(selection, from_subject_day=False)
    return tree.EventAnchor(which="first" if which[0] == "first" else "latest", selection=selection)


def read_limit(node: Node, names: Names) -> tree.Limit:
    """The limit of a node: a parameter, or a number with its unit."""
    text = as_text(node, names)
    if text.startswith("$"):
        parameter = read_parameter(node, names)
        if parameter.unit not in list(Unit):
            message = f"{text} counts {parameter.unit}; a limit needs a unit of time"
            raise names.refuse(node.where, "unit", message)
        values = tuple((v.first_day.toordinal(), v.value) for v in parameter.values)
        return tree.Limit(unit=Unit(parameter.unit), values=values, parameter=parameter.name)  # type: ignore[arg-type]
    number, _, unit = text.partition(" ")
    if is_whole(number) and unit and unit not in list(Unit):
        raise names.unknown(node.where, "unit", unit, list(Unit))
    if not is_whole(number) or not unit:
        message = f'"{text}" is no limit; write $parameter or a number and its unit'
        raise names.refuse(node.where, "limit", message)
    names.literals.append(Text(text, False, node.where))
    return tree.Limit(unit=Unit(unit), values=((_BEGINNING, int(number)),))


def read_parameter(node: Node, names: Names) -> Parameter:
    """The parameter that `$name` names."""
    name = as_text(node, names).removeprefix("$")
    if f"${name}" in names.broken:
        raise Refused
    if name not in names.parameters:
        raise names.unknown(node.where, "parameter", name, names.parameters)
    return names.parameters[name]


def read_tests(node: Node, event_type: str, names: Names) -> tuple[tree.FieldTest, ...]:
    """The tests of fields of an event type."""
    kind = names.vocabulary.events[event_type]
    envelope = {n: names.vocabulary.envelope[n] for n in ("id", "agency", "role")}
    return _tests(node, {**envelope, **kind.fields}, event_type, names)


def _tests(
    node: Node, known: Mapping[str, Field], owner: str, names: Names
) -> tuple[tree.FieldTest, ...]:
    block = as_block(node, names, "where")
    if not block.entries:
        raise names.refuse(block.where, "empty", "at least one field must be tested here")

    def read_one(name: str) -> tree.FieldTest:
        if name not in known:
            raise names.unknown(block.keys[name], f"field of {owner}", name, known)
        test = _test(known[name], block.entries[name], names)
        return replace(test, place=block.keys[name])

    return read_each(block.entries, read_one)


def _test(target: Field, node: Node, names: Names) -> tree.FieldTest:
    name = target.name
    if isinstance(node, Text) and not node.is_quoted and not node.value.startswith("$"):
        if node.value in _BARE_TESTS:
            return tree.FieldTest(field=name, test=tree.Test(node.value))
        if target.codes and node.value not in (*target.codes, "true", "false"):
            known = (*target.codes, *_BARE_TESTS)
            raise names.unknown(node.where, f"code of {name}", node.value, known)
        if not target.codes:
            # A slip in `is_present` would else become a text that no record ever holds: a text to
            # compare with stands in quotes.
            raise names.unknown(node.where, f"test of {name}", node.value, _BARE_TESTS)
    if not isinstance(node, Block):
        return _membership(target, node, tree.Test.ONE_OF, names)
    if len(node.entries) != 1:
        raise names.refuse(node.where, "test", f"one test for {name}, please")
    word, value = next(iter(node.entries.items()))
    if word not in _TESTS:
        raise names.unknown(node.keys[word], "test", word, (*_TESTS, *_BARE_TESTS))
    if word in ("is_not", "not_one_of"):
        return _membership(target, value, tree.Test.NOT_ONE_OF, names)
    if word in ("at_least", "at_most"):
        if not target.may_repeat:
            _need_kind(target, (FieldKind.WHOLE,), word, node, names)
        return tree.FieldTest(field=name, test=tree.Test(word), number=_number(value, names))
    _need_kind(target, (FieldKind.DATE, FieldKind.MOMENT), word, node, names)
    moment: Moment | tree.Anchor
    if isinstance(value, Text) and value.value[:1].isdigit():
        moment = moment_on(_date(value, names))
    else:
        moment = read_anchor(value, names)
    return tree.FieldTest(field=name, test=tree.Test(word), moment=moment)


def _membership(target: Field, node: Node, test: tree.Test, names: Names) -> tree.FieldTest:
    kinds = (FieldKind.CODE, FieldKind.FLAG, FieldKind.TEXT, FieldKind.REF)
    _need_kind(target, kinds, "is", node, names)
    what = f"code of {target.name}"
    return tree.FieldTest(
        field=target.name, test=test, values=_codes(node, target.codes, what, names)
    )


def _need_kind(
    target: Field, kinds: tuple[FieldKind, ...], word: str, node: Node, names: Names
) -> None:
    if target.kind not in kinds:
        message = f"{target.name} is a {target.kind} field; {word} can't test it"
        raise names.refuse(node.where, "test", message)


def _codes(node: Node, known: tuple[str, ...], what: str, names: Names) -> tuple[str, ...]:
    if isinstance(node, Text) and node.value.startswith("$"):
        parameter = read_parameter(node, names)
        value = parameter.value_on(names.on_day)
        if not isinstance(value, tuple):
            raise names.refuse(node.where, "unit", f"{node.value} is not a list of codes")
        written = names.code_lists.get(parameter.name, ())
        read_each(written, lambda item: _code(item, known, what, names))
        return value
    items = node.items if isinstance(node, Items) else (node,)
    if not items:
        raise names.refuse(node.where, "never", "an empty list can never match")
    return read_each(items, lambda item: _code(item, known, what, names))


def _code(item: Node, known: tuple[str, ...], what: str, names: Names) -> str:
    text = as_text(item, names)
    if text in ("true", "false") and known:
        raise names.refuse(item.where, "flag", 'write "yes" or "no", in quotes')
    if known and text not in known:
        raise names.unknown(item.where, what, text, known)
    return text


def _event_type(node: Node, names: Names) -> str:
    text = as_text(node, names)
    if text not in names.vocabulary.events:
        raise names.unknown(node.where, "event type", text, names.vocabulary.events)
    return text


def _number(node: Node, names: Names) -> int:
    text = as_text(node, names)
    if text.startswith("$"):
        parameter = read_parameter(node, names)
        value = parameter.value_on(names.on_day)
        if parameter.unit != "count" or not isinstance(value, int):
            message = f"{text} is in {parameter.unit}; a number needs the unit count"
            raise names.refuse(node.where, "unit", message)
        return value
    number = read_whole(node, names)
    names.literals.append(Text(text, False, node.where))
    return number


def _date(node: Text, names: Names) -> date:
    try:
        return parse_date(node.value)
    except ValueError:
        raise names.refuse(node.where, "date", f'"{node.value}" is not a date') from None
