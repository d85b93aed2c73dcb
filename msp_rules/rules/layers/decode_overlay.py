"""Decodes one overlay; reads every part, so that all its problems are found at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from msp_rules.errors import SourceLocation
from msp_rules.rules.language.decode_conditions import CONDITION
from msp_rules.rules.language.decode_examples import RULE_EXAMPLE
from msp_rules.rules.language.decode_rule import (
    FINDING_TEXT,
    SUMMARY_TEXT,
    WORDS_FOR_WORKERS,
    rule_schema,
)
from msp_rules.rules.language.decode_ruleset import CONCEPT
from msp_rules.rules.language.decode_values import new_values_schema
from msp_rules.rules.language.names import DATE, FLAG, LOOSE_TEXT, VERSION, WHOLE, Names
from msp_rules.rules.language.rule import Period, Reasons, Severity
from msp_rules.rules.layers.approval import unapproved
from msp_rules.rules.layers.decode_words import LANGUAGES, LINKS, ROLES
from msp_rules.rules.layers.local_vocabulary import enums_schema, events_schema
from msp_rules.rules.layers.overlay import (
    Change,
    Extends,
    FilterText,
    Overlay,
    WaiverText,
    cut_texts,
    overlay_files,
    overlay_hash,
    shown_name,
)
from msp_rules.yaml_source.decode import (
    TEXT,
    WORD,
    Context,
    Entry,
    Field,
    Found,
    Record,
    Shape,
    as_block,
    as_items,
    block_of,
    checked,
    entries_of,
    list_of_sound,
    member_of,
    needed,
    one_known,
    one_of,
    optional,
    optional_or,
    read_each,
    read_entries,
    written,
)
from msp_rules.yaml_source.json_schema import Schema, ref
from msp_rules.yaml_source.nodes import Block, Items, Node, Text, read_yaml

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_ID: Final = re.compile(r"[a-z][a-z0-9-]*")


def read_overlay(path: Path, names: Names) -> Overlay | None:
    """Reads an overlay; None where its head can't be read. Notes all mistakes."""
    file, _ = overlay_files(path)
    block = read_yaml(file, shown_name(path, "overlay.yaml"), names.problems)
    if block is None:
        return None
    found = _OVERLAY.open(block, names)
    found.read(_HEAD, names)
    names = replace(names, layer=found.get(_OVERLAY_ID, ""))
    found.read_rest(names)
    filters, waivers = found.get(_FILTERS, ()), found.get(_WAIVERS, ())
    changes, is_strict = found.get(_CHANGES, ()), found.get(_APPROVAL, None) is not None
    _refuse_same_names((*filters, *waivers), names)
    rules = _with_files(path, "rules", "rule", found.get(_RULES, ()), names)
    concepts = _with_files(path, "concepts", "concept", found.get(_CONCEPTS, ()), names)
    if not all(found.is_readable(field) for field in _HEAD):
        return None
    sources = block.entries.get(_SOURCES.key)
    return Overlay(
        id=found[_OVERLAY_ID],
        title=found[_TITLE],
        version=found[_VERSION],
        extends=found[_EXTENDS],
        review_by=found[_REVIEW_BY],
        reasons=Reasons(
            layer=found[_OVERLAY_ID],
            because=found[_BECAUSE],
            approved_by=found[_APPROVED_BY],
            period=Period(),
            where=block.where,
            written_by=found.get(_WRITTEN_BY, None),
            approved_on=found.get(_APPROVED_ON, None),
        ),
        sources=found.get(_SOURCES, {}),
        source_places=sources.keys if isinstance(sources, Block) else {},
        enums=found.get(_ENUMS, None),
        events=found.get(_EVENTS, None),
        rules=rules,
        concepts=concepts,
        changes=changes,
        filters=filters,
        waivers=waivers,
        unapproved=tuple(unapproved(changes, filters, waivers)) if is_strict else (),
        cut=tuple(cut_texts(path, block, rules, concepts)),
        named=(*_rules_named(block), *_rules_spoken_of(found)),
        links=found.get(LINKS, ()),
        roles=found.get(ROLES, {}),
        languages=found.get(LANGUAGES, ()),
        sha256=overlay_hash(path),
        folder=shown_name(path, ""),
        where=block.where,
        review_place=block.keys[_REVIEW_BY.key],
        block=block,
    )


