"""Chooses what one view shows: few prompts, those for the step and the role, the rest held back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary
from msp_rules.engine.prompting import ANY_STEP, CRITICAL, WARNING
from msp_rules.errors import MspRulesError
from msp_rules.prompts.card import in_language
from msp_rules.prompts.feedback import refuse_other
from msp_rules.prompts.prompt import DeskState, Prompt, PromptState, Timing
from msp_rules.rules.language.catalogue import Words

_URGENCIES: Final = {CRITICAL: 0, WARNING: 1, "info": 2}
_TIMINGS: Final = {Timing.OVERDUE: 0, Timing.DUE_SOON: 1, Timing.EARLY: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most prompts that one view shows to one worker. Raises MspRulesError if negative."""

    interrupting: int = 1
    """The number that may interrupt the worker."""
    passive: int = 3
    """The number that may be shown beside the worker's form."""

    def __post_init__(self) -> None:
        if self.interrupting < 0 or self.passive < 0:
            raise MspRulesError("a budget of prompts can't be negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The prompts of one view, in each part the most pressing first."""

    interrupting: tuple[Prompt, ...]
    """Prompts that interrupt the worker."""
    passive: tuple[Prompt, ...]
    """Prompts that are shown beside the worker's form."""
    held_back: tuple[Prompt, ...]
    """Prompts for which the budget leaves no room."""
    answered: tuple[Prompt, ...] = ()
    """Prompts that a worker has dealt with and the record leaves open, the next to come back
    first."""

    @property
    def shown(self) -> tuple[Prompt, ...]:
        """All that is to be shown."""
        return self.interrupting + self.passive


_DEFAULT: Final = Budget()


def view(
    state: DeskState,
    *,
    step: str | None = None,
    role: str | None = None,
    budget: Budget = _DEFAULT,
    vocabulary: Vocabulary | None = None,
    words: Words | None = None,
) -> View:
    """Chooses what to show to a role (None: to anybody) at a step of the work.

    `step` is the event type that is being recorded: prompts whose rules ask there, or at any step,
    are shown. None is the page of the case, outside any step: it shows prompts that ask at
    any step, critical ones, and those due soon or overdue. Prompts ask in `words` where these are
    given (`words_of` finds those of a language). Raises MspRulesError for a step or role
    that the vocabulary does not have.
    """
    vocabulary = vocabulary or core_vocabulary()
    if step is not None:
        refuse_other(step, (ANY_STEP, *vocabulary.events), "the step of a view")
    if role is not None:
        refuse_other(role, vocabulary.enums["worker_role"], "the role of a view")
    wanted = [
        prompt if words is None else in_language(prompt, words)
        for prompt in state.standing
        if (role is None or role in prompt.roles) and _belongs(prompt, step)
    ]
    answered = sorted((one for one in wanted if not one.asks), key=_by_return)
    return replace(within(budget, (one for one in wanted if one.asks)), answered=tuple(answered))


def within(budget: Budget, asking: Iterable[Prompt]) -> View:
    """Divides prompts that ask among the parts of a view, the most pressing first.

    A critical prompt interrupts until it has been shown. One that has been, and one for which there
    is no room among the interrupting, takes a passive place like any other.
    """
    interrupting, others = list[Prompt](), list[Prompt]()
    for prompt in sorted(asking, key=_by_urgency_and_due):
        is_unseen = prompt.state is PromptState.RAISED
        if prompt.urgency == CRITICAL and is_unseen and len(interrupting) < budget.interrupting:
            interrupting.append(prompt)
        else:
            others.append(prompt)
    return View(
        interrupting=tuple(interrupting),
        passive=tuple(others[: budget.passive]),
        held_back=tuple(others[budget.passive :]),
    )


def _belongs(prompt: Prompt, step: str | None) -> bool:
    if ANY_STEP in prompt.ask_at:
        return True
    if step is not None:
        return step in prompt.ask_at
    return prompt.urgency == CRITICAL or prompt.timing is not Timing.EARLY


def _by_return(prompt: Prompt) -> tuple[bool, int, str, str]:
    until = prompt.until
    return until is None, until or 0, prompt.key.rule, prompt.key.subject or ""


def _by_urgency_and_due(prompt: Prompt) -> tuple[int, int, bool, int, str, str]:
    due = prompt.due.cutoff.instant if prompt.due is not None else 0
    return (
        _URGENCIES[prompt.urgency],
        _TIMINGS[prompt.timing],
        prompt.due is None,
        due,
        prompt.key.rule,
        prompt.key.subject or "",
    )
