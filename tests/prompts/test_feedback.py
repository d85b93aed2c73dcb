"""What a worker may say to a prompt, what comes of it, and what the host is to record."""

import copy
import pickle
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime

import pytest

from msp_rules.casework.case import WITHHELD
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.errors import MspRulesError
from msp_rules.prompts.feedback import hear
from msp_rules.prompts.prompt import (
    Ending,
    Feedback,
    FeedbackKind,
    FeedbackStatus,
    PromptKey,
    PromptState,
    Timing,
)
from tests.support.desk import ASKED, CONCERN, Desk


def test_shown_prompt_goes_on_asking() -> None:
    desk = Desk()

    heard = desk.say("ASK-01", "shown", "2026-01-05T10:01")

    assert heard.heard_as is FeedbackStatus.HEARD
    assert desk.prompt("ASK-01").state is PromptState.SHOWN
    assert desk.prompt("ASK-01").asks


def test_being_shown_takes_back_no_answer() -> None:
    desk = Desk()
    desk.say("ASK-01", "acknowledged", "2026-01-05T10:01")

    heard = desk.say("ASK-01", "shown", "2026-01-05T10:02")

    assert heard.heard_as is FeedbackStatus.REPEATED
    assert desk.prompt("ASK-01").state is PromptState.ACKNOWLEDGED


@pytest.mark.parametrize("said", ["shown", "acknowledged"])
def test_seen_prompt_is_asked_once_more_when_it_is_overdue(said: str) -> None:
    desk = Desk()
    desk.say("ASK-01", said, "2026-01-05T10:01")

    before = desk.at("2026-01-07T23:59")
    after = desk.at("2026-01-08T00:00")
    prompt = desk.prompt("ASK-01")

    assert before["ASK-01"] == ("due_soon" if said == "shown" else "changed")
    assert after["ASK-01"] == "overdue"
    assert (prompt.state, prompt.generation) == (PromptState.RAISED, 2)


def test_prompt_that_nobody_saw_is_the_same_prompt_when_it_is_overdue() -> None:
    desk = Desk()

    desk.at("2026-01-08T00:00")

    assert (desk.prompt("ASK-01").timing, desk.prompt("ASK-01").generation) == (Timing.OVERDUE, 1)


def test_overdue_prompt_that_was_acknowledged_is_never_asked_again() -> None:
    desk = Desk()
    desk.at("2026-01-08T00:00")
    desk.say("ASK-01", "acknowledged", "2026-01-08T09:00")

    for day in range(9, 31):
        assert "ASK-01" not in desk.at(f"2026-01-{day:02}T09:00")
    assert desk.prompt("ASK-01").state is PromptState.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("moment", "told"),
    [("2026-01-12T08:59:59", "changed"), ("2026-01-12T09:00", "returned")],
    ids=["a second before", "at its moment"],
)
def test_deferred_prompt_returns_at_its_moment(moment: str, told: str) -> None:
    desk = Desk()
    desk.say("ASK-01", "deferred", "2026-01-05T10:01", until="2026-01-12T09:00")

    assert desk.at(moment)["ASK-01"] == told  # changed: it is overdue by then, but put off


def test_deferral_to_a_day_ends_as_that_day_begins() -> None:
    desk = Desk()
    desk.say("ASK-01", "deferred", "2026-01-05T10:01", until="2026-01-07")
    desk.at("2026-01-06T23:59:59")

    assert desk.prompt("ASK-01").state is PromptState.DEFERRED
    assert desk.at("2026-01-07T00:00")["ASK-01"] == "returned"
    assert desk.prompt("ASK-01").generation == 2


def test_end_of_a_deferral_is_a_next_change() -> None:
    desk = Desk()
    desk.at("2026-01-05T12:00")

    desk.say("ASK-01", "deferred", "2026-01-05T12:00", until="2026-01-05T13:00")
    told = desk.state.next_change
    desk.at("2026-01-05T12:30")

    assert told == desk.state.next_change == parse_as_of("2026-01-05T13:00").instant


