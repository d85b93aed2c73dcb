"""Steps about long scans: broken off, stopped, gone on with."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_bdd import given, then, when

from benchmarks.export_generator import write_export
from msp_rules.audit.run_folder import UNFINISHED
from tests.builders.case import one_rule
from tests.support.command_line import Done, run_here
from tests.support.stopped_scans import stopped


@dataclass(frozen=True)
class LongScan:
    """A scan of one export into one folder."""

    export: Path
    words: list[str]
    out: Path

    def stopped(self, by: signal.Signals) -> Done:
        """How it ends when it is stopped after it has come some way."""
        return stopped(by, 3, [*self.words, "--out", str(self.out)])


@pytest.fixture
def long_scan(tmp_path: Path) -> LongScan:
    export = tmp_path / "export.xml"
    write_export(export, cases=200, seed=8)
    one_rule(tmp_path / "ruleset")
    words = ["scan", str(export), "--ruleset", str(tmp_path / "ruleset"), "--quiet", "--identify"]
    return LongScan(export, [*words, "--checkpoint-seconds", "0"], tmp_path / "out")


@given("a large export that takes its time")
def large_export(long_scan: LongScan) -> None:
    assert long_scan.export.stat().st_size > 1_000_000


@given("the scan broke off half way")
def broken_off(long_scan: LongScan) -> None:
    assert long_scan.stopped(signal.SIGKILL).returncode == -signal.SIGKILL


@given("the export was replaced by a newer one")
def replaced(long_scan: LongScan) -> None:
    write_export(long_scan.export, cases=201, seed=9)


@when("the auditor goes on with the scan", target_fixture="done")
def go_on(long_scan: LongScan) -> Done:
    return run_here(*long_scan.words, "--resume", "--out", str(long_scan.out))


@when("the auditor stops the scan half way", target_fixture="done")
def stop(long_scan: LongScan) -> Done:
    return long_scan.stopped(signal.SIGINT)


@then("the results are those of a scan that nothing disturbed")
def undisturbed(long_scan: LongScan, done: Done, tmp_path: Path) -> None:
    assert done.returncode == 0, done.stderr
    run_here(*long_scan.words, "--out", str(tmp_path / "whole"))
    found, expected = ({p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
        for folder in (long_scan.out, tmp_path / "whole"))  # fmt: skip
    assert len(expected) == 5
    assert found == expected


@then("nothing unfinished is left beside them")
def nothing_left(long_scan: LongScan) -> None:
    assert not (long_scan.out / UNFINISHED).exists()


@then("the results so far say that they are incomplete")
def incomplete(long_scan: LongScan, done: Done) -> None:
    manifest = json.loads((long_scan.out / "manifest.json").read_bytes())
    assert done.returncode == 5
    assert manifest["complete"] is False


@then("they say after how many cases the scan was stopped")
def after_how_many(long_scan: LongScan) -> None:
    document = json.loads((long_scan.out / "results.json").read_bytes())
    count = len(document["cases"])
    assert 0 < count < 200
    assert f"interrupted after {count} cases" in document["faults"][-1]["reason"]


@then("the auditor is told that the inputs differ")
def told(done: Done) -> None:
    assert done.returncode == 3
    assert "the inputs differ" in " ".join(done.stderr.split())
