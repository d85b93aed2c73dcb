"""Writes cases and events as JSON of the schema `msp-case/1`, and reads what a host wrote.

A document is plain data, as JSON holds it. It says all that a `Case` does, including what could not
be read, but not the lines of the input that it came from: a case that is written and read again is
the same. What a host writes is checked here: all mistakes are reported at once, by place and never
by value. No library is needed for that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from msp_rules.casework.case import UNKNOWN_EVENTS, WITHHELD, Case, Event, FieldValue, Supply
from msp_rules.casework.moments import Moment, cutoff_of, iso_date, iso_instant, parse_moment
from msp_rules.casework.plausible_dates import (
    PlausibleDates,
    live_by,
    with_possible_dates,
)
from msp_rules.casework.values import LONGEST_ID, MOMENT, field_value
from msp_rules.casework.vocabulary import (
    EventType,
    Field,
    FieldKind,
    Vocabulary,
    core_vocabulary,
    supply_words,
)
from msp_rules.errors import MspRulesError, did_you_mean
from msp_rules.intake.live_event_schema import (
    Schema,
    fields_schema,
    object_schema,
    value_schemas,
    whole,
)
from msp_rules.yaml_source.json_schema import DIALECT, ref

CASE_SCHEMA: Final = "msp-case/1"
CASE_SCHEMA_FILE: Final = "case-1.json"

_TYPE: Final = "type"
_UNREADABLE: Final = "unreadable"
_UNCERTAIN: Final = "uncertain"
_OCCURRED: Final = "occurred"
_FIRST_SEEN: Final = "first_seen"
_MESSAGE_KEYS: Final = ("at",)
"""Keys of a document that tell of the message, not of the case: checked, and not kept."""
_OWN_KEYS: Final = ("schema", "id", "adult", "says", _UNREADABLE, "events", *_MESSAGE_KEYS)
_ENVELOPE_TEXTS: Final = ("agency", "role", "supersedes", "void")

Document = dict[str, Any]
"""A JSON object: foreign data where it is read."""


class CaseRefused(MspRulesError):
    """A case or event in JSON from which nothing was taken; `problems` names places, no values."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def case_document(case: Case) -> Document:
    """Writes a case as a JSON document."""
    document: Document = {"schema": CASE_SCHEMA, "id": case.id}
    document |= {name: _plain(value) for name, value in case.attributes.items()}
    if case.adult:
        document["adult"] = {name: _plain(value) for name, value in case.adult.items()}
    if case.supply.declared:
        parts = case.supply.fields.items()
        some = (f"{kind}.{field}" for kind, fields in parts for field in fields)
        document["says"] = sorted((*case.supply.types, *some))
    if case.unknown:
        document[_UNREADABLE] = sorted(case.unknown)
    document["events"] = [event_document(event) for event in case.events]
    return document


def event_document(event: Event) -> Document:
    """Writes an event as one of the `events` of a case."""
    document: Document = {_TYPE: event.type, "id": event.id}
    if event.moment is not None:
        document[_OCCURRED] = _plain(event.moment)
    if event.recorded is not None and event.recorded != event.moment:
        document[_FIRST_SEEN if event.is_first_seen else "recorded"] = _plain(event.recorded)
    envelope = (event.agency, event.role, event.supersedes, event.void)
    said = zip(_ENVELOPE_TEXTS, envelope, strict=True)
    document |= {name: value for name, value in said if value is not None}
    document |= {name: _plain(value) for name, value in event.fields.items()}
    unread = event.unknown if event.moment is not None else {*event.unknown, _OCCURRED}
    if unread:
        document[_UNREADABLE] = sorted(unread)
    if (event.moment is not None or _OCCURRED in event.unknown) and not event.is_certain:
        document[_UNCERTAIN] = True
    return document


def case_from(
    document: object,
    vocabulary: Vocabulary | None = None,
    *,
    dates: PlausibleDates | None = None,
) -> Case:
    """Reads a case; raises CaseRefused with all that is wrong with the document.

    An event whose date cannot be (after `at` by more than 24 hours, or before 1 April 1990) is
    doubted, like one whose date can't be read.

    `vocabulary` is that of a ruleset with overlays; None: the core one. `dates` replaces the bounds
    that `at` gives.
    """
    reader = _Reader(vocabulary or core_vocabulary(), dates)
    case = reader.case(document)
    if case is None or reader.problems:
        raise CaseRefused(reader.problems)
    return case


