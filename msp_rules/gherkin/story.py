"""Collects what a scenario tells, and has the rules evaluate it.

A story is the record of one case in the making. Sentences add to it; at the When it becomes a case,
as an export would hold it, and the engine answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from msp_rules.casework.case import Case, FieldValue, Supply
from msp_rules.casework.moments import Cutoff, parse_as_of
from msp_rules.casework.values import event_from_mapping
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.engine.prompting import CRITICAL
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.engine.waivers import LocalException, LocalExceptions
from msp_rules.errors import Problem, RulesetInvalid, SourceLocation, did_you_mean
from msp_rules.gherkin.days import AT_THE_CONCERN, DEFAULT_CONCERN_DAY, Occurrence, StepRefused
from msp_rules.prompts.desk import advance
from msp_rules.prompts.prompt import DeskState, Prompt
from msp_rules.prompts.view import view
from msp_rules.rules.language.rule import Rule, Ruleset

_MISSING = frozenset({Verdict.NOT_MET, Verdict.PARTLY_MET})


class RulesOfStory:
    """The rules that scenarios are judged by, with the names that steps call them by.

    `names` are a team's own names for rules (by id), beside ids and titles.
    """

    def __init__(
        self, ruleset: Ruleset, names: Mapping[str, str] | None = None, *, matcher: str = "auto"
    ) -> None:
        self.ruleset = ruleset
        self.vocabulary: Vocabulary = ruleset.vocabulary
        self.engine = Engine(ruleset, matcher=matcher)
        self.exceptions = LocalExceptions(self.engine)
        self._ids = {rule.title: rule.id for rule in ruleset.rules}
        self._ids |= {rule.id: rule.id for rule in ruleset.rules} | dict(names or {})

    def rule_id(self, words: str) -> str:
        """Finds the id of a rule that a step names; raises StepRefused with the nearest name."""
        name = words.strip('"')
        if name not in self._ids:
            hint = did_you_mean(name, self._ids)
            raise StepRefused(f'{self.ruleset.id} has no rule "{name}"{hint}')
        return self._ids[name]

    def rule_on(self, rule: str, day: date) -> Rule:
        """Gives a rule as it is on a day."""
        return next(one for one in self.ruleset.as_on(day.toordinal()).rules if one.id == rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the record, as a step gave it."""

    type: str
    """The event type."""
    fields: Mapping[str, object]
    """The values by field, as written."""
    when: Occurrence
    """The time at which it happened."""
    place: SourceLocation
    """The step that gave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A Then step that the rules contradict."""

    where: SourceLocation
    """The step."""
    message: str
    """The answer that was expected, and the one that came."""


