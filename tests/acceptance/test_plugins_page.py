"""plugins/README.md: its files are written and its commands run, in order, in an empty folder."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "plugins/README.md").read_text()
STEP = re.compile(
    r"^`(?P<path>[^`\n]+)`:\n\n```\w+\n(?P<text>.*?)^```$|^```console\n(?P<console>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Step(NamedTuple):
    """A file to write, or a command with the lines that its output must hold."""

    path: str
    text: str
    command: str
    expected: tuple[str, ...]


def steps() -> Iterator[Step]:
    for found in STEP.finditer(PAGE):
        if found["path"]:
            yield Step(found["path"], found["text"], "", ())
            continue
        for session in re.split(r"^\$ ", found["console"], flags=re.MULTILINE)[1:]:
            command, *expected = session.splitlines()
            yield Step("", "", command, tuple(expected))


def prepared(folder: Path) -> dict[str, str]:
    """An environment whose `python` and `msp-rules` are those of this test run, and offline."""
    programs, site = folder / "bin", folder / "site"
    programs.mkdir()
    calls = {
        "python": '"$@"',
        "msp-rules": '-c "from msp_rules.cli.main import main; main()" "$@"',
    }
    for name, call in calls.items():
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {call}\n')
        (programs / name).chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": f"{site}:{ROOT}",
        "PIP_TARGET": str(site),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "false",  # of an option that says "no", pip reads "false" as yes
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


@pytest.mark.slow
def test_the_fifteen_minutes_work_as_written(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    environment = prepared(tmp_path)

    for step in steps():
        if step.path:
            path = folder / step.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text)
            continue
        done = subprocess.run(
            ["sh", "-c", step.command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == "", step.command
        for line in step.expected:
            assert line in done.stdout, f"{step.command}\n{done.stdout}"


def test_the_page_has_all_of_its_steps() -> None:
    every = list(steps())

    assert len([one for one in every if one.path]) == PAGE.count("```python") + 2
    assert len([one for one in every if one.command]) == PAGE.count("\n$ ")
    commands = {one.command.partition(" ")[0] for one in every if one.command}
    assert commands == {"msp-rules", "python"}


def test_every_plugin_is_on_the_page() -> None:
    folders = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))

    assert re.findall(r"^\| \[([\w-]+)\]\(\1\) \|", PAGE, re.MULTILINE) == [
        "json-events",
        "outbox-table",
        "json-records",
        "example-procedure",
    ]
    assert sorted(re.findall(r"^\| \[([\w-]+)\]", PAGE, re.MULTILINE)) == folders
