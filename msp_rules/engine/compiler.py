"""A rule becomes terms in columns of one row, and patterns over that row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from msp_rules.casework.moments import Moment
from msp_rules.casework.workdays import Due, Unit
from msp_rules.engine.dues import (
    DueTerm,
    due_on_subject_day,
    due_on_trigger_day,
    due_term,
    first_held,
)
from msp_rules.engine.grounds import Ground, Wanted, ground, record_wanted
from msp_rules.engine.patterns import ColumnTest, PatternTable
from msp_rules.engine.scope import DueAnswer, Scope, Term
from msp_rules.engine.selections import Clock, anchor
from msp_rules.engine.terms import TermBuilder
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, TRUE, UNKNOWN, UNKNOWN_MOMENT, NoMoment
from msp_rules.engine.verdict import Answer, Marks, Verdict
from msp_rules.rules.language.conditions import (
    AllOf,
    AnyOf,
    AsOf,
    AtLeastNOf,
    Condition,
    Count,
    ExplanationGiven,
    FieldTest,
    Gap,
    Limit,
    NoneOf,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
    walk,
)
from msp_rules.rules.language.conditions import (
    Due as DueNode,
)
from msp_rules.rules.language.rule import Colour, Rule, Ruleset, Suspension

BLOCKS = Marks._fields
"""One block of a rule for each mark, in the marks' order; a block is a conjunction of columns."""


@dataclass(slots=True)
class RowLayout:
    """The columns of one subject type: each distinct condition has one, shared by all rules."""

    by_condition: dict[tuple[object, ...], int] = field(default_factory=dict)
    width: int = 0

    def shared_column(self, key: tuple[object, ...]) -> int:
        """The column of a condition, new if no rule asked for it before."""
        column = self.by_condition.get(key)
        if column is None:
            column = self.own_column()
            self.by_condition[key] = column
        return column

    def own_column(self) -> int:
        """A column that belongs to one rule only."""
        self.width += 1
        return self.width - 1


class OwnColumns(NamedTuple):
    """The columns that belong to one rule: one for each mark but `applies` and `evidence`."""

    suspended: int
    in_time: int
    excused: int
    explained: int
    has_begun: int
    is_past: int
    cannot_tell: int
    partly: int
    lapsed: int


class NowSeen(NamedTuple):
    """How a rule looks at the moment of the evaluation itself.

    `hours` are the lengths in hours by which it does; with `is_fine`, its answer may change within
    a day: as hours pass, or as `as_of` passes the moment of an event or of a field.
    """

    is_fine: bool
    hours: tuple[int, ...]