def _rules_named(block: Block) -> Iterator[Text]:
    """Yields the rules that entries name: they are looked up even where the entry is broken."""
    for part in (_CHANGES, _FILTERS, _WAIVERS):
        node = block.entries.get(part.key)
        for item in node.items if isinstance(node, Items) else ():
            entries = item.entries if isinstance(item, Block) else {}
            for named in (entries.get("rule"), entries.get("rules")):
                words = named.items if isinstance(named, Items) else (named,)
                yield from (word for word in words if isinstance(word, Text))


def _rules_spoken_of(found: Found[Names]) -> Iterator[Text]:
    """Yields the rules that links and words in other languages name."""
    for link in found.get(LINKS, ()):
        yield from link.rules
    for one in found.get(LANGUAGES, ()):
        yield from (words.rule for words in one.rules)


def _refuse_same_names(entries: tuple[FilterText | WaiverText, ...], names: Names) -> None:
    """Notes filters and waivers of one name: results name them, so each is used once."""
    first: dict[str, SourceLocation] = {}
    for entry in entries:
        where = entry.reasons.where
        if entry.name in first:
            message = f'"{entry.name}" is named again; first: line {first[entry.name].line}'
            names.note(where, "twice", message)
        first.setdefault(entry.name, where)


def _with_files(
    path: Path, part: str, key: str, blocks: tuple[Block, ...], names: Names
) -> dict[str, Block | None]:
    """Gathers the rules or concepts of an overlay: files of its folder, and those written in it.

    None means a file that can't be read.
    """
    found: dict[str, Block | None] = {}
    _, folder = overlay_files(path)
    for file in sorted((folder / part).glob("*")) if folder is not None else ():
        shown = shown_name(path, f"{part}/{file.name}")
        if file.suffix == ".yaml":
            found[file.stem] = read_yaml(file, shown, names.problems)
        elif not file.name.startswith("."):
            message = f"only files called *.yaml are read in {part}; rename or move it"
            names.note(SourceLocation(path=shown), "stray", message)
    for block in blocks:
        name = block.entries.get(key)
        if not isinstance(name, Text):
            names.note(block.where, "lacking", f"the {key} lacks {key}")
        elif name.value in found:
            message = f'the {key} "{name.value}" is in this overlay twice'
            names.note(name.where, "twice", message)
        else:
            found[name.value] = block
    return found


# The head.


def _overlay_id(text: str, where: SourceLocation, names: Context) -> str:
    if not _ID.fullmatch(text):
        names.refuse(where, "id", "an overlay's id is small letters, digits and hyphens")
    return text


def _version(node: Node, names: Context) -> str:
    TEXT.read(node, names)
    return VERSION.read(node, names)


def _pinned_hash(text: str, where: SourceLocation, names: Context) -> str:
    if not _HASH.fullmatch(text):
        message = 'the hash is 64 digits and letters a to f, as "msp-rules effective" shows it'
        names.refuse(where, "hash", message)
    return text


_PINNED_VERSION: Final = Shape(_version, VERSION.schema)
_PINNED_HASH: Final = checked(TEXT, _pinned_hash).described(
    {"title": "64 digits and letters a to f", "type": "string", "pattern": "^[0-9a-f]{64}$"}
)
_BASE_ID: Final = needed("id", written(TEXT))
_BASE_VERSION: Final = needed("version", written(_PINNED_VERSION))
_BASE_HASH: Final = needed("sha256", written(_PINNED_HASH))
_PIN: Final = Record(what="extends", fields=(_BASE_ID, _BASE_VERSION, _BASE_HASH)).shape(
    lambda found, _: Extends(
        id=found[_BASE_ID], version=found[_BASE_VERSION], sha256=found[_BASE_HASH]
    )
)


# Reasons, which every entry has.

