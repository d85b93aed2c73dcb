"""Live events in JSON in, cards in JSON out, guarded and ungarded the same."""

import json
from pathlib import Path

import msp_json_events
import pytest

from msp_rules import Adapter, Engine, check_adapter
from msp_rules.hooks import FaultKind, Registry
from tests.support.core import core_ruleset

HOME = Path(__file__).parents[1]


@pytest.fixture
def registry() -> Registry:
    found = Registry()
    found.register("json-events", msp_json_events)
    return found


def test_it_keeps_the_contract() -> None:
    adapter = Adapter(name="msp_json_events", folder=str(HOME))

    report = check_adapter(adapter, Engine(core_ruleset(), matcher="python"))

    outcomes = {one.name: one.status for one in report.results}
    assert report.has_passed, report
    assert {name for name, one in outcomes.items() if one == "not applicable"} == {
        *("supply", "ordering", "edited", "deleted", "restored", "permission", "late")
    }
    assert set(outcomes.values()) == {"passed", "not applicable"}


@pytest.mark.parametrize(
    ("document", "count"),
    [
        pytest.param(b'{"id": "1"}', 1, id="one message"),
        pytest.param(b'[{"id": "1"}, {"id": "2"}]', 2, id="a list"),
        pytest.param(b"[]", 0, id="an empty list"),
    ],
)
def test_a_document_holds_one_message_or_several(
    document: bytes, count: int, registry: Registry, tmp_path: Path
) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(document)

    for source in (document, str(path)):
        answers = registry.ask("msp_find_events", source=source, most=10)
        assert answers.faults == ()
        assert [one["id"] for one in answers.value] == ["1", "2"][:count]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        pytest.param(b"{", FaultKind.RAISED, id="no JSON"),
        pytest.param(b'["x"]', FaultKind.INVALID_RESULT, id="no message"),
        pytest.param("nowhere.json", FaultKind.RAISED, id="no file"),
        pytest.param(b"[{}, {}, {}]", FaultKind.TOO_LARGE, id="more than the host takes"),
    ],
)
def test_what_can_t_be_read_is_a_fault(
    source: str | bytes, kind: FaultKind, registry: Registry
) -> None:
    (fault,) = registry.ask("msp_find_events", source=source, most=2).faults

    assert fault.kind is kind


def test_cards_are_the_body_of_a_response(registry: Registry) -> None:
    cards = [{"uuid": "1", "summary": "Is the adult’s view known?"}]

    body = registry.ask("msp_render_cards", cards=cards).value

    assert json.loads(body) == {"cards": cards}
