"""Who holds a case, in words that may stand in a report."""

from __future__ import annotations

import re
from typing import Final

from msp_rules.casework.case import Case

Holder = tuple[str, str]
"""The agency and the team that hold a case; empty where the record does not say."""
NOT_A_NAME: Final = "not a short name"
"""What stands for a team that is not one short word."""
_LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,29}").fullmatch


def holder_of(case: Case) -> Holder:
    """Who holds a case; a team that is not one short word is not named.

    The vocabulary has a team as text: whatever was typed there must not get into a report.
    """
    agency, team = case.attributes.get("agency"), case.attributes.get("team")
    name = team if isinstance(team, str) else ""
    if name and not _LABEL(name):
        name = NOT_A_NAME
    return (agency if isinstance(agency, str) else "", name)