def event_from(document: object, vocabulary: Vocabulary | None = None) -> Event:
    """Reads one event, in the form that the `events` of a case have; raises CaseRefused."""
    reader = _Reader(vocabulary or core_vocabulary())
    event = reader.event(document, "")
    if event is None or reader.problems:
        raise CaseRefused(reader.problems)
    return event


class _Shape(NamedTuple):
    """The keys that events of one type have: worked out once, for the many of a case."""

    keys: frozenset[str]
    """All keys of its documents."""
    parts: frozenset[str]
    """Those whose values may be unreadable."""
    needed: tuple[str, ...]
    """Those that must be there."""


def _shape_of(kind: EventType, vocabulary: Vocabulary) -> _Shape:
    parts = frozenset((*vocabulary.envelope, *kind.fields))
    return _Shape(
        parts | {_TYPE, _UNREADABLE, _UNCERTAIN, _FIRST_SEEN},
        parts - {"id"},
        (_OCCURRED, *(name for name, one in kind.fields.items() if one.is_required)),
    )


class _Reader:
    """Reads one document, and notes what is wrong with it."""

    def __init__(self, vocabulary: Vocabulary, dates: PlausibleDates | None = None) -> None:
        self._vocabulary = vocabulary
        self._dates = dates
        self._shapes: dict[str, _Shape] = {}
        self.problems: list[str] = []

    def case(self, document: object) -> Case | None:
        if not isinstance(document, Mapping):
            self._note("", "must be keys and values")
            return None
        if document.get("schema") != CASE_SCHEMA:
            self._note("schema", f'must be "{CASE_SCHEMA}"')
        attributes = {name: one for name, one in self._vocabulary.case.items() if name != "id"}
        self._refuse_unknown(document, (*_OWN_KEYS, *attributes), "")
        dates = self._dates_by(document)
        adult = document.get("adult", {})
        if not isinstance(adult, Mapping):
            self._note("adult", "must be keys and values")
            adult = {}
        self._refuse_unknown(adult, self._vocabulary.adult, "adult")
        unreadable = self._words(document, _UNREADABLE, self._unreadable_of_case(), "")
        return Case(
            id=self._id(document, ""),
            events=with_possible_dates(self._events(document.get("events")), dates)[0],
            attributes=self._values(document, attributes, ""),
            adult=self._values(adult, self._vocabulary.adult, "adult"),
            supply=self._supply(document),
            unknown=frozenset(unreadable),
        )

    def event(self, document: object, place: str) -> Event | None:
        if not isinstance(document, Mapping):
            self._note(place, "must be keys and values")
            return None
        named = document.get(_TYPE)
        kind = self._vocabulary.events.get(named) if isinstance(named, str) else None
        if kind is None:
            hint = did_you_mean(named, self._vocabulary.events) if isinstance(named, str) else ""
            self._note(_at(place, _TYPE), f"must be an event type of the vocabulary{hint}")
            return None
        shape = self._shapes.get(kind.name)
        if shape is None:
            shape = self._shapes[kind.name] = _shape_of(kind, self._vocabulary)
        self._refuse_unknown(document, shape.keys, place)
        unread = self._unread(document, shape, place)
        envelope = self._values(document, self._vocabulary.envelope, place)
        occurred, recorded = envelope.get(_OCCURRED), envelope.get("recorded")
        first_seen = self._first_seen(document, place)
        recorded = recorded if first_seen is None else first_seen
        moment = occurred if isinstance(occurred, Moment) else None
        uncertain = document.get(_UNCERTAIN, False)
        if not isinstance(uncertain, bool):
            self._note(_at(place, _UNCERTAIN), "must be true or false")
        return Event(
            id=self._id(document, place),
            type=kind.name,
            moment=moment,
            recorded=recorded if isinstance(recorded, Moment) else moment,
            fields=self._values(document, kind.fields, place),
            agency=_text_or_none(envelope.get("agency")),
            role=_text_or_none(envelope.get("role")),
            supersedes=_text_or_none(envelope.get("supersedes")),
            void=_text_or_none(envelope.get("void")),
            # Doubted beside an `occurred` that can't be read: its date was read, and can't be.
            unknown=unread if moment is None and uncertain is True else unread - {_OCCURRED},
            is_certain=moment is not None and uncertain is not True,
            is_first_seen=first_seen is not None,
        )

    def _first_seen(self, document: Mapping[str, Any], place: str) -> Moment | None:
        if _FIRST_SEEN not in document:
            return None
        if "recorded" in document:
            self._note(_at(place, _FIRST_SEEN), 'stands for "recorded"; leave one of them out')
        field = {_FIRST_SEEN: self._vocabulary.envelope["recorded"]}
        found = self._values(document, field, place).get(_FIRST_SEEN)
        return found if isinstance(found, Moment) else None

    def _events(self, found: object) -> tuple[Event, ...]:
        if not isinstance(found, list | tuple):
            self._note("events", "must be a list")
            return ()
        read = [self.event(one, f"events[{place}]") for place, one in enumerate(found)]
        events = tuple(one for one in read if one is not None)
        certain = Counter(one.id for one in events if one.is_certain)
        uses = Counter(one.id for one in events)
        for place, one in enumerate(read):
            if one is not None and one.id and uses[one.id] > 1 and certain[one.id]:
                reason = "two events have this id; give a correction an id of its own"
                self._note(f"events[{place}].id", f'{reason}, and name what it "supersedes"')
        return events

    def _unread(self, document: Mapping[str, Any], shape: _Shape, place: str) -> frozenset[str]:
        """Reads which parts of an event could not be read; also notes those that are missing."""
        unread = frozenset(self._words(document, _UNREADABLE, shape.parts, place))
        for name in sorted(unread & document.keys()):
            self._note(_at(place, name), f'has a value, but is listed as "{_UNREADABLE}"')
        lacking = [name for name in shape.needed if name not in document and name not in unread]
        if lacking:
            self._note(place, f"lacks {', '.join(lacking)}")
        return unread

    def _supply(self, document: Mapping[str, Any]) -> Supply:
        if "says" not in document:
            return Supply()
        words = self._words(document, "says", supply_words(self._vocabulary), "")
        types = frozenset(word for word in words if "." not in word)
        fields: dict[str, frozenset[str]] = {}
        for word in words:
            kind, _, field = word.partition(".")
            if field and kind not in types:
                fields[kind] = fields.get(kind, frozenset()) | {field}
        return Supply(declared=True, types=types, fields=fields)

    def _unreadable_of_case(self) -> list[str]:
        owned = {"case": self._vocabulary.case, "adult": self._vocabulary.adult}
        parts = [f"{owner}.{name}" for owner, fields in owned.items() for name in fields]
        return [*parts, UNKNOWN_EVENTS]

    def _dates_by(self, document: Mapping[str, Any]) -> PlausibleDates:
        """Checks what tells of the message; gives the dates that events can have by then."""
        for key in _MESSAGE_KEYS:
            if not isinstance(document.get(key, ""), str):
                self._note(key, "must be a text")
        if isinstance(document.get("at"), str):
            try:
                by_then = live_by(PlausibleDates(), cutoff_of(parse_moment(document["at"])))
            except ValueError as error:
                self._note("at", str(error))
            else:
                return by_then if self._dates is None else self._dates
        return PlausibleDates() if self._dates is None else self._dates

    def _id(self, document: Mapping[str, Any], place: str) -> str:
        found = document.get("id")
        if not isinstance(found, str) or not found or found != found.strip():
            self._note(_at(place, "id"), "must be an id, without white space around it")
            return ""
        if len(found) > LONGEST_ID:
            self._note(_at(place, "id"), f"is longer than {LONGEST_ID} characters")
        return found

    def _words(
        self, document: Mapping[str, Any], key: str, known: Iterable[str], place: str
    ) -> list[str]:
        """Reads a list of words that are all known."""
        if key not in document:
            return []
        found, words = document[key], frozenset(known)
        if not isinstance(found, list | tuple):
            self._note(_at(place, key), "must be a list")
            return []
        for number, one in enumerate(found):
            if not isinstance(one, str) or one not in words:
                hint = did_you_mean(one, words) if isinstance(one, str) else ""
                self._note(_at(place, f"{key}[{number}]"), f"unknown word{hint}")
        return [one for one in found if isinstance(one, str) and one in words]

    def _values(
        self, document: Mapping[str, Any], fields: Mapping[str, Field], place: str
    ) -> dict[str, FieldValue]:
        values: dict[str, FieldValue] = {}
        for name, field in fields.items():
            if name not in document or name == "id":
                continue
            try:
                value = field_value(field, _of_json(field, document[name]))
            except ValueError as error:
                self._note(_at(place, name), str(error))
                continue
            if value is not None:
                values[name] = value
            elif field.is_required:
                self._note(_at(place, name), "is empty")
        return values

    def _refuse_unknown(
        self, document: Mapping[str, Any], known: Iterable[str], place: str
    ) -> None:
        # A key that nobody knows may hold anything, so it is not repeated.
        words = frozenset(known)
        for key in document:
            if key not in words:
                hint = did_you_mean(key, words) if isinstance(key, str) else ""
                self._note(place, f"unknown key{hint}")

    def _note(self, place: str, reason: str) -> None:
        self.problems.append(f"{place or 'the document'}: {reason}")


