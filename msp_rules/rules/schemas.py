"""The JSON Schemas of rules, concepts, ruleset.yaml, overlays and mapping files.

For editors and for the loader.

They hold for a file as an ordinary YAML 1.2 reader gives it (numbers, `true`) and as the loader has
it (words): where a number stands, a text of digits may stand too.

The JSON Schema of overlays: what a council changes, adds, excludes and waives.

An overlay may name events, fields and codes of its own (`x_...`), which no schema knows beforehand:
they are allowed by their form, and `check` says whether there are such.

The JSON Schemas of the files beside the rules: `citations.yaml` and `coverage.yaml`.

The schemas as a second pair of eyes on rule files, after the readers have found nothing.

The readers say more, and say it better: place, nearest word, meaning. What they let pass although
it is no part of the language (a key nobody reads, an example that could not run) is found here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from msp_rules.casework.values import DATE, MOMENT, UNREADABLE
from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary
from msp_rules.casework.workdays import Unit
from msp_rules.errors import SourceLocation
from msp_rules.intake.mapping.schema import mapping_schema
from msp_rules.rules.citations import Reading
from msp_rules.rules.expectations import ANSWERS
from msp_rules.rules.language.decode_rule import (
    KINDS,
    LONGEST_SUMMARY,
    PRINCIPLES,
    STATUSES,
    UNITS,
    URGENCIES,
)
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import Basis, Severity
from msp_rules.rules.language.schema import (
    concept_example,
    condition_definitions,
    given_definitions,
    rule_example,
)
from msp_rules.yaml_source.json_schema import DIALECT, Schema, Step, closed, explain, ref
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_LOCAL: Final = "^x_[a-z0-9_]+$"
_FIELD: Final = "^[a-z][a-z0-9_]*$"
_LIST: Final = "[a-z0-9_]+"
_KIND: Final = rf"^((text|flag|date|moment|whole)|code\({_LIST}\)|ref\({_LIST}\))[*!]*$"
_VERSION: Final[Schema] = {
    "title": 'three numbers in quotes, as in "1.0.0"',
    "type": "string",
    "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$",
}


def overlay_body(vocabulary: Vocabulary, rule: Schema, concept: Schema) -> Schema:
    """What overlay.yaml may hold; `rule` and `concept` are what their own files may hold."""
    head: Schema = {
        "overlay": {
            "title": "small letters, digits and hyphens",
            "type": "string",
            "pattern": "^[a-z][a-z0-9-]*$",
        },
        "title": ref("text"),
        "version": _VERSION,
        "extends": closed({"id": ref("text"), "version": _VERSION, "sha256": _hash()}),
        "because": ref("text"),
        "approved_by": ref("text"),
        "review_by": ref("date"),
    }
    parts: Schema = {
        "sources": {"type": "object", "additionalProperties": ref("text")},
        "enums": _named(_LOCAL, _codes()),
        "events": _named(_LOCAL, _event(vocabulary)),
        "rules": {"type": "array", "items": rule},
        "concepts": {"type": "array", "items": concept},
        "changes": {"type": "array", "items": _change()},
        "filters": {"type": "array", "items": _filter()},
        "waivers": {"type": "array", "items": _waiver(vocabulary)},
    }
    return closed({**head, **parts}, head)


def local_definitions(vocabulary: Vocabulary, core: Schema) -> Schema:
    """The `$defs` of conditions and examples, with local words beside those of the vocabulary."""
    given: Schema = core["given"]
    local = {"title": "the fields of a local event", "type": ["object", "string", "null"]}
    items = {**given["items"], "patternProperties": {_LOCAL: local}}
    supplied = {"type": "string", "pattern": r"^x_[a-z0-9_]+(\.[a-z][a-z0-9_]*)?$"}
    return {
        **core,
        "ask_at": _or_local(core["ask_at"], "any, or an event type", _LOCAL),
        "event_type": _or_local(core["event_type"], "an event type", _LOCAL),
        "field": _or_local(core["field"], "a field", _FIELD),
        "given": {**given, "items": items},
        "supplied": {
            "type": "array",
            "items": {
                "title": "an event type, or a field of one",
                "anyOf": [core["supplied"]["items"], supplied],
            },
        },
    }


def _or_local(known: Schema, title: str, pattern: str) -> Schema:
    return {"title": title, "anyOf": [known, {"type": "string", "pattern": pattern}]}


def _named(pattern: str, value: Schema) -> Schema:
    names = {"title": "a name that begins with x_", "pattern": pattern}
    return {"type": "object", "propertyNames": names, "additionalProperties": value}


def _hash() -> Schema:
    title = "64 digits and letters a to f"
    return {"title": title, "type": "string", "pattern": "^[0-9a-f]{64}$"}


def _codes() -> Schema:
    items: Schema = {"type": ["string", "integer"]}
    return {"type": "array", "minItems": 1, "uniqueItems": True, "items": items}


def _event(vocabulary: Vocabulary) -> Schema:
    taken = {"enum": [*vocabulary.envelope, UNREADABLE]}
    kind = {"title": "a kind of field, such as text or code(LIST)", "type": "string"}
    fields: Schema = {
        "type": "object",
        "propertyNames": {
            "title": "a name in small letters that no field of every event has",
            "pattern": _FIELD,
            "not": taken,
        },
        "additionalProperties": {**kind, "pattern": _KIND},
    }
    return closed({"means": {"type": "string"}, "fields": fields}, ["means"])


def _reasons() -> Schema:
    return {
        "because": ref("text"),
        "approved_by": ref("text"),
        "from": ref("date"),
        "expires": ref("date"),
    }


def _change() -> Schema:
    value: Schema = {
        "if": {"type": "array"},
        "then": {"minItems": 1, "items": {"type": ["string", "integer"]}},
        "else": ref("whole"),
    }
    row = closed(
        {
            "from": ref("date"),
            "value": value,
            "basis": {"enum": list(Basis)},
            "source": {"type": "string"},
        }
    )
    rows: Schema = {"type": "array", "minItems": 1, "items": row}
    properties: Schema = {
        "rule": ref("text"),
        "severity": {"enum": list(Severity)},
        "enabled": ref("flag"),
        "parameters": {"type": "object", "minProperties": 1, "additionalProperties": rows},
        "examples": {"type": "array", "items": rule_example()},
        **_reasons(),
    }
    sets = ("severity", "enabled", "parameters")
    return {
        **closed(properties, ["rule", "because", "approved_by"]),
        "title": f"a change that sets {', '.join(sets[:-1])} or {sets[-1]}",
        "anyOf": [{"required": [key]} for key in sets],
    }


def _filter() -> Schema:
    properties: Schema = {
        "name": ref("text"),
        "rules": _one_or_more(ref("text")),
        "when": ref("condition"),
        **_reasons(),
    }
    return closed(properties, [key for key in properties if key != "from"])


def _waiver(vocabulary: Vocabulary) -> Schema:
    team: Schema = {"title": "a text", "type": ["string", "number"], "pattern": r"\S"}
    properties: Schema = {
        "name": ref("text"),
        "rules": _one_or_more(ref("text")),
        "team": _one_or_more(team),
        "agency": _one_or_more({"enum": list(vocabulary.enums["agency_type"])}),
        **_reasons(),
    }
    optional = ("team", "agency", "from")
    return closed(properties, [key for key in properties if key not in optional])


def _one_or_more(one: Schema) -> Schema:
    """One word or a list of them, at least one, none twice."""
    several: Schema = {"minItems": 1, "uniqueItems": True, "items": one}
    return {"if": {"type": "array"}, "then": several, "else": one}


_WORDS: Final[Schema] = {"type": ["string", "number"]}


def citations_body() -> Schema:
    """What citations.yaml may hold."""
    source = closed(
        {
            "edition": ref("text"),
            "read": {"enum": [reading.value for reading in Reading]},
            "places": {"type": "array", "uniqueItems": True, "items": _WORDS},
        }
    )
    sources = {"type": "object", "additionalProperties": source}
    return closed({"citations": {"type": "string"}, "sources": sources})


def coverage_body() -> Schema:
    """What coverage.yaml may hold."""
    rules: Schema = {"type": "array", "items": {"type": "string"}}
    some_rules: Schema = {**rules, "minItems": 1}
    measure = closed({"title": {"type": "string"}, "counts": rules, "made": ref("yes_or_no")})
    answers: Schema = {
        "rules": some_rules,
        "measure": {"type": "string"},
        "needs_a_person": ref("text"),
        "board_evidence": ref("text"),
    }
    properties: Schema = {
        "id": ref("text"),
        "says": ref("text"),
        "guidance": {"type": "array", "items": _WORDS},
        **answers,
        "note": ref("text"),
    }
    row = {
        **closed(properties, ["id", "says"]),
        "oneOf": [{"required": [answer]} for answer in ANSWERS],
    }
    part = closed({"at": {"type": "string"}, "expectations": {"type": "array", "items": row}})
    return closed(
        {
            "coverage": {"type": "string"},
            "document": {"type": "string"},
            "guidance": {"type": "string"},
            "measures": {"type": "object", "additionalProperties": measure},
            "parts": {"type": "array", "items": part},
            "beyond": {
                "type": "array",
                "items": closed({"rules": some_rules, "why": ref("text")}),
            },
        }
    )


def rule_schema(vocabulary: Vocabulary) -> Schema:
    """What a file of `rules/` may hold."""
    return _document("rule", "a rule of msp-rules", _rule_body(vocabulary), vocabulary)


def _rule_body(vocabulary: Vocabulary) -> Schema:
    words: Schema = {
        "rule": ref("text"),
        "revision": {
            "title": "a whole number, 1 or more",
            "type": ["integer", "string"],
            "minimum": 1,
            "pattern": "^[1-9][0-9]*$",
        },
        "title": ref("text"),
        "kind": _one_of(KINDS),
        "severity": _one_of([severity.value for severity in Severity]),
        "floor": ref("flag"),
        "principles": _some_of(PRINCIPLES),
        "audit_questions": _some_of(tuple(AUDIT_QUESTIONS)),
        "cites": {
            "type": "array",
            "minItems": 1,
            "items": closed({"source": ref("text"), "at": _place_in_source()}),
        },
        "status": _one_of(STATUSES),
        "status_reason": ref("text"),
        "review_by": ref("date"),
        "enabled": ref("flag"),
        "notes": ref("text"),
    }
    blocks: Schema = {
        "parameters": {"type": "object", "additionalProperties": _parameter(ranged=True)},
        "each": ref("event_type"),
        "applies_when": ref("condition"),
        "expect": ref("condition"),
        "due": ref("due"),
        "partly_when": ref("condition"),
        "explained_when": ref("reasons"),
        "cannot_tell_when": ref("condition"),
        "if_none": closed({"applies_when": ref("condition"), "due": ref("due")}),
        "colour": closed(
            {
                "not_met": _one_of(("red", "amber", "grey", "none")),
                "met": _one_of(("none",)),
                "red_when": ref("condition"),
            },
            [],
        ),
        "prompt": _prompt(vocabulary),
        "finding": ref("text"),
        "examples": {"type": "array", "items": rule_example()},
    }
    needed = ["rule", "title", "kind", "severity", "principles", "audit_questions", "cites"]
    needed += ["status", "review_by", "expect", "prompt", "finding", "examples"]
    deprecated = {"properties": {"status": {"const": "deprecated"}}, "required": ["status"]}
    body = {**closed({**words, **blocks}, needed), "dependentRequired": {"if_none": ["each"]}}
    return {**body, "if": deprecated, "then": {"required": ["status_reason"]}}


def concept_schema(vocabulary: Vocabulary) -> Schema:
    """What a file of `concepts/` may hold."""
    return _document("concept", "a concept of msp-rules", _concept_body(), vocabulary)


def overlay_schema(vocabulary: Vocabulary) -> Schema:
    """What overlay.yaml may hold."""
    body = overlay_body(vocabulary, _rule_body(vocabulary), _concept_body())
    document = _document("overlay", "the overlay.yaml of msp-rules", body, vocabulary)
    return {**document, "$defs": local_definitions(vocabulary, document["$defs"])}


def _concept_body() -> Schema:
    return closed(
        {
            "concept": ref("text"),
            "title": {"type": "string"},
            "holds_when": ref("condition"),
            "examples": {"type": "array", "items": concept_example()},
        }
    )


def ruleset_schema(vocabulary: Vocabulary) -> Schema:
    """What ruleset.yaml may hold."""
    suspension: Schema = {
        "name": {"type": "string"},
        "when": ref("condition"),
        "limit_after": ref("anchor"),
        "keeps": {"type": "array", "items": {"type": "string"}},
    }
    settings: Schema = {
        "office_close": {
            "title": 'a time in quotes, as in "17:00"',
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
        },
        "temporary_codes": _some_of(vocabulary.enums["explanation_code"]),
        "max_temporary_reason": _parameter(ranged=False),
    }
    properties: Schema = {
        "ruleset": {"type": "string"},
        "title": {"type": "string"},
        "version": {
            "title": 'three numbers in quotes, as in "1.0.0"',
            "type": "string",
            "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$",
        },
        "nation": {"type": "string"},
        "sources": {"type": "object", "additionalProperties": {"type": "string"}},
        "settings": closed(settings),
        "suspend_when": {
            "type": "array",
            "items": closed(suspension, ["name", "when", "keeps"]),
        },
    }
    body = closed(properties, [key for key in properties if key != "suspend_when"])
    return _document("ruleset", "the ruleset.yaml of msp-rules", body, vocabulary)


def citations_schema(vocabulary: Vocabulary) -> Schema:
    """What citations.yaml may hold."""
    return _document("citations", "the citations.yaml of msp-rules", citations_body(), vocabulary)


def coverage_schema(vocabulary: Vocabulary) -> Schema:
    """What coverage.yaml may hold."""
    return _document("coverage", "the coverage.yaml of msp-rules", coverage_body(), vocabulary)


SCHEMAS: Final[Mapping[str, Callable[[Vocabulary], Schema]]] = {
    "rule": rule_schema,
    "concept": concept_schema,
    "ruleset": ruleset_schema,
    "citations": citations_schema,
    "coverage": coverage_schema,
    "overlay": overlay_schema,
    "mapping": mapping_schema,
}
"""What each kind of file may hold, by the kind's name."""


