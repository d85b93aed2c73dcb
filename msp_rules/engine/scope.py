"""Defines what a condition sees: the events in force, the subject, and how far in time it may look.

The same condition is asked for many subjects and at many moments of one case, so what was found
once is kept: for the case as a whole, or for one subject. What was found under an earlier horizon,
or in looking for a reason, is kept separately, because other events count there.
A decision that names no concern is linked here to the one that it decides (docs/readings.md, 9).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from msp_rules.casework.case import Case, Event, Supply
from msp_rules.casework.moments import Cutoff, Moment, is_by
from msp_rules.casework.visibility import CaseView
from msp_rules.casework.workdays import Due
from msp_rules.engine.long_lists import FEW, Events, Evidence, LongList
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN, NoMoment, kleene_or
from msp_rules.engine.verdict import Missing
from msp_rules.rules.language.rule import Settings

if TYPE_CHECKING:
    from msp_rules.engine.evidence_order import OrderOfEvents
    from msp_rules.engine.silences import Steps

_EVERYTHING: Final = Supply()
_MOST_CUTS: Final = 32
AnchorMoment = Moment | NoMoment
DueAnswer = Due | NoMoment
Likeness = tuple[object, ...]
"""All that a selection reads of a subject: for subjects that are alike, it finds the same."""
Doubts = tuple[tuple[str, ...], tuple[int, ...]]
"""The parts of an event that leave it open whether it is found, and the kinds of later events."""
ANY_ID: Final = ""
"""Stands for an id that could not be read: it may be any; no event has an empty one."""


class KeptResults:
    """Keeps what follows from a list of events alone, for all subjects for which it was found.

    `terms` holds the values of conditions, `events` those behind them, `doubts` what leaves
    selections open, `steps` the silences between them, and `parts` the lists that were cut from it,
    each by what asked for it.
    """

    __slots__ = ("_cuts", "_long", "doubts", "events", "parts", "steps", "terms")

    def __init__(self) -> None:
        self.terms: dict[object, int] = {}
        self.events: dict[object, list[Event]] = {}
        self.doubts: dict[object, tuple[Missing, ...]] = {}
        self.steps: dict[object, Steps] = {}
        self.parts: dict[object, Matches] = {}
        self._cuts: dict[object, Matches] = {}
        self._long: dict[int, Events] = {}

    def part(self, events: Events) -> Events:
        """Gives one of the two lists, if it is long as a part, from which others are cut."""
        if not isinstance(events, list) or len(events) <= FEW:
            return events
        known = self._long.get(id(events))
        if known is None:
            known = self._long[id(events)] = LongList(events).as_part()
        return known

    def cut(self, key: object) -> Matches | None:
        """Gives what was cut from them at some moment, if that was not long ago."""
        return self._cuts.get(key)

    def keep_cut(self, key: object, found: Matches) -> Matches:
        """Keeps that for the next subjects, of which those of one moment follow each other."""
        if len(self._cuts) >= _MOST_CUTS:
            self._cuts.clear()  # of thousands of moments there would be thousands of long lists
        self._cuts[key] = found
        return found


class Matches:
    """Holds the events that match a selection, certain and possible ones.

    Both lists are in order of time, as `CaseView.by_type` is. `is_open`: there may be any number
    more, because the source does not supply the type.
    """

    __slots__ = ("_derived", "certain", "earliest", "is_open", "latest", "possible")

    # No NamedTuple: dozens are made for a case, and its constructor is a call in Python.
    def __init__(self, certain: Events, possible: Events, is_open: bool) -> None:
        self.certain = certain
        self.possible = possible
        self.is_open = is_open
        self.earliest: list[Event] | None = None
        self.latest: list[Event] | None = None
        self._derived: KeptResults | None = None

    @property
    def is_large(self) -> bool:
        """True where it is worth while to keep what follows from it."""
        return len(self.certain) + len(self.possible) > FEW

    @property
    def derived(self) -> KeptResults:
        """The results that follow from these events alone; of none, which cases share, nothing."""
        if not self.certain and not self.possible:
            return KeptResults()
        if self._derived is None:
            self._derived = KeptResults()
        return self._derived


def passing(found: Matches, test: Callable[[Event], int]) -> Matches:
    """Gives the events that pass a test; those that may are possible ones."""
    certain: list[Event] = []
    possible: list[Event] = []
    for event in found.certain:
        value = test(event)
        if value == TRUE:
            certain.append(event)
        elif value == UNKNOWN:
            possible.append(event)
    more = [event for event in found.possible if test(event) != FALSE]
    if possible:
        more = list(merge(possible, more, key=_order))
    return Matches(certain, more, found.is_open)


def _order(event: Event) -> tuple[bool, int, int, str]:
    if event.moment is None:
        return True, 0, 0, event.id
    return False, *sort_key(event)


def undated(found: Matches, scope: Scope) -> Matches:
    """Gives the same events of which it is not known whether they lie within bounds."""
    if not found.certain:
        return found
    every = sorted([*found.certain, *found.possible], key=scope.place_of)
    return Matches([], every, found.is_open)


def joined(found: Matches, more: Matches, scope: Scope) -> Matches:
    """Adds some events of the same type, in order of time, and changes neither."""
    if not more.certain and not more.possible:
        return found
    certain, possible = list(found.certain), list(found.possible)
    for event in more.certain:
        insort(certain, event, key=scope.place_of)
    for event in more.possible:
        insort(possible, event, key=scope.place_of)
    return Matches(certain, possible, found.is_open)


def without(found: Matches, event: Event, scope: Scope) -> Matches:
    """Leaves out one event of the same type."""
    every, others = found.derived.part(found.certain), found.derived.part(found.possible)
    certain, possible = _all_but(every, event, scope), _all_but(others, event, scope)
    if certain is every and possible is others:
        return found
    return Matches(certain, possible, found.is_open)


def _all_but(events: Events, event: Event, scope: Scope) -> Events:
    if not isinstance(events, list):
        return events.without(event)
    place = bisect_left(events, scope.place_of(event), key=scope.place_of)
    is_there = place < len(events) and events[place] is event
    return events[:place] + events[place + 1 :] if is_there else events


class Finder:
    """Finds the events that a selection means; equal selections share one."""

    is_own: bool = True
    """True where it may find other events for another subject."""
    is_steady: bool = False
    """True where an earlier horizon only takes events away, and changes nothing else."""

    def find(self, scope: Scope) -> Matches:
        """Finds the events in a scope."""
        raise NotImplementedError

    def find_passing(self, test: Callable[[Event], int], key: object, scope: Scope) -> Matches:
        """Finds those that pass one more test, on which no subject bears; `key` stands for it."""
        raise NotImplementedError

    def can_find(self, scope: Scope) -> bool:
        """Tells whether any event could be found: not where an anchor has not happened."""
        raise NotImplementedError

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        """Names what leaves it open which events are found; empty where that is known."""
        raise NotImplementedError

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        """Gives the events at which a moving horizon changes what is found; None: any may."""
        raise NotImplementedError


class ManyEvents:
    """Keeps what very many subjects share where there are very many events.

    `alike` holds what was found for subjects that are alike to a selection, `named` what leaves it
    open about each event, and `fields` those that are in doubt in any event of a type. `ids` are
    those of the last long list, by rule. `amended` says by
    what fields events are no longer found, and `joined` holds lists of evidence with their parts.
    """

    __slots__ = ("alike", "amended", "fields", "ids", "joined", "named")

    def __init__(self) -> None:
        self.alike: dict[Likeness, Matches] = {}
        self.named: dict[Finder, tuple[dict[int, Doubts], int]] = {}
        self.fields: dict[object, tuple[str, ...]] = {}
        self.amended: dict[object, dict[int, tuple[Missing, ...] | None]] = {}
        self.ids: dict[str, tuple[Evidence, tuple[str, ...]]] = {}
        self.joined: dict[tuple[object, int], tuple[Evidence, Evidence, Evidence]] = {}


class Memory:
    """Keeps what was worked out once, for a subject or for all, up to one horizon.

    `found` holds the events of selections by their finder, `doubts` what leaves them open, and
    `terms` the values of conditions (of a concept by its name). `dues` holds limits, and
    `evidence` the events behind what rules expect. Each is made when it is first needed: a case has
    some thirty memories, and of a clear record most stay without. `own` and `shared` are what
    written functions keep, by the number of their place: few of a subject, many of the case.
    """

    __slots__ = (
        "_at",
        "_for_reasons",
        "_of_many",
        "doubts",
        "dues",
        "evidence",
        "found",
        "own",
        "shared",
        "terms",
    )

    def __init__(self, shared: int = 0) -> None:
        self.own: dict[int, Any] = {}
        self.shared: list[Any] = [None] * shared
        self.found: dict[Finder, Matches] | None = None
        self.terms: dict[object, int] | None = None
        self.dues: dict[object, DueAnswer] | None = None
        self.evidence: dict[object, Evidence] | None = None
        self.doubts: dict[Finder, tuple[Missing, ...]] | None = None
        self._at: dict[int, Memory] | None = None
        self._for_reasons: Memory | None = None
        self._of_many: ManyEvents | None = None

    @property
    def of_many(self) -> ManyEvents:
        """The part of the memory for cases of very many events."""
        if self._of_many is None:
            self._of_many = ManyEvents()
        return self._of_many

    def at(self, instant: int) -> Memory:
        """Gives the part of the memory for a horizon at an instant."""
        if self._at is None:
            self._at = {}
        known = self._at.get(instant)
        if known is None:
            known = self._at[instant] = Memory(len(self.shared))
        return known

    def for_reasons(self) -> Memory:
        """Gives the part of the memory in which everything counts as supplied."""
        if self._for_reasons is None:
            self._for_reasons = Memory(len(self.shared))
        return self._for_reasons


Explanations = tuple[list[Event], dict[str, list[Event]], list[int]]
"""Explanations, also by the ids that they may name, and when those end that may be of anyone."""


class Lookups:
    """Keeps what is looked up in one view of a case, for all scopes of it.

    None of it depends on a subject or a horizon. `moments` are those at which anything happened,
    each after the cutoff through it, and `instants` those of the cutoffs; `naming` lists a type's
    events by the ids that they may name in a field, and `places` says where each stands among those
    of its type; `ids` are those of all events of the case; `passing` holds the events that may
    pass the fixed tests of a finder. `concerns` lists the places of concerns by their ids, and
    `decided` says to which of them decisions belong that name none. `explanations` holds those
    that a condition may accept. `attributes` holds those of case or adult in the shape of an event;
    `named` the instants that the record names; `looks` when rules are to be evaluated again, by how
    they use the clock; `ends` those of reasons by the id of the rule. `order` is that of all
    events in time.
    """

    __slots__ = (
        "attributes",
        "concerns",
        "decided",
        "ends",
        "explanations",
        "ids",
        "instants",
        "looks",
        "moments",
        "named",
        "naming",
        "order",
        "passing",
        "places",
    )

    def __init__(self) -> None:
        self.moments: list[tuple[Cutoff, Moment]] = []
        self.instants: list[int] = []
        self.naming: dict[tuple[str, str, bool], dict[str, list[Event]]] = {}
        self.places: dict[str, dict[int, int]] = {}
        self.ids: frozenset[str] | None = None
        self.passing: dict[Finder, list[Event]] = {}
        self.decided: DecidedConcerns | None = None
        self.attributes: dict[str, Event] = {}
        self.named: frozenset[int] | None = None
        self.looks: dict[tuple[bool, tuple[int, ...]], int] = {}
        self.ends: dict[str, int | None] = {}
        self.explanations: dict[object, Explanations] = {}
        self.concerns: dict[str, list[int]] | None = None
        self.order: OrderOfEvents | None = None


class Scope:
    """Gives a condition what it may see in one evaluation.

    A scope is made from another and never changed once handed out: `on`, `seen_through` and
    `for_reasons` give the same scope only where it already is what was asked for.

    `this` is the subject, None where there is none. `horizon` is the last instant that counts, None
    for "now" (the view holds nothing later), and `whole` the same view without its horizon, None
    where it has none. `stands_at` is the instant at which a reason must stand; `is_weak` asks only
    whether a reason was given. `memory` is shared by all subjects, `own_memory` belongs to this
    one, and `lookups` serves all scopes of a case.
    """

    __slots__ = (
        "_cut_off",
        "as_of",
        "by_type",
        "case",
        "horizon",
        "is_clear",
        "is_weak",
        "leads_to",
        "lookups",
        "memory",
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
            self.lookups: Lookups = like.lookups
            self.memory: Memory = like.memory
            self.own_memory: Memory = like.own_memory
            self.whole: Scope | None = like.whole
            self.is_clear: bool = like.is_clear
            return
        self.this = None
        self.supply = view.case.supply
        self.horizon = None
        self.stands_at = view.as_of.instant
        self.is_weak = False
        self.lookups = Lookups()
        self.memory = Memory()
        self.own_memory = self.memory  # without a subject there is nothing of its own
        self.whole = None
        self.is_clear = False

    def begin_code(self, shared: int) -> None:
        """Makes room for what written functions keep of a clear record, before any is asked."""
        self.is_clear = True
        self.memory.shared = [None] * shared

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

    def naming(self, event_type: str, field: str) -> tuple[Sequence[Event], Sequence[Event]]:
        """Gives the events of a type that may name anyone in a field, and those for the subject.

        Each of a thousand outcomes may have its own progress: testing every one against every
        other would take a million tests.
        """
        lacks = self.supply.declared and not self.supply.has_field(event_type, field)
        key = (event_type, field, lacks)
        index = self.lookups.naming.get(key)
        if index is None:
            index = self.lookups.naming[key] = self._index(event_type, field, lacks=lacks)
        own = index.get(self.this.id, ()) if self.this is not None else ()
        return index.get(ANY_ID, ()), own

    def place_of(self, event: Event) -> int:
        """Gives the place of an event in force among those of its type."""
        places = self.lookups.places.get(event.type)
        if places is None:
            events = self.by_type[event.type]
            places = self.lookups.places[event.type] = {
                id(one): place for place, one in enumerate(events)
            }
        return places[id(event)]

    def is_event(self, named: str) -> bool:
        """Tells whether an event of the case has an id."""
        ids = self.lookups.ids
        if ids is None:
            ids = self.lookups.ids = frozenset([event.id for event in self.case.events])
        return named in ids

    def passing(
        self, finder: Finder, test: Callable[[Event, Scope], int], events: Sequence[Event]
    ) -> Sequence[Event]:
        """Gives those of a finder's events that may pass a test on which no subject bears."""
        if self.supply is not self.case.supply:
            return events  # in looking for a reason, other fields count as supplied
        found = self.lookups.passing.get(finder)
        if found is None:
            found = [event for event in events if test(event, self) != FALSE]
            self.lookups.passing[finder] = found
        return found

    def _index(self, kind: str, field: str, *, lacks: bool) -> dict[str, list[Event]]:
        """Lists events by the ids that they may name in a field; those of `ANY_ID` any.

        `lacks`: the source does not supply the field.
        """
        found: dict[str, list[Event]] = {}
        # A decision may belong to a concern that it does not name.
        decided = decided_concerns(self) if kind == DECISION and field == DECIDES_ON else None
        for event in self.by_type.get(kind, ()):
            value = event.fields.get(field)
            if value is not None:
                ids = [str(one) for one in value] if isinstance(value, tuple) else [str(value)]
                named = {*ids}
                for one in ids:
                    named |= self.leads_to.get(one, frozenset())
            elif field in event.unknown or lacks or (decided is not None and decided.is_doubtful):
                named = {ANY_ID}
            else:
                concern = None if decided is None else decided.concern_of(event)
                named = set[str]() if concern is None else {concern.id}
            for one in named:
                found.setdefault(one, []).append(event)
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


