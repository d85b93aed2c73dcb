"""Checks an adapter as a whole: runs it in three walks, and makes checks of the results.

The prompts that the adapter is to show are those that the desk makes of its own events.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import MICROSECONDS_A_DAY, at_instant
from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.intake.live_events import EventMessage, MessageReader, MessageRefused
from msp_rules.prompts.adapter_round import Change, change_data
from msp_rules.prompts.card import Card
from msp_rules.prompts.conformance import checks
from msp_rules.prompts.conformance.case_reader import CaseReader
from msp_rules.prompts.conformance.disturbances import disturb
from msp_rules.prompts.conformance.edit_checks import edit_checks
from msp_rules.prompts.conformance.edits import edit
from msp_rules.prompts.conformance.report import CheckResult, Report
from msp_rules.prompts.conformance.sandbox import Adapter, Task, Walk, walk_apart
from msp_rules.prompts.conformance.supply_check import supply_check
from msp_rules.prompts.conformance.walks import FINDS, FindSeen, find, show
from msp_rules.prompts.desk import advance
from msp_rules.prompts.prompt import DeskState, PromptChange

MOST_CRASHES: Final = 120
_MOST_CHANGES: Final = 24

_SOURCE: Final = "urn:msp-rules:conformance-kit"
_OWN_NAME: Final = "kit-case"


def _own(number: int, kind: str, time: str, **fields: str) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": f"kit/{number}",
        "source": _SOURCE,
        "type": f"org.msp-rules.{kind}.v1",
        "subject": _OWN_NAME,
        "time": time,
        "data": {"id": f"k{number}", **fields},
    }


_OWN_CASE: Final = (
    _own(1, "concern_raised", "2026-01-05T10:15:00Z", source="police"),
    _own(2, "outcomes_conversation", "2026-01-12T09:00:00Z", asked="asked_expressed"),
)
"""A case of the kit's own, which raises a prompt and then withdraws it."""


def check_adapter(adapter: Adapter, engine: Engine, *, most_crashes: int = MOST_CRASHES) -> Report:
    """Tries an adapter, offline, and says whether it keeps the contract.

    If it can't be loaded, or gives nothing to check, that is the only check in the report.
    """
    with TemporaryDirectory(prefix="msp-adapter-check-") as name:
        results = _results(adapter, engine, Path(name), most_crashes)
    return Report(adapter=adapter.name, version=adapter.version, results=tuple(results))


def _results(
    adapter: Adapter, engine: Engine, folder: Path, most_crashes: int
) -> list[CheckResult]:
    canary = f"canary-{hashlib.sha256(adapter.name.encode()).hexdigest()[:16]}"
    found = walk_apart(find, adapter, folder / "find", Task(canary=canary))
    loads = _loads(found)
    if loads.findings or found.seen is None:
        return [loads]
    seen = found.seen
    try:
        reader = CaseReader(engine.ruleset.vocabulary, seen.get("mapping"))
    except MspRulesError as error:
        asks = "can its mapping file be read?"
        return [loads, checks.result("mapping", asks, "the mapping file", str(error).splitlines())]
    cases = reader.read(checks.of_all(seen["cases"]))
    messages = [*checks.of_all(seen["found"]), *cases.messages]
    rehearsal = rehearse(messages, engine)
    problems = [*cases.problems, *rehearsal.problems]
    task = Task(
        canary=canary,
        changes=rehearsal.changes,
        cards=rehearsal.cards,
        most_points=most_crashes,
    )
    edited = walk_apart(edit, adapter, folder / "edit", task)
    showed = walk_apart(show, adapter, folder / "show", task)
    crashed = walk_apart(disturb, adapter, folder / "crash", task) if hasattr(os, "fork") else None
    if showed.seen is None:
        asks = "does a trial run with it finish?"
        shows = checks.result("shows", asks, "cards and changes", [showed.ended])
        return [loads, checks.schema(seen, problems), shows]
    shown = showed.seen
    output = b"\n".join(one.output for one in (found, edited, showed, crashed) if one is not None)
    vocabulary = engine.ruleset.vocabulary
    return [
        loads,
        checks.schema(seen, problems),
        supply_check(seen.get("supplies"), messages, vocabulary),
        checks.idempotency(seen, shown),
        checks.rendering(rehearsal.cards, shown),
        checks.ordering(rehearsal.changes, shown),
        checks.crash(crashed, seen, rehearsal.changes),
        checks.clock(crashed, seen, rehearsal.changes),
        checks.slow(crashed, seen, rehearsal.changes),
        checks.failing(crashed, seen, rehearsal.changes),
        *edit_checks(edited, engine, reader, folder / "edit", is_needed=bool(cases.messages)),
        checks.latency(shown),
        checks.privacy(seen, messages, shown, output, rehearsal.changes, canary, vocabulary),
    ]


def _loads(found: Walk[FindSeen]) -> CheckResult:
    hooks: list[str] = []
    if found.seen is None:
        findings = [found.ended]
    elif "not_loaded" in found.seen:
        findings = found.seen["not_loaded"].splitlines()
    else:
        hooks = found.seen["hooks"]
        findings = [] if "msp_samples" in hooks else ["it has no msp_samples, which the kit needs"]
        if not set(FINDS) & set(hooks):
            findings.append(f"it has neither {' nor '.join(FINDS)}, of which the kit needs one")
    asks = "is it installed, and are its hooks valid?"
    return checks.result("loads", asks, ", ".join(hooks) or "the adapter", findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The prompts that the desk makes of an adapter's events, for the adapter to show."""

    changes: tuple[Change, ...]
    """The changes, in the form that adapters receive."""
    cards: tuple[Card, ...]
    """The cards of all changes but those that withdrew a prompt."""
    problems: tuple[str, ...]
    """Problems of events, by their place in the row; they repeat nothing that an event says."""


def rehearse(messages: Iterable[Mapping[str, object]], engine: Engine) -> Rehearsal:
    """Takes in events one after the other, lets two months pass, and keeps every change."""
    reader = MessageReader(engine.ruleset.vocabulary)
    cases: dict[str, dict[str, Event]] = {}
    problems: list[str] = []
    for number, message in enumerate([*messages, *_OWN_CASE], start=1):
        try:
            read = reader.read(message)
        except MessageRefused as error:
            problems += [f"event {number}: {problem}" for problem in error.problems]
            continue
        if isinstance(read, EventMessage):
            cases.setdefault(read.case_id, {}).setdefault(read.event.id, read.event)
    lives = (
        change
        for case_id, events in sorted(cases.items(), key=lambda item: item[0] != _OWN_NAME)
        for change in _life(engine, case_id, tuple(events.values()))
    )
    changes = tuple(
        change_data(number, change, engine.ruleset)
        for number, change in enumerate(islice(lives, _MOST_CHANGES), start=1)
    )
    cards = tuple(one["card"] for one in changes if one["card"] is not None)
    return Rehearsal(changes=changes, cards=cards, problems=tuple(problems))


def _life(engine: Engine, case_id: str, events: Sequence[Event]) -> Iterator[PromptChange]:
    """Gives every change of a case's prompts as its events come in, and for two months after."""
    state = DeskState(case=case_id)
    dated = [one.moment.instant for one in events if one.moment is not None]
    later = (max(dated, default=0) + days * MICROSECONDS_A_DAY for days in (3, 30, 60))
    for instant in (*sorted(dated), *later):
        known = tuple(
            one for one in events if one.moment is not None and one.moment.instant <= instant
        )
        now = at_instant(instant + MICROSECONDS_A_DAY)
        state, changes = advance(engine, Case(case_id, known), state, now)
        yield from changes