def test_record_answers_a_deferred_prompt() -> None:
    desk = Desk()
    desk.say("ASK-01", "deferred", "2026-01-05T10:01", until="2026-01-12")

    changes = desk.record("outcomes_conversation", ASKED, "2026-01-06T09:00")

    assert changes["ASK-01"] == "withdrawn"
    assert "ASK-01" not in desk.at("2026-01-12")


def test_reason_that_the_rule_accepts_is_an_explanation_to_record() -> None:
    desk = Desk()

    heard = desk.say(
        *("ASK-01", "overridden", "2026-01-06T10:00"),
        code="unsafe",
        has_text=True,
        review_by=parse_moment("2026-01-12"),
    )

    event = heard.explanation
    assert event is not None
    assert (event.type, event.role, event.moment) == (
        *("explanation", "worker"),
        parse_moment("2026-01-06T10:00"),
    )
    assert event.fields == {
        **{"rule": "ASK-01", "subject": "e1", "code": "unsafe", "text": WITHHELD},
        "review_by": parse_moment("2026-01-12"),
    }
    assert [p.key.rule for p in desk.state.awaiting_record] == ["ASK-01"]


def test_explanation_counts_once_the_record_has_it() -> None:
    desk = Desk()
    heard = desk.say("ASK-01", "overridden", "2026-01-06T10:00", code="unsafe", has_text=True)
    assert heard.explanation is not None

    assert desk.prompt("ASK-01").ending is None
    desk.receive(heard.explanation, parse_as_of("2026-01-06T10:01"))

    assert desk.prompt("ASK-01").ending is Ending.EXPLAINED
    assert desk.state.awaiting_record == ()


def test_explanation_of_a_rule_about_the_whole_case_names_no_subject() -> None:
    desk = Desk()

    heard = desk.say("CON-01", "overridden", "2026-01-06T10:00", None, code="unsafe", has_text=True)

    assert heard.explanation is not None
    assert heard.explanation.fields == {"rule": "CON-01", "code": "unsafe", "text": WITHHELD}


def test_accepted_code_without_a_word_is_no_explanation() -> None:
    desk = Desk()

    heard = desk.say("ASK-01", "overridden", "2026-01-06T10:00", code="unsafe")

    assert heard.explanation is None
    assert desk.prompt("ASK-01").state is PromptState.OVERRIDDEN
    assert desk.state.awaiting_record == ()


def test_reason_that_lapsed_while_nobody_looked_brings_the_question_back() -> None:
    desk = Desk()
    review = parse_moment("2026-01-12")
    heard = desk.say(
        *("ASK-01", "overridden", "2026-01-06T10:00"),
        code="unsafe",
        has_text=True,
        review_by=review,
    )
    assert heard.explanation is not None
    desk.case = desk.case._replace(events=(*desk.case.events, heard.explanation))

    assert desk.at("2026-01-13")["ASK-01"] == "returned"
    assert desk.prompt("ASK-01").generation == 2


@pytest.mark.parametrize("code", ["not_my_role", "adult_declined"], ids=["general", "other rules'"])
def test_other_reason_silences_the_prompt_and_nothing_else(code: str) -> None:
    desk = Desk()

    heard = desk.say("ASK-01", "overridden", "2026-01-06T10:00", code=code, has_text=True)
    told = [desk.at(f"2026-01-{day:02}").get("ASK-01") for day in range(7, 31)]

    assert heard.explanation is None
    assert set(told) == {"changed", None}
    assert (desk.prompt("ASK-01").state, desk.prompt("ASK-01").code) == ("overridden", code)
    assert desk.prompt("ASK-01").verdict == "not_met"  # what an audit says stays what it is


