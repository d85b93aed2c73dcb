"""The meaning of every condition: a term that gives true, false or unknown for one scope."""

from __future__ import annotations

from itertools import chain, combinations

from msp_rules.casework.case import WITHHELD, Case, Event
from msp_rules.casework.moments import (
    DATE_ONLY,
    Cutoff,
    Moment,
    cutoff_of,
    day_start,
    end_of_day,
    is_by,
    is_within,
)
from msp_rules.engine.open_concerns import sort_key
from msp_rules.engine.scope import Scope, Term
from msp_rules.engine.selections import (
    Clock,
    EventTest,
    Finder,
    Found,
    anchor,
    event_tests,
    field_test,
)
from msp_rules.engine.truth import (
    FALSE,
    NOT_HAPPENED,
    TRUE,
    UNKNOWN,
    UNKNOWN_MOMENT,
    NoMoment,
    kleene_and,
    kleene_not,
    kleene_or,
)
from msp_rules.rules.language.conditions import (
    AllOf,
    AnyOf,
    AtLeastNOf,
    AttributeTest,
    ConceptUse,
    Condition,
    Count,
    EventAnchor,
    ExplanationGiven,
    Extreme,
    Gap,
    InOrder,
    Limit,
    NoneOf,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
)
from msp_rules.rules.language.rule import Settings

_MANY_UNCERTAIN = 8
"""With more uncertain events than this, `latest` is unknown unless all agree: worlds double."""


