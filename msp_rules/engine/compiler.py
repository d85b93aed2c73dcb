"""Compiles a rule: its conditions to columns of one row, its blocks to patterns over that row.

The rules of one subject type share a row. Each distinct condition has one column there, however
many rules ask for it; what depends on the rule itself has a column of its own. A block is a
conjunction of columns, and so is a pattern: that is the form in which durable_rules is exact.
The suspensions of a ruleset are compiled here, too, and evaluated once for a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from msp_rules.casework.moments import DATE_ONLY, Moment, cutoff_of
from msp_rules.casework.workdays import Due
from msp_rules.engine.clock_use import ClockUse, clock_use_of
from msp_rules.engine.combinations import only_explanations
from msp_rules.engine.compiled import Compiled
from msp_rules.engine.conditions import ConditionCompiler
from msp_rules.engine.dues import (
    DueOnSubjectDay,
    DueOnTriggerDay,
    DueTerm,
    due_term,
    first_day_held,
    first_held,
)
from msp_rules.engine.evidence_order import latest_instant
from msp_rules.engine.gaps import asks_for_short_silences
from msp_rules.engine.long_lists import FEW, Evidence
from msp_rules.engine.matchers.python import ColumnTest, PatternTable
from msp_rules.engine.reasons import reason_types, stand_limits
from msp_rules.engine.scope import AnchorMoment, DueAnswer, Scope
from msp_rules.engine.selections import Clock, Span
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, TRUE, UNKNOWN, UNKNOWN_MOMENT, NoMoment
from msp_rules.engine.verdict import Answer, Marks, Verdict
from msp_rules.rules.language.conditions import (
    AllOf,
    Condition,
    Count,
    ExplanationGiven,
    Limit,
    NoLimit,
    NoneOf,
    Selection,
    walk,
)
from msp_rules.rules.language.conditions import (
    Due as DueNode,
)
from msp_rules.rules.language.rule import Colour, Period, Rule, Ruleset, conditions_of


@dataclass(slots=True)
class SuspensionState:
    """One suspension in one case: whether it holds, and from when on it stops limits."""

    holds: int
    """The truth of its condition: TRUE, FALSE or UNKNOWN."""
    start: AnchorMoment
    """The moment from which on it stops limits; NOT_HAPPENED if it has none or none came yet."""
    is_limited: bool
    """True where it stops only the limits that fall on or after `start`."""
    span: Span
    """The moments between which `start` lies, where it is unknown."""

    def stops(self, due: DueAnswer) -> int:
        """Tells whether a rule with this limit no longer applies."""
        if self.holds == FALSE or not self.is_limited or due is NOT_HAPPENED:
            return self.holds
        if self.start is NOT_HAPPENED:
            return FALSE  # nothing can fall after what has not happened
        if due is UNKNOWN_MOMENT:
            return UNKNOWN
        if self.start is UNKNOWN_MOMENT:
            return self._may_stop(due)
        return self.holds if _falls_after(due, self.start) else FALSE

    def _may_stop(self, due: Due) -> int:
        """Tells it where the start may be one of several moments, or none."""
        soonest, last = self.span
        if soonest is not None and not _falls_after(due, soonest):
            return FALSE  # a limit that had passed before any of them is judged as usual
        return self.holds if last is not None and _falls_after(due, last) else UNKNOWN


def _falls_after(due: Due, start: Moment) -> bool:
    """Tells whether a limit ends on or after the day of a moment; in hours, after its time."""
    if due.in_hours and start.clock != DATE_ONLY:
        return due.cutoff.instant >= start.instant
    return due.cutoff.day >= start.day


class Suspensions:
    """The suspensions of a ruleset, compiled."""

    def __init__(self, ruleset: Ruleset, clock: Clock) -> None:
        compiler = ConditionCompiler("", None, clock, ruleset.settings)
        self._rows = [
            (
                compiler.compile(one.when),
                clock.anchor(one.limit_after) if one.limit_after is not None else None,
                clock.span(one.limit_after) if one.limit_after is not None else None,
            )
            for one in ruleset.suspensions
        ]

    def states(self, scope: Scope) -> Mapping[int, SuspensionState]:
        """Gives the suspensions that hold, or may, by their place in the ruleset."""
        states: dict[int, SuspensionState] = {}
        # What a source has no way to say suspends nothing, as it explains nothing (readings 11).
        scope = scope.for_reasons()
        for index, (when, limit_after, span) in enumerate(self._rows):
            holds = when.term(scope)
            if holds == FALSE:
                continue
            start = limit_after(scope) if limit_after is not None else NOT_HAPPENED
            between = span(scope) if span is not None else Span(None, None)
            states[index] = SuspensionState(holds, start, limit_after is not None, between)
        return states


BLOCKS = Marks._fields
"""One block of a rule for each mark, in the marks' order; a block is a conjunction of columns."""
NOT_FILLED: Final = -1
"""The state of a column that no rule has asked for yet."""