def _document(name: str, title: str, body: Schema, vocabulary: Vocabulary) -> Schema:
    about = 'GENERATED by "msp-rules generate"; changes made here are lost.'
    definitions = {
        **condition_definitions(vocabulary),
        **_values(vocabulary),
        **given_definitions(vocabulary),
    }
    return {
        "$schema": DIALECT,
        "$id": f"urn:msp-rules:{name}-1",
        "title": title,
        "description": about,
        **body,
        "$defs": _reachable(body, definitions),
    }


def _reachable(body: object, definitions: Mapping[str, Schema]) -> Schema:
    """The definitions that a schema refers to, straight or by way of others, in given order."""
    found: set[str] = set()
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).removeprefix("#/$defs/")
            if name in definitions and name not in found:
                found.add(name)
                waiting.append(definitions[name])
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return {name: schema for name, schema in definitions.items() if name in found}


def _values(vocabulary: Vocabulary) -> Schema:
    return {
        "ask_at": _one_of(("any", *vocabulary.events)),
        "text": {"title": "a text", "type": "string", "pattern": r"\S"},
        "yes_or_no": {"title": "yes or no", "enum": ["yes", "no"]},
        "flag": {"title": "true or false", "enum": [True, False, "true", "false"]},
        "date": {
            "title": "a date that exists (YYYY-MM-DD)",
            "type": "string",
            "pattern": f"^{DATE}$",
        },
        "moment": {
            "title": "a date or date-time that exists",
            "type": "string",
            "pattern": f"^{MOMENT}$",
        },
    }


