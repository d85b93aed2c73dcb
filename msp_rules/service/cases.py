"""Answers about one case: takes snapshots in, gives prompts and what is held, hears feedback."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from msp_rules.casework.moments import iso_instant, moment_of
from msp_rules.casework.values import LONGEST_ID
from msp_rules.errors import did_you_mean
from msp_rules.intake.case_json import CASE_SCHEMA
from msp_rules.intake.message_form import parsed
from msp_rules.intake.snapshot import LARGEST_SNAPSHOT_BYTES
from msp_rules.prompts.feedback import GENERAL_REASONS, NEEDS
from msp_rules.prompts.feedback_form import find_card
from msp_rules.prompts.prompt import FeedbackKind, FeedbackStatus, PromptState
from msp_rules.prompts.store import Status, reply_document
from msp_rules.service.answers import (
    CHANGES_SCHEMA,
    FAULTS_SCHEMA,
    cards_of,
    changes_of,
    faults_of,
    need_clock,
)
from msp_rules.service.bodies import read_object, refused_body
from msp_rules.service.hearing import UNKNOWN, Said, hear
from msp_rules.service.operations import (
    JSON,
    Answer,
    Body,
    Call,
    Operation,
    Parameter,
    Reply,
    case_id_parameter,
)
from msp_rules.service.problems import CallRefused, refuse
from msp_rules.yaml_source.json_schema import Schema, closed, ref

MOST_ANSWERED: Final = 20
"""The most cards of questions that workers have answered and the record has not."""
STEP: Final = Parameter(name="step", description="The event type that the worker is recording.")
"""The parameter that names the step of the work."""
ROLE: Final = Parameter(name="role", description="The role of the worker.")
"""The parameter that names the role of the worker."""
LANGUAGE: Final = Parameter(
    name="language",
    description="The language of the cards, such as cy-GB; what it lacks is said in English.",
    schema={"type": "string", "minLength": 1, "maxLength": 35},
)
"""The parameter that names the language of cards."""


def put_case(call: Call) -> Reply:
    """Takes in a whole case as its host holds it now."""
    need_clock(call)
    tenant, case_id = call.tenant, call.path["id"]
    received = tenant.desk.put_case(
        _record(call, case_id), call.now, mapping=tenant.mapping, expects=case_id
    )
    if received.status is Status.STALE:
        return Reply(document={"stale": True})
    if received.status is Status.REFUSED:
        raise refused_body([fault.reason for fault in received.faults])
    changes, faults = changes_of(tenant, received.kept), faults_of(received.faults)
    return Reply(document={"changes": changes, "faults": faults})


def _record(call: Call, case_id: str) -> object:
    """Parses a snapshot; one in our own form gets the id of its case from the path."""
    try:
        record = parsed(call.body, most=LARGEST_SNAPSHOT_BYTES)
    except ValueError as error:
        raise refused_body([str(error)]) from None
    if isinstance(record, dict) and record.get("schema") == CASE_SCHEMA:
        return {**record, "id": record.get("id") or case_id}
    if call.tenant.mapping is None:
        reason = f'must be "{CASE_SCHEMA}": this service has no mapping of other records'
        raise refused_body([f"schema: {reason}"])
    return record


def purge_case(call: Call) -> Reply:
    """Removes all that is held on a case."""
    call.tenant.desk.purge(call.path["id"])
    return Reply(status=204)


def held_on_case(call: Call) -> Reply:
    """Shows all that is held on a case."""
    found = call.tenant.desk.held_on(call.path["id"])
    if found is None:
        raise unknown_case()
    return Reply(document=found)


def prompts(call: Call) -> Reply:
    """Gives the cards to show at a step and to a role, and how many are held back."""
    tenant, case_id, query = call.tenant, call.path["id"], call.query
    need_clock(call)
    step, role = step_and_role(call, query)
    done = tenant.desk.reevaluate(case_id, call.now)
    state = tenant.desk.state(case_id)
    if state.as_of is None:
        raise unknown_case()
    chosen = tenant.desk.choose(state, step=step, role=role)
    language = query.get("language")
    states = Counter(one.state for one in chosen.answered)
    return Reply(
        document={
            "interrupting": cards_of(tenant, chosen.interrupting, language, call.now),
            "passive": cards_of(tenant, chosen.passive, language, call.now),
            "held_back": len(chosen.held_back),
            "answered": cards_of(tenant, chosen.answered[:MOST_ANSWERED], language, call.now),
            "promised": states[PromptState.PROMISED],
            "put_off": states[PromptState.DEFERRED],
            "as_of": iso_instant(call.now.instant),
            "faults": faults_of(dict.fromkeys((*done.faults, *state.faults))),
        }
    )


def step_and_role(call: Call, named: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Reads the step and the role; raises CallRefused where the vocabulary has them not."""
    vocabulary = call.tenant.ruleset.vocabulary
    step, role = named.get("step"), named.get("role")
    if step is not None and step != "any" and step not in vocabulary.events:
        raise _unknown_word("step", step, vocabulary.events)
    if role is not None and role not in vocabulary.enums["worker_role"]:
        raise _unknown_word("role", role, vocabulary.enums["worker_role"])
    return step, role


