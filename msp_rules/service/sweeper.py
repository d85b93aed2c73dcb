"""Sweeps what is due, again and again, in the background of a process that serves.

Of all processes on one memory, one at a time sweeps; the others find it done.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from msp_rules.errors import MspRulesError
from msp_rules.prompts.store.only_one import only_one_sweeps
from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.tenants import Tenant

_LOG: Final = logging.getLogger("msp_rules.service.sweeper")
# Between two of these a request gets its place at the processor.
_A_BATCH: Final = 20


class Sweeper:
    """A thread that sweeps the memories of all tenants every so many seconds, until stopped."""

    def __init__(
        self,
        tenants: Iterable[Tenant],
        metrics: ServiceMetrics,
        *,
        seconds: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._tenants = tuple(tenants)
        self._metrics = metrics
        self._seconds = seconds
        self._clock = clock
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Begins with a first sweep at once."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Lets it finish the case that it is at, for so many seconds at most."""
        self._stopped.set()
        self._thread.join(seconds)

    def sweep_all(self) -> None:
        """Sweeps each memory once, as far as no other process is at it."""
        for tenant in self._tenants:
            try:
                self._sweep(tenant)
            except MspRulesError as error:
                _LOG.warning("sweep_failed tenant=%s error=%s", tenant.name, type(error).__name__)
            except Exception as error:  # noqa: BLE001 - one tenant must not stop the others
                _LOG.error("sweep_failed tenant=%s error=%s", tenant.name, type(error).__name__)

    def _sweep(self, tenant: Tenant) -> None:
        with only_one_sweeps(tenant.desk.memory.database) as is_mine:
            while is_mine and not self._stopped.is_set():
                swept = tenant.desk.sweep(self._clock(), limit=_A_BATCH)
                if swept.is_done:
                    self._metrics.last_sweep.labels(tenant.name).set(time.time())
                    return

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.sweep_all()
            self._stopped.wait(self._seconds)
