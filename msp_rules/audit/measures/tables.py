"""Puts counts that are no measure into tables: concerns without enquiry, and outcomes not met.

A table is a list of rows, each with its names, a count, of how many, and its cases. All outputs
show the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from msp_rules.audit.measures.no_enquiry import MONTHS, WAITS, Concern, ConcernsWithoutEnquiry
from msp_rules.audit.measures.not_met import OutcomeNotMet
from msp_rules.audit.measures.shares import share_of

NO_ENQUIRY: Final = "Concerns that never became enquiries"
"""The title of the section about them."""
NOT_MET: Final = "Why outcomes were not met"
"""The title of the section about them."""
CONCERNS: Final = "concerns without an enquiry"
"""The units of most tables of the first section, in words."""
OUTCOMES: Final = "outcomes not met, or met in part"
"""The units of the tables of the second section, in words."""
AGAIN: Final = "Another concern about the same person after a decision of no enquiry"
"""The title of the table of what came after."""
OF_AGAIN: Final = "decisions of no enquiry at least so many months ago"
"""The units of that table, in words."""
WITHIN: Final = {months: f"within {months} months" for months in MONTHS}
"""The names of the rows of that table."""


def no_enquiry_section(found: ConcernsWithoutEnquiry, today: int) -> dict[str, Any]:
    """Gives the section about concerns that never became enquiries."""
    concerns = found.concerns
    waiting = [one for one in concerns if one.until]
    return {
        "title": NO_ENQUIRY,
        "concerns": len(concerns),
        "all_concerns": found.all_concerns,
        "excluded": (
            {"the source can't supply s42_decided": found.not_supplied}
            if found.not_supplied
            else {}
        ),
        "tables": [
            _table(
                ("result", "What became of them", CONCERNS),
                ("Result", "Route", "Adult told", "Adult asked"),
                concerns,
                lambda one: (one.result, one.route, one.was_told, one.was_asked),
            ),
            _table(
                ("referrer", "By who raised them", CONCERNS),
                ("Result", "Referrer"),
                concerns,
                lambda one: (one.result, one.referrer),
            ),
            _table(
                ("agency", "By agency", CONCERNS),
                ("Result", "Agency"),
                concerns,
                lambda one: (one.result, one.agency),
            ),
            _table(
                ("days", "Days to the first decision", CONCERNS),
                ("Days",),
                concerns,
                lambda one: (one.wait,),
                WAITS,
            ),
            _table(
                ("more_information", "More information asked for", "concerns that still wait"),
                ("Day to look again",),
                waiting,
                lambda one: (one.until,),
            ),
            _again(found, today),
        ],
    }


def not_met_section(found: Sequence[OutcomeNotMet]) -> dict[str, Any]:
    """Gives the section about outcomes that were not met."""
    return {
        "title": NOT_MET,
        "outcomes": len(found),
        "tables": [
            _table(
                ("reason", "By the reason on record", OUTCOMES),
                ("Result", "Reason"),
                found,
                lambda one: (one.result, one.reason),
            ),
            _table(
                ("capacity", "By the adult's capacity", OUTCOMES),
                ("Result", "Capacity"),
                found,
                lambda one: (one.result, one.capacity),
            ),
        ],
    }


def _again(found: ConcernsWithoutEnquiry, today: int) -> dict[str, Any]:
    rows = []
    for months in MONTHS:
        units = [*found.another_within(months, today)]
        came = [one for one, is_followed in units if is_followed]
        rows.append(_row((WITHIN[months],), came, len(units)))
    return {
        "id": "again",
        "title": AGAIN,
        "heads": ["Within"],
        "of": OF_AGAIN,
        "rows": rows,
    }


def _table(
    said: tuple[str, str, str],
    heads: tuple[str, ...],
    units: Sequence[Any],
    names_of: Callable[[Any], tuple[str, ...]],
    order: Sequence[str] = (),
) -> dict[str, Any]:
    """Counts units by names: in an order given, else the largest count first, of equals by name."""
    id, title, of = said  # noqa: A001 - as the document names it
    groups: dict[tuple[str, ...], list[Any]] = {}
    for one in units:
        groups.setdefault(names_of(one), []).append(one)
    found = sorted(groups, key=lambda names: (-len(groups[names]), names))
    if order:
        found.sort(key=lambda names: order.index(names[0]))
    return {
        "id": id,
        "title": title,
        "heads": [*heads],
        "of": of,
        "rows": [_row(names, groups[names], len(units)) for names in found],
    }


def _row(
    names: tuple[str, ...], units: Sequence[Concern] | Sequence[OutcomeNotMet], of: int
) -> dict[str, Any]:
    return {
        "names": [*names],
        "numerator": len(units),
        "others": of - len(units),
        "denominator": of,
        **share_of(len(units), of),
        "cases": sorted({one.case for one in units}),
    }
