"""Fernhill's records become prompts, through edits, deletions and groups that nobody may see."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msp_json_records
import pytest

from msp_rules import (
    Adapter,
    Desk,
    DeskOutbox,
    Engine,
    Memory,
    check_adapter,
    exchange_round,
    load_mapping,
    open_cases,
    to_json,
    upgrade_memory,
)
from msp_rules.hooks import Registry
from tests.support.core import core_ruleset

HOME = Path(__file__).parents[1]
NAME = "json-records"
CHECK = {
    "checkId": 601,
    "carriedOutAt": "2026-01-05T15:30:00",
    "carriedOutBy": {"staffId": 17},
    "outcome": {"id": 71},
}


class Fernhill:
    """Fernhill's folder, and what its adapter and a desk make of it."""

    def __init__(self, folder: Path, desk: Desk, registry: Registry) -> None:
        self.folder = folder
        self.desk = desk
        self.registry = registry
        self.minutes = 0

    def save(self, **groups: Any) -> None:
        """Saves the one record, with some of its groups as they are given."""
        self.minutes += 1
        record: dict[str, Any] = {
            "recordId": "rec-9",
            "caseReference": "F-9",
            "lastModified": f"2026-01-05T16:{self.minutes:02}:00.0000000Z",
            "person": {"personId": 7},
            "concern": {
                "concernId": 501,
                "receivedOn": "2026-01-05T10:15:00",
                "referrer": {"sourceId": 11},
                "allegations": [{"typeId": 31}],
            },
            "safetyChecks": [],
            "conversations": [],
            "decision": None,
        }
        (self.folder / "records").mkdir(exist_ok=True)
        (self.folder / "records/rec-9.json").write_text(json.dumps(record | groups))

    def round(self) -> Any:
        """Runs a round, in which nothing may go wrong."""
        outbox = DeskOutbox(self.desk, core_ruleset(), lambda: "2026-01-05T17:00:00")
        done = exchange_round(self.registry, NAME, outbox, str(self.folder))
        assert (done.faults, done.case_faults, done.cases.refused) == ((), (), ())
        return done

    @property
    def shown(self) -> set[str]:
        """The rules whose prompts Fernhill shows."""
        found = [json.loads(one.read_text()) for one in self.folder.glob("prompts/*.json")]
        cards = [one["card"] for one in found if one["kind"] != "withdrawn"]
        return {one["source"]["topic"]["code"] for one in cards}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(core_ruleset(), matcher="python")


@pytest.fixture
def fernhill(tmp_path: Path, engine: Engine) -> Iterator[Fernhill]:
    registry = Registry()
    registry.register(NAME, msp_json_records)
    upgrade_memory(tmp_path / "desk.db")
    with Memory(tmp_path / "desk.db") as memory:
        desk = Desk(memory, engine, supply=registry.supplied_by(NAME))
        yield Fernhill(tmp_path, desk, registry)


@pytest.mark.slow
def test_it_keeps_the_contract(engine: Engine) -> None:
    adapter = Adapter(name="msp_json_records", folder=str(HOME))

    report = check_adapter(adapter, engine, most_crashes=40)

    outcomes = {one.name: one.status for one in report.results}
    assert report.has_passed, report
    assert outcomes.pop("rendering") == "not applicable"
    assert set(outcomes.values()) == {"passed"}


def test_a_record_becomes_prompts_that_an_edit_answers_and_its_deletion_asks_again(
    fernhill: Fernhill,
) -> None:
    fernhill.save()
    first = fernhill.round()
    asked = fernhill.shown
    fernhill.save(safetyChecks=[CHECK])
    fernhill.round()
    answered = fernhill.shown
    fernhill.save()
    fernhill.round()

    assert (first.cases.taken, first.sent) == (1, len(asked))
    assert asked == {"ASK-01", "DEC-02", "RISK-01"}
    assert answered == {"ASK-01", "DEC-02"}
    assert fernhill.shown == asked


def test_a_record_is_given_again_only_when_it_was_modified(fernhill: Fernhill) -> None:
    fernhill.save()
    fernhill.round()
    again = fernhill.round()
    fernhill.save()

    assert (again.cases.taken, again.sent) == (0, 0)
    assert fernhill.round().cases.taken == 1


def test_a_group_that_nobody_may_see_is_not_deleted(fernhill: Fernhill) -> None:
    fernhill.save(safetyChecks=[CHECK])
    fernhill.round()
    fernhill.save(safetyChecks=None, mayNotSee=["safetyChecks"])

    done = fernhill.round()

    assert (done.cases.taken, done.sent) == (1, 0)
    assert fernhill.shown == {"ASK-01", "DEC-02"}


def test_the_mapping_reads_an_export_of_the_records_as_the_records(
    fernhill: Fernhill, tmp_path: Path
) -> None:
    mapping = load_mapping(msp_json_records.msp_mapping())
    fernhill.save(safetyChecks=[CHECK])
    path = tmp_path / "records/rec-9.json"

    with open_cases(path, mapping=mapping) as source:
        (exported,) = source

    live = mapping.read(json.loads(path.read_text())).case
    assert live is not None
    assert to_json(exported)["events"] == to_json(live)["events"]
    assert [one.type for one in live.events] == ["concern_raised", "immediate_safety_check"]