@dataclass(slots=True, kw_only=True)
class CompiledRule:
    """One rule for subjects of one type (or for the case, or for "no such subject").

    `columns` holds, for each block, its columns; a block without columns is constant (`applies`
    true, all others false). `not_applicable` is its answer where it does not apply to a case.
    """

    rule: Rule
    id: str
    severity: str
    colour: str
    met_colour: str
    not_applicable: Answer
    is_null_row: bool
    applies: list[tuple[int, Term]]
    evidence: list[tuple[int, Term]]
    expects: Term
    columns: dict[str, tuple[int, ...]]
    own: OwnColumns
    due: DueTerm
    explained: Term | None
    partly: Term | None
    cannot_tell: Term | None
    red: Term | None
    evidence_behind: Ground
    reason_behind: Ground | None
    part_behind: Ground | None
    wanted: Wanted
    reason_types: frozenset[str]
    suspensions: tuple[int, ...]
    suspended_when: tuple[Condition, ...]
    looks_at_now: NowSeen | None
    may_excuse_later: bool
    stand_limits: frozenset[Limit]
    builder: TermBuilder

    def may_apply(self, scope: Scope, row: list[int]) -> bool:
        """Writes whether the rule applies to one subject into the row; False where it does not."""
        return _write(self.applies, scope, row) != FALSE

    def fill(self, scope: Scope, held: Mapping[int, SuspensionState], row: list[int]) -> DueAnswer:
        """Writes the other terms of a rule that may apply into the row; gives its limit.

        Terms that could not change the verdict any more are left false: the table of `verdict`
        does not look at them.
        """
        due = self.due(scope)
        own = self.own
        if held:
            row[own.suspended] = self._suspended(held, due)
        evidence = _write(self.evidence, scope, row)
        is_past = False
        if isinstance(due, Due):
            row[own.has_begun] = TRUE
            is_past = scope.as_of.instant > due.cutoff.instant
            row[own.is_past] = TRUE if is_past else FALSE
        elif due is UNKNOWN_MOMENT:
            row[own.has_begun] = UNKNOWN
        if evidence == TRUE:
            in_time = self._in_time(scope, due, is_past=is_past)
            row[own.in_time] = in_time
            if in_time == FALSE and self.explained is not None and isinstance(due, Due):
                row[own.excused] = self._excused(scope, due)
            return due
        if self.explained is not None:
            row[own.explained] = self.explained(scope.for_reasons())
        if is_past:
            self._fill_past(scope, row)
        return due

    def _fill_past(self, scope: Scope, row: list[int]) -> None:
        if self.cannot_tell is not None:
            row[self.own.cannot_tell] = self.cannot_tell(scope)
        if self.partly is not None:
            row[self.own.partly] = self.partly(scope)
        if self.explained is not None:
            row[self.own.lapsed] = self.explained(scope.for_reasons(is_weak=True))

    def _in_time(self, scope: Scope, due: DueAnswer, *, is_past: bool) -> int:
        if due is UNKNOWN_MOMENT:
            return UNKNOWN
        if due is NOT_HAPPENED or not is_past:
            return TRUE
        return self.expects(scope.seen_through(due.cutoff))

    def _excused(self, scope: Scope, due: Due) -> int:
        """Whether a reason was given by the due moment and still stood when the evidence came."""
        assert self.explained is not None
        came = first_held(self.expects, scope)
        by_due = scope.seen_through(due.cutoff)
        if isinstance(came, NoMoment):
            was_given = self.explained(by_due.for_reasons(is_weak=True))
            return FALSE if was_given == FALSE else UNKNOWN
        return self.explained(by_due.for_reasons(stands_at=came.instant))

    def _suspended(self, held: Mapping[int, SuspensionState], due: DueAnswer) -> int:
        answer = FALSE
        for index, state in held.items():
            if index in self.suspensions:
                value = state.stops(due)
                if value == TRUE:
                    return TRUE
                if value == UNKNOWN:
                    answer = UNKNOWN
        return answer


@dataclass(slots=True)
class SuspensionState:
    """One suspension in one case: whether it holds, and from which day limits fall under it."""

    holds: int
    from_day: int | NoMoment
    is_limited: bool

    def stops(self, due: DueAnswer) -> int:
        """Whether a rule with this limit no longer applies."""
        if self.holds == FALSE or not self.is_limited or due is NOT_HAPPENED:
            return self.holds
        if self.from_day is NOT_HAPPENED:
            return FALSE  # nothing can fall after what has not happened
        if due is UNKNOWN_MOMENT or self.from_day is UNKNOWN_MOMENT:
            return UNKNOWN
        return self.holds if due.cutoff.day >= self.from_day else FALSE


class SuspensionTerms:
    """The suspensions of a ruleset, evaluated once per case."""

    def __init__(self, ruleset: Ruleset, clock: Clock) -> None:
        builder = TermBuilder("", None, clock, ruleset.settings)
        self._rows = [
            (
                builder.term(suspension.when),
                anchor(suspension.limit_after, clock) if suspension.limit_after else None,
            )
            for suspension in ruleset.suspensions
        ]

    def states(self, scope: Scope) -> Mapping[int, SuspensionState]:
        """The suspensions that hold, or may, by their place in the ruleset."""
        states: dict[int, SuspensionState] = {}
        # What a source has no way to say suspends nothing, as it explains nothing (readings 9).
        scope = scope.for_reasons()
        for index, (when, limit_after) in enumerate(self._rows):
            holds = when(scope)
            if holds == FALSE:
                continue
            day: int | NoMoment = NOT_HAPPENED
            if limit_after is not None:
                moment = limit_after(scope)
                day = moment.day if isinstance(moment, Moment) else moment
            states[index] = SuspensionState(holds, day, limit_after is not None)
        return states


