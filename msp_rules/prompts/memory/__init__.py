"""The memory of the desk: case histories, prompts and feedback in SQLite or PostgreSQL.

Needs the extra `[memory]` (and `[postgresql]` for that). A host that keeps all state itself needs
none of it: `Engine` and `prompts.desk` are pure.
"""

from __future__ import annotations

from msp_rules.prompts.memory.desk_states import KeptChange
from msp_rules.prompts.memory.failures import (
    FeedbackConflict,
    MemoryDamaged,
    MemoryNotReady,
    MemoryUnavailable,
)
from msp_rules.prompts.memory.kept_desk import Desk
from msp_rules.prompts.memory.received import HeardFeedback, Looked, Received, Status, Swept
from msp_rules.prompts.memory.schema import downgrade, upgrade
from msp_rules.prompts.memory.store import Memory

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
