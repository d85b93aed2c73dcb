"""Spoils a tenth of the cases of a generated export: always the same ones, in many ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

EVERY: Final = 10
_FIRST: Final = 7
_CASE: Final = re.compile(r"  <case .*?\n  </case>\n", re.DOTALL)
_EVENT: Final = re.compile(r'\n    <(?!adult)\w+ id="[^"]*" occurred="[^"]*"')
_END: Final = "  </case>\n"
_WHEN: Final = 'occurred="2025-06-02"'

Spoiler = Callable[[str], str]


def spoiled(export: str) -> str:
    """Returns the export with every tenth case spoiled, by each kind in turn."""
    kinds = tuple(KINDS.values())
    count = 0

    def spoil(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        case = found[0]
        if count % EVERY != _FIRST:
            return case
        worse = kinds[count // EVERY % len(kinds)](case)
        if worse == case:
            raise ValueError(f"case {count} could not be spoiled")
        return worse

    return _CASE.sub(spoil, export)


def kinds_of(cases: int) -> dict[int, str]:
    """Returns the number of each spoiled case of an export of so many, with how it was spoiled."""
    names = tuple(KINDS)
    numbers = range(_FIRST, cases + 1, EVERY)
    return {number: names[number // EVERY % len(names)] for number in numbers}


def _added(*events: str) -> Spoiler:
    lines = "".join(f"    {event}\n" for event in events)
    return lambda case: case.replace(_END, lines + _END)


def _replaced(pattern: str, by: str) -> Spoiler:
    """Returns what replaces the first place that the pattern finds in a case."""
    return lambda case: re.sub(pattern, by, case, count=1)


def _second_id_doubled(case: str) -> str:
    """Gives an event more the id of the first one."""
    first = _EVENT.search(case)
    own = re.search(r'id="([^"]*)"', first[0]) if first else None
    name = own[1] if own else "x0"
    return _added(*[f'<meeting_held id="{name}" {_WHEN}/>'] * 2)(case)


_FIRST_OCCURRED: Final = r'(\n    <(?!adult)\w+ id="[^"]*" )occurred="[^"]*"'
_SAFE: Final = "<result>safe</result>"

KINDS: Final[Mapping[str, Spoiler]] = {
    "unknown event type": _added(f'<tea_drunk id="x1" {_WHEN}/>'),
    "mistyped event type": _added(f'<outcome_conversation id="x1" {_WHEN}/>'),
    "date that does not exist": _replaced(_FIRST_OCCURRED, r'\1occurred="2025-02-30"'),
    "time that does not exist": _replaced(_FIRST_OCCURRED, r'\1occurred="2025-06-02T25:10:00"'),
    "date before the calendar": _replaced(_FIRST_OCCURRED, r'\1occurred="1899-06-02"'),
    "event id used twice": _second_id_doubled,
    "case id used twice": _replaced(r'id="[^"]*"', 'id="SA-0000001"'),
    "case without an id": _replaced(r' id="[^"]*"', ""),
    "case without an adult": _replaced(r"\n    <adult .*", ""),
    "adult without a reference": _replaced(r'<adult ref="[^"]*"', "<adult"),
    "bad code of a case": _replaced(r"<case ", '<case funding="martian" agency2="x" '),
    "supersedes an event that is not there": _added(
        f'<immediate_safety_check id="x1" {_WHEN} supersedes="e999">{_SAFE}'
        "</immediate_safety_check>"
    ),
    "names a concern that is not there": _added(
        f'<s42_decided id="x1" {_WHEN}><concern>e999</concern><result>no_enquiry</result>'
        "</s42_decided>"
    ),
    "two events that supersede each other": _added(
        f'<meeting_held id="x1" {_WHEN} supersedes="x2"/>',
        f'<meeting_held id="x2" {_WHEN} supersedes="x1"/>',
    ),
    "event that supersedes itself": _added(f'<meeting_held id="x1" {_WHEN} supersedes="x1"/>'),
    "bad code": _added(
        f'<immediate_safety_check id="x1" {_WHEN}><result>martian</result></immediate_safety_check>'
    ),
    "missing field": _added(f'<immediate_safety_check id="x1" {_WHEN}/>'),
    "event without an id": _added(f"<meeting_held {_WHEN}/>"),
    "event without a date": _added('<meeting_held id="x1"/>'),
    "unknown field": _added(
        f'<meeting_held id="x1" {_WHEN}><biscuits>two</biscuits></meeting_held>'
    ),
    "field said twice": _added(
        f'<immediate_safety_check id="x1" {_WHEN}>{_SAFE}{_SAFE}</immediate_safety_check>'
    ),
    "number in words": _replaced(
        r"\n    <adult ",
        f'\n    <concern_raised id="x1" {_WHEN}><earlier_concerns_6_months>many'
        r"</earlier_concerns_6_months></concern_raised>\g<0>",
    ),
    "bad mark of a void event": _added(f'<meeting_held id="x1" {_WHEN} void="perhaps"/>'),
    "bad mark of a withheld text": _added(
        f'<outcome_expressed id="x1" {_WHEN}><text withheld="perhaps"/></outcome_expressed>'
    ),
    "text between the events": _replaced(r"\n    <adult ", r"\n    and then\g<0>"),
}
"""The kinds of spoiling, each with what it makes of the text of a case."""
