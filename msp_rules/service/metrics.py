"""Counts what an operator watches, and writes it for Prometheus.

Labels are names of calls, states, rules and tenants, never an id or a value of a record. With
several workers the counts of all are added up, through files in a folder that
`PROMETHEUS_MULTIPROC_DIR` names: it must be set before this module is imported.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from msp_rules.casework.case import Fault
from msp_rules.casework.moments import Cutoff
from msp_rules.errors import MspRulesError
from msp_rules.hooks import Registry
from msp_rules.prompts.store.figures import figures_of
from msp_rules.service.tenants import Tenants

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that names the folder in which workers count together."""
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The media type of what is written."""

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_A_SECOND: Final = 1_000_000

disable_created_metrics()  # type: ignore[no-untyped-call]


class ServiceMetrics:
    """The counts of one process, of which those of several are added up."""

    def __init__(self) -> None:
        self.registry: Final = CollectorRegistry()
        """Everything that this process counts."""
        self.requests: Final = Counter(
            "msp_rules_requests",
            "Requests, by call and status.",
            ["call", "status"],
            registry=self.registry,
        )
        """Requests, by call and status."""
        self.request_seconds: Final = Histogram(
            "msp_rules_request_seconds",
            "Seconds from the first byte of a request to its answer, by call.",
            ["call"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        """Seconds of a request, by call."""
        self.refused_tokens: Final = Counter(
            "msp_rules_refused_tokens",
            "Tokens that let nobody in, by reason.",
            ["reason"],
            registry=self.registry,
        )
        """Tokens that let nobody in, by reason."""
        self.messages: Final = Counter(
            "msp_rules_messages",
            "Live events and snapshots, by what was done with them.",
            ["tenant", "kind", "status"],
            registry=self.registry,
        )
        """Live events and snapshots, by status."""
        self.desk_seconds: Final = Histogram(
            "msp_rules_desk_seconds",
            "Seconds that the desk took, with its memory and its evaluation, by kind of work.",
            ["work"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        """Seconds that the desk took, by kind of work."""
        self.rule_faults: Final = Counter(
            "msp_rules_rule_faults",
            "Evaluations in which a rule could not be judged, by rule.",
            ["tenant", "rule"],
            registry=self.registry,
        )
        """Rules that could not be judged."""
        self.unknown_cards: Final = Counter(
            "msp_rules_unknown_cards",
            "Feedback on cards that the memory does not know, or no longer.",
            ["tenant"],
            registry=self.registry,
        )
        """Feedback on cards that nobody knows."""
        self.last_sweep: Final = Gauge(
            "msp_rules_last_sweep_timestamp_seconds",
            "When the newest complete sweep of what is due ended.",
            ["tenant"],
            registry=self.registry,
            multiprocess_mode="max",
        )
        """The time at which the newest sweep ended."""

    def note_faults(self, tenant: str, faults: Iterable[Fault]) -> None:
        """Counts the rules that could not be judged."""
        for fault in faults:
            if fault.rule is not None:
                self.rule_faults.labels(tenant, fault.rule).inc()

    def written(self, tenants: Tenants, plugins: Registry | None, now: Cutoff) -> bytes:
        """Writes all that is counted, and what the memories hold at a moment."""
        if os.environ.get(FOLDER_VARIABLE):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        else:
            registry = self.registry
        momentary = CollectorRegistry()
        momentary.register(_Momentary(tenants, plugins, now))
        return generate_latest(registry) + generate_latest(momentary)


class _Momentary(Collector):
    """Collects what is not counted but found, when somebody asks."""

    def __init__(self, tenants: Tenants, plugins: Registry | None, now: Cutoff) -> None:
        self._tenants = tenants
        self._plugins = plugins
        self._now = now

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Reads the figures of each memory; one that does not answer is said so."""
        waiting = _gauge("waiting_changes", "Changes that no host has acknowledged.")
        oldest = _gauge("oldest_change_seconds", "Seconds since the oldest of them was made.")
        due = _gauge("due_cases", "Cases that time has changed, and no sweep has reached.")
        dead = _gauge("dead_letters", "Messages and changes that could not be delivered.")
        answers = _gauge("memory_up", "1 where the memory answers, else 0.")
        for tenant in self._tenants.all():
            label = [tenant.name]
            try:
                figures = figures_of(tenant.desk.memory.database, self._now)
            except MspRulesError:
                answers.add_metric(label, 0)
                continue
            answers.add_metric(label, 1)
            waiting.add_metric(label, figures.waiting_changes)
            made = figures.oldest_change
            age = 0 if made is None else max(0, self._now.instant - made)
            oldest.add_metric(label, age / _A_SECOND)
            due.add_metric(label, figures.due_cases)
            dead.add_metric(label, figures.dead_letters)
        yield from (waiting, oldest, due, dead, answers)
        if self._plugins is not None:
            state = _gauge(
                "plugin_up", "1 where the plug-in works, 0 where it is set aside.", "plugin"
            )
            for one in self._plugins.plugins:
                state.add_metric([one.name], 0 if one.set_aside is not None else 1)
            yield state


def _gauge(name: str, description: str, label: str = "tenant") -> GaugeMetricFamily:
    return GaugeMetricFamily(f"msp_rules_{name}", description, labels=[label])
