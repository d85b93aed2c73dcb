"""Writes what several calls answer: changes, faults and cards, with their JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from msp_rules.casework.case import Fault
from msp_rules.casework.moments import Cutoff
from msp_rules.engine.verdict import Verdict
from msp_rules.prompts.card import EXTENSION, card
from msp_rules.prompts.documents import Document, Json
from msp_rules.prompts.feedback import NEEDS_REVIEW, NEEDS_WORDS, made_id
from msp_rules.prompts.prompt import ChangeKind, Ending, Prompt, Timing
from msp_rules.prompts.store import KeptChange
from msp_rules.service.operations import Call
from msp_rules.service.problems import refuse
from msp_rules.service.tenants import Tenant
from msp_rules.yaml_source.json_schema import Schema, closed, ref

_TEXT: Final[Schema] = {"type": "string"}
_FAULT: Final[Schema] = closed({"reason": _TEXT, "event": _TEXT, "rule": _TEXT}, ["reason"])
FAULTS_SCHEMA: Final[Schema] = {"type": "array", "items": _FAULT}
"""The JSON Schema of what could not be read or judged."""
_CODING: Final = closed({"code": _TEXT, "system": _TEXT, "display": _TEXT})
_LIST: Final[Schema] = {"type": "array", "items": _TEXT, "minItems": 1}
_DAYS: Final[Schema] = {"type": "integer", "minimum": 1}
_REASON: Final = closed(
    {
        "code": _TEXT,
        "system": _TEXT,
        "counts": {
            "type": "boolean",
            "description": "Whether it explains something to an auditor, with all that it needs.",
        },
        "needs": {"type": "array", "items": {"enum": [NEEDS_WORDS, NEEDS_REVIEW]}, "minItems": 1},
    },
    ["code", "system", "counts"],
)
_ALLOWED: Final = closed(
    {
        "reason_needed": {
            "type": "boolean",
            "description": "Whether `acknowledged` needs the code of a reason.",
        },
        "put_off_working_days": _DAYS,
        "returns_after_working_days": _DAYS,
        "latest_put_off": {
            "type": "string",
            "format": "date",
            "description": "The last day to which it may be put off now.",
        },
        "promise_until": {
            "type": "string",
            "format": "date-time",
            "description": "When it would come back if it were promised now.",
        },
    },
    ["reason_needed", "put_off_working_days"],
)
ROUTING_SCHEMA: Final = closed(
    {
        "rule": _TEXT,
        "case": _TEXT,
        "key_subject": _TEXT,
        "subject": _TEXT,
        "generation": _DAYS,
        "state": {
            "enum": ["raised", "shown", "acknowledged", "deferred", "promised", "overridden"],
            "description": "`raised` and `shown` ask; of the others a worker has said something.",
        },
        "until": {
            "type": "string",
            "format": "date-time",
            "description": "When an answered prompt is asked again; absent: not by time alone.",
        },
        "allowed": _ALLOWED,
        "reasons": {"type": "array", "items": _REASON},
        "verdict": {"enum": [one.value for one in Verdict]},
        "timing": {"enum": [one.value for one in Timing]},
        "due": _TEXT,
        "ask_at": _LIST,
        "roles": _LIST,
        "severity": _TEXT,
        "missing": {
            "type": "array",
            "items": closed({"event": _TEXT, "fields": _LIST}, ["event"]),
            "minItems": 1,
        },
        "language": _TEXT,
        "role_names": _LIST,
    },
    [
        *("rule", "case", "generation", "state", "allowed", "reasons"),
        *("verdict", "timing", "severity"),
    ],
)
"""The JSON Schema of what a card says of its prompt for programs."""
CARD_SCHEMA: Final[Schema] = closed(
    {
        "uuid": {"type": "string", "format": "uuid"},
        "summary": {"type": "string", "minLength": 1, "maxLength": 139},
        "detail": _TEXT,
        "indicator": {"enum": ["info", "warning", "critical"]},
        "source": closed({"label": _TEXT, "url": _TEXT, "topic": _CODING}, ["label", "topic"]),
        "overrideReasons": {"type": "array", "items": _CODING},
        "extension": closed({EXTENSION: ref("Routing")}, [EXTENSION]),
        "suggestions": {"type": "array", "items": closed({"label": _TEXT, "uuid": _TEXT})},
        "selectionBehavior": _TEXT,
        "links": {
            "type": "array",
            "items": closed({"label": _TEXT, "url": _TEXT, "type": _TEXT}),
        },
    },
    ["uuid", "summary", "detail", "indicator", "source", "overrideReasons", "extension"],
)
"""The JSON Schema of a card of CDS Hooks 3.0, as this service writes it."""
CHANGE_SCHEMA: Final[Schema] = closed(
    {
        "id": _TEXT,
        "epoch": {"type": "integer"},
        "revision": {"type": "integer"},
        "case": _TEXT,
        "prompt": {"type": "string", "format": "uuid"},
        "kind": {"enum": [kind.value for kind in ChangeKind]},
        "ending": {"enum": [ending.value for ending in Ending]},
        "card": ref("Card"),
    },
    ["id", "epoch", "revision", "case", "prompt", "kind"],
)
"""The JSON Schema of a change; `ending` is there where a prompt was withdrawn, else `card`."""
CHANGES_SCHEMA: Final[Schema] = {"type": "array", "items": ref("Change")}
"""The JSON Schema of a list of changes."""
DEFINITIONS: Final[dict[str, Schema]] = {
    "Card": CARD_SCHEMA,
    "Routing": ROUTING_SCHEMA,
    "Change": CHANGE_SCHEMA,
}
"""The schemas that others refer to, by name."""


def faults_of(faults: Iterable[Fault]) -> list[Json]:
    """Writes faults, each reason with its event and rule where it has them."""
    return [
        {
            "reason": one.reason,
            **({"event": one.event} if one.event is not None else {}),
            **({"rule": one.rule} if one.rule is not None else {}),
        }
        for one in faults
    ]


def cards_of(
    tenant: Tenant, prompts: Iterable[Prompt], language: str | None, now: Cutoff
) -> list[Json]:
    """Writes the cards of prompts; one whose rule has left the ruleset has none."""
    return [
        card_of(tenant, one, language, now) for one in prompts if one.key.rule in tenant.catalogue
    ]


def card_of(
    tenant: Tenant, prompt: Prompt, language: str | None = None, now: Cutoff | None = None
) -> Document:
    """Writes the card of a prompt; raises MspRulesError where its rule has left the ruleset."""
    # A card is plain data; that a TypedDict is not a dict of it, only type checkers say.
    policy = tenant.desk.policy
    written = card(prompt, tenant.ruleset, language=language, policy=policy, now=now)
    return cast(Document, written)


def changes_of(tenant: Tenant, kept: Iterable[KeptChange]) -> list[Json]:
    """Writes changes, each with the id by which a consumer acknowledges it."""
    listed = tuple(kept)
    epoch = tenant.desk.memory.epoch if listed else 0
    return [_change(tenant, one, epoch) for one in listed]


def _change(tenant: Tenant, kept: KeptChange, epoch: int) -> Document:
    prompt, kind = kept.change.prompt, kept.change.kind
    # A rule may have left the ruleset while its change waited.
    if kind is not ChangeKind.WITHDRAWN and prompt.key.rule not in tenant.catalogue:
        kind = ChangeKind.WITHDRAWN
    document: Document = {
        "id": f"{epoch}-{kept.number}",
        "epoch": epoch,
        "revision": kept.number,
        "case": prompt.key.case,
        "prompt": str(made_id("prompt", *prompt.key)),
        "kind": kind.value,
    }
    if kind is ChangeKind.WITHDRAWN:
        document["ending"] = (prompt.ending or Ending.GONE).value
    else:
        document["card"] = card_of(tenant, prompt)
    return document


def need_clock(call: Call) -> None:
    """Raises CallRefused where the clock of the service and the memory disagree by too much.

    The caller can't mend that, and must send again what it sent.
    """
    fault = call.tenant.desk.clock_fault(call.now)
    if fault is not None:
        raise refuse(503, "clock", fault.reason)
