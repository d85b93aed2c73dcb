"""Compares what two rulesets find and ask in one case, and counts the differences.

Rules that are the same in both are answered once; `whole=True` answers every rule twice, which must
give the same result.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from msp_rules.authoring.impact.effects import (
    ChangedRow,
    Effect,
    Key,
    Side,
    State,
    compared,
    finding_effect,
    means_another,
    prompt_effect,
    sides,
    touched_by_names,
    touched_rules,
)
from msp_rules.authoring.impact.forecast import WEEKS, Forecast, Forecaster
from msp_rules.authoring.impact.held import Held, places_of, words_named
from msp_rules.casework.case import Case, Fault, owner_of
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.visibility import CaseView, in_force
from msp_rules.casework.vocabulary import words_of_both
from msp_rules.engine.engine import Engine
from msp_rules.engine.matchers.choice import MatcherChoice
from msp_rules.engine.prompting import asks_when_closed, is_closed
from msp_rules.engine.verdict import Verdict
from msp_rules.engine.waivers import LocalExceptions
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.source import InputFile
from msp_rules.prompts.view import Budget
from msp_rules.rules.language.rule import Ruleset


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Asks what changes between two rulesets, as of when, and how prompts are counted."""

    before: Ruleset
    """The rules as they are."""
    after: Ruleset
    """The rules as they would be."""
    matcher: MatcherChoice
    """The matcher that answers both."""
    mapping: CaseMapping | None = None
    """The mapping of a vendor's own exports; None for canonical ones."""
    as_of: Cutoff | None = None
    """The moment to judge at; None for each export's own reference date."""
    budget: Budget = field(default_factory=Budget)
    """The most prompts that a view shows."""
    weeks: int = WEEKS
    """The number of weeks that the forecast covers."""
    has_forecast: bool = True
    """True if histories are replayed to count prompts."""
    whole: bool = False
    """True if every rule is answered twice, as a check on the shortcut."""


class Group(NamedTuple):
    """Names what is counted together: a rule, and the team and agency of the cases."""

    rule: str
    """The id of the rule."""
    team: str | None
    """The team; None where the case does not say."""
    agency: str | None
    """The agency; None where the case does not say."""


Counts = Counter[tuple[Group, Effect]]
Team = tuple[str | None, str | None]
"""A team and an agency, None where a case does not say."""


def by_rule(counts: Counts) -> dict[str, Counter[Effect]]:
    """Lists the effects of each rule, in id order."""
    found: dict[str, Counter[Effect]] = {}
    for (group, effect), count in counts.items():
        found.setdefault(group.rule, Counter())[effect] += count
    return dict(sorted(found.items()))


def by_team(counts: Counts) -> dict[Team, Counter[Effect]]:
    """Lists the effects in the cases of each team, by name; cases that name none come last."""
    found: dict[Team, Counter[Effect]] = {}
    for (group, effect), count in counts.items():
        found.setdefault((group.team, group.agency), Counter())[effect] += count

    def place(team: Team) -> tuple[bool, str, str]:
        return (team[0] is None, team[0] or "", team[1] or "")

    return {team: found[team] for team in sorted(found, key=place)}


class Placed(NamedTuple):
    """A changed row with the place of its case."""

    file: int
    """The number of the file."""
    case_index: int
    """The number of the case in it."""
    row: ChangedRow
    """The changed row."""


