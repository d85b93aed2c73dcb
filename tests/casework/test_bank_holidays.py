"""Bank holidays: those of the library, whether they were kept from it or are asked for."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import holidays
import pytest

from msp_rules.casework import bank_holidays as module
from msp_rules.casework.bank_holidays import (
    COVERED_FROM,
    COVERED_UNTIL,
    KEPT_HOLIDAYS,
    bank_holidays,
    kept_bank_holidays,
    library_hash,
)
from msp_rules.casework.workdays import england

KEPT = Path(module.__file__).parent / KEPT_HOLIDAYS
JUBILEE = date(2022, 6, 3)


@pytest.fixture
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has not asked for the days yet."""
    monkeypatch.setattr(module, "_BANK_HOLIDAYS", set())


def in_a_process(code: str, given: object = None) -> list[str]:
    """What a fresh process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(given), capture_output=True, check=True
    )
    return done.stdout.decode().split()


def test_the_kept_days_are_those_of_the_library() -> None:
    years = range(COVERED_FROM.year, COVERED_UNTIL.year + 1)
    days = frozenset(holidays.country_holidays("GB", subdiv="ENG", years=years).keys())

    assert bank_holidays() == days
    assert JUBILEE in days
    assert KEPT.read_text("utf-8") == kept_bank_holidays()


def test_a_process_does_not_import_the_library_for_days_that_are_kept() -> None:
    code = (
        "import sys; from msp_rules.casework.workdays import england;"
        "print(england().sha256(), 'holidays' in sys.modules)"
    )

    assert in_a_process(code) == [england().sha256(), "False"]


def test_a_process_that_is_given_the_bank_holidays_has_the_same_calendar() -> None:
    code = (
        "import pickle, sys; from msp_rules.casework.workdays import england;"
        "from msp_rules.casework.bank_holidays import take_bank_holidays;"
        "take_bank_holidays(pickle.load(sys.stdin.buffer));"
        "print(england().sha256(), 'holidays' in sys.modules)"
    )

    assert in_a_process(code, bank_holidays()) == [england().sha256(), "False"]


@pytest.mark.parametrize(
    "spoiled", [b"", b"no JSON", json.dumps({"made_of": "0" * 64, "days": ["2026-01-02"]}).encode()]
)
@pytest.mark.usefixtures("nothing_known")
def test_days_of_another_library_or_a_broken_file_are_asked_for_anew(
    spoiled: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / KEPT_HOLIDAYS).write_bytes(spoiled)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "bank_holidays.py"))

    found = bank_holidays()

    assert JUBILEE in found
    assert date(2026, 1, 2) not in found


def test_another_library_file_or_another_year_has_another_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("__init__.py", "groups/christian.py", "countries/united_kingdom.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("first")
    place = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(module, "find_spec", lambda _: place)
    seen = [library_hash()]

    for name in ("__init__.py", "groups/christian.py", "countries/united_kingdom.py"):
        (tmp_path / name).write_text("second")
        seen.append(library_hash())
    monkeypatch.setattr(module, "COVERED_UNTIL", date(2029, 12, 31))
    seen.append(library_hash())

    assert len({*seen}) == 5
    assert None not in seen


def test_a_library_that_does_not_lie_in_files_is_always_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = (None, SimpleNamespace(origin=None), SimpleNamespace(origin=str(tmp_path / "a.zip/b")))

    for place in places:
        monkeypatch.setattr(module, "find_spec", lambda _, place=place: place)

        assert library_hash() is None


def test_what_the_days_come_from_is_all_hashed() -> None:
    code = (
        "import sys; import holidays; holidays.country_holidays('GB', subdiv='ENG', years=[2026]);"
        "england = sys.modules['holidays.countries.united_kingdom'];"
        "print(*{one.__module__ for one in england.UnitedKingdom.__mro__},"
        " *{getattr(one, '__module__', None) for one in vars(england).values()})"
    )
    home = Path(holidays.__file__).parent
    hashed = {path.relative_to(home).as_posix() for path in module._files(home)}

    names = {one for one in in_a_process(code) if one.startswith("holidays")}

    assert {f"{one.removeprefix('holidays.').replace('.', '/')}.py" for one in names} <= hashed
    assert "holidays.countries.united_kingdom" in names
