"""Which prompt an answer belongs to: a corrected event keeps the prompts that it had."""

from __future__ import annotations

from collections.abc import Callable

from msp_rules.casework.first_ids import first_ids
from msp_rules.casework.visibility import CaseView
from msp_rules.prompts.prompt import PromptKey

Identify = Callable[[str, str | None], PromptKey]
"""The key of a rule's answer on a subject (None: on the case)."""


def identities(view: CaseView) -> Identify:
    """How the answers on a view get their keys.

    The subject of a key is where the chain of corrections began. Where two corrections of the same
    event stand side by side, each keeps its own id, so that none hides the other.
    """
    case, first = view.case, first_ids(view)

    def identify(rule: str, subject: str | None) -> PromptKey:
        return PromptKey(rule, case.id, subject if subject is None else first.get(subject, subject))

    return identify
