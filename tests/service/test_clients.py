"""The three calls that a host needs, by curl, in Java and in C#: each runs as it lies there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import ROOT
from tests.support.service import Service, serve

pytestmark = pytest.mark.slow

CLIENTS = ROOT / "docs/examples/clients"


@pytest.fixture(scope="module")
def address(
    tmp_path_factory: pytest.TempPathFactory, empty_memory: Path, engine: object
) -> Iterator[tuple[str, Service]]:
    """A service on a port of this machine."""
    path = tmp_path_factory.mktemp("clients") / "service.db"
    service = Service(Path(shutil.copy(empty_memory, path)), engine)
    service.now = "2026-01-05T12:00:00+00:00"
    with serve(service.application) as url:
        yield url, service


def needed(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"not run: no {program} is here")
    return found


def run(*words: str, cwd: Path | None = None) -> list[str]:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def holds(address: tuple[str, Service], said: list[str], feedback: str) -> None:
    _, service = address
    rule = service.tenant.catalogue["RISK-01"]
    assert said == [
        "the case is handed over",
        f"a card: {rule.prompt.summary}",
        "feedback: heard",
    ]
    held = service.desk.held_on("SA-1001")
    assert [one["feedback_id"] for one in held["feedback"]] == [feedback]


@pytest.fixture(autouse=True)
def _no_case_from_before(address: tuple[str, Service]) -> None:
    address[1].desk.purge("SA-1001")


def test_three_calls_by_curl(address: tuple[str, Service]) -> None:
    needed("curl")

    holds(address, run("sh", str(CLIENTS / "three_calls.sh"), address[0]), "sh-1")


def test_three_calls_in_java(address: tuple[str, Service], tmp_path: Path) -> None:
    compiler, java = needed("javac"), needed("java")

    run(compiler, "-Werror", "-Xlint", "-d", str(tmp_path), str(CLIENTS / "ThreeCalls.java"))

    said = run(java, "-Xshare:auto", "-cp", str(tmp_path), "ThreeCalls", address[0])
    holds(address, said, "java-1")


def test_three_calls_in_c_sharp(address: tuple[str, Service], tmp_path: Path) -> None:
    compiler, mono = needed("mcs"), needed("mono")
    if not list(Path("/usr/lib/mono").glob("*/System.Net.Http.dll")):
        pytest.skip("not run: Mono is here without System.Net.Http")
    program = tmp_path / "ThreeCalls.exe"

    run(compiler, "-r:System.Net.Http", f"-out:{program}", str(CLIENTS / "ThreeCalls.cs"))

    holds(address, run(mono, str(program), address[0]), "cs-1")