Column = tuple[int, Compiled]
"""The index of a condition's column in the row, and the condition that fills it."""


@dataclass(slots=True)
class RowLayout:
    """The columns of one subject type: each distinct condition has one, shared by all rules."""

    by_condition: dict[tuple[object, ...], int] = field(default_factory=dict)
    """The column of each condition, by condition, subject type and, for a rule's own, rule id."""
    width: int = 0
    """The number of columns so far."""

    def shared_column(self, key: tuple[object, ...]) -> int:
        """Gives the column of a condition, new if no rule asked for it before."""
        column = self.by_condition.get(key)
        if column is None:
            column = self.own_column()
            self.by_condition[key] = column
        return column

    def own_column(self) -> int:
        """Adds a column that belongs to one rule only."""
        self.width += 1
        return self.width - 1


class OwnColumns(NamedTuple):
    """The columns that belong to one rule: one for each mark but `applies` and `evidence`."""

    suspended: int
    """The column of a suspension that stops the rule."""
    in_time: int
    """The column of full evidence by the due moment."""
    excused: int
    """The column of an explanation that excuses late evidence."""
    explained: int
    """The column of an explanation that stands now."""
    has_begun: int
    """The column of a limit that has begun."""
    is_past: int
    """The column of a limit that has passed."""
    cannot_tell: int
    """The column of `cannot_tell_when`."""
    partly: int
    """The column of `partly_when`."""
    lapsed: int
    """The column of an explanation that no longer stands or lacks its text."""


