"""Explains a verdict: every condition with its value, and the events that it rests on.

Names rules, fields, codes and event ids; never what a text field holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.visibility import in_force
from msp_rules.casework.workdays import Due
from msp_rules.engine.compiled import Compiled
from msp_rules.engine.compiler import BLOCKS, NOT_FILLED, CompiledRule, RowLayout, compile_rule
from msp_rules.engine.engine import Engine
from msp_rules.engine.field_tests import NamedTest
from msp_rules.engine.scope import DueAnswer, Scope, scope_of
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, TRUE, UNKNOWN, kleene_and
from msp_rules.engine.verdict import Answer, Marks, Row, Verdict, decide
from msp_rules.errors import EngineError
from msp_rules.rules.language.conditions import Condition, parts
from msp_rules.rules.language.rule import Period, Rule
from msp_rules.rules.language.wording import condition_in_words, period_in_words

WORDS: Final = {FALSE: "no", TRUE: "yes", UNKNOWN: "cannot tell"}
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
    """Holds an event that a condition examined, and the tests that it does not surely pass."""

    event: str
    """The id of the event."""
    fails: tuple[str, ...]
    """The names of the tests that the event fails; empty where it fails none."""
    unknown: tuple[str, ...]
    """The names of the tests that can't be decided; empty where all can be."""


@dataclass(frozen=True, slots=True)
class Line:
    """Holds one condition: its depth, what it asks, its value, and what it rests on."""

    block: str
    """The part of the rule to which the condition belongs, such as `expect`."""
    depth: int
    """The number of conditions around this one; 0 for the outermost of a block."""
    text: str
    """The condition in words."""
    value: str
    """The value of the condition: "yes", "no" or "cannot tell"."""
    evidence: tuple[str, ...]
    """The ids of the events by which it holds, sorted; empty unless `value` is "yes"."""
    considered: tuple[Considered, ...]
    """The events that were examined and did not count; empty where `value` is "yes"."""


@dataclass(frozen=True, slots=True)
class ParameterUsed:
    """Holds a number or list of a rule, as it was in force on the day from which it counted."""

    name: str
    """The name of the parameter."""
    value: str
    """The number, or the codes separated by commas, as text."""
    unit: str | None
    """The unit of the number, or "codes" for a list; None where none is given."""
    first_day: str
    """The first day of this value, as an ISO date."""
    basis: str
    """The origin of the value: published, local or assumed."""
    source: str
    """The source of the value, as the rule gives it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Holds one answer and why: the row of docs/readings.md (section 3) that decided, and more."""

    answer: Answer
    """The answer that is explained."""
    row: Row
    """The row of the table in docs/readings.md (section 3) that decided."""
    lines: tuple[Line, ...]
    """The conditions in order, each before its parts; empty where none was evaluated."""
    parameters: tuple[ParameterUsed, ...]
    """The parameters of the rule; empty if it has none or no condition was evaluated."""
    has_begun: bool
    """True where the limit has begun and its end is known."""
    is_past: bool
    """True where the end of the limit is known and has passed."""


def explain(engine: Engine, case: Case, as_of: Cutoff, rule_id: str) -> Iterator[Explanation]:
    """Explains why a rule answers as it does, for each of its subjects.

    Raises EngineError where the explanation does not agree with the engine's answer, and where the
    rule could not be computed.
    """
    evaluation = engine.evaluate(case, as_of)
    faults = [fault for fault in evaluation.faults if fault.rule == rule_id]
    if faults:
        raise EngineError(faults[0].reason)
    view = in_force(case, as_of)
    scope = scope_of(view, engine.ruleset.settings)
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
    row = [NOT_FILLED] * width
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
    yield from _period_line(rule, compiled, scope)
    if compiled.is_null_row:
        assert rule.if_none is not None
        blocks: list[tuple[str, Condition | None]] = [("if_none", rule.if_none.applies_when)]
    else:
        blocks = [(name, getattr(rule, name)) for name in _BLOCKS]
    for name, node in blocks:
        if node is not None:
            seen = scope.for_reasons() if name == "explained_when" else scope
            yield from _condition(name, node, 0, compiled, seen)


def _period_line(rule: Rule, compiled: CompiledRule, scope: Scope) -> Iterator[Line]:
    if rule.period != Period():
        value = compiled.applies[-1][1].term(scope)  # the last column of what makes it apply
        yield Line("from", 0, period_in_words(rule.period), WORDS[value], (), ())


def _condition(
    block: str, node: Condition, depth: int, compiled: CompiledRule, scope: Scope
) -> Iterator[Line]:
    condition = compiled.conditions.compile(node)
    value = condition.term(scope)
    events = (condition.evidence(scope) if value == TRUE else None) or []
    evidence = frozenset(event.id for event in events)
    considered = _considered(condition, scope) if value != TRUE else ()
    text = condition_in_words(node)
    yield Line(block, depth, text, WORDS[value], tuple(sorted(evidence)), considered)
    for part in parts(node):
        yield from _condition(block, part, depth + 1, compiled, scope)


def _considered(condition: Compiled, scope: Scope) -> tuple[Considered, ...]:
    """Lists the events that a condition examined and did not count, and what each of them lacks."""
    return tuple(
        found
        for event, tests in condition.considered(scope)
        for found in _doubts_of(event, tests, scope)
    )


def _doubts_of(event: Event, tests: Sequence[NamedTest], scope: Scope) -> Iterator[Considered]:
    values = [(name, test(event, scope)) for name, test in tests]
    if not event.is_certain:
        values.append(("whether it exists", UNKNOWN))
    fails = tuple(dict.fromkeys(name for name, value in values if value == FALSE))
    unknown = tuple(dict.fromkeys(name for name, value in values if value == UNKNOWN))
    if fails or unknown:
        yield Considered(event.id, fails, unknown)


def _parameters(rule: Rule, scope: Scope, due: object) -> tuple[ParameterUsed, ...]:
    """Lists each parameter with the value in force on the subject's day (or that of `as_of`)."""
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
