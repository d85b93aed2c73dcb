"""The prompt panel in the pages of hosts: of any origin, with documents, in any language."""

from __future__ import annotations

import random
import re
import shutil
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.prompts.store.used_tokens import UsedTokens
from msp_rules.rules.language.catalogue import fixed_words
from msp_rules.rules.language.rule import LanguageWords, RuleWords
from msp_rules.service.application import Settings, build_application
from msp_rules.service.calls import OPERATIONS
from msp_rules.service.configuration import ClientSettings, ServiceSettings, TenantSettings
from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.opening import OpenTenants
from msp_rules.service.panel.demonstration import DEMONSTRATION, DEMONSTRATION_PATH
from msp_rules.service.tenants import DEFAULT_TENANT, FixedTenants
from msp_rules.service.worker import WorkerTask, build_service
from tests.support import effort
from tests.support.clients import ISS, claims_for, key_file, token
from tests.support.command_line import ROOT
from tests.support.core import core_ruleset
from tests.support.panel import HAND_IN, HEARD, WIDER, Panel, PanelHost, panel_host
from tests.support.panel_states import (
    AT_A_CONCERN,
    SAFE,
    WORDS,
    interrupting,
)
from tests.support.service import Service, serve
from tests.support.told import CASE, concern

PAGE = (ROOT / "docs/panel.md").read_text(encoding="utf-8")
ADDRESS = "https://prompts.example.org"
ARABIC = "ar"
ANSWER_ALL = """void document.querySelector('msp-prompts').addEventListener('msp-feedback',
  one => one.detail.respondWith({heard_as: 'heard', counts: true, needs: []}))"""
WITHIN = "document.activeElement === document.querySelector('msp-prompts')"
NOWHERE = "document.activeElement === document.body"
ARTICLES = "[...document.querySelector('msp-prompts').shadowRoot.querySelectorAll('article')]"
ENDED = f"{ARTICLES}.filter(one => one.querySelector('.said')).length"
SHOWN = f"{ARTICLES}.filter(one => !one.querySelector('.said')).length"
KEYS = ["Tab", "Tab", "Tab", "Shift+Tab", "Enter", "Space", "Escape", "ArrowDown", "x"]


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


def test_a_question_that_gave_way_to_a_more_pressing_one_is_not_said_to_be_settled(
    host: PanelHost,
) -> None:
    document = _document(host)
    before = {**document, "interrupting": [], "held_back": 1}
    after = {**document, "passive": document["passive"][:2], "held_back": 2}
    with host.page({}) as panel:
        for one in (before, after):
            panel.page.evaluate(HAND_IN, one)

        gone, new = panel.page.locator(f"{HEARD} p").all_inner_texts()
        assert gone.endswith("It is settled, or held back while others are more pressing.")
        assert new.startswith("New questions:")


def test_a_question_that_returns_while_somebody_writes_can_be_answered(host: PanelHost) -> None:
    document = _document(host)
    with host.page({}) as panel:
        panel.page.evaluate(HAND_IN, document)
        panel.choose("Give a reason")
        panel.press("Space", "ArrowDown", "Tab")
        panel.write(WORDS)
        panel.page.evaluate(HAND_IN, {**document, "interrupting": []})
        panel.wait("It is settled, or not asked any more.")

        panel.page.evaluate(HAND_IN, document)
        panel.write(" At nine.")
        panel.choose("Give this reason")
        panel.wait("The reason is given.")

        assert "It is settled" not in panel.page.locator("msp-prompts .body").first.inner_text()


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


def test_a_role_of_the_work_is_no_role_of_aria(host: PanelHost) -> None:
    with interrupting(host) as panel:
        element = "document.querySelector('msp-prompts')"

        assert panel.page.evaluate(f"{element}.getAttribute('role')") is None
        assert panel.page.evaluate(f"{element}.getAttribute('worker-role')") == "worker"


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
        assert panel.violations() == []
        panel.choose("I will record it")
        panel.wait("Promised.")
        assert panel.focused == "A safety check: safe"
        panel.wait("accepted")
        panel.choose("Purge the case")
        panel.gone("Promised: 1")

        assert panel.own_alarms == []
        assert {url.startswith(f"{address}/") for _, url, _ in panel.requests} == {True}
        page.context.close()


def test_a_page_of_another_origin_shows_a_panel_with_a_token_of_its_own_for_each_call(
    host: PanelHost, browser: Any, tmp_path: Path
) -> None:
    markup, called = list[str](), list[str]()

    def give_token(request: Request) -> PlainTextResponse:
        called.append(urlsplit(request.query_params["for"]).path)
        claims = claims_for(f"{ADDRESS}{called[-1]}", DEFAULT_TENANT)
        return PlainTextResponse(token(claims))

    routes = [Route("/host", lambda _: HTMLResponse(markup[0])), Route("/token", give_token)]
    with (
        serve(Starlette(routes=routes)) as origin,
        serve(_guarded(host.service, origin, key_file(tmp_path, "ec"))) as address,
    ):
        case = host.new_case()
        markup.append(_OF_ANOTHER.format(case=case, address=address))
        page = browser.new_page()
        panel = Panel(page)
        page.goto(f"{origin}/host")
        panel.wait(SAFE)
        panel.choose("I will record it")
        panel.wait("Promised.")

        assert set(called) == {
            *("/panel/messages", f"/cases/{case}/prompts", f"/cases/{case}/feedback")
        }
        assert panel.own_alarms == []
        assert "eyJ" not in page.content()
        page.context.close()


_OF_ANOTHER = """<!DOCTYPE html><html lang="en"><title>A host</title><h1>A case</h1>
<msp-prompts case="{case}" step="concern_raised" poll="0" language="cy"></msp-prompts>
<script>document.querySelector("msp-prompts").token = async ({{url}}) =>
  (await fetch(`/token?for=${{encodeURIComponent(url)}}`)).text();</script>
<script type="module" src="{address}/panel/msp-prompts.js"></script>"""


def _guarded(service: Service, origin: str, keys: Path) -> ASGIApp:
    """The service with its gate and all else, for a client with keys and the pages of an origin."""
    client = ClientSettings(iss=ISS, keys=keys, tenants=frozenset({DEFAULT_TENANT}))
    settings = ServiceSettings(
        tenants=(TenantSettings(name=DEFAULT_TENANT),),
        clients=(client,),
        address=ADDRESS,
        origins=(origin,),
    )
    opened = OpenTenants(
        FixedTenants({DEFAULT_TENANT: service.tenant}),
        {DEFAULT_TENANT: UsedTokens(service.memory.database)},
        ExitStack(),
    )
    task = WorkerTask(settings=settings, loaded=(), sockets=())
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
            assert panel.violations() == []


def _outside(line: str) -> bool:
    """Whether a line is neither in brackets nor names a source."""
    named = ("Making Safeguarding", "Statutory guidance", "Care Act", "West Midlands")
    return bool(line.strip()) and "⟦" not in line and not line.startswith(named)
