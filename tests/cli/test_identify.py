"""`identify`: with the key and the export, every pseudonym of a report leads back."""

from __future__ import annotations

import csv
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from msp_rules.audit.pseudonyms import new_key_file, read_key_file
from msp_rules.cli.conventions import FINDINGS, INVALID, USAGE
from tests.builders.export import case_text, event_text, export_text
from tests.support.command_line import ROOT, run_here


class Held(NamedTuple):
    """An export, and the key of a report on it."""

    export: Path
    key: Path

    def words(self, *more: str) -> tuple[str, ...]:
        return ("identify", str(self.export), "--pseudonym-key", str(self.key), *more)


@pytest.fixture
def held(tmp_path: Path) -> Held:
    first = case_text("SA-1", event_text("concern_raised", "e1", "2026-01-05"))
    second = case_text("=SA-2", event_text("concern_raised", "e1", "2026-01-05"))
    (tmp_path / "export.xml").write_text(export_text([first, second]))
    new_key_file(tmp_path / "k.key")
    return Held(tmp_path / "export.xml", tmp_path / "k.key")


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(text.splitlines()))


def test_every_pseudonym_of_an_export_is_written_once(held: Held) -> None:
    key = read_key_file(held.key)

    done = run_here(*held.words("--all"))

    assert (done.returncode, done.stderr) == (0, "")
    assert rows_of(done.stdout) == [
        ["pseudonym", "what", "case", "name", "place"],
        [key.case("SA-1"), "case", "SA-1", "SA-1", "export.xml:2"],
        [key.event("SA-1", "e1"), "event", "SA-1", "e1", "export.xml:2"],
        [key.case("=SA-2"), "case", "'=SA-2", "'=SA-2", "export.xml:3"],
        [key.event("=SA-2", "e1"), "event", "'=SA-2", "e1", "export.xml:3"],
        [key.file("export.xml"), "file", "", "export.xml", ""],
    ]


def test_what_is_written_leads_back_one_by_one_as_well(held: Held) -> None:
    (_, first, *_) = rows_of(run_here(*held.words("--all")).stdout)

    done = run_here(*held.words(first[0]))

    assert done.stdout == f"{first[0]}: case SA-1 (export.xml:2)\n"


def test_the_file_of_all_pseudonyms_is_for_this_user_alone_and_never_over_another(
    held: Held, tmp_path: Path
) -> None:
    out = tmp_path / "key.csv"

    first = run_here(*held.words("--all", "--out", str(out)))
    again = run_here(*held.words("--all", "--out", str(out)))

    assert (first.returncode, again.returncode) == (0, INVALID)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert rows_of(out.read_text()) == rows_of(run_here(*held.words("--all")).stdout)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_a_file_that_the_shell_made_is_closed_to_others(held: Held, tmp_path: Path) -> None:
    out = tmp_path / "key.csv"
    out.touch(mode=0o644)

    with out.open("wb") as stream:
        command = [sys.executable, "-m", "msp_rules.cli", *held.words("--all")]
        subprocess.run(command, stdout=stream, cwd=ROOT, check=True)

    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert len(rows_of(out.read_text())) > 1


@pytest.mark.parametrize("more", [(), ("--all", "c-1"), ("c-1", "--out", "key.csv")])
def test_one_or_all_must_be_asked_for(held: Held, more: tuple[str, ...]) -> None:
    assert run_here(*held.words(*more)).returncode == USAGE


def test_a_pseudonym_of_another_key_is_not_found(held: Held) -> None:
    done = run_here(*held.words("c-aaaaaaaaaaaaaaaa"))

    assert (done.returncode, done.stdout) == (FINDINGS, "")
    assert done.stderr.startswith("c-aaaaaaaaaaaaaaaa: not found in this export with key k-")