def _place_in_source() -> Schema:
    """Where in a source: a text, which an editor may read as a number (`14.10`)."""
    return {"title": "a text", "type": ["string", "number"], "pattern": r"\S"}


def _one_of(words: tuple[str, ...] | list[str]) -> Schema:
    return {"enum": list(words)}


def _some_of(words: tuple[str, ...]) -> Schema:
    return {"type": "array", "items": _one_of(words)}


def _parameter(*, ranged: bool) -> Schema:
    """A dated number or (in rules) list of codes; numbers that may be set locally have a range."""
    number = ref("whole")
    codes = {"type": "array", "items": {"type": ["string", "integer"]}}
    properties: Schema = {
        "unit": _one_of(list(UNITS) if ranged else list(Unit)),
        "range": {"type": "array", "minItems": 2, "maxItems": 2, "items": number},
        "values": _dated(number),
    }
    if not ranged:
        return closed(properties, ["unit", "values"])
    return {
        **closed({**properties, "values": {"type": "array"}}, ["unit", "values"]),
        "if": {"properties": {"unit": {"const": "codes"}}, "required": ["unit"]},
        "then": {"properties": {"values": _dated(codes)}},
        "else": {"properties": {"values": _dated(number)}, "required": ["range"]},
    }


def _dated(value: Schema) -> Schema:
    row = {"from": ref("date"), "value": value, "basis": _one_of(list(Basis))}
    return {"type": "array", "minItems": 1, "items": closed({**row, "source": {"type": "string"}})}


