"""A small adapter that keeps the contract, as text: tests break it in one place at a time."""

from pathlib import Path

SMALL_ADAPTER = '''\
"""An adapter of an invented case system that keeps everything in one SQLite file."""

import json
import logging
import os
import sqlite3
import time
import uuid
from contextlib import closing
from datetime import datetime

from msp_rules.hooks import hookimpl

ROWS = "SELECT rowid, kind, day, said FROM outbox WHERE done = 0 ORDER BY rowid LIMIT ?"
WRITE = (
    "INSERT INTO prompts VALUES (:prompt, :case, :revision, :kind != 'withdrawn')"
    " ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, shown = excluded.shown"
    " WHERE prompts.revision < excluded.revision"
)


def opened(source):
    db = sqlite3.connect(source, isolation_level=None)
    db.execute("PRAGMA synchronous = off")  # the tests kill processes, never the machine
    return closing(db)


@hookimpl
def msp_supplies():
    return [
        "concern_raised.source",
        "outcomes_conversation.asked",
        "outcomes_conversation.reason_text",
        "outcome_expressed.text",
    ]


@hookimpl
def msp_find_events(source, most):
    with opened(source) as db:
        rows = db.execute(ROWS, (most,)).fetchall()
    for place, (row, kind, day, said) in enumerate(rows):
        said = json.loads(said)
        yield {
            "specversion": "1.0",
            "id": f"row-{row}",
            "source": "urn:example:small",
            "type": f"org.msp-rules.{kind}.v1",
            "subject": "S-1",
            "data": {"id": f"e{row}", "occurred": day, **said},
        }


@hookimpl
def msp_acknowledge(source, taken, refused):
    with opened(source) as db:
        for one in taken + refused:
            db.execute("UPDATE outbox SET done = 1 WHERE rowid = ?", (one["id"][4:],))


@hookimpl
def msp_receive_changes(source, changes):
    with opened(source) as db:
        for change in changes:
            db.execute(WRITE, {**change, "card": None})


@hookimpl
def msp_shown_prompts(source):
    with opened(source) as db:
        rows = db.execute("SELECT id, case_id, revision FROM prompts WHERE shown").fetchall()
    return [{"prompt": one[0], "case": one[1], "revision": one[2]} for one in rows]


@hookimpl
def msp_render_cards(cards):
    return {"shown": [card["summary"] for card in cards]}


EDITS = {
    "edited": ("concern_raised", "2026-01-05", {"source": "gp", "supersedes": "e1"}),
    "deleted": ("concern_raised", "2026-01-05", {"supersedes": "e4", "void": "yes"}),
    "restored": ("concern_raised", "2026-01-05", {"source": "gp"}),
}


@hookimpl
def msp_edit_sample(source, edit):
    if edit not in EDITS:
        return None
    kind, day, said = EDITS[edit]
    with opened(source) as db:
        row = (kind, day, json.dumps(said))
        db.execute("INSERT INTO outbox (kind, day, said) VALUES (?, ?, ?)", row)
    return source


@hookimpl
def msp_samples(folder, canary):
    source = str(folder / "small.db")
    talk = {"asked": "not_asked", "reason_text": canary}
    with opened(source) as db:
        db.execute("CREATE TABLE outbox (kind, day, said, done DEFAULT 0)")
        db.execute("CREATE TABLE prompts (id PRIMARY KEY, case_id, revision, shown)")
        for kind, day, said in (
            ("concern_raised", "2026-01-05", {"source": "police"}),
            ("outcomes_conversation", "2026-01-06", talk),
            ("outcome_expressed", "2026-01-06", {"text": canary}),
        ):
            row = (kind, day, json.dumps(said))
            db.execute("INSERT INTO outbox (kind, day, said) VALUES (?, ?, ?)", row)
    yield source
'''


