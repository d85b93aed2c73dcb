"""Defines what a condition sees: the events in force, the subject, and how far in time it may look.

The same condition is asked for many subjects and at many moments of one case, so what was found
once is kept: for the case as a whole, or for one subject. What was found under an earlier horizon,
or in looking for a reason, is kept separately, because other events count there.
A decision that names no concern is linked here to the one that it decides (docs/readings.md, 9).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msp_rules.casework.case import Case, Event, Supply
from msp_rules.casework.moments import Cutoff, Moment, is_by
from msp_rules.casework.visibility import CaseView
from msp_rules.casework.workdays import Due
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN, NoMoment, kleene_or
from msp_rules.engine.verdict import Missing
from msp_rules.rules.language.rule import Settings

_EVERYTHING: Final = Supply()
_ANY: Final = ""
"""Stands for an id that could not be read: it may be any; no event has an empty one."""


class Matches:
    """Holds the events that match a selection, certain and possible ones.

    Both lists are in order of time, as `CaseView.by_type` is. `is_open`: there may be any number
    more, because the source does not supply the type.
    """

    __slots__ = ("certain", "is_open", "possible")

    # No NamedTuple: dozens are made for a case, and its constructor is a call in Python.
    def __init__(self, certain: list[Event], possible: list[Event], is_open: bool) -> None:
        self.certain = certain
        self.possible = possible
        self.is_open = is_open


class Finder:
    """Finds the events that a selection means; equal selections share one."""

    def find(self, scope: Scope) -> Matches:
        """Finds the events in a scope."""
        raise NotImplementedError

    def can_find(self, scope: Scope) -> bool:
        """Tells whether any event could be found: not where an anchor has not happened."""
        raise NotImplementedError

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        """Names what leaves it open which events are found; empty where that is known."""
        raise NotImplementedError


class Memory:
    """Keeps what was worked out once, each kind in a slot of its own type.

    `found` holds the events of selections by their finder, and `doubts` what leaves those open. The
    other three depend on no subject:
    `concepts` holds values by the concept's name, `attributes` the attributes of case or adult in
    the shape of an event, and `instants` those that the record names.
    """

    __slots__ = ("_at", "_for_reasons", "attributes", "concepts", "doubts", "found", "instants")

    def __init__(self) -> None:
        self.found: dict[Finder, Matches] = {}
        self.doubts: dict[Finder, tuple[Missing, ...]] = {}
        self.concepts: dict[str, int] = {}
        self.attributes: dict[str, Event] = {}
        self.instants: frozenset[int] | None = None
        self._at: dict[int, Memory] | None = None
        self._for_reasons: Memory | None = None

    def at(self, instant: int) -> Memory:
        """Gives the part of the memory for a horizon at an instant."""
        if self._at is None:
            self._at = {}
        known = self._at.get(instant)
        if known is None:
            known = self._at[instant] = Memory()
        return known

    def for_reasons(self) -> Memory:
        """Gives the part of the memory in which everything counts as supplied."""
        if self._for_reasons is None:
            self._for_reasons = Memory()
        return self._for_reasons


class Scope:
    """Gives a condition what it may see in one evaluation.

    A scope is made from another and never changed once handed out: `on`, `seen_through` and
    `for_reasons` give the same scope only where it already is what was asked for.

    `this` is the subject, None where there is none. `horizon` is the last instant that counts, None
    for "now" (the view holds nothing later), and `whole` the same view without its horizon, None
    where it has none. `stands_at` is the instant at which a reason must stand; `is_weak` asks only
    whether a reason was given. `moments` are those at which anything happened, each after the
    cutoff through it, once for all scopes of a case. `memory` is shared by all subjects,
    `own_memory` belongs to this one.
    """

    __slots__ = (
        "_cut_off",
        "_naming",
        "_passing",
        "as_of",
        "by_type",
        "case",
        "horizon",
        "is_weak",
        "leads_to",
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
        self._cut_off: dict[int, Scope] | None = None
        if like is not None:
            self.this: Event | None = like.this
            self.supply: Supply = like.supply
            self.horizon: Cutoff | None = like.horizon
            self.stands_at: int = like.stands_at
            self.is_weak: bool = like.is_weak
            self.moments: list[tuple[Cutoff, Moment]] = like.moments
            self.memory: Memory = like.memory
            self.own_memory: Memory = like.own_memory
            self.whole: Scope | None = like.whole
            self._naming: dict[tuple[str, str], dict[str, list[int]]] = like._naming
            self._passing: dict[Finder, list[Event]] = like._passing
            return
        self.this = None
        self.supply = view.case.supply
        self.horizon = None
        self.stands_at = view.as_of.instant
        self.is_weak = False
        self.moments = []
        self.memory = Memory()
        self.own_memory = self.memory  # without a subject there is nothing of its own
        self.whole = None
        self._naming = {}
        self._passing = {}

    def on(self, subject: Event | None) -> Scope:
        """Gives the same view with a subject."""
        if subject is self.this:
            return self
        other = Scope(self.view, self)
        other.this = subject
        other.own_memory = Memory()
        return other

    def now(self) -> Moment:
        """Gives the moment of the evaluation, or of the horizon where that is earlier."""
        cutoff = self.as_of if self.horizon is None else self.horizon
        return Moment(cutoff.day, 0, cutoff.instant)

    def refers(self, named: str) -> int:
        """Tells whether a reference to an id leads to the subject, following corrections."""
        if self.this is None:
            return FALSE
        if named == self.this.id:
            return TRUE
        ends = self.leads_to.get(named, ())
        if self.this.id not in ends:
            return FALSE
        return TRUE if len(ends) == 1 else UNKNOWN

    def naming(self, event_type: str, field: str, events: Sequence[Event]) -> Sequence[Event]:
        """Gives those of a type's events that may name the subject in a field, in their order.

        Each of a thousand outcomes may have its own progress: testing every one against every
        other would take a million tests.
        """
        this = self.this
        supply = self.supply
        if this is None or (supply.declared and not supply.has_field(event_type, field)):
            return events
        index = self._naming.get((event_type, field))
        if index is None:
            index = self._naming[event_type, field] = self._index(field, events)
        places = [*index.get(this.id, ()), *index.get(_ANY, ())]
        return [events[place] for place in sorted(places)]

    def passing(
        self, finder: Finder, test: Callable[[Event, Scope], int], events: Sequence[Event]
    ) -> Sequence[Event]:
        """Gives those of a finder's events that may pass a test on which no subject bears."""
        if self.supply is not self.case.supply:
            return events  # in looking for a reason, other fields count as supplied
        found = self._passing.get(finder)
        if found is None:
            found = [event for event in events if test(event, self) != FALSE]
            self._passing[finder] = found
        return found

    def _index(self, field: str, events: Sequence[Event]) -> dict[str, list[int]]:
        """Lists the places of events by the ids that they may name; `_ANY` stands for each."""
        found: dict[str, list[int]] = {}
        for place, event in enumerate(events):
            value = event.fields.get(field)
            if value is None:
                named = {_ANY} if field in event.unknown else set()
            else:
                ids = [str(one) for one in value] if isinstance(value, tuple) else [str(value)]
                named = {*ids}
                for one in ids:
                    named |= self.leads_to.get(one, frozenset())
            for one in named:
                found.setdefault(one, []).append(place)
        return found

    def seen_through(self, horizon: Cutoff) -> Scope:
        """Gives the same view, cut off at an earlier instant."""
        if horizon.instant >= self.as_of.instant:
            return self  # the view holds nothing later than that
        if self.horizon is not None and self.horizon < horizon:
            return self
        if self._cut_off is None:
            self._cut_off = {}
        known = self._cut_off.get(horizon.instant)
        if known is not None:
            return known
        other = Scope(self.view, self)
        other.horizon = horizon
        # Rules ask for the same horizons, and each of them more than once. Through one instant all
        # subjects see the same events, whatever horizon they came from: one memory serves them. A
        # subject's own memory starts afresh, for it may hang on the subject in other ways.
        other.memory = self.memory.at(horizon.instant)
        other.own_memory = other.memory if self.own_memory is self.memory else Memory()
        other.whole = self if self.whole is None else self.whole
        self._cut_off[horizon.instant] = other
        return other

    def forget(self) -> None:
        """Releases the scopes that were cut off from this one.

        They refer back to this one (`whole`), so otherwise only the garbage collector would free
        them, which would slow down a scan of a million cases.
        """
        self._cut_off = None

    def for_reasons(self, *, is_weak: bool = False, stands_at: int | None = None) -> Scope:
        """Gives the same view for the search for a reason.

        What a source cannot supply counts as absent there (docs/readings.md, section 11).
        """
        if not self.supply.declared and not is_weak and stands_at is None:
            return self
        other = Scope(self.view, self)
        if other.supply.declared:
            other.supply = _EVERYTHING
            other.memory = self.memory.for_reasons()
            other.own_memory = (
                other.memory if self.own_memory is self.memory else self.own_memory.for_reasons()
            )
            if other.whole is not None:
                other.whole = other.whole.for_reasons()
        other.is_weak = is_weak
        if stands_at is not None:
            other.stands_at = stands_at
        return other


