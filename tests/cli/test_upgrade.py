"""`msp-rules upgrade`: the preview, what is written, where the old release is looked for."""

import shutil
from pathlib import Path

import pytest

from tests.builders.layers import COMMENTED, release, top_layer, write_base, write_overlay
from tests.support.command_line import EXAMPLE, Done, run_here

pytestmark = pytest.mark.slow

PLAIN = "rules/PL-01.yaml"
NUMBER = 'value: 5, basis: published, source: "a national paper"'
CHANGED = (PLAIN, NUMBER, NUMBER.replace("5", "3"))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def overlay(base: Path, tmp_path: Path) -> Path:
    (tmp_path / "town").mkdir()
    return write_overlay(tmp_path / "town", "town", top_layer(base), COMMENTED)


def upgraded(overlay: Path, base: Path, target: Path, *more: str) -> Done:
    words = ("--from", str(base), "--to", str(target))
    return run_here("upgrade", str(overlay), *words, *more)


def test_nothing_is_written_without_being_asked_for(
    base: Path, overlay: Path, tmp_path: Path
) -> None:
    target = release(base, tmp_path / "new")
    before = overlay.read_bytes()

    done = upgraded(overlay, base, target)

    assert (done.returncode, done.stderr) == (0, "")
    old, new = top_layer(base), top_layer(target)
    assert done.stdout == (
        "town.yaml: from small 1.0.0 to small 1.1.0\n"
        f"  sha256 {old.sha256}\n"
        f"      to {new.sha256}\n"
        "merges by itself: the overlay's value stays (4)\n"
        "  PL-01.within: the new release leaves it as it was\n"
        "    base: 5 working days from 2015-04-01 | current: 5 working days from 2015-04-01; 2 "
        "working days from 2026-01-01 | target: 5 working days from 2015-04-01\n"
        "  FL-01.severity: the new release leaves it as it was\n"
        "    base: flag | current: statutory | target: flag\n"
        "  PL-01.waiver: PL-01 is as it was\n"
        "  OF-01.waiver: OF-01 is as it was\n"
        "small 1.1.0 has the same rules as 1.0.0\n"
        "Nothing was written; --write does it.\n"
    )
    assert overlay.read_bytes() == before
    assert list(overlay.parent.iterdir()) == [overlay]


def test_what_merges_is_written(base: Path, overlay: Path, tmp_path: Path) -> None:
    target = release(base, tmp_path / "new")

    done = upgraded(overlay, base, target, "--write")
    checked = run_here("check", str(target), "--overlay", str(overlay))

    assert done.returncode == 0
    assert done.stdout.endswith("town.yaml is written: it extends small 1.1.0.\n")
    assert checked.returncode == 0
    assert list(overlay.parent.iterdir()) == [overlay]


def test_an_open_decision_is_shown_and_nothing_written(
    base: Path, overlay: Path, tmp_path: Path
) -> None:
    target = release(base, tmp_path / "new", CHANGED)
    before = overlay.read_bytes()

    done = upgraded(overlay, base, target, "--write", "--on", str(EXAMPLE))

    assert done.returncode == 1
    assert (
        "needs a decision (1)\n"
        "  PL-01.within: both have changed it\n"
        "    base: 5 working days from 2015-04-01 | current: 5 working days from 2015-04-01; 2 "
        "working days from 2026-01-01 | target: 3 working days from 2015-04-01\n"
        "    --keep PL-01.within or --take PL-01.within\n"
    ) in done.stdout
    assert done.stdout.endswith(
        "Once everything is decided, this also shows what would change on the exports.\n"
        "Nothing was written.\n"
    )
    assert overlay.read_bytes() == before


@pytest.mark.parametrize("way", ["keep", "take"])
def test_a_decision_is_written(base: Path, overlay: Path, tmp_path: Path, way: str) -> None:
    target = release(base, tmp_path / "new", CHANGED)

    done = upgraded(overlay, base, target, f"--{way}", "PL-01.within", "--write")
    checked = run_here("check", str(target), "--overlay", str(overlay))

    assert (done.returncode, checked.returncode) == (0, 0)
    assert ("value: 2" in overlay.read_text()) is (way == "keep")


