"""Makes an answer of a decision: limit, evidence, what is missing, colour, next change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from msp_rules.casework.case import Event, Fault
from msp_rules.casework.moments import Moment, end_of_day
from msp_rules.casework.plausible_dates import OCCURRED
from msp_rules.casework.workdays import Due
from msp_rules.engine.clock_use import next_look
from msp_rules.engine.compiled import in_order_of_time
from msp_rules.engine.compiler import CompiledRule, SuspensionState
from msp_rules.engine.dues import number_on
from msp_rules.engine.evidence_order import ids_in_order
from msp_rules.engine.long_lists import FEW, Evidence, gathered
from msp_rules.engine.scope import DueAnswer, Scope
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, TRUE
from msp_rules.engine.verdict import Answer, Decision, LimitNumber, Missing, Row, Verdict
from msp_rules.rules.language.rule import Basis, Colour, Rule

# Texts, not members: reading `.value` of a member costs more than all else here (CPython 3.11).
_COLOURS: Final = {
    Verdict.MET: "green",
    Verdict.EXPLAINED: "green",
    Verdict.MET_LATE: "amber",
    Verdict.PARTLY_MET: "amber",
    Verdict.CANNOT_TELL: "grey",
    Verdict.NOT_YET_DUE: "none",
    Verdict.NOT_APPLICABLE: "none",
}
_RED: Final = str(Colour.RED)
_AMBER: Final = str(Colour.AMBER)
_GREY: Final = str(Colour.GREY)
_NONE: Final = str(Colour.NONE)
_SETTLED: Final = frozenset(
    {Verdict.MET, Verdict.MET_LATE, Verdict.NOT_APPLICABLE, Verdict.NOT_MET}
)
_MISMATCHES: Final = frozenset({Verdict.NOT_MET, Verdict.PARTLY_MET, Verdict.CANNOT_TELL})
_NOTHING_MISSING: Final = frozenset({Verdict.MET, Verdict.EXPLAINED, Verdict.NOT_APPLICABLE})


def answer(
    compiled: CompiledRule,
    decision: Decision,
    scope: Scope,
    due: DueAnswer,
    held: Mapping[int, SuspensionState],
    *,
    foresees: bool,
    gives_grounds: bool,
) -> Answer:
    """Answers one rule for the scope's subject; adds next change and grounds only if asked."""
    verdict = decision.verdict
    clock_use = compiled.clock_use if foresees else None
    changes_at = next_look(clock_use, scope) if clock_use is not None else None
    if verdict is Verdict.NOT_APPLICABLE:
        same = compiled.not_applicable
        if scope.this is None and changes_at is None:
            return same
        subject = scope.this.id if scope.this is not None else None
        values = (
            same.rule,
            subject,
            verdict,
            None,
            (),
            (),
            same.severity,
            "none",
            changes_at,
            None,
            None,
            None,
        )
        return tuple.__new__(Answer, values)
    subject = scope.this.id if scope.this is not None else None
    known = due if isinstance(due, Due) else None
    if foresees and (verdict not in _SETTLED or compiled.may_excuse_later):
        changes_at = _soonest(changes_at, compiled, scope, known)
    seen = compiled.seen_in(scope, held)
    limit = _limit(compiled, decision, seen, known)
    # `Answer(...)` makes the same; compiled, it is a call in Python at nearly twice the cost, and a
    # case has dozens of answers.
    parts = (
        compiled.id,
        subject,
        verdict,
        limit.due,
        _evidence(compiled, decision, scope, seen, known) if gives_grounds else (),
        _missing(compiled, verdict, scope, seen) if gives_grounds else (),
        compiled.severity,
        _colour(compiled, verdict, scope, limit),
        changes_at,
        None,
        limit.number,
        _questions(compiled, verdict, scope) if compiled.touches else None,
    )
    return tuple.__new__(Answer, parts)


class _Limit(NamedTuple):
    """The limit that an answer names, and the number that decided it."""

    due: Due | None
    number: LimitNumber | None
    is_of_silence: bool = False


def _limit(compiled: CompiledRule, decision: Decision, scope: Scope, due: Due | None) -> _Limit:
    """Names the number that decided a limit: the rule's own, or that of a silence too long."""
    if due is None:
        return _NO_LIMIT
    if compiled.has_silences and decision.row > Row.TIME_UNKNOWN:
        broken = compiled.expects.broken_limit(scope)
        if broken is not None and broken.due == due and compiled.due.due(scope) != due:
            number = number_on(broken.limit, broken.day, compiled.rule.parameters)
            return _Limit(broken.due, number, is_of_silence=True)
    return _Limit(due, compiled.due.number(scope))


_NO_LIMIT: Final = _Limit(None, None)


