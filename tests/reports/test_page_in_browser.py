"""The report page in a real browser: usable by everybody, silent, and nothing in it runs."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import etree

from benchmarks.export_generator import write_export
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.reports.html import page as html_page
from msp_rules.reports.html.context import ON_PAPER
from tests.support.browser import wait_until
from tests.support.hostile_export import CANARIES, hostile_rules, write_hostile_export
from tests.support.reported import core_rules, report

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
COUNT_PRINTS = "window.prints = 0; window.print = () => { window.prints += 1 }; 0"
EXPORTS = Path(__file__).parents[1] / "data/exports"
WITHHELD = '<text withheld="yes"/>'
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


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cases that moved on the grid, one of which names no adult and withholds a text."""
    out = tmp_path_factory.mktemp("made-up")
    write_export(out / "in.xml", cases=20, seed=3)
    text = (out / "in.xml").read_text()
    text = text.replace(' ref="P-0000001"', "", 1).replace("P-0000002", "P-0000003")
    text = text.replace(
        "<text>I want the locks changed &amp; a key for my sister only.</text>", WITHHELD, 1
    )
    (out / "in.xml").write_text(text)
    report(out / "in.xml", out, "html")
    text = (out / "report.html").read_text()
    assert "on the grid: a gain" in text
    return out / "report.html"


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A council's own table, some values of which map to nothing, and what its mapping assumes."""
    folder = tmp_path_factory.mktemp("mapped")
    shutil.copytree(EXPORTS / "wide", folder / "wide")
    for table in (folder / "wide").iterdir():
        table.write_bytes(table.read_bytes().replace(b"Police", b"Polis"))
    assumed = (
        "\nassume:\n"
        '  - {field: concern_raised.identified_adult, value: "yes", because: one form each}\n'
        "  - {type: case_reopened, none: true, because: a case that comes back is new}\n"
    )
    (folder / "wide.yaml").write_text((EXPORTS / "wide.yaml").read_text() + assumed)
    mapping = load_mapping(folder / "wide.yaml", core_rules().vocabulary)
    report(folder / "wide", folder / "out", "html", mapping=mapping)
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
    kinds = page.evaluate("[...document.scripts].map((one) => one.type)")
    assert kinds == ["application/json", ""]
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
        answers = "answer" if count == 1 else "answers"
        assert page.inner_text("#shown") == (
            f"{behind} of {cases} cases shown, with {count} {answers}"
        )

    page.click("text=Show all")
    wait_until(page, "document.querySelectorAll('article[hidden]').length === 0")
    assert page.inner_text("#shown") == f"{cases} of {cases} cases shown"
    assert page.locator(".answers > li[hidden], article details[hidden]").count() == 0


def test_search_finds_cases_by_what_they_say(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo)

    page.fill("#text", "mc-017")
    assert page.locator("article:visible h3").all_inner_texts() == ["Case MC-017"]
    assert page.url.endswith("#cases?text=mc-017")
    page.fill("#text", "no such word")
    assert page.locator("article:visible").count() == 0
    assert page.inner_text("#shown").startswith("0 of ")

    page.fill("#text", "")
    page.select_option("#held", "council / north")
    held = page.locator("#by-holder tr", has_text="north").locator("td").nth(0).inner_text()
    assert page.locator("article:visible").count() == int(held) > 0