_BECAUSE: Final = needed("because", TEXT)
_APPROVED_BY: Final = needed("approved_by", TEXT)
_APPROVED_ON: Final = optional("approved_on", DATE)
_WRITTEN_BY: Final = optional("written_by", TEXT)
_WHO_AND_WHY: Final = (_BECAUSE, _APPROVED_BY, _APPROVED_ON, _WRITTEN_BY)
_FROM: Final = optional("from", DATE)
_EXPIRES: Final = optional("expires", DATE)
_NEEDED_END: Final[Field[Names, date | None]] = needed("expires", DATE)


def _reasons(found: Found[Names], names: Names) -> Reasons:
    return Reasons(
        layer=names.layer,
        because=found[_BECAUSE],
        approved_by=found[_APPROVED_BY],
        period=Period(first=found[_FROM], last=found[_EXPIRES]),
        where=found.block.where,
        written_by=found[_WRITTEN_BY],
        approved_on=found[_APPROVED_ON],
    )


def _read_entry(record: Record[Names], node: Node, names: Names) -> Found[Names]:
    """Reads one change, filter or waiver: every key of it, whatever is wrong with others."""
    found = record.open(node, names)
    found.read_rest(names)
    first, last = found.get(_FROM, None), found.get(_EXPIRES, None)
    if first is not None and last is not None and last < first:
        message = f"it ends on {last}, before it begins on {first}"
        names.refuse(found.place(_EXPIRES), "period", message)
    found.need_sound()
    return found


def _words(what: str, one: Shape[Names, str]) -> Shape[Names, tuple[Text, ...]]:
    """Reads one word or a list of them, at least one, each once."""

    def read(node: Node, names: Names) -> tuple[Text, ...]:
        items = node.items if isinstance(node, Items) else (node,)
        if not items:
            names.refuse(node.where, "empty", f"{what} is empty")
        words = read_each(items, lambda item: written(TEXT).read(item, names))
        for place, word in enumerate(words):
            if word.value in {other.value for other in words[:place]}:
                names.refuse(word.where, "twice", f'"{word.value}" is listed here twice')
        read_each(words, lambda word: one.read(word, names))
        return words

    def schema(names: Names) -> Schema:
        item = one.schema(names)
        several: Schema = {"minItems": 1, "uniqueItems": True, "items": item}
        return {"if": {"type": "array"}, "then": several, "else": item}

    return Shape(read, schema)


# Changes.


def _new_values(node: Node, names: Names) -> Mapping[str, Items]:
    block = as_block(node, names, "parameters")
    if not block.entries:
        names.refuse(node.where, "empty", "parameters is empty")

    def read(entry: Entry) -> Items:
        if not isinstance(entry.value, Items):
            message = f"the values of {entry.key} must be a list, as in {_A_VALUE}"
            names.refuse(entry.value.where, "form", message)
        rows = entry.value
        if not rows.items:
            names.refuse(rows.where, "empty", f"{entry.key} has no value")
        return rows

    return read_entries(block, read)


_A_VALUE: Final = '[{from: 2027-04-01, value: 5, basis: local, source: "our procedure, 1.1"}]'


def _new_values_schema(names: Names) -> Schema:
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": new_values_schema(names),
    }


def _examples(node: Node, names: Names) -> tuple[Node, ...]:
    return as_items(node, names, "examples").items


