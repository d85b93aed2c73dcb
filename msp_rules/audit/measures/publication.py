"""Prepares measures for publication: which counts are published, and which add up to which.

A measure is published by agency, quarter, capacity and partner, as counted and not counted, with
the totals of all. Parts of one base would give each other away if all were divided up: so one of
them is, and the others stand as totals only, or not at all (`NOT_PUBLISHED`). What remains is a
network in which every count is one arc, and `audit.publication` checks it exactly.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msp_rules.audit.measures.counting import GROUPINGS, MeasureCounts, PartKey
from msp_rules.audit.measures.definitions import MEASURES
from msp_rules.audit.publication import Count, Published, Scheme, is_safe_exactly, protect


class DividedCount(NamedTuple):
    """A count, and the ways in which others divide it up."""

    name: Hashable
    """The name under which it is published; two of one name must be the same number."""
    number: int
    """The number."""
    wings: tuple[tuple[DividedCount, ...], ...] = ()
    """The ways: the counts of each add up to it."""


def network_of(root: DividedCount) -> list[Count]:
    """Gives a count and all that divides it up as a network; totals are tried from it down.

    Each way of dividing a count stands behind the one before it, so that what flows through each is
    the count; and the count itself closes the circle.
    """
    counts = [Count(root.name, "end", "begin", root.number, is_total=bool(root.wings))]
    ahead: list[tuple[DividedCount, Hashable, Hashable]] = [(root, "begin", "end")]
    while ahead:
        one, begin, end = ahead.pop(0)
        places = [begin, *((one.name, at) for at in range(1, len(one.wings))), end]
        for at, wing in enumerate(one.wings):
            for part in wing:
                source, target = places[at], places[at + 1]
                if part.wings:
                    inside: Hashable = (part.name, "inside")
                    counts.append(Count(part.name, source, inside, part.number, is_total=True))
                    ahead.append((part, inside, target))
                else:
                    counts.append(Count(part.name, source, target, part.number))
    return counts


NOT_PUBLISHED: Final[Mapping[PartKey, str]] = {
    ("M3", "full"): "beside M3 it would tell how many were achieved in part",
    **{("M5", part): "the groups of capacity in M3 and M4 say it" for part in MEASURES["M5"].parts},
    ("M6", "supported"): "its base is told by M4; the national return (sac --publish) has it",
    **{
        ("M7", part): "the section on concerns that never became enquiries says it"
        for part in MEASURES["M7"].parts
    },
}
"""The parts that are not published, with the reason."""

COUNTED: Final = "numerator"
"""Names the units that are counted."""
OTHERS: Final = "others"
"""Names those of the base that are not."""
ALL: Final = "denominator"
"""Names the whole base."""

ShownCounts = Mapping[Hashable, Published]
"""Published counts by name: a part, a grouping, a group and which of its counts."""


class ShownMeasures(NamedTuple):
    """The counts of measures as they are published."""

    counts: ShownCounts
    """The counts, by `name_of`."""
    with_percentage: frozenset[PartKey]
    """The parts whose percentage gives nothing away."""


def shown_measures(
    counts: MeasureCounts, groups: Mapping[str, Sequence[str]], scheme: Scheme
) -> ShownMeasures:
    """Gives all counts of measures as they are published; `groups` has the names by grouping."""
    found: dict[Hashable, Published] = {}
    safe = set[PartKey]()
    for base in _BASES:
        network = network_of(_base(base, counts, groups))
        shown = protect(network, scheme)
        found |= shown
        sides = [name_of(base.part, which) for which in (COUNTED, OTHERS)]
        if is_safe_exactly(network, shown, scheme, sides):
            safe.add(base.part)
    for root in _other_bases(counts):
        found |= protect(network_of(root), scheme)
    return ShownMeasures(found, frozenset(safe))


def name_of(key: PartKey, which: str, grouping: str = "", group: str = "") -> Hashable:
    """Names a count of a part."""
    return (*key, grouping, group, which)


def groupings_of(key: PartKey) -> tuple[str, ...]:
    """Names the ways in which a part is divided up in what is published; none for most parts."""
    if key not in _DIVIDED:
        return ()
    return tuple(one for one in GROUPINGS if one != "partner" or key[0] == "M1")


class _Base(NamedTuple):
    """The parts of one base: one that is divided up by groups, and others in totals."""

    part: PartKey
    """The part that is divided up."""
    inside: tuple[PartKey, ...] = ()
    """The parts that divide up what it counts."""
    outside: tuple[PartKey, ...] = ()
    """The parts that divide up what it does not count."""
    beside: tuple[PartKey, ...] = ()
    """Other parts of the same base."""


_BASES: Final = (
    _Base(("M1", "asked")),
    _Base(
        ("M4", "sought"),
        inside=(("M2", "asked_expressed"), ("M2", "asked_none_expressed")),
        outside=(("M2", "not_asked"), ("M2", "dont_know"), ("M2", "not_recorded")),
        beside=(("M15", "both"),),
    ),
    _Base(("M3", "achieved")),
    _Base(("M6", "considered")),
    _Base(("M6", "not_arranged")),
    *(_Base(("M8", part)) for part in MEASURES["M8"].parts),
    *(_Base(("M9", part)) for part in MEASURES["M9"].parts),
    _Base(
        ("M10", "reduced_or_removed"),
        inside=(("M10", "reduced"), ("M10", "removed")),
        outside=(("M10", "remained"),),
    ),
    _Base(("M11", "domains")),
    _Base(("M11", "higher"), beside=(("M11", "safer_but_lower"),)),
    *(_Base(("M12", part)) for part in MEASURES["M12"].parts),
    *(_Base(("M13", part)) for part in MEASURES["M13"].parts),
)
_REMAINED: Final = ("M10", "remained")
_CHOICE: Final = ("M10", "by_choice")
_DIVIDED: Final = frozenset(base.part for base in _BASES)


def _other_bases(counts: MeasureCounts) -> Iterator[DividedCount]:
    """Gives what is published in totals alone: colours of questions, and data about people."""
    questions = dict.fromkeys(part.partition("_")[0] for part in MEASURES["M14"].parts)
    for question in questions:
        parts = [("M14", part) for part in MEASURES["M14"].parts if part.startswith(question + "_")]
        leaves = tuple(
            DividedCount(name_of(key, COUNTED), counts.parts[key].numerator) for key in parts
        )
        whole = sum(one.number for one in leaves)
        yield DividedCount(name_of(("M14", question), ALL), whole, (leaves,))
    people = [("M16", part) for part in MEASURES["M16"].parts]
    number = counts.parts["M16", "all"].denominator
    yield DividedCount(
        name_of(("M16", ""), ALL), number, tuple(_pair(key, counts) for key in people)
    )
    if not _is_choice_nested(counts):
        yield _choice(counts, name_of(_CHOICE, ALL))


def _base(base: _Base, counts: MeasureCounts, groups: Mapping[str, Sequence[str]]) -> DividedCount:
    key, count = base.part, counts.parts[base.part]
    sides = []
    for which, parts in ((COUNTED, base.inside), (OTHERS, base.outside)):
        wings = [
            tuple(_of_group(counts, key, (grouping, name), which) for name in groups[grouping])
            for grouping in groupings_of(key)
        ]
        if parts:
            wings.append(tuple(_counted(one, counts) for one in parts))
        number = count.numerator if which == COUNTED else count.denominator - count.numerator
        sides.append(DividedCount(name_of(key, which), number, tuple(wings)))
    others = tuple(_pair(one, counts) for one in base.beside)
    return DividedCount(name_of(key, ALL), count.denominator, (tuple(sides), *others))


def _counted(key: PartKey, counts: MeasureCounts) -> DividedCount:
    """Gives what a part counts; the risks that remained are divided up by choice."""
    name = name_of(key, COUNTED)
    if key == _REMAINED and _is_choice_nested(counts):
        return _choice(counts, name)
    return DividedCount(name, counts.parts[key].numerator)


def _is_choice_nested(counts: MeasureCounts) -> bool:
    """Says whether the base of choices is all risks that remained; some sources can't say."""
    return counts.parts[_CHOICE].denominator == counts.parts[_REMAINED].numerator


def _choice(counts: MeasureCounts, name: Hashable) -> DividedCount:
    return DividedCount(name, counts.parts[_CHOICE].denominator, (_pair(_CHOICE, counts),))


def _of_group(
    counts: MeasureCounts, key: PartKey, group: tuple[str, str], which: str
) -> DividedCount:
    found = counts.groups[key][group[0]].get(group[1])
    counted = found.numerator if found else 0
    all_of_it = found.denominator if found else 0
    number = counted if which == COUNTED else all_of_it - counted
    return DividedCount(name_of(key, which, *group), number)


def _pair(key: PartKey, counts: MeasureCounts) -> tuple[DividedCount, DividedCount]:
    count = counts.parts[key]
    return (
        DividedCount(name_of(key, COUNTED), count.numerator),
        DividedCount(name_of(key, OTHERS), count.denominator - count.numerator),
    )
