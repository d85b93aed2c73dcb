"""Decodes the examples of rules and concepts: small cases in the words of the vocabulary.

The events of an example are checked down to fields and codes, and kept as written: an example is
run from plain texts, as a record is. Its JSON Schema follows from this (`given_definitions`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from msp_rules.casework.values import (
    DATE as WRITTEN_DATE,
)
from msp_rules.casework.values import (
    MOMENT as WRITTEN_MOMENT,
)
from msp_rules.casework.values import (
    UNREADABLE,
    read_value,
)
from msp_rules.casework.vocabulary import (
    EventType,
    FieldKind,
    Vocabulary,
    supply_words,
)
from msp_rules.casework.vocabulary import (
    Field as EventField,
)
from msp_rules.rules.language.names import MOMENT, Names
from msp_rules.rules.language.rule import ConceptExample, Example
from msp_rules.yaml_source.decode import (
    WORD,
    Entry,
    Field,
    Found,
    Record,
    Shape,
    as_block,
    as_items,
    as_text,
    entries_of,
    hidden,
    list_of,
    needed,
    one_of,
    optional,
    optional_or,
    read_each,
    read_entries,
)
from msp_rules.yaml_source.json_schema import Schema, closed, ref
from msp_rules.yaml_source.nodes import Block, Items, Node, Refused, Text, plain, plain_entries

VERDICTS: Final = (
    "met",
    "explained",
    "met_late",
    "partly_met",
    "not_met",
    "not_yet_due",
    "not_applicable",
    "cannot_tell",
)
HOLDS: Final = ("yes", "no", "unknown")

# Single values of events and attributes.


def _known(node: Node, what: str, known: frozenset[str] | tuple[str, ...], names: Names) -> str:
    text = as_text(node, names)
    if text not in known:
        names.refuse_unknown(node.where, what, text, known)
    return text


def _check_value(field: EventField, node: Node, kind: str, names: Names) -> None:
    """Refuses what a record could not hold in a field of that kind of event or owner."""
    if isinstance(node, Items):
        _check_values(field, node, kind, names)
    elif isinstance(node, Block):
        _check_withheld(field, node, names)
    elif node.value != UNREADABLE:
        _check_word(field, node, kind, names)


def _check_values(field: EventField, node: Items, kind: str, names: Names) -> None:
    if not field.may_repeat:
        names.refuse(node.where, "form", f"{field.name} may not repeat: one value, no list")
    for item in node.items:
        if isinstance(item, Items):
            names.refuse(item.where, "form", "a list of values can't contain lists")
    read_each(node.items, lambda item: _check_value(field, item, kind, names))


def _check_withheld(field: EventField, node: Block, names: Names) -> None:
    if field.kind is not FieldKind.TEXT:
        names.refuse(node.where, "form", "only a text can be withheld")
    _WITHHELD_TEXT.read(node, names)


def _only_true(node: Node, names: Names) -> None:
    if plain(node) is not True:
        names.refuse(node.where, "flag", "write true")


_WITHHELD: Final = needed("withheld", Shape(_only_true, lambda _: {"const": True}))
_WITHHELD_TEXT: Final = Record(what="a withheld text", fields=(_WITHHELD,))


def _check_word(field: EventField, node: Text, kind: str, names: Names) -> None:
    is_reference = field.kind is FieldKind.REF or field.name == "supersedes"
    if is_reference or (kind == "explanation" and field.name == "subject"):
        _known(node, "event of the example", names.event_ids, names)
    elif kind == "explanation" and field.name == "rule" and names.rule_ids:
        _known(node, "rule", names.rule_ids, names)
    elif field.codes:
        if node.value in ("true", "false") and not node.is_quoted:
            names.refuse(node.where, "flag", 'write "yes" or "no", in quotes')
        _known(node, f"code of {field.name}", field.codes, names)
    else:
        try:
            read_value(field, node.value)
        except ValueError as error:
            names.refuse(node.where, "value", f"{field.name}: {error}")


# Events and attributes that an example gives.


def _given_event(item: Node, names: Names) -> Mapping[str, object]:
    body = as_block(item, names, "an event")
    kind, fields = next(iter(body.entries.items()), ("", item))
    if kind not in names.vocabulary.events:
        where = body.keys.get(kind, item.where)
        names.refuse_unknown(where, "event type", kind, names.vocabulary.events)
    if len(body.entries) != 1:
        names.refuse(item.where, "form", "one event, one type, and its fields below it")
    if not isinstance(fields, Text) or fields.value:
        _check_fields(as_block(fields, names, kind), kind, names)
    return plain_entries(body)


def _check_fields(block: Block, kind: str, names: Names) -> None:
    known = {**names.vocabulary.envelope, **names.vocabulary.events[kind].fields}

    def check(entry: Entry) -> None:
        if entry.key == UNREADABLE:
            items = as_items(entry.value, names, UNREADABLE).items
            read_each(items, lambda one: _known(one, f"field of {kind}", tuple(known), names))
        elif entry.key not in known:
            words = (*known, UNREADABLE)
            names.refuse_unknown(entry.place, f"field of {kind}", entry.key, words)
        else:
            _check_value(known[entry.key], entry.value, kind, names)

    read_each(entries_of(block), check)


def _given(node: Node, names: Names) -> tuple[Mapping[str, object], ...]:
    items = as_items(node, names, "given").items
    return read_each(items, lambda item: _given_event(item, names))


GIVEN: Final[Shape[Names, tuple[Mapping[str, object], ...]]] = Shape(_given, lambda _: ref("given"))
"""The events of a small case, each with its fields as written."""
_GIVEN: Final = needed("given", GIVEN)


def _attributes(
    owner: str, known: Callable[[Vocabulary], Mapping[str, EventField]]
) -> Field[Names, Mapping[str, object]]:
    def read(node: Node, names: Names) -> Mapping[str, object]:
        fields = known(names.vocabulary)
        block = as_block(node, names, owner)
        # An attribute refers to no event, whatever events the example gives.
        outside = replace(names, event_ids=frozenset())

        def check(entry: Entry) -> None:
            if entry.key not in fields:
                names.refuse_unknown(entry.place, f"field of {owner}", entry.key, fields)
            _check_value(fields[entry.key], entry.value, owner, outside)

        read_each(entries_of(block), check)
        return plain_entries(block)

    return optional_or(owner, Shape(read, lambda _: ref(f"given_{owner}")), {})


def _supplied(node: Node, names: Names) -> str:
    events, text = names.vocabulary.events, as_text(node, names)
    kind, dot, field = text.partition(".")
    if kind not in events:
        names.refuse_unknown(node.where, "event type", kind, events)
    if dot and field not in events[kind].fields:
        names.refuse_unknown(node.where, f"field of {kind}", field, events[kind].fields)
    return text


_SUPPLIED: Final = list_of(
    Shape(_supplied, lambda names: {"enum": list(supply_words(names.vocabulary))}), "supplies"
)


# What must come of it.


def _verdicts(node: Node, names: Names) -> Mapping[str | None, str] | str:
    if not isinstance(node, Block):
        return _VERDICT.read(node, names)
    for subject, where in node.keys.items():
        if subject not in names.event_ids and subject != "case":
            names.refuse_unknown(where, "subject", subject, (*names.event_ids, "case"))
    rows = read_entries(node, lambda entry: _VERDICT.read(entry.value, names))
    return {None if key == "case" else key: value for key, value in rows.items()}


def _verdicts_schema(names: Names) -> Schema:
    verdict = _VERDICT.schema(names)
    return {
        "type": ["string", "object"],
        "if": {"type": "object"},
        "then": {"additionalProperties": verdict},
        "else": verdict,
    }


def _answer(node: Node, names: Names) -> str:
    if isinstance(node, Block):
        names.refuse(node.where, "form", "a concept has one answer")
    return _HOLDS.read(node, names)


_VERDICT: Final = one_of("verdict", VERDICTS)
_HOLDS: Final = one_of("answer", HOLDS)
_NAME: Final = needed("name", WORD)
_AS_OF: Final = needed("as_of", MOMENT)
_THEN: Final = needed("then", Shape(_verdicts, _verdicts_schema))
_HOLDS_THEN: Final = needed("then", Shape(_answer, _HOLDS.schema))
_SUPPLIES: Final = optional("supplies", Shape(_SUPPLIED.read, lambda _: ref("supplied")))
_DUE: Final = optional("due", MOMENT)
OF_CASE: Final = _attributes("case", lambda vocabulary: vocabulary.case)
"""The attributes of a small case."""
OF_ADULT: Final = _attributes("adult", lambda vocabulary: vocabulary.adult)
"""The attributes of the adult in it."""
_RULE_EXAMPLE: Final = Record(
    what="an example",
    subject="the example",
    fields=(_NAME, _AS_OF, _GIVEN, _THEN, _SUPPLIES, _DUE, OF_CASE, OF_ADULT),
)
_CONCEPT_EXAMPLE: Final = Record(
    what="an example",
    subject="the example",
    # What only examples of rules have is read and ignored; the schema tells of it (`check`).
    fields=(
        *(_NAME, _AS_OF, _GIVEN, _HOLDS_THEN, _SUPPLIES),
        *(hidden(_DUE), hidden(OF_CASE), hidden(OF_ADULT)),
    ),
)


def _read_example(record: Record[Names], node: Node, names: Names) -> Found[Names]:
    found = record.open(node, names)
    if not found.has(_GIVEN):
        raise Refused  # its events are what all else speaks of
    found.read_rest(replace(names, event_ids=_ids(found.block.entries.get(_GIVEN.key))))
    found.need_sound()
    return found


def _read_rule_example(node: Node, names: Names) -> Example:
    found = _read_example(_RULE_EXAMPLE, node, names)
    return Example(
        name=found[_NAME],
        as_of=found[_AS_OF],
        given=found[_GIVEN],
        then=found[_THEN],
        due=found[_DUE],
        case=found[OF_CASE],
        adult=found[OF_ADULT],
        supplies=found[_SUPPLIES],
        where=found.block.where,
    )


def _read_concept_example(node: Node, names: Names) -> ConceptExample:
    found = _read_example(_CONCEPT_EXAMPLE, node, names)
    return ConceptExample(
        name=found[_NAME],
        as_of=found[_AS_OF],
        given=found[_GIVEN],
        then=found[_HOLDS_THEN],
        supplies=found[_SUPPLIES],
        where=found.block.where,
    )


RULE_EXAMPLE: Final = Shape(_read_rule_example, _RULE_EXAMPLE.schema)
"""A small case, and the verdict of each subject."""
CONCEPT_EXAMPLE: Final = Shape(_read_concept_example, _CONCEPT_EXAMPLE.schema)
"""A small case, and whether a concept holds in it."""


def _ids(given: Node | None) -> frozenset[str]:
    """Gives the ids of an example's events: as written, or by their position."""
    found = set()
    for number, item in enumerate(given.items if isinstance(given, Items) else (), start=1):
        body = next(iter(item.entries.values()), None) if isinstance(item, Block) else None
        name = body.entries.get("id") if isinstance(body, Block) else None
        found.add(name.value if isinstance(name, Text) else f"x{number}")
    return frozenset(found)


