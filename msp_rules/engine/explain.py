"""Why a rule gave its verdict: every condition with its value, and the events that it rests on.

Names rules, fields, codes and event ids; never what a text field holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.visibility import in_force
from msp_rules.casework.workdays import Due
from msp_rules.engine.compiler import BLOCKS, CompiledRule, RowLayout, compile_rule
from msp_rules.engine.engine import Engine
from msp_rules.engine.grounds import ground
from msp_rules.engine.scope import AnchorMoment, DueAnswer, Scope
from msp_rules.engine.selections import (
    BoundTest,
    EventTest,
    bounds_of,
    event_tests,
    field_test,
    relations_of,
)
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, TRUE, UNKNOWN, UNKNOWN_MOMENT, kleene_and
from msp_rules.engine.verdict import Answer, Marks, Row, Verdict, decide
from msp_rules.errors import EngineError
from msp_rules.rules.language.conditions import (
    AttributeTest,
    Condition,
    Count,
    ExplanationGiven,
    Extreme,
    FieldTest,
    Gap,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
    parts,
)
from msp_rules.rules.language.rule import Rule
from msp_rules.rules.language.wording import condition_in_words

NamedTest = tuple[str, EventTest]
WORDS: Final = {FALSE: "no", TRUE: "yes", UNKNOWN: "cannot tell"}
_MOST_EVENTS: Final = 12
_BLOCKS: Final = (
    "applies_when",
    "expect",
    "explained_when",
    "cannot_tell_when",
    "partly_when",
    "red_when",
)


@dataclass(frozen=True, slots=True)
class Considered:
    """An event that a condition looked at: its id, and the tests that it does not surely pass."""

    event: str
    fails: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One condition: how deep it lies, what it asks, its value, and the events it rests on.

    `value` is "yes", "no" or "cannot tell". `considered` are events that it looked at in vain.
    """

    block: str
    depth: int
    text: str
    value: str
    evidence: tuple[str, ...]
    considered: tuple[Considered, ...]


