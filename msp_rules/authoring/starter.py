"""Makes a small overlay to start from: a changed number, a rule, a waiver, and features of them.

Everything in it is invented. Its dates are counted from the day on which it is made, so that
nothing in it has ended when somebody begins to change it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from importlib import resources
from typing import Final

from msp_rules.casework.moments import in_words
from msp_rules.casework.workdays import england
from msp_rules.errors import MspRulesError
from msp_rules.rules.language.rule import Ruleset

_FILES: Final = ("overlay.yaml", "rules/X-LETTER-01.yaml", "features/our_procedure.feature")
_ID: Final = re.compile(r"[a-z][a-z0-9-]*")
_BLANK: Final = re.compile(r"@([A-Z0-9]+)( IN WORDS)?@")
_WAIVED_DAYS: Final = 180
_REVIEW_DAYS: Final = 365


def starter_files(name: str, base: Ruleset, today: date) -> Mapping[str, str]:
    """Writes the files of a new overlay over a ruleset, by their path in its folder.

    Raises MspRulesError where the name can't be an overlay's id, and OutsideCalendar where the
    bank holidays of the next months are not known.
    """
    if not _ID.fullmatch(name):
        message = f'"{name}" can\'t be its id: write small letters, digits and hyphens'
        raise MspRulesError(message)
    days = _days(today)
    words = {"NAME": name, "BASE": base.id, "VERSION": base.version, "SHA256": base.sha256}

    def fill(blank: re.Match[str]) -> str:
        if blank[1] in words:
            return words[blank[1]]
        day = days[blank[1]]
        return in_words(day) if blank[2] else day.isoformat()

    folder = resources.files("msp_rules.authoring").joinpath("starter_overlay")
    return {path: _BLANK.sub(fill, folder.joinpath(path).read_text("utf-8")) for path in _FILES}


def _days(today: date) -> Mapping[str, date]:
    """Gives the days that the files name; the concern is raised on the first working day."""
    calendar = england()
    concern = calendar.add_working_days(today.toordinal() - 1, 1)
    names = ("SECOND", 2), ("THIRD", 3), ("FIFTH", 5), ("SIXTH", 6)
    later = {name: date.fromordinal(calendar.add_working_days(concern, n)) for name, n in names}
    last = today + timedelta(days=_WAIVED_DAYS)
    return {
        "BEFORE": today - timedelta(days=1),
        "TODAY": today,
        "CONCERN": date.fromordinal(concern),
        **later,
        "LATER": date.fromordinal(concern) + timedelta(days=60),
        "EXPIRES": last,
        "AFTER": last + timedelta(days=1),
        "REVIEW": today + timedelta(days=_REVIEW_DAYS),
    }