def _unknown_word(name: str, word: str, words: Iterable[str]) -> CallRefused:
    known = tuple(words)
    hint = did_you_mean(word, known) or f"; known are {', '.join(known)}"
    return refuse(400, "invalid-parameter", f"the parameter {name} has an unknown word{hint}")


def give_feedback(call: Call) -> Reply:
    """Takes in what a worker said to a card of the case."""
    tenant = call.tenant
    card, said = _feedback(call)
    need_clock(call)
    asked = find_card(tenant.desk.state(call.path["id"]), card)
    reply = UNKNOWN if asked is None else hear(tenant, asked, said, call.now)
    if reply.heard_as is FeedbackStatus.UNKNOWN:
        tenant.note_unknown_card()
    return Reply(document=reply_document(reply, said.until))


def _feedback(call: Call) -> tuple[str, Said]:
    fields = read_object(call.body)
    roles = call.tenant.ruleset.vocabulary.enums["worker_role"]
    name, card = fields.needed_text("id"), fields.needed_text("card")
    kind, at = fields.word("kind", tuple(FeedbackKind)), fields.moment("at")
    if not fields.has("kind"):
        fields.wrong("kind", f"is missing; known are {', '.join(FeedbackKind)}")
    codes = (*call.tenant.ruleset.vocabulary.enums["explanation_code"], *GENERAL_REASONS)
    until, code = fields.moment("until"), fields.word("code", codes)
    said = Said(
        id=name,
        kind=kind or "",
        at=at or moment_of(call.now),
        role=fields.word("role", roles),
        code=code,
        has_text=fields.flag("has_text") or False,
        until=until,
        review_by=fields.moment("review_by"),
    )
    if kind == "deferred" and until is None and not fields.has("until"):
        fields.wrong("until", "is missing: the moment at which to ask again")
    if kind == "deferred" and until is not None and until.instant <= said.at.instant:
        fields.wrong("until", "must be after the moment of the feedback")
    if kind == "overridden" and not fields.has("code"):
        fields.wrong("code", "is missing: the code of one of the card's overrideReasons")
    fields.check(closed=True)
    return card, said


def unknown_case() -> CallRefused:
    """Makes the error for a case of which nothing is held."""
    return refuse(404, "unknown-case", "nothing is held on a case of this id")


