"""Writes rule health as one HTML page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from msp_rules.casework.moments import in_words
from msp_rules.reports.plain_page import PageParts, plain_page
from msp_rules.reports.rule_health.text import WAYS, because, switching_off

PAGE: Final = "rule-health.html"
"""The usual name of the page."""
PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "promised": ("promised", "#136f75"),
    "settled": ("recorded at once", "#7fc6cb"),
    "acknowledged": ("seen", "#8d949c"),
    "put_off": ("put off", "#d4c0ea"),
    "overruled": ("overruled", "#a67ed1"),
    "wrong": ("called wrong", "#5b2a86"),
    "ignored": ("ignored", "#3d434a"),
    "open": ("open", "#d5d8dc"),
}
"""The parts of a bar, each with its words and its colour."""


class BarPart(NamedTuple):
    """A stretch of a bar."""

    name: str
    """The part that it shows."""
    start: float
    """The place where it begins, in per cent."""
    width: float
    """The width, in per cent."""


def health_page(document: Mapping[str, Any]) -> bytes:
    """Renders the page of a document; raises LibraryMissing where jinja2 is not installed."""
    parts = PageParts(
        file=PAGE,
        room=__package__,
        template="rule_health.html.j2",
        running="How workers take questions",
        bars={name: colour for name, (_, colour) in PARTS.items()},
        inks={},
    )
    context = {
        "document": document,
        "rows": [(row, *_bar(row)) for row in document["rules"]],
        "ways": WAYS,
        "parts": PARTS,
        "because": because,
        "switching_off": switching_off,
        "day": lambda text: in_words(date.fromisoformat(text)),
    }
    return plain_page(parts, context)


def _bar(row: Mapping[str, Any]) -> tuple[tuple[BarPart, ...], str]:
    """Draws the counts of a rule that are not hidden, and says them."""
    counts = {name: count for name, count in _shown(row) if count}
    total = sum(counts.values())
    parts, start = list[BarPart](), 0.0
    for name, count in counts.items():
        width = 100 * count / total
        parts.append(BarPart(name, round(start, 2), round(width, 2)))
        start += width
    says = ", ".join(f"{PARTS[name][0]} {count}" for name, count in counts.items())
    return tuple(parts), says or "every count is hidden"


def _shown(row: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    reasons = row["reasons"]
    for name in PARTS:
        if name == "overruled":
            others = (one for code, one in reasons.items() if code != "question_seems_wrong")
            yield name, sum(one for one in others if isinstance(one, int))
        else:
            count = reasons.get("question_seems_wrong") if name == "wrong" else row[name]
            yield name, count if isinstance(count, int) else 0
