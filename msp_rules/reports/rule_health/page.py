"""Writes rule health as one HTML page that needs nothing beside it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

from msp_rules.casework.moments import in_words
from msp_rules.extras import missing
from msp_rules.reports.labels import DARK, LIGHT
from msp_rules.reports.rule_health.text import WAYS, because, switching_off

PAGE: Final = "rule-health.html"
"""The usual name of the page."""
_OTHER_PAGE: Final = "msp_rules.reports.html"
"""The room of the scan's page, whose macros and style this page shares."""
_SHARED_PARTS: Final = frozenset({"macros.html.j2", "page.css.j2"})
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
    if find_spec("jinja2") is None:
        raise missing(PAGE, "reports", "jinja2")
    # Commands that write no page need not wait for its templates.
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_part),
    )
    bars = {name: colour for name, (_, colour) in PARTS.items()}
    style = environment.get_template("page.css.j2").render(
        light=LIGHT, dark=DARK, inks={}, bars=bars, running="How workers take questions", paper={}
    )
    page = environment.get_template("rule_health.html.j2").render(
        document=document,
        rows=[(row, *_bar(row)) for row in document["rules"]],
        ways=WAYS,
        parts=PARTS,
        because=because,
        switching_off=switching_off,
        day=lambda text: in_words(date.fromisoformat(text)),
        style=Markup(style),  # noqa: S704 - the page's own, and the palette's
        style_hash=f"sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}",
    )
    return page.lstrip().encode()


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


def _part(name: str) -> str:
    room = _OTHER_PAGE if name in _SHARED_PARTS else __package__
    return (files(room) / name).read_text(encoding="utf-8")
