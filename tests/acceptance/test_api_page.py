"""docs/api.md: it tells each name of the face, and what it shows is so."""

from __future__ import annotations

import doctest
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import msp_rules
from tests.support.command_line import ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs/api.md"
TEXT = PAGE.read_text(encoding="utf-8")
CONSUMER = Path(__file__).with_name("consumer.py")
ROW = re.compile(r"^\| (`.+?`) \| (.+) \| (\d+\.\d+) \|$", re.MULTILINE)
CASE = {
    "schema": "msp-case/1",
    "id": "SA-1",
    "events": [
        {
            "type": "concern_raised",
            "id": "e1",
            "occurred": "2026-01-05T10:00:00Z",
            "identified_adult": "yes",
        }
    ],
}


def test_each_name_of_the_face_is_told_once_with_its_version() -> None:
    told = [name for cell, _, _ in ROW.findall(TEXT) for name in re.findall(r"`(\w+)", cell)]

    assert sorted(told) == sorted(msp_rules.__all__)


def test_the_examples_of_the_page_run_as_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = TEXT.replace("```", "")
    example = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)

    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    runner.run(example, out=said.append)

    assert said == []


def test_each_schema_that_is_named_lies_in_the_package() -> None:
    rows = re.findall(r"^\| `\w+` \| `(msp-[\w-]+/\d+)` \| `(.+?)` \|$", TEXT, re.MULTILINE)

    found = {
        name: json.loads((ROOT / "msp_rules" / path).read_text())["properties"]["schema"]["const"]
        for name, path in rows
    }

    assert len(found) == 4
    assert all(name == const for name, const in found.items())


def test_a_hosts_twenty_lines_run_from_the_face_alone(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(CONSUMER)],
        input=json.dumps(CASE),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert done.stderr == ""
    assert done.stdout.startswith("critical: Is the adult safe right now?\n")


@pytest.mark.slow
def test_a_hosts_twenty_lines_pass_a_strict_type_check(tmp_path: Path) -> None:
    assert len(CONSUMER.read_text().splitlines()) <= 20
    # Away from the checkout the package is found as an installed one, by its `py.typed`.
    shutil.copy(CONSUMER, tmp_path)
    (tmp_path / "typo.py").write_text("from msp_rules import Dekc\n")

    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "consumer.py", "typo.py"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    errors = done.stdout.splitlines()
    assert len(errors) == 2, done.stdout + done.stderr
    assert 'Module "msp_rules" has no attribute "Dekc"' in errors[0]
    assert errors[1] == "Found 1 error in 1 file (checked 2 source files)"
