"""Writes results as one HTML page that needs nothing beside it."""

from __future__ import annotations

import hashlib
import heapq
import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from functools import partial
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, Final

from msp_rules.audit.assumed import assumption_rows
from msp_rules.audit.assumed import in_words as said
from msp_rules.audit.manifest import manifest, pseudonyms_said
from msp_rules.audit.output import OutputState
from msp_rules.audit.result import ScanResult
from msp_rules.casework.moments import in_words
from msp_rules.extras import missing
from msp_rules.reports.document import Document, Target
from msp_rules.reports.html.case import END, html_case, owner_in_words
from msp_rules.reports.labels import (
    APPLYING,
    BARS,
    COLOUR_WORDS,
    COLOURS,
    DARK,
    INKS,
    LIGHT,
    VERDICTS,
    rule_text,
    share,
    words_of,
)
from msp_rules.reports.rows import (
    MissingRow,
    coverage_of,
    first_rows,
    missing_rows,
    never_there,
    not_supplied,
    owner_rows,
    question_rows,
    rule_rows,
    ruleset_of,
    switched_off_rules,
    undeclared,
)
from msp_rules.rules.language.wording import bare_event_noun, field_label

MOST_CASES: Final = 1000
"""The number of cases that the page lists; of more, those with most to review, and it says so."""
_MOST_FAULTS: Final = 200
_MOST_FIRST: Final = 5
# The rest of the manifest is shown as it is.
_SHOWN: Final = (
    *("as_of", "engine", "ruleset", "layers", "switched_off", "changes", "waivers", "filters"),
    *("assumptions", "warnings"),
    *("calendar", "inputs", "mapping", "pseudonym_key", "complete"),
)


_Kept = tuple[int, int, int, int]
"""A case that the page would list: weight, number in the export (negative), offset, size.

Offset and size are those of its text in the spool. Of two with the same weight, the earlier one
counts more.
"""


class HtmlDocument(Document):
    """The page; cases wait in a spool, since the counts come before them.

    Raises LibraryMissing where jinja2 is not installed: at once, not at the end of a long scan.
    """

    def __init__(self, target: Target) -> None:
        if find_spec("jinja2") is None:
            raise missing("report.html", "reports", "jinja2")
        super().__init__(target)
        self.render = partial(html_case, words=words_of(target.ruleset), all_rows=target.all_rows)
        self._all_rows = target.all_rows
        self._spool = target.files.spool(target.name)
        self._kept: list[_Kept] = []
        self._seen = 0

    def write(self, rendered: bytes) -> None:
        """Keeps the case if it is among those with most to review so far."""
        for fragment in rendered.split(END)[:-1]:
            weight, _, body = fragment.partition(b" ")
            self._seen += 1
            rank = (int(weight), -self._seen)
            if len(self._kept) >= MOST_CASES and rank < self._kept[0][:2]:
                continue
            entry = (*rank, self._spool.tell(), len(body))
            self._spool.write(body)
            if len(self._kept) < MOST_CASES:
                heapq.heappush(self._kept, entry)
            else:
                heapq.heapreplace(self._kept, entry)

    def state(self) -> OutputState:
        """Gives the number of cases so far, and the places of those that the page would list."""
        return {"seen": self._seen, "kept": self._kept}

    def restore(self, state: OutputState) -> None:
        """Resumes where a document had this state."""
        seen, kept = (None, None) if state is None else (state.get("seen"), state.get("kept"))
        if not isinstance(seen, int) or not isinstance(kept, list):
            raise ValueError("not a state of this document")
        self._seen, self._kept = seen, [_kept(row) for row in kept]

    def end(self, result: ScanResult) -> None:
        """Writes what is counted, then the cases in the order of the export."""
        script = _part("page.js")
        self.stream.write(_head(result, script, len(self._kept), all_rows=self._all_rows).encode())
        for _, _, start, size in sorted(self._kept, key=lambda entry: -entry[1]):
            self._spool.seek(start)
            self.stream.write(self._spool.read(size))
        self.stream.write(_part("page_end.html").replace("SCRIPT", script).encode())


def _kept(row: object) -> _Kept:
    if isinstance(row, list) and len(row) == 4 and all(isinstance(one, int) for one in row):
        weight, number, start, size = row
        return weight, number, start, size
    raise ValueError("not a state of this document")


def _head(result: ScanResult, script: str, listed: int, *, all_rows: bool) -> str:
    # Scans that write no page need not wait for its templates.
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415
    from markupsafe import Markup  # noqa: PLC0415

    tally, rules = result.tally, rule_rows(result)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = environment.from_string(_part("page.css.j2")).render(
        light=LIGHT, dark=DARK, inks=INKS, bars=BARS
    )
    body, owners = manifest(result), owner_rows(tally)
    totals = tally.verdicts
    page = environment.from_string(_part("page.html.j2"))
    return page.render(
        **_words(),
        **_coverage(result),
        style=Markup(style),  # noqa: S704 - the page's own, and the palette's
        style_hash=_hash(style),
        script_hash=_hash(script),
        ruleset=result.ruleset,
        tally=tally,
        rules=rules,
        totals=totals,
        answers=totals.total() - totals["not_applicable"],
        questions=question_rows(tally),
        first=first_rows(rules, _MOST_FIRST),
        unsure=[row for row in rules if row.counts["cannot_tell"]],
        faults=tally.faults[:_MOST_FAULTS],
        assumptions=[said(row) for row in assumption_rows(result)],
        owners=owners,
        held=sorted({owner_in_words(row.agency, row.team) for row in owners}),
        off=switched_off_rules(result),
        texts=[rule_text(row.rule, ruleset_of(result)) for row in rules],
        manifest=body,
        overlays=[one for one in body["layers"] if one["id"] != body["ruleset"]["id"]],
        more={name: _plain(value) for name, value in body.items() if name not in _SHOWN},
        pseudonyms=pseudonyms_said(result.pseudonym_key) if result.pseudonym_key else None,
        listed=listed,
        all_rows=all_rows,
    ).lstrip()


def _words() -> Mapping[str, Any]:
    """Gives the words of the page."""
    return {
        "verdicts": VERDICTS,
        "rated": APPLYING,
        "colours": COLOURS,
        "colour_words": COLOUR_WORDS,
        "share": share,
        "noun": bare_event_noun,
        "label": field_label,
        "in_words": lambda day: in_words(date.fromisoformat(day)),
    }


def _coverage(result: ScanResult) -> Mapping[str, Any]:
    rows = coverage_of(result)
    wanted: dict[str, list[MissingRow]] = {}
    for row in missing_rows(result):
        wanted.setdefault(row.rule, []).append(row)
    sources = result.tally.coverage.sources
    said = sum(count for words, count in sources.items() if words is not None)
    return {
        "coverage": rows,
        "says": said > 0,
        "sources": [
            (words, count) for words, count in ((True, said), (None, sources.get(None, 0))) if count
        ],
        "not_supplied": not_supplied(rows),
        "never_there": never_there(rows),
        "undeclared": undeclared(rows),
        "unmapped": sorted(result.tally.unmapped.items()),
        "wanted": wanted,
    }


def _plain(value: Any) -> str:
    """Writes a part of the manifest for which this page has no words."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    """Gives the hash by which the page's own policy allows this text, and no other."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
