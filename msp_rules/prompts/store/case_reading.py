"""Reads all that is held of a case, in as few statements as there can be.

On PostgreSQL each statement is a journey over the network. First the case is locked, then all that
is needed of it is read at once: not in the same statement, which would show the history as it was
before the lock came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    Text,
    bindparam,
    cast,
    literal_column,
    null,
    select,
    union_all,
)

from msp_rules.prompts.documents import change_of, fault_of, prompt_of
from msp_rules.prompts.prompt import DeskState, Prompt
from msp_rules.prompts.store.redaction import StoredEvent
from msp_rules.prompts.store.rows import (
    CaseRow,
    HeldEntry,
    KeptChange,
    KnownMessage,
    case_row,
    find_case,
    read_document,
)
from msp_rules.prompts.store.tables import cases, changes, entries, feedback, prompts

_AT_ONCE: Final = 1000
"""The number of messages that are looked for in one statement."""

_KNOWN: Final = "known"
_ENTRY: Final = "entry"
_PROMPT: Final = "prompt"
_FEEDBACK: Final = "feedback"
# Kind, number, three texts and an instant; which of them there are, the kind says.
_Part = Select[str, int, str, str | None, str | None, int]
_Parts = CompoundSelect[str, int, str, str | None, str | None, int]
_Row = Row[str, int, str, str | None, str | None, int]

_OF_CASE: Final[BindParameter[str]] = bindparam("id")


def _part(
    kind: str,
    *,
    number: ColumnElement[int] | None = None,
    text: Sequence[ColumnElement[Any]],  # a column that may be null, or not
    at: ColumnElement[int] | None = None,
) -> _Part:
    """Selects one kind of rows in the columns that all kinds have."""
    none = null()
    texts: tuple[ColumnElement[Any], ...] = (
        *text,
        *(cast(none, Text) for _ in range(3 - len(text))),
    )
    return select(
        literal_column(f"'{kind}'", Text).label("kind"),
        (cast(none, BigInteger) if number is None else number).label("number"),
        texts[0].label("first"),
        texts[1].label("second"),
        texts[2].label("third"),
        (cast(none, BigInteger) if at is None else at).label("at"),
    )


_PROMPTS: Final = _part(_PROMPT, text=[prompts.c.content]).where(prompts.c.case_id == _OF_CASE)
_ENTRIES: Final = _part(
    _ENTRY,
    number=entries.c.number,
    text=[entries.c.message, entries.c.event_type, entries.c.content],
    at=entries.c.received_at,
).where(entries.c.case_id == _OF_CASE)
_EVENTS: Final = _ENTRIES.where(entries.c.content.is_not(None))
_MESSAGES: Final = _part(
    _KNOWN, number=entries.c.number, text=[entries.c.message, entries.c.body]
).where(entries.c.message.in_(bindparam("messages", expanding=True)))
_HEARD: Final = _part(_FEEDBACK, text=[feedback.c.content, feedback.c.explanation]).where(
    feedback.c.case_id == _OF_CASE
)
_FOR_MESSAGES: Final = union_all(_MESSAGES, _EVENTS, _PROMPTS)
_FOR_SNAPSHOT: Final = union_all(
    _ENTRIES, _PROMPTS, _HEARD.where(feedback.c.explanation.is_not(None))
)
_FOR_FEEDBACK: Final = union_all(_HEARD.where(feedback.c.feedback_id == bindparam("of")), _PROMPTS)
_FOR_EVALUATION: Final = union_all(_EVENTS, _PROMPTS)
_WITH_PROMPTS: Final = (
    select(*cases.c, prompts.c.content.label("prompt"))
    .select_from(cases.outerjoin(prompts, prompts.c.case_id == cases.c.case_id))
    .where(cases.c.case_id == _OF_CASE)
)


@dataclass(slots=True)
class CaseContents:
    """Holds what was read of a case."""

    row: CaseRow
    """The row of the case."""
    known: dict[str, KnownMessage] = field(default_factory=dict)
    """The messages that were asked for and that have been received, by their digests."""
    held: list[HeldEntry] = field(default_factory=list)
    """The entries of the history, as they came in."""
    feedback: list[tuple[str, str | None]] = field(default_factory=list)
    """The content and explanation of the feedback that was asked for."""
    state: DeskState = field(init=False)
    """The desk's knowledge of the case."""


