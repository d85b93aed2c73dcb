"""Writes prompts, changes, states, feedback and faults as JSON documents, and reads them back.

A document is plain data that any JSON writer takes; what is None is left out of it. It holds ids,
codes, moments and words of the rules: there is no field for free text. Instants are whole
microseconds since the Unix epoch, moments ISO 8601.

Only documents that this package writes are read. Any other raises DocumentInvalid, whose text names
the field that is wrong and never its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Final, TypeAlias, TypeVar

from msp_rules.casework.case import WITHHELD, Event, Fault, FieldValue
from msp_rules.casework.moments import Cutoff, Moment, iso_date, iso_instant, parse_moment
from msp_rules.casework.workdays import Due
from msp_rules.engine.verdict import Missing, Verdict
from msp_rules.errors import MspRulesError
from msp_rules.prompts.prompt import (
    ChangeKind,
    DeskState,
    Ending,
    Feedback,
    FeedbackKind,
    Prompt,
    PromptChange,
    PromptKey,
    PromptState,
    Timing,
)

Json: TypeAlias = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
"""Plain data: what JSON can hold."""
Document: TypeAlias = dict[str, Json]
"""A JSON object that is being made."""

STATE_SCHEMA: Final = "msp-desk-state/1"
FEEDBACK_SCHEMA: Final = "msp-feedback/1"

_Value = TypeVar("_Value")
_Word = TypeVar("_Word", bound=Enum)


class DocumentInvalid(MspRulesError):
    """A document that this package has not written."""


def state_document(state: DeskState) -> Document:
    """Writes all that the desk knows of a case, for a host that keeps it itself."""
    return _without_none(
        {
            "schema": STATE_SCHEMA,
            "case": state.case,
            "as_of": state.as_of,
            "next_change": state.next_change,
            "prompts": [prompt_document(one) for one in state.prompts.values()],
            "faults": [fault_document(one) for one in state.faults],
        }
    )


def state_of(document: Mapping[str, Json]) -> DeskState:
    """Reads what `state_document` wrote."""
    if document.get("schema") != STATE_SCHEMA:
        raise DocumentInvalid(f'not a state of the desk: its "schema" is not {STATE_SCHEMA}')
    case = read(document, "case", str)
    prompts = [prompt_of(case, one) for one in _parts(document, "prompts")]
    return DeskState(
        case=case,
        prompts={one.key: one for one in prompts},
        as_of=read_or_none(document, "as_of", int),
        next_change=read_or_none(document, "next_change", int),
        faults=tuple(fault_of(case, one) for one in _parts(document, "faults")),
    )


def prompt_document(prompt: Prompt) -> Document:
    """Writes a prompt without the id of its case."""
    return _without_none(
        {
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
            "missing": [_missing_document(one) for one in prompt.missing],
            "evidence": prompt.evidence,
            "state": prompt.state.value,
            "generation": prompt.generation,
            "since": prompt.since,
            "heard": prompt.heard,
            "first_answer": prompt.first_answer,
            "until": prompt.until,
            "code": prompt.code,
            "explanation": prompt.explanation,
            "ending": None if prompt.ending is None else prompt.ending.value,
        }
    )


def _missing_document(missing: Missing) -> Document:
    row: Document = {"event": missing.event, "fields": missing.fields}
    return {**row, "values": missing.values} if missing.values else row


def _missing_of(document: Mapping[str, Json]) -> Missing:
    # Files of version 0.1.0 do not say which codes would do.
    values = document.get("values", ())
    rows = values if isinstance(values, list | tuple) else ()
    codes = tuple(
        tuple(str(code) for code in row) if isinstance(row, list | tuple) else () for row in rows
    )
    return Missing(read(document, "event", str), _texts(document, "fields"), codes)


def prompt_of(case: str, document: Mapping[str, Json]) -> Prompt:
    """Reads the prompt of a case from what `prompt_document` wrote."""
    subject = read_or_none(document, "first_subject", str)
    return Prompt(
        key=PromptKey(read(document, "rule", str), case, subject),
        subject=read_or_none(document, "subject", str),
        summary=read(document, "summary", str),
        urgency=read(document, "urgency", str),
        ask_at=_texts(document, "ask_at"),
        roles=_texts(document, "roles"),
        severity=read(document, "severity", str),
        verdict=_read_word(document, "verdict", Verdict),
        timing=_read_word(document, "timing", Timing),
        due=_due_of(document),
        missing=tuple(_missing_of(one) for one in _parts(document, "missing")),
        evidence=_texts(document, "evidence"),
        state=_read_word(document, "state", PromptState),
        generation=read(document, "generation", int),
        since=read(document, "since", int),
        heard=_heard_of(document),
        first_answer=read_or_none(document, "first_answer", int),
        until=read_or_none(document, "until", int),
        code=read_or_none(document, "code", str),
        explanation=read_or_none(document, "explanation", str),
        ending=_read_word(document, "ending", Ending) if "ending" in document else None,
    )


def change_document(change: PromptChange) -> Document:
    """Writes a change without the id of its case."""
    return {"kind": change.kind.value, "prompt": prompt_document(change.prompt)}


def change_of(case: str, document: Mapping[str, Json]) -> PromptChange:
    """Reads the change of a case from what `change_document` wrote."""
    return PromptChange(
        kind=_read_word(document, "kind", ChangeKind),
        prompt=prompt_of(case, read_part(document, "prompt")),
    )


def feedback_message(feedback: Feedback) -> Document:
    """Writes feedback with the id of its case, for a host that sends or keeps it."""
    return {
        "schema": FEEDBACK_SCHEMA,
        "case": feedback.key.case,
        **feedback_document(feedback),
    }


def feedback_from(document: Mapping[str, Json]) -> Feedback:
    """Reads what `feedback_message` wrote, or a host; without `has_text` there was no text."""
    if document.get("schema") != FEEDBACK_SCHEMA:
        raise DocumentInvalid(f'not a feedback: its "schema" is not {FEEDBACK_SCHEMA}')
    return feedback_of(read(document, "case", str), {"has_text": False, **document})


def feedback_document(feedback: Feedback) -> Document:
    """Writes feedback without the id of its case: codes and moments, there is no text in it."""
    return _without_none(
        {
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
    )


def feedback_of(case: str, document: Mapping[str, Json]) -> Feedback:
    """Reads the feedback on a case from what `feedback_document` wrote."""
    subject = read_or_none(document, "first_subject", str)
    return Feedback(
        id=read(document, "id", str),
        key=PromptKey(read(document, "rule", str), case, subject),
        generation=read(document, "generation", int),
        kind=_read_word(document, "kind", FeedbackKind),
        at=_moment(document, "at"),
        role=read_or_none(document, "role", str),
        until=_moment_or_none(document, "until"),
        code=read_or_none(document, "code", str),
        has_text=read(document, "has_text", bool),
        review_by=_moment_or_none(document, "review_by"),
    )


def explanation_document(event: Event) -> Document:
    """Writes an event that a host was given to record; it holds codes and ids only."""
    fields: Document = {
        name: moment_text(value) if isinstance(value, Moment) else value
        for name, value in event.fields.items()
        if value != WITHHELD
    }
    return _without_none(
        {
            "id": event.id,
            "type": event.type,
            "occurred": moment_text(event.moment),
            "role": event.role,
            "fields": fields,
            "withheld": [name for name, value in event.fields.items() if value == WITHHELD],
        }
    )


def explanation_of(document: Mapping[str, Json]) -> Event:
    """Reads the event from what `explanation_document` wrote."""
    moment = _moment(document, "occurred")
    kept = read_part(document, "fields")
    fields: dict[str, FieldValue] = {
        name: _moment(kept, name) if name == "review_by" else read(kept, name, str) for name in kept
    }
    return Event(
        id=read(document, "id", str),
        type=read(document, "type", str),
        moment=moment,
        recorded=moment,
        fields=fields | dict.fromkeys(_texts(document, "withheld"), WITHHELD),
        role=read_or_none(document, "role", str),
    )


def fault_document(fault: Fault) -> Document:
    """Writes a fault without the id of its case."""
    return _without_none({"reason": fault.reason, "event": fault.event, "rule": fault.rule})


def fault_of(case: str, document: Mapping[str, Json]) -> Fault:
    """Reads the fault of a case from what `fault_document` wrote."""
    return Fault(
        read(document, "reason", str),
        case=case,
        event=read_or_none(document, "event", str),
        rule=read_or_none(document, "rule", str),
    )


def moment_text(moment: Moment | None) -> str | None:
    """Writes a moment as ISO 8601: a date, or a date-time with its offset."""
    if moment is None:
        return None
    return iso_date(moment.day) if moment.is_date_only else iso_instant(moment.instant)


def read(document: Mapping[str, Json], name: str, kind: type[_Value]) -> _Value:
    """Reads a value of one kind; raises DocumentInvalid where it is missing or of another."""
    value = document.get(name)
    if isinstance(value, kind):
        return value
    raise _invalid(name)


def read_or_none(document: Mapping[str, Json], name: str, kind: type[_Value]) -> _Value | None:
    """Reads a value of one kind; None where it is missing."""
    return None if document.get(name) is None else read(document, name, kind)


def read_part(document: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    """Reads an object inside a document."""
    value = document.get(name)
    if isinstance(value, dict):
        return value
    raise _invalid(name)


def _without_none(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}


def _due_document(due: Due | None) -> Document | None:
    if due is None:
        return None
    return {"day": due.cutoff.day, "instant": due.cutoff.instant, "in_hours": due.in_hours}


def _due_of(document: Mapping[str, Json]) -> Due | None:
    if "due" not in document:
        return None
    due = read_part(document, "due")
    cutoff = Cutoff(read(due, "day", int), read(due, "instant", int))
    return Due(cutoff, read(due, "in_hours", bool))


def _heard_of(document: Mapping[str, Json]) -> tuple[int, str] | None:
    match document.get("heard"):
        case None:
            return None
        case [int(instant), str(feedback)]:
            return instant, feedback
        case _:
            raise _invalid("heard")


def _read_word(document: Mapping[str, Json], name: str, kind: type[_Word]) -> _Word:
    try:
        return kind(document.get(name))
    except ValueError:
        raise _invalid(name) from None


def _texts(document: Mapping[str, Json], name: str) -> tuple[str, ...]:
    texts: list[str] = []
    for one in _list(document, name):
        if not isinstance(one, str):
            raise _invalid(name)
        texts.append(one)
    return tuple(texts)


def _parts(document: Mapping[str, Json], name: str) -> Iterator[Mapping[str, Json]]:
    for one in _list(document, name):
        if not isinstance(one, dict):
            raise _invalid(name)
        yield one


def _list(document: Mapping[str, Json], name: str) -> Sequence[Json]:
    value = document.get(name)
    if isinstance(value, list | tuple):
        return value
    raise _invalid(name)


def _moment(document: Mapping[str, Json], name: str) -> Moment:
    try:
        return parse_moment(read(document, name, str))
    except ValueError:
        raise _invalid(name) from None


def _moment_or_none(document: Mapping[str, Json], name: str) -> Moment | None:
    return None if document.get(name) is None else _moment(document, name)


def _invalid(name: str) -> DocumentInvalid:
    return DocumentInvalid(f'"{name}" of a document is missing or invalid')
