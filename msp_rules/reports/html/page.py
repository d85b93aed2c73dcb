"""Writes results as one HTML page that needs nothing beside it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from functools import partial
from html import escape
from importlib.resources import files
from importlib.util import find_spec
from typing import Final

from msp_rules.audit.output import OutputState
from msp_rules.audit.result import ScanResult
from msp_rules.casework.case import Fault
from msp_rules.casework.moments import in_words
from msp_rules.extras import missing
from msp_rules.reports.document import Document, Target
from msp_rules.reports.html.case import FAULTS_HERE, html_case
from msp_rules.reports.html.context import ON_PAPER, Listing, page_context
from msp_rules.reports.html.ids import id_span
from msp_rules.reports.html.index import (
    MOST_DRAWN,
    MOST_PACKED,
    PageFacts,
    index_of,
    packed_blocks,
)
from msp_rules.reports.html.records import Records
from msp_rules.reports.labels import BARS, DARK, INKS, LIGHT, words_of
from msp_rules.reports.practice_labels import SAFER_BUT_LOWER

_MOST_RANKED: Final = 8
"""The number of cases that the first screen names."""


class HtmlDocument(Document):
    """The page; cases wait in a spool, since the counts come before them.

    Raises LibraryMissing where jinja2 is not installed: at once, not at the end of a long scan.
    """

    def __init__(self, target: Target) -> None:
        if find_spec("jinja2") is None:
            raise missing("report.html", "reports", "jinja2")
        super().__init__(target)
        self._words = words_of(target.ruleset)
        self.render = partial(html_case, words=self._words, all_rows=target.all_rows)
        self._all_rows = target.all_rows
        self._records = Records(target.files.spool(target.name), MOST_PACKED)

    def write(self, rendered: bytes) -> None:
        """Keeps the cases that are among those with most to review so far."""
        self._records.add(rendered)

    def state(self) -> OutputState:
        """Gives the number of cases so far; their places are found again in the spool."""
        return {"seen": self._records.seen}

    def restore(self, state: OutputState) -> None:
        """Resumes where a document had this state."""
        seen = state["seen"] if state is not None and state.keys() == {"seen"} else None
        if not isinstance(seen, int):
            raise ValueError("not a state of this document")
        self._records.restore(seen)

    def end(self, result: ScanResult) -> None:
        """Writes the counts, the cases with most to look at first, their index, and the script."""
        script, stream = _part("page.js"), self.stream
        is_packed = self._records.count > MOST_DRAWN
        faults = _by_case(result.tally.faults)
        heads = list(self._records.heads())
        listing = Listing(
            count=len(heads),
            is_packed=is_packed,
            ranked=tuple(head for head in heads[:_MOST_RANKED] if head.weight),
            cases=frozenset(head.case for head in heads if head.case in faults),
            lowered=tuple(head for head in heads if head.move == SAFER_BUT_LOWER),
            all_rows=self._all_rows,
        )
        stream.write(_before_cases(result, listing, script).encode())
        texts = (
            text.replace(FAULTS_HERE, _faults(faults.get(head.case, []), head.answers))
            for head, text in zip(heads, self._records.texts(), strict=True)
        )
        end = _part("page_end.html")
        facts = PageFacts(listing.cases, result.tally.people.distinct)
        index = index_of(heads, self._words, facts, is_packed=is_packed)
        if is_packed:
            before, _, end = end.partition('<script type="application/json"')
            stream.write(before.encode())
            end = f'<script type="application/json"{end}'
            for number, block in enumerate(packed_blocks(texts)):
                stream.write(f'<script type="text/plain" id="block-{number}">'.encode())
                stream.write(block + b"</script>\n")
        else:
            for text in texts:
                stream.write(text.encode())
        stream.write(end.replace("SCRIPT", script, 1).replace("INDEX", index, 1).encode())


def _before_cases(result: ScanResult, listing: Listing, script: str) -> str:
    # Scans that write no page need not wait for its templates.
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_part),
    )
    style = environment.get_template("page.css.j2").render(
        light=LIGHT, dark=DARK, inks=INKS, bars=BARS, running=_running_head(result), paper=ON_PAPER
    )
    return (
        environment.get_template("page.html.j2")
        .render(
            **page_context(result, listing),
            style=Markup(style),  # noqa: S704 - the page's own, and the palette's
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
        .lstrip()
    )


def _running_head(result: ScanResult) -> str:
    """Writes the head of each printed page: no text of a record, no mark that CSS would read."""
    days = {one.as_of for one in result.inputs}
    when = f", as of {in_words(date.fromisoformat(days.pop()))}" if len(days) == 1 else ""
    return f"Restricted: safeguarding records{when}"


def _by_case(faults: list[Fault]) -> Mapping[str, list[Fault]]:
    found: dict[str, list[Fault]] = {}
    for fault in faults:
        if fault.case is not None:
            found.setdefault(fault.case, []).append(fault)
    return found


def _faults(faults: list[Fault], answers: str) -> str:
    """Writes the faults of a case, and what they could hide; empty without any."""
    if not faults:
        return ""
    unsure = answers[2::4].count("u")
    waiting = f" {unsure} of its answers cannot tell." if unsure else ""
    items = "".join(f"<li>{_fault(one)}</li>" for one in faults)
    return (
        '<div class="faults"><h4>Part of this record could not be read or judged</h4>'
        f"<p>It may hold what is “not evidenced” below, and “evidenced” is said of what could be "
        f"read.{waiting}</p><ul>{items}</ul></div>"
    )


def _fault(fault: Fault) -> str:
    event = "" if fault.event is None else id_span(fault.event)
    line = "" if fault.line is None else f"line {fault.line}"
    place = ", ".join(part for part in (line, event) if part)
    return f"{place}: {escape(fault.reason)}" if place else escape(fault.reason)


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    """Gives the hash by which the page's own policy allows this text, and no other."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
