"""Prompts, changes, feedback and faults as JSON documents, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msp_rules.casework.case import WITHHELD, Event, Fault
from msp_rules.casework.moments import Cutoff, Moment, iso_date, iso_instant, parse_moment
from msp_rules.casework.workdays import Due
from msp_rules.engine.verdict import Missing, Verdict
from msp_rules.prompts.prompt import (
    ChangeKind,
    Ending,
    Feedback,
    Prompt,
    PromptChange,
    PromptKey,
    PromptState,
    Timing,
)

Document = dict[str, Any]


def prompt_document(prompt: Prompt) -> Document:
    """A prompt as a document; what is None is left out, and so is the case."""
    document: Document = {
        "rule": prompt.key.rule,
        "first_subject": prompt.key.subject,
        "subject": prompt.subject,
        "summary": prompt.summary,
        "urgency": prompt.urgency,
        "ask_at": prompt.ask_at,
        "roles": prompt.roles,
        "severity": prompt.severity,
        "verdict": prompt.verdict.value,
        "timing": prompt.timing.value,
        "due": _due_document(prompt.due),
        "missing": [{"event": one.event, "fields": one.fields} for one in prompt.missing],
        "evidence": prompt.evidence,
        "state": prompt.state.value,
        "generation": prompt.generation,
        "since": prompt.since,
        "heard": prompt.heard,
        "until": prompt.until,
        "code": prompt.code,
        "explanation": prompt.explanation,
        "ending": None if prompt.ending is None else prompt.ending.value,
    }
    return {name: value for name, value in document.items() if value is not None}


def prompt_of(case: str, document: Mapping[str, Any]) -> Prompt:
    """The prompt that a document of a case holds."""
    get, heard = document.get, document.get("heard")
    return Prompt(
        key=PromptKey(document["rule"], case, get("first_subject")),
        subject=get("subject"),
        summary=document["summary"],
        urgency=document["urgency"],
        ask_at=tuple(document["ask_at"]),
        roles=tuple(document["roles"]),
        severity=document["severity"],
        verdict=Verdict(document["verdict"]),
        timing=Timing(document["timing"]),
        due=_due(get("due")),
        missing=tuple(Missing(one["event"], tuple(one["fields"])) for one in document["missing"]),
        evidence=tuple(document["evidence"]),
        state=PromptState(document["state"]),
        generation=document["generation"],
        since=document["since"],
        heard=None if heard is None else (heard[0], heard[1]),
        until=get("until"),
        code=get("code"),
        explanation=get("explanation"),
        ending=Ending(document["ending"]) if "ending" in document else None,
    )


def change_document(change: PromptChange) -> Document:
    """A change as a document."""
    return {"kind": change.kind.value, "prompt": prompt_document(change.prompt)}


def change_of(case: str, document: Mapping[str, Any]) -> PromptChange:
    """The change that a document of a case holds."""
    return PromptChange(
        kind=ChangeKind(document["kind"]), prompt=prompt_of(case, document["prompt"])
    )


def feedback_document(feedback: Feedback) -> Document:
    """A feedback as a document: codes and moments, there is no text in it."""
    document: Document = {
        "id": feedback.id,
        "rule": feedback.key.rule,
        "first_subject": feedback.key.subject,
        "generation": feedback.generation,
        "kind": feedback.kind.value,
        "at": moment_text(feedback.at),
        "role": feedback.role,
        "until": moment_text(feedback.until),
        "code": feedback.code,
        "has_text": feedback.has_text,
        "review_by": moment_text(feedback.review_by),
    }
    return {name: value for name, value in document.items() if value is not None}


def explanation_document(event: Event) -> Document:
    """An event that a host was handed to record, as a document; it holds codes and ids only."""
    fields = {
        name: moment_text(value) if isinstance(value, Moment) else value
        for name, value in event.fields.items()
        if value != WITHHELD
    }
    document: Document = {
        "id": event.id,
        "type": event.type,
        "occurred": moment_text(event.moment),
        "role": event.role,
        "fields": fields,
        "withheld": [name for name, value in event.fields.items() if value == WITHHELD],
    }
    return {name: value for name, value in document.items() if value is not None}


def explanation_of(document: Mapping[str, Any]) -> Event:
    """The event that a document holds which `explanation_document` gave."""
    moment = parse_moment(document["occurred"])
    fields = dict(document["fields"]) | dict.fromkeys(document["withheld"], WITHHELD)
    if "review_by" in fields:
        fields["review_by"] = parse_moment(fields["review_by"])
    return Event(
        id=document["id"],
        type=document["type"],
        moment=moment,
        recorded=moment,
        fields=fields,
        role=document.get("role"),
    )


def fault_document(fault: Fault) -> Document:
    """A fault as a document; the case is left out."""
    named = {"reason": fault.reason, "event": fault.event, "rule": fault.rule}
    return {name: value for name, value in named.items() if value is not None}


def fault_of(case: str, document: Mapping[str, Any]) -> Fault:
    """The fault that a document of a case holds."""
    return Fault(
        document["reason"], case=case, event=document.get("event"), rule=document.get("rule")
    )


def _due_document(due: Due | None) -> Document | None:
    if due is None:
        return None
    return {"day": due.cutoff.day, "instant": due.cutoff.instant, "in_hours": due.in_hours}


def _due(document: Mapping[str, Any] | None) -> Due | None:
    if document is None:
        return None
    return Due(Cutoff(document["day"], document["instant"]), document["in_hours"])


def moment_text(moment: Moment | None) -> str | None:
    """A moment as ISO 8601: a date, or a date-time with its offset."""
    if moment is None:
        return None
    return iso_date(moment.day) if moment.is_date_only else iso_instant(moment.instant)
