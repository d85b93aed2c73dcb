"""Answers CDS Hooks 3.0: discovery, calls of two hooks, and feedback.

A client of CDS Hooks never says that it has shown a card. So the cards of an answer count as shown,
and a critical one interrupts once. `fhirServer`, `fhirAuthorization` and `prefetch` are not read:
nothing here fetches anything.
"""

from __future__ import annotations

from typing import Final

from msp_rules.casework.moments import moment_of
from msp_rules.casework.values import LONGEST_ID
from msp_rules.prompts.card import card_uuid
from msp_rules.prompts.documents import Json
from msp_rules.prompts.feedback import GENERAL_REASONS, NEEDS, made_id
from msp_rules.prompts.feedback_form import AnsweredCard
from msp_rules.prompts.prompt import FeedbackKind, FeedbackStatus, Prompt, PromptState
from msp_rules.prompts.store import FeedbackConflict, FeedbackReply, reply_document
from msp_rules.service.answers import cards_of, need_clock
from msp_rules.service.bodies import Fields, read_object
from msp_rules.service.hearing import UNKNOWN, Said, hear
from msp_rules.service.operations import JSON, Answer, Body, Call, Operation, Parameter, Reply
from msp_rules.service.problems import refuse
from msp_rules.yaml_source.json_schema import Schema, closed, ref

SERVICE: Final = "msp"
"""The id of the service, the same for each hook: newer cards replace those of an earlier call."""
PATIENT_VIEW: Final = "patient-view"
"""The hook that every client knows: its `patientId` is the id of the case."""
CASE_VIEW: Final = "org.msp-rules.case-view"
"""The hook that names the case, and the step, role and language of the worker."""
MOST_FEEDBACK: Final = 100
"""The most feedback in one call."""

_CASE_OF: Final = {PATIENT_VIEW: "patientId", CASE_VIEW: "caseId"}
_VERSION: Final = "3.0.0"
_SERVICES: Final[list[Json]] = [
    {
        "hook": PATIENT_VIEW,
        "title": "Making Safeguarding Personal",
        "description": "Asks what is not evidenced in the case; patientId is the id of the case.",
        "id": SERVICE,
        "version": _VERSION,
        "usageRequirements": "Events or snapshots of the case are handed in first.",
    },
    {
        "hook": CASE_VIEW,
        "title": "Making Safeguarding Personal, at a step of the work",
        "description": "Asks what is not evidenced in the case, at a step and to a role.",
        "id": SERVICE,
        "version": _VERSION,
        "usageRequirements": "Events or snapshots of the case are handed in first.",
    },
]


def discover(_: Call) -> Reply:
    """Lists the hooks that are answered."""
    return Reply(document={"services": _SERVICES})


def call_service(call: Call) -> Reply:
    """Gives the cards for a case; none for a case that nobody has told of."""
    _need_service(call)
    tenant = call.tenant
    fields = read_object(call.body)
    instance = fields.needed_text("hookInstance")
    hook, context = fields.word("hook", (PATIENT_VIEW, CASE_VIEW)), fields.part("context")
    if hook is None and not fields.has("hook"):
        fields.wrong("hook", "is missing")
    # Of an unknown hook, which of the two would be needed is not known either.
    case_id = "" if hook is None else context.needed_text(_CASE_OF[hook])
    step = role = language = None
    if hook == CASE_VIEW:
        vocabulary = tenant.ruleset.vocabulary
        step = context.word("step", ("any", *vocabulary.events))
        role = context.word("role", vocabulary.enums["worker_role"])
        language = context.text("language", most=35)
    fields.check()
    _need_supply(call, step)
    need_clock(call)
    tenant.desk.reevaluate(case_id, call.now)
    chosen = tenant.desk.choose(tenant.desk.state(case_id), step=step, role=role)
    cards = cards_of(tenant, chosen.shown, language, call.now)
    for prompt in chosen.shown:
        if prompt.state is PromptState.RAISED:
            _mark_shown(call, prompt, instance)
    return Reply(document={"cards": cards})


