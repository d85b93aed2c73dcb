"""Lists the bank holidays of England, from the `holidays` library or as kept from it.

They are taken as known for the years below only: no safeguarding limit needs earlier ones, and
one-off holidays of later years are not proclaimed yet.

The library imports the calendars of all countries, for which each command would wait a tenth of a
second. So the days are kept in a file, with a hash of the library's own files that they come from:
where another release is installed, or any of those files is another, the library is asked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Final

COVERED_FROM: Final = date(2010, 1, 1)
COVERED_UNTIL: Final = date(2028, 12, 31)
KEPT_HOLIDAYS: Final = "bank_holidays.json"
"""The file of this folder that keeps the days (`msp-rules generate` writes it)."""
_SOURCES: Final = ("*.py", "calendars/*.py", "groups/*.py", "mixins/*.py")
_ENGLAND: Final = "countries/united_kingdom.py"
"""The module of the country; all that it imports lies in the folders above."""


def bank_holidays() -> frozenset[date]:
    """Lists the bank holidays of England in the years that are covered."""
    if not _BANK_HOLIDAYS:
        _BANK_HOLIDAYS.update(_kept() or _of_library())
    return frozenset(_BANK_HOLIDAYS)


def take_bank_holidays(days: frozenset[date]) -> None:
    """Sets the bank holidays without looking: `days` are those of the parent process."""
    _BANK_HOLIDAYS.update(days)


_BANK_HOLIDAYS: Final[set[date]] = set()


def kept_bank_holidays() -> str:
    """Writes the days of the library as JSON, with the hash of what they come from."""
    days = [one.isoformat() for one in sorted(_of_library())]
    return json.dumps({"made_of": library_hash(), "days": days}, indent=1) + "\n"


def library_hash() -> str | None:
    """Hashes the years, and the library's files that say what is a bank holiday in them.

    None where the library does not lie in a folder of files.
    """
    found = find_spec("holidays")
    if found is None or found.origin is None:
        return None
    home = Path(found.origin).parent
    digest = hashlib.sha256(f"{COVERED_FROM} {COVERED_UNTIL}".encode())
    try:
        for path in _files(home):
            digest.update(path.relative_to(home).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    except OSError:
        return None
    return digest.hexdigest()


def _files(home: Path) -> Iterator[Path]:
    for pattern in _SOURCES:
        yield from sorted(home.glob(pattern))
    yield home / _ENGLAND


def _kept() -> frozenset[date]:
    """Gives the kept days; none where they come from another library than the installed one."""
    try:
        kept = json.loads((Path(__file__).parent / KEPT_HOLIDAYS).read_text("utf-8"))
    except (OSError, ValueError):
        return frozenset()
    made_of = library_hash()
    if made_of is None or kept["made_of"] != made_of:
        return frozenset()
    return frozenset(date.fromisoformat(day) for day in kept["days"])


def _of_library() -> frozenset[date]:
    import holidays  # noqa: PLC0415 - see above

    years = range(COVERED_FROM.year, COVERED_UNTIL.year + 1)
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=years).keys())
