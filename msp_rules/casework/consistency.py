"""Checks events against each other: ids used twice, dangling references, circles of corrections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msp_rules.casework.case import Event
from msp_rules.casework.visibility import supersession_cycles
from msp_rules.casework.vocabulary import EventType, Field, FieldKind

RefFields = dict[str, tuple[Field, ...]]
"""The fields that name another event of the case, for each event type that has any."""


class EventTrouble(NamedTuple):
    """Describes a conflict of an event with others of its case, without repeating content.

    `at` is the index of the event among those that were given.
    """

    event: Event
    """The event."""
    reason: str
    """The problem, without content."""
    at: int
    """The index of the event among those that were given."""


def ref_fields(events: Mapping[str, EventType]) -> RefFields:
    """Lists the fields of a vocabulary's event types that name another event."""
    found = {
        kind.name: tuple(field for field in kind.fields.values() if field.kind is FieldKind.REF)
        for kind in events.values()
    }
    return {name: fields for name, fields in found.items() if fields}


def seen_together(
    events: Iterable[Event], refs: RefFields
) -> tuple[tuple[Event, ...], tuple[EventTrouble, ...]]:
    """Checks events against each other; gives corrected copies, and what is wrong with them.

    An event whose id is used twice may not exist; a field that names no event of its type is
    unknown. The order is kept, but no answer of a rule depends on it.
    """
    events = tuple(events)
    kinds = {event.id: event.type for event in events}
    troubles: list[EventTrouble] = []
    if len(kinds) == len(events) and not any(event.supersedes for event in events):
        # What nearly every case is: no id twice, no correction.
        plain = list(events)
        for at, event in enumerate(events):
            fields = refs.get(event.type)
            if fields is not None:
                plain[at] = _with_good_refs(at, event, fields, kinds, troubles)
        return tuple(plain) if troubles else events, tuple(troubles)
    checked = _doubted(events, refs, kinds, troubles)
    for cycle in supersession_cycles(checked):
        first = min(cycle)
        # The fault names this event; the others are not named in the reason, which holds no id.
        others = f"{len(cycle) - 1} other{'s' if len(cycle) > 2 else ''}"
        reason = "this event supersedes itself"
        if len(cycle) > 1:
            reason = f"this event and {others} supersede each other in a circle"
        at = next(at for at, event in enumerate(events) if event.id == first)
        troubles.append(EventTrouble(events[at], reason, at))
    return tuple(checked), tuple(troubles)


def _doubted(
    events: tuple[Event, ...],
    refs: RefFields,
    kinds: dict[str, str],
    troubles: list[EventTrouble],
) -> list[Event]:
    """Marks events as doubtful whose id is used twice, or whose references dangle."""
    uses = Counter(event.id for event in events)
    seen: set[str] = set()
    checked = []
    for at, event in enumerate(events):
        if uses[event.id] > 1:
            if event.id in seen:
                troubles.append(EventTrouble(event, "this event id was used before", at))
            seen.add(event.id)
            event = event._replace(is_certain=False)  # noqa: PLW2901
        if event.supersedes is not None and event.supersedes not in uses:
            reason = f"supersedes of {event.type} names no event of the case"
            troubles.append(EventTrouble(event, reason, at))
        checked.append(_with_good_refs(at, event, refs.get(event.type, ()), kinds, troubles))
    return checked


def _with_good_refs(
    at: int,
    event: Event,
    fields: tuple[Field, ...],
    kinds: dict[str, str],
    troubles: list[EventTrouble],
) -> Event:
    bad: set[str] = set()
    values = event.fields
    for field in fields:
        value = values.get(field.name)
        if value is None or (type(value) is str and kinds.get(value) == field.refers_to):
            continue
        ids = value if isinstance(value, tuple) else (str(value),)
        if any(kinds.get(str(one)) != field.refers_to for one in ids):
            bad.add(field.name)
            reason = f"{field.name} of {event.type} names no {field.refers_to} of the case"
            troubles.append(EventTrouble(event, reason, at))
    if not bad:
        return event
    kept = {name: value for name, value in event.fields.items() if name not in bad}
    return event._replace(fields=kept, unknown=event.unknown | bad)