def _need_service(call: Call) -> None:
    if call.path["id"] != SERVICE:
        raise refuse(404, "unknown-service", "there is no such service; /cds-services lists all")


def _need_supply(call: Call, step: str | None) -> None:
    """Raises CallRefused where the host does not supply what the call asks about."""
    supply = call.tenant.desk.supply
    if step not in (None, "any") and not supply.has_type(str(step)):
        lacking = f"events of the step ({step})"
    elif supply.declared and not supply.types and not supply.fields:
        lacking = "events of any type"
    else:
        return
    detail = f"the host says that it does not supply {lacking}; nothing can be asked about them"
    raise refuse(412, "not-supplied", detail, pointer="/context/step" if step else None)


def _mark_shown(call: Call, prompt: Prompt, instance: str) -> None:
    said = Said(
        id=str(made_id("cds-hooks", "shown", card_uuid(prompt), instance)),
        kind=FeedbackKind.SHOWN,
        at=moment_of(call.now),
    )
    try:
        hear(call.tenant, AnsweredCard(prompt, prompt.generation), said, call.now)
    except FeedbackConflict:
        return  # the same call twice at once: the other one has said so


def give_card_feedback(call: Call) -> Reply:
    """Takes in what became of cards; says of each what was heard, and what it still needs."""
    _need_service(call)
    need_clock(call)
    fields = read_object(call.body)
    items = fields.parts("feedback", most=MOST_FEEDBACK)
    if not items and not fields.errors:
        fields.wrong("feedback", "is missing, or empty")
    read = [_said(call, one) for one in items]
    fields.check()
    results = list[Json]()
    for card, said in read:
        prompt = call.tenant.desk.prompt_of_card(card)
        asked = None if prompt is None else AnsweredCard(prompt, prompt.generation)
        reply = UNKNOWN if asked is None else _hear(call, asked, said)
        if reply.heard_as is FeedbackStatus.UNKNOWN:
            call.tenant.note_unknown_card()
        results.append({"card": card, **reply_document(reply, said.until)})
    return Reply(document={"feedback": results})


def _said(call: Call, item: Fields) -> tuple[str, Said]:
    """Reads the feedback on one card; its words are not kept, only that there are some."""
    card = item.needed_text("card")
    outcome = item.word("outcome", (FeedbackKind.ACCEPTED, FeedbackKind.OVERRIDDEN))
    if outcome is None and not item.has("outcome"):
        item.wrong("outcome", "is missing: accepted or overridden")
    at = item.moment("outcomeTimestamp")
    reason = item.part("overrideReason")
    codes = (*call.tenant.ruleset.vocabulary.enums["explanation_code"], *GENERAL_REASONS)
    code = reason.part("reason").word("code", codes)
    # Words without a code, or nothing at all: the worker has seen the card and wants it away.
    is_seen = outcome == FeedbackKind.OVERRIDDEN and code is None
    moment = at or moment_of(call.now)
    stamp = None if at is None else at.instant
    has_text = reason.has("userComment")
    # Said again with a reason, or with words, it is another answer.
    more = (code, has_text) if code is not None or has_text else ()
    return card, Said(
        id=str(made_id("cds-hooks", card, outcome, stamp, *more)),
        kind=FeedbackKind.ACKNOWLEDGED if is_seen else outcome or "",
        at=moment,
        code=code if outcome == FeedbackKind.OVERRIDDEN else None,
        has_text=has_text,
    )


def _hear(call: Call, asked: AnsweredCard, said: Said) -> FeedbackReply:
    try:
        return hear(call.tenant, asked, said, call.now)
    except FeedbackConflict:
        # Ids are made of card, outcome and moment: what differs is how it was said a second time.
        return FeedbackReply(heard_as=FeedbackStatus.REPEATED)


