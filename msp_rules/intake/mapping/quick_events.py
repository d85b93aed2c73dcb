"""Builds events of plain rows quickly: most events of wide tables consist of a few cells.

Anything unusual (a text that does not map, a missing required field, a date that can't be read) is
left to `case_builder`, which says what is wrong; both build the same events. This more than doubles
the number of cases read per second from a wide table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from msp_rules.casework.case import WITHHELD, Event, FieldValue, new_event
from msp_rules.casework.moments import Moment
from msp_rules.casework.plausible_dates import PlausibleDates
from msp_rules.casework.values import read_value
from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary
from msp_rules.intake.case_parts import is_readable_id
from msp_rules.intake.mapping.language import ITEM, ValueRule
from msp_rules.intake.mapping.record_choice import EventPlan
from msp_rules.intake.mapping.records import Record
from msp_rules.intake.mapping.values import mapped

_MOST_KEPT: Final = 16_384
"""The number of texts of one value whose reading is kept; a full store is emptied."""
_ABSENT: Final = ""
"""The reading of a text that means nothing here."""


class _OutOfTheOrdinary(Exception):  # noqa: N818 - a signal inside this module
    """Raised where an event has to be left to `case_builder`."""


class _Cell(NamedTuple):
    """A value in one cell, and the readings of its texts so far.

    A free text is taken as it is, and has no `known`.
    """

    field: Field
    rule: ValueRule
    column: str
    known: dict[str, FieldValue] | None
    first_day: int


class QuickPlan(NamedTuple):
    """Holds what an entry needs that reads plain cells only."""

    type: str
    """The event type."""
    id_column: str | None
    """The column of the id; None for a constant one."""
    id_text: str
    """The suffix of the id, or the constant id."""
    occurred: _Cell
    """The cell of the date."""
    recorded: _Cell | None
    """The cell of the date of recording, if it is mapped."""
    cells: tuple[_Cell, ...]
    """The cells of the fields."""
    constants: Mapping[str, FieldValue]
    """The values that the mapping states itself."""
    required: frozenset[str]
    """The fields that such an event must have."""


NOT_HERE: Final = Event("", "", None, None)
"""Marks an event that did not happen: its place holds only blanks."""


def quick_plan(plan: EventPlan, vocabulary: Vocabulary, first_day: int) -> QuickPlan | None:
    """Prepares an entry; None for one that asks for more than plain cells.

    A date before `first_day` is out of the ordinary.
    """
    envelope = plan.rule.envelope
    if plan.rule.unknown or envelope.keys() - {"id", "occurred", "recorded"}:
        return None
    own_id = envelope["id"]
    occurred = _cell(vocabulary.envelope["occurred"], envelope["occurred"], first_day)
    recorded = None
    if "recorded" in envelope:
        recorded = _cell(vocabulary.envelope["recorded"], envelope["recorded"], first_day)
        if recorded is None:
            return None
    if occurred is None or own_id.first or own_id.conditions or own_id.parts is not None:
        return None
    path = own_id.path
    if path is not None and (path.steps or path.attribute is None or path.attribute == ITEM):
        return None
    cells: list[_Cell] = []
    constants: dict[str, FieldValue] = {}
    for field, rule in plan.fields:
        if rule.constant is not None and not rule.conditions and not rule.first:
            value = read_value(field, rule.constant)
            constants[field.name] = (str(value),) if field.may_repeat else value
            continue
        cell = _cell(field, rule, first_day)
        if cell is None:
            return None
        cells.append(cell)
    return QuickPlan(
        plan.kind.name,
        None if path is None else path.attribute,
        own_id.suffix if path is not None else own_id.constant or "",
        occurred,
        recorded,
        tuple(cells),
        constants,
        frozenset(one.name for one in plan.kind.fields.values() if one.is_required),
    )


def _cell(field: Field, rule: ValueRule, first_day: int) -> _Cell | None:
    path = rule.path
    is_counted = rule.table is not None and type(rule.table.codes) is not dict
    if path is None or path.steps or path.attribute is None or path.attribute == ITEM:
        return None
    if rule.first or rule.conditions or rule.suffix or field.kind is FieldKind.REF or is_counted:
        return None
    is_text = field.kind is FieldKind.TEXT and not field.may_repeat and rule.parts is None
    return _Cell(field, rule, path.attribute, None if is_text else {}, first_day)


def quick_event(record: Record, plan: QuickPlan, dates: PlausibleDates) -> Event | None:
    """Builds an event, or gives `NOT_HERE`; None where it has to be left to `case_builder`."""
    values = record.values
    fields: dict[str, FieldValue] = {}
    try:
        for cell in plan.cells:
            text = values.get(cell.column)
            if text is None or not (text := text.strip()):
                continue
            value = text if cell.known is None else cell.known.get(text)
            if value is None or text == cell.rule.withheld:
                value = _read(cell, text)
            if value != _ABSENT:
                fields[cell.field.name] = value
        occurred = _moment(values, plan.occurred)
        if occurred is None:
            return None if fields else NOT_HERE
        if occurred.instant > dates.last_instant:
            return None
        recorded = None if plan.recorded is None else _moment(values, plan.recorded)
    except _OutOfTheOrdinary:
        return None
    event_id = plan.id_text
    if plan.id_column is not None:
        event_id = values.get(plan.id_column, "").strip()
        event_id = f"{event_id}{plan.id_text}" if event_id else ""
    if plan.constants:
        fields.update(plan.constants)
    if not is_readable_id(event_id) or (plan.required and not plan.required <= fields.keys()):
        return None
    return new_event(
        event_id,
        plan.type,
        occurred,
        recorded or occurred,
        fields,
        None,
        None,
        None,
        None,
        _NOTHING_UNKNOWN,
        True,  # noqa: FBT003 - as the constructor of events takes it
        record.place.line,
    )


_NOTHING_UNKNOWN: Final[frozenset[str]] = frozenset()


def _moment(values: Mapping[str, str], cell: _Cell) -> Moment | None:
    text = values.get(cell.column, "").strip()
    if not text:
        return None
    value = None if cell.known is None else cell.known.get(text)
    if value is None:
        value = _read(cell, text)
    if not isinstance(value, Moment):
        raise _OutOfTheOrdinary
    return value


def _read(cell: _Cell, text: str) -> FieldValue:
    """Reads a text that is not known yet; raises where anything about it must be reported."""
    found = mapped((text,), cell.rule)
    field, values = cell.field, found.values
    is_one = len(values) <= 1 or field.may_repeat
    if found.unmapped or not is_one or WITHHELD in values or cell.known is None:
        raise _OutOfTheOrdinary
    try:
        read = tuple(read_value(field, one.strip()) for one in values)
    except ValueError:
        raise _OutOfTheOrdinary from None
    if any(isinstance(one, Moment) and one.day < cell.first_day for one in read):
        raise _OutOfTheOrdinary
    value: FieldValue = _ABSENT
    if read:
        value = tuple(map(str, read)) if field.may_repeat else read[0]
    if len(cell.known) >= _MOST_KEPT:
        cell.known.clear()
    cell.known[text] = value
    return value
