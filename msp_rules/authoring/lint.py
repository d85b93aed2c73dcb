"""Warns of what the examples of rules do not show; needs the engine, but no clock or file.

A rule must have been seen to give each answer that matters, on both sides of its limit and for each
reason that it accepts. The corpus by which a rule "can never fire" or "always fires" is its own
examples and their small mutations; such a warning says what was seen, not what is proved.

Each layer is responsible for its own files. The examples of a rule were written for the numbers of
their own layer, so they run on the rules as of that layer; those of an overlay run on the rules as
it changed them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from msp_rules.authoring.examples import ExampleResult, case_of, run_examples
from msp_rules.authoring.overlay_lint import lint_overlays
from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import MICROSECONDS_A_DAY, Cutoff, end_of_day, parse_as_of
from msp_rules.casework.visibility import in_force
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.casework.workdays import Due, Unit
from msp_rules.engine.conditions import ConditionCompiler
from msp_rules.engine.engine import Engine
from msp_rules.engine.scope import Scope, scope_of
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import TRUE
from msp_rules.engine.verdict import FINDINGS, Answer, Verdict
from msp_rules.errors import OutsideCalendar, Problem, SourceLocation
from msp_rules.rules import Layered, load_layers
from msp_rules.rules.language.conditions import (
    ConceptUse,
    Condition,
    DueWithin,
    ExplanationGiven,
    NoneOf,
    parts,
    walk,
)
from msp_rules.rules.language.lint import lint_rules
from msp_rules.rules.language.rule import Example, Period, Rule, Ruleset
from msp_rules.rules.language.wording import period_in_words
from msp_rules.yaml_source.nodes import Problems

_CONTENT: Final = frozenset({Verdict.MET, Verdict.MET_LATE, Verdict.PARTLY_MET, Verdict.EXPLAINED})
_NOWHERE: Final = "it applies in none of them"
_FAR_DAYS: Final = 400
_UNIT_DAYS: Final = {Unit.CALENDAR_DAYS: 1, Unit.WEEKS: 7, Unit.MONTHS: 31}
_HOUR: Final = MICROSECONDS_A_DAY // 24


def lint(ruleset: Ruleset, *, today: date | None = None) -> tuple[Problem, ...]:
    """Lists every warning of a ruleset, in file order; rules that are switched off included.

    `today` tells which reviews are overdue; None checks none.
    """
    problems = Problems()
    for rule in ruleset.rules:
        _RuleLint(rule, ruleset, problems).run()
    for concept in ruleset.concepts.values():
        lacking = [a for a in ("yes", "no") if a not in {e.then for e in concept.examples}]
        if lacking:
            message = f"no example answers {' and none '.join(f'{a!r}' for a in lacking)}"
            problems.warn(concept.where, "example", message.replace("'", '"'))
    found = (*lint_rules(ruleset, today=today), *problems.found)
    return tuple(sorted(found, key=_file_order))


def _file_order(problem: Problem) -> tuple[str, int, int]:
    where = problem.where
    return (where.path, where.line or 0, where.column or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One answer of a rule to one of its examples."""

    case: Case
    as_of: Cutoff
    answer: Answer
    scope: Scope