@dataclass(slots=True, kw_only=True)
class CompiledRule:
    """One rule for subjects of one type (or for the case, or for "no such subject")."""

    rule: Rule
    """The rule as it was read."""
    id: str
    """The id of the rule."""
    severity: str
    """The severity of the rule, as its word."""
    colour: str
    """The colour of `not_met`, before `red` and an assumed limit are considered."""
    met_colour: str
    """The colour of `met` and `explained`."""
    not_applicable: Answer
    """The answer where the rule does not apply to a case."""
    is_null_row: bool
    """True where it holds what `if_none` asks of a case without subjects of the type."""
    conditions: ConditionCompiler
    """The compiler of its conditions, which keeps what it has compiled."""
    applies: list[Column]
    """The columns of what makes it apply; empty where it concerns every subject."""
    evidence: list[Column]
    """The columns of what it expects."""
    expects: Compiled
    """The expectation; in a null row, that a subject is recorded."""
    of_subject: Compiled
    """The expectation of a subject, also where there is not one."""
    columns: dict[str, tuple[int, ...]]
    """The columns of each block, by its name; only `applies` may have none, and is then true."""
    own: OwnColumns
    """The columns that no other rule reads; one that is never filled counts as false."""
    due: DueTerm
    """The limit; by default the end of the day of the subject or of what made the rule apply."""
    has_limit: bool
    """True where evidence may be late; False where it is in time whenever it came."""
    has_silences: bool
    """True where it limits silences: the last that was too long says when it was due."""
    explained: Compiled | None
    """The condition for an accepted explanation; None where the rule accepts none."""
    partly: Compiled | None
    """The condition for evidence that counts in part; None where the rule has no such condition."""
    cannot_tell: Compiled | None
    """The condition under which a record cannot tell; None where the rule has no such condition."""
    red: Compiled | None
    """The condition under which `not_met` is red; None where the rule has no such condition."""
    partly_colour: str | None
    """The colour where `partly` holds; None for the usual one."""
    touches: tuple[tuple[Compiled, tuple[str, ...]], ...]
    """The mismatches and the questions that each casts doubt on; empty: all that the rule feeds."""
    doubted: tuple[Compiled, ...]
    """The conditions whose doubts are named by an answer that cannot tell."""
    stopping: tuple[Compiled, ...]
    """The conditions of the suspensions that may stop the rule."""
    accepted: tuple[Compiled, ...]
    """The conditions in which reasons count: of explanations and of suspensions."""
    reason_types: frozenset[str]
    """The types of events in which a reason may end; empty where the rule accepts none."""
    reason_limits: frozenset[Limit]
    """The lengths of time for which a reason without an end of its own may stand."""
    suspensions: tuple[int, ...]
    """The indexes, in the ruleset, of the suspensions that may stop the rule."""
    clock_use: ClockUse | None
    """The dependence on `as_of`; None if only the end of a limit or reason matters."""
    may_excuse_later: bool
    """True where the end of a reason may begin an excuse."""

    def may_apply(self, scope: Scope, row: list[int]) -> bool:
        """Writes whether the rule applies to one subject into the row; False where it does not."""
        return _write(self.applies, scope, row) != FALSE

    def fill(self, scope: Scope, held: Mapping[int, SuspensionState], row: list[int]) -> DueAnswer:
        """Writes the other terms of a rule that may apply into the row; gives its limit.

        Terms that could not change the verdict any more are left false: the table of `verdict`
        does not look at them.
        """
        due = self.due.due(scope)
        own = self.own
        seen = self.seen_in(scope, held)
        evidence = _write(self.evidence, seen, row)
        if self.has_silences and evidence != TRUE and isinstance(due, Due):
            broken = self.expects.broken_limit(seen)
            if broken is not None and broken.due.cutoff.instant > due.cutoff.instant:
                due = broken.due
        if held:
            row[own.suspended] = self.suspended(held, self._known_limit(scope, due))
        is_past = False
        if isinstance(due, Due):
            row[own.has_begun] = TRUE
            is_past = scope.as_of.instant > due.cutoff.instant
            row[own.is_past] = TRUE if is_past else FALSE
        elif due is UNKNOWN_MOMENT:
            # A rule without a limit is due at once, whichever the day on which it began to apply.
            is_past = not self.has_limit and self.due.is_surely_past(scope)
            row[own.has_begun] = TRUE if is_past else UNKNOWN
            row[own.is_past] = TRUE if is_past else FALSE
        if evidence == TRUE:
            in_time = self._in_time(seen, due, is_past=is_past)
            row[own.in_time] = in_time
            if in_time == FALSE and self.explained is not None and isinstance(due, Due):
                row[own.excused] = self.excused(self.explained, scope, seen, due)
            return due
        if self.explained is not None:
            row[own.explained] = self.explained.term(scope.for_reasons())
        if is_past:
            self._fill_past(scope, row)
        return due

    def _fill_past(self, scope: Scope, row: list[int]) -> None:
        if self.cannot_tell is not None:
            row[self.own.cannot_tell] = self.cannot_tell.term(scope)
        if self.partly is not None:
            row[self.own.partly] = self.partly.term(scope)
        if self.explained is not None:
            row[self.own.lapsed] = self.explained.term(scope.for_reasons(is_weak=True))

    def _in_time(self, scope: Scope, due: DueAnswer, *, is_past: bool) -> int:
        if not self.has_limit:
            return TRUE  # whenever it came, also where it isn't known when the rule began to apply
        if due is UNKNOWN_MOMENT:
            return UNKNOWN
        if due is NOT_HAPPENED or not is_past:
            return TRUE
        if self.plainly_in_time(scope, due) is not None:
            return TRUE
        return self.expects.term(scope.seen_through(due.cutoff))

    def plainly_in_time(self, seen: Scope, due: Due) -> Evidence | None:
        """Gives the events behind full evidence where no later one is among them, else None.

        Where more record can only make an expectation hold, it then held by the limit, by the same
        events: it is not asked again as of the limit.
        """
        if not self.expects.only_grows:
            return None
        kept = seen.own_memory.evidence
        if kept is None:
            kept = seen.own_memory.evidence = {}
        events = kept.get(self.expects)
        if events is None:
            events = kept[self.expects] = self.expects.rests_on(seen) or []
        last = due.cutoff.instant
        if len(events) > FEW or not isinstance(events, list):
            return events if latest_instant(events, seen) <= last else None
        for event in events:
            if event.moment is None or event.moment.instant > last:
                return None
        return events

    def seen_in(self, scope: Scope, held: Mapping[int, SuspensionState]) -> Scope:
        """Gives the view in which evidence counts: of open work, up to where it was suspended.

        No silence extends beyond the moment at which a suspension sets limits aside.
        """
        if not self.has_silences:
            return scope
        for index, state in held.items():
            is_sure = state.is_limited and state.holds == TRUE and index in self.suspensions
            if is_sure and isinstance(state.start, Moment):
                scope = scope.seen_through(cutoff_of(state.start))
        return scope

    def excused(self, explained: Compiled, scope: Scope, seen: Scope, due: Due) -> int:
        """Tells whether a reason was given by the due moment and was valid when evidence came.

        `seen` is the view in which evidence counts. It is late, so it came after the due moment:
        an expectation that held for a while before it, as where nothing was asked yet, was no
        evidence.
        """
        came = first_held(self.expects, seen, due.cutoff)
        by_due = scope.seen_through(due.cutoff)
        if isinstance(came, NoMoment):
            # When the evidence came is not known: a reason that was given may still have stood.
            was_given = explained.term(by_due.for_reasons(is_weak=True))
            return FALSE if was_given == FALSE else UNKNOWN
        return explained.term(by_due.for_reasons(stands_at=came.instant))

    def _known_limit(self, scope: Scope, due: DueAnswer) -> DueAnswer:
        """Gives the limit for suspensions; without subjects, as if everything were supplied."""
        if self.is_null_row and due is UNKNOWN_MOMENT:
            return self.due.due(scope.for_reasons())
        return due

    def suspended(self, held: Mapping[int, SuspensionState], due: DueAnswer) -> int:
        """Tells whether the rule is suspended, with this limit."""
        answer = FALSE
        for index, state in held.items():
            if index in self.suspensions:
                value = state.stops(due)
                if value == TRUE:
                    return TRUE
                if value == UNKNOWN:
                    answer = UNKNOWN
        return answer


