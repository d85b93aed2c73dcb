"""Decodes the conditions and limits of rule files into the tree of `conditions`.

Each verb is listed once, in `VERBS`: its keys, the shape of each, and the node that it becomes. The
JSON Schema of conditions follows from the same table (`condition_definitions`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Literal, NamedTuple

from msp_rules.casework.vocabulary import FieldKind
from msp_rules.errors import SourceLocation
from msp_rules.rules.language import conditions as tree
from msp_rules.rules.language.decode_selections import (
    ANCHOR,
    SELECTION,
    TESTS,
    attribute_tests,
    by_key,
    over_events,
    part_definitions,
    read_anchor,
    selection_of,
)
from msp_rules.rules.language.decode_values import (
    DATE_FIELD,
    EVENT_TYPE,
    EXPLANATION_CODES,
    FIELD,
    FIELDS,
    LIMIT,
    NEEDED_FIELDS,
    NUMBER,
)
from msp_rules.rules.language.names import WHOLE, Names, word_as
from msp_rules.yaml_source.decode import (
    WORD,
    Context,
    Field,
    Found,
    Record,
    Shape,
    as_block,
    as_items,
    checked,
    definitions,
    hidden,
    list_of,
    member_of,
    named,
    needed,
    optional,
    optional_or,
    read_each,
)
from msp_rules.yaml_source.json_schema import Schema, ref
from msp_rules.yaml_source.nodes import Block, Node, Refused, Text


class Verb(NamedTuple):
    """One way to say a condition."""

    keys: frozenset[str]
    """Every key that such a condition may have, the verb itself included."""
    shape: Shape[Names, tree.Condition]
    """The reader of such a condition, and its schema."""


def read_condition(node: Node, names: Names) -> tree.Condition:
    """Reads a condition; raises Refused after noting what is wrong."""
    block = as_block(node, names, "a condition")
    verb = _verb_of(block, names)
    for key, where in block.keys.items():
        if key in VERBS and key not in VERBS[verb].keys:
            names.refuse(where, "verb", f'one condition, one verb; here are "{verb}" and "{key}"')
    return replace(VERBS[verb].shape.read(block, names), place=block.keys[verb])


def _verb_of(block: Block, names: Names) -> str:
    verbs = [key for key in block.entries if key in VERBS]
    if verbs:
        return verbs[0]
    # A key that goes with some verb is no verb misspelt.
    every = {key for verb in VERBS.values() for key in verb.keys}
    word = next((key for key in block.entries if key not in every), None)
    if word is None:
        names.refuse(block.where, "verb", f"a condition needs a verb: {', '.join(VERBS)}")
    names.refuse_unknown(block.keys[word], "verb", word, VERBS)


def _allows_reasons(names: Names) -> bool:
    return names.allows_reasons


CONDITION: Final = Shape(
    read_condition, lambda names: ref("reasons" if _allows_reasons(names) else "condition")
)
"""A condition; in `explained_when`, it may say how long a reason stands."""


def _verb(record: Record[Names], shape: Shape[Names, tree.Condition]) -> Verb:
    return Verb(frozenset(field.key for field in record.fields), shape)


_Build = Callable[[Found[Names], tree.Selection, Names], tree.Condition]


def _over_events(
    verb: str,
    build: _Build,
    *more: Field[Names, object],
    lacking: tuple[str, str] | None = None,
    extra: Callable[[Names], Schema] = lambda _: {},
) -> Verb:
    """Builds a verb whose value is an event type and which takes the keys of a selection."""
    kind = needed(verb, EVENT_TYPE)
    record = Record(what=verb, fields=(kind, *SELECTION, *more), lacking=lacking)
    return _verb(record, over_events(record, kind, build, extra=extra))


# Reasons: conditions that say for how long what they find explains something. Their keys are read
# anywhere, so that a reason in the wrong block is answered plainly, and offered where they belong.

_STANDING: Final = hidden(optional("standing", DATE_FIELD), _allows_reasons)
_STANDS_FOR: Final[Field[Names, tree.Limit | None]] = hidden(
    optional("stands_for", LIMIT), _allows_reasons
)
_NEEDS: Final = hidden(optional_or("needs", NEEDED_FIELDS, ()), _allows_reasons)
_CODES: Final = hidden(optional("codes", EXPLANATION_CODES), _allows_reasons)
_ENDS: Final = (_STANDING, _STANDS_FOR, _NEEDS)


def _refuse_reasons(found: Found[Names], event: str, names: Names) -> None:
    """Refuses a reason where none is allowed, and `codes` beside other keys."""
    where = found.block.where
    if not names.allows_reasons and any(found.has(field) for field in (*_ENDS, _CODES)):
        names.refuse(where, "reason", "reasons that end belong in explained_when")
    if found.has(_CODES) and (event != "explanation" or len(found.block.entries) > 2):
        names.refuse(where, "reason", 'codes goes with "recorded: explanation", and alone')


def _recorded(found: Found[Names], selection: tree.Selection, _: Names) -> tree.Condition:
    codes = found[_CODES]
    if codes is not None:
        return tree.ExplanationGiven(codes=codes)
    if not any(found.has(field) for field in _ENDS):
        return tree.Count(selection=selection, at_least=1)
    return tree.ReasonRecorded(
        selection=selection,
        standing=found[_STANDING],
        stands_for=found[_STANDS_FOR],
        needs=found[_NEEDS],
    )


def _codes_alone(names: Names) -> Schema:
    alone: Schema = {
        "title": '"recorded: explanation" with codes, and nothing else',
        "properties": {"recorded": {"const": "explanation"}},
        "maxProperties": 2,
    }
    return {"dependentSchemas": {"codes": alone}} if names.allows_reasons else {}


_RECORDED: Final = needed("recorded", EVENT_TYPE)
_RECORDED_RECORD: Final = Record(what="recorded", fields=(_RECORDED, *SELECTION, *_ENDS, _CODES))
_RECORDED_SHAPE: Final = over_events(
    _RECORDED_RECORD, _RECORDED, _recorded, check=_refuse_reasons, extra=_codes_alone
)


# Counts.

_AT_LEAST: Final = optional("at_least", NUMBER)
_AT_MOST: Final = optional("at_most", NUMBER)
_DIFFERENT: Final = optional("different", member_of("way to differ", tree.Different))
_PLUS: Final = optional("plus", WORD.described(ref("field")))


def _not_recorded(_: Found[Names], selection: tree.Selection, __: Names) -> tree.Condition:
    return tree.Count(selection=selection, at_most=0)


def _count(found: Found[Names], selection: tree.Selection, names: Names) -> tree.Condition:
    low, high, where = found[_AT_LEAST], found[_AT_MOST], found.block.where
    if low is None and high is None:
        names.refuse(where, "form", "count needs at_least or at_most")
    if low is not None and high is not None and low > high:
        names.refuse(where, "never", "at_least is above at_most: it can never hold")
    different, plus = found[_DIFFERENT], found[_PLUS]
    if plus is not None:
        fields = names.vocabulary.events[selection.type].fields.values()
        numbers = [one.name for one in fields if one.kind is FieldKind.WHOLE]
        if plus not in numbers:
            what = f"number of {selection.type}"
            names.refuse_unknown(found.place(_PLUS), what, plus, numbers)
        if different is not None:
            names.refuse(found.place(_PLUS), "form", "count has different or plus, not both")
    return tree.Count(
        selection=selection, at_least=low, at_most=high, different=different, plus=plus
    )


def _has_a_bound(_: Names) -> Schema:
    return {"anyOf": [{"required": [field.key]} for field in (_AT_LEAST, _AT_MOST)]}


# The newest and the oldest, silences, and the order of things.


def _extreme(which: Literal["latest", "first"]) -> Verb:
    def build(_: Found[Names], selection: tree.Selection, __: Names) -> tree.Condition:
        # The tests are of the one event that is found, so they must not help to find it.
        bare = replace(selection, where=(), where_any=())
        return tree.Extreme(
            which=which, selection=bare, where=selection.where, where_any=selection.where_any
        )

    return _over_events(which, build)


_LONGEST: Final = needed("at_most", LIMIT)
_FROM: Final = needed("from", ANCHOR)
_UNTIL: Final = optional_or("until", ANCHOR, tree.AsOf())


_TYPE: Final = needed("type", EVENT_TYPE)


def _events_of(what: str) -> Shape[Names, tree.Selection]:
    """Reads a block that selects events inside another condition."""
    record = Record(what=what, fields=(_TYPE, *SELECTION), lacking=("form", f"{what} needs a type"))
    return over_events(record, _TYPE, lambda _, selection, __: selection)


_ALSO: Final = optional_or(
    "also",
    list_of(
        _events_of("an item of also"), "also", if_empty=("empty", "also needs at least one item")
    ),
    (),
)


def _gap(found: Found[Names], selection: tree.Selection, _: Names) -> tree.Condition:
    return tree.Gap(
        selection=selection,
        at_most=found[_LONGEST],
        start=found[_FROM],
        end=found[_UNTIL],
        also=found[_ALSO],
    )


_ORDERED_SELECTION: Final = _events_of("an item of in_order")


def _ordered(node: Node, names: Names) -> tree.Selection | tree.This:
    if isinstance(node, Text):
        if node.value == "this":
            if names.each is None:
                names.refuse_this(node.where)
            return tree.This()
        return tree.Selection(type=EVENT_TYPE.read(node, names))
    return _ORDERED_SELECTION.read(node, names)


def _two_ordered(node: Node, names: Names) -> tree.Condition:
    items = as_items(node, names, "in_order").items
    if len(items) != 2:
        names.refuse(node.where, "form", "in_order needs two event types")
    earlier, later = read_each(items, lambda item: _ordered(item, names))
    return tree.InOrder(earlier=earlier, later=later)


def _two_ordered_schema(names: Names) -> Schema:
    return {
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "items": {
            "type": ["string", "object"],
            "if": {"type": "string"},
            "then": {"if": {"const": "this"}, "else": ref("event_type")},
            "else": _ORDERED_SELECTION.schema(names),
        },
    }


_IN_ORDER: Final = named("in_order", Shape(_two_ordered, _two_ordered_schema))


# What is asked of each event of a kind, and of everything.

_HAS: Final = needed("has", CONDITION)
_OR_ONE_OF: Final = optional("or_one_of", _events_of("or_one_of"))
_EVERY: Final = needed("every", EVENT_TYPE)
_EVERY_RECORD: Final = Record(
    what="every",
    fields=(_EVERY, *SELECTION, _HAS, _OR_ONE_OF),
    lacking=("form", "every needs has"),
)


def _read_every(node: Node, names: Names) -> tree.Condition:
    found = _EVERY_RECORD.open(node, names)
    found.read([_EVERY], names)
    event = found[_EVERY]
    # In `has`, `this` is the event that is looked at, and what came from its day on counts.
    inner = replace(names, each=event, event=None, from_subject_day=True, allows_reasons=False)
    found.read([_HAS], inner)
    about = names.about(event)
    found.read_rest(about)
    found.need_sound()
    return tree.Every(
        selection=selection_of(found, event, about),
        has=found[_HAS],
        or_one_of=found[_OR_ONE_OF],
    )


def _every_schema(names: Names) -> Schema:
    return _EVERY_RECORD.schema(replace(names, allows_reasons=False))


def _read_written_within(node: Node, names: Names) -> tree.Condition:
    return tree.WrittenWithin(limit=LIMIT.read(node, names))


_WRITTEN_WITHIN: Final = Shape(_read_written_within, LIMIT.schema)


def _read_readable(text: str, where: SourceLocation, names: Context) -> tree.Condition:
    if text != _EVERY_EVENT:
        names.refuse(where, "form", f'readable takes one word: "{_EVERY_EVENT}"')
    return tree.Readable()


_EVERY_EVENT: Final = "every_event"
_READABLE: Final = checked(WORD, _read_readable).described({"const": _EVERY_EVENT})


# Attributes, and other conditions by name.

_THIS: Final = needed("this", TESTS)
_THIS_RECORD: Final = Record(what="this", fields=(_THIS, *_ENDS))


def _read_this(node: Node, names: Names) -> tree.Condition:
    found = _THIS_RECORD.open(node, names)
    if names.each is None:
        names.refuse_this(found.block.where)
    about, is_reason = names.about(names.each), any(found.has(field) for field in _ENDS)
    found.read([_THIS], about)
    if is_reason and not names.allows_reasons:
        names.refuse(found.block.where, "reason", "reasons belong in explained_when")
    found.read_rest(about)
    found.need_sound()
    if not is_reason:
        return tree.AttributeTest(of="this", where=found[_THIS])
    return tree.ReasonInSubject(
        where=found[_THIS],
        standing=found[_STANDING],
        stands_for=found[_STANDS_FOR],
        needs=found[_NEEDS],
    )


def _attributes(of: Literal["case", "adult"]) -> Verb:
    tests = needed(
        of,
        attribute_tests(
            of, lambda names: names.vocabulary.case if of == "case" else names.vocabulary.adult
        ),
    )
    record = Record(what=of, fields=(tests,))
    return _verb(
        record, record.shape(lambda found, _: tree.AttributeTest(of=of, where=found[tests]))
    )


def _concept_name(name: str, where: SourceLocation, names: Names) -> str:
    if name in names.broken:
        raise Refused
    if name not in names.concepts:
        names.refuse_unknown(where, "concept", name, names.concepts)
    return name


_CONCEPT: Final = needed("concept", word_as(_concept_name))
_AT: Final = optional("at", ANCHOR)
_CONCEPT_RECORD: Final = Record(what="concept", fields=(_CONCEPT, _AT))


def _concept(found: Found[Names], names: Names) -> tree.Condition:
    name = found[_CONCEPT]
    return tree.ConceptUse(name=name, condition=names.concepts[name], at=found[_AT])


# Several conditions together.


def _several(verb: str) -> Shape[Names, tuple[tree.Condition, ...]]:
    return list_of(CONDITION, verb, if_empty=("empty", f"{verb} needs at least one condition"))


def _together(verb: str, build: Callable[[tuple[tree.Condition, ...]], tree.Condition]) -> Verb:
    parts = needed(verb, _several(verb))
    record = Record(what=verb, fields=(parts,))
    return _verb(record, record.shape(lambda found, _: build(found[parts])))


def _alone(verb: str, shape: Shape[Names, tree.Condition]) -> Verb:
    """Builds a verb whose own value says everything."""
    whole = needed(verb, shape)
    record = Record(what=verb, fields=(whole,))
    return _verb(record, record.shape(lambda found, _: found[whole]))


_N: Final = needed("n", WHOLE)
_OF: Final = needed("of", _several("at_least_n_of"))
_AT_LEAST_N_OF: Final = Record(what="at_least_n_of", fields=(_N, _OF)).shape(
    lambda found, _: tree.AtLeastNOf(n=found[_N], of=found[_OF])
)

VERBS: Final[Mapping[str, Verb]] = {
    "recorded": _verb(_RECORDED_RECORD, _RECORDED_SHAPE),
    "not_recorded": _over_events("not_recorded", _not_recorded),
    "count": _over_events(
        "count", _count, _AT_LEAST, _AT_MOST, _DIFFERENT, _PLUS, extra=_has_a_bound
    ),
    "latest": _extreme("latest"),
    "first": _extreme("first"),
    "gap": _over_events(
        "gap", _gap, _LONGEST, _FROM, _UNTIL, _ALSO, lacking=("form", "gap needs at_most and from")
    ),
    "in_order": _alone("in_order", _IN_ORDER),
    "every": _verb(_EVERY_RECORD, Shape(_read_every, _every_schema)),
    "written_within": _alone("written_within", _WRITTEN_WITHIN),
    "readable": _alone("readable", _READABLE),
    "this": _verb(_THIS_RECORD, Shape(_read_this, _THIS_RECORD.schema)),
    "case": _attributes("case"),
    "adult": _attributes("adult"),
    "concept": _verb(_CONCEPT_RECORD, _CONCEPT_RECORD.shape(_concept)),
    "all": _together("all", lambda parts: tree.AllOf(of=parts)),
    "any": _together("any", lambda parts: tree.AnyOf(of=parts)),
    "none": _together("none", lambda parts: tree.NoneOf(of=parts)),
    "at_least_n_of": _alone("at_least_n_of", _AT_LEAST_N_OF),
}
"""Every verb of the language, in the order in which messages name them."""


# Limits.

_DUE_TITLE: Final = "one of: within and of; at; by_field (of, else); earliest; when and then (else)"
_DUE_FORM: Final = ("due", f"due is {_DUE_TITLE}")


class DueForm(NamedTuple):
    """One way to say by when."""

    record: Record[Names]
    """The keys that this form may have, and those that it needs."""
    shape: Shape[Names, tree.Due]
    """The reader of this form, and its schema."""


def read_due(node: Node, names: Names) -> tree.Due:
    """Reads the limit of a `due` block."""
    block = as_block(node, names, "due")
    known = {field.key: field for form in DUE_FORMS.values() for field in form.record.fields}
    whole = Record(what="due", fields=tuple(replace(f, left_out=(None,)) for f in known.values()))
    whole.open(block, names).need_sound()
    forms = [form for key, form in DUE_FORMS.items() if key in block.entries]
    if len(forms) != 1 or not _fits(block, forms[0].record):
        names.refuse(block.where, *_DUE_FORM)
    return forms[0].shape.read(block, names)


def _fits(block: Block, record: Record[Names]) -> bool:
    needs = {field.key for field in record.fields if field.left_out is None}
    return needs <= block.entries.keys() <= {field.key for field in record.fields}


DUE: Final = named(
    "due",
    Shape(
        read_due,
        lambda names: by_key(
            _DUE_TITLE, {key: form.shape.schema(names) for key, form in DUE_FORMS.items()}
        ),
    ),
)


def _due_form(
    *fields: Field[Names, object], build: Callable[[Found[Names], Names], tree.Due]
) -> DueForm:
    record = Record(what="due", fields=fields)
    return DueForm(record, record.shape(build))


_WITHIN: Final = needed("within", LIMIT)
_WITHIN_OF: Final = needed("of", ANCHOR)
_DUE_AT: Final = needed("at", ANCHOR)
_EARLIEST: Final = needed(
    "earliest",
    list_of(DUE, "earliest", if_empty=("empty", "earliest needs at least one limit")),
)
_BY_FIELD: Final = needed("by_field", WORD.described(ref("field")))
_FIELD_OF: Final = optional("of", ANCHOR)
_ELSE: Final = optional("else", DUE)


_WHEN: Final = needed("when", CONDITION)
_THEN: Final = needed("then", DUE)


def _due_by_field(found: Found[Names], names: Names) -> tree.Due:
    # Left out, the field is the subject's: a rule without one is told so where the limit stands.
    anchor = found[_FIELD_OF] or read_anchor(Text("this", False, found.block.where), names)
    if isinstance(anchor, tree.AsOf):
        names.refuse(found.block.where, "due", "by_field goes with an event")
    event = names.subject if isinstance(anchor, tree.This) else anchor.selection.type
    dates = [
        one.name for one in names.vocabulary.events[event].fields.values() if one.kind == "date"
    ]
    field = found[_BY_FIELD]
    if field not in dates:
        names.refuse_unknown(found.place(_BY_FIELD), f"date field of {event}", field, dates)
    return tree.DueByField(field=field, anchor=anchor, otherwise=found[_ELSE])


DUE_FORMS: Final[Mapping[str, DueForm]] = {
    "within": _due_form(
        _WITHIN,
        _WITHIN_OF,
        build=lambda found, _: tree.DueWithin(limit=found[_WITHIN], anchor=found[_WITHIN_OF]),
    ),
    "at": _due_form(_DUE_AT, build=lambda found, _: tree.DueAt(anchor=found[_DUE_AT])),
    "by_field": _due_form(_BY_FIELD, _FIELD_OF, _ELSE, build=_due_by_field),
    "earliest": _due_form(_EARLIEST, build=lambda found, _: tree.DueEarliest(of=found[_EARLIEST])),
    "when": _due_form(
        _WHEN,
        _THEN,
        _ELSE,
        build=lambda found, _: tree.DueChosen(
            when=found[_WHEN], then=found[_THEN], otherwise=found[_ELSE]
        ),
    ),
}
"""Every way to say by when, by the key that identifies it."""


def _rule_due(node: Node, names: Names) -> tree.Due:
    if isinstance(node, Text) and node.value == NO_LIMIT:
        return tree.NoLimit()
    return DUE.read(node, names)


NO_LIMIT: Final = "no_limit"
RULE_DUE: Final[Shape[Names, tree.Due]] = Shape(
    _rule_due,
    lambda names: {
        "if": {"type": "string"},
        "then": {"enum": [NO_LIMIT]},
        "else": DUE.schema(names),
    },
)
"""The `due` of a rule: a limit, or the statement that there is none."""


def condition_definitions(names: Names) -> Schema:
    """Gives the `$defs` of conditions; `condition` and `reasons` (explained_when) lead to all."""
    return {
        **definitions((EVENT_TYPE, FIELD, FIELDS), names),
        "condition": _condition_schema(names),
        "reasons": _condition_schema(replace(names, allows_reasons=True)),
        **definitions((ANCHOR, DUE), names),
        **part_definitions(names),
        **definitions((_IN_ORDER,), names),
    }


def _condition_schema(names: Names) -> Schema:
    forms = {key: verb.shape.schema(names) for key, verb in VERBS.items()}
    return by_key(f"a condition, with one verb of {', '.join(forms)}", forms)
