"""Renders a page that needs nothing beside it: one file, no script, under a strict policy.

Such a page shares macros, colours and printing with the page of a scan.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, Final

from msp_rules.extras import missing
from msp_rules.reports.labels import BARS, DARK, INKS, LIGHT

_SHARED_ROOM: Final = "msp_rules.reports.html"
"""The room of the scan's page, whose macros and style these pages share."""
_SHARED_PARTS: Final = frozenset({"macros.html.j2", "page.css.j2"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PageParts:
    """The templates of a page."""

    file: str
    """The name of the file, for whoever lacks the library that writes it."""
    room: str
    """The package that holds the templates."""
    template: str
    """The name of the template."""
    style: str | None = None
    """The name of the style beside it; None where the shared one is enough."""
    running: str
    """The words at the head of each printed page: no text of a record, no mark that CSS reads."""
    bars: Mapping[str, str] = field(default_factory=lambda: BARS)
    """The colours of the parts of its bars."""
    inks: Mapping[str, tuple[str, str]] = field(default_factory=lambda: INKS)
    """The colours of its marks, in light and in dark."""


def plain_page(parts: PageParts, context: Mapping[str, Any]) -> bytes:
    """Renders a page; raises LibraryMissing where jinja2 is not installed."""
    if find_spec("jinja2") is None:
        raise missing(parts.file, "reports", "jinja2")
    # Commands that write no page need not wait for its templates.
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415
    from markupsafe import Markup  # noqa: PLC0415

    def part(name: str) -> str:
        room = _SHARED_ROOM if name in _SHARED_PARTS else parts.room
        return files(room).joinpath(name).read_text("utf-8")

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(part),
    )
    style = "".join(
        environment.get_template(name).render(
            light=LIGHT,
            dark=DARK,
            inks=parts.inks,
            bars=parts.bars,
            running=parts.running,
            paper={},
        )
        for name in ("page.css.j2", parts.style)
        if name is not None
    )
    page = environment.get_template(parts.template).render(
        **context,
        style=Markup(style),  # noqa: S704 - the page's own, and the palette's
        style_hash=f"sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}",
    )
    return page.lstrip().encode()
