"""One round of an adapter: events from the host to the desk, what changed back to the host.

The order makes every step safe to break off: events are acknowledged last, so that a crash at any
moment means that some of them come again, which the desk knows, and that some changes are told
again, which their revision tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from msp_rules.hooks import PluginFault, Registry
from msp_rules.prompts.card import card
from msp_rules.prompts.feedback import made_id
from msp_rules.prompts.prompt import ChangeKind, PromptChange
from msp_rules.rules.language.rule import Ruleset

MOST_EVENTS: Final = 500
"""How many events a round takes where the caller does not say."""


class Counter(Protocol):
    """Where events are handed in, and changes of prompts handed out.

    A change is plain data: `prompt` (an id that stays the same for as long as the same rule asks
    about the same thing), `case`, `revision` (counts up), `kind` (as `ChangeKind`) and `card`,
    which is None where the prompt is withdrawn.
    """

    def take(self, message: Mapping[str, Any]) -> str | None:
        """Takes an event in for good; the reason where it is refused, None where it is not."""

    def waiting(self) -> Sequence[Mapping[str, Any]]:
        """The changes that nobody has been told of, in order of their revision."""

    def told(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Hears that these changes have reached the host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came of a round: numbers of events and changes, refusals (with reasons), faults.

    After a fault, what it concerns comes again in the next round.
    """

    taken: int
    refused: tuple[Mapping[str, str], ...]
    told: int
    faults: tuple[PluginFault, ...]


def hand_over(
    registry: Registry,
    adapter: str,
    counter: Counter,
    source: str | bytes,
    *,
    most: int = MOST_EVENTS,
) -> Round:
    """Runs one round of an adapter with one source; call it again for as long as it takes any."""
    found = registry.ask("msp_find_events", only=adapter, source=source, most=most)
    faults = list(found.faults)
    taken: list[dict[str, str]] = []
    refused: list[dict[str, str]] = []
    for message in found.value or ():
        reason = counter.take(message)
        key = {name: str(message.get(name, "")) for name in ("source", "id")}
        if reason is None:
            taken.append(key)
        else:
            refused.append({**key, "reason": reason})
    told = 0
    if registry.implements(adapter, "msp_receive_changes"):
        waiting = [dict(change) for change in counter.waiting()]
        answers = registry.ask("msp_receive_changes", only=adapter, source=source, changes=waiting)
        faults += answers.faults
        if not answers.faults:
            counter.told(waiting)
            told = len(waiting)
    if registry.implements(adapter, "msp_acknowledge") and (taken or refused):
        answers = registry.ask(
            "msp_acknowledge", only=adapter, source=source, taken=taken, refused=refused
        )
        faults += answers.faults
    return Round(taken=len(taken), refused=tuple(refused), told=told, faults=tuple(faults))


def change_data(number: int, change: PromptChange, ruleset: Ruleset) -> dict[str, Any]:
    """A change as plug-ins are told of it; `number` counts up within a case."""
    prompt = change.prompt
    is_gone = change.kind is ChangeKind.WITHDRAWN
    return {
        "prompt": str(made_id("prompt", *prompt.key)),
        "case": prompt.key.case,
        "revision": number,
        "kind": change.kind.value,
        "ending": prompt.ending.value if prompt.ending is not None else None,
        "card": None if is_gone else card(prompt, ruleset),
    }