SMALL_RECORDS = '''\
"""An adapter of an invented case system that keeps records and no events, one file each."""

import json
import os
from pathlib import Path

from msp_rules.hooks import hookimpl

WORDS = [
    "concern_raised.source",
    "outcomes_conversation.asked",
    "outcomes_conversation.reason_text",
]


def records(source):
    for path in sorted(Path(source).glob("*.record")):
        yield json.loads(path.read_text())


def write(path, content):
    unfinished = Path(f"{path}.unfinished")
    unfinished.write_text(json.dumps(content))
    os.replace(unfinished, path)


def taken(source):
    path = Path(source, "taken")
    return json.loads(path.read_text()) if path.exists() else {}


@hookimpl
def msp_supplies():
    return WORDS


@hookimpl
def msp_find_cases(source, most):
    known = taken(source)
    found = []
    for record in records(source):
        if record["saved"] <= known.get(record["no"], ""):
            continue
        events = [{"id": name, **form} for name, form in record["forms"].items()]
        says = [one for one in WORDS if one.split(".")[0] not in record["hidden"]]
        case = {"schema": "msp-case/1", "id": record["no"], "at": record["saved"]}
        found.append({**case, "says": says, "events": events})
    return found[:most]


@hookimpl
def msp_acknowledge_cases(source, taken, refused):
    known = globals()["taken"](source)
    for one in taken + refused:
        known[one["id"]] = max(one["at"], known.get(one["id"], ""))
    write(Path(source, "taken"), known)


@hookimpl
def msp_samples(folder, canary):
    concern = {"type": "concern_raised", "occurred": "2026-01-05", "source": "police"}
    talk = {"type": "outcomes_conversation", "occurred": "2026-01-06"}
    talk |= {"asked": "not_asked", "reason_text": canary}
    for no, forms in (("R-1", {"f1": concern, "f2": talk}), ("R-2", {"f3": concern})):
        record = {"no": no, "saved": "2026-01-07T10:00:00Z", "forms": forms, "hidden": []}
        write(folder / f"{no}.record", record)
    yield str(folder)


@hookimpl
def msp_edit_sample(source, edit):
    path = Path(source, "R-1.record")
    record = json.loads(path.read_text())
    number = ["edited", "deleted", "restored", "hidden"].index(edit) + 1
    record["saved"] = f"2026-01-07T1{number}:00:00Z"
    if edit == "edited":
        record["forms"]["f1"]["source"] = "gp"
    elif edit == "deleted":
        record["bin"] = record["forms"].pop("f1")
    elif edit == "restored":
        record["forms"]["f1"] = record.pop("bin")
    else:
        record["hidden"] = ["outcomes_conversation"]
        record["forms"].pop("f2")
    write(path, record)
    return source
'''


SMALL_ANSWERS = """

@hookimpl
def msp_find_feedback(source, most):
    with opened(source) as db:
        rows = db.execute("SELECT rowid, kind FROM answers WHERE done = 0 LIMIT ?", (most,))
        rows = rows.fetchall()
    for row, kind in rows:
        said = {"schema": "msp-feedback/1", "case": "S-1", "id": f"a{row}", "card": "card-1"}
        yield {**said, "kind": kind, "at": "2026-01-06", "has_text": True}


@hookimpl
def msp_acknowledge_feedback(source, heard, refused):
    with opened(source) as db:
        for one in heard + refused:
            db.execute("UPDATE answers SET done = 1 WHERE rowid = ?", (one["id"][1:],))
"""
"""Hooks to add to the adapter: its workers answer prompts in its own screens."""

ANSWERS_TABLE = (
    '        db.execute("CREATE TABLE prompts',
    '        db.execute("CREATE TABLE answers (kind, done DEFAULT 0)")\n'
    "        db.execute(\"INSERT INTO answers (kind) VALUES ('acknowledged'), ('accepted')\")\n"
    '        db.execute("CREATE TABLE prompts',
)
"""What `SMALL_ANSWERS` needs in the samples."""


def write_adapter(folder: Path, *changes: tuple[str, str], text: str = SMALL_ADAPTER) -> str:
    """Writes the adapter, with some of its text replaced, as a module; gives the module's name."""
    for old, new in changes:
        assert text.count(old) == 1, f"the adapter has this {text.count(old)} times: {old}"
        text = text.replace(old, new)
    (folder / "small_adapter.py").write_text(text)
    return "small_adapter"