FOLLOWED = """() => {
  // Each link is followed once, at once; and nothing is laid out in between.
  addEventListener("hashchange", (event) => event.stopImmediatePropagation(), true);
  Element.prototype.scrollIntoView = () => {};
  return [...document.querySelectorAll("a.go")].map((link) => {
  location.hash = "";
  link.click();
  openTarget();
  const shown = document.getElementById("shown").textContent.match(
    /^(\\d+) of \\d+ cases? shown(?:, with (\\d+) answers?$)?(?:, \\w+ (\\d+) (?!answers?$))?/);
  const articles = document.querySelectorAll("article:not([hidden])");
  const answers = document.querySelectorAll("article:not([hidden]) .answers > li:not([hidden])");
  return {
    find: link.dataset.find, said: parseInt(link.textContent.match(/\\d+/)[0]),
    cases: parseInt(shown[1]), answers: shown[2] === undefined ? null : parseInt(shown[2]),
    held: shown[3] === undefined ? null : parseInt(shown[3]),
    seen: articles.length, listed: answers.length,
    of_cases: link.closest(".lead") !== null,
  };
})}"""
"""Clicks every number of the page, and says what it showed."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["demo", "hostile", "made_up", "mapped", "packed"])
def test_every_number_leads_to_exactly_its_cases(
    open_page: NewPage, kind: str, request: pytest.FixtureRequest
) -> None:
    page = open_page(request.getfixturevalue(kind))
    is_drawn = kind != "packed"  # else the script draws twenty at a time: see the tests of it

    followed = page.evaluate(FOLLOWED)

    assert len(followed) > 40
    finds = [unquote(one["find"]) for one in followed]
    kinds = {find.partition("holds=")[2].partition("/")[0] for find in finds}
    expected = {
        "demo": {"missing", "lacks", "people", "not_applicable", "unreadable"},
        "hostile": {"domain", "waiver", "filter", "filtered"},
        "made_up": {"outcomes", "withheld", "adult"},
        "mapped": {"assumed", "unmapped", "unreadable"},
        "packed": {"missing", "field"},
    }
    assert {"record", "field", "supplies", *expected[kind]} <= kinds
    assert "verdict=due" in finds
    assert "state=faulty" in finds
    for one in followed:
        # A number is one of answers where the filter is about answers, but in the first lines.
        is_of_answers = one["answers"] is not None and not one["of_cases"]
        of_cases = one["answers"] if is_of_answers else one["cases"]
        assert one["said"] == (of_cases if one["held"] is None else one["held"]), one
        assert ("holds=" in one["find"]) == (one["held"] is not None), one
        assert not is_drawn or one["seen"] == one["cases"], one
        if is_drawn and one["answers"] is not None:
            assert one["listed"] == one["answers"], one


UNLINKED = """() => {
  const found = [];
  const grid = ".wide-grid p:not(#lowered)";
  const lists = `.also li, #assumptions li, #coverage ~ ul li, #coverage ~ p, ${grid}`;
  const parts = `.lead dd, ${lists}, #first ~ p:not(.quiet), #well ~ p, #missing ~ p, td`;
  for (const part of document.querySelectorAll(parts)) {
    const own = ".paper, #by-fault, #first-cases, #local-changes, article, #texts ~ *";
    if (part.closest(own)) continue;
    if (part.closest("#manifest ~ .wide") && !part.matches(".n")) continue;
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const named = /\\([^)]*%\\)|section 42|Guidance, 14\\.13|[A-Z]+-\\d\\d/g;
      const text = walker.currentNode.textContent.replace(named, "");
      if (/[1-9]/.test(text) && !walker.currentNode.parentElement.closest("a")) found.push(text);
    }
  }
  return found;
}"""
"""Lists the numbers of the first screen and of tables that lead nowhere.

