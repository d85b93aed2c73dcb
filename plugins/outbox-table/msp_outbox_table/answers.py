"""Reads what Larkfield's workers said under a prompt, and writes back what it still needs.

A worker clicks a button under a prompt, may choose a reason and write a note. The note stays in
Larkfield: only that there is one is passed on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Engine, bindparam, create_engine, text
from sqlalchemy.pool import NullPool

from msp_rules.hooks import hookimpl

ANSWERS: Final = (
    "CREATE TABLE larkfield_answers (answer INTEGER PRIMARY KEY, case_ref TEXT NOT NULL,"
    " card TEXT NOT NULL, button TEXT NOT NULL, said TEXT NOT NULL, until TEXT, reason TEXT,"
    " note TEXT, review TEXT, is_done INTEGER NOT NULL DEFAULT 0, needs TEXT, record TEXT)"
)
# The buttons under a prompt in Larkfield.
BUTTONS: Final = {
    "SEEN": "acknowledged",
    "WILL DO": "accepted",
    "LATER": "deferred",
    "NO": "overridden",
}
_ANSWERS: Final = text(
    "SELECT * FROM larkfield_answers WHERE is_done = 0 AND button IN :buttons"
    " ORDER BY answer LIMIT :most"
).bindparams(bindparam("buttons", expanding=True))
_SAMPLE_ANSWER: Final = text(
    "INSERT INTO larkfield_answers (case_ref, card, button, said, until, reason, note)"
    " VALUES ('L-1', 'a-card', :button, '2026-01-06T10:00Z', :until, :reason, :note)"
)
_HEARD: Final = text(
    "UPDATE larkfield_answers SET is_done = 1, needs = :needs, record = :record"
    " WHERE answer = :answer"
)


@cache
def engine_at(source: str) -> Engine:
    """Gives the connections to a database; without a pool, each hook closes its own."""
    return create_engine(source, poolclass=NullPool)


@hookimpl
def msp_find_feedback(source: str, most: int) -> Iterator[dict[str, Any]]:
    """Gives the answers of workers that are not done; of a note, only that there is one."""
    with engine_at(source).connect() as connection:
        rows = connection.execute(_ANSWERS, {"buttons": list(BUTTONS), "most": most}).all()
    for row in rows:
        said = {
            "schema": "msp-feedback/1",
            "case": row.case_ref,
            "id": f"answer-{row.answer}",
            "card": row.card,
            "kind": BUTTONS[row.button],
            "at": row.said,
            "until": row.until,
            "code": row.reason,
            "has_text": bool(row.note),
            "review_by": row.review,
        }
        yield {name: value for name, value in said.items() if value is not None}


@hookimpl
def msp_acknowledge_feedback(
    source: str, heard: list[dict[str, Any]], refused: list[dict[str, str]]
) -> None:
    """Marks answers as done; Larkfield shows what they need, and records what is to be recorded."""
    with engine_at(source).begin() as connection:
        for one in [*heard, *refused]:
            needs = [one["reason"]] if "reason" in one else one["needs"]
            record = one.get("record")
            row = {
                "answer": int(one["id"].removeprefix("answer-")),
                "needs": ", ".join(needs) or None,
                "record": None if record is None else json.dumps(record),
            }
            connection.execute(_HEARD, row)


def put_sample_answers(connection: Connection, canary: str) -> None:
    """Writes invented answers to a prompt that no desk has raised."""
    said: list[tuple[str, str | None, str | None]] = [
        ("LATER", "2026-01-12", None),
        ("NO", None, "unsafe"),
        ("SEEN", None, None),
    ]
    for button, until, reason in said:
        row = {"button": button, "until": until, "reason": reason, "note": canary}
        connection.execute(_SAMPLE_ANSWER, row)
