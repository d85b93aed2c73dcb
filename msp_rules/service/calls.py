"""Lists every call of the service."""

from __future__ import annotations

from typing import Final

from msp_rules.service import (
    case_answers,
    cases,
    cds_hooks,
    changes,
    description,
    events,
    health,
    rule_health,
    rules,
)
from msp_rules.service.operations import Operation
from msp_rules.service.panel import calls as panel

OPERATIONS: Final[tuple[Operation, ...]] = (
    *cds_hooks.OPERATIONS,
    *events.OPERATIONS,
    *cases.OPERATIONS,
    *case_answers.OPERATIONS,
    *changes.OPERATIONS,
    *panel.OPERATIONS,
    *rules.OPERATIONS,
    *rule_health.OPERATIONS,
    *health.OPERATIONS,
    *description.OPERATIONS,
)
"""Every call, in the order in which documentation lists them."""
