"""The commands that the net runs: each as a user would, in a process and folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.golden.inputs import ROOT, make_input

EXIT_CODE: Final = "exit-code.txt"
OUTPUT: Final = "standard-output.txt"
ERRORS: Final = "standard-error.txt"
_DATA: Final = ("json", "csv", "jsonl")
_ALL: Final = (*_DATA, "html", "xlsx", "svrl", "junit", "parquet")
_SHARED: Final = (*_DATA, "html", "parquet")
_ZONES: Final = {1: "UTC", 2: "Pacific/Auckland"}
"""Nothing may hang on the clock of the machine: each number of processes has another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One command; a word that begins with `@` names an input, and what it writes lies in `out`.

    It is run once with each of `jobs` as its `--jobs`, and always gives the same; a command with
    none of them knows no such option.
    """

    name: str
    words: tuple[str, ...]
    jobs: tuple[int, ...] = ()

    @property
    def ways(self) -> tuple[int, ...]:
        """The numbers of processes in which it is run."""
        return self.jobs or (1,)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs that the command reads."""
        return tuple(word[1:] for word in self.words if word.startswith("@"))


@dataclass(frozen=True, slots=True)
class Tree:
    """The code under test: a checkout, and the path on which Python finds the package."""

    folder: Path
    path: str

    @classmethod
    def of_this_process(cls) -> Tree:
        """Returns the code that this process itself would import."""
        return cls(ROOT, os.pathsep.join(str(Path(one).absolute()) for one in sys.path))

    @classmethod
    def of_checkout(cls, folder: Path) -> Tree:
        """Returns the code of another checkout."""
        return cls(folder, str(folder))


def run(one: Run, jobs: int, work: Path, tree: Tree) -> Path:
    """Runs a command in a folder of work; returns the folder of all that came of it."""
    folder = work / one.name / f"jobs-{jobs}"
    out = folder / "out"
    out.mkdir(parents=True)
    for name in one.inputs:
        make_input(name, work / "inputs", tree.folder)
    words = [word.replace("@", "../../inputs/") if word[0] == "@" else word for word in one.words]
    words = [str(tree.folder) if word == "TREE" else word for word in words]
    if one.jobs:
        words += ["--jobs", str(jobs)]
    done = command(words, folder, tree, jobs=jobs)
    (out / EXIT_CODE).write_text(f"{done.returncode}\n")
    (out / OUTPUT).write_bytes(done.stdout)
    (out / ERRORS).write_bytes(_whatever_the_processes(done.stderr))
    return out


def _whatever_the_processes(errors: bytes) -> bytes:
    """Leaves out the one line that only several processes have cause to say."""
    lines = errors.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"Read whole by each process"))


def command(
    words: Sequence[str], folder: Path, tree: Tree, *, jobs: int = 1
) -> subprocess.CompletedProcess[bytes]:
    """Runs `msp-rules` with the words in a folder, with no setting of this user or machine."""
    return subprocess.run(
        [sys.executable, "-m", "msp_rules.cli", *words],
        cwd=folder,
        env=_environment(folder, tree, jobs),
        capture_output=True,
        check=False,
    )


def _environment(folder: Path, tree: Tree, jobs: int) -> Mapping[str, str]:
    settings = folder / "settings"
    settings.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "COLUMNS": "120",
        "HOME": str(settings),
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": str(jobs),
        "PYTHONPATH": tree.path,
        "TZ": _ZONES[jobs],
        "XDG_CONFIG_HOME": str(settings),
    }


@cache
def layers(tree: Tree, folder: Path) -> Mapping[str, str]:
    """Returns the hash of the core ruleset of a tree and that of the overlay over it, by id."""
    overlay = tree.folder / "rulesets/example-council"
    words = ["effective", "msp-core", "--overlay", str(overlay), "--format", "json"]
    done = command(words, folder, tree)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return {one["id"]: one["sha256"] for one in json.loads(done.stdout)["layers"]}


def _scan(
    name: str,
    *words: str,
    formats: Sequence[str] = _ALL,
    jobs: tuple[int, ...] = (1, 2),
    hides: tuple[str, ...] = ("--identify",),
) -> Run:
    chosen = [word for one in formats for word in ("--format", one)]
    return Run(name=name, words=("scan", *words, *hides, *chosen, "--out", "out"), jobs=jobs)


def _explain(name: str, *words: str) -> Run:
    return Run(name=f"explain-{name}", words=("explain", *words))


_COUNCIL: Final = ("--overlay", "@example-council")
_HIDDEN: Final = ("--pseudonym-key", "@known.key")
_IMPACT: Final = ("impact", "@demo", "--after", "@example-council")

RUNS: Final = (
    _scan("spoiled-2000", "@spoiled-2000.xml", formats=_DATA),
    _scan("demo", "@demo"),
    _scan("mapped-forms", "@forms.xml", "--mapping", "@forms.yaml"),
    _scan("mapped-rows", "@rows.xml", "--mapping", "@rows.yaml"),
    _scan("mapped-rows-csv", "@rows-csv", "--mapping", "@rows-csv.yaml", formats=_DATA, jobs=(1,)),
    _scan(
        "mapped-rows-xlsx", "@rows.xlsx", "--mapping", "@rows-xlsx.yaml", formats=_DATA, jobs=(1,)
    ),
    _scan("cases-200", "@cases-200.xml"),
    _scan("cases-200-council", "@cases-200.xml", *_COUNCIL, jobs=(2,)),
    _scan("demo-hidden", "@demo", "--all-rows", hides=_HIDDEN, jobs=(1,)),
    _scan("demo-shared", "@demo", "--share", hides=_HIDDEN, formats=_SHARED, jobs=(2,)),
    _scan("unreadable", "@unreadable", formats=_DATA),
    Run(
        name="impact-json",
        words=(*_IMPACT, "--format", "json", "--out", "out/impact.json"),
        jobs=(1, 2),
    ),
    Run(name="impact-text", words=(*_IMPACT, "--out", "out/impact.txt")),
    _explain("met", "ASK-01", "@cases-200.xml", "--case", "SA-0000001"),
    _explain("partly", "PLAN-02", "@cases-200.xml", "--case", "SA-0000003"),
    _explain("json", "DUR-01", "@cases-200.xml", "--case", "SA-0000017", "--format", "json"),
    _explain("council", "X-CARD-01", "@demo", "--case", "MC-001", *_COUNCIL),
    _explain("faulty", "RISK-01", "@demo", "--case", "MC-028", "--as-of", "2026-03-01"),
    _explain("demo-json", "ADV-02", "@demo", "--case", "MC-032", "--format", "json"),
    Run(name="identify", words=("identify", "@demo", "c-fcmmvttvv6t6e4kd", "c-nobody", *_HIDDEN)),
    Run(name="mapping-try", words=("mapping", "try", "@forms.yaml", "@forms.xml", "--json")),
    Run(name="mapping-check", words=("mapping", "check", "@rows.yaml")),
    Run(name="rules", words=("rules", "msp-core", *_COUNCIL)),
    Run(name="effective", words=("effective", "msp-core", *_COUNCIL, "--format", "json")),
    Run(
        name="check-council",
        words=("check", "@example-council", "--strict", "--today", "2026-04-01"),
    ),
    Run(name="generate-check", words=("generate", "--check", "--root", "TREE")),
)
"""All commands of the net."""
