"""What streams, disks and consoles refuse is one sentence: no trace, and no half document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from msp_rules.cli.conventions import INTERNAL, READER_GONE, UNREADABLE, USAGE
from tests.builders.export import case_text, event_text, export_text
from tests.support.command_line import ROOT, run_here

pytestmark = pytest.mark.slow

COMMAND = f"'{sys.executable}' -m msp_rules.cli"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.xml"
    concern = event_text(
        "concern_raised", "e1", "2026-01-05", "<identified_adult>yes</identified_adult>"
    )
    path.write_text(export_text([case_text("SA-1", concern)]))
    return path


def shell(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A script of bash, in the checkout, with `msp-rules` as the command."""
    return subprocess.run(
        ["bash", "-c", script.replace("msp-rules", COMMAND)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={**os.environ, **variables},
    )


def document(text: str) -> dict:
    """A result without what a pipe does not have: the name of a file."""
    found = json.loads(text)
    for one in found["manifest"]["inputs"]:
        del one["name"]
    return found


@pytest.mark.slow
def test_a_reader_that_has_gone_is_neither_a_finding_nor_a_fault_of_the_program() -> None:
    done = shell("msp-rules doctor | true; echo ${PIPESTATUS[0]}")

    assert (done.stdout, done.stderr) == (f"{READER_GONE}\n", "")


@pytest.mark.slow
def test_a_full_disk_behind_standard_output_is_a_sentence(export: Path) -> None:
    scan = shell(f"msp-rules scan --quiet --format json --out - {export} > /dev/full")
    other = shell("msp-rules doctor > /dev/full")

    assert (scan.returncode, other.returncode) == (INTERNAL, INTERNAL)
    assert scan.stderr == "standard output can't be written: No space left on device\n"
    assert other.stderr == "standard output: No space left on device\n"


@pytest.mark.slow
def test_a_limit_on_the_size_of_files_is_a_sentence_and_leaves_no_result(export: Path) -> None:
    out = export.parent / "out"

    done = shell(
        f"ulimit -f 4; msp-rules scan --quiet --out {out} --format xlsx --identify {export}"
    )

    assert done.returncode == INTERNAL
    assert done.stderr.startswith("report.xlsx can't be written: ")
    assert done.stderr.count("\n") == 1
    assert list(out.iterdir()) == []


@pytest.mark.slow
def test_an_export_from_a_pipe_is_judged_as_the_same_bytes_in_a_file(export: Path) -> None:
    words = "scan --quiet --format json --out -"

    file = run_here(*words.split(), str(export))
    pipe = shell(f"cat {export} | msp-rules {words} /dev/stdin")
    substituted = shell(f"msp-rules {words} <(cat {export})")

    assert [file.returncode, pipe.returncode, substituted.returncode] == [0, 0, 0]
    assert document(pipe.stdout) == document(substituted.stdout) == document(file.stdout)
    assert document(file.stdout)["cases"]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp437", "ascii"])
def test_a_console_that_cannot_draw_gets_what_it_can_draw(export: Path, encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "msp_rules.cli", "scan", str(export)],
        capture_output=True,
        cwd=ROOT,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "60"},
    )

    assert (done.returncode, done.stderr) == (0, b"")
    drawn = done.stdout.decode(encoding)
    assert "ASK-01" in drawn
    assert "?" not in drawn
    assert "\\u" not in drawn


@pytest.mark.slow
def test_a_closed_standard_output_stops_nothing(export: Path) -> None:
    done = shell(f"msp-rules scan {export} >&-; echo $? >&2")

    assert done.stderr == "0\n"


def test_of_an_export_that_cannot_be_read_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("this is no XML at all, and no CSV")

    done = run_here("scan", "--quiet", "--format", "json", "--out", "-", str(tmp_path / "a.xml"))

    assert (done.returncode, done.stdout) == (UNREADABLE, "")


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (("scan", "a.xml", "--out", ""), "--out"),
        (("scan", "a.xml", "--out="), "--out"),
        (("scan", ""), "scan"),
        (("memory", "upgrade", ""), "upgrade"),
        (("mapping", "check", ""), "check"),
    ],
)
def test_an_empty_value_is_a_wrong_command_line(words: tuple[str, ...], after: str) -> None:
    done = run_here(*words)

    assert (done.returncode, done.stderr) == (
        USAGE,
        f'Error: an empty value stands after "{after}"\n',
    )


def test_a_memory_that_would_be_gone_at_once_is_not_upgraded() -> None:
    done = run_here("memory", "upgrade", ":memory:")

    assert done.returncode == USAGE
    assert "'WHERE'" in done.stderr


def test_results_replace_those_of_an_earlier_scan_as_a_whole(export: Path) -> None:
    out = export.parent / "out"
    run_here("scan", "--quiet", "--identify", "--out", str(out), str(export))
    (out / "manifest.json.sig").write_text("the signature of the earlier manifest")
    (out / "notes.txt").write_text("of a person")

    done = run_here("scan", "--quiet", "--format", "json", "--out", str(out), str(export))

    assert sorted(one.name for one in out.iterdir()) == [
        "manifest.json",
        "notes.txt",
        "results.json",
    ]
    assert done.stderr == (
        f"removed from {out}, since an earlier scan made it: "
        "manifest.json.sig, results.csv, report.html, report.xlsx\n"
    )


def test_a_scan_that_cannot_be_done_leaves_the_results_of_the_earlier_one(export: Path) -> None:
    out = export.parent / "out"
    run_here("scan", "--quiet", "--format", "csv", "--out", str(out), str(export))
    before = {one.name: one.read_bytes() for one in out.iterdir()}

    done = run_here("scan", "--quiet", "--format", "json", "--out", str(out), "nowhere.xml")

    assert done.returncode == UNREADABLE
    assert {one.name: one.read_bytes() for one in out.iterdir()} == before


def test_a_folder_that_cannot_be_written_is_named_with_its_whole_path(export: Path) -> None:
    below = export.parent / "a-file/out"
    below.parent.write_text("")

    done = run_here("scan", "--quiet", "--identify", "--out", str(below), str(export))

    assert done.stderr == f"{below} can't be written to: Not a directory\n"


@pytest.mark.slow
def test_a_name_that_the_encoding_of_the_system_lacks_changes_no_result(tmp_path: Path) -> None:
    (tmp_path / "caf\u00e9.xml").write_text(export_text([case_text("SA-1")]))
    words = f"scan --quiet --format json --out - '{tmp_path}/caf\u00e9.xml'"
    ascii_only = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}

    plain = shell(f"msp-rules {words}")
    strange = shell(f"msp-rules {words}", **ascii_only)

    assert (plain.returncode, strange.returncode) == (0, 0)
    assert strange.stdout == plain.stdout
    assert json.loads(plain.stdout)["manifest"]["inputs"][0]["name"] == "caf\u00e9.xml"