def test_reason_recorded_later_than_now_is_not_in_the_record_yet() -> None:
    desk = Desk()
    said = desk.say("ASK-01", "overridden", "2026-01-06T10:00", code="unsafe", has_text=True)
    assert said.explanation is not None
    later = said.explanation._replace(recorded=parse_moment("2026-01-09T10:00"))

    desk.receive(later, parse_as_of("2026-01-08T10:00"))
    before = desk.prompt("ASK-01").state
    changes = desk.at("2026-01-09T10:00")

    assert before is PromptState.OVERRIDDEN
    assert changes["ASK-01"] == "withdrawn"


def test_explanations_of_two_prompts_are_two_events() -> None:
    desk = Desk()
    ids = {
        said.explanation.id
        for rule, subject in (("ASK-01", "e1"), ("CON-01", None))
        if (
            said := desk.say(
                *(rule, "overridden", "2026-01-06T10:00", subject),
                **{"id": "f1", "code": "unsafe", "has_text": True},
            )
        ).explanation
    }

    assert len(ids) == 2


def test_facts_that_come_back_are_asked_of_anew() -> None:
    desk = Desk()
    desk.say("ASK-01", "overridden", "2026-01-05T10:01", code="not_my_role")
    desk.record("outcomes_conversation", ASKED, "2026-01-06T09:00")

    body = {**ASKED, "id": "e3", "supersedes": "e2", "void": "yes"}
    changes = desk.record("outcomes_conversation", body, "2026-01-06T10:00")

    assert changes["ASK-01"] == "raised"
    assert desk.prompt("ASK-01").generation == 2
    assert desk.prompt("ASK-01").code is None


def test_answer_to_an_earlier_generation_changes_nothing() -> None:
    desk = Desk()
    desk.say("ASK-01", "shown", "2026-01-05T10:01")
    desk.at("2026-01-08T00:00")

    heard = desk.say("ASK-01", "acknowledged", "2026-01-07T23:59", generation=1)

    assert heard.heard_as is FeedbackStatus.OUTDATED
    assert desk.prompt("ASK-01").state is PromptState.RAISED


def test_accepted_reason_is_handed_out_even_when_it_comes_too_late_for_the_prompt() -> None:
    desk = Desk()
    desk.say("ASK-01", "shown", "2026-01-05T10:01")
    desk.at("2026-01-08T00:00")

    heard = desk.say(
        *("ASK-01", "overridden", "2026-01-07T23:59"), generation=1, code="unsafe", has_text=True
    )

    assert heard.heard_as is FeedbackStatus.OUTDATED
    assert heard.explanation is not None


def test_answer_to_a_prompt_that_has_ended_changes_nothing() -> None:
    desk = Desk()
    desk.record("outcomes_conversation", ASKED, "2026-01-06T09:00")
    before = desk.state

    heard = desk.say("ASK-01", "acknowledged", "2026-01-06T09:01")

    assert heard == (before, FeedbackStatus.OUTDATED, None)


def test_earlier_answer_that_comes_later_changes_nothing() -> None:
    desk = Desk()
    desk.say("ASK-01", "deferred", "2026-01-05T11:00", until="2026-01-06T11:00")

    heard = desk.say("ASK-01", "acknowledged", "2026-01-05T10:59")

    assert heard.heard_as is FeedbackStatus.OUTDATED
    assert desk.prompt("ASK-01").state is PromptState.DEFERRED


def test_answer_that_names_the_current_version_of_a_corrected_event_is_heard() -> None:
    desk = Desk()
    corrected = {**CONCERN, "id": "e1-2", "supersedes": "e1"}
    desk.record("concern_raised", corrected, "2026-01-05T10:30")
    prompt = desk.prompt("ASK-01")

    heard = desk.say(
        *("ASK-01", "acknowledged", "2026-01-05T11:00"), key=PromptKey("ASK-01", "SA-1", "e1-2")
    )

    assert (prompt.key.subject, prompt.subject) == ("e1", "e1-2")
    assert heard.heard_as is FeedbackStatus.HEARD
    assert desk.prompt("ASK-01").state is PromptState.ACKNOWLEDGED


