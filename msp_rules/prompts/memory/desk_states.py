"""What the desk knows of a case, and the changes that wait for the host, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from msp_rules.prompts.memory.documents import (
    change_document,
    change_of,
    fault_document,
    fault_of,
    prompt_document,
    prompt_of,
)
from msp_rules.prompts.memory.histories import CaseRow, read_json, update_case, write_json
from msp_rules.prompts.memory.tables import changes, prompts
from msp_rules.prompts.prompt import DeskState, Prompt, PromptChange

_PROMPTS: Final = select(prompts.c.content).where(prompts.c.case_id == bindparam("case_id"))
_NEW_PROMPTS: Final = insert(prompts)
_CHANGED_PROMPT: Final = (
    update(prompts)
    .where(
        prompts.c.case_id == bindparam("of_case_id"),
        prompts.c.rule == bindparam("of_rule"),
        prompts.c.subject == bindparam("of_subject"),
    )
    .values(state=bindparam("state"), content=bindparam("content"))
)
_KEY: Final = ("case_id", "rule", "subject")
_NEW_CHANGES: Final = insert(changes).returning(changes.c.number, sort_by_parameter_order=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChange:
    """A change that is kept until the host acknowledges its `number`.

    Numbers grow within a case in the order of its changes; between cases they may have gaps.
    """

    number: int
    change: PromptChange


def state_of(connection: Connection, row: CaseRow) -> DeskState:
    """The desk's knowledge of a case."""
    contents = connection.scalars(_PROMPTS, {"case_id": row.case_id})
    found = [prompt_of(row.case_id, read_json(one)) for one in contents]
    found.sort(key=_place)
    return DeskState(
        case=row.case_id,
        prompts={prompt.key: prompt for prompt in found},
        as_of=row.as_of,
        next_change=row.next_change,
        faults=tuple(fault_of(row.case_id, one) for one in row.faults),
    )


def keep_state(
    connection: Connection, before: DeskState, now: DeskState, **columns: object
) -> None:
    """Writes the prompts that are not as they were, and the case's row with `columns` more."""
    new, changed = list[dict[str, str]](), list[dict[str, str]]()
    for key, one in now.prompts.items():
        old = before.prompts.get(key)
        if old is None:
            new.append(_prompt_row(one))
        elif one != old:
            changed.append(
                {
                    f"of_{name}" if name in _KEY else name: value
                    for name, value in _prompt_row(one).items()
                }
            )
    if changed:
        connection.execute(_CHANGED_PROMPT, changed)
    if new:
        connection.execute(_NEW_PROMPTS, new)
    update_case(
        connection,
        now.case,
        as_of=now.as_of,
        next_change=now.next_change,
        faults=write_json([fault_document(one) for one in now.faults]) if now.faults else None,
        **columns,
    )


def keep_changes(
    connection: Connection,
    case_id: str,
    made: Sequence[PromptChange],
    *,
    cause: int | None,
    made_at: int,
) -> tuple[KeptChange, ...]:
    """Writes changes for the host to fetch, and gives them with their numbers."""
    if not made:
        return ()
    rows = [
        {
            "case_id": case_id,
            "cause": cause,
            "made_at": made_at,
            "content": write_json(change_document(one)),
        }
        for one in made
    ]
    numbers = connection.scalars(_NEW_CHANGES, rows)
    return tuple(
        KeptChange(number=number, change=change)
        for number, change in zip(numbers, made, strict=True)
    )


def changes_of_cause(connection: Connection, case_id: str, cause: int) -> tuple[KeptChange, ...]:
    """What a message of a case brought about and the host has not acknowledged."""
    which = (changes.c.case_id == case_id) & (changes.c.cause == cause)
    return _kept(connection, which, limit=None)


def waiting_changes(connection: Connection, limit: int) -> tuple[KeptChange, ...]:
    """The oldest changes that the host has not acknowledged."""
    return _kept(connection, None, limit=limit)


def acknowledge_changes(connection: Connection, numbers: Iterable[int]) -> int:
    """Lets go of changes; gives how many there were."""
    gone = connection.execute(delete(changes).where(changes.c.number.in_(tuple(numbers))))
    return gone.rowcount


def _kept(
    connection: Connection, which: ColumnElement[bool] | None, *, limit: int | None
) -> tuple[KeptChange, ...]:
    query = select(changes.c.number, changes.c.case_id, changes.c.content)
    query = query.order_by(changes.c.number).limit(limit)
    rows = connection.execute(query if which is None else query.where(which))
    return tuple(
        KeptChange(number=row[0], change=change_of(row[1], read_json(row[2]))) for row in rows
    )


def _place(prompt: Prompt) -> tuple[str, str]:
    return prompt.key.rule, prompt.key.subject or ""


def _prompt_row(prompt: Prompt) -> dict[str, str]:
    rule, subject = _place(prompt)
    return {
        "case_id": prompt.key.case,
        "rule": rule,
        "subject": subject,
        "state": prompt.state.value,
        "content": write_json(prompt_document(prompt)),
    }
