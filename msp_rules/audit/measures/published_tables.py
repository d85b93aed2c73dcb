"""Prepares the tables beside the measures for publication.

Published, a table has a row for every pair of names there is, so that no row says by being there
that it is not empty. All tables of a section divide up the same units by the same first name, and
the totals of that name stand where they give nothing away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from msp_rules.audit.measures.no_enquiry import (
    ENQUIRIES,
    MONTHS,
    NOT_SAID,
    STILL_WAITS,
    UNDECIDED,
    WAITS,
    ConcernsWithoutEnquiry,
)
from msp_rules.audit.measures.not_met import NO_REASON, RESULTS, OutcomeNotMet
from msp_rules.audit.measures.publication import ALL, COUNTED, OTHERS, DividedCount, network_of
from msp_rules.audit.measures.shares import NO_SHARE
from msp_rules.audit.measures.tables import (
    AGAIN,
    CONCERNS,
    NO_ENQUIRY,
    NOT_MET,
    OF_AGAIN,
    OUTCOMES,
    WITHIN,
)
from msp_rules.audit.publication import Published, Scheme, protect
from msp_rules.casework.vocabulary import Vocabulary

_ANSWERS: Final = ("yes", "no", NOT_SAID)
_WAITING: Final = "more_information"
_Names = tuple[str, ...]
_Shown = Mapping[Hashable, Published]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wing:
    """A table that divides up the units of each first name."""

    id: str
    title: str
    heads: _Names
    names: Sequence[_Names]
    names_of: Callable[[Any], _Names]
    only: str = ""
    """The one first name that it divides up; empty for all."""


def published_no_enquiry(
    found: ConcernsWithoutEnquiry,
    groups: Mapping[str, Sequence[str]],
    vocabulary: Vocabulary,
    now: tuple[int, Scheme],
) -> dict[str, Any]:
    """Gives the section about concerns that became no enquiry, as of a day and by a scheme."""
    today, scheme = now
    codes = [one for one in vocabulary.enums["s42_result"] if one not in ENQUIRIES]
    firsts = dict.fromkeys((*codes, UNDECIDED, *sorted(one.result for one in found.concerns)))
    wings = (
        _Wing(
            id="result",
            title="What became of them",
            heads=("Adult told", "Adult asked"),
            names=[*product(_ANSWERS, _ANSWERS)],
            names_of=lambda one: (one.was_told, one.was_asked),
        ),
        _Wing(
            id="referrer",
            title="By who raised them",
            heads=("Referrer",),
            names=[(one,) for one in groups["partner"]],
            names_of=lambda one: (one.referrer,),
        ),
        _Wing(
            id="agency",
            title="By agency",
            heads=("Agency",),
            names=[(one,) for one in groups["agency"]],
            names_of=lambda one: (one.agency,),
        ),
        _Wing(
            id="days",
            title="Days to the first decision",
            heads=("Days",),
            names=[(one,) for one in WAITS],
            names_of=lambda one: (one.wait,),
        ),
        _Wing(
            id=_WAITING,
            title="More information asked for",
            heads=("Day to look again",),
            names=[(one,) for one in STILL_WAITS],
            names_of=lambda one: (one.until,),
            only=_WAITING,
        ),
    )
    whole, tables = _tables(found.concerns, (*firsts,), wings, (CONCERNS, "Result", scheme))
    return {
        "title": NO_ENQUIRY,
        "concerns": whole,
        "tables": [*tables, _again(found, today, scheme)],
    }


def published_not_met(
    found: Sequence[OutcomeNotMet], vocabulary: Vocabulary, scheme: Scheme
) -> dict[str, Any]:
    """Gives the section about outcomes that were not met, by a scheme."""
    codes = vocabulary.enums["not_achieved_reason"]
    reasons = dict.fromkeys((*codes, NO_REASON, *sorted(one.reason for one in found)))
    wings = (
        _Wing(
            id="reason",
            title="By the reason on record",
            heads=("Reason",),
            names=[(one,) for one in reasons],
            names_of=lambda one: (one.reason,),
        ),
        _Wing(
            id="capacity",
            title="By the adult's capacity",
            heads=("Capacity",),
            names=[("lacked",), ("had",), ("not_known",)],
            names_of=lambda one: (one.capacity,),
        ),
    )
    whole, tables = _tables(found, RESULTS, wings, (OUTCOMES, "Result", scheme))
    return {"title": NOT_MET, "outcomes": whole, "tables": tables}


def _tables(
    units: Sequence[Any], firsts: _Names, wings: Sequence[_Wing], said: tuple[str, str, Scheme]
) -> tuple[Published, list[dict[str, Any]]]:
    """Gives the number of units and their tables; of each unit, `result` is the first name."""
    of, head, scheme = said
    totals = Counter(one.result for one in units)
    cells = Counter((wing.id, one.result, *wing.names_of(one)) for one in units for wing in wings)
    root = DividedCount(
        ("all",),
        len(units),
        (tuple(_first(first, totals[first], wings, cells) for first in firsts),),
    )
    shown = protect(network_of(root), scheme)
    tables = [
        _table(
            ("total", "By result", of), (head,), {(one,): ("total", one) for one in firsts}, shown
        )
    ]
    for wing in wings:
        heads = wing.heads if wing.only else (head, *wing.heads)
        rows = {
            names if wing.only else (first, *names): (wing.id, first, *names)
            for first in firsts
            for names in wing.names
            if wing.only in ("", first)
        }
        tables.append(_table((wing.id, wing.title, of), heads, rows, shown))
    return shown[("all",)], tables


def _first(first: str, number: int, wings: Sequence[_Wing], cells: Counter[_Names]) -> DividedCount:
    name = ("total", first)
    parts = [
        tuple(
            DividedCount((wing.id, first, *names), cells[wing.id, first, *names])
            for names in wing.names
        )
        for wing in wings
        if wing.only in ("", first)
    ]
    return DividedCount(name, number, tuple(parts))


def _again(found: ConcernsWithoutEnquiry, today: int, scheme: Scheme) -> dict[str, Any]:
    rows = []
    for months in MONTHS:
        came = [is_followed for _, is_followed in found.another_within(months, today)]
        sides = (DividedCount(COUNTED, sum(came)), DividedCount(OTHERS, len(came) - sum(came)))
        shown = protect(network_of(DividedCount(ALL, len(came), (sides,))), scheme)
        rows.append(
            {"names": [WITHIN[months]], **{str(key): one for key, one in shown.items()}, **NO_SHARE}
        )
    return {"id": "again", "title": AGAIN, "heads": ["Within"], "of": OF_AGAIN, "rows": rows}


def _table(
    said: tuple[str, str, str],
    heads: _Names,
    rows: Mapping[_Names, Hashable],
    shown: _Shown,
) -> dict[str, Any]:
    id, title, of = said  # noqa: A001 - as the document names it
    return {
        "id": id,
        "title": title,
        "heads": [*heads],
        "of": of,
        "rows": [
            {"names": [*names], "numerator": shown[key], "others": None, "denominator": None}
            | dict(NO_SHARE)
            for names, key in rows.items()
        ],
    }
