"""The benchmark of a desk under load runs, and may fail where a limit is exceeded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.desk_load import LIMITS, main

pytestmark = pytest.mark.slow


def test_the_benchmark_measures_all_that_has_a_limit_and_fails_where_one_is_exceeded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "load.json"
    monkeypatch.setitem(LIMITS, "snapshot_p99_ms", 0.0)
    small = ["--seconds", "1", "--snapshots", "2", "--longest", "8"]

    with pytest.raises(SystemExit) as ended:
        main([*small, "--check", "--out", str(out)])

    figures = json.loads(out.read_text("utf-8"))
    assert ended.value.code == 1
    assert figures["threads_events"] == 100
    assert [one["events"] for one in figures["histories"]] == [2, 4, 8]
    assert "snapshot_p99_ms" in figures["exceeded"]
    assert "history_cpu_s" not in figures["exceeded"]
