"""A person is told where several processes of a scan can't share a file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.builders.export import case_text, event_text, export_text
from tests.support.command_line import run

pytestmark = pytest.mark.slow

SAID = "Read whole by each process, which takes longer (docs/scale.md says why): 1 of the files"


@pytest.mark.parametrize(("jobs", "is_said"), [("1", False), ("2", True)])
def test_a_packed_file_is_read_whole_by_each_of_several_processes(
    jobs: str, is_said: bool, tmp_path: Path
) -> None:
    concern = event_text("concern_raised", "e1", "2026-01-05", "")
    text = export_text([case_text("SA-1", concern)])
    (tmp_path / "plain.xml").write_text(text.replace("SA-1", "SA-2"))
    (tmp_path / "packed.xml.gz").write_bytes(gzip.compress(text.encode()))

    done = run(
        "scan", str(tmp_path), "--format", "json", "--out", str(tmp_path / "out"), "--jobs", jobs
    )

    assert (SAID in done.stderr) == is_said
    quiet = run("scan", str(tmp_path), "--format", "json", "--out", "-", "--jobs", jobs, "--quiet")
    assert SAID not in quiet.stderr
