"""Hears within a round of an adapter what workers said to prompts in their own host.

Each answer is heard by itself: one that can't be read stops none of the others. The host gets back
what became of each, with the event to record where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol, runtime_checkable

from msp_rules.errors import MspRulesError
from msp_rules.hooks import PluginFault, Registry
from msp_rules.prompts.documents import Document

MOST_FEEDBACK: Final = 200
"""The number of answers of workers that a round takes."""


class FeedbackPostponed(Exception):  # noqa: N818 - an answer of the outbox, not an error
    """Says that feedback can't be heard now and is to come again; the text says why."""


class AnswerReply(NamedTuple):
    """The desk's reply to feedback of a host."""

    refused: str | None = None
    """The reason for which it was not heard at all; None where there is a reply."""
    reply: Document | None = None
    """The fate of it: `heard_as`, `counts`, `needs`, and `until` and `record` where there are."""


@runtime_checkable
class FeedbackOutbox(Protocol):
    """An outbox that hears feedback."""

    def hear(self, found: Mapping[str, object]) -> AnswerReply:
        """Hears feedback as `msp_find_feedback` gives it.

        Raises FeedbackPostponed where it is to come again in a later round.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackOfRound:
    """The results of a round on feedback, each named by its `case` and `id`."""

    heard: tuple[Mapping[str, object], ...] = ()
    """The feedback that the desk has, with what became of it."""
    refused: tuple[Mapping[str, str], ...] = ()
    """The feedback that says nothing, with the `reason`."""
    postponed: tuple[Mapping[str, str], ...] = ()
    """The feedback that must come again, with the `reason`."""


@dataclass(slots=True)
class FeedbackRound:
    """Hears the feedback of one round, and acknowledges it at its end."""

    registry: Registry
    """The plug-ins."""
    adapter: str
    """The name of the adapter that is asked."""
    outbox: object
    """The desk's side, which has to be a `FeedbackOutbox` where there is feedback."""
    source: str | bytes
    """The source that the adapter reads."""
    faults: list[PluginFault] = field(default_factory=list)
    """The faults of the adapter."""
    is_done: bool = True
    """True if no further feedback waits for another round."""
    _heard: list[dict[str, object]] = field(default_factory=list)
    _refused: list[dict[str, str]] = field(default_factory=list)
    _postponed: list[dict[str, str]] = field(default_factory=list)

    @property
    def result(self) -> FeedbackOfRound:
        """The results so far."""
        return FeedbackOfRound(
            heard=tuple(self._heard),
            refused=tuple(self._refused),
            postponed=tuple(self._postponed),
        )

    def hear_all(self) -> None:
        """Finds feedback and hears it; does nothing where the adapter gives none.

        Raises MspRulesError where there is feedback that the outbox can't hear.
        """
        if not self.registry.implements(self.adapter, "msp_find_feedback"):
            return
        answers = self.registry.ask(
            "msp_find_feedback", only=self.adapter, source=self.source, most=MOST_FEEDBACK
        )
        self.faults += answers.faults
        found: Sequence[Mapping[str, object]] = answers.value or ()
        outbox = self.outbox
        if found and not isinstance(outbox, FeedbackOutbox):
            message = f"plug-in {self.adapter} gives feedback, which this outbox does not hear"
            raise MspRulesError(f"{message}: use DeskOutbox")
        for one in found:
            assert isinstance(outbox, FeedbackOutbox)
            self._hear(outbox, one)
        self.is_done = not (self._heard and len(found) >= MOST_FEEDBACK)

    def acknowledge(self) -> None:
        """Tells the adapter what became of the feedback that need not be given again."""
        has_hook = self.registry.implements(self.adapter, "msp_acknowledge_feedback")
        if not has_hook or not (self._heard or self._refused):
            return
        answers = self.registry.ask(
            "msp_acknowledge_feedback",
            only=self.adapter,
            source=self.source,
            heard=self._heard,
            refused=self._refused,
        )
        self.faults += answers.faults

    def _hear(self, outbox: FeedbackOutbox, found: Mapping[str, object]) -> None:
        key = {name: str(found.get(name, "")) for name in ("case", "id")}
        try:
            heard = outbox.hear(found)
        except FeedbackPostponed as why:
            self._postponed.append({**key, "reason": str(why)})
            return
        if heard.refused is not None or heard.reply is None:
            self._refused.append({**key, "reason": heard.refused or "it was not heard"})
        else:
            self._heard.append({**key, **heard.reply})
