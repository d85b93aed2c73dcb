"""The host of docs/no-events.md, as it stands on the page, through the life of a case."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs/no-events.md"
CONCERN = {
    "type": "concern_raised",
    "occurred": "2026-01-05T10:00:00",
    "identified_adult": "yes",
}
CHECK = {"type": "immediate_safety_check", "result": "safe"}
ASKED = {"type": "outcomes_conversation", "asked": "asked_expressed"}


def code_of_the_page() -> str:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def start(folder: Path) -> Any:
    """Starts the host in a folder, as a new process would."""
    names: dict[str, Any] = {"__name__": "page"}
    exec(compile(code_of_the_page(), PAGE.name, "exec"), names)
    return names["CaseSystem"](folder)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Any]:
    """A host with the concern of Monday, 5 January 2026, at ten."""
    system = start(tmp_path)
    system.save("C-1", "f1", "2026-01-05T12:00:00Z", **CONCERN)
    yield system
    system.memory.close()


def sweep(
    host: Any, since: datetime, until: datetime, *, hours: int
) -> list[tuple[str, dict[str, str]]]:
    """Sweeps again and again; gives the moments at which something else was shown."""
    seen: list[tuple[str, dict[str, str]]] = []
    shown, now = host.shown("C-1"), since
    while now <= until:
        host.sweep(now.isoformat())
        before, shown = shown, host.shown("C-1")
        if shown != before:
            seen.append((f"{now:%Y-%m-%d %H:%M}", shown))
        now += timedelta(hours=hours)
    return seen


def test_host_of_the_page_has_at_most_60_lines() -> None:
    assert len(code_of_the_page().splitlines()) <= 60


def test_created_form_asks_what_the_host_can_answer(host: Any) -> None:
    assert host.shown("C-1") == {"ASK-01": "early", "RISK-01": "early"}
    assert host.faults == []


def test_edited_form_changes_no_prompt(host: Any) -> None:
    before = host.desk.state("C-1").prompts

    host.save("C-1", "f1", "2026-01-05T13:00:00Z", abuse_type=["physical"])

    assert host.desk.state("C-1").prompts == before
    assert host.forms("C-1")["f1"] == {**CONCERN, "abuse_type": ["physical"]}


def test_edit_that_takes_the_answer_away_asks_again(host: Any) -> None:
    check = {**CHECK, "occurred": "2026-01-05T12:30:00"}
    host.save("C-1", "f2", "2026-01-05T13:00:00Z", **check)
    answered = host.shown("C-1")

    host.save("C-1", "f2", "2026-01-05T14:00:00Z", occurred="2026-01-04T12:30:00")

    assert answered == {"ASK-01": "early"}
    assert host.shown("C-1") == {"ASK-01": "early", "RISK-01": "early"}


def test_deleted_form_asks_again_and_a_restart_forgets_nothing(host: Any, tmp_path: Path) -> None:
    check = {**CHECK, "occurred": "2026-01-06T09:00:00"}
    host.save("C-1", "f2", "2026-01-06T09:00:00Z", **check)
    answered = host.shown("C-1")
    host.delete("C-1", "f2", "2026-01-06T10:00:00Z")
    deleted = host.shown("C-1")
    state = host.desk.state("C-1")

    restarted = start(tmp_path)

    assert answered == {"ASK-01": "due_soon"}
    assert deleted == {"ASK-01": "due_soon", "RISK-01": "due_soon"}
    assert restarted.desk.state("C-1") == state
    restarted.memory.close()


def test_two_months_of_sweeps_ask_at_their_times_and_late_answers_end_them(host: Any) -> None:
    monday, friday = datetime(2026, 1, 5, 13, tzinfo=UTC), datetime(2026, 1, 9, 12, tzinfo=UTC)

    seen = sweep(host, monday, friday, hours=1)
    afterwards = sweep(host, friday, datetime(2026, 3, 5, 12, tzinfo=UTC), hours=12)
    late = {"occurred": "2026-03-05T11:00:00"}
    host.save("C-1", "f2", "2026-03-05T12:00:00Z", **CHECK, **late)
    checked = host.shown("C-1")
    host.save("C-1", "f3", "2026-03-05T12:00:00Z", **ASKED, **late)

    # 24 hours for the check, to the second; two working days, to the end of the second.
    assert seen[-2:] == [
        ("2026-01-06 11:00", {"ASK-01": "due_soon", "RISK-01": "overdue"}),
        ("2026-01-08 00:00", {"ASK-01": "overdue", "RISK-01": "overdue"}),
    ]
    assert afterwards == []
    assert checked == {"ASK-01": "overdue"}
    assert host.shown("C-1") == {}
    assert host.faults == []


def test_case_whose_only_form_is_deleted_asks_nothing(host: Any) -> None:
    host.delete("C-1", "f1", "2026-01-05T13:00:00Z")

    assert host.shown("C-1") == {}
    assert host.forms("C-1") == {}


def test_pause_of_more_than_a_day_is_said_and_ended_by_one_forced_sweep(host: Any) -> None:
    host.sweep("2026-01-06T12:00:00Z")
    host.sweep("2026-01-07T12:00:01Z")
    refused = host.shown("C-1")
    said = len(host.faults)

    host.desk.sweep("2026-01-12T08:00:00Z", force=True)
    host.sweep("2026-01-12T09:00:00Z")

    assert refused == {"ASK-01": "due_soon", "RISK-01": "overdue"}
    assert said == 1
    assert host.shown("C-1") == {"ASK-01": "overdue", "RISK-01": "overdue"}
    assert len(host.faults) == said


def test_save_again_after_a_crash_between_form_and_desk_loses_nothing(
    host: Any, tmp_path: Path
) -> None:
    check = {**CHECK, "occurred": "2026-01-05T12:30:00"}
    (tmp_path / "C-1.json").write_text(json.dumps({"f1": CONCERN, "f2": check}))
    crashed = host.shown("C-1")

    host.save("C-1", "f2", "2026-01-05T13:30:00Z", **check)

    assert crashed == {"ASK-01": "early", "RISK-01": "early"}
    assert host.shown("C-1") == {"ASK-01": "early"}