class TermBuilder:
    """Builds the terms of one rule's conditions."""

    def __init__(
        self, rule_id: str, subject_type: str | None, clock: Clock, settings: Settings
    ) -> None:
        self.rule_id = rule_id
        self.subject_type = subject_type
        self.clock = clock
        self.settings = settings
        # Keyed by identity: hashing a deep tree for every answer would cost more than it saves.
        # The node is kept beside its term, so that its identity is not given to another.
        self._terms: dict[int, tuple[Condition, Term]] = {}
        self._finders: dict[int, tuple[Selection, Finder]] = {}

    def term(self, node: Condition) -> Term:
        """The term of a condition, built once for each node of a rule's tree."""
        known = self._terms.get(id(node))
        if known is None:
            known = self._terms[id(node)] = (node, self.build(node))
        return known[1]

    def finder(self, selection: Selection) -> Finder:
        """What finds the events of a selection, built once for each node of a rule's tree."""
        known = self._finders.get(id(selection))
        if known is None:
            known = self._finders[id(selection)] = (selection, self.clock.finder(selection))
        return known[1]

    def build(self, node: Condition) -> Term:
        """The term of a condition that is not part of a rule's tree; it is not kept."""
        match node:
            case Count():
                return self._count(node)
            case Extreme():
                return self._extreme(node)
            case Gap():
                return self._gap(node)
            case InOrder():
                return self._in_order(node)
            case AttributeTest():
                return self._attribute(node)
            case ConceptUse():
                return self._concept(node)
            case AllOf() | AnyOf() | NoneOf() | AtLeastNOf():
                return self._combination(node)
            case ExplanationGiven():
                return self._explanation(node)
            case ReasonRecorded():
                return self._reason(node)
            case ReasonInSubject():
                return self._reason_in_subject(node)

    def _combination(self, node: AllOf | AnyOf | NoneOf | AtLeastNOf) -> Term:
        parts = [self.term(part) for part in node.of]
        match node:
            case AllOf():
                return _every(parts)
            case AnyOf():
                return _any(parts)
            case NoneOf():
                some = _any(parts)
                return lambda scope: kleene_not(some(scope))
            case AtLeastNOf():
                wanted = node.n

                def enough(scope: Scope) -> int:
                    values = [part(scope) for part in parts]
                    return _bounded(values.count(TRUE), values.count(UNKNOWN), False, wanted, None)

                return enough

    def _count(self, node: Count) -> Term:
        at_least, at_most = node.at_least, node.at_most
        find = self.clock.finder(node.selection)
        if at_least == 1 and at_most is None:
            return _existence(find)
        if at_least is None and at_most == 0:
            exists = _existence(find)
            return lambda scope: kleene_not(exists(scope))

        def count(scope: Scope) -> int:
            found = find(scope)
            return _bounded(len(found.sure), len(found.perhaps), found.is_open, at_least, at_most)

        return count

    def _extreme(self, node: Extreme) -> Term:
        find = self.clock.finder(node.selection)
        passes = event_tests(node.where, node.where_any, node.selection.type, self.clock)
        is_latest = node.which == "latest"

        def extreme(scope: Scope) -> int:
            found = find(scope)
            if found.is_open:
                return UNKNOWN
            if not found.perhaps:
                return _newest_passes(found.sure, passes, scope, is_latest=is_latest)
            return _in_every_world(found, passes, scope, is_latest=is_latest)

        return extreme

    def _gap(self, node: Gap) -> Term:
        find, start = self.clock.finder(node.selection), anchor(node.start, self.clock)
        end, limit, clock = anchor(node.end, self.clock), node.at_most, self.clock

        def no_gap(scope: Scope) -> int:
            first, last = start(scope), end(scope)
            if first is NOT_HAPPENED:
                return FALSE
            if first is UNKNOWN_MOMENT or last is UNKNOWN_MOMENT:
                return UNKNOWN
            if last is NOT_HAPPENED or (
                scope.horizon is not None and not is_within(last, scope.horizon)
            ):
                stop = _now(scope)
            else:
                stop = last
            found = find(scope)
            dated = [event for event in found.perhaps if event.moment is not None]
            answers = {
                _steps_hold(first, stop, found.sure + world, limit, clock)
                for world in _worlds(dated)
            }
            if (found.is_open or len(dated) < len(found.perhaps)) and FALSE in answers:
                answers.add(TRUE)  # the unseen one may lie in the silence
            return answers.pop() if len(answers) == 1 else UNKNOWN

        return no_gap

    def _in_order(self, node: InOrder) -> Term:
        earlier = anchor(EventAnchor(which="first", selection=node.earlier), self.clock)
        later = anchor(EventAnchor(which="first", selection=node.later), self.clock)

        def in_order(scope: Scope) -> int:
            one, other = earlier(scope), later(scope)
            if other is NOT_HAPPENED:
                return TRUE
            if one is UNKNOWN_MOMENT or other is UNKNOWN_MOMENT:
                return UNKNOWN
            if one is NOT_HAPPENED:
                return FALSE
            return TRUE if is_by(one, other) else FALSE

        return in_order

    def _attribute(self, node: AttributeTest) -> Term:
        if node.of == "this":
            passes = event_tests(node.where, (), self.subject_type or "", self.clock)

            def subject_passes(scope: Scope) -> int:
                if scope.this is None:
                    return FALSE
                return TRUE if passes is None else passes(scope.this, scope)

            return subject_passes
        checks = [field_test(test, f"<{node.of}>", self.clock) for test in node.where]
        of, name = node.of, f"attributes of {node.of}"

        def attributes_pass(scope: Scope) -> int:
            record: Event | None = scope.memory.get(name)
            if record is None:
                record = scope.memory[name] = _attributes(scope.case, of)
            return kleene_and([check(record, scope) for check in checks])

        return attributes_pass

    def _concept(self, node: ConceptUse) -> Term:
        term = self.term(node.condition)
        if node.at is None:
            return _remembered(term, f"concept {node.name}")
        at = anchor(node.at, self.clock)

        def holds_then(scope: Scope) -> int:
            moment = at(scope)
            if moment is NOT_HAPPENED:
                return FALSE
            if moment is UNKNOWN_MOMENT:
                return UNKNOWN
            return term(scope.seen_through(cutoff_of(moment)))

        return holds_then

    def _explanation(self, node: ExplanationGiven) -> Term:
        codes, builder = frozenset(node.codes), self

        def given(scope: Scope) -> int:
            answer = FALSE
            for event in scope.by_type.get("explanation", ()):
                value = builder.explanation_value(event, codes, scope)
                if value == TRUE:
                    return TRUE
                if value == UNKNOWN:
                    answer = UNKNOWN
            return answer

        return given

    def explanation_value(self, event: Event, codes: frozenset[str], scope: Scope) -> int:
        """Whether one `explanation` event is an accepted reason, as the scope asks."""
        if _is_beyond(event, scope):
            return FALSE
        return kleene_and(list(self._explanation_values(event, codes, scope).values()))

    def explanation_tests(self, node: ExplanationGiven) -> list[tuple[str, EventTest]]:
        """What is asked of an `explanation` event, each by its name."""
        codes = frozenset(node.codes)

        def value_of(name: str) -> EventTest:
            return lambda event, scope: self._explanation_values(event, codes, scope).get(
                name, TRUE
            )

        names = ("rule", "code", "subject", "text", "standing")
        return [(name, value_of(name)) for name in names]

    def _explanation_values(
        self, event: Event, codes: frozenset[str], scope: Scope
    ) -> dict[str, int]:
        values = {
            "event": TRUE if event.is_certain and event.moment is not None else UNKNOWN,
            "rule": _text_is(event, "rule", self.rule_id),
            "code": _code_is_one_of(event, codes),
            "subject": _names_subject(event, scope),
        }
        if not scope.is_weak:
            values["text"] = _has(event, "text")
        if FALSE in values.values():
            return values
        last = self._explanation_end(event)
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

    def standing_test(self, node: ReasonRecorded | ReasonInSubject) -> EventTest:
        """Whether a reason has its text and still stands."""
        return lambda event, scope: self.standing_value(event, node, scope)

    def _explanation_end(self, event: Event) -> Cutoff | NoMoment | None:
        """The last instant at which an explanation stands; None: it stands for good."""
        review = event.fields.get("review_by")
        if isinstance(review, Moment):
            return end_of_day(review.day)
        if "review_by" in event.unknown or "code" in event.unknown:
            return UNKNOWN_MOMENT
        if event.fields.get("code") not in self.settings.temporary_codes:
            return None
        return self._after(event, self.settings.max_temporary_reason)

    def _after(self, event: Event, limit: Limit) -> Cutoff | NoMoment:
        if event.moment is None:
            return UNKNOWN_MOMENT
        due = self.clock.due(event.moment, limit)
        return due if isinstance(due, NoMoment) else due.cutoff

    def _reason(self, node: ReasonRecorded) -> Term:
        find, builder = self.clock.finder(node.selection), self

        def given(scope: Scope) -> int:
            found = find(scope)
            answer = UNKNOWN if found.is_open else FALSE
            for event in found.sure:
                value = builder.standing_value(event, node, scope)
                if value == TRUE:
                    return TRUE
                if value == UNKNOWN:
                    answer = UNKNOWN
            for event in found.perhaps:
                if builder.standing_value(event, node, scope):
                    return UNKNOWN
            return answer

        return given

    def _reason_in_subject(self, node: ReasonInSubject) -> Term:
        passes = event_tests(node.where, (), self.subject_type or "", self.clock)
        builder = self

        def given(scope: Scope) -> int:
            event = scope.this
            if event is None or _is_beyond(event, scope):
                return FALSE
            value = TRUE if passes is None else passes(event, scope)
            return kleene_and([value, builder.standing_value(event, node, scope)])

        return given

    def standing_value(
        self, event: Event, node: ReasonRecorded | ReasonInSubject, scope: Scope
    ) -> int:
        """Whether a reason has its text and still stands, as the scope asks."""
        if scope.is_weak:
            return TRUE
        values = [_has(event, name) for name in node.needs]
        last: Cutoff | NoMoment | None = None
        if node.standing is not None:
            review = event.fields.get(node.standing)
            if isinstance(review, Moment):
                last = end_of_day(review.day)
            elif node.standing in event.unknown:
                last = UNKNOWN_MOMENT
            else:
                last = self._after(event, self.settings.max_temporary_reason)
        elif node.stands_for is not None:
            last = self._after(event, node.stands_for)
        if last is not None:
            values.append(_stands(last, scope))
        return kleene_and(values)