_RULE: Final = needed("rule", written(WORD.described(ref("text"))))
_SEVERITY: Final = optional("severity", written(member_of("severity", Severity)))
_ENABLED: Final = optional("enabled", written(FLAG))
_PARAMETERS: Final = optional_or("parameters", Shape(_new_values, _new_values_schema), {})
_EXAMPLES: Final = optional_or(
    "examples",
    Shape(_examples, lambda names: {"type": "array", "items": RULE_EXAMPLE.schema(names)}),
    (),
)
_WHY: Final = optional("why", written(WORDS_FOR_WORKERS))
_COUNTS: Final = optional("counts", written(WORDS_FOR_WORKERS))
_SUMMARY: Final = optional("summary", written(SUMMARY_TEXT))
_FINDING: Final = optional("finding", written(FINDING_TEXT))
_REVISION: Final = optional("revision", written(WHOLE))
_AS_WRITTEN: Final = (_SEVERITY, _ENABLED, _SUMMARY, _FINDING, _WHY, _COUNTS)
_CODE: Final[Shape[Names, str]] = one_known(
    "explanation code", lambda names: names.vocabulary.enums["explanation_code"]
)
_ACCEPTS: Final = optional_or("accepts", _words("accepts", _CODE), ())
_SETS: Final = (*_AS_WRITTEN, _PARAMETERS, _ACCEPTS)
_ITS_QUESTION: Final = "write summary, and the revision of the rule that it is for"
_NO_CHANGE: Final = "a change can't set it; write a rule of your own in rules/"
_CHANGE: Final[Record[Names]] = Record(
    what="a change",
    elsewhere=(
        *((key, _ITS_QUESTION) for key in ("prompt", "question")),
        ("value", "write it under parameters, in a list under the name of the parameter"),
        ("values", "write them under parameters, in a list under the name of the parameter"),
        ("until", "write expires"),
        *((key, _NO_CHANGE) for key in ("title", "expect", "due", "each", "applies_when")),
        *((key, _NO_CHANGE) for key in ("ask_at", "urgency", "roles", "kind", "cites")),
    ),
    fields=(_RULE, _REVISION, *_SETS, _EXAMPLES, *_WHO_AND_WHY, _FROM, _EXPIRES),
    lacks_beside_unknown=True,
)


def _change(node: Node, names: Names) -> Change:
    _refuse_too_deep(node, names)
    found = _read_entry(_CHANGE, node, names)
    block = found.block
    if not any(found.has(field) for field in _SETS):
        *most, last = (field.key for field in _SETS)
        names.refuse(block.where, "empty", f"a change sets {', '.join(most)} or {last}")
    for field in (_SUMMARY, _FINDING):
        if found.has(field) and not found.has(_REVISION):
            message = (
                f"say for which revision of the rule this {field.key} was written (revision: 1): "
                "where the rule has changed since, its own words stand"
            )
            names.refuse(found.place(field), "revision", message)
    keys, body = dict(block.keys), block.entries.get(_PARAMETERS.key)
    if isinstance(body, Block):
        keys |= {f"${name}": place for name, place in body.keys.items()}
    words = {field.key: found[field] for field in _AS_WRITTEN}
    return Change(
        rule=found[_RULE],
        nodes={key: word for key, word in words.items() if word is not None},
        revision=found[_REVISION],
        accepts=found[_ACCEPTS],
        parameters=found[_PARAMETERS],
        keys=keys,
        examples=found[_EXAMPLES],
        reasons=_reasons(found, names),
    )


def _refuse_too_deep(node: Node, names: Names) -> None:
    """Refuses keys of a change among its parameters: they are indented by too much."""
    body = node.entries.get(_PARAMETERS.key) if isinstance(node, Block) else None
    own = {field.key for field in _CHANGE.fields}
    for entry in entries_of(body) if isinstance(body, Block) else ():
        if entry.key in own:
            message = f'"{entry.key}" is indented as a parameter; indent it like "parameters"'
            names.refuse(entry.place, "indent", message)


def _change_schema(names: Names) -> Schema:
    *most, last = (field.key for field in _SETS)
    return {
        **_CHANGE.schema(names),
        "title": f"a change that sets {', '.join(most)} or {last}",
        "anyOf": [{"required": [field.key]} for field in _SETS],
    }


# Filters and waivers.


def _block(what: str, schema: Callable[[Names], Schema]) -> Shape[Names, Block]:
    """Takes a block as it is: its content is read when the layers below are known."""
    return Shape(lambda node, names: as_block(node, names, what), schema)