A case, a fault and a change of an overlay have their own row, so that nothing is left to follow.
"""
# All records of a kind, which are a link on the left of the row.
SAID_BESIDE = re.compile(r"^ of \d+(?: \(|; \D*)?$")


@pytest.mark.parametrize("kind", ["demo", "hostile", "made_up", "mapped"])
def test_no_number_of_the_first_screen_or_of_a_table_leads_nowhere(
    open_page: NewPage, kind: str, request: pytest.FixtureRequest
) -> None:
    page = open_page(request.getfixturevalue(kind))

    unlinked = page.evaluate(UNLINKED)

    assert [one for one in unlinked if not SAID_BESIDE.match(one)] == []
    assert page.locator("#by-fault tbody tr").count() == page.evaluate(
        "parseInt(document.querySelector('.lead a[href=\"#faults\"]').textContent)"
    )


def test_each_label_has_one_colour_and_none_of_those_of_the_questions(
    open_page: NewPage, demo: Path
) -> None:
    page = open_page(demo)
    pairs = page.evaluate(
        """() => [...document.querySelectorAll(".tag, .q li")].map((one) => [
          one.matches(".tag") ? one.textContent : one.className,
          getComputedStyle(one).backgroundColor, one.matches(".tag")])"""
    )

    colours: dict[str, set[str]] = {}
    for label, colour, _ in pairs:
        colours.setdefault(label, set()).add(colour)
    assert {label for label, found in colours.items() if len(found) > 1} == set()
    tags = {colour for _, colour, is_tag in pairs if is_tag}
    rated = {next(iter(colours[name])) for name in ("red", "amber", "green")}
    assert not tags & rated


def test_a_click_on_a_number_is_in_the_address_and_survives_a_reload(
    open_page: NewPage, demo: Path
) -> None:
    page = open_page(demo)
    row = page.locator("#first-rules tbody tr").first
    count = row.locator("td").nth(1).inner_text().split()[0]

    row.locator("td").nth(1).locator("a.go").first.click()

    wait_until(page, "document.getElementById('verdict').value === 'not_met'")
    said = page.inner_text("#shown")
    assert f"with {count} answer" in said
    assert page.url.endswith("#cases?rule=ADV-02&verdict=not_met")
    page.reload()
    assert page.inner_text("#shown") == said
    assert page.locator("article:visible").count() == 1


def test_an_address_of_a_case_opens_that_case_alone(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo)

    page.locator("#first-cases a").first.click()

    wait_until(page, "document.querySelectorAll('article:not([hidden])').length === 1")
    case = page.locator("article:visible")
    assert case.get_attribute("id") == "case-MC-033"
    assert page.url.endswith("#case-MC-033")
    assert case.locator("details").first.get_attribute("open") is not None


def test_a_newcomer_reads_the_first_screen_alone(open_page: NewPage, demo: Path) -> None:
    """Which case first, which agency, and what could not be judged: without scrolling."""
    page = open_page(demo)
    below = "(one) => one.getBoundingClientRect().bottom"
    lead = page.locator(".lead > div")
    first = page.locator("#first-cases tbody tr").first

    said = [" ".join(text.split()) for text in lead.all_inner_texts()]
    assert said[0].startswith("Cases with a duty not evidenced 3 of 37")
    assert said[1].startswith("Cases with a flag not evidenced")
    assert said[2].startswith("Where most of it lies council / south: ")
    assert said[3].startswith("Could not be judged")
    assert "4 faults in 4 cases" in said[3]
    assert page.inner_text("#people").startswith("37 cases about 37 people: ")
    assert page.inner_text("#enquiries").startswith("Enquiries: ")
    assert first.locator("th").inner_text() == "MC-033"
    assert "Would the adult have substantial difficulty" in first.inner_text()
    assert all(one.evaluate(below) < 900 for one in (*lead.all(), first))
    assert "Most often missing for an answer: conversation about outcomes" in page.inner_text(
        "ul.also"
    )


def test_a_case_says_what_of_its_record_could_not_be_read(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo)
    for case, reason in (("MC-030", "unknown event type"), ("MC-037", "this event id was used")):
        block = page.locator(f"#case-{case}")
        block.locator("summary").first.click()

        said = block.locator(".faults").inner_text()
        assert said.startswith("Part of this record could not be read or judged")
        assert reason in said
    assert page.locator("article .faults").count() == 4


def test_a_keyboard_is_enough(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo)

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("#text")
    page.keyboard.type("MC-003")
    page.keyboard.press("Enter")
    assert page.locator("article:visible").count() == 1
    summary = page.locator("article:visible summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("article:visible details").first.get_attribute("open") is not None


def test_a_link_to_a_rule_opens_its_words(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo)

    page.locator("#by-rule a", has_text="ASK-01").first.click()

    page.wait_for_selector("#rule-ASK-01[open]")
    assert "Making Safeguarding Personal" in page.inner_text("#rule-ASK-01")


@pytest.mark.parametrize("width", [1280, 320])
def test_text_reflows(open_page: NewPage, hostile: Path, width: int) -> None:
    page = open_page(hostile, width)
    page.evaluate(OPEN_ALL)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(WIDER) == []


def test_cases_are_folded_ids_stay_whole_and_heads_stay_in_sight(
    open_page: NewPage, demo: Path
) -> None:
    page = open_page(demo)

    page.locator("#by-rule tr[data-rule=OUT-06]").scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, 200)")

    assert 0 <= page.locator("#by-rule thead th").first.bounding_box()["y"] < 1
    assert page.locator("article details[open]").count() == 0
    broken = (
        "[...document.querySelectorAll('.id')].filter((one) => one.getClientRects().length > 1)"
    )
    assert page.evaluate(f"{broken}.length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_grid_is_drawn_with_the_numbers_of_its_table(
    open_page: NewPage, made_up: Path, scheme: str
) -> None:
    page = open_page(made_up, 400, color_scheme=scheme)

    drawn = page.locator(".grid .count").all_text_contents()
    listed = page.locator("#by-move tbody td.n:not(.zero)").all_inner_texts()
    assert sorted(drawn) == sorted(re.sub(r"\D", "", one) for one in listed)
    assert page.locator(".grid line").count() + page.locator(".grid circle").count() == len(drawn)
    assert "1 a gain" in page.locator(".grid svg").get_attribute("aria-label")
    ink = "(one) => getComputedStyle(one).stroke"
    assert page.locator(".grid line").first.evaluate(ink) == page.evaluate(
        "getComputedStyle(document.body).color"
    )


def test_a_narrow_screen_has_cards_as_wide_as_itself(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo, 400)

    titles = page.locator("#by-rule tbody th[scope=row], #by-holder tbody th").all()
    assert len(titles) > 50
    assert {round(one.bounding_box()["width"]) > 340 for one in titles} == {True}
    assert page.locator("#by-rule thead").bounding_box()["width"] <= 1


def test_no_head_is_left_alone_and_no_total_is_repeated_on_paper(
    open_page: NewPage, demo: Path
) -> None:
    page = open_page(demo)
    page.emulate_media(media="print")

    style = "(all) => [...new Set(all.map((one) => getComputedStyle(one)[%r]))]"
    for kept in ("h2", "caption", "thead", "tr.group", ".key"):
        assert page.locator(kept).evaluate_all(style % "breakAfter") == ["avoid"], kept
    assert page.locator("tr").evaluate_all(style % "breakInside") == ["avoid"]
    assert page.locator("tfoot").evaluate_all(style % "display") == ["table-row-group"]


def pages_of(page: Any) -> int:
    """The pages of the print, which is A4 by the page's own rule."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


