"""What a term sees: the events in force, the subject, and how far in time it may look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msp_rules.casework.case import Case, Event, Supply
from msp_rules.casework.moments import Cutoff, Moment
from msp_rules.casework.visibility import CaseView
from msp_rules.casework.workdays import Due
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN, NoMoment

EVERYTHING: Final = Supply()
_FOR_REASONS: Final = "where everything is supplied"


class Scope:
    """The view of one evaluation of one condition.

    `horizon` is the last instant that counts, None for "now" (the view holds nothing later).
    `stands_at` is the instant at which a reason must stand; `is_weak` asks only whether a reason
    was given. `moments` are those at which anything happened, each behind the cutoff through it,
    once for all scopes of a case.
    `memory` holds what selections found, for every subject alike, `own_memory` for this one, and
    in each of them, under a horizon and for reasons, what was found there;
    `whole` is the same view without its horizon, None where it has none. `cut_off` holds the scopes
    that were asked for by the instant of their horizon, until `forget` is called: they hold this
    one in turn, so without that only the garbage collector would free them.
    """

    __slots__ = (
        "as_of",
        "by_type",
        "case",
        "cut_off",
        "leads_to",
        "horizon",
        "is_weak",
        "memory",
        "moments",
        "own_memory",
        "stands_at",
        "supply",
        "this",
        "view",
        "whole",
    )

    def __init__(self, view: CaseView, like: Scope | None = None) -> None:
        self.case: Case = view.case
        self.as_of = view.as_of
        self.by_type = view.by_type
        self.leads_to = view.leads_to
        self.view = view
        self.cut_off: dict[int, Scope] | None = None
        if like is not None:
            self.this: Event | None = like.this
            self.supply: Supply = like.supply
            self.horizon: Cutoff | None = like.horizon
            self.stands_at: int = like.stands_at
            self.is_weak: bool = like.is_weak
            self.moments: list[tuple[Cutoff, Moment]] = like.moments
            self.memory: dict[object, Any] = like.memory
            self.own_memory: dict[object, Any] = like.own_memory
            self.whole: Scope | None = like.whole
            return
        self.this = None
        self.supply = view.case.supply
        self.horizon = None
        self.stands_at = view.as_of.instant
        self.is_weak = False
        self.moments = []
        self.memory = {}
        self.own_memory = self.memory  # without a subject there is nothing of its own
        self.whole = None

    def on(self, subject: Event | None) -> Scope:
        """The same view with a subject."""
        if subject is self.this:
            return self
        other = Scope(self.view, self)
        other.this = subject
        other.own_memory = {}
        return other

    def refers(self, named: str) -> int:
        """Whether a reference to an id leads to the subject, over the corrections on its way."""
        if self.this is None:
            return FALSE
        if named == self.this.id:
            return TRUE
        ends = self.leads_to.get(named, ())
        if self.this.id not in ends:
            return FALSE
        return TRUE if len(ends) == 1 else UNKNOWN

    def seen_through(self, horizon: Cutoff | None) -> Scope:
        """The same view, cut off at an earlier instant."""
        if horizon is None or horizon.instant >= self.as_of.instant:
            return self  # the view holds nothing later than that
        if self.horizon is not None and self.horizon < horizon:
            return self
        if self.cut_off is None:
            self.cut_off = {}
        known = self.cut_off.get(horizon.instant)
        if known is not None:
            return known
        other = Scope(self.view, self)
        other.horizon = horizon
        # Rules ask for the same horizons, and each of them more than once.
        other.memory = self.memory.setdefault(horizon.instant, {})
        other.own_memory = other.memory if self.own_memory is self.memory else {}
        other.whole = self if self.whole is None else self.whole
        self.cut_off[horizon.instant] = other
        return other

    def forget(self) -> None:
        """Lets go of the scopes that were cut off from this one."""
        self.cut_off = None

    def for_reasons(self, *, is_weak: bool = False, stands_at: int | None = None) -> Scope:
        """The same view where a reason is looked for.

        What a source cannot supply counts as absent there (docs/readings.md, section 9).
        """
        if not self.supply.declared and not is_weak and stands_at is None:
            return self
        other = Scope(self.view, self)
        if other.supply.declared:
            other.supply = EVERYTHING
            other.memory = self.memory.setdefault(_FOR_REASONS, {})
            other.own_memory = (
                other.memory
                if self.own_memory is self.memory
                else self.own_memory.setdefault(_FOR_REASONS, {})
            )
            if other.whole is not None:
                other.whole = other.whole.for_reasons()
        other.is_weak = is_weak
        if stands_at is not None:
            other.stands_at = stands_at
        return other


Term = Callable[[Scope], int]
"""Gives TRUE, FALSE or UNKNOWN."""

AnchorMoment = Moment | NoMoment
DueAnswer = Due | NoMoment
