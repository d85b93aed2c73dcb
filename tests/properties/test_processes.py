"""Several processes give what one gives; here, so that the compiled floors are asked, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.export_generator import write_export
from msp_rules.audit.request import ScanRequest
from tests.builders.case import one_rule
from tests.support.scanning import written

pytestmark = pytest.mark.slow


def test_two_processes_share_a_file_by_its_bytes_or_read_it_whole(tmp_path: Path) -> None:
    write_export(tmp_path / "a.xml", cases=130, seed=1)
    text = (tmp_path / "a.xml").read_text("utf-8").replace('id="SA-', 'id="SB-', 70)
    (tmp_path / "b.xml").write_text(text.replace("</case>", "<!-- --></case>"), "utf-8")
    request = ScanRequest(
        exports=(tmp_path / "a.xml", tmp_path / "b.xml"),
        ruleset=one_rule(tmp_path / "rules"),
        matcher="python",
        formats=("csv", "json"),
        jobs=1,
    )

    one, result = written(request)
    two, other = written(replace(request, jobs=2))

    assert two == one
    assert other.tally == result.tally
    assert (result.tally.cases, len(result.tally.faults)) == (200, 60)
