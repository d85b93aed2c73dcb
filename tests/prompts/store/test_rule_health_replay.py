"""Counts of how workers take questions equal those of a replay by the pure desk."""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from msp_rules.casework.case import Case
from msp_rules.casework.moments import at_instant, moment_of
from msp_rules.intake.live_events import EventMessage, MessageReader
from msp_rules.prompts.feedback import GENERAL_REASONS
from msp_rules.prompts.prompt import Feedback, FeedbackKind, FeedbackStatus
from msp_rules.prompts.rule_health import figures_by_rule
from msp_rules.prompts.store import Desk, Memory, read_askings, upgrade
from tests.support import effort
from tests.support.desk import core_engine
from tests.support.replay import Host
from tests.support.told import concern, told

pytestmark = pytest.mark.fuzz
HOUR = 3_600_000_000
START = moment_of(at_instant(1_767_607_200_000_000)).instant  # 5 January 2026, ten o'clock
EVENTS: dict[str, Any] = {
    "check": ("immediate_safety_check", {"result": "safe"}),
    "talk": ("outcomes_conversation", {"asked": "asked_expressed"}),
    "closed": ("case_closed", {"reason": "adult_request"}),
}
STEP = st.tuples(
    st.sampled_from(("look", "say", "say", "say", *EVENTS)),
    st.sampled_from((0, 1, 5, 30, 400)),
    st.integers(0, 30),
    st.sampled_from(list(FeedbackKind)),
    st.sampled_from((None, "unsafe", *GENERAL_REASONS)),
)
# Every question is acknowledged without a reason, which does not do for the critical ones.
BARE = [("say", 0, which, FeedbackKind.ACKNOWLEDGED, None) for which in range(10)]
# Every question is shown, and left until it is overdue and asked again.
LEFT: list[Any] = [("say", 0, which, FeedbackKind.SHOWN, None) for which in range(10)]
LEFT += [("look", 400, 0, FeedbackKind.SHOWN, None)]
_names = itertools.count()


class Replay:
    """The pure desk of one case, and a count of its own by the plainest means."""

    def __init__(self) -> None:
        self.host = Host(core_engine(), Case(id="SA-1001", events=()))
        self.askings: dict[tuple[Any, int], dict[str, Any]] = {}

    def note(self) -> None:
        """Writes down what stands, and what has ended, after a step."""
        for key, prompt in self.host.state.prompts.items():
            one = self.askings.setdefault(
                (key, prompt.generation), {"since": prompt.since, "said": [], "end": None}
            )
            if prompt.ending is not None and one["end"] is None:
                one["end"] = (self.host.state.as_of, prompt.ending.value)

    def hear(self, feedback: Feedback) -> None:
        heard = self.host.hear(feedback).heard_as
        if heard is not FeedbackStatus.UNKNOWN:
            one = self.askings[feedback.key, feedback.generation]
            one["said"].append((feedback.at.instant, feedback.id, feedback, heard == "heard"))
        self.note()

    def counts(self) -> dict[str, dict[str, Any]]:
        """The counts of each rule."""
        found: dict[str, dict[str, Any]] = {}
        for (key, generation), one in self.askings.items():
            row = found.setdefault(key.rule, {"raised": 0, "repeats": 0, "taken": [], "waits": []})
            row["raised"] += 1
            row["repeats"] += generation != 1
            answers = sorted(
                said for said in one["said"] if said[3] and said[2].kind is not FeedbackKind.SHOWN
            )
            end = one["end"]
            is_settled = end is not None and end[1] in ("answered", "explained")
            is_over = end is not None or (key, generation + 1) in self.askings
            row["taken"].append(self._taken(answers, one["said"], is_settled, is_over))
            moments = [said[0] for said in answers] + ([end[0]] if is_settled else [])
            row["waits"] += [max(0, min(moments) - one["since"])] if moments else []
        return {
            rule: {**row, "taken": Counter(row["taken"]), "waits": sorted(row["waits"])}
            for rule, row in sorted(found.items())
        }

    def _taken(self, answers: Any, said: Any, is_settled: bool, is_over: bool) -> str:
        if answers:
            last = answers[-1][2]
            kinds = {"accepted": "promised", "deferred": "put_off", "overridden": last.code}
            return str(kinds.get(last.kind, last.kind))
        if not said:
            return "not_shown"
        if is_settled:
            return "settled"
        return "ignored" if is_over else "open"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "memory.db"
    upgrade(path)
    return path


@settings(derandomize=True, deadline=None, max_examples=effort.of(15, thorough=500))
@example(steps=BARE, since=0)
@example(steps=LEFT, since=0)
@given(steps=st.lists(STEP, min_size=1, max_size=14), since=st.sampled_from((0, 24, 300)))
def test_counts_of_a_memory_equal_a_replay(empty: Path, steps: list[Any], since: int) -> None:
    path = Path(shutil.copy(empty, empty.with_name(f"memory{next(_names)}.db")))
    replay, reader = Replay(), MessageReader(core_engine().ruleset.vocabulary)
    with Memory(path) as memory:
        desk, now = Desk(memory, core_engine(), skew=None), START
        _take(desk, replay, reader, concern(), now)
        for number, (what, hours, which, kind, code) in enumerate(steps, start=2):
            now += hours * HOUR
            if what in EVENTS:
                event, fields = EVENTS[what]
                occurred = moment_of(at_instant(now)).date.isoformat()
                _take(desk, replay, reader, told(event, number, occurred, **fields), now)
                continue
            desk.reevaluate("SA-1001", at_instant(now))
            _look(replay, now)
            if what == "say":
                _say(desk, replay, f"f{number}", which, kind, code, now)
        read = read_askings(memory.database, START + since * HOUR if since else 0)
    path.unlink()

    if since:
        limit = START + since * HOUR
        replay.askings = {key: one for key, one in replay.askings.items() if one["since"] >= limit}
    found = {
        rule: {
            "raised": one.raised,
            "repeats": one.repeats,
            "taken": one.taken,
            "waits": sorted(one.waits),
        }
        for rule, one in figures_by_rule(read.askings).items()
    }
    assert found == replay.counts()
    assert sum(read.open_prompts.values()) == len(replay.host.state.standing)


def _take(desk: Desk, replay: Replay, reader: MessageReader, message: Any, now: int) -> None:
    desk.receive(message, at_instant(now))
    read = reader.read(message)
    assert isinstance(read, EventMessage)
    replay.host.receive(read.event, at_instant(now))
    replay.note()


def _look(replay: Replay, now: int) -> None:
    due = replay.host.state.next_change
    if due is not None and due <= now:
        replay.host.look(at_instant(now))
        replay.note()


def _say(
    desk: Desk, replay: Replay, name: str, which: int, kind: FeedbackKind, code: Any, now: int
) -> None:
    prompts = [*replay.host.state.prompts.values()]
    prompt = prompts[which % len(prompts)]
    feedback = Feedback(
        id=name,
        key=prompt.key,
        generation=prompt.generation,
        kind=kind,
        at=moment_of(at_instant(now)),
        until=moment_of(at_instant(now + 30 * HOUR)) if kind == "deferred" else None,
        code=code or ("does_not_fit" if kind == "overridden" else None),
    )
    desk.hear(feedback, now=at_instant(now))
    replay.hear(feedback)
