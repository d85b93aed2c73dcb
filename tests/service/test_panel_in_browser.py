"""The prompt panel in a real browser: by keyboard alone, for everybody, and silent about people."""

from __future__ import annotations

import json

import pytest

from tests.support.panel import HEARD, MARKUP, WIDER, PanelHost
from tests.support.panel_states import (
    ASKED,
    AT_A_CONCERN,
    SAFE,
    STATES,
    WORDS,
    interrupting,
    put_off,
    review,
)
from tests.support.told import told

SMALL = """() => [...document.querySelectorAll('msp-prompts')].flatMap(panel =>
  [...panel.shadowRoot.querySelectorAll('button, input, textarea')]
    .filter(one => one.checkVisibility())
    .map(one => (one.type === 'radio' ? one.parentElement : one).getBoundingClientRect())
    .filter(box => box.width < 24 || box.height < 24))"""
RING = """() => {
  const one = document.querySelector('msp-prompts').shadowRoot.activeElement;
  if (!one) return [];
  const style = getComputedStyle(one);
  return [[one.outerHTML.slice(0, 80), style.outlineStyle, style.outlineWidth]];
}"""
STORED = """async () => [localStorage.length, sessionStorage.length, document.cookie,
  (await indexedDB.databases()).length, (await caches.keys()).length]"""
SET_CASE = "id => document.querySelector('msp-prompts').setAttribute('case', id)"
CANARY = "Kanarienvogel"
LOOKS = [
    {},
    {"width": 320, "color_scheme": "dark"},
    {"width": 1280, "forced_colors": "active"},
    {"width": 320, "reduced_motion": "reduce"},
]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "state"), list(enumerate(STATES)))
def test_everybody_can_use_each_state(host: PanelHost, number: int, state: str) -> None:
    with STATES[state](host, **LOOKS[number % len(LOOKS)]) as panel:
        assert panel.violations() == []
        assert panel.page.evaluate(WIDER) == []
        assert panel.page.evaluate(SMALL) == []
        assert panel.own_alarms == []
        assert {url.startswith(f"{host.address}/") for _, url, _ in panel.requests} == {True}
        assert panel.page.evaluate(STORED) == [0, 0, "", 0, 0]
        assert panel.page.url == f"{host.address}/host"


def test_one_interrupts_three_stand_beside_and_the_others_are_counted(host: PanelHost) -> None:
    with interrupting(host) as panel:
        assert panel.focused == SAFE
        assert panel.page.locator("msp-prompts dialog article").count() == 1
        assert panel.page.locator("msp-prompts .cards > li").count() == 3
        assert "Held back for now: 1" in panel.text()


def test_a_question_that_was_seen_stays_in_its_place_until_it_is_kept_in_the_list(
    host: PanelHost,
) -> None:
    with interrupting(host) as panel:
        panel.refresh()
        assert panel.page.locator("msp-prompts dialog article h3").inner_text() == SAFE

        panel.choose("Keep it in the list")

        assert panel.focused == SAFE
        assert panel.page.locator("msp-prompts .cards h3").first.inner_text() == SAFE


def test_why_says_what_would_settle_it_and_whose_number_it_is(host: PanelHost) -> None:
    with STATES["why"](host) as panel:
        text = panel.text()

        assert "Record a check of immediate safety" in text
        assert "The limit is 24 hours: assumed by this project" in text
        assert "Statutory guidance to the Care Act: 14.62" in text
        panel.press("Escape")
        assert (panel.focused, "The limit is" in panel.text()) == ("Why this question?", False)


def test_a_question_is_put_off_to_no_day_later_than_the_policy_allows(host: PanelHost) -> None:
    with put_off(host) as panel:
        assert "Choose a day that is not later than 6 January 2026." in panel.text()
        assert panel.focused == "Ask again on"
        assert panel.sent() == []

        panel.write_day("2026-01-06")
        panel.choose("Put off")
        panel.wait("Put off until 6 January 2026.")

        (sent,) = panel.sent()
        assert (sent["kind"], sent["until"], sent["role"]) == ("deferred", "2026-01-06", "worker")
        panel.wait("Put off: 1")


def test_a_day_must_be_chosen_and_lie_ahead(host: PanelHost) -> None:
    with interrupting(host) as panel:
        panel.choose("Put off")
        panel.choose("Put off")
        panel.wait("Choose a day.")
        panel.write_day("2026-01-05")
        panel.choose("Put off")
        panel.wait("Choose a day after today.")

        assert panel.sent() == []


def test_what_is_urgent_is_not_noted_without_a_reason(host: PanelHost) -> None:
    with interrupting(host) as panel:
        first = panel.page.locator("msp-prompts dialog button").all_inner_texts()
        second = panel.page.locator("msp-prompts .cards > li:first-child button").all_inner_texts()

    assert ("Noted" in first, "Noted" in second) == (False, True)


