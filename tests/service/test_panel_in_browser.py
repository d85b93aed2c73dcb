"""The prompt panel in a real browser: by keyboard alone, for everybody, and silent about people."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.rules.language.catalogue import fixed_words
from msp_rules.rules.language.rule import LanguageWords, RuleWords
from msp_rules.service.application import Settings, build_application
from msp_rules.service.calls import OPERATIONS
from msp_rules.service.configuration import ServiceSettings, TenantSettings
from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.opening import OpenTenants
from msp_rules.service.panel.demonstration import DEMONSTRATION, DEMONSTRATION_PATH
from msp_rules.service.tenants import DEFAULT_TENANT, FixedTenants
from msp_rules.service.worker import WorkerTask, build_service
from tests.support import effort
from tests.support.command_line import ROOT
from tests.support.core import core_ruleset
from tests.support.panel import Panel, PanelHost, panel_host
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
from tests.support.service import Service, serve
from tests.support.told import CASE, concern, told

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright",
    reason="no panel is opened: axe-playwright-python is not installed",
)

PAGE = (ROOT / "docs/panel.md").read_text(encoding="utf-8")
# What a browser itself writes of a call that failed: it names the call, which names the case.
OF_THE_BROWSER = "Failed to load resource"
WIDER = """() => [...document.querySelectorAll('msp-prompts')].flatMap(panel =>
  [...panel.shadowRoot.querySelectorAll('*:not(.heard, .heard *)')].filter(one =>
    one.getBoundingClientRect().right > innerWidth + 1 || one.getBoundingClientRect().left < -1
  ).map(one => one.outerHTML.slice(0, 80)))"""
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
ARABIC = "ar"
CANARY = "Kanarienvogel"
MARKUP = (
    "document.documentElement.outerHTML"
    " + document.querySelector('msp-prompts').shadowRoot.querySelector('.frame').outerHTML"
)
HEARD = "msp-prompts [role=status]"
HAND_IN = """found => {
  const panel = document.querySelector('msp-prompts');
  const heard = panel.shadowRoot.querySelector('[role=status]');
  window.watch ??= new MutationObserver(changes => {
    for (const one of changes) for (const node of one.removedNodes) window.said = node.textContent;
  });
  window.watch.observe(heard, {childList: true});
  panel.document = found;
}"""
"""Hands a document in, and keeps what was announced before the latest."""
ANSWER_ALL = """void document.querySelector('msp-prompts').addEventListener('msp-feedback',
  one => one.detail.respondWith({heard_as: 'heard', counts: true, needs: []}))"""
WITHIN = "document.activeElement === document.querySelector('msp-prompts')"
NOWHERE = "document.activeElement === document.body"
ARTICLES = "[...document.querySelector('msp-prompts').shadowRoot.querySelectorAll('article')]"
ENDED = f"{ARTICLES}.filter(one => one.querySelector('.said')).length"
SHOWN = f"{ARTICLES}.filter(one => !one.querySelector('.said')).length"
KEYS = ["Tab", "Tab", "Tab", "Shift+Tab", "Enter", "Space", "Escape", "ArrowDown", "x"]
LOOKS = [
    {},
    {"width": 320, "color_scheme": "dark"},
    {"width": 1280, "forced_colors": "active"},
    {"width": 320, "reduced_motion": "reduce"},
]


def bracketed(text: str) -> str:
    """A text as a translator would leave it in brackets."""
    return f"⟦{text}⟧"


def arabic_engine() -> Engine:
    """The core in a language in which every text is in brackets."""
    core = core_ruleset()
    words = LanguageWords(
        language=ARABIC,
        rules={
            rule.id: RuleWords(
                title=bracketed(rule.title),
                summary=bracketed(rule.prompt.summary[:130] + "?"),
                finding=bracketed(rule.finding),
                why=None if rule.why is None else bracketed(rule.why),
                counts=None if rule.counts is None else bracketed(rule.counts),
            )
            for rule in core.rules
        },
        texts={text: bracketed(text) for text in fixed_words(core_vocabulary())},
        roles={},
    )
    return Engine(replace(core, words=(words,)))


@pytest.fixture(scope="module")
def host(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, empty_memory: Path, engine: Engine
) -> Iterator[PanelHost]:
    path = shutil.copy(empty_memory, tmp_path_factory.mktemp("panel") / "service.db")
    with panel_host(Service(Path(path), engine), browser) as opened:
        yield opened


def violations(panel: Panel) -> list[str]:
    found = axe.Axe().run(panel.page).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "state"), list(enumerate(STATES)))
def test_everybody_can_use_each_state(host: PanelHost, number: int, state: str) -> None:
    with STATES[state](host, **LOOKS[number % len(LOOKS)]) as panel:
        assert violations(panel) == []
        assert panel.page.evaluate(WIDER) == []
        assert panel.page.evaluate(SMALL) == []
        assert [one for one in panel.alarms if not one.startswith(OF_THE_BROWSER)] == []
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
        panel.choose("I will record it")
        panel.wait("Promised.")
        assert SAFE in panel.page.locator("msp-prompts").nth(1).locator("h3").all_inner_texts()

        panel.refresh()

        left, right = panel.text(0), panel.text(1)
        headings = panel.page.locator("msp-prompts").nth(1).locator("h3").all_inner_texts()
        heard = panel.page.locator("msp-prompts").nth(1).locator("[role=status]").inner_text()
        assert SAFE not in headings
        assert heard == f"{SAFE} Promised elsewhere."
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
    with host.page({"case": case, **AT_A_CONCERN}) as panel:
        panel.wait(SAFE)
        panel.press("Escape", "Shift+Tab")
        host.settle(case)
        panel.refresh()
        assert panel.page.locator(HEARD).inner_text().startswith(SAFE)
        host.service.desk.purge(case)

        panel.refresh()

        assert SAFE not in panel.page.evaluate(MARKUP)


def test_another_step_has_its_own_questions_and_no_other_is_said_to_be_settled(
    host: PanelHost,
) -> None:
    with interrupting(host) as panel:
        panel.page.evaluate(
            "document.querySelector('msp-prompts').setAttribute('step', 'case_closed')"
        )
        panel.gone(ASKED)

        assert panel.page.locator(HEARD).inner_text() == ""


def test_a_question_that_gave_way_to_a_more_pressing_one_is_not_said_to_be_settled(
    host: PanelHost,
) -> None:
    document = _document(host)
    before = {**document, "interrupting": [], "held_back": 1}
    after = {**document, "passive": document["passive"][:2], "held_back": 2}
    with host.page({}) as panel:
        for one in (before, after):
            panel.page.evaluate(HAND_IN, one)

        heard = panel.page.locator(HEARD).inner_text()
        assert heard.startswith("New questions:")
        assert panel.page.evaluate("window.said").endswith(
            "It is settled, or held back while others are more pressing."
        )


def test_a_question_that_ended_is_closed_by_escape(host: PanelHost) -> None:
    with STATES["elsewhere"](host) as panel:
        panel.press("Escape")

        assert SAFE not in panel.page.locator("msp-prompts h3").all_inner_texts()
        assert panel.focused == "Questions on this case"


def test_a_card_of_another_maker_may_say_less(host: PanelHost) -> None:
    card = {"uuid": "a-card", "summary": "Is there a plan?", "indicator": "warning"}
    with host.page({}) as panel:
        panel.page.evaluate(HAND_IN, {"passive": [card]})
        panel.wait("Is there a plan?")
        panel.choose("Noted")
        panel.wait("Noted.")

        assert panel.alarms == []


def test_documents_of_another_case_take_the_answers_of_the_first_away(host: PanelHost) -> None:
    first, second = _document(host), _document(host)
    with host.page({}) as panel:
        panel.page.evaluate(HAND_IN, first)
        panel.choose("I will record it")
        panel.wait("Promised.")

        panel.page.evaluate(HAND_IN, second)

        assert "Promised." not in panel.text()
        assert panel.page.locator("msp-prompts h3").count() == 4


def test_who_is_in_the_midst_of_something_keeps_the_focus_and_is_given_it_back(
    host: PanelHost,
) -> None:
    case = host.new_case()
    with host.page({"case": "", **AT_A_CONCERN}) as panel:
        panel.tab_to("Note")
        panel.page.evaluate(f"document.querySelector('msp-prompts').setAttribute('case', '{case}')")
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
        assert violations(panel) == []

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
        assert "There is no connection" not in panel.text()


def test_it_asks_again_by_itself(host: PanelHost) -> None:
    case = host.new_case()
    with host.page({"case": case, **AT_A_CONCERN, "poll": "0.2"}) as panel:
        panel.wait(SAFE)
        panel.press("Escape", "Shift+Tab")
        host.settle(case)

        panel.gone(SAFE)


def test_a_role_of_the_work_is_no_role_of_aria(host: PanelHost) -> None:
    with interrupting(host) as panel:
        element = "document.querySelector('msp-prompts')"

        assert panel.page.evaluate(f"{element}.getAttribute('role')") is None
        assert panel.page.evaluate(f"{element}.getAttribute('worker-role')") == "worker"


def test_a_token_is_asked_for_each_call_and_stands_in_no_attribute(host: PanelHost) -> None:
    with host.page({"case": host.new_case(), **AT_A_CONCERN}) as panel:
        panel.wait_until_seen()
        headers: list[str | None] = []
        panel.page.on("request", lambda one: headers.append(one.headers.get("authorization")))
        panel.page.evaluate(
            "void (document.querySelector('msp-prompts').token ="
            " async ({method, url}) => `${method}-${new URL(url).pathname.split('/').pop()}`)"
        )
        panel.choose("Noted")
        panel.wait("Noted.")

        assert set(headers) == {"Bearer GET-prompts", "Bearer POST-feedback"}
        assert "GET-prompts" not in panel.page.content()


def test_a_host_that_hands_documents_in_gets_the_answers_and_no_call_is_made(
    host: PanelHost,
) -> None:
    document = _document(host)
    with host.page({"role": "worker"}) as panel:
        before = len(panel.requests)
        panel.page.evaluate(
            """found => {
              const panel = document.querySelector('msp-prompts');
              window.heard = [];
              panel.addEventListener('msp-feedback', one => {
                window.heard.push([one.detail.feedback.kind, one.detail.words]);
                one.detail.respondWith({heard_as: 'heard', counts: true, needs: []});
              });
              panel.document = found;
            }""",
            document,
        )
        panel.wait(SAFE)
        panel.choose("Give a reason")
        panel.press("Space", "ArrowDown", "Tab")
        panel.write(WORDS)
        panel.choose("Give this reason")
        panel.wait("It counts once it is in the record.")

        heard = panel.page.evaluate("window.heard")
        assert [kind for kind, _ in heard] == ["shown"] * 4 + ["overridden"]
        assert heard[-1][1] == WORDS
        assert panel.requests[before:] == []


def _document(host: PanelHost) -> Any:
    case = host.new_case()
    path = f"/cases/{case}/prompts?step=concern_raised&role=worker"
    return host.service.client.get(path).json()


def test_nothing_hostile_in_a_document_runs_or_is_shown_as_markup(host: PanelHost) -> None:
    document = _document(host)
    bad = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    (card,) = document["interrupting"]
    card["summary"], card["detail"] = bad, f"**{bad}**\n\n{bad}\n\n- [x](javascript:alert(3))"
    card["source"]["url"] = "javascript:alert(4)"
    card["links"] = [{"label": bad, "url": "data:text/html,x", "type": "absolute"}]
    card["overrideReasons"][0]["display"] = bad
    with host.page({}) as panel:
        panel.page.on("dialog", lambda one: (panel.alarms.append("dialog"), one.dismiss()))
        panel.page.evaluate(HAND_IN, document)
        panel.choose("Why this question?")
        panel.choose("Give a reason")

        shadow = "document.querySelector('msp-prompts').shadowRoot"
        assert panel.page.evaluate(f"{shadow}.querySelectorAll('img, script, style').length") == 0
        assert panel.page.locator("msp-prompts dialog a").count() == 0
        assert bad in panel.text()
        assert panel.alarms == []


def test_the_page_of_a_host_works_as_docs_panel_has_it(host: PanelHost) -> None:
    markup, script = re.findall(r"```(?:html|js)\n(.+?)```", PAGE, re.DOTALL)
    case = host.new_case()
    attributes = re.findall(r'([\w-]+)="([^"]*)"', markup.splitlines()[0])
    with host.page({**dict(attributes), "case": case}) as panel:
        panel.page.route(
            "**/prompt-token?for=*", lambda route: route.fulfill(body="a-token", status=200)
        )
        panel.page.evaluate(
            "window.kept = [];"
            f"window.keep = window.openForm = (one) => window.kept.push(one); {script}"
        )
        panel.wait(SAFE)
        panel.choose("I will record it")
        panel.wait("Promised.")
        panel.choose("Give a reason")
        panel.press("Space", "ArrowDown", "Tab")
        panel.write(WORDS)
        panel.tab_to("Look at it again on")
        panel.write_day("2026-01-12")
        panel.choose("Give this reason")
        panel.wait("It counts once it is in the record.")

        form, explanation = panel.page.evaluate("window.kept")
        assert form == "immediate_safety_check"
        assert (explanation["type"], explanation["text"]) == ("explanation", WORDS)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(effort.of(1, thorough=40)))
def test_whatever_comes_and_whatever_is_pressed_nothing_fails_and_no_focus_is_lost(
    host: PanelHost, seed: int
) -> None:
    chance = random.Random(seed)
    document = _document(host)
    pool = [*document["interrupting"], *document["passive"]]
    for one in pool:
        one["source"].pop("url", None)  # so that no key opens another page
    pool += [{**one, "uuid": f"other-{one['uuid']}"} for one in pool]
    with host.page({}) as panel:
        panel.page.evaluate(ANSWER_ALL)
        for _ in range(40):
            shown = chance.sample(pool, chance.randrange(5))
            urgent = chance.randrange(2)
            parts = {"interrupting": shown[:urgent], "passive": shown[urgent:]}
            found = {**document, **parts, "held_back": chance.randrange(3)}
            was_within = panel.page.evaluate(WITHIN)

            panel.page.evaluate(HAND_IN, found)

            assert panel.page.evaluate(WITHIN) or not was_within
            headings = panel.page.locator("msp-prompts h3").all_inner_texts()
            wanted = {one["uuid"] for one in shown}
            assert panel.page.evaluate(SHOWN) <= len(shown)
            assert len(headings) <= len(wanted) + panel.page.evaluate(ENDED)
            assert panel.page.locator("msp-prompts dialog article").count() <= 1
            is_within = panel.page.evaluate(WITHIN)
            keys = chance.choices(KEYS, k=chance.randrange(8))
            panel.press(*keys)
            panel.page.evaluate("new Promise(done => requestAnimationFrame(done))")
            is_left = any(one.endswith("Tab") for one in keys)
            assert not panel.page.evaluate(NOWHERE) or not is_within or is_left

        assert panel.alarms == []


def test_variables_of_the_host_set_the_colours(host: PanelHost) -> None:
    with interrupting(host) as panel:
        colour = (
            "getComputedStyle(document.querySelector('msp-prompts')"
            ".shadowRoot.querySelector('.frame')).backgroundColor"
        )
        before = panel.page.evaluate(colour)
        panel.page.evaluate(
            "const sheet = new CSSStyleSheet(); sheet.replaceSync("
            "'msp-prompts { --msp-surface: rgb(1, 2, 3) }'); document.adoptedStyleSheets = [sheet]"
        )

        assert (before, panel.page.evaluate(colour)) == ("rgb(255, 255, 255)", "rgb(1, 2, 3)")


def test_two_screens_of_the_demonstration_show_one_case(host: PanelHost, browser: Any) -> None:
    tenants = FixedTenants({DEFAULT_TENANT: host.service.tenant})
    calls = (*OPERATIONS, *DEMONSTRATION)
    application = build_application(tenants, Settings(), operations=calls)
    with serve(application) as address:
        page = browser.new_page(locale="en-GB")
        panel = Panel(page)
        page.goto(f"{address}{DEMONSTRATION_PATH}")
        panel.wait("Nothing is held on this case.")
        panel.choose("A concern is raised")
        page.locator("msp-prompts h3", has_text=SAFE).nth(1).wait_for(timeout=5000)
        assert violations(panel) == []
        panel.choose("I will record it")
        panel.wait("Promised.")
        assert panel.focused == "A safety check: safe"
        panel.wait("accepted")
        panel.choose("Purge the case")
        panel.gone("Promised: 1")

        assert [one for one in panel.alarms if not one.startswith(OF_THE_BROWSER)] == []
        assert {url.startswith(f"{address}/") for _, url, _ in panel.requests} == {True}
        page.context.close()


def test_a_page_of_another_origin_shows_a_panel_where_it_is_listed(
    host: PanelHost, browser: Any
) -> None:
    markup: list[str] = []
    of_the_host = Starlette(routes=[Route("/host", lambda _: HTMLResponse(markup[0]))])
    with serve(of_the_host) as origin, serve(_listing(host.service, origin)) as address:
        markup.append(
            f"""<!DOCTYPE html><html lang="en"><title>A host</title><h1>A case</h1>
            <msp-prompts case="{host.new_case()}" step="concern_raised" poll="0"></msp-prompts>
            <script type="module" src="{address}/panel/msp-prompts.js"></script>"""
        )
        page = browser.new_page()
        panel = Panel(page)
        page.goto(f"{origin}/host")
        panel.wait(SAFE)
        panel.choose("I will record it")
        panel.wait("Promised.")

        assert [one for one in panel.alarms if not one.startswith(OF_THE_BROWSER)] == []
        page.context.close()


def _listing(service: Service, origin: str) -> ASGIApp:
    """The service with its gate and all else, which lets the pages of an origin call."""
    settings = ServiceSettings(tenants=(TenantSettings(name=DEFAULT_TENANT),), origins=(origin,))
    task = WorkerTask(settings=settings, loaded=(), sockets=())
    opened = OpenTenants(FixedTenants({DEFAULT_TENANT: service.tenant}), {}, ExitStack())
    return build_service(task, opened, ServiceMetrics())


@pytest.mark.slow
def test_every_word_of_the_panel_comes_from_a_catalogue_and_runs_from_right_to_left(
    browser: Any, tmp_path: Path, empty_memory: Path
) -> None:
    path = Path(shutil.copy(empty_memory, tmp_path / "service.db"))
    with panel_host(Service(path, arabic_engine()), browser) as host:
        host.record(concern())
        attributes = {"case": CASE, **AT_A_CONCERN, "language": "ar-EG"}
        with host.page(attributes, width=320) as panel:
            panel.wait(bracketed("Held back for now: 1"))
            panel.choose(bracketed("Why this question?"))
            panel.choose(bracketed("Give a reason"))
            panel.press("Space")
            frame = panel.page.locator("msp-prompts .frame")

            assert (frame.get_attribute("lang"), frame.get_attribute("dir")) == ("ar", "rtl")
            assert [line for line in panel.text().split("\n") if _outside(line)] == []
            assert panel.page.evaluate(WIDER) == []
            assert violations(panel) == []


def _outside(line: str) -> bool:
    """Whether a line is neither in brackets nor names a source."""
    named = ("Making Safeguarding", "Statutory guidance", "Care Act", "West Midlands")
    return bool(line.strip()) and "⟦" not in line and not line.startswith(named)