# The same as JSON Schema.


def given_definitions(names: Names) -> Schema:
    """Gives the `$defs` of what an example holds: events, attributes of the case and the adult."""
    vocabulary = names.vocabulary
    events = {name: ref(f"given.{name}") for name in vocabulary.events}
    return {
        "given": {
            "type": "array",
            "items": {**closed(events, []), "minProperties": 1, "maxProperties": 1},
        },
        "given_case": closed({name: _value(field) for name, field in vocabulary.case.items()}, []),
        "given_adult": closed(
            {name: _value(field) for name, field in vocabulary.adult.items()}, []
        ),
        "supplied": _SUPPLIED.schema(names),
        **{f"given.{name}": _event(kind, vocabulary) for name, kind in vocabulary.events.items()},
        **_values(names),
    }


def _event(kind: EventType, vocabulary: Vocabulary) -> Schema:
    fields = {**vocabulary.envelope, **kind.fields}
    listed: Schema = {"type": "array", "items": {"enum": list(fields)}}
    properties = {name: _value(field) for name, field in fields.items()}
    return {
        "description": kind.means,
        "type": ["object", "string", "null"],
        "if": {"type": "object"},
        "then": closed({**properties, UNREADABLE: listed}, []),
        "else": {"title": "nothing", "enum": ["", None]},
    }