def null_answer(
    compiled: CompiledRule, scope: Scope, held: Mapping[int, SuspensionState]
) -> Answer:
    """Gives the answer of a rule without `if_none` in a case without subjects."""
    each = compiled.rule.each or ""
    is_suspended = bool(held) and compiled.suspended(held, NOT_HAPPENED) == TRUE
    if not scope.supply.has_type(each) and not is_suspended:
        return _bare(compiled.rule, None, Verdict.CANNOT_TELL, Missing(each, ()))
    return compiled.not_applicable


def uncertain_subject(rule: Rule, subject: Event) -> Answer:
    """Gives the answer where it is not known whether there is such a subject at all."""
    unknown = {OCCURRED} if OCCURRED in subject.unknown else subject.unknown
    missing = Missing(subject.type, tuple(sorted(unknown)) or ("id", "occurred"))
    return _bare(rule, subject.id, Verdict.CANNOT_TELL, missing)


def crash(rule: Rule, scope: Scope, error: Exception) -> Fault:
    """Names the rule and the kind of error; an error's text may hold case content."""
    reason = f"rule {rule.id} could not be computed ({type(error).__name__})"
    return _fault(reason, rule, scope)


def dispute(rule: Rule, scope: Scope) -> Fault:
    """Names a rule on which the two matchers do not agree."""
    reason = f"the two matchers do not agree on rule {rule.id}; no verdict is given"
    return _fault(reason, rule, scope)


def no_later_than(one: Answer, instant: int) -> Answer:
    """Notes that an answer may change at an instant, unless it may change sooner."""
    if one.changes_at is not None and one.changes_at <= instant:
        return one
    return one._replace(changes_at=instant)


def _evidence(
    compiled: CompiledRule, decision: Decision, scope: Scope, seen: Scope, due: Due | None
) -> tuple[str, ...]:
    """Names the events behind an answer; `seen` is the view in which what is expected counts."""
    events: Evidence | None = None
    row = decision.row
    if row is Row.IN_TIME:
        if due is not None and compiled.has_limit:
            events = compiled.plainly_in_time(seen, due)
            if events is None:
                events = compiled.expects.rests_on(seen.seen_through(due.cutoff))
        else:
            events = compiled.expects.rests_on(seen)
    elif row is Row.LATE or row is Row.TIME_UNKNOWN:
        events = compiled.expects.rests_on(seen)
    elif decision.verdict is Verdict.EXPLAINED:
        if row is Row.LATE_EXCUSED:
            events = _behind_excuse(compiled, scope, seen, due)
        elif compiled.explained is not None:
            events = compiled.explained.rests_on(scope.for_reasons())
    elif decision.verdict is Verdict.PARTLY_MET:
        events = compiled.partly.rests_on(scope) if compiled.partly is not None else None
        if not events and compiled.explained is not None:
            events = compiled.explained.rests_on(scope.for_reasons(is_weak=True))
    if not events:
        return ()
    if isinstance(events, list) and len(events) <= FEW:
        return in_order_of_time(events)
    known = scope.memory.of_many.ids.get(compiled.id)
    if known is None or known[0] is not events:
        # Thousands of subjects may share one list of thousands, mostly one after another.
        known = scope.memory.of_many.ids[compiled.id] = (events, ids_in_order(events, scope))
    return known[1]


def _behind_excuse(compiled: CompiledRule, scope: Scope, seen: Scope, due: Due | None) -> Evidence:
    """Gives the reason that had been given by the due moment, and the evidence that came late."""
    assert compiled.explained is not None
    assert due is not None
    reasons = scope.seen_through(due.cutoff).for_reasons(stands_at=due.cutoff.instant)
    given = compiled.explained.rests_on(reasons) or []
    return gathered(given, compiled.expects.rests_on(seen) or [])


def _missing(
    compiled: CompiledRule, verdict: Verdict, scope: Scope, seen: Scope
) -> tuple[Missing, ...]:
    """Names what would settle an answer; `seen` is the view in which what is expected counts."""
    if verdict in _NOTHING_MISSING:
        return ()
    rows: tuple[Missing, ...] = ()
    if verdict is Verdict.CANNOT_TELL:
        rows = _doubts(compiled, scope, seen) or compiled.expects.missing(seen) or ()
    elif verdict is not Verdict.MET_LATE:
        rows = compiled.expects.missing(seen) or ()
    if compiled.is_null_row and rows:
        rows = _with_fields(rows, compiled, scope)
    if scope.supply.declared:
        for condition in compiled.accepted:
            rows += tuple([row for row in condition.unsupplied(scope) if row not in rows])
    return rows


def _doubts(compiled: CompiledRule, scope: Scope, seen: Scope) -> tuple[Missing, ...]:
    """Names everything that leaves the rule undecided, in its conditions and in its limit."""
    rows: list[Missing] = []
    for condition in compiled.doubted:
        rows += condition.doubts(seen if condition is compiled.of_subject else scope)
    rows += compiled.due.doubts(scope)
    # What a source has no way to say suspends nothing.
    known = scope.for_reasons()
    rows += [row for condition in compiled.stopping for row in condition.doubts(known)]
    return tuple(dict.fromkeys(rows))