class _RuleLint:
    """Checks one rule and its examples."""

    def __init__(self, rule: Rule, ruleset: Ruleset, problems: Problems) -> None:
        self._rule = rule
        self._ruleset = ruleset
        # Suspensions name rules to keep; those that are not here do no harm.
        one = replace(rule, is_enabled=True)
        alone = replace(ruleset, rules=(one,), left_out=ruleset.rule_ids)
        self._engine = Engine(alone, matcher="python", foresees=False)
        self._conditions = ConditionCompiler(
            rule.id, rule.each, self._engine.clock, ruleset.settings
        )
        self._problems = problems
        self._where = rule.places.get("examples", rule.where)

    def run(self) -> None:
        """Notes every warning of the rule."""
        cases = [_read(example, self._engine.ruleset.vocabulary) for example in self._rule.examples]
        seen = [one for case, as_of in cases for one in self._answers(case, as_of)]
        kinds = {one.answer.verdict for one in seen}
        verdicts = self._verdicts_nearby(cases, set(kinds))
        if seen and self._lint_firing(verdicts, cases):
            return  # what its examples lack follows from that
        self._lint_kinds(kinds)
        if not seen:
            return
        self._lint_sides(seen)
        explained = [one for one in seen if one.answer.verdict is Verdict.EXPLAINED]
        if self._rule.explained_when is not None:
            self._lint_reasons(self._rule.explained_when, explained)

    def _verdicts_nearby(
        self, cases: list[tuple[Case, Cutoff]], verdicts: set[Verdict]
    ) -> set[Verdict]:
        """Gathers verdicts of the examples, each changed in small ways, until there are enough."""
        for case, as_of in cases:
            for pair in _mutations(case, as_of):
                if verdicts & FINDINGS and verdicts & _CONTENT:
                    return verdicts  # it can fire, and can be satisfied
                verdicts |= {one.answer.verdict for one in self._answers(*pair)}
        return verdicts

    def _warn(self, code: str, message: str, where: SourceLocation | None = None) -> None:
        self._problems.warn(where or self._where, code, message)

    def _answers(self, case: Case, as_of: Cutoff) -> Iterator[_Seen]:
        view = in_force(case, as_of)
        events = {e.id: e for e in view.by_type.get(self._rule.each or "", ())}
        for answer in self._engine.evaluate(case, as_of).answers:
            subject = events.get(answer.subject or "")
            scope = scope_of(view, self._engine.ruleset.settings).on(subject)
            yield _Seen(case=case, as_of=as_of, answer=answer, scope=scope)

    def _lint_kinds(self, verdicts: set[Verdict]) -> None:
        for verdict in (Verdict.MET, Verdict.NOT_MET):
            if verdict not in verdicts:
                self._warn("example", f"no example answers {verdict}")
        if not verdicts & {Verdict.NOT_APPLICABLE, Verdict.EXPLAINED}:
            self._warn("example", "no example answers not_applicable or explained")

    def _lint_sides(self, seen: list[_Seen]) -> None:
        """Warns of a limit with no example at the last moment within it, or the first past it."""
        if self._rule.due is None:
            return
        units = {p.limit.unit for p in walk(self._rule.due) if isinstance(p, DueWithin)}
        clock, where = self._engine.clock, self._rule.places.get("due")
        if not any(_is_last_good(one) for one in seen):
            message = "no example is at the last moment within the limit (met, not_yet_due)"
            self._warn("limit", message, where)
        if not any(_is_first_late(one, units, clock) for one in seen):
            message = (
                "no example is at the first moment past the limit (met_late, partly_met, not_met)"
            )
            self._warn("limit", message, where)

    def _lint_reasons(self, node: Condition, explained: list[_Seen]) -> None:
        """Warns of each accepted code, and each other reason, that explained no example."""
        # A `none` and a concept are reasons of their own; their parts alone explain nothing.
        inner = () if isinstance(node, NoneOf | ConceptUse) else parts(node)
        for part in inner:
            self._lint_reasons(part, explained)
        if inner:
            return
        where = node.place
        if isinstance(node, ExplanationGiven):
            for code in node.codes:
                one_code = replace(node, codes=(code,))
                if not any(self._holds(one_code, one) for one in explained):
                    message = f'no example is explained by the code "{code}"'
                    self._warn("explanation", message, where)
        elif not any(self._holds(node, one) for one in explained):
            self._warn("explanation", "no example is explained by this reason", where)

    def _holds(self, node: Condition, one: _Seen) -> bool:
        condition, due = self._conditions.compile(node), one.answer.due
        if condition.term(one.scope.for_reasons()) == TRUE:
            return True
        if due is None or due.cutoff.instant >= one.as_of.instant:
            return False
        # Late evidence may have been excused by a reason that stood then and does not now.
        by_due = one.scope.seen_through(due.cutoff)
        return condition.term(by_due.for_reasons(stands_at=due.cutoff.instant)) == TRUE

    def _lint_firing(self, verdicts: set[Verdict], cases: list[tuple[Case, Cutoff]]) -> bool:
        """Warns of a rule that never fires, or always does; True where its days are the cause."""
        words = ", ".join(sorted(verdict.value for verdict in verdicts))
        where = self._rule.places.get("expect", self._rule.where)
        if not verdicts & FINDINGS:
            message = (
                f"the rule can never fire: its examples, each of them changed in small ways, "
                f"only answer {words}"
            )
            cause = self._cause_of_silence(verdicts, cases)
            self._warn("never-fires", message + (f"; {cause}" if cause else ""), where)
            return cause is not None and cause != _NOWHERE
        if Verdict.NOT_MET in verdicts and not verdicts & _CONTENT:
            message = (
                "the rule always fires: where it applies nothing in its examples, each of them "
                f"changed in small ways, satisfies it (seen: {words})"
            )
            self._warn("always-fires", message, where)
        return False

    def _cause_of_silence(
        self, verdicts: set[Verdict], cases: list[tuple[Case, Cutoff]]
    ) -> str | None:
        """Says why no example makes the rule fire; None where its conditions are the reason."""
        rule = self._rule
        if rule.period != Period():
            always = _RuleLint(replace(rule, period=Period()), self._ruleset, Problems())
            if always.fires_on(cases):
                return f"they lie outside its days: it is {period_in_words(rule.period)}"
        days = [e.moment.day for case, _ in cases for e in case.events if e.moment is not None]
        latest = max(days, default=0)
        for name, parameter in rule.parameters.items():
            first = parameter.values[0].first_day
            if Verdict.CANNOT_TELL in verdicts and latest < first.toordinal():
                return f"{name} has no value before {first}, and all in its examples lies earlier"
        if verdicts == {Verdict.NOT_APPLICABLE}:
            return _NOWHERE
        return None

    def fires_on(self, cases: list[tuple[Case, Cutoff]]) -> bool:
        """Tells whether the rule finds something in any of these cases."""
        return any(one.answer.verdict in FINDINGS for pair in cases for one in self._answers(*pair))


