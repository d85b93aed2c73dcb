"""Writes the board's measures as one HTML page, from the rows of `measures.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from msp_rules.audit.case_file.agreement import FEWEST
from msp_rules.audit.measures.document import LIMITS
from msp_rules.casework.moments import in_words
from msp_rules.reports.board.labels import percent
from msp_rules.reports.measures.funnel_plot import BOX, funnel_plot
from msp_rules.reports.plain_page import PageParts, plain_page
from msp_rules.reports.practice_labels import counted
from msp_rules.rules.language.wording import code_label

FILE: Final = "measures.html"
"""The name of the page."""
MOST_CASES: Final = 50
"""The most cases that the page lists behind one number; the document has them all."""
_GROUPINGS: Final = {
    "agency": "Agency",
    "quarter": "Quarter",
    "capacity": "Capacity",
    "partner": "Raised by",
}
_BY: Final = {
    "agency": "by agency",
    "quarter": "by quarter",
    "capacity": "by the adult’s capacity",
    "partner": "by who raised the concern",
}
_CAPACITIES: Final = {
    "lacked": "lacked capacity",
    "had": "did not lack capacity",
    "not_known": "not known",
}
_SIDE_BY_SIDE: Final = "M5"
"""The measure whose parts are pairs: of those who lacked capacity, and of those who did not."""
_PAIRS: Final = {"sought": "Asked", "expressed": "Expressed", "achieved": "Achieved"}


def measures_page(document: Mapping[str, Any]) -> bytes:
    """Renders the page of a document; raises LibraryMissing where jinja2 is not installed."""
    parts = PageParts(
        file=FILE,
        room=str(__package__),
        template="measures.html.j2",
        style="measures.css.j2",
        running=_running_head(document),
    )
    return plain_page(parts, _context(document))


def _context(document: Mapping[str, Any]) -> Mapping[str, Any]:
    measures = {one["id"]: one for one in document["measures"]}
    return {
        "document": document,
        "first": measures["M1"]["parts"][0],
        "measures": document["measures"],
        "is_published": document["publication"] is not None,
        "side_by_side": _SIDE_BY_SIDE,
        "pairs": _PAIRS,
        "groupings": _GROUPINGS,
        "by": _BY,
        "fewest": FEWEST,
        "most_cases": MOST_CASES,
        "limits": LIMITS,
        "plot_box": BOX,
        "plot": funnel_plot,
        "group_name": _group_name,
        "name": code_label,
        "as_of": in_words(date.fromisoformat(document["as_of"])),
        "in_words": lambda day: in_words(date.fromisoformat(day)),
        "counted": counted,
        "per_cent": lambda value: percent(value / 100),
        "has_funnel": _has_funnel,
        "by_id": {
            one["id"]: {part["id"]: part for part in one["parts"]} for one in document["measures"]
        },
    }


def _running_head(document: Mapping[str, Any]) -> str:
    kind = "Rounded for publication" if document["publication"] else "Restricted"
    day = in_words(date.fromisoformat(document["as_of"]))
    return f"{kind}: measures of the board, as of {day}"


def _group_name(grouping: str, name: str) -> str:
    """Writes the name of a group as a person would."""
    if grouping == "capacity":
        return _CAPACITIES.get(name, name)
    return code_label(name) if grouping == "partner" else name


def _has_funnel(groups: Sequence[Mapping[str, Any]]) -> bool:
    return bool(groups) and "funnel" in groups[0]
