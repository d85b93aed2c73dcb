"""Which kinds of example a rule still lacks, judged by running its examples and changing them.

An example shows a kind only where the thing that it is about makes the difference: an event entered
in error would have changed the answer had it counted, a death stopped a rule that would have spoken
without it, a reason that has lapsed would have explained for as long as it stood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from msp_rules.authoring.examples import case_of
from msp_rules.casework.moments import Cutoff, end_of_day, parse_as_of
from msp_rules.casework.values import UNREADABLE
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.casework.workdays import Due
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.language.conditions import (
    AllOf,
    AnyOf,
    AttributeTest,
    ConceptUse,
    Condition,
    Count,
    ExplanationGiven,
    Extreme,
    FieldTest,
    Readable,
    ReasonInSubject,
    ReasonRecorded,
    Test,
    walk,
)
from msp_rules.rules.language.rule import Example, Rule, Ruleset

_FINDINGS: Final = frozenset({Verdict.NOT_MET, Verdict.PARTLY_MET, Verdict.MET_LATE})
_VERDICTS: Final = {
    "met": Verdict.MET,
    "not met": Verdict.NOT_MET,
    "not applicable": Verdict.NOT_APPLICABLE,
}
_FOR_GOOD: Final = "2099-12-31"

Event = Mapping[str, Any]


def lacking_kinds(rule: Rule, ruleset: Ruleset) -> Iterator[str]:
    """The kinds of example that a rule lacks, in the words of the issue that asks for them."""
    examples = _Examples(rule, ruleset)
    for kind, verdict in _VERDICTS.items():
        if verdict is Verdict.NOT_APPLICABLE and _always_applies(rule, ruleset):
            continue
        if not any(examples.answers(one, verdict) for one in rule.examples):
            yield kind
    shown: dict[str, Callable[[Example], bool]] = {
        "the last good moment": examples.shows_last_good_moment,
        "the first late moment": examples.shows_first_late_moment,
        "unknown: a part that can't be read": examples.shows_unreadable,
        "void evidence": examples.shows_void,
        "superseded evidence": examples.shows_superseded,
    }
    if any(rule.id not in one.keeps for one in ruleset.suspensions if one.limit_after):
        shown["adult died: the rule stops"] = examples.shows_stopped_by_death
        shown["adult died: judged as usual"] = examples.shows_judged_after_death
    else:
        shown["adult died: the rule goes on"] = examples.shows_judged_after_death
    yield from (kind for kind, shows in shown.items() if not any(map(shows, rule.examples)))
    for reason in _reasons(rule.explained_when):
        if not examples.shows_explained(reason):
            yield f"explained by {reason.words}"
        if reason.can_lapse and not examples.shows_lapsed(reason):
            yield f"lapsed: {reason.words}"


def _always_applies(rule: Rule, ruleset: Ruleset) -> bool:
    can_stop = any(rule.id not in one.keeps for one in ruleset.suspensions)
    # What a rule asks of the readability of a record is unknown at worst, and never false.
    has_no_limits = rule.applies_when is None or isinstance(rule.applies_when, Readable)
    return has_no_limits and rule.each is None and not can_stop


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reason:
    """One accepted reason; `lasting` is the same reason as if it stood for good."""

    words: str
    condition: Condition
    lasting: Condition
    can_lapse: bool


class _Examples:
    """Runs the examples of one rule, as they are written and with small changes."""

    def __init__(self, rule: Rule, ruleset: Ruleset) -> None:
        self._rule = rule
        self._ruleset = ruleset
        self._engine = self._engine_of(rule)

    def _engine_of(self, rule: Rule) -> Engine:
        alone = replace(self._ruleset, rules=(replace(rule, is_enabled=True),))
        return Engine(alone, matcher="python")

    def _run(self, example: Example, engine: Engine | None = None) -> tuple[Answer, ...]:
        case, _ = case_of(example, self._ruleset.vocabulary)
        return (engine or self._engine).evaluate(case, parse_as_of(example.as_of)).answers

    def _verdicts(self, example: Example, engine: Engine | None = None) -> list[str]:
        return sorted(one.verdict.value for one in self._run(example, engine))

    def answers(self, example: Example, verdict: Verdict) -> bool:
        return verdict in self._verdicts(example)

    def shows_last_good_moment(self, example: Example) -> bool:
        as_of = parse_as_of(example.as_of)
        for one in self._run(example):
            if one.due is None:
                continue
            if one.verdict is Verdict.NOT_YET_DUE and _is_last_good(as_of, one.due):
                return True
            if one.verdict is Verdict.MET and any(
                _is_last_good(moment, one.due) for moment in _evidence(one, example)
            ):
                return True
        return False

    def shows_first_late_moment(self, example: Example) -> bool:
        as_of = parse_as_of(example.as_of)
        for one in self._run(example):
            if one.due is None or one.verdict not in _FINDINGS:
                continue
            late = [as_of]
            if one.verdict is Verdict.MET_LATE:
                late = list(_evidence(one, example))
            if any(self._is_first_late(moment, one.due) for moment in late):
                return True
        return False

    def _is_first_late(self, moment: Cutoff, due: Due) -> bool:
        """Late by less than an hour or a day; in working days the next of them is the first."""
        if due.in_hours:
            return 0 < moment.instant - due.cutoff.instant < _HOUR
        following = {
            due.cutoff.day + 1,
            self._engine.clock.calendar.next_working_day(due.cutoff.day),
        }
        return moment.day in following

    def shows_unreadable(self, example: Example) -> bool:
        written = [value for _, fields in _events(example) for value in fields.values()]
        is_unreadable = UNREADABLE in written or any(UNREADABLE in f for _, f in _events(example))
        return (
            is_unreadable
            and example.supplies is None
            and self.answers(example, Verdict.CANNOT_TELL)
        )

    def shows_void(self, example: Example) -> bool:
        counted = _without(example, "void", "yes")
        return counted != example and self._differ(counted, example)

    def shows_superseded(self, example: Example) -> bool:
        """A corrected event would change the answer, alone or beside its correction."""
        events = _events(example)
        if not any("supersedes" in fields for _, fields in events):
            return False
        beside = tuple(
            {kind: {key: one for key, one in fields.items() if key != "supersedes"}}
            for kind, fields in events
        )
        alone = tuple({kind: fields} for kind, fields in events if "supersedes" not in fields)
        return any(self._differ(replace(example, given=one), example) for one in (beside, alone))

    def shows_stopped_by_death(self, example: Example) -> bool:
        stopped = self._verdicts(example)
        return "not_applicable" in stopped and self._verdicts(_without_death(example)) != stopped

    def shows_judged_after_death(self, example: Example) -> bool:
        if _without_death(example) == example:
            return False
        return any(one.verdict in {*_FINDINGS, Verdict.MET} for one in self._run(example))

    def _differ(self, one: Example, other: Example) -> bool:
        return self._verdicts(one) != self._verdicts(other)

    def shows_explained(self, reason: _Reason) -> bool:
        engine = self._engine_of(replace(self._rule, explained_when=reason.condition))
        return any(
            "explained" in self._verdicts(example)
            and "explained" in self._verdicts(example, engine)
            for example in self._rule.examples
        )

    def shows_lapsed(self, reason: _Reason) -> bool:
        engine = self._engine_of(replace(self._rule, explained_when=reason.condition))
        lasting = self._engine_of(replace(self._rule, explained_when=reason.lasting))
        return any(
            "explained" not in self._verdicts(example)
            and "explained" not in self._verdicts(example, engine)
            and "explained" in self._verdicts(_standing_for_good(example), lasting)
            for example in self._rule.examples
        )


_HOUR: Final = 3_600_000_000
"""In microseconds, like all instants."""


def _is_last_good(moment: Cutoff, due: Due) -> bool:
    """Whether a moment lies in the last hour of a limit of hours, or on the last day of others."""
    if due.in_hours:
        return 0 <= due.cutoff.instant - moment.instant < _HOUR
    return moment.day == due.cutoff.day


def _evidence(answer: Answer, example: Example) -> Iterator[Cutoff]:
    case, _ = case_of(example, core_vocabulary())
    for event in case.events:
        if event.id in answer.evidence and event.moment is not None:
            if event.moment.instant is None:
                yield end_of_day(event.moment.day)
            else:
                yield Cutoff(event.moment.day, event.moment.instant)


def _events(example: Example) -> list[tuple[str, Event]]:
    return [(kind, fields or {}) for one in example.given for kind, fields in one.items()]


def _without(example: Example, name: str, value: str) -> Example:
    """The example with a field left out wherever it has that value."""
    given = tuple(
        {kind: {key: one for key, one in fields.items() if (key, one) != (name, value)}}
        for kind, fields in _events(example)
    )
    return replace(example, given=given)


def _without_death(example: Example) -> Example:
    given = tuple(one for one in example.given if "adult_died" not in one)
    return replace(example, given=given)


def _standing_for_good(example: Example) -> Example:
    """The example with every explanation of its own event type standing until far in the future."""
    given = tuple(
        {kind: {**fields, "review_by": _FOR_GOOD} if kind == "explanation" else fields}
        for kind, fields in _events(example)
    )
    return replace(example, given=given)


def _reasons(node: Condition | None) -> Iterator[_Reason]:
    """Each reason that explains by itself, each code of it apart."""
    if isinstance(node, AnyOf):
        for part in node.of:
            yield from _reasons(part)
        return
    if isinstance(node, ConceptUse):
        yield from _reasons(node.condition)
        return
    if node is None:
        return
    for words, one in _each_code(node):
        lasting = _lasting(one)
        can_lapse = lasting != one or any(isinstance(n, ExplanationGiven) for n in walk(one))
        place = "" if node.place is None else f" (line {node.place.line})"
        yield _Reason(words=f"{words}{place}", condition=one, lasting=lasting, can_lapse=can_lapse)


def _each_code(node: Condition) -> Iterator[tuple[str, Condition]]:
    """A reason that names several codes, once for each of them."""
    if isinstance(node, ExplanationGiven):
        for code in node.codes:
            yield code, replace(node, codes=(code,))
    elif isinstance(node, ReasonRecorded | Count):
        for words, where in _each_value(node.selection.where):
            yield (
                words or node.selection.type,
                replace(node, selection=replace(node.selection, where=where)),
            )
    elif isinstance(node, ReasonInSubject | AttributeTest | Extreme):
        for words, where in _each_value(node.where):
            yield words or "the record itself", replace(node, where=where)
    else:
        yield "a reason in parts", node


def _each_value(where: tuple[FieldTest, ...]) -> Iterator[tuple[str, tuple[FieldTest, ...]]]:
    """The tests of a reason, once for each code of the first of them that names several."""
    several = [test for test in where if test.test is Test.ONE_OF and len(test.values) > 1]
    if not several:
        yield " and ".join(test.values[0] for test in where if test.values), where
        return
    chosen = several[0]
    for value in chosen.values:
        one = replace(chosen, values=(value,))
        yield value, tuple(one if test is chosen else test for test in where)


def _lasting(node: Condition) -> Condition:
    if isinstance(node, ReasonRecorded | ReasonInSubject):
        return replace(node, standing=None, stands_for=None)
    if isinstance(node, AllOf | AnyOf):
        return replace(node, of=tuple(map(_lasting, node.of)))
    return node
