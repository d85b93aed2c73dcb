"""Brings a live event, however its sender writes JSON, into the one form that the schema checks.

.NET writes null for each value that is absent, Java a number as text, Go nine digits of a second,
and brokers add attributes of their own. None of that changes what a message says; so it is written
anew here, and two spellings of one message are the same message. What can't be brought into that
form stays as it is, for the schema to name its place.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from msp_rules.casework.moments import parse_moment
from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary
from msp_rules.intake.live_event_schema import CASE_TYPE, CORRECTION, message_type

LARGEST_MESSAGE_BYTES: Final = 64 * 1024
"""The largest message taken; CloudEvents 1.0, "Size Limits", lets carriers refuse above it."""

_DEEPEST: Final = 16
"""More levels than any message has; far fewer than Python's own limit."""
_LARGEST_NUMBER: Final = 10**18
_BYTE_ORDER_MARK: Final = "\ufeff"

_ATTRIBUTES: Final = (
    *("specversion", "id", "source", "type", "subject", "time"),
    *("datacontenttype", "dataschema", "data", CORRECTION),
)
"""The attributes that are read; all others (tracing, topics, tenants) are dropped unread."""
_JSON: Final = "application/json"
_IS_JSON: Final = re.compile(
    r"""\s*(application|text)/([\w.+-]+\+)?json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*""",
    re.IGNORECASE,
)
_RFC_3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::([0-5]\d|60)(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_MIDNIGHT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]00:00(?::00(?:\.0+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)
_WHOLE: Final = re.compile(r"(\d{1,18})(?:\.0+)?", re.ASCII)
_NAMED: Final = (FieldKind.TEXT, FieldKind.REF, FieldKind.CODE)


def document_of(message: object) -> object:
    """Gives the JSON document of a message, without its nulls and empty values.

    `message` is bytes, text or a mapping. Raises ValueError, whose text names a place and no
    content, where it can't be read as JSON that a message may hold.
    """
    if isinstance(message, (bytes, bytearray, str)):
        return without_blanks(parsed(message, most=LARGEST_MESSAGE_BYTES))
    return without_blanks(message)


def parsed(text: bytes | bytearray | str, *, most: int) -> object:
    """Parses JSON of at most so many bytes, with or without a byte order mark; see document_of."""
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    if len(text) > most:
        raise ValueError(f"the document: is larger than {most} bytes")
    if not text.strip():
        raise ValueError("the document: is empty")
    try:
        document: object = orjson.loads(bytes(text).removeprefix(_BYTE_ORDER_MARK.encode()))
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"the document: is not valid JSON from {where} on") from None
    return document


def without_blanks(value: object, depth: int = 0) -> Any:
    """Copies plain data without nulls and empty values; gives None where nothing is left.

    The data of a message stays, even if it is empty: some events have no fields. Raises ValueError
    for what JSON can't say.
    """
    if isinstance(value, str):
        return str(value) if value.strip() else None
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        # NaN compares as false, too.
        if not -_LARGEST_NUMBER < value < _LARGEST_NUMBER:
            raise ValueError("the document: holds a number too large to be meant")
        return value
    if depth >= _DEEPEST:
        raise ValueError("the document: is nested too deeply")
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise ValueError("the document: has a key that is not text")
        cleaned = {str(name): without_blanks(one, depth + 1) for name, one in value.items()}
        kept = {name: one for name, one in cleaned.items() if one is not None}
        if depth == 0 and isinstance(value.get("data"), Mapping):
            kept.setdefault("data", {})
        return kept if kept or depth == 0 else None
    if isinstance(value, (list, tuple)):
        items = [without_blanks(one, depth + 1) for one in value]
        listed = [one for one in items if one is not None]
        return listed if listed or depth == 0 else None
    if isinstance(value, date):  # hosts in Python; a datetime is a date, too
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise ValueError("the document: holds a value that JSON can't write")


