"""Checks the moment at which a scan judges, and those of recording, against the exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msp_rules.audit.tally import Tally
from msp_rules.casework.bank_holidays import COVERED_UNTIL
from msp_rules.casework.case import InputWarning
from msp_rules.casework.moments import Cutoff, iso_date
from msp_rules.errors import MomentTooEarly
from msp_rules.intake.source import CaseSource, moment_of

MOST_DAYS_APART: Final = 31
"""The days by which the moment of a scan may differ from an export's own date unremarked.

A month: an export is scanned some days after it was made, or as of the end of the month before it.
"""


def warnings_of_moment(source: CaseSource, as_of: Cutoff | None) -> list[InputWarning]:
    """Warns of a moment far from the export's own date, and of one after the calendar ends.

    `as_of` is None where the export's own date is used.
    """
    found: list[InputWarning] = []
    own = None if source.header is None else source.header.reference_date
    day = moment_of(source, as_of).day
    if own is not None and abs(day - own.day) > MOST_DAYS_APART:
        side = "after" if day > own.day else "before"
        reason = (
            f"judged as of {iso_date(day)}, {abs(day - own.day)} days {side} the export's own date "
            f"{iso_date(own.day)}; is that the date that was meant?"
        )
        found.append(InputWarning("far_as_of", reason, source.name))
    if day > COVERED_UNTIL.toordinal():
        reason = (
            f"judged as of {iso_date(day)}, but bank holidays of England are known to "
            f"{COVERED_UNTIL} only: a limit in working days that ends later can't be judged"
        )
        found.append(InputWarning("calendar_ended", reason, source.name))
    return found


AFTER_EXPORT: Final = "after_export"
"""Counts events that were written down after the export, if they are right."""
BEFORE_OCCURRING: Final = "before_occurring"
"""Counts events that were written down before the day on which they occurred."""
_RECORDING: Final = {
    AFTER_EXPORT: "recorded after the export; nothing counts before it was recorded",
    BEFORE_OCCURRING: "recorded before the day of occurring; is either date a slip?",
}


def warnings_of_recording(counts: Mapping[str, int], name: str) -> list[InputWarning]:
    """Warns of events of a file that say something odd of when they were written down."""
    return [
        InputWarning(
            f"recorded_{kind}",
            f"{counts[kind]} {'event was' if counts[kind] == 1 else 'events were'} {text}",
            name,
        )
        for kind, text in _RECORDING.items()
        if counts[kind]
    ]


def refuse_too_early(tally: Tally) -> None:
    """Raises MomentTooEarly where no event of any export lies at or before the moment."""
    if tally.has_events and not tally.has_begun:
        raise MomentTooEarly(
            "--as-of lies before the first event of what was read: nothing could be judged; "
            "leave it out to judge as of the export's own date"
        )