_TEXT: Final[Schema] = {"type": "string"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_ID: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID}
_EVENT: Final[Schema] = {
    "type": "object",
    "required": ["type", "id", "occurred"],
    "properties": {"type": _TEXT, "id": _ID, "occurred": _TEXT},
    "description": "Envelope and fields, as in docs/vocabulary.md.",
}
_SNAPSHOT: Final[Schema] = {
    "type": "object",
    "description": (
        "A case as `msp-case/1`, or the host's own record where the service has its mapping."
    ),
    "properties": {
        "schema": {"const": CASE_SCHEMA},
        "at": {"type": "string", "description": "When the host made the snapshot."},
        "organisation": _TEXT,
        "agency": _TEXT,
        "team": _TEXT,
        "adult": {"type": "object"},
        "says": {"type": "array", "items": _TEXT},
        "events": {"type": "array", "items": _EVENT},
    },
}
_CARDS: Final[Schema] = {"type": "array", "items": ref("Card")}
_TAKEN: Final = closed({"changes": CHANGES_SCHEMA, "faults": FAULTS_SCHEMA})
_STALE: Final = closed({"stale": {"const": True}})
_PROMPTS: Final = closed(
    {
        "interrupting": _CARDS,
        "passive": _CARDS,
        "held_back": _COUNT,
        "answered": {"type": "array", "items": ref("Card"), "maxItems": MOST_ANSWERED},
        "promised": _COUNT,
        "put_off": _COUNT,
        "as_of": _TEXT,
        "faults": FAULTS_SCHEMA,
    }
)
_FEEDBACK: Final = closed(
    {
        "id": {**_ID, "description": "The same id again changes nothing."},
        "card": {"type": "string", "format": "uuid"},
        "kind": {"enum": [kind.value for kind in FeedbackKind]},
        "role": _TEXT,
        "code": {
            "type": "string",
            "description": "The code of a reason, which an override needs; `acknowledged` may.",
        },
        "has_text": {"type": "boolean", "default": False},
        "until": {"type": "string", "description": "For a deferral: when to ask again."},
        "review_by": {"type": "string", "description": "Until when the reason is to hold."},
        "at": {"type": "string", "description": "When it was said; absent: now."},
    },
    ["id", "card", "kind"],
)
_HEARD: Final = closed(
    {
        "heard_as": {"enum": [status.value for status in FeedbackStatus]},
        "counts": {"type": "boolean"},
        "needs": {"type": "array", "items": {"enum": list(NEEDS)}},
        "until": {
            "type": "string",
            "description": "When it comes back, where that is before the `until` asked for.",
        },
        "record": {"type": "object"},
    },
    ["heard_as", "counts", "needs"],
)
_UNKNOWN: Final = Answer(description="Nothing is held on a case of this id.")

OPERATIONS: Final = (
    Operation(
        name="putCase",
        method="PUT",
        path="/cases/{id}",
        summary="Takes in a whole case as its host holds it now.",
        function=put_case,
        answers={
            200: Answer(
                description="What changed; or the snapshot is older than the newest taken.",
                schema={"anyOf": [_TAKEN, _STALE]},
            ),
            422: Answer(description="The case can't be taken in; `pointer` says where."),
        },
        parameters=(case_id_parameter(),),
        body=Body(schemas={JSON: _SNAPSHOT}, most_bytes=LARGEST_SNAPSHOT_BYTES),
        group="cases",
    ),
    Operation(
        name="purgeCase",
        method="DELETE",
        path="/cases/{id}",
        summary="Removes all that is held on a case.",
        function=purge_case,
        answers={204: Answer(description="Nothing of it is held any more.")},
        parameters=(case_id_parameter(),),
        group="cases",
    ),
    Operation(
        name="heldOnCase",
        method="GET",
        path="/cases/{id}/held",
        summary="Shows all that is held on a case.",
        function=held_on_case,
        answers={
            200: Answer(description="All that is held.", schema={"type": "object"}),
            404: _UNKNOWN,
        },
        parameters=(case_id_parameter(),),
        group="cases",
    ),
    Operation(
        name="prompts",
        method="GET",
        path="/cases/{id}/prompts",
        summary="Gives the cards to show at a step of the work and to a role.",
        function=prompts,
        answers={200: Answer(description="The cards.", schema=_PROMPTS), 404: _UNKNOWN},
        parameters=(case_id_parameter(), STEP, ROLE, LANGUAGE),
        group="cases",
    ),
    Operation(
        name="giveFeedback",
        method="POST",
        path="/cases/{id}/feedback",
        summary="Takes in what a worker said to a card.",
        function=give_feedback,
        answers={
            200: Answer(description="What became of it.", schema=_HEARD),
            409: Answer(description="The id was used for other feedback on this case."),
            422: Answer(description="The feedback can't be taken in; `pointer` says where."),
        },
        parameters=(case_id_parameter(),),
        body=Body(schemas={JSON: _FEEDBACK}),
        group="cases",
    ),
)
"""The calls of this module."""
