"""Judges reasons that are accepted instead of evidence: which count, and until when.

A reason that ends is given at one moment and stands until another (docs/readings.md, sections 5 and
11). The scope decides the question: whether a reason stands at its `stands_at`, or (`is_weak`) only
whether one was given, which a lapsed reason still shows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Final

from msp_rules.casework.case import WITHHELD, Event
from msp_rules.casework.moments import Cutoff, Moment, day_start, end_of_day, is_within
from msp_rules.engine.bounds import cut_off
from msp_rules.engine.compiled import Compiled, Considered, OfEvents, Way, unsupplied
from msp_rules.engine.field_tests import EventTest, NamedTest
from msp_rules.engine.long_lists import FEW, Evidence
from msp_rules.engine.scope import ANY_ID, Matches, Scope, joined
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN, UNKNOWN_MOMENT, NoMoment, kleene_and
from msp_rules.engine.verdict import Missing
from msp_rules.errors import equally_near
from msp_rules.rules.language.conditions import (
    Condition,
    ExplanationGiven,
    Limit,
    ReasonInSubject,
    ReasonRecorded,
    walk,
)
from msp_rules.rules.language.rule import Settings

EXPLANATION = "explanation"
"""The type of the event that explains a rule by name."""
_MISSPELT_KEPT = 1_024
_ASKED_OF_EXPLANATION = ("rule", "code", "subject", "text", "standing")


class Reasons:
    """Judges the reasons that one rule accepts.

    `rule_ids` are all that an explanation may name; empty where they are not known.
    """

    def __init__(
        self, rule_id: str, clock: Clock, settings: Settings, rule_ids: frozenset[str] = frozenset()
    ) -> None:
        self.rule_id = rule_id
        self.rule_ids = rule_ids
        self.clock = clock
        self.settings = settings

    def explains(self, event: Event, codes: frozenset[str], scope: Scope) -> int:
        """Tells whether an `explanation` event is an accepted reason, as the scope asks."""
        if _is_beyond(event, scope):
            return FALSE
        return kleene_and(list(self._of_explanation(event, codes, scope).values()))

    def may_explain(self, event: Event, codes: frozenset[str]) -> bool:
        """Tells whether an `explanation` may name the rule and an accepted code."""
        return self._names_rule(event) != FALSE and _code_is_one_of(event, codes) != FALSE

    def explanation_tests(self, codes: frozenset[str]) -> list[NamedTest]:
        """Lists every test of an `explanation` event, each with its name."""

        def value_of(name: str) -> EventTest:
            return lambda event, scope: self._of_explanation(event, codes, scope).get(name, TRUE)

        return [(name, value_of(name)) for name in _ASKED_OF_EXPLANATION]

    def _of_explanation(self, event: Event, codes: frozenset[str], scope: Scope) -> dict[str, int]:
        values = {
            "event": TRUE if event.is_certain and event.moment is not None else UNKNOWN,
            "rule": self._names_rule(event),
            "code": _code_is_one_of(event, codes),
            "subject": _names_subject(event, scope),
        }
        if not scope.is_weak:
            values["text"] = _has(event, "text")
        if FALSE in values.values():
            return values
        last = self.explanation_end(event)
        if last is None:
            return values
        if not scope.is_weak:
            values["standing"] = _stands(last, scope)
        subject = scope.this.moment if scope.this is not None else None
        if subject is not None and "subject" not in event.fields:
            if isinstance(last, NoMoment):
                values["subject"] = UNKNOWN
            elif last.instant < day_start(subject.day):
                # It had ended before the subject, unless it is the subject that it names.
                values["subject"] = UNKNOWN if "subject" in event.unknown else FALSE
        return values

    def _names_rule(self, event: Event) -> int:
        """Tells whether an explanation names the rule; unknown where a misspelt id may mean it."""
        named = named_rule(event)
        if named is None:
            is_open = event.fields.get("rule") == WITHHELD or "rule" in event.unknown
            return UNKNOWN if is_open else FALSE
        if named == self.rule_id:
            return TRUE
        return UNKNOWN if self.rule_id in meant_by(named, self.rule_ids) else FALSE

    def explanation_end(self, event: Event) -> Cutoff | NoMoment | None:
        """Gives the last instant at which an explanation stands; None: it stands for good."""
        review = event.fields.get("review_by")
        if isinstance(review, Moment):
            return end_of_day(review.day)
        if "review_by" in event.unknown or "code" in event.unknown:
            return UNKNOWN_MOMENT
        if event.fields.get("code") not in self.settings.temporary_codes:
            return None
        return self._after(event, self.settings.max_temporary_reason)

    def stands(self, event: Event, node: ReasonRecorded | ReasonInSubject, scope: Scope) -> int:
        """Tells whether a reason in another event has its text and stands as the scope requires."""
        if scope.is_weak:
            return TRUE
        values = [_has(event, name) for name in node.needs]
        last = self._reason_end(event, node)
        if last is not None:
            values.append(_stands(last, scope))
        return kleene_and(values)

    def _reason_end(
        self, event: Event, node: ReasonRecorded | ReasonInSubject
    ) -> Cutoff | NoMoment | None:
        """Gives the last instant at which a reason stands; None: it stands for good."""
        if node.standing is not None:
            review = event.fields.get(node.standing)
            if isinstance(review, Moment):
                return end_of_day(review.day)
            if node.standing in event.unknown:
                return UNKNOWN_MOMENT
            return self._after(event, self.settings.max_temporary_reason)
        return None if node.stands_for is None else self._after(event, node.stands_for)

    def _after(self, event: Event, limit: Limit) -> Cutoff | NoMoment:
        if event.moment is None:
            return UNKNOWN_MOMENT
        due = self.clock.due(event.moment, limit)
        return due if isinstance(due, NoMoment) else due.cutoff


_NONE: Final = Matches([], [], is_open=False)


class Explanation(Compiled):
    """`recorded: explanation` with `codes`: an accepted explanation of this very rule."""

    def __init__(self, node: ExplanationGiven, reasons: Reasons) -> None:
        self.asks_for_reasons = True
        self.codes = frozenset(node.codes)
        self.reasons = reasons

    def term(self, scope: Scope) -> int:
        """Tells whether any explanation is accepted."""
        found = self._accepted(scope)
        if found.certain:
            return TRUE
        return UNKNOWN if found.possible else FALSE

    def rests_on(self, scope: Scope) -> Evidence | None:
        """Gives every explanation that is accepted."""
        return self._accepted(scope).certain or None

    def _accepted(self, scope: Scope) -> Matches:
        """Finds those that are accepted, and those that may be.

        Where there are many, subjects share those that may be of anyone, unless one of them ends
        between their days, or between the instants at which it must stand for them.
        """
        if EXPLANATION not in scope.by_type:
            return _NONE
        known = scope.lookups.explanations.get(self)
        if known is None:
            events = [
                event
                for event in scope.by_type[EXPLANATION]
                if self.reasons.may_explain(event, self.codes)
            ]
            by_subject = _by_subject(events, scope)
            ends = self._ends(by_subject.get(ANY_ID, ()))
            known = scope.lookups.explanations[self] = (events, by_subject, ends)
        events, by_subject, ends = known
        if len(events) <= FEW:
            return self._those_accepted(events, scope)
        horizon = scope.horizon
        if scope.whole is not None and horizon is not None:
            whole = scope.whole.for_reasons(is_weak=scope.is_weak, stands_at=scope.stands_at)
            return cut_off(self._accepted(whole), horizon)
        if scope.this is None:
            return self._those_accepted(events, scope)
        of_anyone = by_subject.get(ANY_ID, ())
        own = by_subject.get(scope.this.id, ())
        if not of_anyone:
            return self._those_accepted(own, scope)
        moment = scope.this.moment
        ended = None if moment is None else bisect_left(ends, day_start(moment.day))
        standing = bisect_left(ends, scope.stands_at)
        key = (self, ended, standing, scope.is_weak)
        found = scope.memory.of_many.alike.get(key)
        if found is None:
            found = scope.memory.of_many.alike[key] = self._those_accepted(of_anyone, scope)
        return joined(found, self._those_accepted(own, scope), scope) if own else found

    def _ends(self, events: Sequence[Event]) -> list[int]:
        """Lists the instants at which explanations end, in order."""
        ends = [self.reasons.explanation_end(event) for event in events]
        return sorted({end.instant for end in ends if isinstance(end, Cutoff)})

    def _those_accepted(self, events: Sequence[Event], scope: Scope) -> Matches:
        if not events:
            return _NONE
        certain: list[Event] = []
        possible: list[Event] = []
        for event in events:
            value = self.reasons.explains(event, self.codes, scope)
            if value == TRUE:
                certain.append(event)
            elif value == UNKNOWN:
                possible.append(event)
        return Matches(certain, possible, is_open=False)

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        """Names the code and the text of an explanation: either may be in doubt."""
        return (Missing(EXPLANATION, ("code", "text")),)

    def unsupplied(self, scope: Scope) -> tuple[Missing, ...]:
        """Names the type `explanation`, where the source cannot deliver it."""
        return unsupplied(EXPLANATION, scope)

    def considered(self, scope: Scope) -> Iterable[Considered]:
        """Lists every explanation, whichever rule it names."""
        tests = self.reasons.explanation_tests(self.codes)
        return [(event, tests) for event in scope.by_type.get(EXPLANATION, ())]


class RecordedReason(OfEvents):
    """`recorded` with `standing`, `stands_for` or `needs`: a reason in an event of another type."""

    def __init__(self, node: ReasonRecorded, reasons: Reasons) -> None:
        super().__init__(node.selection, reasons.clock)
        self.asks_for_reasons = True
        self.node = node
        self.reasons = reasons

    def term(self, scope: Scope) -> int:
        """Tells whether any such event has a reason that stands."""
        found = self._standing(scope)
        if found.certain:
            return TRUE
        return UNKNOWN if found.possible or found.is_open else FALSE

    def _standing(self, scope: Scope) -> Matches:
        found = self.finder.find(scope)
        if not found.certain and not found.possible:
            return found
        key = (self, scope.is_weak, scope.stands_at)
        return self.finder.find_passing(partial(self._stands, scope=scope), key, scope)

    def _stands(self, event: Event, scope: Scope) -> int:
        return self.reasons.stands(event, self.node, scope)

    def rests_on(self, scope: Scope) -> Evidence | None:
        """Gives every such event whose reason stands."""
        return self._standing(scope).certain or None

    def considered(self, scope: Scope) -> Iterable[Considered]:
        """Lists the newest events of the type, and asks whether their reasons stand."""
        return self.considered_with([("standing, with its text", self._stands)], scope)


class SubjectsReason(Compiled):
    """`this` with `standing`, `stands_for` or `needs`: a reason in the subject itself.

    `fields` is what the same tests mean where they are no reason.
    """

    def __init__(self, node: ReasonInSubject, fields: Compiled, reasons: Reasons) -> None:
        self.asks_for_reasons = True
        self.node = node
        self.fields = fields
        self.reasons = reasons

    def term(self, scope: Scope) -> int:
        """Tells whether the subject holds a reason that stands."""
        event = scope.this
        if event is None or _is_beyond(event, scope):
            return FALSE
        return kleene_and([self.fields.term(scope), self.reasons.stands(event, self.node, scope)])

    def behind(self, scope: Scope) -> Evidence:
        """Gives the subject itself."""
        return self.fields.behind(scope)

    def way(self, scope: Scope) -> Way:
        """Names the fields of the subject that would give the reason."""
        return self.fields.missing(scope)

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        """Names the fields of the subject that are in doubt."""
        return self.fields.lacking(scope)

    def considered(self, scope: Scope) -> Iterable[Considered]:
        """Lists the subject, with the tests of its fields."""
        return self.fields.considered(scope)


def reason_types(node: Condition | None, subject_type: str | None) -> Iterator[str]:
    """Names the types of events in which a reason of a block may end."""
    for part in walk(node):
        if isinstance(part, ExplanationGiven):
            yield EXPLANATION
        elif isinstance(part, ReasonRecorded):
            yield part.selection.type
        elif isinstance(part, ReasonInSubject):
            yield subject_type or ""


def stand_limits(node: Condition | None) -> Iterator[Limit]:
    """Gives the lengths for which reasons of a block stand, where the block sets them."""
    for part in walk(node):
        if isinstance(part, ReasonRecorded | ReasonInSubject) and part.stands_for is not None:
            yield part.stands_for


def _is_beyond(event: Event, scope: Scope) -> bool:
    """Tells whether an event lies after the horizon."""
    horizon = scope.horizon
    return horizon is not None and event.moment is not None and not is_within(event.moment, horizon)


def _stands(last: Cutoff | NoMoment, scope: Scope) -> int:
    if isinstance(last, NoMoment):
        return UNKNOWN
    return TRUE if scope.stands_at <= last.instant else FALSE


def _has(event: Event, field: str) -> int:
    if field in event.fields:
        return TRUE
    return UNKNOWN if field in event.unknown else FALSE


def _code_is_one_of(event: Event, codes: frozenset[str]) -> int:
    code = event.fields.get("code")
    if code is None and "code" in event.unknown:
        return UNKNOWN
    return TRUE if code in codes else FALSE


def named_rule(event: Event) -> str | None:
    """Gives the rule that an explanation names; None where it names none that can be read."""
    value = event.fields.get("rule")
    return None if value is None or value == WITHHELD else str(value).strip()


def meant_by(named: str, rule_ids: frozenset[str]) -> tuple[str, ...]:
    """Gives the rules that a misspelt id may mean; empty where it is the id of a rule itself."""
    return () if not rule_ids or named in rule_ids else _nearest(named, rule_ids)


@lru_cache(maxsize=_MISSPELT_KEPT)
def _nearest(named: str, rule_ids: frozenset[str]) -> tuple[str, ...]:
    """Remembers what is like a misspelt id: each rule asks for it, of each subject."""
    return equally_near(named, rule_ids)


def _by_subject(events: list[Event], scope: Scope) -> dict[str, list[Event]]:
    """Lists explanations by the ids that they may name; `ANY_ID` is for any."""
    found: dict[str, list[Event]] = {}
    for event in events:
        value = event.fields.get("subject")
        named = str(value).strip()
        is_open = value is None or value == WITHHELD
        for one in (ANY_ID,) if is_open else {named, *scope.leads_to.get(named, ())}:
            found.setdefault(one, []).append(event)
    return found


def _names_subject(event: Event, scope: Scope) -> int:
    value = event.fields.get("subject")
    if scope.this is None:
        # A row without a subject takes whichever event is named, as long as there is one.
        is_named = value is not None and value != WITHHELD
        return TRUE if not is_named or scope.is_event(str(value).strip()) else FALSE
    if value is None:
        return UNKNOWN if "subject" in event.unknown else TRUE
    if value == WITHHELD:
        return UNKNOWN
    return scope.refers(str(value).strip())
