"""Writes the trial of a mapping as plain data and as lines, without free text or raw labels.

Ids are shown if they look like ids; otherwise "not a short id" replaces them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msp_rules.authoring.mapping.trial import TableUse, Trial, is_like_a_code
from msp_rules.casework.case import WITHHELD, Case, Event, Fault, FieldValue
from msp_rules.casework.moments import Moment, iso_date, iso_instant
from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary

SCHEMA: Final = "msp-mapping-try/1"
_SHORT_ID: Final = re.compile(r"[^\s@]{1,64}")
_NO_ID: Final = "(not a short id)"
_FAULTS_SHOWN: Final = 20
_LABELS_SHOWN: Final = 10
_UNREADABLE: Final = "could not be read"


def trial_data(
    trial: Trial, name: str, mapping: str, vocabulary: Vocabulary, *, show_labels: bool
) -> dict[str, Any]:
    """Writes a trial as the JSON document that docs/mapping.md describes."""
    date = trial.header.reference_date
    supply = trial.header.supply
    missing = [
        kind
        for kind in vocabulary.events
        if kind not in trial.fields and not (supply.declared and supply.has_type(kind))
    ]
    return {
        "schema": SCHEMA,
        "export": name,
        "mapping": mapping,
        "reference_date": iso_date(date.day) if date is not None else None,
        "whole": trial.is_whole,
        "complete": trial.is_complete,
        "assumed": dict(trial.assumed),
        "warnings": [
            {"code": one.code, "reason": one.reason, "input": one.input, "line": one.line}
            for one in trial.warnings
        ],
        "coverage": [
            {
                "event": kind,
                "events": trial.events[kind],
                "fields": {
                    field: {"given": use.given, "unreadable": use.unreadable}
                    for field, use in fields.items()
                },
                "not_mapped": sorted(vocabulary.events[kind].fields.keys() - fields.keys()),
            }
            for kind, fields in trial.fields.items()
        ],
        "not_supplied": missing,
        "tables": [_table_data(use, show_labels=show_labels) for use in trial.tables],
        "other_values_that_did_not_map": dict(trial.unmapped),
        "cases": trial.cases,
        "faults": [_fault_data(fault) for fault in trial.faults],
        "case": None if trial.found is None else case_data(trial.found, vocabulary),
    }


def case_data(case: Case, vocabulary: Vocabulary) -> dict[str, Any]:
    """Writes one case with its events: codes, numbers, dates and ids; never a text."""
    return {
        "case": _id(case.id),
        "line": case.line,
        "attributes": _shown(case.attributes, vocabulary.case, _unknown_of(case, "case")),
        "adult": _shown(case.adult, vocabulary.adult, _unknown_of(case, "adult")),
        "events": [_event_data(event, vocabulary) for event in case.events],
    }


def trial_lines(data: Mapping[str, Any]) -> Iterator[str]:
    """Writes the same document as lines for a terminal, coverage first."""
    extent = "read to its end" if data["whole"] else "not read to its end"
    of = data["reference_date"]
    dated = f"as of {of}" if of is not None else "no reference date: a scan needs --as-of"
    read = _times(data["cases"], "case")
    yield f"{data['export']} by {data['mapping']}: {read}, {extent}; {dated}"
    for about, count in data["assumed"].items():
        yield f"Assumed, not in any record: {about}, in {_times(count, 'event')}"
    for one in data["warnings"]:
        yield f"Warning: {one['input']}: {one['reason']}"
    yield "Supplied:"
    for row in data["coverage"]:
        fields = [_field_words(name, use) for name, use in row["fields"].items()]
        events = f"{row['event']}: {_times(row['events'], 'event')}"
        yield f"  {events}; {', '.join(fields) or 'no field'}"
        if row["not_mapped"]:
            yield f"    not mapped: {', '.join(row['not_mapped'])}"
    yield f"Not supplied: {', '.join(data['not_supplied']) or 'nothing is left out'}"
    yield from _table_lines(data["tables"])
    others = data["other_values_that_did_not_map"]
    yield f"Other values that did not map: {sum(others.values())}"
    yield from (f"  {at}: {count}" for at, count in others.items())
    yield from _fault_lines(data["faults"], data["export"])
    if data["case"] is not None:
        yield from _case_lines(data["case"])


def _table_data(use: TableUse, *, show_labels: bool) -> dict[str, Any]:
    labels = sorted(use.labels.values(), key=lambda one: (-one.count, one.line))
    return {
        "table": use.table,
        "at": use.at,
        "values": use.values,
        "did_not_map": use.missed,
        "becomes": use.unknown or "fault",
        "labels": [
            {
                "count": one.count,
                "first_case_line": one.line,
                "label": one.label if show_labels and is_like_a_code(one.label) else None,
            }
            for one in labels
        ],
        "more": use.more,
    }


def _table_lines(tables: list[Mapping[str, Any]]) -> Iterator[str]:
    missed = [table for table in tables if table["did_not_map"]]
    total = sum(table["did_not_map"] for table in missed)
    of = sum(table["values"] for table in tables)
    yield f"Labels that are in no table: {total} of {of} values"
    for table in missed:
        count, becomes = table["did_not_map"], table["becomes"]
        where = f"{table['table']}, for {table['at']}"
        yield f"  {where}: {count} of {table['values']}; each {_becomes(becomes)}"
        for one in table["labels"][:_LABELS_SHOWN]:
            label = "a label" if one["label"] is None else f'"{one["label"]}"'
            yield f"    {label}: {_times(one['count'], 'time')}, first in the case of line " + str(
                one["first_case_line"]
            )
        others = len(table["labels"]) - _LABELS_SHOWN
        if others > 0 or table["more"]:
            yield f"    and {max(others, 0)} other labels; --json lists them"


def _becomes(what: str) -> str:
    words = {"fault": "is a fault", "left_out": "is left out"}
    return words.get(what, f"becomes {what}")


def _fault_lines(faults: list[Mapping[str, Any]], export: str) -> Iterator[str]:
    yield f"Faults: {len(faults)}"
    for reason, count in Counter(fault["reason"] for fault in faults).most_common():
        yield f"  {_times(count, 'time')}: {reason}"
        places = [_place(fault, export) for fault in faults if fault["reason"] == reason]
        yield f"    {'; '.join(places[:_FAULTS_SHOWN])}" + (
            f" and {len(places) - _FAULTS_SHOWN} more" if len(places) > _FAULTS_SHOWN else ""
        )


def _place(fault: Mapping[str, Any], export: str) -> str:
    parts = [f"line {fault['line']}" if fault["line"] is not None else "all of it"]
    parts[:0] = [fault["input"]] if fault["input"] not in (None, export) else []
    parts += [f"{key} {fault[key]}" for key in ("case", "event") if fault[key] is not None]
    return ", ".join(parts)


def _case_lines(case: Mapping[str, Any]) -> Iterator[str]:
    yield f"Case {case['case']} (line {case['line']})"
    for owner in ("attributes", "adult"):
        for name, value in case[owner].items():
            yield f"  {'case' if owner == 'attributes' else 'adult'}.{name}: {_words(value)}"
    for event in case["events"]:
        doubt = "" if event["is_certain"] else "; whether it exists cannot be told"
        yield (
            f"  {event['event']} {event['id']} (line {event['line']}), "
            f"{event['occurred'] or 'no readable date'}{doubt}"
        )
        for name, value in {**event["envelope"], **event["fields"]}.items():
            yield f"    {name}: {_words(value)}"


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _field_words(name: str, use: Mapping[str, int]) -> str:
    bad = f" ({use['unreadable']} not readable)" if use["unreadable"] else ""
    return f"{name} {use['given']}{bad}"


def _times(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _fault_data(fault: Fault) -> dict[str, Any]:
    return {
        "input": fault.input,
        "line": fault.line,
        "case": _id(fault.case),
        "event": _id(fault.event),
        "reason": fault.reason,
    }


def _event_data(event: Event, vocabulary: Vocabulary) -> dict[str, Any]:
    envelope: dict[str, Any] = {
        "recorded": _moment(event.recorded) if event.recorded != event.moment else None,
        "agency": event.agency,
        "role": event.role,
        "supersedes": _id(event.supersedes),
        "void": event.void,
    }
    named = vocabulary.envelope.keys() & event.unknown
    envelope |= dict.fromkeys(sorted(named), _UNREADABLE)
    return {
        "event": event.type,
        "id": _id(event.id),
        "line": event.line,
        "occurred": _moment(event.moment),
        "is_certain": event.is_certain,
        "envelope": {name: value for name, value in envelope.items() if value is not None},
        "fields": _shown(event.fields, vocabulary.events[event.type].fields, event.unknown),
    }


def _unknown_of(case: Case, owner: str) -> frozenset[str]:
    start = f"{owner}."
    return frozenset(name.removeprefix(start) for name in case.unknown if name.startswith(start))


def _shown(
    values: Mapping[str, FieldValue], known: Mapping[str, Field], unknown: frozenset[str]
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        name: _value(value, known[name]) for name, value in values.items() if name != "id"
    }
    return shown | dict.fromkeys(sorted(unknown & known.keys()), _UNREADABLE)


def _value(value: FieldValue, field: Field) -> object:
    if field.kind is FieldKind.TEXT:
        return _text_given(value)
    if isinstance(value, Moment):
        return _moment(value)
    if isinstance(value, tuple):
        return [_id(str(one)) if field.kind is FieldKind.REF else one for one in value]
    return _id(str(value)) if field.kind is FieldKind.REF else value


def _text_given(value: object) -> str:
    if isinstance(value, tuple) and len(value) > 1:
        return f"{len(value)} texts given"
    one = value[0] if isinstance(value, tuple) else value
    return "text given, not exported" if one == WITHHELD else "text given"


def _moment(moment: Moment | None) -> str | None:
    if moment is None:
        return None
    return iso_date(moment.day) if moment.is_date_only else iso_instant(moment.instant)


def _id(text: str | None) -> str | None:
    return text if text is None or _SHORT_ID.fullmatch(text) else _NO_ID
