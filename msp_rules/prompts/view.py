"""What one view shows: few prompts, the right ones for the step and the role, the rest kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary
from msp_rules.errors import MspRulesError
from msp_rules.prompts.desk import ANY_STEP, CRITICAL
from msp_rules.prompts.feedback import refuse_other
from msp_rules.prompts.prompt import DeskState, Prompt, PromptState, Timing

_URGENCIES: Final = {CRITICAL: 0, "warning": 1, "info": 2}
_TIMINGS: Final = {Timing.OVERDUE: 0, Timing.DUE_SOON: 1, Timing.EARLY: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How many prompts one view may hold: such as stop the worker, and such as stand beside."""

    interrupting: int = 1
    passive: int = 3

    def __post_init__(self) -> None:
        if self.interrupting < 0 or self.passive < 0:
            raise MspRulesError("a budget of prompts can't be less than none")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What to show, most pressing first, and what the budget held back."""

    interrupting: tuple[Prompt, ...]
    passive: tuple[Prompt, ...]
    held_back: tuple[Prompt, ...]

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
) -> View:
    """What to show to a role (None: whoever it is) at a step of the work.

    `step` is the event type that is being recorded: prompts whose rules ask there, or at any step,
    are shown. None is the page of the case, outside every step: what asks at any step, what is
    critical, and what is due soon or overdue. A critical prompt interrupts until it has been shown;
    further ones stand among the passive. Raises MspRulesError for a step or role that the
    vocabulary does not have.
    """
    vocabulary = vocabulary or core_vocabulary()
    if step is not None:
        refuse_other(step, (ANY_STEP, *vocabulary.events), "the step of a view")
    if role is not None:
        refuse_other(role, vocabulary.enums["worker_role"], "the role of a view")
    wanted = [
        prompt
        for prompt in state.prompts.values()
        if prompt.asks and (role is None or role in prompt.roles) and _belongs(prompt, step)
    ]
    wanted.sort(key=_by_urgency_and_due)
    unseen = [p for p in wanted if p.urgency == CRITICAL and p.state is PromptState.RAISED]
    interrupting = tuple(unseen[: budget.interrupting])
    others = tuple(prompt for prompt in wanted if prompt not in interrupting)
    return View(
        interrupting=interrupting,
        passive=others[: budget.passive],
        held_back=others[budget.passive :],
    )


def _belongs(prompt: Prompt, step: str | None) -> bool:
    if ANY_STEP in prompt.ask_at:
        return True
    if step is not None:
        return step in prompt.ask_at
    return prompt.urgency == CRITICAL or prompt.timing is not Timing.EARLY


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
