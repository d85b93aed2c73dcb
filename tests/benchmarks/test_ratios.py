"""A time counts only where the work was the same; a ratio is kept, and a worse one is named."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from benchmarks.desk import open_cases
from benchmarks.export_generator import write_export
from benchmarks.growth import many_times
from benchmarks.open_cases import EVENTS, held_by_host, held_in_sqlite, some_open_cases
from benchmarks.peers.engines import ENGINES
from benchmarks.peers.run import measured
from benchmarks.peers.ten_rules import NAMES, prepared
from benchmarks.prompt_time import milliseconds
from benchmarks.ratios import machine, scan_ratios, slower, table
from benchmarks.yardsticks import YARDSTICKS, Counted
from tests.support.desk import core_engine

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of 150 cases."""
    path = tmp_path_factory.mktemp("export") / "made-up.xml"
    write_export(path, cases=150, seed=7, profile="noisy")
    return path


def test_all_yardsticks_count_the_same(export: Path) -> None:
    counted = {name: read(export) for name, read in YARDSTICKS.items()}

    events = counted["read"].events
    assert events is not None
    assert events > 1500
    assert counted == {
        "expat": Counted(150),
        "iterparse": Counted(150),
        "extraction": Counted(150, events),
        "read": Counted(150, events),
    }


def test_each_of_ten_rules_finds_something_and_other_engines_the_same(
    export: Path, tmp_path: Path
) -> None:
    cases = prepared(export, 150)

    found = ENGINES["own"](cases, tmp_path / "own")()
    said = measured(cases, 1, tmp_path)

    assert {name for one in found for name in one} == set(NAMES)
    assert said["of_all"] == {"cases": 150, "findings": sum(map(len, found))}
    assert "of_own_rate" in said["lxml Schematron"]
    assert all("cases_answered_differently" not in one for one in said.values())


def test_a_prompt_is_measured_for_each_open_case() -> None:
    spent = milliseconds(core_engine(), list(islice(open_cases(4, 7), 4)))

    assert len(spent) == 4
    assert spent == sorted(spent)
    assert spent[0] > 0


def test_the_same_events_change_the_same_prompts_however_many_cases_are_open(
    tmp_path: Path,
) -> None:
    cases, engine = some_open_cases(6, 7), core_engine()

    few = held_by_host(engine, cases[:2], asked=2)
    many = held_by_host(engine, cases, asked=2)
    kept = held_in_sqlite(engine, cases, 2, tmp_path / "memory.db")

    assert len(few.events) == len(few.changes) == 2 * EVENTS
    assert few.changes == many.changes == kept.changes
    assert sum(count for _, count in few.changes) > 0
    assert few.figures().keys() < kept.figures().keys()
    assert all(figure > 0 for figure in (*many.figures().values(), *kept.figures().values()))


def test_a_case_in_which_all_happened_three_times_refers_to_its_own_events() -> None:
    (case,) = islice(open_cases(1, 7), 1)

    longer = many_times(case, 3)

    ids = [event.id for event in longer.events]
    assert len(set(ids)) == len(ids) == 3 * len(case.events)
    assert {one.removesuffix("-0").removesuffix("-1").removesuffix("-2") for one in ids} == {
        event.id for event in case.events
    }


@pytest.mark.parametrize(("now", "said"), [(0.45, []), (0.449, ["a: 0.5 was kept, 0.449 is left"])])
def test_a_tenth_less_is_slower(now: float, said: list[str]) -> None:
    assert slower({"a": 0.5}, {"a": now, "b": 0.0}) == said


def test_what_was_not_measured_is_named() -> None:
    assert slower({"a": 0.2}, {}) == ["a: 0.2 was kept, and it was not measured"]


def test_the_table_has_a_row_for_each_piece_and_what_processes_gain() -> None:
    row = {
        "of_extraction_rate": 0.3,
        "of_extraction_processor_time": 0.2,
        "cases_a_second": 9,
        "peak_mebibytes_of_the_largest": 80,
    }
    scans = {
        "python": "3.11",
        "read": row,
        "scan_1": {**row, "seconds": 9.0},
        "scan_2": {**row, "of_extraction_rate": 0.5, "seconds": 5.0},
    }

    assert scan_ratios(scans) == {"scan_1": 0.2, "scan_2": 0.2}
    assert table(scans, {"ten times": {"cases": 9.9, "more": {"a": 1}}}) == (
        "| | rate of extraction's | of its processor time | cases a second | MiB of the largest |\n"
        "|---|---|---|---|---|\n"
        "| read | 0.3 | 0.2 | 9 | 80 |\n"
        "| scan_1 | 0.3 | 0.2 | 9 | 80 |\n"
        "| scan_2 | 0.5 | 0.2 | 9 | 80 |\n"
        "| scan: 2 processes over one | 1.8 | | | |\n"
        "\n"
        "| | |\n"
        "|---|---|\n"
        "| ten times: cases | 9.9 |\n"
        "| ten times: more | a 1 |\n"
    )
    assert set(machine()) == {"processor", "cores", "system", "python", "load"}
