"""A desk, as a scan, runs no overlay that requires approval and has an entry without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.errors import RulesetInvalid
from msp_rules.prompts.store import Desk, Memory, upgrade
from msp_rules.rules.loading import load_ruleset
from tests.builders.layers import WHY, top_layer, write_base, write_overlay
from tests.support.told import at, concern

NOON = at("2026-01-05T12:00:00")
WHO = f"{WHY}, approved_on: 2026-05-01, written_by: Ann Lead"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("small"))


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = str(tmp_path / "memory.db")
    upgrade(path)
    return path


def engine_of(base: Path, folder: Path, who: str, *, is_strict: bool = True) -> Engine:
    """An engine with two changes of an overlay, made by these people."""
    changes = "".join(
        f"  - {{rule: {rule}, severity: statutory, {who}}}\n" for rule in ("PL-01", "OF-01")
    )
    overlay = write_overlay(folder, "town", top_layer(base), f"changes:\n{changes}")
    if is_strict:
        text = overlay.read_text(encoding="utf-8")
        overlay.write_text(text.replace("review_by:", "approval: required\nreview_by:", 1))
    return Engine(load_ruleset(base, [overlay]), matcher="python")


def test_a_desk_refuses_every_entry_that_is_not_approved(
    base: Path, tmp_path: Path, database: str
) -> None:
    engine = engine_of(base, tmp_path, WHY)

    with Memory(database) as memory, pytest.raises(RulesetInvalid) as refused:
        Desk(memory, engine)

    assert str(refused.value) == (
        "town.yaml:10:5: the change of PL-01 is not approved as this overlay requires: it lacks "
        "approved_on and written_by; no scan or desk runs with it\n"
        "town.yaml:11:5: the change of OF-01 is not approved as this overlay requires: it lacks "
        "approved_on and written_by; no scan or desk runs with it"
    )


def test_what_is_not_approved_is_kept_with_the_compiled_ruleset(base: Path, tmp_path: Path) -> None:
    read, found = (engine_of(base, tmp_path, WHY).ruleset for _ in range(2))

    assert found.unapproved == read.unapproved
    assert len(read.unapproved) == 2


@pytest.mark.parametrize(
    ("who", "is_strict"),
    [
        pytest.param(WHO, True, id="approved as the head requires"),
        pytest.param(WHY, False, id="no approval required"),
    ],
)
def test_a_desk_runs_what_lacks_no_approval(
    base: Path, tmp_path: Path, database: str, who: str, is_strict: bool
) -> None:
    engine = engine_of(base, tmp_path, who, is_strict=is_strict)

    with Memory(database) as memory:
        received = Desk(memory, engine).receive(concern(), NOON)

    assert received.status == "recorded"


def test_a_refused_desk_leaves_the_memory_to_the_rules_that_were_in_force(
    base: Path, tmp_path: Path, database: str
) -> None:
    approved = engine_of(base, tmp_path, WHO)
    with Memory(database) as memory:
        desk = Desk(memory, approved)
        desk.receive(concern(), NOON)
        before = desk.state("SA-1001")

        with pytest.raises(RulesetInvalid):
            Desk(memory, engine_of(base, tmp_path, WHY))

        assert desk.state("SA-1001") == before
        assert desk.sweep(NOON).reevaluated == 0
