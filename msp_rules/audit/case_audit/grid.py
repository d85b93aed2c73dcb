"""Reads how a case moved on the wellbeing and safety grid: docs/readings.md, section 12."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from msp_rules.casework.case import Event
from msp_rules.casework.visibility import CaseView
from msp_rules.engine.worlds import newest

MOVEMENTS: Final = (
    "gain",
    "safer_but_lower_wellbeing",
    "higher_wellbeing_but_less_safe",
    "loss",
    "same",
)
"""`gain` and `loss`: one axis moved up (or down), the other not the other way."""


class Position(NamedTuple):
    """A place on the grid at one moment, by one event or several of that moment."""

    events: tuple[str, ...]
    """The ids of the events."""
    wellbeing: str | None
    """"high" or "low"; None where the record does not say, or says both."""
    safety: str | None
    """"high" or "low"; None in the same way."""
    judged_by: str | None
    """A role of the vocabulary; None in the same way."""


class Grid(NamedTuple):
    """The first and the latest position of a case, and how it moved between them."""

    positions: int
    """The number of `grid_position` events in force."""
    first: Position | None
    """The earliest position; None without any, and where a date could not be read."""
    latest: Position | None
    """The newest position; None in the same way."""
    movement: str | None
    """One of `MOVEMENTS`; None without two moments to compare, or where an end is not known."""

    @property
    def state(self) -> str:
        """The movement; without one the reason: `not_recorded`, `one_position`, `not_known`."""
        if self.movement is not None:
            return self.movement
        return {0: "not_recorded", 1: "one_position"}.get(self.positions, "not_known")


def grid_of(view: CaseView) -> Grid | None:
    """Places the case on the grid; None where the source cannot supply positions."""
    if not view.case.supply.has_type("grid_position"):
        return None
    events = view.by_type.get("grid_position", ())
    if not events:
        return _NOT_RECORDED
    if any(event.moment is None for event in events):
        return Grid(len(events), None, None, None)
    found = list(events)
    earliest, last = newest(found, is_latest=False), newest(found, is_latest=True)
    first, latest = _position(earliest), _position(last)
    # An event of both ends means that the two cannot be put in order.
    is_one_moment = not {event.id for event in earliest}.isdisjoint(event.id for event in last)
    movement = None if is_one_moment else _movement(first, latest)
    return Grid(len(events), first, latest, movement)


def _position(events: Sequence[Event]) -> Position:
    return Position(
        tuple([event.id for event in events]),
        _agreed(events, "wellbeing"),
        _agreed(events, "safety"),
        _agreed(events, "judged_by"),
    )


def _agreed(events: Sequence[Event], field: str) -> str | None:
    """Gives what all of them say; None where they differ, or one of them may not exist."""
    said = {event.fields.get(field) if event.is_certain else None for event in events}
    value = said.pop()
    return value if not said and isinstance(value, str) else None


def _movement(first: Position, latest: Position) -> str | None:
    wellbeing, safety = (
        _STEPS.get((first.wellbeing, latest.wellbeing)),
        _STEPS.get((first.safety, latest.safety)),
    )
    if wellbeing is None or safety is None:
        return None
    return _NAMES[wellbeing, safety]


_NOT_RECORDED: Final = Grid(0, None, None, None)
_STEPS: Final[dict[tuple[str | None, str | None], int]] = {
    ("low", "low"): 0,
    ("high", "high"): 0,
    ("low", "high"): 1,
    ("high", "low"): -1,
}
_NAMES: Final = {
    (0, 0): "same",
    (1, 1): "gain",
    (1, 0): "gain",
    (0, 1): "gain",
    (-1, 1): "safer_but_lower_wellbeing",
    (1, -1): "higher_wellbeing_but_less_safe",
    (-1, 0): "loss",
    (0, -1): "loss",
    (-1, -1): "loss",
}
"""The name of each movement, by the step of wellbeing and the step of safety."""