def _prompt(vocabulary: Vocabulary) -> Schema:
    return closed(
        {
            "summary": {
                "title": f"a question of at most {LONGEST_SUMMARY} characters",
                "type": "string",
                "maxLength": LONGEST_SUMMARY,
                "pattern": r"\?",
            },
            "urgency": _one_of(URGENCIES),
            "ask_at": {"type": "array", "items": ref("ask_at")},
            "roles": _some_of(vocabulary.enums["worker_role"]),
        }
    )


def check_by_schema(node: Node, kind: str, vocabulary: Vocabulary, problems: Problems) -> None:
    """Notes what the schema of that kind of file (`rule`, `concept`, `ruleset`) does not allow."""
    validator = (
        _core_validator(kind) if vocabulary is core_vocabulary() else _validator(kind, vocabulary)
    )
    found = {
        (place_of(node, path), text)
        for error in validator.iter_errors(_plain_words(node))
        for path, text in explain(error, repeats_words=True)
    }
    for where, text in sorted(found, key=lambda row: (row[0].line or 0, row[0].column or 0)):
        problems.error(where, "schema", text)


def place_of(node: Node, path: tuple[Step, ...]) -> SourceLocation:
    """Where a part of a file stands; of an entry that holds one word, its key."""
    where = node.where
    for step in path:
        if isinstance(node, Block) and step in node.entries:
            where, node = node.keys[str(step)], node.entries[str(step)]
        elif isinstance(node, Items) and isinstance(step, int):
            node = node.items[step]
            where = node.where
    return where


def _plain_words(node: Node, key: str = "") -> object:
    """A file as words, as the readers see it; only `withheld: true` is more than a word."""
    if isinstance(node, Text):
        return True if key == "withheld" and node.value == "true" else node.value
    if isinstance(node, Items):
        return [_plain_words(item) for item in node.items]
    return {name: _plain_words(value, name) for name, value in node.entries.items()}


@cache
def _core_validator(kind: str) -> Draft202012Validator:
    return _validator(kind, core_vocabulary())


def _validator(kind: str, vocabulary: Vocabulary) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - see above

    return Draft202012Validator(SCHEMAS[kind](vocabulary))