def scope_of(view: CaseView, settings: Settings) -> Scope:
    """Gives what a condition sees of a case, by the settings of a ruleset."""
    scope = Scope(view)
    supply, absent = scope.supply, settings.absent_if_not_supplied
    if supply.declared and absent:
        # Of a type that is not supplied at all, its fields stay as unknown as the type.
        fields = {kind: names | absent for kind, names in supply.fields.items()}
        scope.supply = Supply(declared=True, types=supply.types, fields=fields)
    return scope


AnchorMoment = Moment | NoMoment
DueAnswer = Due | NoMoment
AnchorTerm = Callable[[Scope], AnchorMoment]
"""Gives the moment of an anchor."""


CONCERN: Final = "concern_raised"
DECISION: Final = "s42_decided"
DECIDES_ON: Final = "concern"
_NO_DECISION: Final = "more_information"


def sort_key(event: Event) -> tuple[int, int, str]:
    """Orders by day, time of day if known, and id; only events with a moment."""
    moment = event.moment
    assert moment is not None
    return (moment.day, moment.clock, event.id)


def belongs_to_subject(decision: Event, scope: Scope) -> int:
    """Tells whether a decision that names no concern belongs to the subject.

    It belongs to the earliest concern on or before it that no earlier decision has decided.
    Asking for more information decides nothing, but belongs to a concern as well. Where any concern
    or decision is uncertain, each of the others might belong elsewhere.
    """
    concerns, decisions = scope.by_type.get(CONCERN, ()), scope.by_type.get(DECISION, ())
    if any(_is_doubtful(event) for event in (*concerns, *decisions)):
        return UNKNOWN
    concern = _concern_of(decision, scope, concerns, decisions)
    return TRUE if concern is not None and concern is scope.this else FALSE


