"""Judges one rule on a clear record by its written functions, and fills no row that was matched.

The flow is that of `CompiledRule.fill` and `answers.answer` where nothing is unknown. What the
table of `verdict` would look at is one key here; a key that is new goes to the matchers as a row,
once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from msp_rules.casework.case import Event
from msp_rules.casework.workdays import Due
from msp_rules.engine.answers import answer
from msp_rules.engine.compiled import in_order_of_time
from msp_rules.engine.compiler import NOT_FILLED, CompiledRule, SuspensionState
from msp_rules.engine.scope import DueAnswer, Scope
from msp_rules.engine.straight.helpers import RunningFrom
from msp_rules.engine.truth import FALSE, TRUE
from msp_rules.engine.verdict import Answer, Decision, LimitNumber, Row, Verdict

_NOT_APPLICABLE: Final = Verdict.NOT_APPLICABLE
NONE_LACKS: Final = -1
"""Stands for the place of a part that does not hold, where all of them hold."""


class Key(NamedTuple):
    """Holds what the table looks at, of a rule that applies to a clear record."""

    lacks: int
    """The place of the first part of the expectation that does not hold, or NONE_LACKS."""
    suspended: int
    """The mark of a suspension that stops the rule."""
    has_begun: bool
    """True where the limit has begun."""
    is_past: bool
    """True where the limit has passed."""
    in_time: int
    """The mark of full evidence by the due moment."""
    excused: int
    """The mark of an explanation that excuses late evidence."""
    explained: int
    """The mark of an explanation that stands now."""
    cannot_tell: int
    """The mark of a record that cannot tell."""
    partly: int
    """The mark of evidence that counts in part."""
    lapsed: int
    """The mark of an explanation that no longer stands or lacks its text."""


class Functions(NamedTuple):
    """Holds the written functions of a rule; None for a block that it does not have."""

    applies: Callable[[Scope], object] | None
    """Tells whether the rule applies."""
    lacks: Callable[[Scope], int]
    """Gives the place of the first part of the expectation that does not hold, or NONE_LACKS."""
    events: Callable[[Scope], list[Event]]
    """Gives the events behind the expectation, where it holds."""
    limit: Callable[[Scope], RunningFrom]
    """Gives the limit and the number that decides it."""
    explained: Callable[[Scope], object] | None
    """Tells whether an explanation stands."""


class RuleCode:
    """Judges one rule on clear records."""

    def __init__(
        self,
        rule: CompiledRule,
        functions: Functions,
        decide: Callable[[Key], Decision | None],
    ) -> None:
        self.rule = rule
        self.applies = functions.applies
        self._lacks = functions.lacks
        self._events = functions.events
        self._limit = functions.limit
        self._explained = functions.explained
        self._decide = decide
        self._decided: dict[tuple[int, ...], Decision] = {}
        self.moves: bool = rule.clock_use is not None or rule.may_excuse_later
        """True where time alone may change an answer that is met, or that does not apply."""
        self._id, self._severity, self._met = rule.id, rule.severity, rule.met_colour

    def not_applicable(self, subject: str | None) -> Answer:
        """Answers for a subject to which the rule does not apply, or for the case."""
        if subject is None:
            return self.rule.not_applicable
        return _answer(self._id, subject, _NOT_APPLICABLE, None, (), self._severity, "none", None)

    def judge(
        self,
        scope: Scope,
        held: Mapping[int, SuspensionState],
        foresees: bool,  # noqa: FBT001 - as the engine was made; a name costs as much as the rest
        gives_grounds: bool,  # noqa: FBT001
    ) -> Answer | None:
        """Answers a rule that applies; None where its objects must: they know what is rare.

        That is a disagreement of the matchers, or a silence while suspensions hold (`held`). Raises
        NotClear where something is in doubt.
        """
        rule = self.rule
        due, number = self._limit(scope)
        lacks = self._lacks(scope)
        if rule.has_silences:
            if held:
                return None  # no silence extends beyond the moment at which limits were set aside
            if lacks != NONE_LACKS:
                due = self._later(due, scope)
        suspended = rule.suspended(held, due) if held else NOT_FILLED
        known = due if isinstance(due, Due) else None
        is_past = known is not None and scope.as_of.instant > known.cutoff.instant
        in_time = excused = explained = cannot_tell = partly = lapsed = NOT_FILLED
        seen = scope
        events: list[Event] | None = None
        if lacks == NONE_LACKS:
            in_time = TRUE
            if is_past and rule.has_limit and known is not None:
                events = self._plainly_in_time(scope, known)
                if events is None:
                    seen = scope.seen_through(known.cutoff)
                    in_time = rule.expects.term(seen)
                if in_time == FALSE and rule.explained is not None:
                    excused = rule.excused(rule.explained, scope, scope, known)
        else:
            if self._explained is not None:
                explained = TRUE if self._explained(scope) else FALSE
            if is_past:
                cannot_tell, partly, lapsed = self._past(scope)
        key = (
            lacks,
            suspended,
            known is not None,
            is_past,
            in_time,
            excused,
            explained,
            cannot_tell,
            partly,
            lapsed,
        )
        decision = self._decided.get(key)
        if decision is None:
            decision = self._decide(Key(*key))
            if decision is None:
                return None
            self._decided[key] = decision
        if decision.row is not Row.IN_TIME or (foresees and self.moves):
            return answer(
                rule, decision, scope, due, held, foresees=foresees, gives_grounds=gives_grounds
            )
        ids: tuple[str, ...] = ()
        if gives_grounds:
            if events is None:
                events = self._events(seen)
            ids = in_order_of_time(events) if events else ()
        subject = None if scope.this is None else scope.this.id
        number = None if known is None else number
        return _answer(
            self._id, subject, decision.verdict, known, ids, self._severity, self._met, number
        )

    def _later(self, due: DueAnswer, scope: Scope) -> DueAnswer:
        """Gives the limit of the last silence that was too long, where that is later."""
        broken = self.rule.expects.broken_limit(scope)
        is_later = (
            broken is not None
            and isinstance(due, Due)
            and broken.due.cutoff.instant > due.cutoff.instant
        )
        return broken.due if is_later and broken is not None else due

    def _plainly_in_time(self, scope: Scope, due: Due) -> list[Event] | None:
        """Gives full evidence that lies within its limit and that more could not have undone.

        It then was the evidence by the limit, too: nothing is looked for as of then. None: that is
        not plain.
        """
        if not self.rule.expects.only_grows:
            return None
        events, last = self._events(scope), due.cutoff.instant
        for event in events:
            if event.moment is None or event.moment.instant > last:
                return None
        return events

    def _past(self, scope: Scope) -> tuple[int, int, int]:
        """Gives the marks that count where there is no evidence and the limit has passed."""
        rule = self.rule
        cannot_tell = partly = lapsed = NOT_FILLED
        if rule.cannot_tell is not None:
            cannot_tell = rule.cannot_tell.term(scope)
        if rule.partly is not None:
            partly = rule.partly.term(scope)
        if rule.explained is not None:
            lapsed = rule.explained.term(scope.for_reasons(is_weak=True))
        return cannot_tell, partly, lapsed


def _answer(
    rule: str,
    subject: str | None,
    verdict: Verdict,
    due: Due | None,
    evidence: tuple[str, ...],
    severity: str,
    colour: str,
    number: LimitNumber | None,
) -> Answer:
    """Makes an answer that lacks nothing; compiled, the constructor costs nearly twice as much."""
    parts = (
        rule,
        subject,
        verdict,
        due,
        evidence,
        (),
        severity,
        colour,
        None,
        None,
        number,
        None,
    )
    return tuple.__new__(Answer, parts)
