"""Keeps case histories, prompts and feedback for the desk, in SQLite or PostgreSQL.

Needs the extra `[memory]` (and `[postgresql]` for that). A host that keeps all state itself needs
none of it: `Engine` and `prompts.desk` are pure.
"""

from __future__ import annotations

from msp_rules.prompts.store.asking_reading import AskingsRead, read_askings
from msp_rules.prompts.store.consumers import ChangeFeed
from msp_rules.prompts.store.database import (
    FeedbackConflict,
    MemoryDamaged,
    MemoryNotReady,
    MemoryUnavailable,
)
from msp_rules.prompts.store.desk_outbox import DeskOutbox
from msp_rules.prompts.store.feedback_work import FeedbackReply, reply_document
from msp_rules.prompts.store.letters import Letter
from msp_rules.prompts.store.migrations import downgrade, upgrade
from msp_rules.prompts.store.retention import Memory
from msp_rules.prompts.store.rows import KeptChange
from msp_rules.prompts.store.service import Desk
from msp_rules.prompts.store.transactions import (
    Received,
    Reevaluation,
    Status,
    SweepResult,
)

__all__ = [
    "AskingsRead",
    "ChangeFeed",
    "Desk",
    "DeskOutbox",
    "FeedbackConflict",
    "FeedbackReply",
    "KeptChange",
    "Letter",
    "Reevaluation",
    "Memory",
    "MemoryDamaged",
    "MemoryNotReady",
    "MemoryUnavailable",
    "Received",
    "Status",
    "SweepResult",
    "downgrade",
    "read_askings",
    "reply_document",
    "upgrade",
]
