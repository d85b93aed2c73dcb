"""Steps about long scans: broken off, stopped, gone on with."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_bdd import given, then, when

from benchmarks.export_generator import write_export
from msp_rules.reports.run_folder import UNFINISHED
from tests.audit.small_rulesets import one_rule
from tests.support.command_line import ROOT, Done, run_here


@dataclass
class LongScan:
    """A scan of one export into one folder, and the process that is at it."""

    export: Path
    words: list[str]
    out: Path
    process: subprocess.Popen[str] | None = None

    def begin(self) -> subprocess.Popen[str]:
        """Begins, and waits until it has come some way."""
        command = [sys.executable, "-m", "msp_rules.cli", *self.words, "--out", str(self.out)]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        while not (self.out / UNFINISHED / "checkpoint").exists():
            assert self.process.poll() is None
            time.sleep(0.01)
        return self.process


@pytest.fixture
def long_scan(tmp_path: Path) -> Iterator[LongScan]:
    export = tmp_path / "export.xml"
    write_export(export, cases=500, seed=8)
    one_rule(tmp_path / "ruleset")
    words = ["scan", str(export), "--ruleset", str(tmp_path / "ruleset"), "--quiet", "--identify"]
    scan = LongScan(export, [*words, "--checkpoint-seconds", "0.05"], tmp_path / "out")
    yield scan
    if scan.process is not None and scan.process.poll() is None:
        scan.process.kill()
        scan.process.communicate()


@given("a large export that takes its time")
def large_export(long_scan: LongScan) -> None:
    assert long_scan.export.stat().st_size > 1_000_000


@given("the scan broke off half way")
def broken_off(long_scan: LongScan) -> None:
    process = long_scan.begin()
    process.kill()
    process.communicate()


@given("the export was replaced by a newer one")
def replaced(long_scan: LongScan) -> None:
    write_export(long_scan.export, cases=501, seed=9)


@when("the auditor goes on with the scan", target_fixture="done")
def go_on(long_scan: LongScan) -> Done:
    return run_here(*long_scan.words, "--resume", "--out", str(long_scan.out))


@when("the auditor stops the scan half way", target_fixture="done")
def stop(long_scan: LongScan) -> Done:
    process = long_scan.begin()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    return Done(process.returncode, "", errors)


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
    assert 0 < count < 500
    assert f"interrupted after {count} cases" in document["faults"][-1]["reason"]


@then("the auditor is told that the inputs differ")
def told(done: Done) -> None:
    assert done.returncode == 3
    assert "the inputs differ" in " ".join(done.stderr.split())