def test_a_question_is_noted(host: PanelHost) -> None:
    with interrupting(host) as panel:
        panel.choose("Noted")
        panel.wait("Noted.")

        assert [one["kind"] for one in panel.sent()] == ["acknowledged"]
        assert ASKED in panel.focused


def test_a_reason_asks_for_the_words_and_the_day_that_it_needs(host: PanelHost) -> None:
    with interrupting(host) as panel:
        panel.choose("Give a reason")
        panel.choose("Give this reason")
        panel.wait("Choose a reason.")
        panel.press("Space")
        panel.choose("Give this reason")
        panel.wait("Write a few words.")

        assert panel.focused == "A few words on it"
        assert panel.sent() == []


def test_a_reason_that_explains_nothing_needs_nothing_and_says_so(host: PanelHost) -> None:
    with interrupting(host) as panel:
        panel.choose("Give a reason")
        panel.press("Space", "ArrowUp")
        assert panel.focused == "The question itself seems wrong"
        panel.choose("Give this reason")
        panel.wait("It explains nothing to an auditor.")

        (sent,) = panel.sent()
        assert sent["code"] == "question_seems_wrong"
        assert "has_text" not in sent


def test_words_of_a_worker_go_to_the_host_and_nowhere_else(host: PanelHost) -> None:
    with review(host) as panel:
        panel.page.evaluate(
            "document.addEventListener('msp-answer', one => {"
            " if (one.detail.words) window.heard = one.detail })"
        )
        panel.choose("Give this reason")
        panel.wait("It counts once it is in the record.")

        (sent,) = panel.sent()
        assert (sent["has_text"], sent["review_by"]) == (True, "2026-01-12")
        heard = panel.page.evaluate("window.heard")
        assert heard["words"] == WORDS
        assert heard["reply"]["record"]["type"] == "explanation"
        everywhere = panel.page.evaluate(f"{MARKUP} + location.href")
        fields = (
            "[...document.querySelector('msp-prompts').shadowRoot.querySelectorAll('textarea')]"
        )
        assert WORDS not in everywhere
        assert panel.page.evaluate(f"{fields}.map(one => one.value)") == []
        assert [one for one in panel.requests if WORDS[:8] in json.dumps(one)] == []
        assert panel.alarms == []


def test_no_text_of_a_record_comes_into_a_page(host: PanelHost) -> None:
    case = host.new_case()
    said = {"not_given_reason": CANARY}
    host.record(told("referrer_feedback", 2, "2026-01-05T11:00:00", case=case, **said))
    with host.page({"case": case, **AT_A_CONCERN}) as panel:
        panel.wait(SAFE)
        panel.choose("Why this question?")
        with panel.page.expect_response("**/prompts?*") as answered:
            panel.refresh()

        assert CANARY not in answered.value.text()
        assert CANARY not in panel.page.evaluate(MARKUP)
        assert panel.alarms == []


def test_a_promise_has_the_host_open_its_form_and_says_when_it_is_asked_again(
    host: PanelHost,
) -> None:
    with interrupting(host) as panel:
        panel.page.evaluate(
            "document.addEventListener('msp-record', one => { window.asked = one.detail })"
        )
        panel.choose("I will record it")
        panel.wait("Promised. It is asked again on 5 January 2026 at 16:00")

        asked = panel.page.evaluate("window.asked")
        assert asked["rule"] == "RISK-01"
        assert [one["event"] for one in asked["missing"]] == ["immediate_safety_check"]
        assert [one["kind"] for one in panel.sent()] == ["accepted"]
        panel.wait("Promised: 1")


def test_two_screens_see_what_the_other_answers(host: PanelHost) -> None:
    one = {"case": host.new_case(), **AT_A_CONCERN}
    with host.page(one, one, width=900) as panel:
        panel.wait(SAFE)
        panel.page.locator("msp-prompts .cards h3").nth(5).wait_for()
        panel.tab_to("Note", key="Shift+Tab")  # whichever of the two came first has the focus
        panel.choose("I will record it")
        panel.wait("Promised.")
        assert SAFE in panel.page.locator("msp-prompts").nth(1).locator("h3").all_inner_texts()

        panel.refresh()

        left, right = panel.text(0), panel.text(1)
        headings = panel.page.locator("msp-prompts").nth(1).locator("h3").all_inner_texts()
        heard = panel.page.locator("msp-prompts").nth(1).locator("[role=status] p").first
        assert SAFE not in headings
        assert heard.inner_text() == f"{SAFE} Promised elsewhere."
        assert ("Promised: 1" in left, "Promised: 1" in right) == (True, True)


def test_who_writes_while_a_colleague_answers_keeps_the_words_and_the_focus(
    host: PanelHost,
) -> None:
    with STATES["elsewhere"](host) as panel:
        assert "It is settled, or not asked any more." in panel.text()
        assert panel.focused == "A few words on it"
        assert panel.page.locator("msp-prompts textarea").input_value() == WORDS

        panel.choose("Close")

        assert panel.focused == "Questions on this case"
        assert SAFE not in panel.page.locator("msp-prompts h3").all_inner_texts()


