"""Fits a mapping to the tables that an export really has: what is missing is not supplied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from msp_rules.casework.case import Supply
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import nearest
from msp_rules.intake.mapping.language import (
    CaseMapping,
    EventRule,
    FieldPath,
    JoinedRows,
    PathStep,
    ValueRule,
    supply_of,
)


class DoesNotFit(ValueError):
    """Raised if something is missing without which no case can be read; fit for a message."""


class Held(NamedTuple):
    """Lists the tables and columns that an export really has."""

    names: tuple[str, ...]
    """The names of all tables."""
    columns: Mapping[str, frozenset[str]]
    """The columns of each table that was asked for."""
    twice: Mapping[str, frozenset[str]]
    """The columns of each table whose name is not unique: they can't be used."""
    unread: Mapping[str, str]
    """The reason why the columns of a table can't be read, by table."""


@dataclass(slots=True)
class Fit:
    """A mapping that was fitted to an export."""

    mapping: CaseMapping
    """The mapping without what the export lacks."""
    supply: Supply = Supply()
    """The types and fields that the mapping can then supply."""
    lacking: list[str] = field(default_factory=list)
    """The tables and columns that the export lacks, in sentences."""


def tables_of(mapping: CaseMapping) -> list[str]:
    """Lists the names of the tables that a mapping reads, that of the cases first."""
    names = [mapping.case_path[0], *(join.record[0] for join in mapping.joins)]
    rule = mapping.reference_date
    if rule is not None and rule.path is not None:
        names.append(rule.path.steps[0].name)
    return list(dict.fromkeys(names))


def columns_of(mapping: CaseMapping) -> dict[str, set[str]]:
    """Lists the columns that a mapping reads of each table."""
    found: dict[str, set[str]] = {name: set() for name in tables_of(mapping)}
    for uses in (
        *(_uses(mapping, (), one.path) for one in _own_rules(mapping) if one.path is not None),
        *(_uses(mapping, (), one) for one in (mapping.key,) if one is not None),
        *(_join_uses(join) for join in mapping.joins),
        *(_event_uses(mapping, rule) for rule in mapping.events),
        *(_field_uses(mapping, e, one) for e in mapping.events for one in e.fields.values()),
        _date_uses(mapping),
    ):
        for table, column in uses:
            found[table].add(column)
    return found


def fitted(mapping: CaseMapping, held: Held, vocabulary: Vocabulary) -> Fit:
    """Leaves out of a mapping what the export lacks.

    Raises DoesNotFit where the table of cases, or a column of what is said of a case, is lacking.
    """
    fit = Fit(mapping)
    must = [use for one in _own_rules(mapping) if one.path for use in _uses(mapping, (), one.path)]
    must += [(mapping.case_path[0], "")]
    must += [use for one in (mapping.key,) if one is not None for use in _uses(mapping, (), one)]
    for table, column in (*must, *_date_uses(mapping)):
        if (reason := _lack(held, table, column)) is not None:
            raise DoesNotFit(reason)
    joins = tuple(join for join in mapping.joins if not _note(fit, held, _join_uses(join)))
    gone = {join.name for join in mapping.joins} - {join.name for join in joins}
    joins = tuple(join for join in joins if join.of is None or join.of not in gone)
    kept = {join.name for join in joins}
    lost_types: set[str] = set()
    lost_fields: set[tuple[str, str]] = set()
    events = []
    for rule in mapping.events:
        steps = {step.name for step in rule.record.steps}
        if not steps <= kept or _note(fit, held, _event_uses(mapping, rule)):
            lost_types.add(rule.type)
            continue
        lost = {
            name
            for name, one in rule.fields.items()
            if (one.path is not None and not {s.name for s in one.path.steps} <= kept)
            or _note(fit, held, _field_uses(mapping, rule, one))
        }
        lost_fields |= {(rule.type, name) for name in lost}
        fields = {name: one for name, one in rule.fields.items() if name not in lost}
        known = vocabulary.events[rule.type].fields
        unknown = frozenset(name for name in lost if known[name].is_required)
        events.append(replace(rule, fields=fields, unknown=unknown))
    fit.mapping = replace(mapping, joins=joins, events=tuple(events))
    fit.supply = _without(supply_of(mapping, vocabulary), lost_types, lost_fields, vocabulary)
    fit.lacking = list(dict.fromkeys(fit.lacking))
    return fit