def compile_rule(
    rule: Rule, ruleset: Ruleset, clock: Clock, layout: RowLayout, *, is_null_row: bool = False
) -> CompiledRule:
    """The terms and columns of one rule over a shared row."""
    builder = TermBuilder(rule.id, rule.each, clock, ruleset.settings)
    applies_when, expect, explained = rule.applies_when, rule.expect, rule.explained_when
    partly, cannot_tell, due = rule.partly_when, rule.cannot_tell_when, rule.due
    if is_null_row:
        assert rule.if_none is not None
        assert rule.each is not None
        applies_when, due = rule.if_none.applies_when, rule.if_none.due
        expect = Count(selection=Selection(type=rule.each), at_least=1)
        explained, partly, cannot_tell = _only_explanations(explained), None, None
    applies = _block(applies_when, builder, layout, rule)
    evidence = _block(expect, builder, layout, rule)
    suspensions = _suspensions_of(rule, ruleset.suspensions)
    own = OwnColumns(*(layout.own_column() for _ in OwnColumns._fields))
    columns: dict[str, tuple[int, ...]] = {n: (c,) for n, c in own._asdict().items()}
    columns["applies"] = tuple(column for column, _ in applies)
    columns["evidence"] = tuple(column for column, _ in evidence)
    return CompiledRule(
        rule=rule,
        id=rule.id,
        severity=rule.severity.value,
        colour=rule.not_met_colour.value,
        met_colour=(rule.met_colour or Colour.GREEN).value,
        not_applicable=Answer(
            rule.id, None, Verdict.NOT_APPLICABLE, None, (), (), rule.severity.value, "none", None
        ),
        is_null_row=is_null_row,
        applies=applies,
        evidence=evidence,
        expects=builder.term(expect),
        columns=columns,
        own=own,
        due=_due(
            rule, due, applies_when, builder, is_each=rule.each is not None and not is_null_row
        ),
        explained=builder.term(explained) if explained is not None else None,
        partly=builder.term(partly) if partly is not None else None,
        cannot_tell=builder.term(cannot_tell) if cannot_tell is not None else None,
        red=builder.term(rule.red_when) if rule.red_when is not None else None,
        evidence_behind=ground(expect, builder),
        reason_behind=ground(explained, builder) if explained is not None else None,
        part_behind=ground(partly, builder) if partly is not None else None,
        wanted=record_wanted(expect, builder),
        reason_types=frozenset(_reason_types(explained, rule)),
        suspensions=suspensions,
        suspended_when=tuple(ruleset.suspensions[index].when for index in suspensions),
        builder=builder,
        stand_limits=frozenset(_stand_limits(explained)),
        # Where a reason is negated, its end may begin an excuse.
        may_excuse_later=any(isinstance(node, NoneOf) for node in walk(explained)),
        looks_at_now=_looks_at_now(rule, due, ruleset.suspensions, suspensions),
    )


def pattern_table(layout: RowLayout, rules: list[CompiledRule]) -> PatternTable:
    """Two patterns a block: surely true (all columns TRUE) and possibly true (none FALSE)."""
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


def _block(
    node: Condition | None, builder: TermBuilder, layout: RowLayout, rule: Rule
) -> list[tuple[int, Term]]:
    parts = node.of if isinstance(node, AllOf) else () if node is None else (node,)
    block = []
    for part in parts:
        # An `explanation` names its rule, so a condition that holds one is nobody else's.
        is_own = any(isinstance(node, ExplanationGiven) for node in walk(part))
        own = (rule.id,) if is_own else ()
        term = builder.term(part)
        block.append((layout.shared_column((part, rule.each, own)), term))
    return block


