"""Lets the adapter's samples be edited, as people do in its host, and finds what changed each time.

The host of a sample is the adapter's own (`msp_edit_sample`), in the adapter's process.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TypedDict

from msp_rules.prompts.conformance.sandbox import Adapter, Task, loaded
from msp_rules.prompts.conformance.walks import (
    FoundCase,
    Guide,
    Message,
    StepFault,
    case_keys,
    message_keys,
)


class Edit(StrEnum):
    """An edit of a record in the host."""

    EDITED = "edited"
    """Something other than free text was changed in what had been given before."""
    DELETED = "deleted"
    """Something that had been given before was deleted."""
    RESTORED = "restored"
    """The deleted was put back as it was."""
    HIDDEN = "hidden"
    """A form may not be seen by the adapter any more; it was not deleted."""


class EditStep(TypedDict):
    """The events and cases that were found after an edit, and then acknowledged."""

    edit: str | None
    """The edit; None for what was found before any."""
    found: list[Message]
    """The events that were found."""
    cases: list[FoundCase]
    """The whole cases that were found."""


class EditSeen(TypedDict):
    """Holds what `edit` saw."""

    has_hook: bool
    """True if the adapter can edit its samples."""
    sources: list[list[EditStep]]
    """For each sample source, the edits that its host has."""
    faults: list[StepFault]
    """The faults on the way."""


def edit(adapter: Adapter, folder: Path, task: Task) -> EditSeen:
    """Lets each sample be edited in each way, one after the other."""
    guide = Guide(adapter, loaded(adapter))
    if not guide.has("msp_edit_sample"):
        return {"has_hook": False, "sources": [], "faults": []}
    sources = guide.samples(folder / "first", task.canary)
    seen = [_edited(guide, source) for source in sources]
    return {"has_hook": True, "sources": seen, "faults": guide.faults}


def _edited(guide: Guide, source: str | bytes) -> list[EditStep]:
    steps = [_step(guide, source, None)]
    for one in Edit:
        after: str | bytes | None = guide.ask(
            one.value, "msp_edit_sample", source=source, edit=one.value
        )
        if after is None:
            continue
        steps.append(_step(guide, after, one.value))
        # Whoever may see less sees it through another source; the others go on with the old one.
        source = source if one is Edit.HIDDEN else after
    return steps


def _step(guide: Guide, source: str | bytes, name: str | None) -> EditStep:
    what = name or "first"
    found = guide.find(f"find what was {what}", source)
    cases = guide.find_cases(f"find what was {what}", source)
    if guide.has("msp_acknowledge") and found:
        keys = message_keys(found)
        guide.ask("acknowledge", "msp_acknowledge", source=source, taken=keys, refused=[])
    if guide.has("msp_acknowledge_cases") and cases:
        keys = case_keys(cases)
        guide.ask("acknowledge", "msp_acknowledge_cases", source=source, taken=keys, refused=[])
    return {"edit": name, "found": found, "cases": cases}