def _remembered(term: Term, name: str) -> Term:
    """A term that hangs on no subject, worked out once for a case; rules share it by its name."""

    def remembered(scope: Scope) -> int:
        value = scope.memory.get(name)
        if value is None:
            value = scope.memory[name] = term(scope)
        return int(value)

    return remembered


def _existence(find: Finder) -> Term:
    """Whether a selection finds any event at all."""

    def exists(scope: Scope) -> int:
        found = find(scope)
        if found.sure:
            return TRUE
        return UNKNOWN if found.perhaps or found.is_open else FALSE

    return exists


def _every(parts: list[Term]) -> Term:
    """All of several terms; looks no further than the first that is false."""

    def every(scope: Scope) -> int:
        answer = TRUE
        for part in parts:
            value = part(scope)
            if value == FALSE:
                return FALSE
            if value == UNKNOWN:
                answer = UNKNOWN
        return answer

    return every


def _any(parts: list[Term]) -> Term:
    """Any of several terms; looks no further than the first that is true."""

    def some(scope: Scope) -> int:
        answer = FALSE
        for part in parts:
            value = part(scope)
            if value == TRUE:
                return TRUE
            if value == UNKNOWN:
                answer = UNKNOWN
        return answer

    return some


def _bounded(sure: int, perhaps: int, is_open: bool, low: int | None, high: int | None) -> int:
    """Whether a number between `sure` and `sure + perhaps` (or more) lies within bounds."""
    answer = TRUE
    if low is not None and sure < low:
        if not is_open and sure + perhaps < low:
            return FALSE
        answer = UNKNOWN
    if high is not None and (is_open or sure + perhaps > high):
        if sure > high:
            return FALSE
        answer = UNKNOWN
    return answer


