"""Whatever workers say, in whatever order, a critical question is not silent for long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from msp_rules.casework.moments import LONDON, at_instant, iso_instant, moment_of
from msp_rules.prompts.feedback import GENERAL_REASONS
from msp_rules.prompts.prompt import Feedback, FeedbackKind
from tests.support import effort
from tests.support.desk import Desk

pytestmark = pytest.mark.fuzz
MINUTE = 60_000_000
CODES = ("emergency_action", "unsafe", *GENERAL_REASONS)

# Minutes since the last answer, minutes by which it is dated back, minutes for which to put off,
# kind, reason, and whether it answers the newest card.
ANSWER = st.tuples(
    st.sampled_from((0, 5, 300, 700, 1300, 1300, 4000)),
    st.sampled_from((0, 0, 0, 5, 700, 6000)),
    st.sampled_from((1, 1300, 3000, 5_000_000)),
    st.sampled_from(list(FeedbackKind)),
    st.one_of(st.none(), st.sampled_from(CODES)),
    st.booleans(),
)


class Watch:
    """Looks at one prompt at each moment, and says since when it has been silent."""

    def __init__(self, desk: Desk, rule: str) -> None:
        self.desk = desk
        self.rule = rule
        self.silent_since: int | None = None

    def look(self, now: int) -> None:
        prompt = self.desk.prompt(self.rule)
        if prompt.asks:
            self.silent_since = None
            return
        if self.silent_since is None:
            self.silent_since = now
        assert now <= latest(self.silent_since), (iso_instant(self.silent_since), iso_instant(now))


def latest(since: int) -> int:
    """The end of the first working day after a day; no bank holiday is among the days here."""
    day = datetime.fromtimestamp(since / 1_000_000, LONDON) + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    end = datetime(day.year, day.month, day.day, 23, 59, 59, 999_999, tzinfo=LONDON)
    return int((end - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


@settings(derandomize=True, deadline=None, max_examples=effort.of(25, thorough=2000))
@example([(1300, 0, 5_000_000, FeedbackKind.DEFERRED, None, True)] * 6)
@example([(200, 0, 1, FeedbackKind.ACCEPTED, None, True)] * 14)
@given(st.lists(ANSWER, min_size=1, max_size=14))
def test_no_critical_question_is_silent_longer_than_the_policy_allows(
    answers: list[tuple[int, int, int, FeedbackKind, str | None, bool]],
) -> None:
    desk = Desk()
    watch = Watch(desk, "RISK-01")
    now = desk.state.as_of or 0
    for number, (passed, back, ahead, kind, code, is_newest) in enumerate(answers):
        pass_time(desk, watch, now, now + passed * MINUTE)
        now += passed * MINUTE
        prompt, at = desk.prompt("RISK-01"), now - back * MINUTE
        desk.hear(
            Feedback(
                id=f"f{number % 5}-{number}",
                key=prompt.key,
                generation=prompt.generation if is_newest else max(1, prompt.generation - 1),
                kind=kind,
                at=moment_of(at_instant(at)),
                until=moment_of(at_instant(at + ahead * MINUTE)) if kind == "deferred" else None,
                code=code or ("unsafe" if kind == "overridden" else None),
                has_text=number % 2 == 0,
            )
        )
        watch.look(now)
    pass_time(desk, watch, now, now + 20_000 * MINUTE)
    assert desk.prompt("RISK-01").asks


def pass_time(desk: Desk, watch: Watch, since: int, until: int) -> None:
    """Lets the host look whenever the desk said that something may change, and at the end."""
    due = desk.state.next_change
    while due is not None and due <= until:
        watch.look(max(since, due - 1))
        desk.look(at_instant(max(since, due)))
        watch.look(max(since, due))
        due = desk.state.next_change
    desk.look(at_instant(until))
    watch.look(until)
