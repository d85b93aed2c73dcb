"""The releases of msp-core that ship, and what takes an overlay and a memory to the newest."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from msp_rules.authoring.starter import starter_files
from msp_rules.engine.engine import Engine
from msp_rules.prompts.store import Desk, Memory, upgrade
from msp_rules.rules import load_layers, load_ruleset, shipped_ruleset
from msp_rules.rules.folder import ruleset_hash
from tests.golden.kept_files import KEPT
from tests.support.command_line import run_here
from tests.support.core import core_ruleset
from tests.support.told import at, concern, told

pytestmark = pytest.mark.slow

FIRST = shipped_ruleset("msp-core-0.1.0")
FIRST_HASH = "5065f2ffe3532cace106d7443eba2b57fdde1781151626d13fd4bf9c5aeae0e6"


def test_the_first_release_is_shipped_as_it_was() -> None:
    first = load_ruleset(FIRST)

    assert (first.id, first.version) == ("msp-core", "0.1.0")
    assert ruleset_hash(FIRST) == FIRST_HASH


def kept_overlay(folder: Path) -> Path:
    return Path(shutil.copytree(KEPT / "example-council", folder / "example-council"))


def begun_overlay(folder: Path) -> Path:
    overlay = folder / "our-council"
    for name, text in starter_files("our-council", load_ruleset(FIRST), date(2026, 11, 25)).items():
        (overlay / name).parent.mkdir(parents=True, exist_ok=True)
        (overlay / name).write_text(text, encoding="utf-8")
    return overlay


@pytest.mark.parametrize("begin", [kept_overlay, begun_overlay], ids=["example council", "init"])
def test_an_overlay_of_the_first_release_is_taken_to_the_newest(tmp_path: Path, begin) -> None:  # type: ignore[no-untyped-def]
    overlay = begin(tmp_path)
    before = load_layers(FIRST, [overlay])

    done = run_here("upgrade", str(overlay), "--to", core_ruleset().version, "--write")

    after = load_layers(shipped_ruleset("msp-core"), [overlay])
    assert (done.returncode, done.stderr) == (0, "")
    assert f"it extends msp-core {core_ruleset().version}" in done.stdout
    assert (before.overlays[0].id, before.overlays[0].rules.keys()) == (
        after.overlays[0].id,
        after.overlays[0].rules.keys(),
    )
    assert [one.rule.value for one in after.overlays[0].changes] == ["DEC-02"]


def test_a_memory_moves_over_by_a_sweep_and_no_prompt_is_raised_twice(tmp_path: Path) -> None:
    where = str(tmp_path / "memory.db")
    upgrade(where)
    messages = [
        (concern(), "2026-01-05T12:00:00"),
        (told("s42_decided", 2, "2026-01-06", result="s42_enquiry"), "2026-01-06T12:00:00"),
        (told("enquiry_started", 3, "2026-01-07", kind="s42"), "2026-01-07T12:00:00"),
    ]
    with Memory(where) as memory:
        desk = Desk(memory, Engine(load_ruleset(FIRST), matcher="python"))
        for message, moment in messages:
            desk.receive(message, at(moment))
        raised_before = {one.change.prompt.key for one in desk.changes()}

    with Memory(where) as memory:
        desk = Desk(memory, Engine(core_ruleset(), matcher="python"))
        swept = desk.sweep(at("2026-01-12T12:00:00"), force=True)
        changes = desk.changes()

    raised = Counter(one.change.prompt.key for one in changes if one.change.kind == "raised")
    assert swept.faults == ()
    assert raised.keys() >= raised_before
    assert set(raised.values()) == {1}
