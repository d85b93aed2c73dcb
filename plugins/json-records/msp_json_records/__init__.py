"""Hands over the records of Fernhill, an invented case system that keeps no events.

Fernhill's interface gives a case as one record of nested groups: what its forms say now, with ids
into code lists and of staff, when it was last modified, and which groups the caller may not see. A
source is a folder that holds what it would answer: `records`, and beside them `taken` and
`prompts`, which the adapter writes. How a record is read stands in `fernhill.yaml`, which reads
Fernhill's exports, too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from msp_json_records.samples import msp_edit_sample as msp_edit_sample
from msp_json_records.samples import msp_samples as msp_samples
from msp_rules.hooks import hookimpl

# What Fernhill's forms ask for, by the group of the record in which the answers lie.
SUPPLIES: Final = {
    "concern": (
        "concern_raised.source",
        "concern_raised.abuse_type",
        "concern_raised.location",
        "concern_raised.identified_adult",
    ),
    "safetyChecks": ("immediate_safety_check.result",),
    "conversations": ("outcomes_conversation.asked", "outcomes_conversation.wishes_and_feelings"),
    "decision": ("s42_decided.result", "s42_decided.rationale"),
}


@hookimpl
def msp_supplies() -> list[str]:
    """Names what the forms of Fernhill ask for."""
    return [word for words in SUPPLIES.values() for word in words]


@hookimpl
def msp_mapping() -> Path:
    """Names the file that reads Fernhill's records."""
    return Path(__file__).with_name("fernhill.yaml")


@hookimpl
def msp_find_cases(source: str, most: int) -> list[dict[str, Any]]:
    """Gives the records that were modified since they were taken, longest ago first."""
    taken = _taken(source)
    found: list[dict[str, Any]] = []
    for path in Path(source, "records").glob("*.json"):
        record = json.loads(path.read_text("utf-8"))
        if record["lastModified"] <= taken.get(path.stem, ""):
            continue
        hidden = record.get("mayNotSee", [])
        says = [word for group, words in SUPPLIES.items() if group not in hidden for word in words]
        at = record["lastModified"]
        found.append({"id": path.stem, "at": at, "says": says, "record": record})
    return sorted(found, key=lambda one: (one["at"], one["id"]))[:most]


@hookimpl
def msp_acknowledge_cases(
    source: str, taken: list[dict[str, str]], refused: list[dict[str, str]]
) -> None:
    """Remembers as of when each record was taken; one that is refused waits for its next edit."""
    known = _taken(source)
    for one in [*taken, *refused]:
        if one["at"] > known.get(one["id"], ""):
            _write(Path(source, "taken", f"{one['id']}.json"), one)


def _taken(source: str) -> dict[str, str]:
    return {one["id"]: one["at"] for one in _read_all(Path(source, "taken"))}


@hookimpl
def msp_receive_changes(source: str, changes: list[dict[str, Any]]) -> None:
    """Puts each prompt beside the records; a withdrawn one leaves its revision behind."""
    folder = Path(source, "prompts")
    newest = {one["prompt"]: (one["epoch"], one["revision"]) for one in _read_all(folder)}
    for change in changes:
        place = (change["epoch"], change["revision"])
        if place > newest.get(change["prompt"], (-1, -1)):
            newest[change["prompt"]] = place
            _write(folder / f"{change['prompt']}.json", change)


@hookimpl
def msp_shown_prompts(source: str) -> list[dict[str, Any]]:
    """Names the prompts that Fernhill shows."""
    return [
        {name: one[name] for name in ("prompt", "case", "epoch", "revision")}
        for one in _read_all(Path(source, "prompts"))
        if one["kind"] != "withdrawn"
    ]


def _read_all(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.json")):
        yield json.loads(path.read_text("utf-8"))


def _write(path: Path, content: dict[str, Any]) -> None:
    """Writes a file whole or not at all, whenever the process ends."""
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(content), "utf-8")
    os.replace(unfinished, path)
