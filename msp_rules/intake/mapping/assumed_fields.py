"""Gives events the values that a mapping assumes, and counts the events that got one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msp_rules.casework.case import ASSUMED, CountedInCase, Event, FieldValue, Supply
from msp_rules.casework.values import read_value
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.intake.mapping.language import Assumption


class AssumedFields:
    """Fills in what a mapping assumes about its system."""

    def __init__(self, assumptions: Iterable[Assumption], vocabulary: Vocabulary) -> None:
        self._values: dict[str, dict[str, FieldValue]] = {}
        for one in assumptions:
            if one.field is None or one.value is None:
                continue
            field = vocabulary.events[one.type].fields[one.field]
            value = read_value(field, one.value)
            given = (str(value),) if field.may_repeat else value
            self._values.setdefault(one.type, {})[one.field] = given

    def given_to(
        self, events: tuple[Event, ...], counted: Counter[CountedInCase]
    ) -> tuple[Event, ...]:
        """Gives the same events, with an assumed value where the record says nothing.

        Counts the events that got one, by type and field.
        """
        if not self._values:
            return events
        return tuple(self._filled(event, counted) for event in events)

    def _filled(self, event: Event, counted: Counter[CountedInCase]) -> Event:
        lacking = {
            name: value
            for name, value in self._values.get(event.type, {}).items()
            if name not in event.fields and name not in event.unknown
        }
        if not lacking:
            return event
        counted.update((ASSUMED, event.type, name) for name in lacking)
        return event._replace(fields={**event.fields, **lacking})


def with_assumed(
    supply: Supply, assumptions: Sequence[Assumption], vocabulary: Vocabulary
) -> Supply:
    """Counts what is assumed as supplied: a field, or a type that never happens."""
    if not assumptions:
        return supply
    types = set(supply.types)
    fields = {name: set(known) for name, known in supply.fields.items()}
    for one in assumptions:
        if one.field is None:
            types.add(one.type)
        elif one.type in fields:  # of events that nothing supplies, no field can be assumed
            fields[one.type].add(one.field)
    whole = {n for n, known in fields.items() if known >= set(vocabulary.events[n].fields)}
    types |= whole
    parts = {n: frozenset(known) for n, known in fields.items() if n not in types}
    return Supply(declared=True, types=frozenset(types), fields=parts)