class _Blocks(NamedTuple):
    """Holds the conditions and the limit that a rule has in one of its rows."""

    applies_when: Condition | None
    expect: Condition
    due: DueNode | None
    explained_when: Condition | None
    partly_when: Condition | None
    cannot_tell_when: Condition | None


class _RowPart(NamedTuple):
    """Holds the columns of a row that one rule reads."""

    applies: list[Column]
    evidence: list[Column]
    own: OwnColumns

    def columns(self) -> dict[str, tuple[int, ...]]:
        """Lists the columns of each block."""
        found: dict[str, tuple[int, ...]] = {n: (c,) for n, c in self.own._asdict().items()}
        found["applies"] = tuple(column for column, _ in self.applies)
        found["evidence"] = tuple(column for column, _ in self.evidence)
        return found


def compile_rule(
    rule: Rule, ruleset: Ruleset, clock: Clock, layout: RowLayout, *, is_null_row: bool = False
) -> CompiledRule:
    """Compiles one rule to terms and columns of a shared row."""
    every = ruleset.rule_ids
    conditions = ConditionCompiler(rule.id, rule.each, clock, ruleset.settings, every)
    conditions.qualify(rule.applies_when)
    blocks = _blocks_without_subject(rule) if is_null_row else _blocks_of(rule)
    part = _row_part(rule, blocks, conditions, layout)
    explained, settings = blocks.explained_when, ruleset.settings
    stops = [i for i, one in enumerate(ruleset.suspensions) if rule.id not in one.keeps]
    stopped_by = tuple(ruleset.suspensions[index] for index in stops)
    asked = (tuple(node for _, node in conditions_of(rule)), blocks.due, rule.if_none, stopped_by)
    return CompiledRule(
        rule=rule,
        id=rule.id,
        severity=rule.severity.value,
        colour=rule.not_met_colour.value,
        met_colour=(rule.met_colour or Colour.GREEN).value,
        not_applicable=_not_applicable(rule),
        is_null_row=is_null_row,
        conditions=conditions,
        applies=part.applies,
        evidence=part.evidence,
        expects=conditions.compile(blocks.expect),
        of_subject=conditions.compile(rule.expect),
        columns=part.columns(),
        own=part.own,
        due=_due(rule, blocks, conditions, is_null_row=is_null_row),
        has_limit=not isinstance(blocks.due, NoLimit),
        has_silences=asks_for_short_silences(blocks.expect),
        explained=conditions.compile_if(explained),
        partly=conditions.compile_if(blocks.partly_when),
        cannot_tell=conditions.compile_if(blocks.cannot_tell_when),
        red=conditions.compile_if(rule.red_when),
        partly_colour=rule.partly_colour.value if rule.partly_colour is not None else None,
        touches=tuple([(conditions.compile(one.when), one.questions) for one in rule.touches]),
        doubted=conditions.compile_each(
            rule.applies_when, rule.expect, rule.explained_when, rule.partly_when
        ),
        stopping=conditions.compile_each(*(one.when for one in stopped_by)),
        accepted=conditions.compile_each(rule.explained_when, *(one.when for one in stopped_by)),
        reason_types=frozenset(reason_types(explained, rule.each)),
        reason_limits=frozenset([settings.max_temporary_reason, *stand_limits(explained)]),
        suspensions=tuple(stops),
        clock_use=clock_use_of(asked),
        # Where a reason is negated, its end may begin an excuse.
        may_excuse_later=any(isinstance(node, NoneOf) for node in walk(explained)),
    )