def concerns_of(decision: Event, scope: Scope) -> list[tuple[Event, int]]:
    """Lists the concerns that a decision decides: surely (TRUE), or perhaps (UNKNOWN)."""
    concerns, decisions = scope.by_type.get(CONCERN, ()), scope.by_type.get(DECISION, ())
    named = decision.fields.get(DECIDES_ON)
    is_supplied = scope.supply.has_field(DECISION, DECIDES_ON)
    if DECIDES_ON in decision.unknown or (named is None and not is_supplied):
        return [(concern, UNKNOWN) for concern in concerns]
    if named is None:
        if any(_is_doubtful(event) for event in (*concerns, *decisions)):
            return [(concern, UNKNOWN) for concern in concerns]
        found = _concern_of(decision, scope, concerns, decisions)
        return [] if found is None else [(found, TRUE)]
    rows: list[tuple[Event, int]] = []
    for concern in concerns:
        names = named if isinstance(named, tuple) else (named,)
        leads = [_leads_to(str(name), concern, scope) for name in names]
        decides = kleene_or(leads)
        if decides == TRUE and not concern.is_certain:
            decides = UNKNOWN
        if decides != FALSE:
            rows.append((concern, decides))
    return rows


def _leads_to(named: str, concern: Event, scope: Scope) -> int:
    if named == concern.id:
        return TRUE
    ends = scope.leads_to.get(named, ())
    if concern.id not in ends:
        return FALSE
    return TRUE if len(ends) == 1 else UNKNOWN


def _concern_of(
    decision: Event, scope: Scope, concerns: tuple[Event, ...], decisions: tuple[Event, ...]
) -> Event | None:
    decided: set[str] = set()
    for one in sorted(decisions, key=sort_key):
        named = one.fields.get(DECIDES_ON)
        found = None if named is not None else _earliest_open(one, concerns, decided)
        if one is decision:
            return found
        if one.fields.get("result") == _NO_DECISION:
            continue
        if isinstance(named, tuple):
            decided.update(*(scope.leads_to.get(str(name), (str(name),)) for name in named))
        elif found is not None:
            decided.add(found.id)
    return None


def _earliest_open(decision: Event, concerns: tuple[Event, ...], decided: set[str]) -> Event | None:
    when = decision.moment
    assert when is not None
    open_ones = [
        concern
        for concern in concerns
        if concern.id not in decided and concern.moment is not None and is_by(concern.moment, when)
    ]
    return min(open_ones, key=sort_key) if open_ones else None


def _is_doubtful(event: Event) -> bool:
    doubts = event.unknown & {DECIDES_ON, "result"}
    return not event.is_certain or event.moment is None or bool(doubts)