@dataclass(frozen=True, slots=True)
class ParameterUsed:
    """A number or list of a rule, as it stood on the day from which it counted."""

    name: str
    value: str
    unit: str | None
    first_day: str
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One answer, and why: the row of the table of docs/readings.md (section 3) that decided."""

    answer: Answer
    row: Row
    lines: tuple[Line, ...]
    parameters: tuple[ParameterUsed, ...]
    has_begun: bool
    is_past: bool


def explain(engine: Engine, case: Case, as_of: Cutoff, rule_id: str) -> Iterator[Explanation]:
    """Why a rule answers as it does, for each of its subjects.

    Raises EngineError where what is found here is not what the engine answered, and where the rule
    could not be computed.
    """
    evaluation = engine.evaluate(case, as_of)
    faults = [fault for fault in evaluation.faults if fault.rule == rule_id]
    if faults:
        raise EngineError(faults[0].reason)
    view = in_force(case, as_of)
    scope = Scope(view)
    rule = next(one for one in engine.ruleset.rules if one.id == rule_id).as_on(as_of.day)
    answers = [one for one in evaluation.answers if one.rule == rule_id]
    # A rule answers either for each of its subjects, or once for there being none.
    is_null_row = rule.each is not None and any(one.subject is None for one in answers)
    if is_null_row and rule.if_none is None:
        for answer in answers:
            is_outside = answer.verdict is Verdict.NOT_APPLICABLE
            row = Row.NOT_APPLICABLE if is_outside else Row.MAY_NOT_APPLY
            yield Explanation(answer, row, (), (), has_begun=False, is_past=False)
        return
    layout = RowLayout()
    compiled = compile_rule(rule, engine.ruleset, engine.clock, layout, is_null_row=is_null_row)
    for answer in answers:
        subject = _subject(scope, rule, answer)
        yield _explanation(engine, compiled, layout.width, scope.on(subject), answer)


def _subject(scope: Scope, rule: Rule, answer: Answer) -> Event | None:
    if answer.subject is None:
        return None
    return next(e for e in scope.by_type[rule.each or ""] if e.id == answer.subject)


def _explanation(
    engine: Engine, compiled: CompiledRule, width: int, scope: Scope, answer: Answer
) -> Explanation:
    rule = compiled.rule
    if scope.this is not None and not scope.this.is_certain:
        return Explanation(answer, Row.MAY_NOT_APPLY, (), (), has_begun=False, is_past=False)
    row = [-1] * width
    due: DueAnswer = NOT_HAPPENED
    if compiled.may_apply(scope, row):
        due = compiled.fill(scope, engine.suspensions.states(scope.on(None)), row)
    marks = _marks(compiled, row)
    decision = decide(marks)
    if decision.verdict is not answer.verdict:
        raise EngineError(f"the explanation of {rule.id} does not agree with its verdict")
    suspended = _suspension_line(engine, compiled, marks)
    return Explanation(
        answer,
        decision.row,
        (*suspended, *_lines(compiled, scope)),
        _parameters(rule, scope, due),
        has_begun=isinstance(due, Due),
        is_past=bool(marks.is_past),
    )


def _marks(compiled: CompiledRule, row: list[int]) -> Marks:
    values = []
    for name in BLOCKS:
        values.append(kleene_and([max(row[column], FALSE) for column in compiled.columns[name]]))
    return Marks(*values)


def _suspension_line(engine: Engine, compiled: CompiledRule, marks: Marks) -> tuple[Line, ...]:
    if not marks.suspended:
        return ()
    names = [engine.ruleset.suspensions[index].name for index in compiled.suspensions]
    text = f"suspended by one of: {'; '.join(names)}"
    return (Line("suspend_when", 0, text, WORDS[marks.suspended], (), ()),)


def _lines(compiled: CompiledRule, scope: Scope) -> Iterator[Line]:
    rule = compiled.rule
    if compiled.is_null_row:
        assert rule.if_none is not None
        blocks: list[tuple[str, Condition | None]] = [("if_none", rule.if_none.applies_when)]
    else:
        blocks = [(name, getattr(rule, name)) for name in _BLOCKS]
    for name, node in blocks:
        if node is not None:
            seen = scope.for_reasons() if name == "explained_when" else scope
            yield from _condition(name, node, 0, compiled, seen)


def _condition(
    block: str, node: Condition, depth: int, compiled: CompiledRule, scope: Scope
) -> Iterator[Line]:
    value = compiled.builder.term(node)(scope)
    events = (ground(node, compiled.builder)(scope) if value == TRUE else None) or []
    evidence = frozenset(event.id for event in events)
    considered = _considered(node, compiled, scope, evidence) if value != TRUE else ()
    text = condition_in_words(node)
    yield Line(block, depth, text, WORDS[value], tuple(sorted(evidence)), considered)
    for part in parts(node):
        yield from _condition(block, part, depth + 1, compiled, scope)


def _considered(
    node: Condition, compiled: CompiledRule, scope: Scope, evidence: frozenset[str]
) -> tuple[Considered, ...]:
    """The events of the type that a condition asks for, and what each of them lacks."""
    match node:
        case Count() | Gap():
            return _doubts(node.selection, (), compiled, scope)
        case ReasonRecorded():
            reason = ("standing, with its text", compiled.builder.standing_test(node))
            return _doubts(node.selection, (), compiled, scope, reason)
        case ExplanationGiven():
            tests = compiled.builder.explanation_tests(node)
            events = scope.by_type.get("explanation", ())
            return tuple(found for event in events for found in _doubts_of(event, tests, scope))
        case Extreme():
            return _doubts(node.selection, node.where, compiled, scope)
        case AttributeTest(of="this") | ReasonInSubject():
            if scope.this is None:
                return ()
            return tuple(_doubts_of(scope.this, [*_tests(node.where, compiled)], scope))
    return ()


def _doubts(
    selection: Selection,
    more: tuple[FieldTest, ...],
    compiled: CompiledRule,
    scope: Scope,
    *others: NamedTest,
) -> tuple[Considered, ...]:
    clock = compiled.builder.clock
    tests = [*_tests((*selection.where, *more), compiled, selection.type), *others]
    any_row = event_tests((), selection.where_any, selection.type, clock)
    if any_row is not None:
        tests.append(("any", any_row))
    names = [n for n in ("refers_to", "not_followed_by") if getattr(selection, n) is not None]
    tests += zip(names, relations_of(selection), strict=True)
    for name, resolve, bound in bounds_of(selection, clock):
        tests.append((name, _bound_test(resolve(scope), bound)))
    events = scope.by_type.get(selection.type, ())
    return tuple(
        found for event in events[-_MOST_EVENTS:] for found in _doubts_of(event, tests, scope)
    )


def _bound_test(anchored: AnchorMoment, bound: BoundTest) -> EventTest:
    def test(event: Event, scope: Scope) -> int:
        if anchored is NOT_HAPPENED:
            return FALSE
        if anchored is UNKNOWN_MOMENT or event.moment is None:
            return UNKNOWN
        return bound(event, scope, anchored)

    return test


def _tests(
    where: tuple[FieldTest, ...], compiled: CompiledRule, event_type: str | None = None
) -> Iterator[NamedTest]:
    owner = event_type or compiled.builder.subject_type or ""
    for test in where:
        yield test.field, field_test(test, owner, compiled.builder.clock)


def _doubts_of(event: Event, tests: list[NamedTest], scope: Scope) -> Iterator[Considered]:
    values = [(name, test(event, scope)) for name, test in tests]
    if not event.is_certain:
        values.append(("whether it exists", UNKNOWN))
    fails = tuple(dict.fromkeys(name for name, value in values if value == FALSE))
    unknown = tuple(dict.fromkeys(name for name, value in values if value == UNKNOWN))
    if fails or unknown:
        yield Considered(event.id, fails, unknown)


def _parameters(rule: Rule, scope: Scope, due: object) -> tuple[ParameterUsed, ...]:
    """Each parameter with the value in force on the subject's day (or on that of `as_of`)."""
    has_day = scope.this is not None and scope.this.moment is not None
    day = scope.this.moment.day if has_day else scope.as_of.day  # type: ignore[union-attr]
    rows = []
    for parameter in rule.parameters.values():
        started = [v for v in parameter.values if v.first_day.toordinal() <= day]
        value = started[-1] if started else parameter.values[0]
        text = ", ".join(value.value) if isinstance(value.value, tuple) else str(value.value)
        rows.append(
            ParameterUsed(
                parameter.name,
                text,
                parameter.unit,
                value.first_day.isoformat(),
                value.basis.value,
                value.source,
            )
        )
    return tuple(rows)
