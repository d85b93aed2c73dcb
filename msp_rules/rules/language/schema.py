"""The JSON Schema of conditions, anchors and limits: the shape that `condition_reader` reads.

Written out by hand, so that it says the same thing a second time; only the words themselves (event
types, fields, units) come from the code. What depends on meaning stays with the reader: whether a
type has a field, a field that code, and whether a concept, parameter or subject exists.

The JSON Schema of the examples that rules and concepts carry, down to fields and codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msp_rules.casework.values import DATE, MOMENT, UNREADABLE
from msp_rules.casework.vocabulary import EventType, Field, FieldKind, Vocabulary, supply_words
from msp_rules.casework.workdays import Unit
from msp_rules.rules.language.decode_examples import VERDICTS
from msp_rules.yaml_source.json_schema import Schema, closed, ref

_ENVELOPE: Final = ("id", "agency", "role")
_PARAMETER: Final = r"\$.+"
_WHOLE: Final = "(0|[1-9][0-9]*)"


def condition_definitions(vocabulary: Vocabulary) -> Schema:
    """The `$defs` for conditions; `condition` and `reasons` (explained_when) are the entrances."""
    fields = {name for kind in vocabulary.events.values() for name in kind.fields}
    return {
        "event_type": {"enum": list(vocabulary.events)},
        "field": {"enum": sorted({*fields, *_ENVELOPE})},
        "fields": {"type": "array", "minItems": 1, "items": ref("field")},
        "condition": _condition("condition", vocabulary, with_reasons=False),
        "reasons": _condition("reasons", vocabulary, with_reasons=True),
        "anchor": _anchor(),
        "due": _due(),
        **_parts(),
    }


def _forms(title: str, forms: Mapping[str, Schema]) -> Schema:
    """A mapping that is told by one of its keys; every form is closed, so two keys clash."""
    return {
        "title": title,
        "type": "object",
        "anyOf": [{"required": [key]} for key in forms],
        "allOf": [
            {"if": {"type": "object", "required": [key]}, "then": form}
            for key, form in forms.items()
        ],
    }


def _selection() -> Schema:
    """The keys that choose among events of a type."""
    return {
        "where": ref("tests"),
        "where_any": {"type": "array", "minItems": 1, "items": ref("tests")},
        "since": ref("since"),
        "after": ref("anchor"),
        "by": ref("anchor"),
        "before": ref("anchor"),
        "within": ref("window"),
        "refers_to": ref("reference"),
        "not_followed_by": ref("event_type"),
        "other_than": {"const": "this"},
    }


def _condition(own_name: str, vocabulary: Vocabulary, *, with_reasons: bool) -> Schema:
    several = {"type": "array", "minItems": 1, "items": ref(own_name)}
    event, selection = ref("event_type"), _selection()
    ends: Schema = {
        "standing": ref("field"),
        "stands_for": ref("limit"),
        "needs": {"if": {"type": "array"}, "then": ref("fields"), "else": ref("field")},
    }
    recorded = closed({"recorded": event, **selection}, ["recorded"])
    this = closed({"this": ref("tests")}, ["this"])
    if with_reasons:
        recorded = closed(
            {"recorded": event, **selection, **ends, "codes": ref("codes")}, ["recorded"]
        )
        recorded["dependentSchemas"] = {
            "codes": {
                "title": '"recorded: explanation" with codes, and nothing else',
                "properties": {"recorded": {"const": "explanation"}},
                "maxProperties": 2,
            }
        }
        this = closed({"this": ref("tests"), **ends}, ["this"])
    count = {"count": event, **selection, "at_least": ref("number"), "at_most": ref("number")}
    gap = {"gap": event, **selection}
    gap |= {"at_most": ref("limit"), "from": ref("anchor"), "until": ref("anchor")}
    forms = {
        "recorded": recorded,
        "not_recorded": closed({"not_recorded": event, **selection}, ["not_recorded"]),
        "count": {
            **closed(count, ["count"]),
            "anyOf": [{"required": ["at_least"]}, {"required": ["at_most"]}],
        },
        "latest": closed({"latest": event, **selection}, ["latest"]),
        "first": closed({"first": event, **selection}, ["first"]),
        "gap": closed(gap, ["gap", "at_most", "from"]),
        "in_order": closed({"in_order": ref("in_order")}),
        "this": this,
        "case": closed({"case": _tests_of(vocabulary.case)}),
        "adult": closed({"adult": _tests_of(vocabulary.adult)}),
        "concept": closed({"concept": {"type": "string"}, "at": ref("anchor")}, ["concept"]),
        "all": closed({"all": several}),
        "any": closed({"any": several}),
        "none": closed({"none": several}),
        "at_least_n_of": closed({"at_least_n_of": closed({"n": ref("whole"), "of": several})}),
    }
    return _forms(f"a condition, with one verb of {', '.join(forms)}", forms)


def _tests_of(fields: Iterable[str]) -> Schema:
    return {**closed({name: ref("test") for name in fields}, []), "minProperties": 1}


def _anchor() -> Schema:
    return {
        "title": "an anchor: this, as_of, or first or latest of a type",
        "type": ["string", "object"],
        "if": {"type": "string"},
        "then": {"enum": ["this", "as_of"]},
        "else": _forms(
            "an anchor: this, as_of, or first or latest of a type",
            {
                which: closed({which: ref("event_type"), **_selection()}, [which])
                for which in ("first", "latest")
            },
        ),
    }


def _due() -> Schema:
    return _forms(
        "one of: within and of; at; by_field (of, else); earliest",
        {
            "within": closed({"within": ref("limit"), "of": ref("anchor")}),
            "at": closed({"at": ref("anchor")}),
            "by_field": closed(
                {"by_field": ref("field"), "of": ref("anchor"), "else": ref("due")}, ["by_field"]
            ),
            "earliest": closed({"earliest": {"type": "array", "minItems": 1, "items": ref("due")}}),
        },
    )


def _parts() -> Schema:
    """The small shapes: tests of fields, windows, references, limits and numbers."""
    scalar = {"title": "one word", "type": ["string", "integer"]}
    in_order = {"type": ref("event_type"), **_selection()}
    return {
        "codes": {
            "type": ["string", "integer", "array"],
            "if": {"type": "array"},
            "then": {"minItems": 1, "items": scalar},
        },
        "whole": {
            "title": "a whole number",
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": f"^{_WHOLE}$",
        },
        "number": {
            "title": "a whole number or $parameter",
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": rf"^({_WHOLE}|{_PARAMETER})$",
        },
        "limit": {
            "title": "$parameter, or a number and its unit",
            "type": "string",
            "pattern": rf"^({_WHOLE} ({'|'.join(Unit)})|{_PARAMETER})$",
        },
        "tests": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": ref("field"),
            "additionalProperties": ref("test"),
        },
        "test": {
            "type": ["string", "integer", "array", "object"],
            "if": {"type": "object"},
            "then": {
                "title": "one test",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": {
                    "is_not": ref("codes"),
                    "not_one_of": ref("codes"),
                    "at_least": ref("number"),
                    "at_most": ref("number"),
                    "before": ref("date_or_anchor"),
                    "after": ref("date_or_anchor"),
                },
                "additionalProperties": False,
            },
            "else": ref("codes"),
        },
        "date_or_anchor": {
            "if": {"type": "string", "pattern": "^[0-9]"},
            "then": {"title": "a date that exists", "pattern": f"^{DATE}$"},
            "else": ref("anchor"),
        },
        "since": {"if": {"const": "any"}, "else": ref("anchor")},
        "window": {
            "title": "limit, and of or until",
            "type": "object",
            "properties": {"limit": ref("limit"), "of": ref("anchor"), "until": ref("anchor")},
            "required": ["limit"],
            "minProperties": 2,
            "maxProperties": 2,
            "additionalProperties": False,
        },
        "reference": {
            "title": "this, or a field: this",
            "type": ["string", "object"],
            "if": {"type": "string"},
            "then": {"const": "this"},
            "else": {
                "title": "this, or a field: this",
                "minProperties": 1,
                "maxProperties": 1,
                "propertyNames": ref("field"),
                "additionalProperties": {"const": "this"},
            },
        },
        "in_order": {
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {
                "type": ["string", "object"],
                "if": {"type": "string"},
                "then": ref("event_type"),
                "else": closed(in_order, ["type"]),
            },
        },
    }


_HOLDS: Final = ("yes", "no", "unknown")
_NEEDED: Final = ("name", "as_of", "given", "then")


def rule_example() -> Schema:
    """An example of a rule: a small case, and the verdict of each subject."""
    verdict = {"enum": list(VERDICTS)}
    then = {
        "type": ["string", "object"],
        "if": {"type": "object"},
        "then": {"additionalProperties": verdict},
        "else": verdict,
    }
    more = {"due": ref("moment"), "case": ref("given_case"), "adult": ref("given_adult")}
    return closed({**_common(then), **more}, _NEEDED)


def concept_example() -> Schema:
    """An example of a concept: a small case, and whether the concept holds in it."""
    return closed(_common({"enum": list(_HOLDS)}), _NEEDED)


def given_definitions(vocabulary: Vocabulary) -> Schema:
    """The `$defs` for what an example gives: events, and attributes of the case and the adult."""
    events = {name: ref(f"given.{name}") for name in vocabulary.events}
    case = {name: _value(field) for name, field in vocabulary.case.items()}
    adult = {name: _value(field) for name, field in vocabulary.adult.items()}
    return {
        "given": {
            "type": "array",
            "items": {**closed(events, []), "minProperties": 1, "maxProperties": 1},
        },
        "given_case": closed(case, []),
        "given_adult": closed(adult, []),
        "supplied": {"type": "array", "items": {"enum": list(supply_words(vocabulary))}},
        **{f"given.{name}": _event(kind, vocabulary) for name, kind in vocabulary.events.items()},
        **_values(vocabulary),
    }


def _common(then: Schema) -> Schema:
    return {
        "name": {"type": "string"},
        "as_of": ref("moment"),
        "given": ref("given"),
        "then": then,
        "supplies": ref("supplied"),
    }


def _event(kind: EventType, vocabulary: Vocabulary) -> Schema:
    fields = {**vocabulary.envelope, **kind.fields}
    names: Schema = {"type": "array", "items": {"enum": list(fields)}}
    properties = {name: _value(field) for name, field in fields.items()}
    return {
        "description": kind.means,
        "type": ["object", "string", "null"],
        "if": {"type": "object"},
        "then": closed({**properties, UNREADABLE: names}, []),
        "else": {"title": "nothing", "enum": ["", None]},
    }


def _value(field: Field) -> Schema:
    """One value; a field that may repeat takes a list of them, too."""
    one = ref(f"value.{field.enum or field.kind}")
    if not field.may_repeat:
        return one
    return {"if": {"type": "array"}, "then": {"items": one}, "else": one}


def _values(vocabulary: Vocabulary) -> Schema:
    """The `$defs` of single values; any of them may be said to be unreadable."""
    number = {"type": ["integer", "string"], "minimum": 0, "pattern": f"^([0-9]+|{UNREADABLE})$"}
    withheld = closed({"withheld": {"const": True}})
    return {
        f"value.{FieldKind.TEXT}": {
            "type": ["string", "integer", "object"],
            "if": {"type": "object"},
            "then": withheld,
        },
        f"value.{FieldKind.REF}": {"type": ["string", "integer"]},
        f"value.{FieldKind.DATE}": _written(DATE, "a date that exists"),
        f"value.{FieldKind.MOMENT}": _written(MOMENT, "a date or date-time that exists"),
        f"value.{FieldKind.WHOLE}": {"title": "a whole number", **number},
        **{
            f"value.{name}": {"enum": [*codes, UNREADABLE]}
            for name, codes in vocabulary.enums.items()
        },
    }


def _written(pattern: str, title: str) -> Schema:
    return {"title": title, "type": "string", "pattern": f"^({pattern}|{UNREADABLE})$"}
