"""Finds what a mapping maps and no case of an export holds, before the first case is judged.

A misspelt label or path looks like a record in which nothing was done. So what is never found
counts as not supplied, unless the mapping says that it may be absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from msp_rules.casework.vocabulary import FieldKind, Vocabulary
from msp_rules.intake.mapping.language import CaseMapping, EventRule, ValueRule
from msp_rules.intake.mapping.record_choice import EventPlan, RecordChoice
from msp_rules.intake.mapping.records import Record, State, holds, texts_at
from msp_rules.intake.mapping.table_fit import without_fields


class NeverFound(NamedTuple):
    """Event types, and fields of types that are found, of which an export holds none."""

    types: frozenset[str]
    """Event types of which there is none."""
    fields: frozenset[tuple[str, str]]
    """Types and fields that no event has."""

    def reasons(self) -> Iterator[str]:
        """Gives a message for each, as a fault of the whole export."""
        after = (
            "is mapped, and no case of the export has it; it counts as not supplied"
            " (may_be_absent: true says that this is sound)"
        )
        for name in sorted(self.types):
            yield f"{name} {after}"
        for kind, name in sorted(self.fields):
            yield f"{kind}.{name} {after}"


class Survey:
    """Searches cases until everything that is mapped has been found once."""

    def __init__(self, mapping: CaseMapping, vocabulary: Vocabulary) -> None:
        self._choice = RecordChoice(mapping, vocabulary)
        self._types = _needed_types(mapping.events)
        self._fields = _needed_fields(mapping.events)
        self._with_events: set[str] = set()

    @property
    def is_done(self) -> bool:
        """True if nothing is left to be looked for."""
        return not self._types and not self._fields

    def look_through(self, records: Iterable[Record]) -> NeverFound:
        """Searches the records of cases; gives what none of them holds."""
        is_looked_at = False
        for record in records if not self.is_done else ():
            is_looked_at = True
            self._look_at(record)
            if self.is_done:
                break
        if not is_looked_at:  # nothing was looked at, which is said by whoever reads the cases
            return NeverFound(frozenset(), frozenset())
        fields = frozenset(one for one in self._fields if one[0] in self._with_events)
        return NeverFound(frozenset(self._types), fields)

    def _look_at(self, case: Record) -> None:
        for found in self._choice.events_in(case):
            record, plan = found.record, found.plan
            name = plan.kind.name
            in_doubt = record.state is not State.SOUND
            if not in_doubt and not _happened(record, plan):
                continue
            self._types.discard(name)
            self._with_events.add(name)
            for field, rule in plan.fields:
                key = name, field.name
                if key in self._fields and (in_doubt or _is_there(record, rule)):
                    self._fields.discard(key)


def _needed_types(events: tuple[EventRule, ...]) -> set[str]:
    may_be_absent = {rule.type for rule in events if rule.may_be_absent}
    return {rule.type for rule in events} - may_be_absent


def _needed_fields(events: tuple[EventRule, ...]) -> set[tuple[str, str]]:
    """Gives the fields that are read from the export, but not those that the mapping states."""
    every = [(rule.type, name, one) for rule in events for name, one in rule.fields.items()]
    free = {(kind, name) for kind, name, one in every if one.may_be_absent or _is_stated(one)}
    return {(kind, name) for kind, name, _ in every} - free


def _is_stated(rule: ValueRule) -> bool:
    return any(one.constant is not None for one in rule.sources)


def _happened(record: Record, plan: EventPlan) -> bool:
    """Tells whether a record is an event: it has a date, or content of its own."""
    occurred = plan.rule.envelope.get("occurred")
    if occurred is not None and (_is_stated(occurred) or _is_there(record, occurred)):
        return True
    return any(
        field.kind is not FieldKind.REF
        and not any(one.suffix for one in rule.sources)
        and _is_there(record, rule)
        for field, rule in plan.fields
    )


def _is_there(record: Record, rule: ValueRule) -> bool:
    """Tells whether there is a text where a value may come from."""
    if not all(holds(record, one) for one in rule.conditions):
        return False
    return any(
        one.path is not None
        and bool(texts_at(record, one.path))
        and all(holds(record, condition) for condition in one.conditions)
        for one in rule.sources
    )


def found_only(mapping: CaseMapping, never: NeverFound, vocabulary: Vocabulary) -> CaseMapping:
    """Gives the mapping without the fields that no case has."""
    events = []
    for rule in mapping.events:
        lost = {name for name in rule.fields if (rule.type, name) in never.fields}
        events.append(without_fields(rule, lost, vocabulary) if lost else rule)
    return replace(mapping, events=tuple(events))