def _blocks_of(rule: Rule) -> _Blocks:
    """Gives what a rule asks of a subject, or of the case as a whole."""
    return _Blocks(
        applies_when=rule.applies_when,
        expect=rule.expect,
        due=rule.due,
        explained_when=rule.explained_when,
        partly_when=rule.partly_when,
        cannot_tell_when=rule.cannot_tell_when,
    )


def _blocks_without_subject(rule: Rule) -> _Blocks:
    """Gives what an `each` rule asks of a case without such an event: to record one."""
    assert rule.if_none is not None
    assert rule.each is not None
    explained = rule.explained_when
    return _Blocks(
        applies_when=rule.if_none.applies_when,
        expect=Count(selection=Selection(type=rule.each), at_least=1),
        due=rule.if_none.due,
        explained_when=None if explained is None else only_explanations(explained),
        partly_when=None,
        cannot_tell_when=None,
    )


def _row_part(
    rule: Rule, blocks: _Blocks, conditions: ConditionCompiler, layout: RowLayout
) -> _RowPart:
    return _RowPart(
        applies=[
            *_shared_columns(blocks.applies_when, rule, conditions, layout),
            *_period_column(rule, blocks, conditions, layout),
        ],
        evidence=_shared_columns(blocks.expect, rule, conditions, layout),
        own=OwnColumns(*(layout.own_column() for _ in OwnColumns._fields)),
    )


