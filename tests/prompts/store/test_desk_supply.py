"""A desk is made with what its host can deliver, by words or as a value."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from msp_rules.casework.case import Supply
from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.hooks import Registry, hookimpl
from msp_rules.prompts.store import Desk, Memory, upgrade
from tests.support.told import concern

FORMS = ("concern_raised", "immediate_safety_check")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Memory]:
    upgrade(tmp_path / "memory.db")
    with Memory(tmp_path / "memory.db") as memory:
        yield memory


class Host:
    """A host that says what it delivers."""

    @hookimpl
    def msp_supplies(self) -> tuple[str, ...]:
        return FORMS


class Silent:
    """A host that does not say."""

    @hookimpl
    def msp_find_events(self, source: str) -> list[dict[str, object]]:
        return []


class Broken:
    """A host that fails to say."""

    @hookimpl
    def msp_supplies(self) -> tuple[str, ...]:
        raise ZeroDivisionError


def test_a_host_is_asked_only_about_what_it_can_deliver(kept: Memory, engine: Engine) -> None:
    registry = Registry()
    registry.register("host", Host())
    desk = Desk(kept, engine, supply=registry.supplied_by("host"))

    desk.receive(concern(), "2026-01-05T12:00:00")

    assert desk.supply == Supply(declared=True, types=frozenset(FORMS))
    assert {key.rule for key in desk.state("SA-1001").prompts} == {"RISK-01"}


@pytest.mark.parametrize("supply", [FORMS, Supply(declared=True, types=frozenset(FORMS))])
def test_words_and_a_value_say_the_same(
    kept: Memory, engine: Engine, supply: tuple[str, ...] | Supply
) -> None:
    assert Desk(kept, engine, supply=supply).supply.types == {*FORMS}


@pytest.mark.parametrize("supply", [["concern_rised"], Supply(types=frozenset(FORMS))])
def test_a_supply_that_would_be_misread_is_refused(
    kept: Memory, engine: Engine, supply: list[str] | Supply
) -> None:
    with pytest.raises(MspRulesError, match="^supply "):
        Desk(kept, engine, supply=supply)


def test_a_plugin_that_does_not_say_supplies_all(kept: Memory, engine: Engine) -> None:
    registry = Registry()
    registry.register("silent", Silent())

    assert registry.supplied_by("silent") is None
    assert Desk(kept, engine, supply=registry.supplied_by("silent")).supply == Supply()


def test_a_plugin_that_fails_to_say_is_an_error(engine: Engine) -> None:
    registry = Registry()
    registry.register("broken", Broken())

    with pytest.raises(MspRulesError, match="plug-in broken: raised in msp_supplies"):
        registry.supplied_by("broken")
    with pytest.raises(MspRulesError, match="there is no plug-in brokn; did you mean broken"):
        registry.supplied_by("brokn")