def _with_fields(
    rows: tuple[Missing, ...], compiled: CompiledRule, scope: Scope
) -> tuple[Missing, ...]:
    """Adds what the rule asks of its subject, where there is no subject yet."""
    each = compiled.rule.each
    wanted = compiled.of_subject.missing(scope) or ()
    own = [row for row in wanted if row.event == each]
    first = own[0] if own else Missing(each or "")
    for row in own[1:]:
        first = first.with_fields(row.fields)
    others = [row for row in (*rows, *wanted) if row.event != each]
    return (first, *others)


def _colour(compiled: CompiledRule, verdict: Verdict, scope: Scope, limit: _Limit) -> str:
    if verdict is Verdict.MET or verdict is Verdict.EXPLAINED:
        return compiled.met_colour
    if verdict is Verdict.PARTLY_MET and _is_partly_plain(compiled, scope):
        return _NONE
    if verdict is Verdict.PARTLY_MET and compiled.colour == _GREY:
        return _GREY  # a rule that only casts doubt on others never darkens more than that
    if verdict is not Verdict.NOT_MET:
        return _COLOURS[verdict]
    if compiled.red is not None and compiled.red.term(scope) == TRUE:
        return _RED
    if compiled.colour == _RED and compiled.due.is_assumed(scope):
        of_silence = limit.number if limit.is_of_silence else None
        is_soft = not limit.is_of_silence or (
            of_silence is not None and of_silence.basis == Basis.ASSUMED.value
        )
        return _AMBER if is_soft else _RED
    return compiled.colour


def _is_partly_plain(compiled: CompiledRule, scope: Scope) -> bool:
    """Tells whether evidence that counts in part is known to be there, and has its own colour."""
    is_plain = compiled.partly is not None and compiled.partly_colour is not None
    return is_plain and compiled.partly is not None and compiled.partly.term(scope) == TRUE


def _questions(compiled: CompiledRule, verdict: Verdict, scope: Scope) -> tuple[str, ...] | None:
    """Names the questions that a mismatch touches; None for verdicts that report no mismatch."""
    if verdict not in _MISMATCHES:
        return None
    touched = [names for when, names in compiled.touches if when.term(scope) == TRUE]
    return tuple(dict.fromkeys([name for names in touched for name in names]))


def _soonest(
    midnight: int | None, compiled: CompiledRule, scope: Scope, due: Due | None
) -> int | None:
    """Finds the first instant at which time alone may change a verdict that is not settled."""
    moments = [] if midnight is None else [midnight]
    if due is not None and scope.as_of.instant <= due.cutoff.instant:
        moments.append(due.cutoff.instant + 1)
    if compiled.reason_types:
        moments += _ends_of_reasons(compiled, scope)
    return min(moments) if moments else None


def _ends_of_reasons(compiled: CompiledRule, scope: Scope) -> list[int]:
    """Finds the first instant after `as_of` at which a reason that stands now will have lapsed."""
    known = scope.lookups.ends
    if compiled.id not in known:  # the same for every subject
        known[compiled.id] = _first_end(compiled, scope)
    first = known[compiled.id]
    if first is None or compiled.explained is None:
        return []
    if not compiled.may_excuse_later and compiled.explained.term(scope.for_reasons()) == FALSE:
        return []
    return [first]


def _first_end(compiled: CompiledRule, scope: Scope) -> int | None:
    ends = set[int]()
    for event_type in compiled.reason_types:
        for event in scope.by_type.get(event_type, ()):
            for value in event.fields.values():
                if isinstance(value, Moment):
                    ends.add(end_of_day(value.day).instant + 1)
            if event.moment is not None:
                ends |= _default_ends(event.moment, compiled)
    return min([end for end in ends if end > scope.as_of.instant], default=None)


def _default_ends(given: Moment, compiled: CompiledRule) -> set[int]:
    clock = compiled.conditions.clock
    dues = [clock.due(given, limit) for limit in compiled.reason_limits]
    return {due.cutoff.instant + 1 for due in dues if isinstance(due, Due)}


def _bare(rule: Rule, subject: str | None, verdict: Verdict, *missing: Missing) -> Answer:
    """Makes an answer without limit, evidence or change."""
    severity = rule.severity.value
    return Answer(rule.id, subject, verdict, None, (), missing, severity, _COLOURS[verdict], None)


def _fault(reason: str, rule: Rule, scope: Scope) -> Fault:
    subject = scope.this.id if scope.this is not None else None
    return Fault(reason=reason, case=scope.case.id, event=subject, rule=rule.id)