def test_what_the_new_release_changes_on_an_export_is_shown(
    base: Path, overlay: Path, tmp_path: Path
) -> None:
    target = release(base, tmp_path / "new", ("rules/OF-01.yaml", "enabled: false\n", ""))

    done = upgraded(overlay, base, target, "--on", str(EXAMPLE))

    assert done.returncode == 0
    assert "OF-01: enabled is no longer there (it was false)" in done.stdout
    assert "before: small 1.0.0 + town 1.0.0\nafter:  small 1.1.0 + town 1.0.0\n" in done.stdout
    assert "switched off before: OF-01" in done.stdout
    assert done.stdout.endswith("Nothing was written; --write does it.\n")


def test_the_old_release_is_found_by_its_hash(base: Path, overlay: Path, tmp_path: Path) -> None:
    target = release(base, tmp_path / "releases/new")
    shutil.copytree(base, tmp_path / "releases/old")
    shutil.copytree(base, tmp_path / "releases/other")
    (tmp_path / "releases/other" / PLAIN).write_text("rule: PL-01\n")
    shutil.move(target, tmp_path / "releases/newest")

    done = run_here("upgrade", str(overlay), "--to", str(tmp_path / "releases/newest"))

    assert done.returncode == 0
    assert "from small 1.0.0 to small 1.1.0" in done.stdout


def test_a_release_is_found_by_its_version(base: Path, overlay: Path, tmp_path: Path) -> None:
    shutil.copytree(base, tmp_path / "old")
    shutil.move(release(base, tmp_path / "new"), tmp_path / "newest")

    found = run_here("upgrade", str(overlay), "--to", "1.1.0")
    lost = run_here("upgrade", str(overlay), "--to", "2.0.0")

    assert found.returncode == 0
    assert "from small 1.0.0 to small 1.1.0" in found.stdout
    assert (lost.returncode, lost.stdout, lost.stderr) == (
        3,
        "",
        "small 2.0.0 is not here (here: 1.0.0, 1.1.0); name its folder with --to\n",
    )


def test_without_the_old_release_nothing_is_guessed(
    base: Path, overlay: Path, tmp_path: Path
) -> None:
    target = release(base, tmp_path / "new")
    pinned = top_layer(base).sha256

    done = run_here("upgrade", str(overlay), "--to", str(target))

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"town.yaml was written for small 1.0.0 (sha256 {pinned[:12]}...), which is not here. "
        "Without it nobody can tell what the new release has changed: name its folder with "
        "--from\n"
    )


def test_what_must_be_mended_by_hand_has_its_place(
    base: Path, overlay: Path, tmp_path: Path
) -> None:
    target = release(
        base, tmp_path / "new", ("ruleset.yaml", "sources:\n", "sources:\n  mine: x\n")
    )
    overlay.write_text(overlay.read_text() + "\nsources: {mine: ours}\n")

    done = upgraded(overlay, base, target, "--write")

    assert done.returncode == 1
    line = overlay.read_text().count("\n")
    assert "to be fixed by hand (1)\n" in done.stdout
    assert f'  town.yaml:{line}:11: the source "mine" exists already\n' in done.stdout
    assert done.stdout.endswith("Nothing was written.\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "overlay: town\n",
            "town.yaml:1:1: extends must give id, version and sha256 of the layer below\n",
            id="no pin",
        ),
        pytest.param(
            'overlay: town\nextends: {id: small, version: "1.0.0"}\n',
            "town.yaml:2:1: extends must give id, version and sha256 of the layer below\n",
            id="half a pin",
        ),
        pytest.param("", "town.yaml:1: the file is empty\n", id="an empty file"),
        pytest.param(
            "overlay: [\n",
            'town.yaml:1:10: the "[" that begins here lacks its "]", or a comma in it\n',
            id="no YAML",
        ),
    ],
)
def test_a_broken_overlay_is_refused(
    base: Path, overlay: Path, tmp_path: Path, text: str, message: str
) -> None:
    target = release(base, tmp_path / "new")
    overlay.write_text(text)

    done = run_here("upgrade", str(overlay), "--to", str(target))

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.partition(" as YAML")[0] == message.partition(" as YAML")[0]


def test_a_field_can_t_be_kept_and_taken(base: Path, overlay: Path, tmp_path: Path) -> None:
    target = release(base, tmp_path / "new")

    done = upgraded(overlay, base, target, "--keep", "PL-01.within", "--take", "PL-01.within")

    assert done.returncode == 64
    assert done.stderr.endswith("Error: PL-01.within can't be both kept and taken\n")


def test_an_overlay_is_no_release(base: Path, overlay: Path) -> None:
    done = run_here("upgrade", str(overlay), "--to", str(overlay))

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"{overlay} is an overlay; name the ruleset below it first\n"