def _of_json(field: Field, raw: object) -> object:
    """Refuses what JSON has and a field has not, before it is read as a text."""
    if isinstance(raw, list | tuple):
        return [_of_json(field, one) for one in raw]
    if raw is None:
        raise ValueError("has no value; leave it out")
    if field.kind is FieldKind.WHOLE:
        if isinstance(raw, int) and not isinstance(raw, bool):
            return raw
        raise ValueError("must be a whole number")
    if isinstance(raw, str | Mapping | bool):
        return raw
    raise ValueError("must be a text")


def _text_or_none(value: FieldValue | None) -> str | None:
    return value if isinstance(value, str) else None


def _plain(value: FieldValue) -> object:
    if isinstance(value, Moment):
        return iso_date(value.day) if value.is_date_only else iso_instant(value.instant)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return {"withheld": True} if value == WITHHELD else value


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def case_schema(vocabulary: Vocabulary) -> Schema:
    """Writes the JSON Schema of cases (draft 2020-12) for a vocabulary."""
    attributes = {name: one for name, one in vocabulary.case.items() if name != "id"}
    words = {"type": "string", "minLength": 1}
    return {
        "$schema": DIALECT,
        "$id": f"urn:msp-rules:{CASE_SCHEMA_FILE.removesuffix('.json')}",
        "title": "a case",
        "description": (
            'One case as JSON. GENERATED from vocabulary.yaml by "msp-rules generate"; changes '
            "made here are lost. Not checked here: that certain events have ids of their own."
        ),
        **object_schema(
            {
                "schema": {"const": CASE_SCHEMA},
                "id": ref("id"),
                "at": {
                    "type": "string",
                    "pattern": whole(MOMENT),
                    "description": "When the host made the document; not kept with the case.",
                },
                **fields_schema(attributes),
                "adult": object_schema(fields_schema(vocabulary.adult), ()),
                "says": {
                    "description": "What the host says in it: event types, or type.field for some "
                    "fields of one. Left out: it does not tell what it can say.",
                    "type": "array",
                    "items": words,
                },
                _UNREADABLE: {
                    "description": "case.field and adult.field whose values can't be read; "
                    "events: one of the record is of a type that nobody knows.",
                    "type": "array",
                    "items": words,
                },
                "events": {"type": "array", "items": ref("event")},
            },
            ("schema", "id", "events"),
        ),
        "$defs": {
            **value_schemas(vocabulary),
            "event": _event_schema(vocabulary),
            **{
                f"event.{name}": _type_schema(kind, vocabulary)
                for name, kind in vocabulary.events.items()
            },
        },
    }