ID_OF: Final = attrgetter("id")
"""The id of an event, without a call in Python for each of thousands."""
TIME_OF: Final = attrgetter("moment.day", "moment.clock", "id")
"""Orders as `sort_key` does, likewise."""


class DecidedConcerns:
    """The concerns that decisions belong to which name none.

    Each belongs to the earliest concern on or before it that no earlier decision has decided.
    Asking for more information decides nothing, but belongs to a concern as well. Where any concern
    or decision is uncertain, each of the others might belong elsewhere.
    """

    __slots__ = ("_found", "is_doubtful")

    def __init__(self, scope: Scope) -> None:
        concerns, decisions = scope.by_type.get(CONCERN, ()), scope.by_type.get(DECISION, ())
        self.is_doubtful = any(_is_doubtful(event) for event in (*concerns, *decisions))
        # By identity: an id may be used twice. The view keeps the events.
        self._found: dict[int, Event] = {}
        if not self.is_doubtful:
            self._link(scope, sorted(concerns, key=sort_key), sorted(decisions, key=sort_key))

    def _link(self, scope: Scope, concerns: list[Event], decisions: list[Event]) -> None:
        decided: set[str] = set()
        first = 0
        for one in decisions:
            while first < len(concerns) and concerns[first].id in decided:
                first += 1
            named = one.fields.get(DECIDES_ON)
            found = None if named is not None else _earliest_open(one, concerns, first, decided)
            if found is not None:
                self._found[id(one)] = found
            if one.fields.get("result") == _NO_DECISION:
                continue
            if isinstance(named, tuple):
                decided.update(*(scope.leads_to.get(str(name), (str(name),)) for name in named))
            elif found is not None:
                decided.add(found.id)

    def concern_of(self, decision: Event) -> Event | None:
        """Gives the concern of a decision that names none; None where it belongs to none."""
        return self._found.get(id(decision))


