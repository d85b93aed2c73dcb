"""docs/deployment.md: its recipe, its back-ups and its alerts are run or read as they stand."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from ruamel.yaml import YAML

from msp_rules import Desk, Engine, Memory, upgrade_memory
from tests.support.clients import ISS, key_file
from tests.support.command_line import ROOT
from tests.support.desk import core_engine
from tests.support.installed import environment_of
from tests.support.postgresql import create_database, programs_of_servers
from tests.support.served import Served, served
from tests.support.told import at, concern, safety_check
from tests.support.wheels import wheel_of_run

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
RUNNING = (ROOT / "docs/running.md").read_text(encoding="utf-8")
NOON = at("2026-01-05T12:00:00")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


COPY, RESTORE, DUMP, RESTORE_DUMP = blocks("sh")


def shell(script: str, cwd: Path, *places: Path, **variables: str) -> None:
    path = os.pathsep.join([*map(str, places), str(Path(sys.executable).parent)])
    subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=cwd,
        env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}", **variables},
        check=True,
    )


def say(running: Served, message: object) -> int:
    headers = {"Content-Type": "application/cloudevents+json"}
    url = f"{running.address}/events"
    return httpx.post(url, json=message, headers=headers, timeout=30).status_code


def questions(running: Served) -> list[str]:
    shown = running.get(f"/cases/{concern()['subject']}/prompts").json()
    return [card["summary"] for card in shown["interrupting"] + shown["passive"]]


def test_a_sqlite_file_is_copied_while_it_is_served_and_restored(tmp_path: Path) -> None:
    upgrade_memory(tmp_path / "prompts.db")
    words = ("--memory", str(tmp_path / "prompts.db"), "--allow-unauthenticated")
    with served(tmp_path, *words) as running:
        assert say(running, concern()) == 202
        asked = questions(running)
        shell(COPY, tmp_path)
        assert say(running, safety_check()) == 202
        assert questions(running) != asked
    with Memory(tmp_path / "prompts.db") as memory:
        epoch = memory.epoch

    shell(RESTORE, tmp_path)

    with Memory(tmp_path / "prompts.db") as memory:
        assert memory.epoch > epoch
    with served(tmp_path, *words) as running:
        assert questions(running) == asked
        again = [say(running, message) for message in (concern(), safety_check())]
        assert again == [200, 202]
        assert questions(running) != asked


def test_a_postgresql_database_is_dumped_and_restored(tmp_path: Path, postgresql: str) -> None:
    engine: Engine = core_engine()
    where = create_database(postgresql, "deployment_dumped")
    restored = create_database(postgresql, "deployment_restored")
    upgrade_memory(where)
    programs = programs_of_servers()
    with Memory(where) as memory:
        desk = Desk(memory, engine)
        desk.receive(concern(), NOON)
        before, epoch = desk.state(concern()["subject"]), memory.epoch
        shell(DUMP, tmp_path, *programs, MEMORY=where)
        desk.receive(safety_check(), NOON)
        after = desk.state(concern()["subject"])

    shell(RESTORE_DUMP, tmp_path, *programs, RESTORED=restored)

    with Memory(restored) as memory:
        desk = Desk(memory, engine)
        assert memory.epoch > epoch
        assert desk.state(concern()["subject"]) == before
        assert desk.receive(concern(), NOON).status == "already_known"
        assert desk.receive(safety_check(), NOON).status == "recorded"
        assert desk.state(concern()["subject"]) == after


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that any user may enter, as the root of a container."""
    folder = Path(tempfile.mkdtemp(prefix="msp-container-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.wheel
@pytest.mark.thorough
def test_the_steps_of_the_container_make_a_service_that_writes_nowhere(place: Path) -> None:
    (recipe,) = blocks("dockerfile")
    libraries = place / "libraries"
    libraries.mkdir()
    folders = environment_of(libraries, "cli", "postgresql", "service", "speed").folders
    (place / "wheel").mkdir()
    shutil.copy(wheel_of_run(), place / "wheel")
    for name, text in re.findall(r"^(RUN|ENTRYPOINT) (.+)$", recipe, re.MULTILINE):
        moved = text.replace("/opt/", f"{place}/").replace("/tmp/wheel", f"{place}/wheel")
        if name == "RUN":
            # No index is asked in tests: the libraries are those of this environment.
            shell(moved.replace("--no-cache-dir", "--quiet --no-deps --no-index"), place)
        else:
            entry = moved.replace("/etc/msp-rules", str(place / "etc"))
    (place / "etc").mkdir()
    (place / "data").mkdir(mode=0o777)
    (place / "data").chmod(0o777)
    upgrade_memory(place / "data/memory.db")
    (place / "data/memory.db").chmod(0o666)
    (place / "etc/service.yaml").write_text(f"""\
schema: msp-rules/service/1
address: https://prompts.example.org
tenants: {{only: {{memory: ../data/memory.db}}}}
clients: [{{iss: "{ISS}", keys: "{key_file(place / "etc", "ec").name}", tenants: [only]}}]
""")
    words = [one.strip("[],") for one in shlex.split(entry)]
    before = {one: one.stat().st_mtime_ns for one in place.rglob("*") if "data" not in one.parts}

    with served(
        place / "data",
        *words[2:],
        program=[words[0]],
        environment={
            "PYTHONPATH": os.pathsep.join(str(one) for one in folders[1:]),
            "HOME": "/nonexistent",
            "XDG_CACHE_HOME": "/nonexistent",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    ) as running:
        port = httpx.URL(running.address).port
        health = httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=30)
        refused = httpx.get(f"http://127.0.0.1:{port}/rules", timeout=30)

    after = {one: one.stat().st_mtime_ns for one in place.rglob("*") if "data" not in one.parts}
    assert (health.status_code, refused.status_code) == (200, 401)
    assert after == before
    assert "USER 10001:10001" in recipe


def test_the_unit_is_sound(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("not run: there is no systemd here")
    (unit,) = blocks("ini")
    program = "/opt/msp-rules/bin/msp-rules"
    assert program in unit
    path = tmp_path / "msp-rules.service"
    path.write_text(unit.replace(program, "/bin/true"))

    done = subprocess.run([analyze, "verify", path], capture_output=True, text=True, check=False)

    assert [line for line in done.stderr.splitlines() if "msp-rules.service" in line] == []


def test_alerts_name_metrics_that_there_are() -> None:
    (alerts,) = blocks("yaml")
    rules = YAML(typ="safe").load(alerts)["groups"][0]["rules"]
    known = set(re.findall(r"`(msp_rules_\w+)`", RUNNING))

    named = {
        re.sub("_bucket$", "", one)
        for rule in rules
        for one in re.findall(r"msp_rules_\w+", rule["expr"])
    }

    assert len({rule["alert"] for rule in rules}) == len(rules)
    assert named <= known