def newest(events: list[Event], *, is_latest: bool) -> list[Event]:
    """The events than which none is certainly later (or earlier); all of them have a moment."""
    if len(events) < 2:
        return events
    moments = [event.moment for event in events if event.moment is not None]
    days = [moment.day for moment in moments]
    day = max(days) if is_latest else min(days)
    # Of that day, those without a time may be the last, and so may the last of those with one.
    times = [one.instant for one in moments if one.day == day and one.clock != DATE_ONLY]
    instant = 0 if not times else max(times) if is_latest else min(times)
    return [
        event
        for event, moment in zip(events, moments, strict=True)
        if moment.day == day and (moment.clock == DATE_ONLY or moment.instant == instant)
    ]


def _newest_passes(
    events: list[Event], passes: EventTest | None, scope: Scope, *, is_latest: bool
) -> int:
    top = newest(events, is_latest=is_latest)
    if not top:
        return FALSE
    return TRUE if passes is None else kleene_or([passes(event, scope) for event in top])


def _in_every_world(
    found: Found, passes: EventTest | None, scope: Scope, *, is_latest: bool
) -> int:
    """The answer that holds whichever of the uncertain events exist; else unknown."""
    dated = [event for event in found.perhaps if event.moment is not None]
    undated = [event for event in found.perhaps if event.moment is None]
    answers = {
        _newest_passes(found.sure + world, passes, scope, is_latest=is_latest)
        for world in _worlds(dated)
    }
    answers |= {TRUE if passes is None else passes(event, scope) for event in undated}
    return answers.pop() if len(answers) == 1 else UNKNOWN


def _worlds(uncertain: list[Event]) -> list[list[Event]]:
    """Every choice of the uncertain events that may exist; of very many, the plainest ones."""
    if len(uncertain) > _MANY_UNCERTAIN:
        return [[], *([event] for event in uncertain), uncertain]
    sizes = range(len(uncertain) + 1)
    return [list(w) for w in chain.from_iterable(combinations(uncertain, n) for n in sizes)]


def _steps_hold(
    start: Moment, stop: Moment, events: list[Event], limit: Limit, clock: Clock
) -> int:
    moments = [
        event.moment
        for event in sorted((e for e in events if e.moment is not None), key=sort_key)
        if event.moment is not None and is_by(start, event.moment) and is_by(event.moment, stop)
    ]
    previous = start
    for moment in [*moments, stop]:
        due = clock.due(previous, limit)
        if isinstance(due, NoMoment):
            return UNKNOWN
        if not is_within(moment, due.cutoff):
            return FALSE
        previous = moment
    return TRUE


def _now(scope: Scope) -> Moment:
    cutoff = scope.horizon or scope.as_of
    return Moment(cutoff.day, 0, cutoff.instant)


def _attributes(case: Case, of: str) -> Event:
    """The attributes of the case or the adult in the shape of an event, for the field tests."""
    prefix = f"{of}."
    unknown = frozenset(n.removeprefix(prefix) for n in case.unknown if n.startswith(prefix))
    fields = case.adult if of == "adult" else case.attributes
    agency = fields.get("agency")
    return Event(
        id=case.id,
        type=f"<{of}>",
        moment=None,
        recorded=None,
        fields=dict(fields),
        agency=agency if isinstance(agency, str) else None,
        unknown=unknown,
    )


def _is_beyond(event: Event, scope: Scope) -> bool:
    horizon = scope.horizon
    return horizon is not None and event.moment is not None and not is_within(event.moment, horizon)


def _has(event: Event, field: str) -> int:
    if field in event.fields:
        return TRUE
    return UNKNOWN if field in event.unknown else FALSE


def _text_is(event: Event, field: str, wanted: str) -> int:
    value = event.fields.get(field)
    if value is None:
        return UNKNOWN if field in event.unknown else FALSE
    if value == WITHHELD:
        return UNKNOWN
    return TRUE if value == wanted else FALSE


def _code_is_one_of(event: Event, codes: frozenset[str]) -> int:
    code = event.fields.get("code")
    if code is None and "code" in event.unknown:
        return UNKNOWN
    return TRUE if code in codes else FALSE


def _stands(last: Cutoff | NoMoment, scope: Scope) -> int:
    if isinstance(last, NoMoment):
        return UNKNOWN
    return TRUE if scope.stands_at <= last.instant else FALSE


def _names_subject(event: Event, scope: Scope) -> int:
    if scope.this is None:
        return TRUE
    value = event.fields.get("subject")
    if value is None:
        return UNKNOWN if "subject" in event.unknown else TRUE
    if value == WITHHELD:
        return UNKNOWN
    return scope.refers(str(value))


__all__ = ["TermBuilder", "newest"]
