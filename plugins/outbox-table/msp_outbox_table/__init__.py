"""Polls an outbox table of Larkfield, an invented case system, and writes prompts back.

Larkfield writes a row into `larkfield_outbox` in the transaction in which a worker saves
something, and shows what stands in `larkfield_prompts`. A source is the address of its database
(SQLAlchemy; SQLite or PostgreSQL). Each row is given until it is acknowledged, so at least once;
each prompt has one row, which a change of an older revision does not touch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import bindparam, text

from msp_outbox_table.answers import ANSWERS, engine_at, put_sample_answers
from msp_outbox_table.answers import msp_acknowledge_feedback as msp_acknowledge_feedback
from msp_outbox_table.answers import msp_find_feedback as msp_find_feedback
from msp_rules.hooks import hookimpl

SOURCE: Final = "urn:example:larkfield"
TABLES: Final = (
    "CREATE TABLE larkfield_outbox (entry INTEGER PRIMARY KEY, case_ref TEXT NOT NULL,"
    " kind TEXT NOT NULL, happened TEXT NOT NULL, written TEXT NOT NULL, body TEXT NOT NULL,"
    " is_done INTEGER NOT NULL DEFAULT 0, refused TEXT)",
    "CREATE TABLE larkfield_prompts (prompt TEXT PRIMARY KEY, case_ref TEXT NOT NULL,"
    " epoch BIGINT NOT NULL, revision INTEGER NOT NULL, is_shown INTEGER NOT NULL,"
    " summary TEXT, detail TEXT, card TEXT, state TEXT)",
    ANSWERS,
)
# What Larkfield calls an event and its fields. Whatever is not named here stays in Larkfield.
KINDS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "CONCERN": ("concern_raised", {"from": "source", "abuse": "abuse_type"}),
    "TALK": (
        "outcomes_conversation",
        {"asked": "asked", "with": "with", "how": "method", "wishes": "wishes_and_feelings"},
    ),
    "WISH": ("outcome_expressed", {"words": "text", "about": "kind"}),
    "DECISION": ("s42_decided", {"result": "result", "why": "rationale"}),
}
CODES: Final = {
    "POL": "police",
    "PHYS": "physical",
    "S42": "s42_enquiry",
    "SAID": "asked_expressed",
}
_FIND: Final = text(
    "SELECT entry, case_ref, kind, happened, written, body FROM larkfield_outbox"
    " WHERE is_done = 0 AND kind IN :kinds ORDER BY entry LIMIT :most"
).bindparams(bindparam("kinds", expanding=True))
_DONE: Final = text(
    "UPDATE larkfield_outbox SET is_done = 1, refused = :reason WHERE entry = :entry"
)
_WRITE: Final = text(
    "INSERT INTO larkfield_prompts"
    " (prompt, case_ref, epoch, revision, is_shown, summary, detail, card, state)"
    " VALUES (:prompt, :case, :epoch, :revision, :is_shown, :summary, :detail, :card, :state)"
    " ON CONFLICT (prompt) DO UPDATE SET epoch = excluded.epoch, revision = excluded.revision,"
    " is_shown = excluded.is_shown, summary = excluded.summary, detail = excluded.detail,"
    " card = excluded.card, state = excluded.state"
    " WHERE larkfield_prompts.epoch < excluded.epoch"
    " OR (larkfield_prompts.epoch = excluded.epoch"
    " AND larkfield_prompts.revision < excluded.revision)"
)
_SHOWN: Final = text(
    'SELECT prompt, case_ref AS "case", epoch, revision FROM larkfield_prompts'
    " WHERE is_shown = 1 ORDER BY prompt"
)


@hookimpl
def msp_supplies() -> list[str]:
    """Names what leaves Larkfield, field by field."""
    return [f"{kind}.{field}" for kind, fields in KINDS.values() for field in fields.values()]


@hookimpl
def msp_find_events(source: str, most: int) -> Iterator[dict[str, Any]]:
    """Gives the oldest rows that are not done."""
    with engine_at(source).connect() as connection:
        rows = connection.execute(_FIND, {"kinds": list(KINDS), "most": most}).all()
    for row in rows:
        event_type, fields = KINDS[row.kind]
        body = json.loads(row.body)
        data = {
            ours: _in_our_codes(body[theirs]) for theirs, ours in fields.items() if theirs in body
        }
        yield {
            "specversion": "1.0",
            "id": f"outbox-{row.entry}",
            "source": SOURCE,
            "type": f"org.msp-rules.{event_type}.v1",
            "subject": row.case_ref,
            "data": {
                "id": f"e{row.entry}",
                "occurred": row.happened,
                "recorded": row.written,
                **data,
            },
        }


def _in_our_codes(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_our_codes(one) for one in value]
    return CODES.get(value, value) if isinstance(value, str) else value


@hookimpl
def msp_acknowledge(
    source: str, taken: list[dict[str, str]], refused: list[dict[str, str]]
) -> None:
    """Marks rows as done; a refused one keeps the reason, for somebody to look at."""
    with engine_at(source).begin() as connection:
        for one in [*taken, *refused]:
            entry = int(one["id"].removeprefix("outbox-"))
            connection.execute(_DONE, {"entry": entry, "reason": one.get("reason")})


@hookimpl
def msp_receive_changes(source: str, changes: list[dict[str, Any]]) -> None:
    """Writes each prompt into its row; a withdrawn one keeps its row, and is not shown."""
    with engine_at(source).begin() as connection:
        for change in changes:
            card = change["card"] or {}
            row = {key: change[key] for key in ("prompt", "case", "epoch", "revision")}
            row |= {"summary": card.get("summary"), "detail": card.get("detail")}
            about = card.get("extension", {}).get("org.msp-rules.prompt", {})
            row |= {"card": card.get("uuid"), "state": about.get("state")}
            connection.execute(_WRITE, row | {"is_shown": int(change["kind"] != "withdrawn")})


@hookimpl
def msp_shown_prompts(source: str) -> Iterable[dict[str, Any]]:
    """Reads the rows that Larkfield shows."""
    with engine_at(source).connect() as connection:
        return [dict(row) for row in connection.execute(_SHOWN).mappings()]


@hookimpl
def msp_samples(folder: Path, canary: str) -> Iterator[str]:
    """Makes a Larkfield database in SQLite with two invented cases."""
    source = f"sqlite:///{folder / 'larkfield.db'}"
    rows: list[tuple[str, str, str, dict[str, Any]]] = [
        ("L-1", "CONCERN", "05T10:15Z", {"from": "POL", "abuse": ["PHYS"], "story": canary}),
        ("L-1", "TALK", "06T09:00Z", {"asked": "asked_expressed", "with": "adult", "how": canary}),
        ("L-1", "TALK", "06T10:00Z", {"asked": "asked_expressed", "wishes": canary}),
        ("L-2", "CONCERN", "06", {"from": "public", "caller": canary}),
        ("L-1", "LOGIN", "06", {"who": canary}),
        ("L-1", "WISH", "06T09:00Z", {"words": canary, "about": "safety"}),
        ("L-1", "DECISION", "07T16:40Z", {"result": "S42", "why": canary}),
    ]
    put = text(
        "INSERT INTO larkfield_outbox (case_ref, kind, happened, written, body)"
        " VALUES (:case, :kind, :day, :day, :body)"
    )
    with engine_at(source).begin() as connection:
        for table in TABLES:
            connection.execute(text(table))
        for case, kind, day, body in rows:
            row = {"case": case, "kind": kind, "day": f"2026-01-{day}", "body": json.dumps(body)}
            connection.execute(put, row)
        put_sample_answers(connection, canary)
    yield source