def _event_schema(vocabulary: Vocabulary) -> Schema:
    """Writes the schema of any event, which chooses by its type how the rest is checked."""
    return {
        "type": "object",
        "required": [_TYPE, "id"],
        "properties": {_TYPE: {"enum": list(vocabulary.events)}},
        "allOf": [
            {
                "if": {"properties": {_TYPE: {"const": name}}, "required": [_TYPE]},
                "then": ref(f"event.{name}"),
            }
            for name in vocabulary.events
        ],
    }


def _type_schema(kind: EventType, vocabulary: Vocabulary) -> Schema:
    envelope = {**fields_schema(vocabulary.envelope), "id": ref("id"), "supersedes": ref("id")}
    properties = {
        _TYPE: {"const": kind.name},
        **{
            name: ref("id") if name in ("id", "supersedes") else one
            for name, one in envelope.items()
        },
        **fields_schema(kind.fields),
        _FIRST_SEEN: {
            **fields_schema({_FIRST_SEEN: vocabulary.envelope["recorded"]})[_FIRST_SEEN],
            "description": "When a desk first saw the event, in place of recorded.",
        },
        _UNREADABLE: {
            "description": "Parts whose value can't be read: neither present nor absent.",
            "type": "array",
            "items": {"enum": [*(name for name in envelope if name != "id"), *kind.fields]},
        },
        _UNCERTAIN: {
            "description": "True where nobody can tell whether the event exists.",
            "type": "boolean",
        },
    }
    needed = [_OCCURRED, *(name for name, one in kind.fields.items() if one.is_required)]
    return {
        "description": kind.means,
        **object_schema(properties, ()),
        "if": {"required": [_UNREADABLE]},
        "else": {"required": needed},
    }