@dataclass(slots=True)
class Impact:
    """Counts what a change does; two of them add up."""

    cases: int = 0
    """The number of cases that were compared."""
    findings: Counts = field(default_factory=Counter)
    """Effects on findings, by group."""
    prompts: Counts = field(default_factory=Counter)
    """Effects on prompts, by group."""
    set_aside: Counter[tuple[str, State, str]] = field(default_factory=Counter)
    """Waived or filtered answers, by rule, state and side ("before", "after")."""
    other: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Changes of verdict that are a finding on neither side, by rule and pair of verdicts."""
    rows: list[Placed] = field(default_factory=list)
    """All subjects with a finding or prompt that changed."""
    forecast: Forecast = field(default_factory=Forecast)
    """The prompts of both sides, week by week."""
    concerned: set[str] = field(default_factory=set)
    """The rules that some case is about, on either side."""
    held: Held = field(default_factory=Held)
    """The words that cases have where waivers and filters name some."""
    inputs: list[InputFile] = field(default_factory=list)
    """The files that were read."""
    faults: list[Fault] = field(default_factory=list)
    """Everything that could not be read or judged."""
    is_complete: bool = True
    """False once there was a fault."""

    def merge(self, other: Impact) -> None:
        """Adds what another process found; the inputs are the same for all."""
        self.cases += other.cases
        self.findings.update(other.findings)
        self.prompts.update(other.prompts)
        self.set_aside.update(other.set_aside)
        self.other.update(other.other)
        self.rows += other.rows
        self.concerned |= other.concerned
        self.held.merge(other.held)
        self.forecast.merge(other.forecast)
        self.faults += other.faults
        self.is_complete = self.is_complete and other.is_complete


class _Judge:
    """Some rules of a ruleset, with its waivers and filters."""

    def __init__(self, engine: Engine, names: frozenset[str]) -> None:
        self.engine = engine.only(names)
        self.exceptions = LocalExceptions(self.engine)
        self._silent_when_closed = frozenset(
            rule.id for rule in self.engine.ruleset.rules if not asks_when_closed(rule)
        )

    def sides(self, view: CaseView) -> tuple[dict[Key, Side], tuple[Fault, ...]]:
        """Gives every row of a case, by rule and subject, and rules that could not answer."""
        evaluation = self.engine.evaluate_view(view)
        applied = self.exceptions.apply(view.case, view.as_of, evaluation.answers)
        silent = self._silent_when_closed if is_closed(view) else frozenset()
        found = sides(applied.answers, evaluation.faults, silent)
        left_out = {exception.rule for exception in applied.filtered}
        for one in applied.answers:
            # Which subjects of the rule a filter leaves out is asked only where it leaves any.
            if one.rule in left_out and one.verdict is Verdict.NOT_APPLICABLE:
                alone = self.exceptions.apply(view.case, view.as_of, (one,))
                if alone.filtered:
                    key = (one.rule, one.subject)
                    found[key] = found[key]._replace(state=State.FILTERED)
        return found, evaluation.faults


class _Sides:
    """Both rulesets, with the rules named that are answered twice."""

    def __init__(
        self, question: Question, before: Engine, touched: frozenset[str], forecast: Forecast
    ) -> None:
        same = frozenset(rule.id for rule in question.before.rules) - touched
        after = _engine(question.after.only(touched), question.matcher)
        self.same = _Judge(before, same)
        self.both = (_Judge(before, touched), _Judge(after, touched))
        self.forecaster = None
        if question.has_forecast:
            self.forecaster = Forecaster(
                (before, after),
                touched,
                budget=question.budget,
                weeks=question.weeks,
                forecast=forecast,
            )


def _engine(ruleset: Ruleset, matcher: MatcherChoice) -> Engine:
    return Engine(ruleset, matcher=matcher, foresees=False, gives_grounds=False)


class Comparison:
    """Compares one case after the other; `impact` grows.

    `vocabulary` and `dates` are those by which the cases are to be read.
    """

    def __init__(self, question: Question) -> None:
        before, after = question.before, question.after
        every = {rule.id for ruleset in (before, after) for rule in ruleset.rules}
        self.touched = frozenset(every) if question.whole else touched_rules(before, after)
        self.impact = Impact()
        self._question = question
        self.vocabulary = words_of_both(before.vocabulary, after.vocabulary)
        self.dates = after.settings.dates
        self._places = places_of(words_named(after), self.vocabulary)
        self._engine = _engine(before, question.matcher)
        self._usual = self._sides_with(self.touched)
        self._by_names = touched_by_names(before, after) - self.touched
        self._ids = (before.rule_ids, after.rule_ids)
        self._where_names_differ: _Sides | None = None
        self._prompts = tuple(
            {rule.id: rule.prompt for rule in one.rules} for one in (before, after)
        )
        self._switches: dict[int, tuple[dict[str, bool], dict[str, bool]]] = {}

    def _sides_with(self, touched: frozenset[str]) -> _Sides:
        return _Sides(self._question, self._engine, touched, self.impact.forecast)

    def _sides_for(self, case: Case) -> _Sides:
        """Gives the rules that are answered twice: more of them where an explanation asks for it.

        Hardly any case has one that names no rule; so they are got ready when it comes.
        """
        if not self._by_names or not means_another(case, *self._ids):
            return self._usual
        if self._where_names_differ is None:
            self._where_names_differ = self._sides_with(self.touched | self._by_names)
        return self._where_names_differ

    def compare(self, case: Case, as_of: Cutoff, file: int, index: int) -> list[Fault]:
        """Counts one case; gives the rules that could not be computed, now or on the way."""
        self.impact.held.see(case, self._places)
        sides = self._sides_for(case)
        view = in_force(case, as_of)
        agency, team = (one or None for one in owner_of(case))
        same, faults = sides.same.sides(view)
        (before, broken), (after, also_broken) = (judge.sides(view) for judge in sides.both)
        for (rule, _), side in same.items():
            self._count(Group(rule, team, agency), side, side)
        for (rule, subject), old, new in compared(before, after, self._switches_on(as_of.day)):
            finding, prompt = self._count(Group(rule, team, agency), old, new)
            if {finding, prompt} <= {None, Effect.UNCHANGED}:
                continue
            row = ChangedRow(
                rule, case.id, subject, team, agency, finding, prompt, before=old, after=new
            )
            self.impact.rows.append(Placed(file, index, row))
        found = [*faults, *broken, *also_broken]
        if sides.forecaster is not None:
            now = {(fault.rule, fault.event) for fault in found}
            replayed = sides.forecaster.replay(case, as_of)
            found += [_earlier(one) for one in replayed if (one.rule, one.event) not in now]
        return found

    def _count(self, group: Group, old: Side, new: Side) -> tuple[Effect | None, Effect | None]:
        impact, rule = self.impact, group.rule
        if _is_concerned(old) or _is_concerned(new):
            impact.concerned.add(rule)
        finding = finding_effect(old, new)
        was, now = (prompts.get(rule) for prompts in self._prompts)
        prompt = prompt_effect(old, new, was, now)
        if finding is not None:
            impact.findings[group, finding] += 1
        elif old.verdict != new.verdict and old.verdict is not None and new.verdict is not None:
            impact.other[rule, old.verdict.value, new.verdict.value] += 1
        if prompt is not None:
            impact.prompts[group, prompt] += 1
        for side, when in ((old, "before"), (new, "after")):
            if side.state in (State.WAIVED, State.FILTERED):
                impact.set_aside[rule, side.state, when] += 1
        return finding, prompt

    def _switches_on(self, day: int) -> tuple[dict[str, bool], dict[str, bool]]:
        """Gives the rules that each side has on a day, and whether they are switched on."""
        if day not in self._switches:
            self._switches[day] = (
                _switches(self._question.before, day),
                _switches(self._question.after, day),
            )
        return self._switches[day]


def _is_concerned(side: Side) -> bool:
    """Tells whether a row is about what the rule asks for."""
    is_answered = side.verdict is not None and side.verdict is not Verdict.NOT_APPLICABLE
    return is_answered or side.state is State.FILTERED


def _switches(ruleset: Ruleset, day: int) -> dict[str, bool]:
    return {rule.id: rule.is_enabled for rule in ruleset.as_on(day).rules}


def _earlier(fault: Fault) -> Fault:
    return fault._replace(reason=f"{fault.reason}, as of an earlier step of the case")