def _earliest_open(
    decision: Event, concerns: list[Event], first: int, decided: set[str]
) -> Event | None:
    """Finds the earliest concern on or before a decision that is not decided, from a place on."""
    when = decision.moment
    assert when is not None
    for place in range(first, len(concerns)):
        concern = concerns[place]
        assert concern.moment is not None
        if concern.moment.day > when.day:
            return None
        if concern.id not in decided and is_by(concern.moment, when):
            return concern
    return None


def decided_concerns(scope: Scope) -> DecidedConcerns:
    """Gives which concerns are decided by decisions that name none, worked out once for a case."""
    known = scope.lookups.decided
    if known is None:
        known = scope.lookups.decided = DecidedConcerns(scope)
    return known


def belongs_to_subject(decision: Event, scope: Scope) -> int:
    """Tells whether a decision that names no concern belongs to the subject."""
    decided = decided_concerns(scope)
    if decided.is_doubtful:
        return UNKNOWN
    concern = decided.concern_of(decision)
    return TRUE if concern is not None and concern is scope.this else FALSE


def concerns_of(decision: Event, scope: Scope) -> list[tuple[Event, int]]:
    """Lists the concerns that a decision decides: surely (TRUE), or perhaps (UNKNOWN)."""
    concerns = scope.by_type.get(CONCERN, ())
    named = decision.fields.get(DECIDES_ON)
    is_supplied = scope.supply.has_field(DECISION, DECIDES_ON)
    if DECIDES_ON in decision.unknown or (named is None and not is_supplied):
        return [(concern, UNKNOWN) for concern in concerns]
    if named is None:
        decided = decided_concerns(scope)
        if decided.is_doubtful:
            return [(concern, UNKNOWN) for concern in concerns]
        found = decided.concern_of(decision)
        return [] if found is None else [(found, TRUE)]
    names = named if isinstance(named, tuple) else (named,)
    rows: list[tuple[Event, int]] = []
    for concern in _concerns_named([str(name) for name in names], scope):
        leads = [_leads_to(str(name), concern, scope) for name in names]
        decides = kleene_or(leads)
        if decides == TRUE and not concern.is_certain:
            decides = UNKNOWN
        if decides != FALSE:
            rows.append((concern, decides))
    return rows


def _concerns_named(names: list[str], scope: Scope) -> list[Event]:
    """Lists the concerns to which any of several ids may lead, in order of time."""
    concerns = scope.by_type.get(CONCERN, ())
    by_id = scope.lookups.concerns
    if by_id is None:
        by_id = scope.lookups.concerns = {}
        for place, concern in enumerate(concerns):
            by_id.setdefault(concern.id, []).append(place)
    ids = {end for name in names for end in (name, *scope.leads_to.get(name, ()))}
    return [concerns[place] for place in sorted([p for one in ids for p in by_id.get(one, ())])]


def _leads_to(named: str, concern: Event, scope: Scope) -> int:
    if named == concern.id:
        return TRUE
    ends = scope.leads_to.get(named, ())
    if concern.id not in ends:
        return FALSE
    return TRUE if len(ends) == 1 else UNKNOWN


def _is_doubtful(event: Event) -> bool:
    doubts = event.unknown & {DECIDES_ON, "result"}
    return not event.is_certain or event.moment is None or bool(doubts)
