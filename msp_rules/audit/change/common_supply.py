"""Restricts cases to what the exports of both sides supply, so that practice alone differs.

A side supplies what any of its files does. A file that declares nothing counts as supplying all.
"""

from __future__ import annotations

from collections.abc import Iterable

from msp_rules.casework.case import Case, Event, Supply


def joined(supplies: Iterable[Supply]) -> Supply:
    """Gives what any of some files supplies; everything where one declares nothing, or for none."""
    types, fields = frozenset[str](), dict[str, frozenset[str]]()
    is_some = False
    for one in supplies:
        if not one.declared:
            return Supply()
        is_some = True
        types |= one.types
        for kind, names in one.fields.items():
            fields[kind] = fields.get(kind, frozenset()) | names
    if not is_some:
        return Supply()
    parts = {kind: names for kind, names in fields.items() if kind not in types}
    return Supply(declared=True, types=types, fields=parts)


def shared(one: Supply, other: Supply) -> Supply:
    """Gives what both supply."""
    if not one.declared:
        return other
    if not other.declared:
        return one
    fields = dict[str, frozenset[str]]()
    for kind in (one.types | one.fields.keys()) & (other.types | other.fields.keys()):
        if kind in one.types and kind in other.types:
            continue
        if kind in one.types:
            fields[kind] = other.fields[kind]
        elif kind in other.types:
            fields[kind] = one.fields[kind]
        else:
            fields[kind] = one.fields[kind] & other.fields[kind]
    return Supply(declared=True, types=one.types & other.types, fields=fields)


class Restriction:
    """Leaves out of cases what is not in a supply: entries of its types, and their fields."""

    def __init__(self, supply: Supply) -> None:
        self._supply = supply
        self._known: tuple[Supply, Supply] | None = None

    def of(self, case: Case) -> Case:
        """Gives the case as an export with that supply would have held it."""
        events = tuple(self._event(one) for one in case.events if self._supply.has_type(one.type))
        return case._replace(events=events, supply=self._own(case.supply))

    def _own(self, supply: Supply) -> Supply:
        """Gives what a file supplies of it; the cases of a file share one declaration."""
        if self._known is None or self._known[0] is not supply:
            self._known = supply, shared(supply, self._supply)
        return self._known[1]

    def _event(self, event: Event) -> Event:
        kept = {
            name: value
            for name, value in event.fields.items()
            if self._supply.has_field(event.type, name)
        }
        unknown = frozenset(
            name
            for name in event.unknown
            if name in _ENVELOPE or self._supply.has_field(event.type, name)
        )
        return event._replace(fields=kept, unknown=unknown)


_ENVELOPE = frozenset(("occurred", "recorded", "agency", "role", "supersedes", "void", "id"))
"""The parts of an entry that are no field of its type, and stay."""
