"""A remembering desk as the counter of `hand_over`: one desk for each host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from msp_rules.casework.moment import Cutoff
from msp_rules.prompts.handover import change_data
from msp_rules.prompts.memory import Desk, KeptChange, Status
from msp_rules.prompts.prompt import ChangeKind, Ending, PromptChange, PromptState
from msp_rules.rules.rule import Ruleset

_CONFLICT: Final = "another event with the same source and id, but other content, was taken before"


class DeskCounter:
    """Takes events into a desk, and hands out the changes that its host was not told of.

    `now` gives the moment at which an event is looked at. Changes that a sweep has brought about
    wait here like all others.
    """

    def __init__(self, desk: Desk, ruleset: Ruleset, now: Callable[[], Cutoff]) -> None:
        self._desk = desk
        self._ruleset = ruleset
        self._rules = frozenset(rule.id for rule in ruleset.rules)
        self._now = now
        self._waiting: tuple[KeptChange, ...] = ()

    def take(self, message: Mapping[str, Any]) -> str | None:
        """See `Counter.take`; an event that is known already is taken."""
        received = self._desk.receive(message, self._now())
        if received.status is Status.CONFLICT:
            return _CONFLICT
        if received.status is Status.REFUSED:
            return "; ".join(fault.reason for fault in received.faults)
        return None

    def waiting(self) -> Sequence[Mapping[str, Any]]:
        """See `Counter.waiting`."""
        self._waiting = self._desk.changes()
        return [
            change_data(one.number, self._still_known(one.change), self._ruleset)
            for one in self._waiting
        ]

    def told(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """See `Counter.told`."""
        numbers = {change["revision"] for change in changes}
        self._desk.acknowledge(one for one in self._waiting if one.number in numbers)

    def _still_known(self, change: PromptChange) -> PromptChange:
        """A change that waited while its rule left the ruleset: there is nothing more to ask."""
        if change.prompt.key.rule in self._rules:
            return change
        gone = replace(change.prompt, state=PromptState.WITHDRAWN, ending=Ending.GONE)
        return PromptChange(kind=ChangeKind.WITHDRAWN, prompt=gone)
