"""Reads the vocabulary of case events: the types, fields and codes of rules and exports."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Final

from msp_rules.casework.case import Supply
from msp_rules.errors import MspRulesError, did_you_mean

KEPT_VOCABULARY: Final = "vocabulary.json"
"""The file beside vocabulary.yaml that says the same in JSON (`msp-rules generate` writes it)."""
_FIELD_TYPE = re.compile(r"(?P<kind>[a-z]+)(?:\((?P<of>[a-z0-9_]+)\))?(?P<marks>[*!]*)")


class FieldKind(StrEnum):
    """Names the kinds of value that a field can have, in the words of the vocabulary file."""

    CODE = "code"
    FLAG = "flag"
    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    WHOLE = "whole"
    REF = "ref"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an event, of the case or of the adult."""

    name: str
    """The name of the field."""
    kind: FieldKind
    """The kind of its values."""
    codes: tuple[str, ...] = ()
    """The allowed values of a code or flag."""
    enum: str | None = None
    """The name of the list that the codes come from."""
    refers_to: str | None = None
    """The event type that a reference names."""
    may_repeat: bool = False
    """True if it may have several values."""
    is_required: bool = False
    """True if every event of the type must have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """One kind of dated entry."""

    name: str
    """The name of the type."""
    means: str
    """The explanation, in a sentence."""
    fields: Mapping[str, Field]
    """The fields by name, without those of the envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Everything that can be recorded about a case."""

    version: int
    """The version of the vocabulary file."""
    envelope: Mapping[str, Field]
    """The fields of every event, by name."""
    case: Mapping[str, Field]
    """The attributes of a case, by name."""
    adult: Mapping[str, Field]
    """The fields of the adult, by name."""
    enums: Mapping[str, tuple[str, ...]]
    """The lists of codes, by name."""
    events: Mapping[str, EventType]
    """The event types, by name."""


@cache
def core_vocabulary() -> Vocabulary:
    """Gives the vocabulary that ships with this package."""
    home = resources.files("msp_rules.casework")
    text = home.joinpath("vocabulary.yaml").read_text("utf-8")
    try:
        kept = json.loads(home.joinpath(KEPT_VOCABULARY).read_text("utf-8"))
    except (OSError, ValueError):
        return parse_vocabulary(text)
    # YAML takes fifty times as long, and each process of a scan waits for it.
    return _vocabulary(kept["words"]) if kept["made_of"] == _hash(text) else parse_vocabulary(text)


def kept_vocabulary(text: str) -> str:
    """Writes a vocabulary in YAML as JSON, with the hash of the text that it says the same as."""
    document = {"made_of": _hash(text), "words": _words(text)}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def parse_vocabulary(text: str) -> Vocabulary:
    """Parses a vocabulary in YAML; raises MspRulesError where it contradicts itself."""
    return _vocabulary(_words(text))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _words(text: str) -> Mapping[str, Any]:
    from ruamel.yaml import YAML  # noqa: PLC0415 - a compiled ruleset brings its words

    words: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return words


def _vocabulary(words: Mapping[str, Any]) -> Vocabulary:
    enums = {name: tuple(str(code) for code in codes) for name, codes in words["enums"].items()}
    events = {
        name: EventType(name=name, means=body["means"], fields=_fields(body.get("fields"), enums))
        for name, body in words["events"].items()
    }
    vocabulary = Vocabulary(
        version=words["version"],
        envelope=_fields(words["envelope"], enums),
        case=_fields(words["case"], enums),
        adult=_fields(words["case_person"], enums),
        enums=enums,
        events=events,
    )
    _refuse_dangling_types(vocabulary)
    return vocabulary


def supply_words(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Lists what a source can declare as supplied: `type`, or `type.field`."""
    return tuple(
        word
        for kind in vocabulary.events.values()
        for word in (kind.name, *(f"{kind.name}.{field}" for field in kind.fields))
    )


