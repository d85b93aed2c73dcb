"""Several processes give what one gives, byte for byte, whatever is wrong with the files."""

import gzip
import re
from pathlib import Path

import pytest

from benchmarks.export_generator import write_export
from tests.support.command_line import DEMO, EXAMPLE, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whole, faulty, cut-off, doubled and unreadable exports in one folder."""
    folder = tmp_path_factory.mktemp("inputs")
    for number, cases in enumerate((1, 63, 64, 200)):
        write_export(folder / f"a{number}.xml", cases=cases, seed=number, profile="noisy")
    (folder / "b-faulty.xml").write_bytes(DEMO.read_bytes())
    (folder / "c-again.xml").write_bytes(DEMO.read_bytes())
    whole = (folder / "a3.xml").read_text(encoding="utf-8")
    (folder / "d-cut.xml").write_text(whole[: len(whole) * 2 // 3].replace("G-", "H-"))
    (folder / "e-not.xml").write_text("<other/>")
    (folder / "f-count.xml").write_text(
        EXAMPLE.read_text().replace("<cases>2<", "<cases>5<").replace("SA-1", "SB-1")
    )
    (folder / "g-packed.xml.gz").write_bytes(gzip.compress((folder / "a2.xml").read_bytes()))
    # One process reads a case of the first, and 100 of the second: the ids of the others are free.
    (folder / "h-dateless.xml").write_text(
        re.sub("<reference_date>.*</reference_date>", "", whole.replace("G-", "I-"))
    )
    broken = whole.replace("G-", "J-").split("</case>")
    broken[100] = broken[100].replace("<adult", "<adult<", 1)
    (folder / "i-broken.xml").write_text("</case>".join(broken))
    (folder / "j-after.xml").write_text(whole.replace("G-", "I-"))
    (folder / "k-after.xml").write_text(whole.replace("G-", "J-"))
    return folder


def test_two_and_three_processes_give_what_one_gives(inputs: Path, tmp_path: Path) -> None:
    for jobs in ("1", "2", "3"):
        done = run("scan", str(inputs), "--jobs", jobs, "--out", str(tmp_path / jobs), "--quiet")
        assert done.returncode == 2, done.stderr

    files = ("results.json", "results.csv", "report.html", "report.xlsx", "manifest.json")
    for name in files:
        one = (tmp_path / "1" / name).read_bytes()
        assert len(one) > 500
        assert (tmp_path / "2" / name).read_bytes() == one
        assert (tmp_path / "3" / name).read_bytes() == one


def test_an_unreadable_file_is_a_fault_beside_the_others(inputs: Path) -> None:
    done = run("scan", str(inputs / "e-not.xml"), str(EXAMPLE))

    assert done.returncode == 2
    assert "2 cases" in done.stdout
    assert "e-not.xml: this is not a case export" in done.stdout


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_nothing_readable_at_all_is_refused(inputs: Path, jobs: str) -> None:
    done = run("scan", str(inputs / "e-not.xml"), str(inputs / "gone.xml"), "--jobs", jobs)

    assert done.returncode == 4
    assert "e-not.xml" in done.stderr
