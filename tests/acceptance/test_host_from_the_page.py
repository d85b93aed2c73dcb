"""A host that somebody wrote from docs/no-events.md alone: rows of a table, edited in place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.crud_host import CrudHost

pytestmark = pytest.mark.slow
CONCERN = ("K1", "a1", "concern_raised", "2026-02-02T09:00:00")
CHECK = ("K1", "b1", "immediate_safety_check", "2026-02-02T11:30:00")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[CrudHost]:
    made = CrudHost(tmp_path)
    made.put("2026-02-02T10:00:00Z", *CONCERN, identified_adult="yes")
    yield made
    made.close()


def test_host_lives_through_create_edit_delete_a_hidden_form_and_an_old_snapshot(
    host: CrudHost,
) -> None:
    created = host.asked("K1")
    host.put("2026-02-02T11:00:00Z", *CONCERN, identified_adult="yes", abuse_type="physical")
    edited = host.asked("K1")
    host.put("2026-02-02T12:00:00Z", *CHECK, result="safe")
    checked = host.asked("K1")
    hidden = host.hand_over("2026-02-02T12:10:00Z", "K1", may_see_all=False)
    host.delete("2026-02-02T12:30:00Z", "K1", "b1")
    deleted = host.asked("K1")
    late = host.hand_over("2026-02-02T12:40:00Z", "K1", at="2026-02-02T12:00:00Z")

    assert created == edited == deleted == {"ASK-01": "early", "RISK-01": "early"}
    assert checked == {"ASK-01": "early"}
    assert (hidden, late) == ("already_known", "stale")
    assert host.asked("K1") == deleted


def test_host_sweeps_for_two_months_over_a_restart_and_ends_its_questions(
    host: CrudHost, tmp_path: Path
) -> None:
    host.close()
    again = CrudHost(tmp_path)
    now, seen = datetime(2026, 2, 2, 12, tzinfo=UTC), [again.asked("K1")]
    while now < datetime(2026, 4, 2, tzinfo=UTC):
        again.hour(now.isoformat())
        if again.asked("K1") != seen[-1]:
            seen.append(again.asked("K1"))
        now += timedelta(hours=12)
    again.put("2026-04-02T09:00:00Z", *CHECK, result="safe")
    again.put(
        "2026-04-02T09:00:00Z",
        "K1",
        "c1",
        "outcomes_conversation",
        "2026-04-02",
        asked="asked_expressed",
    )

    assert seen == [
        {"ASK-01": "early", "RISK-01": "early"},
        {"ASK-01": "due_soon", "RISK-01": "early"},
        {"ASK-01": "due_soon", "RISK-01": "overdue"},
        {"ASK-01": "overdue", "RISK-01": "overdue"},
    ]
    assert again.asked("K1") == {}
    assert again.troubles == []
    again.close()
