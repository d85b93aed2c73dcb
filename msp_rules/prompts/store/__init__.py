"""The memory of the desk: case histories, prompts and feedback in SQLite or PostgreSQL.

Needs the extra `[memory]` (and `[postgresql]` for that). A host that keeps all state itself needs
none of it: `Engine` and `prompts.desk` are pure.
"""

from __future__ import annotations

from msp_rules.prompts.store.database import (
    FeedbackConflict,
    MemoryDamaged,
    MemoryNotReady,
    MemoryUnavailable,
)
from msp_rules.prompts.store.desk import Desk
from msp_rules.prompts.store.results import HeardFeedback, Looked, Received, Status, Swept
from msp_rules.prompts.store.retention import Memory
from msp_rules.prompts.store.rows import KeptChange
from msp_rules.prompts.store.tables import downgrade, upgrade

__all__ = [
    "Desk",
    "FeedbackConflict",
    "HeardFeedback",
    "KeptChange",
    "Looked",
    "Memory",
    "MemoryDamaged",
    "MemoryNotReady",
    "MemoryUnavailable",
    "Received",
    "Status",
    "Swept",
    "downgrade",
    "upgrade",
]
