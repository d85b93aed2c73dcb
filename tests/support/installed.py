"""The wheel of this checkout, installed far from it, beside the libraries of some extras alone.

No index is asked: the libraries are those of this environment, as far as the wheel's own metadata
lead to them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

from tests.support.command_line import ROOT
from tests.support.shared import made_once
from tests.support.wheels import wheel_of_run

PACKAGE = "msp-rules"


class Environment(NamedTuple):
    """An environment without a checkout: folders to import from, and what is installed in them."""

    folders: tuple[Path, ...]
    distributions: frozenset[str]

    def run(
        self, *words: str, cwd: Path, text: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs this Python with these words; it finds nothing but what the environment holds."""
        places = os.pathsep.join(str(one) for one in self.folders)
        return subprocess.run(
            [sys.executable, "-S", "-P", *words],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": places, **variables},
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )


def environment_of(folder: Path, *extras: str) -> Environment:
    """Installs the wheel with some extras, in an empty folder."""
    wheel = Path(made_once("installed-wheel", _install))
    (own,) = metadata.distributions(path=[str(wheel)])
    names = _closure(own, frozenset(extras))
    for name in names:
        _link(metadata.distribution(name), folder)
    return Environment((wheel, folder), frozenset(names) | {PACKAGE})


def link_plugins(folder: Path) -> None:
    """Installs the plug-ins of the checkout in a folder, too."""
    for project in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        (module,) = project.parent.glob("msp_*")
        (folder / module.name).symlink_to(module)
        name = module.name.replace("_", "-")
        told = Path(str(metadata.distribution(name).locate_file("")))
        (info,) = told.glob(f"{module.name}-*.dist-info")
        (folder / info.name).symlink_to(info)


def _install(folder: Path) -> str:
    options = ["--quiet", "--no-deps", "--no-index", "--compile", "--target", str(folder)]
    command = [sys.executable, "-m", "pip", "install", *options, str(wheel_of_run())]
    subprocess.run(command, check=True)
    return str(folder)


def _closure(own: metadata.Distribution, extras: frozenset[str]) -> set[str]:
    """Lists the distributions that a package needs with some of its extras, by their names."""
    found: set[str] = set()
    waiting = [(own, extras)]
    done = set()
    while waiting:
        one, wanted = waiting.pop()
        for text in one.requires or ():
            need = Requirement(text)
            marker = need.marker
            if marker is not None and not any(
                marker.evaluate({"extra": extra}) for extra in ("", *wanted)
            ):
                continue
            if (need.name, frozenset(need.extras)) in done:
                continue
            done.add((need.name, frozenset(need.extras)))
            if need.name == PACKAGE:
                waiting.append((own, frozenset(need.extras)))
                continue
            found.add(need.name)
            waiting.append((metadata.distribution(need.name), frozenset(need.extras)))
    return found


def _link(distribution: metadata.Distribution, folder: Path) -> None:
    """Lets a distribution of this environment be found in a folder, too."""
    tops = {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}
    for top in tops:
        if not (folder / top).exists():
            (folder / top).symlink_to(Path(str(distribution.locate_file(top))))