def smallest_print_of(page: Any) -> float:
    """The size in points of the smallest text that is printed."""
    page.emulate_media(media="print")
    return 0.75 * page.evaluate(
        """() => {
          const sizes = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const around = walker.currentNode.parentElement;
            if (!walker.currentNode.textContent.trim() || !around.checkVisibility()) continue;
            sizes.push(parseFloat(getComputedStyle(around).fontSize));
          }
          return Math.min(...sizes);
        }"""
    )


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lists that are long: files, agencies and teams, faults, warnings, waivers and filters."""
    folder = tmp_path_factory.mktemp("crowded")
    exports = []
    for seed in range(12):
        path = folder / f"export-{seed}.xml"
        write_export(path, cases=5, seed=seed)
        text = path.read_text().replace("SA-", f"SA-{seed}-")
        for number in range(5):
            text = re.sub('team="[a-z]+"', f"team='{number}-{seed}'", text, count=1)
            agency = ("council", "mental_health_trust", "nhs_community")[(number + seed) % 3]
            text = re.sub(
                '<case id="([^"]*)" agency="[a-z_]+"',
                rf"<case id='\1' agency='{agency}'",
                text,
                count=1,
            )
        text = text.replace("<result>safe</result>", "<result>save</result>", 2)
        path.write_text(text.replace("<reference_date>2026-03-31", "<reference_date>2026-02-28"))
        exports.append(path)
    report(exports, folder / "out", "html", ruleset=hostile_rules(folder))
    return folder / "out/report.html"


@pytest.mark.parametrize("kind", ["demo", "crowded", "packed"])
def test_the_board_gets_a_print_of_few_pages_without_any_case(
    open_page: NewPage, kind: str, request: pytest.FixtureRequest
) -> None:
    page = open_page(request.getfixturevalue(kind))

    pages = pages_of(page)

    assert smallest_print_of(page) >= 8
    assert 4 <= pages <= 6
    assert page.locator("#first-cases").is_visible()
    assert page.locator("#by-rule").is_visible()
    for hidden in ("form", "nav", "article", "#texts"):
        assert page.locator(f"{hidden}:visible").count() == 0, hidden


def test_a_list_that_the_print_cuts_says_how_much_of_it_is_there(
    open_page: NewPage, crowded: Path
) -> None:
    page = open_page(crowded)
    rows = page.locator("#by-holder tbody tr")
    assert page.locator(".paper:visible").count() == 0

    page.emulate_media(media="print")

    printed = page.locator("#by-holder tbody tr:visible").count()
    said = f"On paper the first {printed} of {rows.count()}; the page has them all."
    assert said in page.locator("section[aria-labelledby=holders] .paper:visible").all_inner_texts()
    cut = ("holders", "faults", "manifest")
    assert [page.locator(f"section[aria-labelledby={one}] .paper:visible").count() for one in cut]
    for name in ("by-fault", "by-holder", "warned", "inputs"):
        there, visible = page.evaluate(
            """(name) => {
              const parts = [...document.querySelectorAll(
                `#${name} tbody tr, #${name} > li, #${name} > dt`)];
              return [parts.length, parts.filter((one) => one.checkVisibility()).length];
            }""",
            name,
        )
        assert visible == min(there, ON_PAPER[name]), name


@pytest.mark.parametrize("kind", ["demo", "packed"])
@pytest.mark.parametrize("has_script", [True, False])
def test_one_case_is_one_page_by_its_address_also_without_a_script(
    open_page: NewPage, kind: str, has_script: bool, request: pytest.FixtureRequest
) -> None:
    if kind == "packed" and not has_script:
        pytest.skip("a packed page has no cases without its script, and says so")
    path = request.getfixturevalue(kind)
    page = open_page(path, java_script_enabled=has_script)
    page.goto(f"{path.as_uri()}#case-MC-014")
    page.wait_for_selector("#case-MC-014")

    pages = pages_of(page)

    assert smallest_print_of(page) >= 8
    assert pages == 1
    assert page.locator("article:visible").count() == 1
    assert page.locator("article:visible .answers > li").first.is_visible()
    assert page.locator("h1:visible").count() == 0


def test_the_board_is_printed_by_its_button_also_from_a_case(
    open_page: NewPage, demo: Path
) -> None:
    page = open_page(demo)
    page.goto(f"{demo.as_uri()}#case-MC-014")
    page.evaluate(COUNT_PRINTS)

    page.click("#print-board")

    assert page.evaluate("window.prints") == 1
    page.emulate_media(media="print")
    assert page.locator("#first-cases").is_visible()
    assert page.locator("article:visible").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("article:visible").count() == 1


@pytest.mark.parametrize("kind", ["demo", "packed"])
def test_the_cases_shown_are_printed_one_a_page(
    open_page: NewPage, kind: str, request: pytest.FixtureRequest
) -> None:
    page = open_page(request.getfixturevalue(kind))
    page.select_option("#question", "Q1")
    page.select_option("#colour", "green")
    page.evaluate(COUNT_PRINTS)

    page.click("#print-cases")

    wait_until(page, "window.prints === 1")
    count = int(page.inner_text("#shown").split()[0])
    page.emulate_media(media="print")
    assert page.locator("article:visible").count() == count > 15
    assert page.locator("#first:visible").count() == 0
    assert pages_of(page) >= count


def test_each_page_of_a_case_names_the_case_in_its_head(open_page: NewPage, hostile: Path) -> None:
    page = open_page(hostile)

    heads = page.evaluate(
        """() => {
          const rules = () => [...document.styleSheets[0].cssRules].length, before = rules();
          dispatchEvent(new Event("beforeprint"));
          const articles = [...document.querySelectorAll("article")];
          const named = articles.map((one) => getComputedStyle(one).page);
          const added = [...document.styleSheets[0].cssRules].slice(before);
          const texts = added.map((one) => one.cssText).reverse();
          dispatchEvent(new Event("afterprint"));
          const after = articles.map((one) => getComputedStyle(one).page);
          return [named, texts, rules() - before, after];
        }"""
    )
    titles = page.locator("article h3").all_inner_texts()

    named, texts, left, after = heads
    assert len(set(named)) == len(titles) == len(texts)
    for name, text, title in zip(named, texts, titles, strict=True):
        assert text.startswith(f"@page {name} ")
        assert "".join(title.split()) in "".join(text.replace('\\"', '"').split())
    assert (left, set(after)) == (0, {"auto"})


def test_without_a_script_the_page_is_a_plain_page(open_page: NewPage, demo: Path) -> None:
    page = open_page(demo, java_script_enabled=False)

    assert not page.locator("form").is_visible()
    assert page.locator("article:visible").count() == page.locator("article").count() > 30
    page.locator("article summary").first.click()
    assert page.locator("article .answers > li").first.is_visible()


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo as a page that draws its cases from packed blocks."""
    out = tmp_path_factory.mktemp("packed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html_page, "MOST_DRAWN", 10)
        report(DEMO, out, "html")
    return out / "report.html"


def test_a_packed_page_draws_the_same_cases_on_demand(
    open_page: NewPage, demo: Path, packed: Path
) -> None:
    plain, page = open_page(demo), open_page(packed)
    page.wait_for_selector("article")
    assert page.locator("article").count() == 20
    assert page.inner_text("#shown") == plain.inner_text("#shown")

    page.click("#more")
    wait_until(page, "document.querySelectorAll('article').length === 37")

    text = "[...document.querySelectorAll('article')].map((one) => one.textContent)"
    assert page.evaluate(text) == plain.evaluate(text)
    assert page.locator("#more:visible").count() == 0


def test_numbers_of_a_packed_page_lead_to_their_cases(
    open_page: NewPage, demo: Path, packed: Path
) -> None:
    plain, page = open_page(demo), open_page(packed)
    said = []
    for one in (plain, page):
        one.locator("#by-rule tr[data-rule=COM-01] td[data-verdict=not_met] a").click()
        wait_until(one, "document.getElementById('rule').value === 'COM-01'")
        one.wait_for_selector("article:not([hidden]) li[data-r=COM-01]")
        said.append((one.inner_text("#shown"), one.locator("article li[data-r]:visible").count()))

    assert said[0] == said[1]
    page.goto(f"{packed.as_uri()}#case-MC-030")
    page.wait_for_selector("#case-MC-030")
    assert page.locator("article").count() == 1
    assert "unknown event type" in page.inner_text("#case-MC-030 .faults")


@pytest.mark.slow
def test_a_packed_page_has_no_violation_within_an_opened_case(
    open_page: NewPage, packed: Path
) -> None:
    page = open_page(packed)
    page.goto(f"{packed.as_uri()}#case-MC-033")
    page.wait_for_selector("#case-MC-033 details[open]")

    assert violations(page) == []
