"""The desk with a memory: a message in, prompt changes out, and nothing lost or said twice.

Each call is one transaction. Between processes, whoever holds the row of a case works on it; so the
messages of a case are taken one after the other, and those of different cases (on PostgreSQL) side
by side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from msp_rules import __version__
from msp_rules.casework.case import Event, Fault, Supply
from msp_rules.casework.moment import Cutoff
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.casework.whole_case import ref_fields
from msp_rules.engine.engine import Engine
from msp_rules.intake.cloud_events import MessageReader, MessageRefused
from msp_rules.prompts.asking import DueSoon
from msp_rules.prompts.budget import Budget, View, view
from msp_rules.prompts.memory import keeping
from msp_rules.prompts.memory.case_work import CaseWork, Looked, Received, Status
from msp_rules.prompts.memory.database import Database
from msp_rules.prompts.memory.desk_states import (
    KeptChange,
    acknowledge_changes,
    state_of,
    waiting_changes,
)