def read_supply(words: Iterable[str], vocabulary: Vocabulary, what: str = "supply") -> Supply:
    """Reads what a source declares as supplied, in the words of `supply_words`.

    Raises MspRulesError, with the number of the first word that the vocabulary has not; `what` is
    the name under which the caller knows the words.
    """
    if isinstance(words, str):
        raise MspRulesError(f"{what} must be a list of words")
    found, known = tuple(words), frozenset(supply_words(vocabulary))
    for number, word in enumerate(found, start=1):
        if word not in known:
            hint = did_you_mean(word, known) if isinstance(word, str) else ""
            which = "" if len(found) == 1 else f"; number {number} is neither"
            raise MspRulesError(f"{what} must name event types, or type.field{which}{hint}")
    types = frozenset(word for word in found if "." not in word)
    fields: dict[str, frozenset[str]] = {}
    for word in found:
        kind, _, name = word.partition(".")
        if name and kind not in types:
            fields[kind] = fields.get(kind, frozenset()) | {name}
    return Supply(declared=True, types=types, fields=fields)


def checked_supply(supply: Supply, vocabulary: Vocabulary, *, is_of_source: bool = False) -> Supply:
    """Checks a supply that was built by hand; raises MspRulesError where it would be misread.

    With `is_of_source`, words that an overlay adds (`x_...`) may be those of another ruleset.
    """
    if not supply.declared:
        if supply.types or supply.fields:
            raise MspRulesError("supply names event types and declares nothing: say declared=True")
        return supply
    events = vocabulary.events
    strange = [kind for kind in supply.types if kind not in events]
    for kind, names in supply.fields.items():
        known = events[kind].fields if kind in events else {}
        strange += [f"{kind}.{name}" for name in names if name not in known]
    if is_of_source:
        strange = [one for one in strange if not (one.startswith("x_") or ".x_" in one)]
    if strange:
        hint = did_you_mean(min(strange), supply_words(vocabulary))
        raise MspRulesError(f"supply must name event types, or type.field{hint}")
    return supply


def words_of(supply: Supply) -> frozenset[str]:
    """Lists the words of a declared supply, as `read_supply` reads them."""
    parts = supply.fields.items()
    return supply.types | {f"{kind}.{name}" for kind, names in parts for name in names}


def read_field(name: str, text: str, enums: Mapping[str, tuple[str, ...]]) -> Field:
    """Reads the description of a field, such as `text*` or `code(agreement)!`.

    Raises MspRulesError where it is unreadable or names an unknown enum.
    """
    return _field(name, text, enums)


def _fields(
    raw: Mapping[str, Any] | None, enums: Mapping[str, tuple[str, ...]]
) -> dict[str, Field]:
    return {name: _field(name, text, enums) for name, text in (raw or {}).items()}


def _field(name: str, text: str, enums: Mapping[str, tuple[str, ...]]) -> Field:
    shape = _FIELD_TYPE.fullmatch(text)
    if shape is None:
        raise MspRulesError(f'vocabulary: field {name} has the unreadable type "{text}"')
    kind, of = FieldKind(shape["kind"]), shape["of"]
    enum = "yes_no_unknown" if kind is FieldKind.FLAG else of if kind is FieldKind.CODE else None
    if enum is not None and enum not in enums:
        raise MspRulesError(f'vocabulary: field {name} names the unknown enum "{enum}"')
    return Field(
        name=name,
        kind=kind,
        codes=enums[enum] if enum else (),
        enum=enum,
        refers_to=of if kind is FieldKind.REF else None,
        may_repeat="*" in shape["marks"],
        is_required="!" in shape["marks"],
    )


def _refuse_dangling_types(vocabulary: Vocabulary) -> None:
    for event in vocabulary.events.values():
        for field in event.fields.values():
            if field.refers_to is not None and field.refers_to not in vocabulary.events:
                raise MspRulesError(
                    f"vocabulary: {event.name}.{field.name} refers to the unknown event type "
                    f'"{field.refers_to}"'
                )


def words_of_both(before: Vocabulary, after: Vocabulary) -> Vocabulary:
    """Joins the words of two rulesets: exports are read by what either of them knows.

    Raises MspRulesError where both have a local word and do not mean the same by it.
    """
    pairs = (
        ("event type", before.events, after.events),
        ("list of codes", before.enums, after.enums),
    )
    for what, old, new in pairs:
        for name in old.keys() & new.keys():
            if old[name] != new[name]:
                raise MspRulesError(
                    f'the {what} "{name}" is not the same before and after, so no export can be '
                    "read for both; give the new one a name of its own"
                )
    return replace(
        before,
        enums={**before.enums, **after.enums},
        events={**before.events, **after.events},
    )