def test_answer_to_no_prompt_at_all_is_unknown() -> None:
    desk = Desk()

    heard = desk.say(
        *("ASK-01", "acknowledged", "2026-01-05T10:01"), key=PromptKey("ASK-01", "SA-1", "e9")
    )

    assert heard.heard_as is FeedbackStatus.UNKNOWN


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"kind": "deferred"}, 'needs "until"'),
        ({"kind": "deferred", "until": "2026-01-05T10:01"}, 'must be after its "at"'),
        ({"kind": "overridden"}, '"code" of an "overridden" feedback must be one of'),
        ({"kind": "overridden", "code": "unsaf"}, 'did you mean "unsafe"'),
        ({"kind": "acknowledged", "role": "wrker"}, 'did you mean "worker"'),
    ],
    ids=["no moment", "a moment that has passed", "no reason", "misspelt reason", "misspelt role"],
)
def test_feedback_that_says_nothing_is_refused(said: dict[str, str], message: str) -> None:
    desk = Desk()
    words = {"at": "2026-01-05T10:01", **said}

    with pytest.raises(MspRulesError, match=message):
        desk.say("ASK-01", words.pop("kind"), words.pop("at"), **words)


def test_message_of_a_refusal_repeats_nothing_that_was_said() -> None:
    desk = Desk()

    with pytest.raises(MspRulesError) as refused:
        desk.say("ASK-01", "overridden", "2026-01-05T10:01", code="CANARY the adult said")

    assert "CANARY" not in str(refused.value)


def test_rule_that_is_gone_from_the_ruleset_accepts_no_reason() -> None:
    desk = Desk()
    ruleset = replace(desk.engine.ruleset, rules=())

    prompt = desk.prompt("ASK-01")
    feedback = Feedback(
        id="f1",
        key=prompt.key,
        generation=prompt.generation,
        kind=FeedbackKind.OVERRIDDEN,
        at=parse_moment("2026-01-05T10:01"),
        code="unsafe",
    )

    heard = hear(ruleset, desk.state, feedback)

    assert (heard.heard_as, heard.explanation) == (FeedbackStatus.HEARD, None)


KEY = PromptKey("ASK-01", "SA-1001", "e1")
PUT_OFF = Feedback(
    id="f1",
    key=KEY,
    generation=1,
    kind=FeedbackKind.DEFERRED,
    at=parse_moment("2026-01-05T10:00:00Z"),
    until=parse_moment("2026-01-07"),
)


def test_feedback_takes_its_kind_and_moments_as_a_host_has_them() -> None:
    said = Feedback(
        id="f1",
        key=KEY,
        generation=1,
        kind="deferred",
        at=datetime(2026, 1, 5, 10, tzinfo=UTC),
        until="2026-01-07",
    )

    assert said == PUT_OFF
    assert said.kind is FeedbackKind.DEFERRED


def test_feedback_is_a_frozen_value_that_can_be_replaced_copied_and_pickled() -> None:
    later = replace(PUT_OFF, until="2026-01-08")

    assert later.until == parse_moment("2026-01-08")
    assert copy.copy(PUT_OFF) == pickle.loads(pickle.dumps(PUT_OFF)) == PUT_OFF
    assert hash(copy.copy(PUT_OFF)) == hash(PUT_OFF)
    with pytest.raises(FrozenInstanceError):
        PUT_OFF.code = "unsafe"  # type: ignore[misc]


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(MspRulesError) as refused:
        replace(PUT_OFF, kind="acknowleged")

    assert str(refused.value) == (
        'the "kind" of a feedback is unknown; known are shown, acknowledged, accepted, deferred, '
        'overridden; did you mean "acknowledged"?'
    )


def test_a_naive_datetime_in_a_feedback_is_refused() -> None:
    naive = datetime(2026, 1, 5, 10)  # noqa: DTZ001 - what is refused

    for name in ("at", "until", "review_by"):
        with pytest.raises(MspRulesError, match="without a time zone"):
            replace(PUT_OFF, **{name: naive})