@dataclass(slots=True, kw_only=True)
class Story:
    """A scenario while it runs: it changes from step to step, and no other scenario sees it."""

    rules: RulesOfStory
    """The rules that judge the case."""
    place: SourceLocation = SourceLocation(path="scenario")
    """The step that is being run."""
    entries: list[Entry] = field(default_factory=list)
    """The entries of the record so far."""
    attributes: dict[str, FieldValue] = field(default_factory=dict)
    """The attributes of the case."""
    adult: dict[str, FieldValue] = field(default_factory=dict)
    """The attributes of the adult."""
    not_supplied: set[str] = field(default_factory=set)
    """Types of entries that the case system never supplies."""
    problems: list[Problem] = field(default_factory=list)
    """Mistakes of the Given steps, kept until the When so that all are reported at once."""
    evaluated_on: date | None = None
    """The day of the When; None before it."""
    answers: tuple[Answer, ...] = ()
    """The answers of the rules at the When."""
    filtered: tuple[LocalException, ...] = ()
    """The times that local filters left a subject out."""
    disagreements: list[Disagreement] = field(default_factory=list)
    """The Then steps that the rules contradict, kept so that all of a scenario are reported."""
    _asked: tuple[Prompt, ...] | None = None
    _evaluated: tuple[Case, Cutoff, str | None] | None = None

    def tell(
        self, event: str, fields: Mapping[str, object], when: Occurrence = AT_THE_CONCERN
    ) -> None:
        """Adds an entry to the record."""
        self.entries.append(Entry(type=event, fields=fields, when=when, place=self.place))

    def note(self, refused: StepRefused, place: SourceLocation | None = None) -> None:
        """Keeps what is wrong with a step (this one, without a place)."""
        where = place or self.place
        self.problems.append(Problem(where=where, code="step", message=str(refused)))

    def contradict(self, message: str) -> None:
        """Keeps that the rules answer this Then step otherwise."""
        self.disagreements.append(Disagreement(where=self.place, message=message))

    def end(self) -> None:
        """Ends the scenario.

        Raises RulesetInvalid with the mistakes of its steps, else AssertionError with everything in
        which the rules disagree with it.
        """
        if self.problems:
            raise RulesetInvalid(self.problems)
        if self.disagreements:
            lines = (f"line {one.where.line}: {one.message}" for one in self.disagreements)
            raise AssertionError("\n".join(lines))

    def evaluate(self, as_of: str, step: str | None = None) -> None:
        """Evaluates the record as of a moment; raises RulesetInvalid with the problems noted.

        `step` is the type of the entry that the worker is making just then; None for the page of
        the case.
        """
        cutoff = parse_as_of(as_of)
        case = self.case()
        evaluation = self.rules.engine.evaluate(case, cutoff)
        if evaluation.faults:
            reasons = "; ".join(f"{one.rule}: {one.reason}" for one in evaluation.faults)
            raise AssertionError(f"could not be judged: {reasons}")
        applied = self.rules.exceptions.apply(case, cutoff, evaluation.answers)
        self.evaluated_on = date.fromordinal(cutoff.day)
        self.answers, self.filtered = applied.answers, applied.filtered
        self._evaluated, self._asked = (case, cutoff, step), None

    def case(self) -> Case:
        """Builds the case from the steps so far; raises RulesetInvalid with all its mistakes."""
        concern = self._concern()
        events, ids = [], self._ids()
        for number, entry in enumerate(self.entries, start=1):
            try:
                occurred = entry.when.text(concern)
                self._refuse_loose_ends(entry, ids)
            except StepRefused as refused:
                self.note(refused, entry.place)
                continue
            event, problems = event_from_mapping(
                entry.type,
                {"occurred": occurred, **entry.fields},
                vocabulary=self.rules.vocabulary,
                default_id=f"e{number}",
            )
            for problem in problems:
                self.note(StepRefused(problem), entry.place)
            events.append(event)
        if self.problems:
            raise RulesetInvalid(self.problems)
        return Case(
            id="scenario",
            events=tuple(events),
            attributes=self.attributes,
            adult=self.adult,
            supply=self._supply(),
        )

    def _concern(self) -> str:
        """Gives when the concern was raised: the first that has a day of its own."""
        for entry in self.entries:
            if entry.type == "concern_raised" and entry.when.day is not None:
                return entry.when.text("")
        return DEFAULT_CONCERN_DAY.isoformat()

    def _ids(self) -> set[str]:
        numbered = enumerate(self.entries, start=1)
        return {str(entry.fields.get("id", f"e{number}")) for number, entry in numbered}

    def _refuse_loose_ends(self, entry: Entry, ids: set[str]) -> None:
        """Refuses a reference to an entry that no step gives: it would silently never match."""
        kinds = self.rules.vocabulary.events[entry.type].fields
        for name, value in entry.fields.items():
            known = kinds.get(name)
            is_reference = name == "supersedes" or (known is not None and known.refers_to)
            for one in value if isinstance(value, list | tuple) else (value,):
                if is_reference and one not in ids:
                    message = f'no entry of this scenario is called "{one}" (by its id)'
                    raise StepRefused(message)

    def _supply(self) -> Supply:
        if not self.not_supplied:
            return Supply()
        types = frozenset(self.rules.vocabulary.events) - self.not_supplied
        return Supply(declared=True, types=types)

    def evaluation_day(self) -> date:
        """Gives the day of the evaluation; raises StepRefused before it."""
        if self.evaluated_on is None:
            message = 'nothing was evaluated yet; write "When the case is looked at on DAY" first'
            raise StepRefused(message)
        return self.evaluated_on

    def answers_of(self, rule: str) -> tuple[Answer, ...]:
        """Gives the answers of a rule; those that do not apply are left out where others do."""
        self.evaluation_day()
        found = tuple(one for one in self.answers if one.rule == rule)
        applying = tuple(one for one in found if one.verdict is not Verdict.NOT_APPLICABLE)
        return applying or found

    def asked(self) -> tuple[Prompt, ...]:
        """Gives the prompts of the desk's view at the step and moment, the most pressing first.

        One that is held back is among them: a worker who asks for more sees it.
        """
        self.evaluation_day()
        if self._asked is None:
            assert self._evaluated is not None
            case, now, step = self._evaluated
            state, _ = advance(self.rules.engine, case, DeskState(case=case.id), now)
            shown = view(state, step=step, vocabulary=self.rules.vocabulary)
            self._asked = (*shown.shown, *shown.held_back)
        return self._asked

    def asked_about(self) -> Mapping[str, str]:
        """Gives the questions that the worker is asked at the step and moment, by rule."""
        return {one.key.rule: one.summary for one in sorted(self.asked(), key=_by_rule)}

    def interrupting(self) -> str | None:
        """Gives the rule whose question interrupts the worker; None where none does."""
        first = next(iter(self.asked()), None)
        return first.key.rule if first is not None and first.urgency == CRITICAL else None

    def found_missing(self) -> tuple[str, ...]:
        """Gives the rules that find something missing, by id, whether or not a waiver stands."""
        self.evaluation_day()
        return tuple(sorted({one.rule for one in self.answers if one.verdict in _MISSING}))


def _by_rule(prompt: Prompt) -> str:
    return prompt.key.rule


def listed(words: Iterable[str]) -> str:
    """Lists words as a sentence does: "a, b and c"."""
    found: Sequence[str] = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"
