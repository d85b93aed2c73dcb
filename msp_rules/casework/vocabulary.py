"""Reads the vocabulary of case events: the types, fields and codes of rules and exports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from msp_rules.errors import MspRulesError

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
    """One field: `codes` are allowed values (code and flag), `refers_to` an event type (ref)."""

    name: str
    kind: FieldKind
    codes: tuple[str, ...] = ()
    enum: str | None = None
    refers_to: str | None = None
    may_repeat: bool = False
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """One kind of dated entry, with its fields by name (without the envelope)."""

    name: str
    means: str
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Everything that may be said of a case."""

    version: int
    envelope: Mapping[str, Field]
    case: Mapping[str, Field]
    adult: Mapping[str, Field]
    enums: Mapping[str, tuple[str, ...]]
    events: Mapping[str, EventType]


@cache
def core_vocabulary() -> Vocabulary:
    """The vocabulary that ships with this package."""
    text = resources.files("msp_rules.casework").joinpath("vocabulary.yaml").read_text("utf-8")
    return parse_vocabulary(text)


def parse_vocabulary(text: str) -> Vocabulary:
    """The vocabulary that a YAML text describes; MspRulesError where it contradicts itself."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - a compiled ruleset brings its words

    raw = YAML(typ="safe", pure=True).load(text)
    enums = {name: tuple(str(code) for code in codes) for name, codes in raw["enums"].items()}
    events = {
        name: EventType(name=name, means=body["means"], fields=_fields(body.get("fields"), enums))
        for name, body in raw["events"].items()
    }
    vocabulary = Vocabulary(
        version=raw["version"],
        envelope=_fields(raw["envelope"], enums),
        case=_fields(raw["case"], enums),
        adult=_fields(raw["case_person"], enums),
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


def read_field(name: str, text: str, enums: Mapping[str, tuple[str, ...]]) -> Field:
    """The field that a text such as `text*` or `code(agreement)!` describes.

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
