"""Goes through a made-up case step by step, as a worker and then an auditor would see it.

At each step the desk looks at all that was recorded until then and says what it would ask, of whom;
at the end the audit judges the whole. Nothing here is made for training: both are what a host and a
scan get.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Final

from msp_rules.audit.case_audit import CaseAudit, CaseResult
from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.values import event_from_mapping
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Verdict
from msp_rules.errors import MspRulesError, Problem, RulesetInvalid, did_you_mean
from msp_rules.prompts.desk import advance
from msp_rules.prompts.feedback import hear
from msp_rules.prompts.prompt import (
    DeskState,
    Feedback,
    FeedbackKind,
    Prompt,
    PromptState,
)
from msp_rules.prompts.view import View, view
from msp_rules.rules.language.rule import Ruleset
from msp_rules.rules.rehearsals import Rehearsal, RehearsalStep, read_rehearsal

_CASE: Final = "rehearsal"
_NOT_EVIDENCED: Final = (Verdict.NOT_MET, Verdict.PARTLY_MET)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step as it went."""

    step: RehearsalStep
    """The step."""
    events: tuple[Event, ...]
    """The events that were recorded at it."""
    asked: View
    """The prompts that the worker sees."""
    ended: tuple[Prompt, ...]
    """The prompts that were open at the step before, and are not any more."""

    @property
    def asking(self) -> tuple[str, ...]:
        """The rules whose questions are shown, the most pressing first, each once."""
        return tuple(dict.fromkeys([prompt.key.rule for prompt in self.asked.shown]))


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalResult:
    """A rehearsal as it went."""

    rehearsal: Rehearsal
    """The made-up case."""
    steps: tuple[StepResult, ...]
    """Its steps."""
    audit: CaseResult
    """The result of the audit at the end."""

    @property
    def not_evidenced(self) -> tuple[str, ...]:
        """The rules that the audit finds not evidenced, or only in part, each once."""
        found = [one.rule for one in self.audit.answers if one.verdict in _NOT_EVIDENCED]
        return tuple(dict.fromkeys(found))

    def differences(self) -> Iterator[str]:
        """Says in what the rules came to something else than the case says of itself."""
        for number, one in enumerate(self.steps, start=1):
            wanted = one.step.asks
            if wanted is not None and wanted != one.asking:
                yield (
                    f"{one.step.where}: step {number} says that it asks {_listed(wanted)}; "
                    f"the rules ask {_listed(one.asking)}"
                )
        wanted = self.rehearsal.not_evidenced
        if wanted is not None and sorted(wanted) != sorted(self.not_evidenced):
            where = self.steps[-1].step.where.path
            yield (
                f"{where}: the audit is said to find {_listed(wanted)} not evidenced; "
                f"it finds {_listed(self.not_evidenced)}"
            )


def rehearse(rehearsal: Rehearsal, engine: Engine, audit: CaseAudit) -> RehearsalResult:
    """Goes through a case by the rules of an engine and, at the end, of an audit.

    Raises RulesetInvalid where an event can't be what its step says.
    """
    ruleset = engine.ruleset
    state, events = DeskState(case=_CASE), list[Event]()
    steps = list[StepResult]()
    numbers = count(1)
    for step, new in zip(rehearsal.steps, _events(rehearsal, ruleset.vocabulary), strict=True):
        events += new
        before = state.standing
        state = advance(engine, _case(rehearsal, events), state, parse_as_of(step.at)).state
        asked = view(state, step=step.form, vocabulary=ruleset.vocabulary)
        ended = [state.prompts[one.key] for one in before]
        steps.append(
            StepResult(
                step=step,
                events=new,
                asked=asked,
                ended=tuple(one for one in ended if not one.stands),
            )
        )
        for prompt in asked.shown:
            if prompt.state is PromptState.RAISED:
                state = _shown(ruleset, state, prompt, step.at, next(numbers))
    as_of = parse_as_of(rehearsal.audited)
    return RehearsalResult(
        rehearsal=rehearsal,
        steps=tuple(steps),
        audit=audit.of(_case(rehearsal, events), as_of),
    )


def _shown(ruleset: Ruleset, state: DeskState, prompt: Prompt, at: str, number: int) -> DeskState:
    """Tells the desk that a prompt was shown, so that it need not interrupt a second time."""
    feedback = Feedback(
        id=f"shown-{number}",
        key=prompt.key,
        generation=prompt.generation,
        kind=FeedbackKind.SHOWN,
        at=at,
    )
    return hear(ruleset, state, feedback).state


def _case(rehearsal: Rehearsal, events: Sequence[Event]) -> Case:
    return Case(
        id=_CASE,
        events=tuple(events),
        attributes=dict(rehearsal.case),
        adult=dict(rehearsal.adult),
    )


def _events(rehearsal: Rehearsal, vocabulary: Vocabulary) -> list[tuple[Event, ...]]:
    """Makes the events of each step; raises RulesetInvalid with all that is wrong with them."""
    found, problems = list[tuple[Event, ...]](), list[Problem]()
    for number, step in enumerate(rehearsal.steps, start=1):
        events = list[Event]()
        for place, entry in enumerate(step.given, start=1):
            ((kind, body),) = entry.items()
            fields = {"occurred": step.at, **(body if isinstance(body, dict) else {})}
            event, bad = event_from_mapping(
                kind, fields, vocabulary=vocabulary, default_id=f"step{number}-{place}"
            )
            events.append(event)
            problems += [Problem(where=step.where, code="event", message=one) for one in bad]
        found.append(tuple(events))
    if problems:
        raise RulesetInvalid(problems)
    return found


def _listed(rules: Sequence[str]) -> str:
    return ", ".join(rules) or "nothing"


def training_cases() -> dict[str, Path]:
    """Finds the training cases of this package, by name."""
    folder = Path(str(resources.files("msp_rules.authoring").joinpath("training_cases")))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find_rehearsal(name: str, ruleset: Ruleset) -> Rehearsal:
    """Reads the rehearsal of a file, or the training case of a name.

    Raises MspRulesError where there is neither, RulesetInvalid where it holds mistakes.
    """
    known = training_cases()
    path = known.get(name, Path(name))
    if name not in known and not path.is_file():
        hint = did_you_mean(name, known)
        raise MspRulesError(f'there is no file and no training case called "{name}"{hint}')
    return read_rehearsal(path, ruleset)