def _value(field: EventField) -> Schema:
    """Describes one value; a field that may repeat takes a list of them, too."""
    one = ref(f"value.{field.enum or field.kind}")
    if not field.may_repeat:
        return one
    return {"if": {"type": "array"}, "then": {"items": one}, "else": one}


def _values(names: Names) -> Schema:
    """Gives the `$defs` of single values; any of them may be said to be unreadable."""
    number = {"type": ["integer", "string"], "minimum": 0, "pattern": f"^([0-9]+|{UNREADABLE})$"}
    return {
        f"value.{FieldKind.TEXT}": {
            "type": ["string", "integer", "object"],
            "if": {"type": "object"},
            "then": _WITHHELD_TEXT.schema(names),
        },
        f"value.{FieldKind.REF}": {"type": ["string", "integer"]},
        f"value.{FieldKind.DATE}": _written(WRITTEN_DATE, "a date that exists"),
        f"value.{FieldKind.MOMENT}": _written(WRITTEN_MOMENT, "a date or date-time that exists"),
        f"value.{FieldKind.WHOLE}": {"title": "a whole number", **number},
        **{
            f"value.{name}": {"enum": [*codes, UNREADABLE]}
            for name, codes in names.vocabulary.enums.items()
        },
    }


def _written(pattern: str, title: str) -> Schema:
    return {"title": title, "type": "string", "pattern": f"^({pattern}|{UNREADABLE})$"}