def lock_case(connection: Connection, case_id: str, now: int) -> CaseRow:
    """Locks a case and gives its row; a new one, which is not written yet, where there is none."""
    found = find_case(connection, case_id, locks=True)
    return CaseRow(case_id=case_id, touched_at=now, is_new=True) if found is None else found


def for_messages(connection: Connection, row: CaseRow, messages: Iterable[str]) -> CaseContents:
    """Reads what is needed to take messages in; `messages` are their digests."""
    wanted = list(messages)
    found = _read(connection, row, _FOR_MESSAGES, messages=wanted[:_AT_ONCE])
    for start in range(_AT_ONCE, len(wanted), _AT_ONCE):
        more = {"messages": wanted[start : start + _AT_ONCE]}
        for one in connection.execute(_MESSAGES, more):
            _add_known(found, one)
    return found


def for_snapshot(connection: Connection, row: CaseRow) -> CaseContents:
    """Reads what is needed to compare a snapshot, entries without an event included."""
    return _read(connection, row, _FOR_SNAPSHOT)


def for_feedback(connection: Connection, row: CaseRow, feedback_id: str) -> CaseContents:
    """Reads what is needed to hear feedback: the prompts, and the same feedback if it came."""
    return _read(connection, row, _FOR_FEEDBACK, of=feedback_id)


def for_evaluation(connection: Connection, row: CaseRow) -> CaseContents:
    """Reads what is needed to evaluate a case again."""
    return _read(connection, row, _FOR_EVALUATION)


def events_of(connection: Connection, case_id: str) -> list[StoredEvent]:
    """Reads the events of a history, as they came in."""
    found = _read(connection, CaseRow(case_id=case_id, touched_at=0), _FOR_EVALUATION)
    return [one.event for one in found.held if one.event is not None]


def with_prompts(connection: Connection, case_id: str) -> tuple[CaseRow, DeskState] | None:
    """Reads the row of a case and the desk's knowledge of it; None for an unknown case."""
    found = connection.execute(_WITH_PROMPTS, {"id": case_id}).all()
    if not found:
        return None
    row = case_row(found[0])
    return row, _state(row, (one.prompt for one in found if one.prompt is not None))


def changes_of_causes(connection: Connection, causes: Iterable[int]) -> tuple[KeptChange, ...]:
    """Reads what messages brought about and the host has not acknowledged, in order of numbers."""
    wanted, kept = sorted(causes), list[KeptChange]()
    columns = (changes.c.number, changes.c.case_id, changes.c.content)
    for start in range(0, len(wanted), _AT_ONCE):
        of_causes = changes.c.cause.in_(wanted[start : start + _AT_ONCE])
        kept += [
            KeptChange(number=number, change=change_of(case_id, read_document(content)))
            for number, case_id, content in connection.execute(select(*columns).where(of_causes))
        ]
    return tuple(sorted(kept, key=lambda one: one.number))


def _read(
    connection: Connection, row: CaseRow, query: _Parts, **more: str | list[str]
) -> CaseContents:
    found = CaseContents(row)
    asked = list[str]()
    for one in connection.execute(query, {"id": row.case_id, **more}):
        kind, number, first, second, third, at = one
        if kind == _ENTRY:
            event = None
            if second is not None and third is not None:
                event = (second, read_document(third))
            found.held.append(HeldEntry(number, event, first, at))
        elif kind == _PROMPT:
            asked.append(first)
        elif kind == _KNOWN:
            _add_known(found, one)
        else:
            found.feedback.append((first, second))
    found.held.sort(key=_number)
    found.state = _state(row, asked)
    return found


def _add_known(found: CaseContents, row: _Row) -> None:
    _, number, message, body, _, _ = row
    assert body is not None
    found.known[message] = KnownMessage(number=number, body=body)


def _state(row: CaseRow, contents: Iterable[str]) -> DeskState:
    asked = [prompt_of(row.case_id, read_document(one)) for one in contents]
    asked.sort(key=_place)
    return DeskState(
        case=row.case_id,
        prompts={prompt.key: prompt for prompt in asked},
        as_of=row.as_of,
        next_change=row.next_change,
        faults=tuple(fault_of(row.case_id, one) for one in row.faults),
    )


def _number(one: HeldEntry) -> int:
    assert one.number is not None
    return one.number


def _place(prompt: Prompt) -> tuple[str, str]:
    return prompt.key.rule, prompt.key.subject or ""
