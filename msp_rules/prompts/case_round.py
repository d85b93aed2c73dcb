"""Takes in whole cases within a round of an adapter, each by itself.

A case that can't be read, or can't be taken in, stops none of the others. What became of each is in
`CasesOfRound`, by the `id` and `at` that the adapter gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, Protocol, runtime_checkable

from msp_rules.casework.case import Fault
from msp_rules.errors import MspRulesError
from msp_rules.hooks import PluginFault, Registry
from msp_rules.hooks.contract import UnreadableCase

MOST_CASES: Final = 50
"""The number of whole cases that a round takes."""


class CasePostponed(Exception):  # noqa: N818 - an answer of the outbox, not an error
    """Says that a case can't be taken in now and is to come again; the text says why."""


class CaseReply(NamedTuple):
    """The desk's answer to a whole case."""

    refused: str | None = None
    """The reason for which nothing of it was taken in; None where it is known now."""
    is_stale: bool = False
    """True where a newer snapshot of the case was taken before, so that nothing changed."""
    faults: tuple[Fault, ...] = ()
    """The parts of it that could not be read or judged."""


@runtime_checkable
class CaseOutbox(Protocol):
    """An outbox that takes whole cases, and knows what its desk counts as supplied."""

    def put_case(self, found: Mapping[str, object], mapping: Path | None) -> CaseReply:
        """Takes in a case as `msp_find_cases` gives it; `mapping` reads the host's own records.

        Raises CasePostponed where the case is to come again in a later round.
        """

    def compare_supply(self, words: tuple[str, ...]) -> str | None:
        """Says what is wrong with the desk's supply, going by what its host can deliver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesOfRound:
    """The results of a round on whole cases, each named by its `id` and `at`."""

    taken: int = 0
    """The number of cases that the desk knows now as the host holds them."""
    stale: tuple[Mapping[str, str], ...] = ()
    """The cases of which a newer snapshot was taken before."""
    refused: tuple[Mapping[str, str], ...] = ()
    """The cases of which nothing was taken, with the `reason`."""
    postponed: tuple[Mapping[str, str], ...] = ()
    """The cases that must come again, with the `reason`."""
    faults: tuple[Fault, ...] = ()
    """The parts of cases that could not be read or judged."""


@dataclass(slots=True)
class CaseRound:
    """Takes in the cases of one round, and acknowledges them at its end."""

    registry: Registry
    """The plug-ins."""
    adapter: str
    """The name of the adapter that is asked."""
    outbox: object
    """The desk's side, which has to be a `CaseOutbox` where there are whole cases."""
    source: str | bytes
    """The source that the adapter reads."""
    faults: list[PluginFault] = field(default_factory=list)
    """The faults of the adapter."""
    is_done: bool = True
    """True if no further case waits for another round."""
    _done: list[dict[str, str]] = field(default_factory=list)
    _stale: list[dict[str, str]] = field(default_factory=list)
    _refused: list[dict[str, str]] = field(default_factory=list)
    _postponed: list[dict[str, str]] = field(default_factory=list)
    _case_faults: list[Fault] = field(default_factory=list)

    @property
    def result(self) -> CasesOfRound:
        """The results so far."""
        return CasesOfRound(
            taken=len(self._done),
            stale=tuple(self._stale),
            refused=tuple(self._refused),
            postponed=tuple(self._postponed),
            faults=tuple(self._case_faults),
        )

    def put_all(self) -> None:
        """Finds cases and takes them in; does nothing where the adapter gives none.

        Raises MspRulesError where the outbox takes no cases.
        """
        if not self.registry.implements(self.adapter, "msp_find_cases"):
            return
        outbox = self.outbox
        if not isinstance(outbox, CaseOutbox):
            message = f"plug-in {self.adapter} gives whole cases, which this outbox does not take"
            raise MspRulesError(f"{message}: use DeskOutbox")
        mapping = None
        if self.registry.implements(self.adapter, "msp_mapping"):
            answers = self.registry.ask("msp_mapping", only=self.adapter)
            self.faults += answers.faults
            if answers.faults:
                return
            mapping = answers.value
        answers = self.registry.ask(
            "msp_find_cases", only=self.adapter, source=self.source, most=MOST_CASES
        )
        self.faults += answers.faults
        found: tuple[dict[str, object] | UnreadableCase, ...] = answers.value or ()
        for one in found:
            self._put(outbox, one, mapping)
        is_known = bool(self._done or self._stale or self._refused)
        self.is_done = not (is_known and len(found) >= MOST_CASES)

    def acknowledge(self) -> None:
        """Tells the adapter which cases it need not give again before they change."""
        taken = [*self._done, *self._stale]
        has_hook = self.registry.implements(self.adapter, "msp_acknowledge_cases")
        if not has_hook or not (taken or self._refused):
            return
        answers = self.registry.ask(
            "msp_acknowledge_cases",
            only=self.adapter,
            source=self.source,
            taken=taken,
            refused=self._refused,
        )
        self.faults += answers.faults

    def _put(
        self,
        outbox: CaseOutbox,
        found: dict[str, object] | UnreadableCase,
        mapping: Path | None,
    ) -> None:
        if isinstance(found, UnreadableCase):
            self._refused.append({"id": found.id, "at": found.at, "reason": found.reason})
            return
        key = {name: str(found.get(name, "")) for name in ("id", "at")}
        try:
            reply = outbox.put_case(found, mapping)
        except CasePostponed as why:
            self._postponed.append({**key, "reason": str(why)})
            return
        self._case_faults += reply.faults
        if reply.refused is not None:
            self._refused.append({**key, "reason": reply.refused})
        elif reply.is_stale:
            self._stale.append(key)
        else:
            self._done.append(key)


def supply_fault(registry: Registry, adapter: str, outbox: object) -> tuple[Fault, ...]:
    """Compares what a desk counts as supplied with what the adapter says that its host delivers."""
    if not registry.implements(adapter, "msp_supplies") or not isinstance(outbox, CaseOutbox):
        return ()
    words = registry.ask("msp_supplies", only=adapter).value
    problem = None if words is None else outbox.compare_supply(words)
    return () if problem is None else (Fault(problem),)
