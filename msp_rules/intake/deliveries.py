"""Takes the live events out of a delivery: an HTTP request or a Kafka record of CloudEvents 1.0.

A delivery is in one of three modes. *Structured*: the body is one message. *Batch*: the body is a
list of messages. *Binary*: the body is the data alone, and the attributes are in headers, `ce-...`
in HTTP and `ce_...` in Kafka.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from msp_rules.intake.live_events import MessageRefused
from msp_rules.intake.message_form import LARGEST_MESSAGE_BYTES, parsed

MOST_MESSAGES: Final = 500
"""The number of messages that a batch may hold."""
LARGEST_BATCH_BYTES: Final = 16 * LARGEST_MESSAGE_BYTES
"""The largest body of a batch; Event Grid, too, packs up to one megabyte."""

_BATCH: Final = "application/cloudevents-batch"
_STRUCTURED: Final = "application/cloudevents"
_PREFIXES: Final = ("ce-", "ce_")
_LONGEST_HEADER: Final = 4096

Headers = Mapping[str, str | bytes]


def messages_of_delivery(body: bytes, headers: Headers) -> tuple[object, ...]:
    """Gives the messages of a delivery as `MessageReader.read` takes them, in their order.

    The names of headers may be in capitals. Raises MessageRefused where the delivery as a whole
    can't be read; each message is read and refused by itself, later.
    """
    named = {name.lower(): _text(value) for name, value in headers.items()}
    content_type = named.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith(_BATCH):
        _need_json(kind)
        return _batch(body)
    attributes = {
        name[3:]: unquote(value) for name, value in named.items() if name[:3] in _PREFIXES
    }
    if kind.startswith(_STRUCTURED):
        _need_json(kind)
        return (body,)
    if "specversion" in attributes:
        return (_binary(body, attributes, content_type),)
    if body.lstrip()[:1] == b"[":  # a list can be nothing but a batch, whatever its type says
        return _batch(body)
    return (body,)


def _batch(body: bytes) -> tuple[object, ...]:
    try:
        found = parsed(body, most=LARGEST_BATCH_BYTES)
    except ValueError as error:
        raise MessageRefused((str(error),)) from None
    if not isinstance(found, list):
        raise MessageRefused(("the document: must be a list of live events",))
    if len(found) > MOST_MESSAGES:
        raise MessageRefused((f"the document: holds more than {MOST_MESSAGES} messages",))
    return tuple(found)


def _binary(body: bytes, attributes: Mapping[str, str], content_type: str) -> object:
    """Joins the attributes of the headers with the data of the body."""
    message: dict[str, object] = {**attributes}
    if content_type.strip():
        message["datacontenttype"] = content_type
    try:
        data = parsed(body, most=LARGEST_MESSAGE_BYTES) if body.strip() else {}
    except ValueError as error:
        problem = str(error).replace("the document:", "data:", 1)
        names = (attributes.get(name) for name in ("source", "id", "subject"))
        source, message_id, case = names
        raise MessageRefused((problem,), source=source, id=message_id, case=case) from None
    message["data"] = data
    return message


def _need_json(kind: str) -> None:
    if kind not in (f"{_STRUCTURED}+json", f"{_BATCH}+json"):
        raise MessageRefused(("the document: must be JSON, not another format of CloudEvents",))


def _text(value: str | bytes) -> str:
    """Gives the text of a header; a longer one than any attribute is cut, and refused later."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return text[:_LONGEST_HEADER]
