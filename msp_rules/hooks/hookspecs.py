"""Specifies every hook that a plug-in may have: what it is given and what it must give back.

All that crosses the line is plain data (what JSON can hold), text, bytes or a path: a plug-in
needs no class of this package, keeps working when those classes change, and gets a copy of its
own, so that nothing that it does to its arguments reaches the host or another plug-in.

A hook may take fewer arguments than are listed here; a later version may add some. The functions
here are signatures only: pluggy reads them and never calls one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pluggy

GROUP: Final = "msp_rules"
"""The group of entry points under which an installed plug-in names itself."""

HOOK_PREFIX: Final = "msp_"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)
"""Marks a function of a plug-in as the implementation of the hook of the same name."""


@hookspec
def msp_find_events(source: str | bytes, most: int) -> Iterable[Mapping[str, object]]:
    """Gives the events in a source of the host's own shape as live events (CloudEvents).

    `source` is whatever the adapter uses: a document, a path, a database's address. Gives at most
    `most` messages, oldest first, each as docs/plugins.md shows; an event that has not been
    acknowledged is given again, under the same `source` and `id` and with the same content.
    """
    raise NotImplementedError


@hookspec
def msp_find_cases(source: str | bytes, most: int) -> Iterable[Mapping[str, object]]:
    """Gives the cases of a host that keeps no events, each whole, as it stands now.

    Gives at most `most` of them, those that changed longest ago first; a case that has not been
    acknowledged as of its `at` is given again. Each is either a document of `msp-case/1`, with
    `at`, the moment when the host made it; or `{"id": ..., "at": ..., "record": ...}` with the
    host's own record, which is read by the file of `msp_mapping`. `says` lists the event types, or
    type.field, that this snapshot says, where it leaves out others that the host holds.
    """
    raise NotImplementedError


@hookspec
def msp_acknowledge_cases(
    source: str | bytes, taken: list[dict[str, str]], refused: list[dict[str, str]]
) -> None:
    """Receives the cases that need not be given again before they change.

    Each is `{"id": ..., "at": ...}` as it was given; a refused one has the `reason`, too, which
    repeats nothing of what the case says. May come again for the same case, and late.
    """


@hookspec
def msp_find_feedback(source: str | bytes, most: int) -> Iterable[Mapping[str, object]]:
    """Gives what workers said to prompts in the host, oldest first and at most `most` of it.

    Each is a document of `msp-feedback/1`: `case`, `id`, the `card` that was answered, `kind`,
    `at`, and what the kind needs; never the words of a worker. What has not been acknowledged is
    given again, under the same `id` and with the same content.
    """
    raise NotImplementedError


@hookspec
def msp_acknowledge_feedback(
    source: str | bytes, heard: list[dict[str, object]], refused: list[dict[str, str]]
) -> None:
    """Receives what became of feedback, which need not be given again.

    Each names `case` and `id`. Of what was heard there is `heard_as`, `counts` (it explains
    something to an auditor), `needs` (what it lacks), `until` where it comes back earlier than
    asked for, and `record`, an event that the host is to record. A refused one has the `reason`.
    May come again for the same feedback.
    """


@hookspec
def msp_mapping() -> str | Path:
    """Gives the mapping file that reads the records of `msp_find_cases`, and exports like them."""
    raise NotImplementedError


@hookspec
def msp_supplies() -> Iterable[str]:
    """Gives what this host can deliver: event types, and `type.field` of those without all fields.

    Whatever it does not name is never read as "no": rules answer that they cannot tell.
    """
    raise NotImplementedError


@hookspec
def msp_acknowledge(
    source: str | bytes, taken: list[dict[str, str]], refused: list[dict[str, str]]
) -> None:
    """Receives the events that need not be given again: those taken in, and those refused.

    Each is `{"source": ..., "id": ...}` of the message; a refused one has the `reason`, too, which
    repeats nothing of what the event says. May come again for the same event.
    """


@hookspec
def msp_render_cards(cards: list[dict[str, object]]) -> object:
    """Gives prompt cards in the host's own shape: text, bytes or plain data.

    Each card is as CDS Hooks 3.0 has it, the most urgent first.
    """
    raise NotImplementedError


@hookspec
def msp_receive_changes(
    source: str | bytes, changes: list[dict[str, object]]
) -> Iterable[int] | None:
    """Takes prompts that were raised, changed or withdrawn, and puts them where workers see them.

    At most 50 come at once. The same change may come again, also after later ones: `epoch` and
    `revision` together count up for each prompt, and a change with a lower pair than one seen
    before changes nothing. May give back the revisions of those that it took, where it could not
    take all: the others come again, and after five tries become dead letters.
    """
    raise NotImplementedError


@hookspec
def msp_shown_prompts(source: str | bytes) -> Iterable[Mapping[str, object]]:
    """Gives what workers see now, each as `{"prompt": id, "case": id, "revision": number}`.

    With `"epoch": number` where the host keeps it. Withdrawn prompts are not among them.
    """
    raise NotImplementedError


@hookspec
def msp_samples(folder: Path, canary: str) -> Iterable[str | bytes]:
    """Gives invented sources for the conformance kit, in the host's own shape.

    What needs files writes them into `folder`, which is empty. The text `canary` must be in every
    field that people write freely, and in whatever else must never leave the host.
    """
    raise NotImplementedError


@hookspec
def msp_edit_sample(source: str | bytes, edit: str) -> str | bytes | None:
    """Edits an invented source for the conformance kit, as people do in its host.

    `edit` is `edited` (something other than free text is changed in what was given before),
    `deleted` (something that was given is deleted), `restored` (that is put back as it was) or
    `hidden` (the plug-in may no longer see a form, which is not deleted). Gives the source as it is
    then, the same where it is a path or an address; None where its host has no such edit.
    """
    raise NotImplementedError


@hookspec
def msp_rulesets() -> Mapping[str, str | Path]:
    """Gives rulesets and overlays, by name: the folders that hold them.

    An overlay may bring event types, fields and codes of its own, too.
    """
    raise NotImplementedError
