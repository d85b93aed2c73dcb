"""Prepares counts for publication, so that no small count can be read or worked out.

Two schemes are known: that of the national return, and that of hospital statistics. Each marks
small counts and rounds the others to five. Rounded totals can still give a marked count away: with
7, 7 and 4 the total is 18, shown as 20, and only a 4 fits beside two cells of at most 7. So a total
is shown only where, whatever its value turned out to be, each marked count could still have at
least two values. Because this is decided from what is shown already, and never from the counts,
neither a total nor the lack of one tells more than it says.

The check is exact, across all tables that divide up the same number. Counts that add up to others
are a flow through a network, each count an arc with an interval of its own; and in a network one
more in an arc is possible just where a cycle of unused capacity leads through it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

Published = int | str
"""A count as it is published: rounded, or a mark."""


class Scheme(StrEnum):
    """A way to publish counts."""

    NEAREST_5 = "nearest-5"
    """Below 5, nought included, `[c]`; other counts to the nearest 5 (Safeguarding Adults)."""
    HES = "hes"
    """1 to 7 `*`; nought is shown; other counts to the nearest 5 (Hospital Episode Statistics)."""


MARKS: Final = {Scheme.NEAREST_5: "[c]", Scheme.HES: "*"}
"""The mark of a count that is not shown, by scheme."""
_FEWEST: Final = {Scheme.NEAREST_5: 5, Scheme.HES: 8}
_ANY: Final = 10**9
"""A count above all counts."""


class _Range(NamedTuple):
    """The least and the greatest value that a count may have, for all that a reader knows."""

    low: int
    high: int


class Count(NamedTuple):
    """A count in a network of counts: at each node, what comes in is what goes out."""

    name: Hashable
    """The name under which it is published; two counts of one name must be the same number."""
    source: Hashable
    """The node that it comes from."""
    target: Hashable
    """The node that it goes to."""
    number: int
    """The number."""
    is_total: bool = False
    """True for a sum of others, which may be marked whatever its size."""
    is_public: bool = True
    """False for a number that stands nowhere, and closes the sum."""


def published(count: int, scheme: Scheme) -> Published:
    """Gives a count by itself as it is published."""
    if _is_marked(count, scheme):
        return MARKS[scheme]
    return (count + 2) // 5 * 5


def protect(counts: Sequence[Count], scheme: Scheme) -> dict[Hashable, Published]:
    """Publishes counts with those of their totals that give no marked count away, by name.

    Where two tables divide up the same number, their counts can give each other away without any
    total: 10 in the one is at least 8, and two marks in the other are at most 8. Then counts that
    would be shown are marked, too, the smallest first. (By the scheme of hospital statistics that
    can't help where seven 1 stand beside one 7: all are marks already.) Totals are tried in the
    order in which they stand, and rounded on their own, not added up from what is shown.
    """
    network = _Network(counts, scheme)
    found: dict[Hashable, Published] = {}
    for one in counts:
        if one.is_public and not one.is_total:
            found[one.name] = published(one.number, scheme)
    found |= dict.fromkeys(network.hide_until_safe(counts, found), MARKS[scheme])
    for at, one in enumerate(counts):
        if one.is_public and one.is_total:
            found[one.name] = (
                published(one.number, scheme) if network.show_if_safe(at) else MARKS[scheme]
            )
    return found


def is_safe_exactly(
    counts: Sequence[Count],
    shown: Mapping[Hashable, Published],
    scheme: Scheme,
    names: Sequence[Hashable],
) -> bool:
    """Says whether totals that are shown could stand there unrounded and still give nothing away.

    Then what is computed from them, such as a percentage, may be shown, too. Like `protect` it asks
    that of every value that they could have, so that the answer itself tells nothing.
    """
    if any(isinstance(shown[name], str) for name in names):
        return False
    network = _Network(counts, scheme)
    network.hide(
        one.name
        for one in counts
        if not one.is_total and shown.get(one.name) != published(one.number, scheme)
    )
    places = {one.name: at for at, one in enumerate(counts)}
    for one in counts:
        if one.is_public and one.is_total and not isinstance(shown[one.name], str):
            network.show(places[one.name])
    return network.is_safe_for_all([places[name] for name in names])


def grid_counts(
    name: Hashable, cells: Sequence[Sequence[int]], begin: Hashable, end: Hashable
) -> list[Count]:
    """Gives a table as counts that lead from one node to another.

    The names are `(name, row, column)`, with None for the totals of a row and of a column.
    """
    found = [
        Count((name, row, None), begin, (name, "row", row), sum(counts), is_total=True)
        for row, counts in enumerate(cells)
    ]
    found += [
        Count((name, None, column), (name, "column", column), end, sum(counts), is_total=True)
        for column, counts in enumerate(zip(*cells, strict=True))
    ]
    found += [
        Count((name, row, column), (name, "row", row), (name, "column", column), count)
        for row, counts in enumerate(cells)
        for column, count in enumerate(counts)
    ]
    return found


def _is_marked(count: int, scheme: Scheme) -> bool:
    return count < _FEWEST[scheme] and not (count == 0 and scheme is Scheme.HES)


def _range(count: int, scheme: Scheme) -> _Range:
    """Gives what can be known of a count from its published form."""
    fewest = _FEWEST[scheme]
    if _is_marked(count, scheme):
        return _Range(1 if scheme is Scheme.HES else 0, fewest - 1)
    if count == 0:
        return _Range(0, 0)
    shown = (count + 2) // 5 * 5
    return _Range(max(fewest, shown - 2), shown + 2)


_FREE: Final = _Range(0, _ANY)


class _Arc:
    """An arc of the network: the count that flows through it, and what is known of that."""

    __slots__ = ("count", "flow", "high", "low", "source", "target")

    def __init__(self, source: Hashable, target: Hashable, count: int, span: _Range) -> None:
        self.source = source
        self.target = target
        self.count = count
        self.flow = count
        self.low, self.high = span

    def limit(self, span: _Range) -> None:
        self.low, self.high = span


class _Network:
    """Counts as a network, in which flow can be moved as far as what is shown of them allows."""

    def __init__(self, counts: Sequence[Count], scheme: Scheme) -> None:
        self._scheme = scheme
        self._arcs = [
            _Arc(
                one.source,
                one.target,
                one.number,
                _FREE if one.is_total or not one.is_public else _range(one.number, scheme),
            )
            for one in counts
        ]
        self._marked = [
            arc
            for arc, one in zip(self._arcs, counts, strict=True)
            if one.is_public and not one.is_total and _is_marked(one.number, scheme)
        ]
        self._named: dict[Hashable, list[_Arc]] = {}
        for arc, one in zip(self._arcs, counts, strict=True):
            self._named.setdefault(one.name, []).append(arc)
        self._at: dict[Hashable, list[_Arc]] = {}
        for arc in self._arcs:
            self._at.setdefault(arc.source, []).append(arc)
            self._at.setdefault(arc.target, []).append(arc)

    def hide_until_safe(
        self, counts: Sequence[Count], found: Mapping[Hashable, Published]
    ) -> Iterator[Hashable]:
        """Marks counts until no marked one can be worked out without totals; gives their names."""
        shown = [
            (value, at, one.name)
            for at, one in enumerate(counts)
            if isinstance(value := found.get(one.name), int)
        ]
        names = [name for _, _, name in sorted(shown, key=lambda one: one[:2])]
        while names and not self._is_hidden():
            name = next((one for one in names if self._would_help(one)), names[0])
            self.hide((name,))
            names.remove(name)
            yield name

    def hide(self, names: Iterable[Hashable]) -> None:
        """Marks counts by name: nothing is known of them then."""
        for name in names:
            for arc in self._named[name]:
                arc.limit(_FREE)
                self._marked.append(arc)

    def _would_help(self, name: Hashable) -> bool:
        """Says whether no marked count could be worked out if this one were marked, too."""
        arcs = self._named[name]
        spans = [_Range(arc.low, arc.high) for arc in arcs]
        for arc in arcs:
            arc.limit(_FREE)
        helps = self._is_hidden()
        for arc, span in zip(arcs, spans, strict=True):
            arc.limit(span)
        return helps

    def _is_hidden(self) -> bool:
        """Says whether every marked count could have another value beside what is shown."""
        return not any(
            self._cycle(one, 1) is None and self._cycle(one, -1) is None for one in self._marked
        )

    def show_if_safe(self, at: int) -> bool:
        """Shows a total where that gives no marked count away, and says whether it did.

        It is tried with every value that it can have beside what is shown already.
        """
        total = self._arcs[at]
        is_safe = all(self._is_safe(total, step) for step in (1, -1))
        for arc in self._arcs:
            arc.flow = arc.count
        total.limit(_range(total.count, self._scheme) if is_safe else _FREE)
        return is_safe

    def show(self, at: int) -> None:
        """Shows a total of which it is known that it gives nothing away."""
        total = self._arcs[at]
        total.limit(_range(total.count, self._scheme))

    def is_safe_for_all(self, places: Sequence[int]) -> bool:
        """Says whether totals give nothing away whatever their exact values, all known at once."""
        if not places:
            return self._is_hidden()
        total, flows = self._arcs[places[0]], [arc.flow for arc in self._arcs]
        span = _Range(total.low, total.high)
        found = True
        for step in (1, -1):
            for arc, flow in zip(self._arcs, flows, strict=True):
                arc.flow = flow
            while found:
                total.limit(_Range(total.flow, total.flow))
                found = self.is_safe_for_all(places[1:])
                total.limit(span)
                cycle = self._cycle(total, step)
                if cycle is None:
                    break
                for arc, more in cycle:
                    arc.flow += more
        for arc, flow in zip(self._arcs, flows, strict=True):
            arc.flow = flow
        return found

    def _is_safe(self, total: _Arc, step: int) -> bool:
        """Tries the total with its own value, and with all those above (1) or below (-1) it."""
        for arc in self._arcs:
            arc.flow = arc.count
        while True:
            span = _range(total.flow, self._scheme)
            total.limit(span)
            if not self._is_hidden():
                return False
            total.limit(_FREE)
            while span.low <= total.flow <= span.high:
                cycle = self._cycle(total, step)
                if cycle is None:
                    return True
                for arc, more in cycle:
                    arc.flow += more

    def _cycle(self, arc: _Arc, step: int) -> list[tuple[_Arc, int]] | None:
        """Finds how one more, or one less, can flow through an arc; None where it can't."""
        if not arc.low <= arc.flow + step <= arc.high:
            return None
        start, goal = (arc.target, arc.source) if step > 0 else (arc.source, arc.target)
        came: dict[Hashable, tuple[_Arc, int]] = {start: (arc, step)}
        ahead = [start]
        while ahead:
            node = ahead.pop()
            for one in self._at[node]:
                more = 1 if one.source == node else -1
                following = one.target if more > 0 else one.source
                if one is arc or following in came:
                    continue
                if one.low <= one.flow + more <= one.high:
                    came[following] = (one, more)
                    if following == goal:
                        return _steps_back(came, goal, start)
                    ahead.append(following)
        return None


def _steps_back(
    came: Mapping[Hashable, tuple[_Arc, int]], goal: Hashable, start: Hashable
) -> list[tuple[_Arc, int]]:
    """Gives the arcs of a cycle that was found, each with what is added to its flow."""
    found, node = [came[start]], goal
    while node != start:
        arc, more = came[node]
        found.append((arc, more))
        node = arc.source if more > 0 else arc.target
    return found