_TEXT: Final[Schema] = {"type": "string"}
_UUID: Final[Schema] = {"type": "string", "format": "uuid"}
_CASE_ID: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID}
_LISTED: Final = closed(
    {
        "hook": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "id": _TEXT,
        "version": _TEXT,
        "usageRequirements": _TEXT,
    }
)
_REQUEST: Final[Schema] = {
    "type": "object",
    "required": ["hook", "hookInstance", "context"],
    "properties": {
        "hook": {"enum": [PATIENT_VIEW, CASE_VIEW]},
        "hookInstance": _UUID,
        "context": {
            "type": "object",
            "properties": {
                "patientId": {**_CASE_ID, "description": "Of patient-view: the id of the case."},
                "caseId": {**_CASE_ID, "description": f"Of {CASE_VIEW}: the id of the case."},
                "step": {"type": "string", "description": "The event type that is recorded."},
                "role": {"type": "string", "description": "The role of the worker."},
                "language": {"type": "string", "description": "The language of the cards."},
            },
        },
    },
}
_ITEM: Final[Schema] = {
    "type": "object",
    "required": ["card", "outcome", "outcomeTimestamp"],
    "properties": {
        "card": _UUID,
        "outcome": {"enum": ["accepted", "overridden"]},
        "acceptedSuggestions": {"type": "array", "items": {"type": "object"}},
        "overrideReason": {
            "type": "object",
            "properties": {
                "reason": {
                    "type": "object",
                    "properties": {"code": _TEXT, "system": _TEXT},
                },
                "userComment": {"type": "string", "description": "Not kept, and not logged."},
            },
        },
        "outcomeTimestamp": {"type": "string", "format": "date-time"},
    },
}
_RESULT: Final = closed(
    {
        "card": _TEXT,
        "heard_as": {"enum": [status.value for status in FeedbackStatus]},
        "counts": {"type": "boolean"},
        "needs": {"type": "array", "items": {"enum": list(NEEDS)}},
        "until": _TEXT,
        "record": {"type": "object"},
    },
    ["card", "heard_as", "counts", "needs"],
)
_ID: Final = Parameter(
    name="id", description="The id of the service.", in_path=True, is_required=True
)
_UNKNOWN: Final = Answer(description="There is no such service.")
_REFUSED: Final = Answer(description="The body can't be read; `pointer` says where.")

OPERATIONS: Final = (
    Operation(
        name="discover",
        method="GET",
        path="/cds-services",
        summary="Lists the hooks that are answered.",
        function=discover,
        answers={
            200: Answer(
                description="The hooks.",
                schema=closed({"services": {"type": "array", "items": _LISTED}}),
            )
        },
        group="cds-hooks",
    ),
    Operation(
        name="callService",
        method="POST",
        path="/cds-services/{id}",
        summary="Gives the cards for a case.",
        function=call_service,
        answers={
            200: Answer(
                description="The cards; none for a case of which nothing is held.",
                schema=closed({"cards": {"type": "array", "items": ref("Card")}}),
            ),
            404: _UNKNOWN,
            412: Answer(description="The host does not supply what the call asks about."),
            422: _REFUSED,
        },
        parameters=(_ID,),
        body=Body(schemas={JSON: _REQUEST}),
        group="cds-hooks",
    ),
    Operation(
        name="giveCardFeedback",
        method="POST",
        path="/cds-services/{id}/feedback",
        summary="Takes in what became of cards.",
        function=give_card_feedback,
        answers={
            200: Answer(
                description="What was heard of each card.",
                schema=closed({"feedback": {"type": "array", "items": _RESULT}}),
            ),
            404: _UNKNOWN,
            422: _REFUSED,
        },
        parameters=(_ID,),
        body=Body(
            schemas={
                JSON: {
                    "type": "object",
                    "required": ["feedback"],
                    "properties": {
                        "feedback": {"type": "array", "maxItems": MOST_FEEDBACK, "items": _ITEM}
                    },
                }
            }
        ),
        group="cds-hooks",
    ),
)
"""The calls of this module."""
