"""Fits a mapping to the tables that an export really has: what is missing is not supplied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from msp_rules.casework.case import Supply
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import nearest
from msp_rules.intake.mapping.language import (
    ITEM,
    CaseMapping,
    Condition,
    EventRule,
    FieldPath,
    JoinedRows,
    PathStep,
    RowsRule,
    ValueRule,
    supply_of,
)

_Uses = Iterator[tuple[str, str]]
"""Tables as the mapping names them, each with a column; an empty column means the table itself."""
CASES: Final = ""
"""The name used for the table of cases where cases have no rows of their own."""


class DoesNotFit(ValueError):
    """Raised if something is missing without which no case can be read; fit for a message."""


class Held(NamedTuple):
    """Holds what is in an export: the columns of each table asked for, and all tables' names."""

    names: tuple[str, ...]
    """The names of all tables."""
    matching: Mapping[str, tuple[str, ...]]
    """The tables that each name of the mapping, which may be a pattern, stands for."""
    columns: Mapping[str, frozenset[str]]
    """The columns of each table that was asked for."""
    unread: Mapping[str, str]
    """The reason why the columns of a table can't be read, by table."""
    hints: Mapping[str, str]
    """Advice for tables whose first row does not have the names, by table."""


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
    """Lists the tables that a mapping reads, as it names them, that of the cases first."""
    names = [*mapping.case_path, *(join.record[0] for join in mapping.joins)]
    rule = mapping.reference_date
    for one in () if rule is None else rule.sources:
        names += [] if one.path is None else [one.path.steps[0].name]
    return list(dict.fromkeys(names))


def columns_of(mapping: CaseMapping) -> dict[str, set[str]]:
    """Lists the columns that a mapping reads of each table."""
    found: dict[str, set[str]] = {name: set() for name in (*tables_of(mapping), CASES)}
    for uses in (
        _case_uses(mapping),
        *(_join_uses(mapping, join) for join in mapping.joins),
        *(_event_uses(mapping, rule) for rule in mapping.events),
        *(_field_uses(mapping, e, one) for e in mapping.events for one in e.fields.values()),
        *(_supply_uses(mapping, rule) for rule in mapping.events),
        *(_rows_uses(mapping, rows) for rows in mapping.rows),
        _date_uses(mapping),
    ):
        for table, column in uses:
            found[table].add(column)
    return found


def fitted(mapping: CaseMapping, held: Held, vocabulary: Vocabulary) -> Fit:
    """Leaves out of a mapping what the export lacks.

    Raises DoesNotFit where the table of cases, or a column that every case needs, is missing.
    """
    fit = Fit(mapping)
    _need(mapping, held)
    joins = tuple(join for join in mapping.joins if not _note(fit, held, _join_uses(mapping, join)))
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
            if not {step.name for path in paths_of(one) for step in path.steps} <= kept
            or _note(fit, held, _field_uses(mapping, rule, one))
        }
        lost_fields |= {(rule.type, name) for name in lost}
        events.append(without_fields(rule, lost, vocabulary))
    fit.mapping = replace(mapping, joins=joins, events=tuple(events))
    fit.supply = without(supply_of(mapping, vocabulary), lost_types, lost_fields, vocabulary)
    fit.lacking = list(dict.fromkeys(fit.lacking))
    return fit


def without_fields(rule: EventRule, lost: set[str], vocabulary: Vocabulary) -> EventRule:
    """Leaves fields out of an entry; those that an event must have are unknown from now on."""
    fields = {name: one for name, one in rule.fields.items() if name not in lost}
    known = vocabulary.events[rule.type].fields
    unknown = frozenset(name for name in lost if known[name].is_required)
    return replace(rule, fields=fields, unknown=rule.unknown | unknown)


def without(
    supply: Supply, types: set[str], fields: set[tuple[str, str]], vocabulary: Vocabulary
) -> Supply:
    """Leaves event types, and fields of types, out of what is supplied."""
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


def in_both(one: Supply, other: Supply, vocabulary: Vocabulary) -> Supply:
    """Gives what two supplies have in common."""
    fields = {
        name: frozenset(
            f for f in kind.fields if one.has_field(name, f) and other.has_field(name, f)
        )
        for name, kind in vocabulary.events.items()
        if one.has_type(name) and other.has_type(name)
    }
    whole = {n for n, known in fields.items() if known == frozenset(vocabulary.events[n].fields)}
    parts = {name: known for name, known in fields.items() if name not in whole}
    return Supply(declared=True, types=frozenset(whole), fields=parts)


def _need(mapping: CaseMapping, held: Held) -> None:
    """Refuses an export that lacks something without which no case can be read."""
    must: list[tuple[str, str]] = [(name, "") for name in mapping.case_path]
    must += _case_uses(mapping)
    must += _date_uses(mapping)
    for rows in mapping.rows:
        if rows.record is not None:  # else each table has some of the columns
            must += _rows_uses(mapping, rows)
    for table, column in must:
        reason = _lack(held, table, column)
        if table == CASES and mapping.by is not None:
            is_key = column == mapping.by.attribute
            reason = None if is_key or not column else _NO_ROW.format(column)
        if reason is not None:
            others = "" if held.matching.get(table, ()) or table == CASES else _tables_of(held)
            raise DoesNotFit(f"{reason}{others}")


_SHOWN: Final = 3


def _tables_of(held: Held) -> str:
    """Names the tables of an export that seems to be another than the mapping is for."""
    names = [f'"{one}"' for one in held.names if len(one) <= 60 and one.isprintable()]
    if not names:
        return ""
    more = ", ..." if len(names) > _SHOWN else ""
    return f"; it has {', '.join(names[:_SHOWN])}{more}: is it the right mapping?"


