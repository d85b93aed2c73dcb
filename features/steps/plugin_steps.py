"""What a case system experiences of the plug-ins that it has loaded."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from msp_rules.hooks import Answers, HookLimits, PluginInvalid, Registry, hookimpl
from msp_rules.hooks.contract import MOST_DOCUMENT_BYTES

CARD = {"summary": "Has anyone asked?", "detail": "a canary in the card"}


def _raises(error: BaseException) -> Any:
    raise error


def _spins() -> Any:
    while True:
        pass


MISBEHAVES = {
    "raises an error": lambda cards: _raises(ValueError(str(cards))),
    "tries to end the whole system": lambda cards: _raises(SystemExit(str(cards))),
    "never answers": lambda _: threading.Event().wait(),
    "works without end": lambda _: _spins(),
    "gives something else": lambda cards: {id(one) for one in cards},
    "gives far too much": lambda cards: str(cards) * MOST_DOCUMENT_BYTES,
}


class CaseSystem:
    """A case system with its plug-ins, and the answer that it got last."""

    def __init__(self) -> None:
        limits = HookLimits(seconds=2, most_results=1)
        self.registry = Registry(limits={"msp_render_cards": limits})
        self.answers = Answers(given=(), faults=())
        self.works = lambda cards: [one["summary"] for one in cards]
        self.refused = ""
        self.behaviour = MISBEHAVES["raises an error"]

    def add(self, name: str, renders: Any) -> None:
        """Loads a plug-in that shows cards in some way."""
        hook = hookimpl(lambda cards: renders(cards))
        self.registry.register(name, SimpleNamespace(msp_render_cards=hook))

    def show(self) -> None:
        """Asks all plug-ins to show the card."""
        self.answers = self.registry.ask("msp_render_cards", cards=[CARD])


@pytest.fixture
def case_system() -> CaseSystem:
    return CaseSystem()


@given("a case system with a plug-in that shows cards")
def _(case_system: CaseSystem) -> None:
    case_system.add("good", case_system.works)


@given(parsers.parse("another plug-in that {misbehaves}"))
def _(case_system: CaseSystem, misbehaves: str) -> None:
    case_system.behaviour = MISBEHAVES[misbehaves]
    case_system.add("other", lambda cards: case_system.behaviour(cards))


@given("the case system had a card to show")
@when("the case system has a card to show")
@when("it has a second card to show")
def _(case_system: CaseSystem) -> None:
    case_system.show()


@when("the plug-in is mended and taken up again")
def _(case_system: CaseSystem) -> None:
    case_system.behaviour = case_system.works
    case_system.registry.reinstate("other")
    case_system.show()


@when("a plug-in is added that misspells what it can do")
def _(case_system: CaseSystem) -> None:
    wrong = SimpleNamespace(msp_render_crads=hookimpl(lambda cards: None))
    with pytest.raises(PluginInvalid) as refused:
        case_system.registry.register("misspelt", wrong)
    case_system.refused = str(refused.value)


@then("the card is shown")
def _(case_system: CaseSystem) -> None:
    assert [(one.plugin, one.value) for one in case_system.answers.given] == [
        ("good", [CARD["summary"]])
    ]


@then("both show the card")
def _(case_system: CaseSystem) -> None:
    assert [one.plugin for one in case_system.answers.given] == ["good", "other"]
    assert case_system.answers.faults == ()


@then(parsers.re("the other plug-in is named (with the fault|as one that was) (?P<fault>.+)"))
def _(case_system: CaseSystem, fault: str) -> None:
    (found,) = case_system.answers.faults
    assert (found.plugin, found.hook, found.kind) == ("other", "msp_render_cards", fault)


@then("nothing of the card is told of the fault")
def _(case_system: CaseSystem) -> None:
    (found,) = case_system.answers.faults
    assert CARD["detail"] not in str(found)
    assert CARD["summary"] not in str(found)


@then("it is refused with the right name and the line to change")
def _(case_system: CaseSystem) -> None:
    assert "steps/plugin_steps.py:" in case_system.refused
    assert "did you mean msp_render_cards?" in case_system.refused
