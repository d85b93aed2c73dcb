"""Runs one round of an adapter: events from the host to the desk, changes back to the host.

The order makes every step safe to interrupt: events are acknowledged last, so that a crash at any
moment means that some of them come again, which the desk knows, and that some changes are sent
again, which their revision tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypedDict

from msp_rules.hooks import PluginFault, Registry
from msp_rules.prompts.card import Card, card
from msp_rules.prompts.feedback import made_id
from msp_rules.prompts.prompt import ChangeKind, PromptChange
from msp_rules.rules.language.rule import Ruleset

MOST_EVENTS: Final = 500
"""The number of events that a round takes by default."""


class Change(TypedDict):
    """One change of a prompt as plain data, in the form that plug-ins receive."""

    prompt: str
    """An id that stays the same for as long as the same rule asks about the same thing."""
    case: str
    """The id of the case."""
    revision: int
    """The revision, which counts up within a case."""
    kind: str
    """The kind of change: a `ChangeKind`."""
    ending: str | None
    """The reason for which a withdrawn prompt ended: an `Ending`."""
    card: Card | None
    """The card; None where the prompt is withdrawn."""


class Outbox(Protocol):
    """The desk's side of a round: takes events in, and holds the changes that the host awaits."""

    def submit(self, message: Mapping[str, object]) -> str | None:
        """Takes an event in for good; gives the reason where it is refused, else None."""

    def pending(self) -> Sequence[Change]:
        """Gives the changes that the host has not received, in order of their revision."""

    def acknowledge(self, changes: Sequence[Change]) -> None:
        """Marks changes as received by the host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The result of a round. Whatever a fault concerns is tried again in the next round."""

    taken: int
    """The number of events that the desk took in."""
    refused: tuple[Mapping[str, str], ...]
    """The `source` and `id` of each event that it refused, with the `reason`."""
    sent: int
    """The number of changes that the host received."""
    faults: tuple[PluginFault, ...]
    """The faults of the adapter."""


def exchange_round(
    registry: Registry,
    adapter: str,
    outbox: Outbox,
    source: str | bytes,
    *,
    most: int = MOST_EVENTS,
) -> Round:
    """Runs one round of an adapter with one source; repeat it as long as it takes any events."""
    found = registry.ask("msp_find_events", only=adapter, source=source, most=most)
    faults = list(found.faults)
    taken: list[dict[str, str]] = []
    refused: list[dict[str, str]] = []
    for message in found.value or ():
        reason = outbox.submit(message)
        key = {name: str(message.get(name, "")) for name in ("source", "id")}
        if reason is None:
            taken.append(key)
        else:
            refused.append({**key, "reason": reason})
    sent = 0
    if registry.implements(adapter, "msp_receive_changes"):
        changes = outbox.pending()
        answers = registry.ask(
            "msp_receive_changes", only=adapter, source=source, changes=[*changes]
        )
        faults += answers.faults
        if not answers.faults:
            outbox.acknowledge(changes)
            sent = len(changes)
    if registry.implements(adapter, "msp_acknowledge") and (taken or refused):
        answers = registry.ask(
            "msp_acknowledge", only=adapter, source=source, taken=taken, refused=refused
        )
        faults += answers.faults
    return Round(taken=len(taken), refused=tuple(refused), sent=sent, faults=tuple(faults))


def change_data(number: int, change: PromptChange, ruleset: Ruleset) -> Change:
    """Writes a change in the form that plug-ins receive; `number` counts up within a case."""
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
