"""docs/fifteen-minutes.md runs from its first command to its last, with curl alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="not run: there is no curl here"),
]

PAGE = (ROOT / "docs/fifteen-minutes.md").read_text(encoding="utf-8")
BETWEEN = "--- next ---"
SAFE = "Is the adult safe right now?"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each block of commands wrote, run one after the other in one shell."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert blocks.pop(0) == 'pip install "msp-rules[cli,service,speed]"\n'
    script = "\n".join(f"{block}\necho '{BETWEEN}'" for block in blocks).replace("8080", port)
    script = script.replace("msp-rules serve", "msp-rules serve --port " + port)
    folder = tmp_path_factory.mktemp("fifteen-minutes")
    with (folder / "log").open("w") as log:
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", f"trap 'kill %1; wait' EXIT\n{script}"],
            cwd=folder,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode in (0, 143), (folder / "log").read_text()
    return done.stdout.split(f"{BETWEEN}\n")[:-1]


def document(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text[text.index("{") :])
    return found


def raised(answer: dict[str, Any]) -> list[str]:
    """The questions that an answer says are new."""
    return [one["card"]["summary"] for one in answer["changes"] if one["kind"] == "raised"]


def test_each_block_answers_as_the_page_says(outputs: list[str]) -> None:
    ready, event, snapshot, prompts, feedback, recorded, changes, acknowledged, mistake = outputs

    assert '{"status":"ok"}' in ready
    assert SAFE in raised(document(event))
    assert raised(document(snapshot))
    shown = document(prompts)
    assert [card["summary"] for card in shown["interrupting"]] == [SAFE]
    assert len(shown["passive"]) <= 3
    assert document(feedback)["heard_as"] == "heard"
    assert [one["ending"] for one in document(recorded)["changes"]] == ["answered"]
    waiting = document(changes)["changes"]
    assert {one["case"] for one in waiting} == {"SA-1001", "SA-1002"}
    assert document(acknowledged) == {"acknowledged": len(waiting)}
    problem = document(mistake)
    assert (problem["status"], problem["pointer"]) == (422, "/data/result")
    assert "sfae" not in mistake