def _without(
    supply: Supply, types: set[str], fields: set[tuple[str, str]], vocabulary: Vocabulary
) -> Supply:
    known = {name: frozenset(vocabulary.events[name].fields) for name in supply.types}
    known.update(supply.fields)
    left = {
        name: frozenset(f for f in whole if (name, f) not in fields)
        for name, whole in known.items()
        if name not in types
    }
    is_whole = {n for n, found in left.items() if found == frozenset(vocabulary.events[n].fields)}
    parts = {name: found for name, found in left.items() if name not in is_whole}
    return Supply(declared=True, types=frozenset(is_whole), fields=parts)


def _note(fit: Fit, held: Held, uses: Iterator[tuple[str, str]]) -> bool:
    """Notes what of this is lacking; says whether anything is."""
    found = [reason for use in uses if (reason := _lack(held, *use)) is not None]
    fit.lacking += [f"{reason}; what rests on it is not supplied" for reason in found]
    return bool(found)


def _lack(held: Held, table: str, column: str) -> str | None:
    """Says why a column (or, for an empty name, a table) can't be used; else None."""
    if table in held.unread:
        return f'table "{table}": {held.unread[table]}'
    if table not in held.columns:
        return f'there is no table "{table}"{_hint(table, held.names)}'
    if not column or column in held.columns[table]:
        return None
    if column in held.twice[table]:
        return f'table "{table}" has several columns "{column}"; none of them is read'
    return f'table "{table}" has no column "{column}"{_hint(column, held.columns[table])}'


def _hint(name: str, known: frozenset[str] | tuple[str, ...]) -> str:
    # A file without column names has a row of data in their place: only what looks like a name.
    guess = nearest(name, [one for one in known if len(one) <= 60 and one.isprintable()])
    return f' (did the mapping mean "{guess}"?)' if guess is not None else ""


def _own_rules(mapping: CaseMapping) -> list[ValueRule]:
    return [*mapping.attributes.values(), *mapping.adult.values()]


def _join_uses(join: JoinedRows) -> Iterator[tuple[str, str]]:
    yield join.record[0], ""
    for path in (join.key, join.row_key):
        if path is not None and path.attribute is not None:
            yield join.record[0], path.attribute


def _event_uses(mapping: CaseMapping, rule: EventRule) -> Iterator[tuple[str, str]]:
    """Gives the columns that tell whether there is such an event, and when."""
    for condition in rule.conditions:
        yield from _uses(mapping, rule.record.steps, condition.path)
    for one in rule.envelope.values():
        if one.path is not None:
            yield from _uses(mapping, rule.record.steps, one.path)


def _field_uses(mapping: CaseMapping, rule: EventRule, one: ValueRule) -> Iterator[tuple[str, str]]:
    if one.path is not None:
        yield from _uses(mapping, rule.record.steps, one.path)


def _date_uses(mapping: CaseMapping) -> Iterator[tuple[str, str]]:
    rule = mapping.reference_date
    if rule is not None and rule.path is not None and rule.path.attribute is not None:
        yield rule.path.steps[0].name, rule.path.attribute


def _uses(
    mapping: CaseMapping, base: tuple[PathStep, ...], path: FieldPath
) -> Iterator[tuple[str, str]]:
    """Yields the tables and columns that a path leads through, seen from the rows at `base`."""
    tables = {join.name: join.record[0] for join in mapping.joins}
    table = tables[base[-1].name] if base else mapping.case_path[0]
    for step in path.steps:
        table = tables[step.name]
        if step.attribute is not None:
            yield table, step.attribute
    if path.attribute is not None:
        yield table, path.attribute
