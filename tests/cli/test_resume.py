"""A scan that was broken off anywhere and gone on with gives what an undisturbed one gives."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pickle
import shutil
import signal
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from random import Random

import orjson
import pytest

from benchmarks.export_generator import write_export
from msp_rules.audit.checkpoint import OTHER_VERSION
from msp_rules.audit.run_folder import CHECKPOINT, UNFINISHED, RunFolder
from msp_rules.reports.formats import FORMATS
from tests.builders.case import one_rule
from tests.support import effort
from tests.support.command_line import ROOT, Done, run_here
from tests.support.stopped_scans import stopped

pytestmark = [pytest.mark.killed, pytest.mark.slow]
MIDDLE = 300
OFTEN = ("--checkpoint-seconds", "0")


@pytest.fixture(scope="module")
def ruleset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ruleset")
    one_rule(folder)
    return folder


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Faulty, packed, cut-off, doubled and unreadable exports."""
    folder = tmp_path_factory.mktemp("inputs")
    write_export(folder / "a.xml", cases=25, seed=1, profile="noisy")
    body = (folder / "a.xml").read_bytes()
    other = body.replace(b'id="SA-', b'id="SB-')
    with zipfile.ZipFile(folder / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.xml", other)
        archive.writestr("two.xml", other[:9000])
    cut = gzip.compress(body.replace(b'id="SA-', b'id="SC-'))
    (folder / "c.xml.gz").write_bytes(cut[: len(cut) * 4 // 5])
    (folder / "d.xml").write_text("<other/>")
    (folder / "e.xml").write_bytes(body.replace(b'id="SA-', b'id="SD-', 20))
    return folder


class Evil:
    """Would make a file, if anybody loaded it from a pickle."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


def words(inputs: Path, ruleset: Path, *more: str) -> list[str]:
    formats = [word for name in FORMATS for word in ("--format", name)]
    common = ["scan", str(inputs), "--ruleset", str(ruleset), "--matcher", "python", "--quiet"]
    return [*common, "--identify", *formats, *OFTEN, *more]


def files_of(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


@pytest.fixture(scope="module")
def undisturbed(
    inputs: Path, ruleset: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole")
    assert run_here(*words(inputs, ruleset, "--out", str(out))).returncode == 2
    files = files_of(out)
    assert len(files) == len(FORMATS) + 1
    return files


def killed(folder: Path, points: list[int], told: list[str]) -> dict[int, str]:
    """How each of the scans ended."""
    listed = ",".join(str(point) for point in points)
    command = [sys.executable, "-m", "tests.support.killed_scans", str(folder), listed, *told]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    return {int(row[0]): " ".join(row[1:]) for row in rows}


@pytest.fixture(scope="module")
def killed_once(inputs: Path, ruleset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a scan that was killed in its middle."""
    folder = tmp_path_factory.mktemp("killed")
    killed(folder, [MIDDLE], words(inputs, ruleset))
    return folder / str(MIDDLE)


@pytest.fixture
def broken_off(killed_once: Path, tmp_path: Path) -> Path:
    """A copy of that folder, for a test to spoil or to resume."""
    return Path(shutil.copytree(killed_once, tmp_path / "broken-off"))


def resumed(out: Path, told: list[str], jobs: str = "1") -> Done:
    return run_here(*told, "--resume", "--jobs", jobs, "--out", str(out))


def test_killed_anywhere_and_resumed_is_the_same_byte_for_byte(
    inputs: Path, ruleset: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    told = words(inputs, ruleset)
    count = int(killed(tmp_path, [0], told)[0].split()[0])
    assert files_of(tmp_path / "0") == undisturbed
    dice = Random(count)
    # Anywhere, and at each of the last steps, where results are put in their place.
    anywhere, last = effort.of(2, thorough=20), range(count - 16, count + 1)
    points = sorted({*dice.sample(range(1, count), anywhere), *dice.sample(last, anywhere // 2)})

    ends = killed(tmp_path, points, told)

    assert set(ends.values()) <= {f"{point} killed" for point in points}
    for point in points:
        done = resumed(tmp_path / str(point), told)
        assert done.returncode == 2, (point, done.stderr)
        assert files_of(tmp_path / str(point)) == undisturbed, point


def test_killed_again_while_resuming(
    inputs: Path, ruleset: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    told = words(inputs, ruleset)
    killed(tmp_path, [300], told)
    (tmp_path / "300").rename(tmp_path / "200")
    ends = killed(tmp_path, [200], [*told, "--resume"])
    (tmp_path / "200").rename(tmp_path / "150")
    ends |= killed(tmp_path, [150], [*told, "--resume"])

    done = resumed(tmp_path / "150", told)

    assert ends == {200: "200 killed", 150: "150 killed"}
    assert (done.returncode, done.stderr) == (2, "")
    assert files_of(tmp_path / "150") == undisturbed


@pytest.mark.parametrize(("first", "then"), [("2", "1"), ("1", "2"), ("2", "2")])
def test_processes_may_differ_before_and_after(
    inputs: Path,
    ruleset: Path,
    tmp_path: Path,
    undisturbed: dict[str, bytes],
    first: str,
    then: str,
) -> None:
    told = words(inputs, ruleset)
    assert killed(tmp_path, [120], [*told, "--jobs", first]) == {120: "120 killed"}

    assert resumed(tmp_path / "120", told, then).returncode == 2
    assert files_of(tmp_path / "120") == undisturbed


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("big") / "big.xml"
    write_export(path, cases=320, seed=5)
    return path


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_real_kill_and_a_real_interrupt(
    big: Path, ruleset: Path, tmp_path: Path, jobs: str
) -> None:
    told = ["scan", str(big), "--ruleset", str(ruleset), "--matcher", "python", "--quiet"]
    told += ["--jobs", jobs, "--identify", *OFTEN]
    told += [word for name in ("json", "jsonl", "html", "parquet") for word in ("--format", name)]
    assert run_here(*told, "--out", str(tmp_path / "whole")).returncode == 0
    out = tmp_path / "out"

    told += ["--out", str(out)]

    # Two processes come to rest after every 64 cases only, and near the end no more.
    done = stopped(signal.SIGKILL, 2, told)
    assert done.returncode == -signal.SIGKILL
    wish = signal.SIGTERM if jobs == "1" else signal.SIGINT
    done = stopped(wish, 1, [*told, "--resume"])

    assert done.returncode == 5
    assert "Traceback" not in done.stderr
    document = json.loads((out / "results.json").read_bytes())
    cases = document["totals"]["cases"]
    assert 0 < cases == len(document["cases"]) < 320
    assert document["manifest"]["complete"] is False
    reason = f"the scan was interrupted after {cases} cases; the other cases are not judged"
    assert [fault["reason"] for fault in document["faults"]] == [reason]
    assert len((out / "results.jsonl").read_bytes().splitlines()) >= cases
    assert run_here(*told, "--resume").returncode == 0
    assert files_of(out) == files_of(tmp_path / "whole")


def test_unfinished_files_are_for_their_owner_only(
    inputs: Path, ruleset: Path, broken_off: Path
) -> None:

    folder = broken_off / UNFINISHED
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes == {0o600}


def test_resume_without_a_checkpoint_begins_and_says_so(
    inputs: Path, ruleset: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    done = resumed(tmp_path / "out", words(inputs, ruleset))

    assert "is not there; the scan starts from the beginning" in " ".join(done.stderr.split())
    assert files_of(tmp_path / "out") == undisturbed


@pytest.mark.parametrize("spoiled", ["checkpoint.json", "results.json", "report.html.cases"])
def test_a_damaged_checkpoint_is_not_used(
    inputs: Path, ruleset: Path, broken_off: Path, undisturbed: dict[str, bytes], spoiled: str
) -> None:
    told = words(inputs, ruleset)
    path = broken_off / UNFINISHED / spoiled
    path.write_bytes(path.read_bytes()[:40] + b"?" + path.read_bytes()[41:])

    done = resumed(broken_off, told)

    assert "can't be used; the scan starts from the beginning" in " ".join(done.stderr.split())
    assert files_of(broken_off) == undisturbed


def test_another_scan_is_not_gone_on_with(
    inputs: Path, ruleset: Path, tmp_path: Path, broken_off: Path, undisturbed: dict[str, bytes]
) -> None:
    told = words(inputs, ruleset)
    one_rule(tmp_path / "other", severity="statutory")
    changed = tmp_path / "changed"
    changed.mkdir()
    for path in inputs.iterdir():
        (changed / path.name).write_bytes(path.read_bytes().replace(b"e1", b"e2"))

    refusals = [
        resumed(broken_off, words(changed, ruleset)),
        resumed(broken_off, [*told, "--all-rows"]),
        resumed(broken_off, words(inputs, tmp_path / "other")),
    ]

    assert [one.returncode for one in refusals] == [3, 3, 3]
    said = [one.stderr.partition("broken off here: ")[2] for one in refusals]
    assert [one.partition(" differ")[0] for one in said] == [
        "the inputs",
        "the options",
        "the rulesets",
    ]
    assert resumed(broken_off, told).returncode == 2
    assert files_of(broken_off) == undisturbed


def test_a_checkpoint_of_version_1_is_refused_unread_with_what_to_run(
    inputs: Path, ruleset: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    told = words(inputs, ruleset)
    folder = tmp_path / "out" / UNFINISHED
    folder.mkdir(parents=True)
    body = pickle.dumps(Evil(tmp_path / "ran"))
    (folder / "checkpoint").write_bytes(hashlib.sha256(body).digest() + body)

    refused = resumed(tmp_path / "out", told)
    anew = run_here(*told, "--out", str(tmp_path / "out"))

    assert refused.returncode == 3
    assert refused.stderr == OTHER_VERSION + "\n"
    assert "run the same scan without --resume" in OTHER_VERSION
    assert "a scan by another version was interrupted here" in anew.stderr
    assert files_of(tmp_path / "out") == undisturbed
    assert not (tmp_path / "ran").exists()


def test_a_checkpoint_of_a_later_version_is_refused(
    inputs: Path, ruleset: Path, broken_off: Path
) -> None:
    told = words(inputs, ruleset)
    path = broken_off / UNFINISHED / CHECKPOINT
    path.write_text(path.read_text().replace("msp-checkpoint/2", "msp-checkpoint/3"))

    done = resumed(broken_off, told)

    assert (done.returncode, done.stderr) == (3, OTHER_VERSION + "\n")


@pytest.mark.parametrize(
    ("part", "name", "value", "said"),
    [
        ("identity", "versions", "0" * 64, "the versions differ"),
        ("outputs", "results.json", None, "results.json can't be resumed"),
        ("outputs", "report.html", {"seen": 1, "kept": [[1]]}, "report.html can't be resumed"),
    ],
)
def test_what_does_not_fit_this_program_is_refused_with_what_to_run(
    inputs: Path, ruleset: Path, broken_off: Path, part: str, name: str, value: object, said: str
) -> None:
    told = words(inputs, ruleset)
    path = broken_off / UNFINISHED / CHECKPOINT
    document = orjson.loads(path.read_bytes())
    document["body"][part][name] = value
    document["sha256"] = hashlib.sha256(orjson.dumps(document["body"])).hexdigest()
    path.write_bytes(orjson.dumps(document))

    done = resumed(broken_off, told)

    assert done.returncode == 3
    assert said in done.stderr
    assert "without --resume" in done.stderr
    assert path.exists()


def test_a_new_scan_over_a_broken_off_one_says_so(
    inputs: Path, ruleset: Path, broken_off: Path, undisturbed: dict[str, bytes]
) -> None:
    told = words(inputs, ruleset)

    done = run_here(*told, "--out", str(broken_off))

    assert "a scan was interrupted here" in done.stderr
    assert files_of(broken_off) == undisturbed


def test_two_scans_into_one_folder_are_refused(inputs: Path, ruleset: Path, tmp_path: Path) -> None:
    told = [*words(inputs, ruleset), "--out", str(tmp_path / "out")]
    with RunFolder(tmp_path / "out"):
        done = run_here(*told)

    assert done.returncode == 3
    assert "another scan is writing its results into this folder" in done.stderr
    assert run_here(*told).returncode == 2


def test_resume_needs_a_folder(inputs: Path) -> None:
    assert run_here("scan", str(inputs), "--resume").returncode == 64
