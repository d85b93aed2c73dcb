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
from msp_rules.errors import MspRulesError, did_you_mean
from msp_rules.intake.live_events import EventMessage, MessageReader, MessageRefused
from msp_rules.prompts.adapter_round import Change, change_data
from msp_rules.prompts.card import Card
from msp_rules.prompts.conformance import checks
from msp_rules.prompts.conformance.case_reader import CaseReader
from msp_rules.prompts.conformance.disturbances import DisturbedSeen, disturb
from msp_rules.prompts.conformance.edit_checks import EDIT_CHECKS, edit_checks
from msp_rules.prompts.conformance.edits import edit
from msp_rules.prompts.conformance.report import CheckResult, Report
from msp_rules.prompts.conformance.sandbox import Adapter, Task, Walk, walk_apart
from msp_rules.prompts.conformance.supply_check import supply_check
from msp_rules.prompts.conformance.walks import FINDS, FindSeen, Message, ShowSeen, find, show
from msp_rules.prompts.desk import advance
from msp_rules.prompts.prompt import DeskState, PromptChange

MOST_CRASHES: Final = 120
_OF_SHOWING: Final = ("idempotency", "rendering", "ordering", "latency", "privacy")
_OF_DISTURBANCES: Final = ("crash", "clock", "slow", "failing")
CHECKS: Final = (
    *("schema", "supply", "idempotency", "rendering", "ordering"),
    *(*_OF_DISTURBANCES, *EDIT_CHECKS, "latency", "privacy"),
)
"""The checks, in the order of a report."""
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


def check_adapter(
    adapter: Adapter,
    engine: Engine,
    *,
    most_crashes: int = MOST_CRASHES,
    only: Iterable[str] | None = None,
) -> Report:
    """Tries an adapter, offline, and says whether it keeps the contract.

    If it can't be loaded, or gives nothing to check, that is the only check in the report. `only`
    names the checks to make beside that; None: all. Raises MspRulesError for a name that there is
    not.
    """
    wanted = CHECKS if only is None else tuple(only)
    for name in wanted:
        if name not in CHECKS:
            raise MspRulesError(f"there is no such check{did_you_mean(name, CHECKS)}")
    with TemporaryDirectory(prefix="msp-adapter-check-") as name:
        trials = _Trials(adapter, engine, Path(name), most_crashes, frozenset(wanted))
        results = trials.results()
    return Report(adapter=adapter.name, version=adapter.version, results=tuple(results))


class _Trials:
    """Runs those walks of an adapter that the wanted checks need, each once."""

    def __init__(
        self, adapter: Adapter, engine: Engine, folder: Path, most: int, wanted: frozenset[str]
    ) -> None:
        self._adapter = adapter
        self._engine = engine
        self._folder = folder
        self._most = most
        self._wanted = wanted
        self._canary = f"canary-{hashlib.sha256(adapter.name.encode()).hexdigest()[:16]}"

    def results(self) -> list[CheckResult]:
        """Makes the wanted checks, in their order."""
        found = walk_apart(find, self._adapter, self._folder / "find", Task(canary=self._canary))
        loads = _loads(found)
        if loads.findings or found.seen is None:
            return [loads]
        seen, vocabulary = found.seen, self._engine.ruleset.vocabulary
        try:
            reader = CaseReader(vocabulary, seen.get("mapping"))
        except MspRulesError as error:
            asks, lines = "can its mapping file be read?", str(error).splitlines()
            return [loads, checks.result("mapping", asks, "the mapping file", lines)]
        cases = reader.read(checks.of_all(seen["cases"]))
        messages = [*checks.of_all(seen["found"]), *cases.messages]
        rehearsal = rehearse(messages, self._engine)
        made = [
            loads,
            checks.schema(seen, [*cases.problems, *rehearsal.problems]),
            supply_check(seen.get("supplies"), messages, vocabulary),
        ]
        task = Task(
            canary=self._canary,
            changes=rehearsal.changes,
            cards=rehearsal.cards,
            most_points=self._most,
        )
        output = [found.output]
        if self._wants(*_OF_DISTURBANCES):
            walk = self._disturbed(task)
            output += [] if walk is None else [walk.output]
            made += [one(walk, seen, rehearsal.changes) for one in checks.DISTURBED]
        if self._wants(*EDIT_CHECKS):
            folder = self._folder / "edit"
            edited = walk_apart(edit, self._adapter, folder, task)
            output.append(edited.output)
            is_needed = bool(cases.messages)
            made += edit_checks(edited, self._engine, reader, folder, is_needed=is_needed)
        if self._wants(*_OF_SHOWING):
            showed = walk_apart(show, self._adapter, self._folder / "show", task)
            output.append(showed.output)
            if showed.seen is None:
                return [*made[:2], _not_shown(showed)]
            made += self._of_showing(seen, showed.seen, messages, rehearsal, b"\n".join(output))
        by_name = {one.name: one for one in made}
        return [loads, *(by_name[name] for name in CHECKS if name in self._wanted)]

    def _of_showing(
        self,
        seen: FindSeen,
        shown: ShowSeen,
        messages: Sequence[Message],
        rehearsal: Rehearsal,
        output: bytes,
    ) -> list[CheckResult]:
        changes, vocabulary = rehearsal.changes, self._engine.ruleset.vocabulary
        return [
            checks.idempotency(seen, shown),
            checks.rendering(rehearsal.cards, shown),
            checks.ordering(changes, shown),
            checks.latency(shown),
            checks.privacy(seen, messages, shown, output, changes, self._canary, vocabulary),
        ]

    def _wants(self, *names: str) -> bool:
        return bool(self._wanted.intersection(names))

    def _disturbed(self, task: Task) -> Walk[DisturbedSeen] | None:
        if not hasattr(os, "fork"):
            return None
        return walk_apart(disturb, self._adapter, self._folder / "crash", task)


def _not_shown(showed: Walk[ShowSeen]) -> CheckResult:
    asks = "does a trial run with it finish?"
    return checks.result("shows", asks, "cards and changes", [showed.ended])


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
