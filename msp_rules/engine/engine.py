"""The engine: a case and a moment in, verdicts out; a pure function of the two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msp_rules.casework.case import Case, Event, Fault
from msp_rules.casework.moment import Cutoff, end_of_day
from msp_rules.casework.visibility import in_force
from msp_rules.casework.workdays import Due, england
from msp_rules.engine.compiler import (
    BLOCKS,
    CompiledRule,
    RowLayout,
    SuspensionState,
    SuspensionTerms,
    compile_rule,
    pattern_table,
)
from msp_rules.engine.grounds import (
    cannot_be_known,
    events_behind,
    record_wanted,
    unsupplied_reasons,
)
from msp_rules.engine.matching import CheckedMatcher, MatcherDisagreement, choose_matcher
from msp_rules.engine.scope import EVERYTHING, DueAnswer, Scope
from msp_rules.engine.selections import Clock
from msp_rules.engine.terms import TermBuilder
from msp_rules.engine.verdict import (
    Answer,
    Decision,
    Evaluation,
    Marks,
    Missing,
    Verdict,
    decide,
)
from msp_rules.rules.rule import Colour, Rule, Ruleset

_COLOURS = {
    Verdict.MET: Colour.GREEN,
    Verdict.EXPLAINED: Colour.GREEN,
    Verdict.MET_LATE: Colour.AMBER,
    Verdict.PARTLY_MET: Colour.AMBER,
    Verdict.CANNOT_TELL: Colour.GREY,
    Verdict.NOT_YET_DUE: Colour.NONE,
    Verdict.NOT_APPLICABLE: Colour.NONE,
}
_SETTLED = frozenset({Verdict.MET, Verdict.MET_LATE, Verdict.NOT_APPLICABLE, Verdict.NOT_MET})


@dataclass(slots=True)
class _Group:
    """Rules that share a subject type, and so a row; `each` None is the case itself."""

    each: str | None
    rules: list[CompiledRule]
    width: int
    matcher: CheckedMatcher
    bits: list[int]
    decisions: list[dict[int, Decision]]


class Engine:
    """Evaluates cases by one ruleset. Build it once; `evaluate` reads no clock, file or network.

    `matcher` is `auto`, `durable`, `python` or `both`; `notice` says what `auto` chose and why it
    fell back, None where there is nothing to say. Raises EngineError where a named matcher cannot
    be had here.
    """

    def __init__(self, ruleset: Ruleset, *, matcher: str = "auto") -> None:
        self.ruleset = ruleset
        self.clock = Clock(england(), ruleset.settings.office_close)
        self._choice = choose_matcher(matcher)
        self.notice = self._choice.notice
        self.matcher_name = self._choice.name
        self._suspensions = SuspensionTerms(ruleset, self.clock)
        self._groups = list(self._build_groups())
        self._null_groups = list(self._build_null_groups())

    def evaluate(self, case: Case, as_of: Cutoff) -> Evaluation:
        """The verdict of every enabled rule on every subject of a case, as things stood."""
        view = in_force(case, as_of)
        scope = Scope(case, as_of, view.by_type, view.current_id)
        held = self._suspensions.states(scope)
        answers: list[Answer] = []
        faults: list[Fault] = []
        for group in self._groups:
            subjects: tuple[Event | None, ...] = (None,)
            if group.each is not None:
                subjects = view.by_type.get(group.each, ())
            for subject in subjects:
                self._judge(group, scope, subject, held, answers, faults)
        for group in self._null_groups:
            if not view.by_type.get(group.each or ""):
                self._judge(group, scope, None, held, answers, faults)
        answers.sort(key=lambda answer: answer.rule)
        if view.changes_at is not None:
            answers = [_no_later_than(answer, view.changes_at) for answer in answers]
        moments = [a.changes_at for a in answers if a.changes_at is not None]
        return Evaluation(
            case.id,
            as_of,
            tuple(answers),
            tuple(faults),
            min(moments) if moments else view.changes_at,
        )

    def compiled(self, rule_id: str) -> list[CompiledRule]:
        """The compiled forms of a rule: for its subjects, and for its null row if it has one."""
        groups = [*self._groups, *self._null_groups]
        return [c for group in groups for c in group.rules if c.rule.id == rule_id]

    def _build_groups(self) -> Iterator[_Group]:
        rules = self.ruleset.enabled_rules
        for each in sorted({rule.each for rule in rules}, key=lambda name: name or ""):
            chosen = [rule for rule in rules if rule.each == each]
            yield self._group(each, chosen, is_null_row=False)

    def _build_null_groups(self) -> Iterator[_Group]:
        for rule in self.ruleset.enabled_rules:
            if rule.each is not None:
                yield self._group(rule.each, [rule], is_null_row=True)

    def _group(self, each: str | None, rules: list[Rule], *, is_null_row: bool) -> _Group:
        layout = RowLayout()
        with_row = [rule for rule in rules if not is_null_row or rule.if_none is not None]
        compiled = [
            compile_rule(rule, self.ruleset, self.clock, layout, is_null_row=is_null_row)
            for rule in with_row
        ]
        if not compiled:
            compiled = [_silent(rule, self.ruleset, self.clock) for rule in rules]
        table = pattern_table(layout, [] if layout.width == 0 else compiled)
        return _Group(
            each,
            compiled,
            layout.width,
            CheckedMatcher(table, self._choice),
            [sum(1 << pattern for pattern in group) for group in table.groups],
            [{} for _ in compiled],
        )

    def _judge(
        self,
        group: _Group,
        scope: Scope,
        subject: Event | None,
        held: list[SuspensionState],
        answers: list[Answer],
        faults: list[Fault],
    ) -> None:
        scope = _on(scope, subject)
        if group.width == 0:
            answers.extend(_null_answer(compiled.rule, scope) for compiled in group.rules)
            return
        if subject is not None and not subject.is_certain:
            answers.extend(_uncertain_subject(c.rule, subject) for c in group.rules)
            return
        row = [-1] * group.width
        dues: list[DueAnswer] = []
        broken: set[int] = set()
        for index, compiled in enumerate(group.rules):
            due: DueAnswer = None
            try:
                due = compiled.fill(scope, held, row)
            except Exception as error:  # noqa: BLE001 - one rule's crash must not stop the others
                broken.add(index)
                faults.append(_crash(compiled.rule, scope, error))
            dues.append(due)
        mask, disputed = _match(group, tuple(0 if value < 0 else value for value in row))
        for index, compiled in enumerate(group.rules):
            if index in broken:
                continue
            bits = group.bits[index]
            if disputed & bits:
                faults.append(_dispute(compiled.rule, scope))
                continue
            decision = group.decisions[index].get(mask & bits)
            if decision is None:
                patterns = group.matcher.table.groups[index]
                decision = decide(_marks(compiled, mask, patterns))
                group.decisions[index][mask & bits] = decision
            try:
                answers.append(_answer(compiled, decision, scope, dues[index]))
            except Exception as error:  # noqa: BLE001 - as above
                faults.append(_crash(compiled.rule, scope, error))


def _match(group: _Group, row: tuple[int, ...]) -> tuple[int, int]:
    """The patterns that fire, and those on which the two matchers do not agree."""
    try:
        return group.matcher.match(row), 0
    except MatcherDisagreement as dispute:
        return dispute.python_mask, dispute.python_mask ^ dispute.durable_mask


def _marks(compiled: CompiledRule, mask: int, patterns: tuple[int, ...]) -> Marks:
    """Three-valued marks from the pairs of patterns "surely" and "possibly"."""
    values: list[int] = []
    pairs = iter(patterns)
    for name in BLOCKS:
        if not compiled.columns[name]:
            values.append(1)  # only `applies` may be left out: it concerns every subject
            continue
        surely, possibly = mask >> next(pairs) & 1, mask >> next(pairs) & 1
        values.append(1 if surely else 2 if possibly else 0)
    return Marks(*values)


def _on(scope: Scope, subject: Event | None) -> Scope:
    return Scope(scope.case, scope.as_of, scope.by_type, scope.current_id, subject)


def _answer(compiled: CompiledRule, decision: Decision, scope: Scope, due: DueAnswer) -> Answer:
    rule, verdict = compiled.rule, decision.verdict
    subject = scope.this.id if scope.this is not None else None
    known = due if isinstance(due, Due) else None
    severity = rule.severity.value
    if verdict is Verdict.NOT_APPLICABLE:
        return _bare(rule, subject, verdict)._replace(changes_at=_midnight(compiled, scope))
    builder = compiled.builder
    return Answer(
        rule.id,
        subject,
        verdict,
        known,
        _evidence(compiled, decision, scope, known, builder),
        _missing(compiled, decision, scope, builder),
        severity,
        _colour(compiled, verdict, scope).value,
        _changes_at(compiled, verdict, scope, known, builder),
    )


def _evidence(
    compiled: CompiledRule, decision: Decision, scope: Scope, due: Due | None, builder: TermBuilder
) -> tuple[str, ...]:
    rule, ids = compiled.rule, set[str]()
    if decision.row in (3, 5, 6):
        seen = scope.seen_through(due.cutoff) if decision.row == 3 and due is not None else scope
        ids = events_behind(rule.expect, builder, seen)
    elif decision.verdict is Verdict.EXPLAINED and rule.explained_when is not None:
        reasons = scope.seen_through(due.cutoff if decision.row == 4 and due else None)
        reasons.supply = EVERYTHING
        if decision.row == 4 and due is not None:
            reasons.stands_at = due.cutoff.instant
        ids = events_behind(rule.explained_when, builder, reasons)
        if decision.row == 4:
            ids |= events_behind(rule.expect, builder, scope)
    elif decision.verdict is Verdict.PARTLY_MET:
        if rule.partly_when is not None:
            ids = events_behind(rule.partly_when, builder, scope)
        if not ids and rule.explained_when is not None:
            weak = scope.seen_through(None)
            weak.is_weak, weak.supply = True, EVERYTHING
            ids = events_behind(rule.explained_when, builder, weak)
    return _in_order_of_time(ids, scope)


def _in_order_of_time(ids: set[str], scope: Scope) -> tuple[str, ...]:
    if len(ids) < 2:
        return tuple(ids)
    events = [e for events in scope.by_type.values() for e in events if e.id in ids]
    events.sort(key=lambda e: (e.moment.day, e.moment.clock, e.id) if e.moment else (0, 0, e.id))
    return tuple(dict.fromkeys(event.id for event in events))


def _missing(
    compiled: CompiledRule, decision: Decision, scope: Scope, builder: TermBuilder
) -> tuple[Missing, ...]:
    rule, rows = compiled.rule, list[Missing]()
    if decision.verdict in (Verdict.MET, Verdict.EXPLAINED, Verdict.NOT_APPLICABLE):
        return ()
    if decision.verdict is Verdict.CANNOT_TELL:
        blocks = (rule.applies_when, rule.expect, rule.explained_when, rule.partly_when)
        for block in blocks:
            if block is not None:
                rows += cannot_be_known(block, builder, scope)
        if not rows:
            rows += record_wanted(rule.expect, builder, scope)
    elif decision.verdict is not Verdict.MET_LATE:
        if compiled.is_null_row:
            rows.append(Missing(rule.each or "", ()))
        else:
            rows += record_wanted(rule.expect, builder, scope)
    if scope.supply.declared and rule.explained_when is not None:
        rows += unsupplied_reasons(rule.explained_when, scope)
    return tuple(dict.fromkeys(rows))


def _colour(compiled: CompiledRule, verdict: Verdict, scope: Scope) -> Colour:
    if verdict is not Verdict.NOT_MET:
        return _COLOURS[verdict]
    if compiled.red is not None and compiled.red(scope) == 1:
        return Colour.RED
    return compiled.rule.not_met_colour


def _changes_at(
    compiled: CompiledRule,
    verdict: Verdict,
    scope: Scope,
    due: Due | None,
    builder: TermBuilder,
) -> int | None:
    """The first instant at which time alone may change the verdict."""
    moments = [m for m in (_midnight(compiled, scope),) if m is not None]
    if verdict not in _SETTLED:
        if due is not None and scope.as_of.instant <= due.cutoff.instant:
            moments.append(due.cutoff.instant + 1)
        if compiled.explained is not None:
            moments += _ends_of_reasons(compiled, scope, builder)
    return min(moments) if moments else None


def _midnight(compiled: CompiledRule, scope: Scope) -> int | None:
    """The next London midnight for a rule that looks at `as_of` itself."""
    return end_of_day(scope.as_of.day).instant + 1 if compiled.is_time_bound else None


def _ends_of_reasons(compiled: CompiledRule, scope: Scope, builder: TermBuilder) -> list[int]:
    """The instants after `as_of` at which a reason that stands now will have lapsed."""
    assert compiled.explained is not None
    reasons = scope.seen_through(None)
    reasons.supply = EVERYTHING
    if compiled.explained(reasons) == 0:
        return []
    ends = set[int]()
    for events in scope.by_type.values():
        for event in events:
            for value in event.fields.values():
                day = getattr(value, "day", None)
                if isinstance(day, int):
                    ends.add(end_of_day(day).instant + 1)
            if event.moment is not None:
                ends |= _default_ends(event, compiled, builder)
    return sorted(end for end in ends if end > scope.as_of.instant)[:1]


def _default_ends(event: Event, compiled: CompiledRule, builder: TermBuilder) -> set[int]:
    limits = {builder.settings.max_temporary_reason, *compiled.stand_limits}
    assert event.moment is not None
    dues = [builder.clock.due(event.moment, limit) for limit in limits]
    return {due.cutoff.instant + 1 for due in dues if isinstance(due, Due)}


def _no_later_than(answer: Answer, instant: int) -> Answer:
    if answer.changes_at is not None and answer.changes_at <= instant:
        return answer
    return answer._replace(changes_at=instant)


def _silent(rule: Rule, ruleset: Ruleset, clock: Clock) -> CompiledRule:
    """A rule that has nothing to ask where there is no subject."""
    return compile_rule(rule, ruleset, clock, RowLayout())


def _null_answer(rule: Rule, scope: Scope) -> Answer:
    """The row of a rule without `if_none` in a case without subjects."""
    if not scope.supply.has_type(rule.each or ""):
        return _bare(rule, None, Verdict.CANNOT_TELL, Missing(rule.each or "", ()))
    return _bare(rule, None, Verdict.NOT_APPLICABLE)


def _uncertain_subject(rule: Rule, subject: Event) -> Answer:
    """Row 2: it is not known whether there is such a subject at all."""
    missing = Missing(subject.type, tuple(sorted(subject.unknown)) or ("id", "occurred"))
    return _bare(rule, subject.id, Verdict.CANNOT_TELL, missing)


def _bare(rule: Rule, subject: str | None, verdict: Verdict, *missing: Missing) -> Answer:
    """An answer without limit, evidence or change."""
    colour = _COLOURS[verdict].value
    return Answer(rule.id, subject, verdict, None, (), missing, rule.severity.value, colour, None)


def _crash(rule: Rule, scope: Scope, error: Exception) -> Fault:
    """A fault that names the rule and the kind of error; an error's text may hold case content."""
    subject = scope.this.id if scope.this is not None else None
    reason = f"rule {rule.id} could not be computed ({type(error).__name__})"
    return Fault(reason=reason, case=scope.case.id, event=subject, rule=rule.id)


def _dispute(rule: Rule, scope: Scope) -> Fault:
    subject = scope.this.id if scope.this is not None else None
    reason = f"the two matchers do not agree on rule {rule.id}; no verdict is given"
    return Fault(reason=reason, case=scope.case.id, event=subject, rule=rule.id)


__all__ = ["Engine"]
