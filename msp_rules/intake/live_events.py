"""Decodes a live event (CloudEvents 1.0, structured JSON) into an event of a case, or refuses it.

A message is taken as a whole or not at all: unlike an export, it has a sender who can correct it
and send it again under the same id. It is brought into one form first (`message_form`), and its
shape is then checked by the schema of live events.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from msp_rules.casework.case import Event, FieldValue
from msp_rules.casework.moments import parse_moment
from msp_rules.casework.values import event_from_mapping, field_value
from msp_rules.casework.vocabulary import Field, Vocabulary, core_vocabulary
from msp_rules.errors import MspRulesError
from msp_rules.extras import library_of
from msp_rules.intake.live_event_schema import (
    CASE_TYPE,
    CORRECTION,
    live_event_schema,
    message_type,
    schema_of_type,
)
from msp_rules.intake.message_form import MessageForm, document_of
from msp_rules.yaml_source.json_schema import explain, shown
from msp_rules.yaml_source.quick_validation import quick_validator

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator


class LiveEventCheck:
    """Checks messages against the vocabulary of a ruleset; build it once, for many messages."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._schema = live_event_schema(vocabulary)
        self._types = frozenset(self._schema["properties"]["type"]["enum"])
        self._validators: dict[str, Draft202012Validator] = {}
        # Here and not at the first message, which a worker would wait for; a scan needs none.
        with library_of("memory", "checking a live event"):
            self._new_validator = quick_validator()

    def problems(self, message: object) -> tuple[str, ...]:
        """Lists what is wrong with a CloudEvents message, each with its place.

        Names places and known words only: no content of the message is repeated, not even an
        unknown key.
        """
        found = set()
        for error in self._validator_of(message).iter_errors(message):
            for path, text in explain(error, repeats_words=False):
                place = path[:-1] if text.startswith("unknown key") else path
                found.add(f"{shown(place)}: {text}")
        return tuple(sorted(found))

    def _validator_of(self, message: object) -> Draft202012Validator:
        """Picks the part of the schema for one type, which is four times as fast as the whole."""
        named = message.get("type") if isinstance(message, dict) else None
        name = named if isinstance(named, str) and named in self._types else ""
        if name not in self._validators:
            schema = schema_of_type(self._schema, name) if name else self._schema
            self._validators[name] = self._new_validator(schema)
        return self._validators[name]


def message_problems(message: object) -> tuple[str, ...]:
    """Lists what `LiveEventCheck` finds wrong with a message by the core vocabulary."""
    return _core_check().problems(message)


@cache
def _core_check() -> LiveEventCheck:
    return LiveEventCheck(core_vocabulary())