def test_cards_and_words_vanish_after_a_purge(host: PanelHost) -> None:
    with STATES["purged"](host) as panel:
        lines = {line for line in panel.text().split("\n") if line}
        assert lines == {"Questions on this case", "Nothing is held on this case."}
        assert panel.page.locator("msp-prompts textarea, msp-prompts article").count() == 0


def test_what_was_announced_vanishes_after_a_purge_too(host: PanelHost) -> None:
    case = host.new_case()
    with host.page({"case": "", **AT_A_CONCERN}) as panel:
        panel.tab_to("Note")
        panel.page.evaluate(SET_CASE, case)
        panel.wait(f"Urgent: {SAFE}")
        host.settle(case)
        panel.refresh()
        assert panel.page.locator(HEARD).inner_text().startswith(SAFE)
        host.service.desk.purge(case)

        panel.refresh()

        assert SAFE not in panel.page.evaluate(MARKUP)


def test_another_case_takes_all_of_the_first_away(host: PanelHost) -> None:
    with interrupting(host) as panel:
        panel.choose("I will record it")
        panel.wait("Promised.")

        panel.page.evaluate(SET_CASE, host.new_case())
        panel.wait(SAFE)

        assert "Promised" not in panel.page.evaluate(MARKUP)


def test_another_step_has_its_own_questions_and_no_other_is_said_to_be_settled(
    host: PanelHost,
) -> None:
    with interrupting(host) as panel:
        panel.page.evaluate(
            "document.querySelector('msp-prompts').setAttribute('step', 'case_closed')"
        )
        panel.gone(ASKED)

        assert panel.page.locator(HEARD).inner_text() == ""


def test_a_question_that_ended_is_closed_by_escape(host: PanelHost) -> None:
    with STATES["elsewhere"](host) as panel:
        panel.press("Escape")

        assert SAFE not in panel.page.locator("msp-prompts h3").all_inner_texts()
        assert panel.focused == "Questions on this case"


def test_who_is_in_the_midst_of_something_keeps_the_focus_and_is_given_it_back(
    host: PanelHost,
) -> None:
    case = host.new_case()
    with host.page({"case": "", **AT_A_CONCERN}) as panel:
        panel.tab_to("Note")
        panel.page.evaluate(SET_CASE, case)
        panel.wait(SAFE)

        assert panel.focused == "Note"
        assert panel.page.locator("msp-prompts [role=alert]").first.inner_text() == (
            f"Urgent: {SAFE}"
        )
        panel.tab_to("Keep it in the list")
        panel.press("Enter")
        assert panel.focused == "Note"


def test_whatever_has_the_focus_shows_it(host: PanelHost) -> None:
    with review(host, forced_colors="active") as panel:
        rings = []
        panel.press(*["Shift+Tab"] * 12)
        for _ in range(24):
            rings += panel.page.evaluate(RING)
            panel.press("Tab")

        assert len(rings) > 10
        assert [one for one in rings if one[1:] != ["solid", "3px"]] == []


def test_a_modal_interruption_holds_the_focus_until_it_is_kept_in_the_list(host: PanelHost) -> None:
    with host.page({"case": host.new_case(), "modal": None, **AT_A_CONCERN}) as panel:
        panel.wait(SAFE)
        assert panel.page.locator("msp-prompts dialog:modal").count() == 1
        assert panel.violations() == []

        panel.press("Escape")

        assert panel.page.locator("msp-prompts dialog:modal").count() == 0
        assert panel.focused == SAFE


def test_the_focus_stays_where_it_is_when_nothing_changes(host: PanelHost) -> None:
    with interrupting(host) as panel:
        panel.tab_to("Why this question?")
        panel.page.evaluate("window.before = document.activeElement.shadowRoot.activeElement")

        panel.refresh()

        same = "window.before === document.activeElement.shadowRoot.activeElement"
        assert panel.page.evaluate(same)


def test_an_answer_that_could_not_be_sent_is_sent_again_as_the_same(host: PanelHost) -> None:
    with STATES["offline"](host) as panel:
        assert "What stands here is as of 12:00." in panel.text()
        panel.page.context.set_offline(False)
        panel.choose("Put off")
        panel.wait("Put off until 6 January 2026.")

        first, second = panel.sent()
        assert first == second
        panel.page.locator("msp-prompts .notice").wait_for(state="hidden")


def test_it_asks_again_by_itself(host: PanelHost) -> None:
    case = host.new_case()
    with host.page({"case": case, **AT_A_CONCERN, "poll": "0.2"}) as panel:
        panel.wait(SAFE)
        panel.press("Escape", "Shift+Tab")
        host.settle(case)

        panel.gone(SAFE)