_AGENCY_TYPE: Final[Shape[Names, str]] = one_known(
    "agency", lambda names: names.vocabulary.enums["agency_type"]
)
_NAME: Final = needed("name", TEXT)
_NAMED_RULES: Final = needed("rules", _words("rules", TEXT))
_WHEN: Final = needed("when", _block("a condition", CONDITION.schema))
_TEAMS: Final = optional_or("team", _words("team", LOOSE_TEXT), ())
_AGENCIES: Final = optional_or("agency", _words("agency", _AGENCY_TYPE), ())
_FILTER: Final[Record[Names]] = Record(
    what="a filter",
    elsewhere=(("until", "write expires"),),
    fields=(_NAME, _NAMED_RULES, _WHEN, _NEEDED_END, *_WHO_AND_WHY, _FROM),
    lacks_beside_unknown=True,
)
_WAIVER: Final[Record[Names]] = Record(
    what="a waiver",
    elsewhere=(("until", "write expires"),),
    fields=(
        *(_NAME, _NAMED_RULES, _TEAMS, _AGENCIES),
        *(_NEEDED_END, *_WHO_AND_WHY, _FROM),
    ),
    lacks_beside_unknown=True,
)


def _filter(node: Node, names: Names) -> FilterText:
    found = _read_entry(_FILTER, node, names)
    return FilterText(
        name=found[_NAME],
        rules=found[_NAMED_RULES],
        when=found[_WHEN],
        when_key=found.block.keys[_WHEN.key],
        reasons=_reasons(found, names),
    )


def _waiver(node: Node, names: Names) -> WaiverText:
    found = _read_entry(_WAIVER, node, names)
    return WaiverText(
        name=found[_NAME],
        rules=found[_NAMED_RULES],
        teams=tuple(word.value for word in found[_TEAMS]),
        agencies=found[_AGENCIES],
        reasons=_reasons(found, names),
    )


# The whole.

_OVERLAY_ID: Final = needed(
    "overlay",
    checked(TEXT, _overlay_id).described(
        {
            "title": "small letters, digits and hyphens",
            "type": "string",
            "pattern": "^[a-z][a-z0-9-]*$",
        }
    ),
)
_TITLE: Final = needed("title", TEXT)
_VERSION: Final = needed("version", _PINNED_VERSION)
_EXTENDS: Final = needed("extends", _PIN)
_REVIEW_BY: Final = needed("review_by", DATE)
_HEAD: Final[tuple[Field[Names, object], ...]] = (
    *(_OVERLAY_ID, _TITLE, _VERSION, _EXTENDS, _BECAUSE, _APPROVED_BY, _REVIEW_BY),
)
_APPROVAL: Final = optional("approval", one_of("approval", ("required",)))
_SOURCES: Final = optional_or("sources", block_of(written(TEXT), "sources"), {})
_ENUMS: Final = optional("enums", _block("this part", enums_schema))
_EVENTS: Final = optional("events", _block("this part", events_schema))
_RULES: Final = optional_or("rules", list_of_sound(_block("a rule", rule_schema), "rules"), ())
_CONCEPTS: Final = optional_or(
    "concepts", list_of_sound(_block("a concept", CONCEPT.schema), "concepts"), ()
)
_CHANGES: Final = optional_or(
    "changes", list_of_sound(Shape(_change, _change_schema), "changes"), ()
)
_FILTERS: Final = optional_or(
    "filters", list_of_sound(Shape(_filter, _FILTER.schema), "filters"), ()
)
_WAIVERS: Final = optional_or(
    "waivers", list_of_sound(Shape(_waiver, _WAIVER.schema), "waivers"), ()
)
_OVERLAY: Final[Record[Names]] = Record(
    what="an overlay",
    subject="the overlay",
    fields=(
        *_HEAD,
        *(_APPROVED_ON, _WRITTEN_BY, _APPROVAL),
        *(LINKS, ROLES, LANGUAGES),
        *(_SOURCES, _ENUMS, _EVENTS, _RULES, _CONCEPTS, _CHANGES, _FILTERS, _WAIVERS),
    ),
    lacks_beside_unknown=True,
)


def overlay_schema(names: Names) -> Schema:
    """Describes overlay.yaml."""
    return _OVERLAY.schema(names)