def _shared_columns(
    node: Condition | None, rule: Rule, conditions: ConditionCompiler, layout: RowLayout
) -> list[Column]:
    """Gives a block its columns: one for each part of an `all`, so that rules share the parts."""
    parts = node.of if isinstance(node, AllOf) else () if node is None else (node,)
    # A block about silences is asked up to where its own rule is suspended.
    is_about_silences = node is not None and asks_for_short_silences(node)
    columns: list[Column] = []
    for part in parts:
        # An `explanation` names its rule, so a condition that holds one is nobody else's.
        is_own = any(isinstance(node, ExplanationGiven) for node in walk(part))
        own = (rule.id,) if is_own or is_about_silences else ()
        column = layout.shared_column((part, rule.each, own))
        columns.append((column, conditions.compile(part)))
    return columns


class _InForce(Compiled):
    """`from` and `until`: the day of the subject, or of what made the rule apply, lies between."""

    def __init__(self, period: Period, applies: Compiled | None) -> None:
        self.period = period
        self.applies = applies

    def term(self, scope: Scope) -> int:
        """Compares the period with the subject's day or, without a subject, with the trigger's."""
        if scope.this is None:
            day = first_day_held(self.applies, scope)
        else:
            day = scope.this.moment.day if scope.this.moment is not None else UNKNOWN_MOMENT
        if isinstance(day, NoMoment):
            return FALSE if day is NOT_HAPPENED else UNKNOWN
        return TRUE if self.period.holds_on(day) else FALSE


def _period_column(
    rule: Rule, blocks: _Blocks, conditions: ConditionCompiler, layout: RowLayout
) -> list[Column]:
    if rule.period == Period():
        return []
    in_force = _InForce(rule.period, conditions.compile_if(blocks.applies_when))
    return [(layout.own_column(), in_force)]


def _due(
    rule: Rule, blocks: _Blocks, conditions: ConditionCompiler, *, is_null_row: bool
) -> DueTerm:
    if blocks.due is not None and not isinstance(blocks.due, NoLimit):
        return due_term(blocks.due, conditions, rule.parameters)
    if rule.each is not None and not is_null_row:
        return DueOnSubjectDay(conditions.clock)
    return DueOnTriggerDay(conditions.compile_if(blocks.applies_when), conditions.clock)


def _not_applicable(rule: Rule) -> Answer:
    severity = rule.severity.value
    return Answer(rule.id, None, Verdict.NOT_APPLICABLE, None, (), (), severity, "none", None)


def pattern_table(layout: RowLayout, rules: list[CompiledRule]) -> PatternTable:
    """Makes two patterns per block: surely true (all columns TRUE), possibly true (none FALSE)."""
    patterns: list[tuple[ColumnTest, ...]] = []
    groups: list[tuple[int, ...]] = []
    for compiled in rules:
        first = len(patterns)
        for name in BLOCKS:
            columns = compiled.columns[name]
            if columns:
                patterns.append(tuple(ColumnTest(c, True, TRUE) for c in columns))
                patterns.append(tuple(ColumnTest(c, False, FALSE) for c in columns))
        groups.append(tuple(range(first, len(patterns))))
    return PatternTable(layout.width, tuple(patterns), tuple(groups))


def _write(block: list[Column], scope: Scope, row: list[int]) -> int:
    """Fills the columns of a block that are still empty; gives the value of the block.

    It stops at the first that is false: no pattern of the block fires then, whatever the others
    are. A rule that shares those fills them for itself.
    """
    answer = TRUE
    for column, condition in block:
        value = row[column]
        if value == NOT_FILLED:
            value = row[column] = condition.term(scope)
        if value == FALSE:
            return FALSE
        if value == UNKNOWN:
            answer = UNKNOWN
    return answer
