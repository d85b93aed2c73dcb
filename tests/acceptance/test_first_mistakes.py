"""What somebody does wrong on the first day is answered with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import run_here

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "mapping"


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("scan", "--mapping", str(EXAMPLES / "forms.yaml")),
        ("mapping", "try", str(EXAMPLES / "forms.yaml")),
        ("mapping", "draft"),
        ("scan",),
    ],
    ids=["scan-mapped", "try", "draft", "scan"],
)
def test_an_empty_file_is_called_empty(command: tuple[str, ...], tmp_path: Path) -> None:
    empty = tmp_path / "empty.xml"
    empty.touch()

    done = run_here(*command, str(empty))

    assert done.returncode == 4
    assert done.stderr.strip().endswith("empty.xml: the file is empty")


@pytest.mark.slow
def test_a_systems_own_xml_is_led_to_a_mapping() -> None:
    done = run_here("scan", str(EXAMPLES / "forms.xml"))

    assert done.returncode == 4
    assert "scanned with --mapping FILE" in done.stderr


def test_identify_without_a_key_says_which_one_to_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    done = run_here("identify", str(EXAMPLES / "forms.xml"), "c-x")

    assert done.returncode == 64
    assert "name the one that the report was made with, --pseudonym-key FILE" in done.stderr
