"""Counts what a desk does and how long it takes, for metrics and traces of the service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from msp_rules.casework.case import Fault, Supply
from msp_rules.casework.moments import When
from msp_rules.engine.engine import Engine
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.prompts.policy import DEFAULT_POLICY, FeedbackPolicy
from msp_rules.prompts.prompt import Feedback
from msp_rules.prompts.store import Desk, FeedbackReply, Memory, Received, Reevaluation
from msp_rules.prompts.view import View
from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.traces import NO_TRACING, SpanKind, Tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskWatch:
    """Counts and follows the work of one tenant's desk."""

    tenant: str
    """The name of the tenant."""
    metrics: ServiceMetrics
    """The counts of this process."""
    tracing: Tracing = NO_TRACING
    """Makes the spans."""

    @contextmanager
    def work(self, kind: str) -> Iterator[None]:
        """Times a piece of work, and follows it."""
        with (
            self.metrics.desk_seconds.labels(kind).time(),
            self.tracing.span(f"desk {kind}", SpanKind.WORK, tenant=self.tenant),
        ):
            yield

    def note_faults(self, faults: Iterable[Fault]) -> None:
        """Counts the rules that could not be judged."""
        self.metrics.note_faults(self.tenant, faults)

    def note_received(self, kind: str, received: Received) -> Received:
        """Counts what was taken in."""
        self.metrics.messages.labels(self.tenant, kind, received.status.value).inc()
        self.note_faults(received.faults)
        return received


class MeasuredDesk(Desk):
    """A desk whose work is counted, by kind and by what came of it."""

    def __init__(
        self,
        memory: Memory,
        engine: Engine,
        *,
        supply: Supply,
        watch: DeskWatch,
        policy: FeedbackPolicy = DEFAULT_POLICY,
    ) -> None:
        super().__init__(memory, engine, supply=supply, policy=policy)
        self._watch = watch

    def receive_history(
        self, messages: Iterable[object], now: When, *, force: bool = False
    ) -> Received:
        """See `Desk.receive_history`."""
        with self._watch.work("receive"):
            received = super().receive_history(messages, now, force=force)
        return self._watch.note_received("event", received)

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
        with self._watch.work("put_case"):
            received = super().put_case(
                record, now, says=says, mapping=mapping, at=at, expects=expects, force=force
            )
        return self._watch.note_received("snapshot", received)

    def hear(self, feedback: Feedback, *, now: When | None = None) -> FeedbackReply:
        """See `Desk.hear`."""
        with self._watch.work("hear"):
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
        with self._watch.work("view"):
            return super().view(case, step=step, role=role, now=now)

    def reevaluate(self, case: str, now: When, *, force: bool = False) -> Reevaluation:
        """See `Desk.reevaluate`."""
        with self._watch.work("reevaluate"):
            found = super().reevaluate(case, now, force=force)
        self._watch.note_faults(found.faults)
        return found