class MessageForm:
    """Writes messages anew by the vocabulary of a ruleset; build it once, for many messages."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        envelope = vocabulary.envelope
        self._fields: dict[str, Mapping[str, Field]] = {
            message_type(name): {**envelope, **kind.fields}
            for name, kind in vocabulary.events.items()
        }
        self._fields[CASE_TYPE] = vocabulary.case
        self._adult = vocabulary.adult
        self._case = vocabulary.case
        self._moment = vocabulary.envelope["recorded"]

    def of(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Writes a document of `document_of` anew; raises ValueError as that does."""
        message = {name: document[name] for name in _ATTRIBUTES if name in document}
        for name in ("id", "subject"):
            message[name] = _text_of_number(message.get(name))
        message["time"] = _moment(message.get("time"))
        if isinstance(kind := message.get("datacontenttype"), str) and _IS_JSON.fullmatch(kind):
            message["datacontenttype"] = _JSON
        message[CORRECTION] = _yes_or_no(message.get(CORRECTION))
        message["data"] = _data_of(document)
        written = {name: value for name, value in message.items() if value is not None}
        kind, data = written.get("type"), written.get("data")
        fields = self._fields.get(kind) if isinstance(kind, str) else None
        if fields is not None and isinstance(data, dict):
            written["data"] = _values(data, fields)
            if kind == CASE_TYPE and isinstance(adult := data.get("adult"), dict):
                written["data"]["adult"] = _values(adult, self._adult)
        return written

    def of_snapshot(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Writes a whole case as `msp-case/1` anew: numbers, moments and lists of one."""
        own = {**self._case, "at": self._moment}
        written = _values(document, own) | {"id": _text_of_number(document.get("id"))}
        if isinstance(adult := document.get("adult"), Mapping):
            written["adult"] = _values(adult, self._adult)
        if isinstance(events := document.get("events"), list | tuple):
            written["events"] = [self._event(one) for one in events]
        return {name: value for name, value in written.items() if value is not None}

    def _event(self, event: object) -> object:
        if not isinstance(event, Mapping):
            return event
        kind = event.get("type")
        fields = self._fields.get(message_type(kind), {}) if isinstance(kind, str) else {}
        return _values(event, {**fields, "first_seen": self._moment})

    def meaning(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Gives what a sound message says, the same for all spellings of the same message.

        Left out are what only its carriers need, what stands there twice, and whether it may
        correct: a message that was refused for that comes again under its own id.
        """
        left_out = ("dataschema", CORRECTION)
        said = {name: value for name, value in message.items() if name not in left_out}
        said["datacontenttype"] = _JSON
        data = dict(message["data"])
        said["data"] = data
        if message["type"] != CASE_TYPE:
            if "occurred" in data:
                said.pop("time", None)
            if data.get("id") == message["id"]:
                del data["id"]
        if "time" in said:
            said["time"] = _instant(said["time"])
        for name, field in self._fields[message["type"]].items():
            if field.kind is FieldKind.MOMENT and isinstance(data.get(name), str):
                data[name] = _instant(data[name])
        return said


def _data_of(document: Mapping[str, Any]) -> object:
    """Gives the data of a message, which may come as text or in base 64 as well."""
    data = document.get("data")
    packed = document.get("data_base64")
    try:
        if data is None and isinstance(packed, str):
            data = base64.b64decode("".join(packed.split()), validate=True)
        if isinstance(data, bytes) or (isinstance(data, str) and data.lstrip()[:1] == "{"):
            unpacked = without_blanks(parsed(data, most=LARGEST_MESSAGE_BYTES), depth=1)
            return {} if unpacked is None else unpacked
    except (binascii.Error, ValueError):
        place = "data" if packed is None or data is not None else "data_base64"
        raise ValueError(f"{place}: does not hold a JSON object") from None
    return data


def _values(data: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    return {
        name: value if (field := fields.get(name)) is None else _value(field, value)
        for name, value in data.items()
    }


def _value(field: Field, value: object) -> object:
    if isinstance(value, list):
        return [_single(field, one) for one in value]
    single = _single(field, value)
    # One value of many is what a converter from XML makes of an element that occurs once.
    return [single] if field.may_repeat else single


def _single(field: Field, value: object) -> object:
    kind = field.kind
    if kind is FieldKind.MOMENT:
        return _moment(value)
    if kind is FieldKind.DATE and isinstance(value, str):
        found = _MIDNIGHT.fullmatch(value.strip())
        return found[1] if found else value.strip()
    if kind is FieldKind.WHOLE:
        return _number(value)
    if kind in _NAMED:
        return _text_of_number(value)
    return value


def _moment(value: object) -> object:
    """Writes a date-time of RFC 3339 with capitals, and a leap second as the last before it."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    found = _RFC_3339.fullmatch(text)
    if found is None:
        return text
    day, minute, second, fraction, offset = found.groups(default="")
    if second == "60":
        second, fraction = "59", ".999999"
    if offset[1:3] == "24":  # no offset has 24 hours; Python would take it for a day
        return text
    seconds = f":{second}{fraction}" if second else ""
    return f"{day}T{minute}{seconds}{offset.upper()}"


def _number(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and (found := _WHOLE.fullmatch(value.strip())):
        return int(found[1])
    return value


def _yes_or_no(value: object) -> object:
    """Reads the text of a truth value, which is all that a header can hold."""
    if not isinstance(value, str):
        return value
    found: object = {"true": True, "false": False}.get(value.strip().lower(), value)
    return found


def _text_of_number(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _instant(text: str) -> str:
    """Writes a moment in the one way in which equal moments are equal texts."""
    moment = parse_moment(text)
    if moment.is_date_only:
        return text
    stamp = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment.instant)
    return stamp.isoformat()
