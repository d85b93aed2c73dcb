"""Applies local exceptions to a case's answers: waived findings, subjects left out by filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.visibility import CaseView, in_force
from msp_rules.engine.compiled import Compiled
from msp_rules.engine.conditions import ConditionCompiler
from msp_rules.engine.engine import Engine
from msp_rules.engine.scope import Scope, scope_of
from msp_rules.engine.truth import TRUE
from msp_rules.engine.verdict import FINDINGS, Answer, Verdict
from msp_rules.rules.language.rule import LocalFilter, Waiver


class LocalException(NamedTuple):
    """A waiver or filter that acted on a rule, named for counting."""

    rule: str
    """The id of the rule."""
    layer: str
    """The id of the overlay that contains the waiver or filter."""
    name: str
    """The name of the waiver or filter."""


class AppliedExceptions(NamedTuple):
    """Answers with their waivers, and each time that a filter left a subject out."""

    answers: tuple[Answer, ...]
    """The answers in their order; findings that are set aside name their waiver."""
    filtered: tuple[LocalException, ...]
    """One entry for each time that a filter left a subject out; empty if none did."""


@dataclass(frozen=True, slots=True)
class _Exclusion:
    filter: LocalFilter
    condition: Compiled
    before: Compiled | None
    before_if_none: Compiled | None

    def excludes(self, scope: Scope, subject: Event | None) -> bool:
        """Tells whether this filter is what leaves the subject out."""
        before = self.before
        if subject is None and self.filter.each is not None:
            before = self.before_if_none
            if before is None:
                return False
        scope = scope.on(subject)
        if before is not None and before.term(scope) != TRUE:
            return False
        return self.condition.term(scope) == TRUE


class LocalExceptions:
    """The waivers and filters of an engine's ruleset."""

    def __init__(self, engine: Engine) -> None:
        ruleset = engine.ruleset
        self._settings = ruleset.settings
        self._waivers: dict[str, list[Waiver]] = {}
        for waiver in ruleset.waivers:
            for rule in waiver.rules:
                self._waivers.setdefault(rule, []).append(waiver)
        self._exclusions: dict[str, list[_Exclusion]] = {}
        for one in ruleset.filters:
            compiler = ConditionCompiler(one.rule, one.each, engine.clock, ruleset.settings)
            exclusion = _Exclusion(
                filter=one,
                condition=compiler.compile(one.condition),
                before=compiler.compile_if(one.before),
                before_if_none=compiler.compile_if(one.before_if_none),
            )
            self._exclusions.setdefault(one.rule, []).append(exclusion)

    def apply(self, case: Case, as_of: Cutoff, answers: tuple[Answer, ...]) -> AppliedExceptions:
        """Marks the answers that are waived, and lists what filters left out."""
        if not self._waivers and not self._exclusions:
            return AppliedExceptions(answers, ())
        applied = tuple(self._with_waiver(case, as_of, one) for one in answers)
        return AppliedExceptions(applied, self._left_out(case, as_of, answers))

    def waiver_of(self, case: Case, as_of: Cutoff, answer: Answer) -> Waiver | None:
        """Finds the waiver that sets a finding aside, the highest layer's if there are several."""
        if answer.verdict not in FINDINGS:
            return None
        found = None
        for waiver in self._waivers.get(answer.rule, ()):
            if waiver.reasons.period.holds_on(as_of.day) and _is_in_scope(waiver, case.attributes):
                found = waiver
        return found

    def _with_waiver(self, case: Case, as_of: Cutoff, answer: Answer) -> Answer:
        waiver = self.waiver_of(case, as_of, answer)
        if waiver is None:
            return answer
        # Neither red nor green: the question can't be answered by what was set aside.
        colour = answer.colour if answer.colour == "none" else "grey"
        return answer._replace(waived=(waiver.reasons.layer, waiver.name), colour=colour)

    def _left_out(
        self, case: Case, as_of: Cutoff, answers: tuple[Answer, ...]
    ) -> tuple[LocalException, ...]:
        found: list[LocalException] = []
        scope: Scope | None = None
        subjects: dict[str | None, dict[str, Event]] = {}
        for answer in answers:
            exclusions = self._exclusions.get(answer.rule)
            if exclusions is None or answer.verdict is not Verdict.NOT_APPLICABLE:
                continue
            if scope is None:
                view = in_force(case, as_of)
                scope = scope_of(view, self._settings)
            for one in exclusions:
                first, last = one.filter.days
                subject = _subject(view, one.filter.each, answer.subject, subjects)
                if first <= as_of.day <= last and one.excludes(scope, subject):
                    layer = one.filter.reasons.layer
                    found.append(LocalException(answer.rule, layer, one.filter.name))
        return tuple(found)


def _subject(
    view: CaseView,
    each: str | None,
    subject: str | None,
    known: dict[str | None, dict[str, Event]],
) -> Event | None:
    """Finds the first event of a type with an id; `known` are those of types asked before."""
    if each not in known:
        known[each] = {event.id: event for event in reversed(view.by_type.get(each or "", ()))}
    return None if subject is None else known[each].get(subject)


def _is_in_scope(waiver: Waiver, attributes: Mapping[str, object]) -> bool:
    """Tells whether a case falls under a waiver; without a team, under none that names a team."""
    team, agency = attributes.get("team"), attributes.get("agency")
    return (not waiver.teams or team in waiver.teams) and (
        not waiver.agencies or agency in waiver.agencies
    )
