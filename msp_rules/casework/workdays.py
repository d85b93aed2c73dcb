"""Working days in England, and when a limit ends."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from msp_rules.casework.moment import Cutoff, iso_date, iso_instant


class Unit(StrEnum):
    """What the number of a limit counts."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    WEEKS = "weeks"
    MONTHS = "months"


class Due(NamedTuple):
    """When a limit ends: the last instant in time. `in_hours` tells limits of hours from days."""

    cutoff: Cutoff
    in_hours: bool = False

    @property
    def text(self) -> str:
        """The date, or for a limit of hours the date-time with offset (contract, "Verdicts")."""
        return iso_instant(self.cutoff.instant) if self.in_hours else iso_date(self.cutoff.day)