_NO_ROW: Final = 'a case that is found by a key has no column "{}" of its own: write table/column'


def _note(fit: Fit, held: Held, uses: _Uses) -> bool:
    """Notes which of these are missing; tells whether any is."""
    found = [reason for use in uses if (reason := _lack(held, *use)) is not None]
    fit.lacking += [f"{reason}; what depends on it is not supplied" for reason in found]
    return bool(found)


def _lack(held: Held, table: str, column: str) -> str | None:
    """Says why a column (or, for an empty name, a table) can't be used; else None."""
    if table == CASES:
        return None
    matching = held.matching.get(table, ())
    if not matching:
        return f'there is no table "{table}"{_hint(table, held.names)}'
    for one in matching:
        if one in held.unread:
            return f'table "{one}": {held.unread[one]}'
        if column and column not in held.columns[one]:
            hint = held.hints.get(one) or _hint(column, held.columns[one])
            return f'table "{one}" has no column "{column}"{hint}'
    return None


def _hint(name: str, known: frozenset[str] | tuple[str, ...]) -> str:
    # A file without column names has a row of data in their place: only what looks like a name.
    guess = nearest(name, [one for one in known if len(one) <= 60 and one.isprintable()])
    return f' (did the mapping mean "{guess}"?)' if guess is not None else ""


# The columns that the parts of a mapping read.


def _case_uses(mapping: CaseMapping) -> _Uses:
    for one in (*mapping.attributes.values(), *mapping.adult.values()):
        yield from _value_uses(mapping, (), one)
    if mapping.key is not None:
        yield from _uses(mapping, (), mapping.key)


def _join_uses(mapping: CaseMapping, join: JoinedRows) -> _Uses:
    yield join.record[0], ""
    for path in (join.key, join.row_key):
        if path is not None and path.attribute is not None:
            yield join.record[0], path.attribute
    if join.named_by is not None:
        base = () if join.of is None else _chains(mapping)[join.of]
        yield from _uses(mapping, base, join.named_by)


def _event_uses(mapping: CaseMapping, rule: EventRule) -> _Uses:
    """Gives the columns that tell whether there is such an event, and when."""
    base = rule.record.steps
    yield from _condition_uses(mapping, base, rule.conditions)
    if rule.items is not None:
        yield from _uses(mapping, base, rule.items.path)
    for one in rule.envelope.values():
        yield from _value_uses(mapping, base, one)


def _field_uses(mapping: CaseMapping, rule: EventRule, one: ValueRule) -> _Uses:
    yield from _value_uses(mapping, rule.record.steps, one)


def _supply_uses(mapping: CaseMapping, rule: EventRule) -> _Uses:
    yield from _condition_uses(mapping, (), rule.supplied_when)


def _rows_uses(mapping: CaseMapping, rows: RowsRule) -> _Uses:
    if rows.record is not None:
        yield from _rows_uses_at(mapping, rows, rows.record.steps)
        return
    if mapping.by is None:
        yield from _rows_uses_at(mapping, rows, ())
    chains = _chains(mapping)
    for join in mapping.joins:
        yield from _rows_uses_at(mapping, rows, chains[join.name])


def _rows_uses_at(mapping: CaseMapping, rows: RowsRule, base: tuple[PathStep, ...]) -> _Uses:
    for conditions in (rows.until, rows.leave_out, rows.void):
        yield from _condition_uses(mapping, base, conditions)
    if (change := rows.replaces) is None:
        return
    yield from _condition_uses(mapping, base, change.conditions)
    for path in (*change.same, change.link, change.key):
        if path is not None:
            yield from _uses(mapping, base, path)
    if change.newest is not None:
        yield from _value_uses(mapping, base, change.newest)


def _chains(mapping: CaseMapping) -> dict[str, tuple[PathStep, ...]]:
    """Gives, for the name of each join, the steps that lead to its rows."""
    chains: dict[str, tuple[PathStep, ...]] = {}
    for join in mapping.joins:
        before = () if join.of is None else chains[join.of]
        chains[join.name] = (*before, PathStep(join.name))
    return chains


def _date_uses(mapping: CaseMapping) -> _Uses:
    rule = mapping.reference_date
    for one in () if rule is None else rule.sources:
        if one.path is not None and one.path.attribute is not None:
            yield one.path.steps[0].name, one.path.attribute


def _value_uses(mapping: CaseMapping, base: tuple[PathStep, ...], rule: ValueRule) -> _Uses:
    for path in paths_of(rule):
        yield from _uses(mapping, base, path)


def _condition_uses(
    mapping: CaseMapping, base: tuple[PathStep, ...], conditions: Iterable[Condition]
) -> _Uses:
    for condition in conditions:
        yield from _uses(mapping, base, condition.path)


def paths_of(rule: ValueRule) -> Iterator[FieldPath]:
    """Gives each path that a value may come from or depends on."""
    for one in (rule, *rule.first):
        yield from (condition.path for condition in one.conditions)
        if one.path is not None:
            yield one.path


def _uses(mapping: CaseMapping, base: tuple[PathStep, ...], path: FieldPath) -> _Uses:
    """Gives the tables and columns that a path leads through, from the rows at `base`."""
    tables = {join.name: join.record[0] for join in mapping.joins}
    cases = mapping.case_path[0] if mapping.case_path else CASES
    table = tables[base[-1].name] if base else cases
    for step in path.steps:
        table = tables[step.name]
        if step.attribute is not None:
            yield table, step.attribute
    if path.attribute is not None and path.attribute != ITEM:
        yield table, path.attribute