def _due(
    rule: Rule,
    due: DueNode | None,
    applies_when: Condition | None,
    builder: TermBuilder,
    *,
    is_each: bool,
) -> DueTerm:
    if due is not None:
        return due_term(due, builder.clock)
    if is_each:
        return due_on_subject_day(builder.clock)
    applies = builder.term(applies_when) if applies_when is not None else None
    return due_on_trigger_day(applies, builder.clock)


def _only_explanations(node: Condition | None) -> Condition | None:
    """A block in which every reason but an `explanation` is false; None where it can't hold."""
    match node:
        case ExplanationGiven():
            return node
        case AllOf():
            parts = [_only_explanations(part) for part in node.of]
            kept = tuple(part for part in parts if part is not None)
            return AllOf(of=kept) if len(kept) == len(parts) else None
        case AnyOf() | AtLeastNOf():
            kept = tuple(p for p in map(_only_explanations, node.of) if p is not None)
            if isinstance(node, AtLeastNOf):
                return AtLeastNOf(n=node.n, of=kept) if len(kept) >= node.n else None
            return AnyOf(of=kept) if kept else None
    return None


def _looks_at_now(
    rule: Rule,
    due: DueNode | None,
    suspensions: tuple[Suspension, ...],
    stopped_by: tuple[int, ...],
) -> NowSeen | None:
    """How time alone may change what a rule says; None where only limits and reasons can."""
    blocks = (rule.applies_when, rule.expect, rule.explained_when, rule.partly_when)
    more = (rule.cannot_tell_when, rule.red_when, due, rule.if_none)
    stops = tuple(suspensions[index].when for index in stopped_by)
    ends = tuple(suspensions[index].limit_after for index in stopped_by)
    nodes = list(walk((blocks, more, stops, ends)))
    has_gap = any(isinstance(node, Gap) for node in nodes)
    if not has_gap and not any(isinstance(node, AsOf) for node in nodes):
        return None
    hours = {
        number
        for node in nodes
        if isinstance(node, Limit) and node.unit is Unit.HOURS
        for _, number in node.values
    }
    is_fine = bool(hours) or has_gap or any(_is_beside_now(node) for node in nodes)
    return NowSeen(is_fine, tuple(sorted(hours)))


def _is_beside_now(node: object) -> bool:
    """Whether a node asks how a moment lies to `as_of`."""
    if isinstance(node, FieldTest):
        return isinstance(node.moment, AsOf)
    if not isinstance(node, Selection):
        return False
    return any(isinstance(a, AsOf) for a in (node.since, node.after, node.by, node.before))


def _stand_limits(node: Condition | None) -> list[Limit]:
    """The lengths for which reasons in a block stand."""
    reasons = (n for n in walk(node) if isinstance(n, ReasonRecorded | ReasonInSubject))
    return [reason.stands_for for reason in reasons if reason.stands_for is not None]


def _reason_types(node: Condition | None, rule: Rule) -> Iterator[str]:
    """The types of events in which a reason of a block may end."""
    for part in walk(node):
        match part:
            case ExplanationGiven():
                yield "explanation"
            case ReasonRecorded():
                yield part.selection.type
            case ReasonInSubject():
                yield rule.each or ""


def _suspensions_of(rule: Rule, suspensions: tuple[Suspension, ...]) -> tuple[int, ...]:
    return tuple(i for i, suspension in enumerate(suspensions) if rule.id not in suspension.keeps)


def _write(block: list[tuple[int, Term]], scope: Scope, row: list[int]) -> int:
    answer = TRUE
    for column, term in block:
        value = row[column]
        if value < 0:
            value = row[column] = term(scope)
        if value != TRUE:
            answer = FALSE if value == FALSE or answer == FALSE else UNKNOWN
    return answer
