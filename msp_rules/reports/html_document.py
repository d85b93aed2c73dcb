"""A scan's results as one HTML page that needs nothing beside it."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import Any, BinaryIO, Final, cast

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from msp_rules.audit.scan import CaseResult, Scan
from msp_rules.audit.standing import switched_off
from msp_rules.audit.tally import Tally
from msp_rules.reports.html_case import END, html_case
from msp_rules.reports.manifest import manifest, pseudonyms_said
from msp_rules.reports.palette import COLOURS, INKS, QUESTIONS, VERDICTS, share
from msp_rules.rules.rule import Ruleset

MOST_CASES: Final = 1000
"""Of more cases than these, the page lists those with most to look at, and says so."""
_MOST_FAULTS: Final = 200
_MOST_FIRST: Final = 10


class HtmlDocument:
    """The page; cases wait in `spool`, since what is counted stands before them."""

    separator: Final = b""

    def __init__(
        self, stream: BinaryIO, *, spool: BinaryIO, ruleset: Ruleset, all_rows: bool = False
    ) -> None:
        titles = {rule.id: rule.title for rule in ruleset.rules}
        self.render: Callable[[CaseResult], bytes] = partial(
            html_case, titles=titles, all_rows=all_rows
        )
        self._stream = stream
        self._spool = spool
        self._kept: list[tuple[int, int, int, int]] = []
        self._seen = 0

    def write(self, rendered: bytes) -> None:
        """Keeps the cases that are among those with most to look at so far."""
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

    def state(self) -> object:
        """How many cases there were, and where those lie that the page would list."""
        return self._seen, self._kept

    def restore(self, state: object) -> None:
        """Takes what `state` gave."""
        self._seen, self._kept = cast("tuple[int, list[tuple[int, int, int, int]]]", state)

    def end(self, scan: Scan) -> None:
        """Writes what is counted, then the cases in the order of the export."""
        self._stream.write(_head(scan, len(self._kept)).encode())
        for _, _, start, size in sorted(self._kept, key=lambda entry: -entry[1]):
            self._spool.seek(start)
            self._stream.write(self._spool.read(size))
        self._stream.write(files(__package__).joinpath("page_end.html").read_bytes())


def _head(scan: Scan, listed: int) -> str:
    tally, ruleset = scan.tally, scan.engine.ruleset
    rules, totals, questions = _rules(scan), tally.verdicts, _questions(tally)
    ranked = sorted(rules, key=lambda r: (-r["rank"], -r["counts"]["not_met"], r["id"]))
    answers = totals.total() - totals["not_applicable"]
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    page = environment.from_string(files(__package__).joinpath("page.html.j2").read_text("utf-8"))
    return page.render(
        ruleset=ruleset,
        tally=tally,
        rules=rules,
        totals=totals,
        questions=questions,
        first=[r for r in ranked if r["counts"]["not_met"]][:_MOST_FIRST],
        faults=tally.faults[:_MOST_FAULTS],
        holders=_holders(tally),
        off=switched_off(scan),
        manifest=manifest(scan),
        pseudonyms=pseudonyms_said(scan.pseudonym_key) if scan.pseudonym_key else None,
        chart=_chart(questions, tally.cases),
        verdicts=VERDICTS,
        colours=COLOURS,
        inks=INKS,
        share=share,
        verdict_share=lambda verdict: share(totals[verdict], answers),
        listed=listed,
    )


def _rules(scan: Scan) -> list[dict[str, Any]]:
    counts, waived = scan.tally.by_rule, scan.tally.waived_by_rule
    rows = []
    for rule in scan.engine.ruleset.rules:
        if rule.id in counts or rule.id in waived:
            own = counts.get(rule.id, Counter())
            rows.append(
                {
                    "id": rule.id,
                    "title": rule.title,
                    "severity": rule.severity.value,
                    "rank": rule.severity.rank,
                    "counts": own,
                    "applied": own.total() - own["not_applicable"],
                    "waived": waived[rule.id],
                }
            )
    return sorted(rows, key=lambda row: row["id"])


def _questions(tally: Tally) -> list[dict[str, Any]]:
    return [
        {
            "id": question,
            "about": about,
            "counts": {
                c: tally.ratings[question, c, False] + tally.ratings[question, c, True]
                for c in COLOURS
            },
            "explained": tally.ratings[question, "green", True],
        }
        for question, about in QUESTIONS.items()
    ]


def _holders(tally: Tally) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], Counter[str]] = {}
    for (agency, team, what), count in tally.holders.items():
        groups.setdefault((agency, team), Counter())[what] += count
    return [
        {"agency": a, "team": t, "counts": own, "applied": own.total() - own["cases"]}
        for (a, t), own in sorted(groups.items())
    ]


def _chart(questions: list[Mapping[str, Any]] | list[dict[str, Any]], cases: int) -> Markup:
    """Bars of the ratings; the table after it says the same in numbers."""
    bars = []
    for line, question in enumerate(questions):
        bars.append(f'<text x="0" y="{line * 24 + 16}" font-size="14">{question["id"]}</text>')
        x = 40.0
        for colour in COLOURS:
            width = 600 * question["counts"][colour] / cases if cases else 0
            if width:
                bars.append(
                    f'<rect x="{x:.1f}" y="{line * 24 + 2}" width="{width:.1f}" height="18" '
                    f'fill="{INKS[colour][1]}" stroke="#1b1b1b"/>'
                )
                if width >= 50:
                    words = "not rated" if colour == "none" else colour
                    bars.append(
                        f'<text x="{x + 4:.1f}" y="{line * 24 + 15}" font-size="11" '
                        f'fill="{INKS[colour][0]}">{words}</text>'
                    )
            x += width
    height = len(questions) * 24
    return Markup(  # noqa: S704 - made of numbers and of the words above only
        f'<svg viewBox="0 0 650 {height}" width="100%" style="max-width:650px" role="img" '
        'aria-label="Bars: how many cases have each colour, by audit question; the table below '
        f'has the numbers">{"".join(bars)}</svg>'
    )
