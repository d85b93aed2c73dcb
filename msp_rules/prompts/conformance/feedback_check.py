"""Checks what an adapter says that workers said: whether a desk can read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msp_rules.errors import MspRulesError
from msp_rules.prompts.feedback_form import read_feedback
from msp_rules.prompts.prompt import DeskState


def form_problems(feedback: Sequence[Mapping[str, object]]) -> list[str]:
    """Lists what is wrong with feedback, by its place in the row and never by a value.

    No desk has raised the prompts of samples, so that cards of them are unknown, which is right.
    """
    problems = list[str]()
    for number, one in enumerate(feedback, start=1):
        try:
            read_feedback(one, lambda case: DeskState(case=case))
        except MspRulesError as error:
            problems.append(f"answer {number}: {error}")
    return problems
