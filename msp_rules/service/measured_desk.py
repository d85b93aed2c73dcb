"""Counts what a desk does and how long it takes, for the metrics of the service."""

from __future__ import annotations

from collections.abc import Iterable

from msp_rules.casework.case import Supply
from msp_rules.casework.moments import When
from msp_rules.engine.engine import Engine
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.prompts.prompt import Feedback, Prompt
from msp_rules.prompts.store import Desk, FeedbackReply, Memory, Received, Reevaluation
from msp_rules.prompts.view import View
from msp_rules.service.metrics import ServiceMetrics


class MeasuredDesk(Desk):
    """A desk whose work is counted, by kind and by what came of it."""

    def __init__(
        self,
        memory: Memory,
        engine: Engine,
        *,
        supply: Supply,
        metrics: ServiceMetrics,
        tenant: str,
    ) -> None:
        super().__init__(memory, engine, supply=supply)
        self._metrics = metrics
        self._tenant = tenant

    def receive_history(
        self, messages: Iterable[object], now: When, *, force: bool = False
    ) -> Received:
        """See `Desk.receive_history`."""
        with self._metrics.desk_seconds.labels("receive").time():
            received = super().receive_history(messages, now, force=force)
        return self._noted("event", received)

    def put_case(
        self,
        record: object,
        now: When,
        *,
        says: Iterable[str] | None = None,
        mapping: CaseMapping | None = None,
        at: When | None = None,
        expects: str | None = None,
        force: bool = False,
    ) -> Received:
        """See `Desk.put_case`."""
        with self._metrics.desk_seconds.labels("put_case").time():
            received = super().put_case(
                record, now, says=says, mapping=mapping, at=at, expects=expects, force=force
            )
        return self._noted("snapshot", received)

    def prompt_of_card(self, card: str) -> Prompt | None:
        """See `Desk.prompt_of_card`."""
        found = super().prompt_of_card(card)
        if found is None:
            self._metrics.unknown_cards.labels(self._tenant).inc()
        return found

    def hear(self, feedback: Feedback, *, now: When | None = None) -> FeedbackReply:
        """See `Desk.hear`."""
        with self._metrics.desk_seconds.labels("hear").time():
            return super().hear(feedback, now=now)

    def view(
        self,
        case: str,
        *,
        step: str | None = None,
        role: str | None = None,
        now: When | None = None,
    ) -> View:
        """See `Desk.view`."""
        with self._metrics.desk_seconds.labels("view").time():
            return super().view(case, step=step, role=role, now=now)

    def reevaluate(self, case: str, now: When, *, force: bool = False) -> Reevaluation:
        """See `Desk.reevaluate`."""
        with self._metrics.desk_seconds.labels("reevaluate").time():
            found = super().reevaluate(case, now, force=force)
        self._metrics.note_faults(self._tenant, found.faults)
        return found

    def _noted(self, kind: str, received: Received) -> Received:
        self._metrics.messages.labels(self._tenant, kind, received.status.value).inc()
        self._metrics.note_faults(self._tenant, received.faults)
        return received
