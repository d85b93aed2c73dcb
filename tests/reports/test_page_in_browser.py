"""The report page in a real browser: usable by everybody, silent, and nothing in it runs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.support.hostile_export import CANARIES, hostile_rules, write_hostile_export
from tests.support.reported import report

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright",
    reason="the report page is not opened: axe-playwright-python is not installed",
)

DEMO = Path(__file__).parents[2] / "rulesets/msp-core/cases/made-up-council.xml"
FEW_RULES = ("ASK-01", "COM-01", "DUR-01", "RISK-01", "X-HOSTILE-01")
HOSTILE_NAME = '=a"><img src=x onerror=alert(1)>.xml'
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"
WIDER = """() => [...document.body.querySelectorAll('*')].filter(one =>
  !one.closest('.wide') && !one.closest('.skip') &&
  one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80))"""
NewPage = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any) -> Iterator[NewPage]:
    contexts = []

    def opened(path: Path, width: int = 1280, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    report(DEMO, out, "html")
    return out / "report.html"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few cases under an overlay with a waiver and a filter; every text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    root = etree.parse(DEMO)
    for case in root.findall("{*}case")[len(CANARIES) :]:
        case.getparent().remove(case)
    root.write(folder / "few.xml")
    write_hostile_export(folder / "few.xml", folder / HOSTILE_NAME)
    ruleset = hostile_rules(folder)
    # Few rules: axe looks at every word of every one of them.
    few = tuple(rule for rule in ruleset.rules if rule.id in FEW_RULES)
    ruleset = replace(ruleset, rules=few)
    report(folder / HOSTILE_NAME, folder / "out", "html", ruleset=ruleset)
    return folder / "out/report.html"


def violations(page: Any) -> list[str]:
    found = axe.Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "scheme", "verdict"),
    # Each pair of a width, a scheme, and whether a filter is on: a run of axe takes its time.
    [(1280, "light", ""), (1280, "dark", "not_met"), (360, "light", "not_met"), (360, "dark", "")],
)
def test_axe_finds_no_violation(
    open_page: NewPage, hostile: Path, width: int, scheme: str, verdict: str
) -> None:
    page = open_page(hostile, width, color_scheme=scheme)
    page.evaluate(OPEN_ALL)
    page.select_option("#verdict", verdict)

    assert ("with" in page.inner_text("#shown")) == bool(verdict)
    assert violations(page) == []


def test_light_and_dark_differ(open_page: NewPage, hostile: Path) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"

    light = open_page(hostile, color_scheme="light").evaluate(colour)
    dark = open_page(hostile, color_scheme="dark").evaluate(colour)

    assert light == "rgb(255, 255, 255)"
    assert dark != light


def test_nothing_hostile_runs_and_no_request_leaves(browser: Any, hostile: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    requests, alarms = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: alarms.append(str(error)))
    page.on("console", lambda message: alarms.append(message.text))

    page.goto(hostile.as_uri())
    page.evaluate(OPEN_ALL)
    page.fill("#text", "alert(1)")
    page.wait_for_timeout(200)

    assert alarms == []
    assert requests == [hostile.as_uri()]
    assert page.evaluate("[...document.scripts].length") == 1
    assert page.locator("img, iframe, object, link, [onerror], [onclick], [style]").count() == 0
    text = page.inner_text("body")
    for canary in CANARIES:
        assert canary.strip() in text, canary
    assert HOSTILE_NAME in text
    context.close()


def test_the_page_runs_no_script_but_its_own(open_page: NewPage, hostile: Path) -> None:
    page = open_page(hostile)

    page.evaluate(
        "const one = document.createElement('script'); one.textContent = 'window.ran = 1';"
        "document.body.append(one)"
    )

    assert page.evaluate("window.ran") is None


def test_filters_show_the_cases_behind_a_number(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo)
    cases = page.locator("article").count()
    for rule, verdict in (("ASK-01", "not_met"), ("COM-01", "met"), ("RISK-01", "cannot_tell")):
        cell = page.locator(f"#by-rule tr[data-rule={rule}] td[data-verdict={verdict}]")
        count = int(cell.inner_text())

        page.select_option("#rule", rule)
        page.select_option("#verdict", verdict)

        shown = page.locator(f"li[data-r={rule}][data-v={verdict}]:visible")
        assert shown.count() == count > 0
        assert page.locator(".answers > li:visible").count() == count
        behind = page.locator("article:visible").count()
        assert page.inner_text("#shown") == (
            f"{behind} of {cases} cases shown, with {count} answers"
        )

    page.click("text=Show all")
    page.wait_for_function("document.querySelectorAll('article[hidden]').length === 0")
    assert page.inner_text("#shown") == f"{cases} of {cases} cases shown"
    assert page.locator(".answers > li[hidden], details[hidden]").count() == 0


def test_search_finds_cases_by_what_they_say(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo)

    page.fill("#text", "mc-017")
    assert page.locator("article:visible h3").all_inner_texts() == ["Case MC-017"]
    page.fill("#text", "no such word")
    assert page.locator("article:visible").count() == 0
    assert page.inner_text("#shown").startswith("0 of ")

    page.fill("#text", "")
    page.select_option("#held", "council / north")
    held = page.locator("#by-holder tr", has_text="north").locator("td").nth(1).inner_text()
    assert page.locator("article:visible").count() == int(held) > 0


def test_a_number_leads_to_its_cases(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo)
    row = page.locator("#first ~ .wide tbody tr").first
    count = int(row.locator("td").nth(1).inner_text().split()[0])

    row.locator("a.go").click()

    page.wait_for_function("document.getElementById('verdict').value === 'not_met'")
    page.wait_for_function("document.getElementById('shown').textContent.includes('with')")
    assert page.inner_text("#shown").endswith(f"with {count} answers")


def test_a_keyboard_is_enough(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo)

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("#text")
    page.keyboard.type("MC-003")
    page.keyboard.press("Enter")
    assert page.locator("article:visible").count() == 1
    summary = page.locator("article:visible summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("article:visible details").get_attribute("open") is not None


def test_a_link_to_a_rule_opens_its_words(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo)

    page.locator("#by-rule a", has_text="ASK-01").click()

    page.wait_for_selector("#rule-ASK-01[open]")
    assert "Making Safeguarding Personal" in page.inner_text("#rule-ASK-01")


@pytest.mark.parametrize("width", [1280, 320])
def test_text_reflows(open_page: NewPage, hostile: Path, width: int) -> None:
    page = open_page(hostile, width)
    page.evaluate(OPEN_ALL)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(WIDER) == []


def test_paper_shows_all_without_a_script(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo, java_script_enabled=False)
    answers = page.locator(".answers > li")
    closed = page.locator("article details .answers > li").first
    words = page.locator("#rule-ASK-01 p").first
    assert not closed.is_visible()

    page.emulate_media(media="print")

    assert closed.is_visible()
    assert words.is_visible()
    assert page.locator(".answers > li:visible").count() == answers.count()
    assert not page.locator("form").is_visible()
    assert not page.locator("nav").is_visible()


def test_without_a_script_the_page_is_a_plain_page(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo, java_script_enabled=False)

    assert not page.locator("form").is_visible()
    assert page.locator("article:visible").count() == page.locator("article").count() > 30
    page.locator("article summary").first.click()
    assert page.locator("article details .answers > li").first.is_visible()
