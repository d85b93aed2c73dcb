"""results.parquet says what results.csv says, with types, and the same bytes each time."""

from __future__ import annotations

import builtins
import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.export_generator import write_export
from msp_rules.errors import MspRulesError
from msp_rules.reports import parquet as parquet_report
from tests.support.command_line import DEMO, run_here
from tests.support.reported import report

parquet = pytest.importorskip("pyarrow.parquet")


def scanned(out: Path, *words: str) -> Path:
    formats = ("--format", "parquet", "--format", "csv", "--quiet")
    assert run_here("scan", *words, *formats, "--out", str(out)).returncode in (0, 2)
    return out


@pytest.mark.slow
def test_rows_are_those_of_the_csv_with_types(tmp_path: Path) -> None:
    out = scanned(tmp_path / "out", str(DEMO), "--all-rows")
    with (out / "results.csv").open(newline="") as stream:
        expected = list(csv.DictReader(stream))

    table = parquet.read_table(out / "results.parquet")

    rows = table.to_pylist()
    as_text = [
        {
            **{name: row[name] or "" for name in expected[0] if name != "evidence"},
            "evidence": " ".join(row["evidence"]),
        }
        for row in rows
    ]
    assert as_text == [dict(row) for row in expected]
    assert {str(table.schema.field(name).type) for name in ("case", "due")} == {"string"}
    for row in rows:
        days, instants = row["due_on"], row["due_at"]
        if days is not None:
            assert days == date.fromisoformat(row["due"])
        if instants is not None:
            assert instants == datetime.fromisoformat(row["due"]).astimezone(UTC)
        assert (row["due"] is None) == (days is None and instants is None)
    assert any(row["due_at"] for row in rows)
    assert any(row["due_on"] for row in rows)


@pytest.mark.slow
def test_row_groups_are_the_same_in_one_process_and_in_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_report, "ROWS_A_GROUP", 100)
    write_export(tmp_path / "a.xml", cases=150, seed=2)

    files = [
        scanned(tmp_path / jobs, str(tmp_path / "a.xml"), "--jobs", jobs) / "results.parquet"
        for jobs in ("1", "2")
    ]

    one, two = (path.read_bytes() for path in files)
    assert one == two
    found = parquet.ParquetFile(files[0]).metadata
    counts = [found.row_group(turn).num_rows for turn in range(found.num_row_groups)]
    assert len(counts) > 3
    assert set(counts[:-1]) == {100}
    assert 0 < counts[-1] <= 100


def test_without_its_library_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ModuleNotFoundError(name, name=name)
        return plain(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(MspRulesError, match=r"msp-rules\[parquet\]"):
        report(DEMO, tmp_path, "parquet")
