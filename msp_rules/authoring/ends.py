"""Announces what of an overlay ends soon: notes for `check`, a list, and a calendar file.

The calendar follows RFC 5545: days without a time, an alarm 60, 30 and 7 days ahead, lines of at
most 75 octets. Its content follows from the overlay and one day alone.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from msp_rules.casework.moments import in_words
from msp_rules.errors import SourceLocation
from msp_rules.rules import Layered
from msp_rules.rules.ends import EndKind, LocalEnd, ends_of
from msp_rules.version import __version__

DAYS_AHEAD: Final = (7, 30, 60)
"""The numbers of days ahead of an end at which it is announced."""
_LONGEST: Final = 75


def ends_in(layered: Layered) -> tuple[LocalEnd, ...]:
    """Lists all that ends in the overlays of a stack, and their reviews; the next one first."""
    found = list(ends_of(layered.ruleset))
    base = layered.ruleset.layers[0]
    own = {overlay.id: overlay for overlay in layered.overlays}
    for overlay in layered.overlays:
        owner, place = overlay.reasons.approved_by, overlay.review_place
        found.append(_review(overlay.review_by, overlay.id, overlay.id, owner, place))
    for rule in layered.ruleset.rules:
        layer = layered.layer_of(rule.where)
        if layer != base or not layered.overlays:
            owner = own[layer.id].reasons.approved_by if layer.id in own else ""
            place = rule.places.get("review_by", rule.where)
            found.append(_review(rule.review_by, rule.id, layer.id, owner, place))
    return tuple(sorted(found, key=lambda one: (one.day, one.where.path, one.where.line or 0)))


def _review(day: date, name: str, layer: str, owner: str, where: SourceLocation) -> LocalEnd:
    return LocalEnd(
        day=day,
        kind=EndKind.REVIEW,
        name=name,
        layer=layer,
        rules=(),
        returns="it is due: look whether it is still right, and set the next day",
        where=where,
        owner=owner,
        because="",
    )


def notes_ahead(layered: Layered, today: date) -> tuple[str, ...]:
    """Says what ends within the days ahead, nearest first: each with its place."""
    found = []
    for one in ends_in(layered):
        left = (one.day - today).days
        ahead = next((days for days in DAYS_AHEAD if 0 <= left <= days), None)
        if ahead is not None:
            found.append(f"{one.where}: note: within {ahead} days: {in_a_sentence(one)}")
    return tuple(found)


def in_a_sentence(one: LocalEnd) -> str:
    """Says what ends, on which day, and what comes back."""
    if one.kind is EndKind.REVIEW:
        return f"{one.what} is due by {one.day}"
    return f"{one.what} ends on {one.day}, then {one.returns}"


def ends_list(ends: Iterable[LocalEnd], today: date) -> str:
    """Writes the list for people, from a day on; what has ended is not in it."""
    lines = [f"What ends, from {in_words(today)} on"]
    for one in ends:
        if one.day >= today:
            owner = f" [{one.owner}]" if one.owner else ""
            says = f"{one.what} ({one.layer}) "
            says += "is due" if one.kind is EndKind.REVIEW else f"ends, then {one.returns}"
            lines.append(f"{one.day}  {says}{owner}")
    if len(lines) == 1:
        lines.append("nothing")
    return "\n".join(lines) + "\n"


def calendar_of(ends: Iterable[LocalEnd], today: date) -> bytes:
    """Writes the calendar file, from a day on."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//msp-rules//{__version__}//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ]
    known: Counter[tuple[str, ...]] = Counter()
    for one in ends:
        # Numbered, since one value may be changed for a time more than once.
        key = (one.layer, one.kind.value, one.name)
        known[key] += 1
        if one.day >= today:
            lines += _event(one, "\0".join((*key, str(known[key]))), today)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(one: LocalEnd, key: str, today: date) -> Iterator[str]:
    grounds = [one.returns[0].upper() + one.returns[1:] + "."]
    grounds += [f"Because: {one.because}"] if one.because else []
    grounds += [f"Approved by: {one.owner}"] if one.owner else []
    title = one.what[0].upper() + one.what[1:]
    verb = "is due" if one.kind is EndKind.REVIEW else "ends"
    summary = f"{title} {verb} ({one.layer})"
    yield "BEGIN:VEVENT"
    yield f"UID:{hashlib.sha256(key.encode()).hexdigest()[:32]}@msp-rules"
    yield f"DTSTAMP:{today:%Y%m%d}T000000Z"
    yield f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{one.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(summary)}"
    yield f"DESCRIPTION:{_text(chr(10).join(grounds))}"
    yield "TRANSP:TRANSPARENT"
    for days in sorted(DAYS_AHEAD, reverse=True):
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{_text(summary)}"
        yield f"TRIGGER:-P{days}D"
        yield "END:VALARM"
    yield "END:VEVENT"


def _text(words: str) -> str:
    """Escapes a text as RFC 5545, 3.3.11 has it; other control characters are left out."""
    for sign, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        words = words.replace(sign, escaped)
    return "".join(sign for sign in words if sign.isprintable())


def _folded(line: str) -> bytes:
    """Ends a line; one of more than 75 octets goes on in the next, between two characters."""
    parts: list[bytes] = []
    part = b""
    for sign in line:
        octets = sign.encode()
        # From the second line on, the space that marks it counts, too.
        if len(part) + len(octets) > _LONGEST - bool(parts):
            parts.append(part)
            part = b""
        part += octets
    return b"\r\n ".join([*parts, part]) + b"\r\n"
