"""The prompts that the desk makes of an adapter's events: what it is then to show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moment import at_instant
from msp_rules.engine.engine import Engine
from msp_rules.intake.cloud_events import EventMessage, MessageReader, MessageRefused
from msp_rules.prompts.desk import advance
from msp_rules.prompts.handover import change_data
from msp_rules.prompts.prompt import DeskState, PromptChange

_DAY: Final = 24 * 3600 * 1_000_000
_MOST_CHANGES: Final = 24

_SOURCE: Final = "urn:msp-rules:conformance-kit"
_OWN_NAME: Final = "kit-case"


def _own(number: int, kind: str, time: str, **fields: str) -> dict[str, Any]:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Changes as adapters are told of them, and the cards of all that were not withdrawn."""

    changes: tuple[dict[str, Any], ...]
    cards: tuple[dict[str, Any], ...]
    problems: tuple[str, ...]


def rehearse(messages: Iterable[Mapping[str, Any]], engine: Engine) -> Rehearsal:
    """Takes events in one after the other, lets two months go by, and keeps every change.

    `problems` says what is wrong with messages, by their place in the row: nothing that they say.
    """
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
    """Every change of a case's prompts as its events come in, and for two months after."""
    state = DeskState(case=case_id)
    dated = [one.moment.instant for one in events if one.moment is not None]
    moments = [*sorted(dated), *(max(dated, default=0) + days * _DAY for days in (3, 30, 60))]
    for instant in moments:
        known = tuple(
            one for one in events if one.moment is not None and one.moment.instant <= instant
        )
        now = at_instant(instant + _DAY)
        state, changes = advance(engine, Case(case_id, known), state, now)
        yield from changes
