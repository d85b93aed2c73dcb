"""Says of a scan what ends soon after its day, and what returns then: no clock is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from msp_rules.audit.exceptions import exceptions_at_work
from msp_rules.audit.result import ScanResult
from msp_rules.casework.moments import parse_date
from msp_rules.rules.ends import EndKind, LocalEnd, ends_of

DAYS_AHEAD: Final = 60
"""The number of days, counted from that of the scan, within which an end is announced."""


class EndAhead(NamedTuple):
    """An end soon after the day of a scan."""

    end: LocalEnd
    """The end."""
    days: int
    """The number of days left; 0 for the last day itself."""
    returning: int | None
    """The number of findings or subjects that return; None where no scan can count them."""


def ends_ahead(result: ScanResult) -> tuple[EndAhead, ...]:
    """Lists what ends within the days ahead of a scan's newest day, the next one first."""
    days = [parse_date(one.as_of) for one in result.inputs]
    if not days:
        return ()
    newest = max(days)
    matched = {
        (one.is_waiver, one.reasons.layer, one.name): one.matched
        for one in exceptions_at_work(result)
    }
    found = []
    for end in ends_of(result.ruleset):
        left = (end.day - newest).days
        if 0 <= left <= DAYS_AHEAD:
            key = (end.kind is EndKind.WAIVER, end.layer, end.name)
            is_counted = end.kind in (EndKind.WAIVER, EndKind.FILTER)
            found.append(EndAhead(end, left, matched.get(key) if is_counted else None))
    return tuple(found)


def end_in_words(one: EndAhead) -> str:
    """Says what ends, in how many days, and what returns."""
    end, count = one.end, one.returning
    when = {0: "ends with this day", 1: "ends in 1 day"}.get(one.days, f"ends in {one.days} days")
    returns = end.returns
    if count is not None and end.kind is EndKind.WAIVER:
        returns = f"{count} finding{'' if count == 1 else 's'} will return"
    elif count is not None:
        returns = f"{count} subject{'' if count == 1 else 's'} will be asked about again"
    return f"{end.what} ({end.layer}) {when} ({end.day}): {returns}"


def end_rows(result: ScanResult) -> list[Mapping[str, Any]]:
    """Gives the ends ahead for the manifest."""
    return [
        {
            "kind": one.end.kind.value,
            "name": one.end.name,
            "layer": one.end.layer,
            "rules": list(one.end.rules),
            "expires": one.end.day.isoformat(),
            "days": one.days,
            "returning": one.returning,
            "says": end_in_words(one),
        }
        for one in ends_ahead(result)
    ]
