"""Gives every cell of the tables as it is shown: as it was counted, or as it may be published."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Final

from msp_rules.audit.national_return.counting import CONCERNS, Cell
from msp_rules.audit.national_return.enquiries import EnquiryKind
from msp_rules.audit.national_return.labels import (
    ACHIEVED,
    ACHIEVED_NOT_RECORDED,
    AGES,
    ASKED,
    CAPACITY,
    NOT_RECORDED,
    RISK_OUTCOMES,
    SUPPORTED,
    TABLES,
    TOTAL,
    TableShape,
)
from msp_rules.audit.publication import Count, Published, Scheme, protect, published

OF_PEOPLE: Final = ("SG1a", "SG1b", "SG1c", "SG1d")
"""The tables that count people: those with concerns apart from those with enquiries."""
TOTAL_ENQUIRIES: Final[Cell] = ("SG1f", "Total enquiries", "", "")
"""The sum of the enquiries begun, of every kind."""
CONCLUDED: Final = "Enquiries concluded"
"""The row of the sum of SG3a, which is that of SG4a and of SG2c; it has a kind and no column."""

Counts = Mapping[Cell, int]
"""Counts by cell; a cell that is absent is nought."""


def kinds_in(cells: Counts) -> tuple[str, ...]:
    """Names the kinds of enquiry; those without a recorded kind only where there are any."""
    unrecorded = EnquiryKind.NOT_RECORDED.value
    kinds = (EnquiryKind.SECTION_42.value, EnquiryKind.OTHER.value)
    return (*kinds, unrecorded) if any(kind == unrecorded for _, _, kind, _ in cells) else kinds


def groups_of(number: str, cells: Counts) -> tuple[str, ...]:
    """Names what a table keeps apart: kinds, and people with concerns; SG1f has them as rows."""
    if number == "SG1f":
        return ("",)
    return (CONCERNS, *kinds_in(cells)) if number in OF_PEOPLE else kinds_in(cells)


def columns_of(shape: TableShape) -> tuple[str, ...]:
    """Names the columns; one without a name where a row has one count."""
    return shape.columns or ("",)


def cells_of(number: str, cells: Counts) -> Iterator[Cell]:
    """Gives all cells of a table, row by row, those of nought among them."""
    shape = TABLES[number]
    for row in (*shape.rows, *shape.added):
        for group in groups_of(number, cells):
            for column in columns_of(shape):
                yield number, row, group, column


def shown_cells(cells: Counts, scheme: Scheme | None) -> dict[Cell, Published]:
    """Gives every cell, and the sums of enquiries begun and concluded, as it is shown."""
    sums: dict[Cell, int] = {TOTAL_ENQUIRIES: _sum(cells, _BEGUN)}
    for kind in kinds_in(cells):
        sums[_concluded(kind)] = _sum(
            cells, [("SG3a", row, kind, TOTAL) for row in CAPACITY.values()]
        )
    counted = {one: cells.get(one, 0) for number in TABLES for one in cells_of(number, cells)}
    if scheme is None:
        return {**counted, **sums}
    shown = {name: published(count, scheme) for name, count in counted.items()}
    for counts in _networks(cells, sums):
        for name, what in protect(counts, scheme).items():
            assert isinstance(name, tuple)
            shown[name] = what
    return shown


def concluded_in(shown: Mapping[Cell, Published], kind: str) -> Published:
    """Gives the enquiries of a kind that were concluded, as they are shown."""
    return shown[_concluded(kind)]


_BEGUN: Final[Sequence[Cell]] = [
    ("SG1f", row, "", "") for row in (*TABLES["SG1f"].rows[1:], *TABLES["SG1f"].added)
]


def _concluded(kind: str) -> Cell:
    return "SG3a", CONCLUDED, kind, ""


def _sum(cells: Counts, names: Sequence[Cell]) -> int:
    return sum(cells.get(one, 0) for one in names)


def _networks(cells: Counts, sums: Counts) -> Iterator[list[Count]]:
    """Gives the groups of counts that divide up one number; what stands in none adds up to none.

    SG2a, SG2b and SG1d are in none: an enquiry, and a person, may stand in several of their rows.
    """
    begun = [Count(one, "begin", "end", cells.get(one, 0)) for one in _BEGUN]
    yield [Count(TOTAL_ENQUIRIES, "end", "begin", sums[TOTAL_ENQUIRIES], is_total=True), *begun]
    for group in groups_of("SG1a", cells):
        yield _people(cells, group)
    for kind in kinds_in(cells):
        yield _of_kind(cells, sums, kind)


def _people(cells: Counts, group: str) -> list[Count]:
    """SG1a, SG1b and SG1c divide up the same people, whose number stands nowhere."""
    found, begin = list[Count](), 0
    for at, number in enumerate(("SG1a", "SG1b", "SG1c")):
        names = [one for one in cells_of(number, cells) if one[2] == group]
        begin = _sum(cells, names)
        found += [Count(one, at, at + 1, cells.get(one, 0)) for one in names]
    return [*found, Count("people", 3, 0, begin, is_total=True, is_public=False)]


def _of_kind(cells: Counts, sums: Counts, kind: str) -> list[Count]:
    """SG3a, SG4a and SG2c divide up the same enquiries, the first two by the same ages."""
    concluded = _concluded(kind)
    found = [Count(concluded, "end", "begin", sums[concluded], is_total=True)]
    found += _by_age(cells, kind, "SG3a", [*CAPACITY.values()], [SUPPORTED])
    back = _by_age(
        cells, kind, "SG4a", [*ASKED.values()], [*ACHIEVED.values(), ACHIEVED_NOT_RECORDED]
    )
    # The other way round: from the ages to the node that SG2c begins at.
    found += [
        one._replace(source=one.target, target="middle" if one.source == "begin" else one.source)
        for one in back
    ]
    found += _risk(cells, kind)
    return found


def _by_age(
    cells: Counts, kind: str, number: str, rows: Sequence[str], parts: Sequence[str]
) -> list[Count]:
    """Gives a table by age as counts from its beginning to the nodes of the ages.

    The rows of `parts` divide up its first row; what is in none of them closes the sum.
    """
    found = list[Count]()
    for at, row in enumerate(rows):
        node: Hashable = (number, row)
        total = cells.get((number, row, kind, TOTAL), 0)
        found.append(Count((number, row, kind, TOTAL), "begin", node, total, is_total=True))
        for age in AGES:
            name = (number, row, kind, age)
            source = node if at else (number, row, age)
            found.append(Count(name, source, ("age", age), cells.get(name, 0)))
    first: Hashable = (number, rows[0])
    for part in parts:
        node, total = (number, part), cells.get((number, part, kind, TOTAL), 0)
        found.append(Count((number, part, kind, TOTAL), first, node, total, is_total=True))
        for age in AGES:
            name = (number, part, kind, age)
            found.append(Count(name, node, (number, rows[0], age), cells.get(name, 0)))
    for age in AGES:
        parts_here = _sum(cells, [(number, part, kind, age) for part in parts])
        remainder = cells.get((number, rows[0], kind, age), 0) - parts_here
        name = ("remainder", number, kind, age)
        found.append(
            Count(name, first, (number, rows[0], age), remainder, is_total=True, is_public=False)
        )
    return found


def _risk(cells: Counts, kind: str) -> list[Count]:
    """Gives SG2c, and SG2e as what its rows with a risk identified are divided up into."""
    shape, found = TABLES["SG2c"], list[Count]()
    identified = (RISK_OUTCOMES["risk_identified", "yes"], RISK_OUTCOMES["risk_identified", "no"])
    for row in (*shape.rows, *shape.added):
        name = ("SG2c", row, kind, "")
        target = "identified" if row in identified else "end"
        found.append(Count(name, "middle", target, cells.get(name, 0)))
    for row in (*TABLES["SG2e"].rows, NOT_RECORDED):
        name = ("SG2e", row, kind, "")
        found.append(Count(name, "identified", "end", cells.get(name, 0)))
    return found