def _read(example: Example, vocabulary: Vocabulary) -> tuple[Case, Cutoff]:
    return case_of(example, vocabulary)[0], parse_as_of(example.as_of)


def _evidence(one: _Seen) -> Iterable[Event]:
    ids = set(one.answer.evidence)
    return (event for event in one.case.events if event.id in ids)


def _is_last_good(one: _Seen) -> bool:
    """Tells whether an answer shows the last day (of hours: the last hour) of a limit."""
    due, verdict = one.answer.due, one.answer.verdict
    if due is None:
        return False
    if verdict is Verdict.NOT_YET_DUE:
        return _is_just_before(one.as_of.day, one.as_of.instant, due)
    if verdict is not Verdict.MET:
        return False
    return any(
        _is_just_before(event.moment.day, event.moment.instant, due)
        for event in _evidence(one)
        if event.moment is not None
    )


def _is_just_before(day: int, instant: int, due: Due) -> bool:
    if due.in_hours:
        return 0 <= due.cutoff.instant - instant < _HOUR
    return day == due.cutoff.day


def _is_first_late(one: _Seen, units: set[Unit], clock: Clock) -> bool:
    """Tells whether an answer shows the first unit after a limit."""
    due, verdict = one.answer.due, one.answer.verdict
    if due is None or verdict not in FINDINGS:
        return False
    moments = [one.as_of.instant]
    if verdict is Verdict.MET_LATE:
        moments = [e.moment.instant for e in _evidence(one) if e.moment is not None]
    end = _end_of_first_unit(due, units, clock)
    return any(due.cutoff.instant < moment <= end.instant for moment in moments)


def _end_of_first_unit(due: Due, units: set[Unit], clock: Clock) -> Cutoff:
    if due.in_hours:
        return Cutoff(due.cutoff.day, due.cutoff.instant + _HOUR)
    day = due.cutoff.day
    days = max((_UNIT_DAYS.get(unit, 1) for unit in units), default=1)
    if Unit.WORKING_DAYS in units:
        with suppress(OutsideCalendar):
            days = max(days, clock.calendar.next_working_day(day) - day)
    return end_of_day(day + days)


def _mutations(case: Case, as_of: Cutoff) -> Iterator[tuple[Case, Cutoff]]:
    """Yields the case long before and after, without each event, and without each field."""
    for days in (-_FAR_DAYS, _FAR_DAYS):
        yield case, end_of_day(as_of.day + days)
    events = case.events
    for place, event in enumerate(events):
        yield case._replace(events=(*events[:place], *events[place + 1 :])), as_of
        for name in event.fields:
            fields = {key: value for key, value in event.fields.items() if key != name}
            changed = event._replace(fields=fields)
            yield case._replace(events=(*events[:place], changed, *events[place + 1 :])), as_of


def run_layered_examples(
    folder: Path, overlays: Sequence[Path], *, matcher: str = "auto"
) -> Iterator[ExampleResult]:
    """Runs every example of every layer, on the rules as its own layer left them."""
    for height in range(len(overlays) + 1):
        layered = load_layers(folder, overlays[:height])

        def is_own(where: SourceLocation, layered: Layered = layered) -> bool:
            return layered.layer_of(where) == layered.ruleset.layers[-1]

        yield from run_examples(layered.ruleset, matcher=matcher, chosen=is_own)


def lint_layered(layered: Layered, *, today: date | None = None) -> tuple[Problem, ...]:
    """Lists the warnings of the files of the overlays; without overlays, of the ruleset."""
    found = lint(layered.ruleset, today=today)
    if not layered.overlays:
        return found
    base = layered.ruleset.layers[0]
    own = [one for one in found if layered.layer_of(one.where) != base]
    return (*own, *lint_overlays(layered, today=today))