class MessageRefused(MspRulesError):
    """A message from which nothing was taken. `problems` names places, and never their content.

    `source`, `id` and `case` are those of the message where they can be read, else None.
    """

    def __init__(
        self,
        problems: tuple[str, ...],
        *,
        source: str | None = None,
        id: str | None = None,  # noqa: A002 - the message's own name for it
        case: str | None = None,
    ) -> None:
        self.problems = problems
        self.source = source
        self.id = id
        self.case = case
        super().__init__("; ".join(problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKey:
    """Identifies a message."""

    source: str
    """The system that sent it."""
    id: str
    """The id that the system gave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMessage:
    """A message with an event of a case."""

    key: MessageKey
    """The source and id of the message."""
    case_id: str
    """The id of the case."""
    event: Event
    """The event."""
    is_correction: bool = False
    """True where it is to replace an event that is held under its id; else that is a conflict."""
    digest: str
    """The hash of what the message says: the same for every way of writing it."""
    earlier_digest: str = field(default="", compare=False)
    """The hash of the message as it is written, by which version 0.1.0 knew it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMessage:
    """A message with the attributes of a case and its adult, in place of all earlier ones."""

    key: MessageKey
    """The source and id of the message."""
    case_id: str
    """The id of the case."""
    attributes: Mapping[str, FieldValue]
    """The attributes of the case."""
    adult: Mapping[str, FieldValue]
    """The fields of the adult."""
    said_at: int | None
    """The message's own time in microseconds since the Unix epoch; None without one."""
    digest: str
    """The hash of what the message says: the same for every way of writing it."""
    earlier_digest: str = field(default="", compare=False)
    """The hash of the message as it is written, by which version 0.1.0 knew it again."""


Message = EventMessage | CaseMessage


class MessageReader:
    """Reads live events by the vocabulary of a ruleset; build it once, for many messages."""

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self.vocabulary = vocabulary or core_vocabulary()
        self._check = LiveEventCheck(self.vocabulary)
        self._form = MessageForm(self.vocabulary)
        self._types = {message_type(name): name for name in self.vocabulary.events}

    def read(self, message: object) -> Message:
        """Reads a message; raises MessageRefused with all that is wrong with it.

        `message` is the JSON document: as bytes or text, or as the mapping that it holds.
        """
        document: object = None
        written = ""
        try:
            document = document_of(message)
            if isinstance(document, dict):
                written = _digest_of_version_0_1(document)
                document = self._form.of(document)
        except ValueError as error:
            raise _refusal(document, (str(error),)) from None
        problems = self._check.problems(document) or _unkeepable(document)
        if problems or not isinstance(document, dict):
            raise _refusal(document, problems)
        read = self._case(document) if document["type"] == CASE_TYPE else self._event(document)
        return replace(read, earlier_digest=written)

    def _event(self, message: dict[str, Any]) -> EventMessage:
        data = message["data"]
        body = data if "occurred" in data else {**data, "occurred": message["time"]}
        event, problems = event_from_mapping(
            self._types[message["type"]],
            body,
            vocabulary=self.vocabulary,
            default_id=message["id"],
            admits_unreadable=False,
        )
        # Two things pass the schema and are no moment: a local time that the clock change in
        # March leaves out, and one that lies beyond the calendar.
        if problems:
            raise _refusal(message, tuple(f"data: {problem}" for problem in problems))
        key = MessageKey(source=message["source"], id=message["id"])
        digest = body_digest(self._form.meaning(message))
        return EventMessage(
            key=key,
            case_id=message["subject"],
            event=event,
            is_correction=message.get(CORRECTION, False),
            digest=digest,
        )

    def _case(self, message: dict[str, Any]) -> CaseMessage:
        data = message["data"]
        if data.get("id", message["subject"]) != message["subject"]:
            raise _refusal(message, ("data.id: must be the same as the subject",))
        known = self.vocabulary
        try:
            said_at = parse_moment(message["time"]).instant if "time" in message else None
        except ValueError:
            raise _refusal(message, ("time: is beyond the years of the calendar",)) from None
        rest = {name: raw for name, raw in data.items() if name not in ("id", "adult")}
        return CaseMessage(
            key=MessageKey(source=message["source"], id=message["id"]),
            case_id=message["subject"],
            attributes=_values(rest, known.case),
            adult=_values(data.get("adult", {}), known.adult),
            said_at=said_at,
            digest=body_digest(self._form.meaning(message)),
        )


def body_digest(meaning: Mapping[str, Any]) -> str:
    """Hashes what a message says; the hash is the same for every order of its parts."""
    text = json.dumps(meaning, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


_ATTRIBUTES_OF_VERSION_0_1: Final = (
    *("specversion", "id", "source", "type", "subject", "time"),
    *("datacontenttype", "dataschema", "data"),
)


def _digest_of_version_0_1(document: Mapping[str, Any]) -> str:
    """Hashes a message as 0.1.0 did, so that one which it took in is known again.

    It hashed the letters of the message, without what carriers add; a document that holds more than
    JSON was never taken in.
    """
    body = {name: document[name] for name in _ATTRIBUTES_OF_VERSION_0_1 if name in document}
    try:
        return body_digest(body)
    except (TypeError, ValueError, RecursionError):
        return ""


def _values(raw: Mapping[str, object], fields: Mapping[str, Field]) -> dict[str, FieldValue]:
    values = {name: field_value(fields[name], value) for name, value in raw.items()}
    return {name: value for name, value in values.items() if value is not None}


def _unkeepable(message: object) -> tuple[str, ...]:
    """Finds text that JSON can write and a database can't hold; a schema can't say that."""
    try:
        text = json.dumps(message, ensure_ascii=False, default=str)
        text.encode("utf-8")
    except UnicodeEncodeError:
        return ("the document: has half a character (a lone surrogate)",)
    if not isinstance(message, dict) or "\\u0000" not in text:
        return ()
    places = {name: message.get(name) for name in ("source", "id", "subject")}
    places |= {f"data.{name}": message["data"].get(name) for name in ("id", "supersedes")}
    return tuple(
        f"{place}: has a null character"
        for place, value in places.items()
        if isinstance(value, str) and "\0" in value
    )


def _refusal(message: object, problems: tuple[str, ...]) -> MessageRefused:
    """Makes a refusal that says whose message it was, as far as that can be read."""
    named: dict[str, str | None] = {"source": None, "id": None, "subject": None}
    if isinstance(message, dict):
        for name in named:
            value = message.get(name)
            misplaced = any(problem.startswith(f"{name}:") for problem in problems)
            named[name] = value if isinstance(value, str) and not misplaced else None
    return MessageRefused(problems, source=named["source"], id=named["id"], case=named["subject"])
