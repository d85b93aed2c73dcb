"""Progress says how far a scan is, how fast it goes and how long it takes, and names nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.export_generator import write_export
from msp_rules.audit.state import ScanProgress, ScanState
from msp_rules.audit.tally import Tally
from msp_rules.cli.progress import Pace, in_words
from tests.builders.case import one_rule
from tests.support.command_line import run_here

KEYS = ["cases", "faults", "bytes", "of_bytes", "cases_per_second", "seconds_left"]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_progress_as_json_ends_at_all_bytes(tmp_path: Path, jobs: str) -> None:
    one_rule(tmp_path / "rules")
    for name in ("a", "b"):
        write_export(tmp_path / f"{name}.xml", cases=70, seed=ord(name))
    text = (tmp_path / "b.xml").read_text("utf-8").replace('id="SA-', 'id="SB-')
    (tmp_path / "b.xml").write_text(text, "utf-8")
    size = sum(path.stat().st_size for path in tmp_path.glob("*.xml"))
    told = ["--ruleset", str(tmp_path / "rules"), "--jobs", jobs, "--progress", "json", "--quiet"]

    done = run_here("scan", str(tmp_path / "a.xml"), str(tmp_path / "b.xml"), *told)

    rows = [json.loads(line) for line in done.stderr.splitlines()]
    assert all(list(row) == KEYS for row in rows)
    assert all(before["bytes"] <= row["bytes"] for before, row in zip(rows, rows[1:], strict=False))
    last = rows[-1]
    assert (last["bytes"], last["of_bytes"], last["cases"]) == (size, size, 140)
    assert last["seconds_left"] == 0


def progress_at(*, cases: int, read: int, is_resumed: bool = False) -> ScanProgress:
    state = ScanState(tally=Tally(cases=cases))
    return ScanProgress(state, 4_000_000, is_resumed=is_resumed, bytes_before=read)


def test_the_time_left_follows_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 110.0)
    pace = Pace(4_000_000, 0, start=100.0)

    row = pace.row(progress_at(cases=500, read=1_000_000))

    assert row["cases_per_second"] == 50
    assert row["seconds_left"] == 30
    assert in_words(row, pace) == "500 cases, 50 cases/s, 0.1 MB/s, about 30 s left"


def test_what_an_earlier_run_did_counts_in_no_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 110.0)
    pace = Pace(4_000_000, 400, bytes_before=1_000_000, start=100.0)

    row = pace.row(progress_at(cases=500, read=2_000_000))

    assert (row["cases_per_second"], row["seconds_left"]) == (10, 20)


def test_without_a_rate_no_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 110.0)
    pace = Pace(4_000_000, 0, start=100.0)

    row = pace.row(progress_at(cases=0, read=0))

    assert row["seconds_left"] is None
    assert in_words(row, pace) == "0 cases, 0 cases/s, 0.0 MB/s"
