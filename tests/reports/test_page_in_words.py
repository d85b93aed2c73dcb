"""The report page tells the facts of each case, orders what it lists, and explains its words."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from lxml import html

from msp_rules.reports.practice_labels import WEIGHTS_EXPLAINED
from tests.support.reported import report

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "rulesets/msp-core/cases/made-up-council.xml"
WORTH = {"dut": 1000, "flag": 100, "piece": 10, "prompt": 1}
EVENT = re.compile(r".+ of (?:\d+ \w+ \d{4}|a day that can't be read) \(.+\)")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> html.HtmlElement:
    out = tmp_path_factory.mktemp("words")
    report(DEMO, out, "html")
    return html.fromstring((out / "report.html").read_text())


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def falls(numbers: Sequence[float]) -> bool:
    return list(numbers) == sorted(numbers, reverse=True)


def test_cases_stand_by_what_is_not_evidenced(page: html.HtmlElement) -> None:
    said = [words(one) for one in page.xpath("//article/details/summary/span/b")]

    weights = [
        sum(
            int(count) * WORTH[name]
            for count, name in re.findall(r"(\d+) (dut|flag|piece|prompt)", text)
        )
        for text in said
    ]
    assert falls(weights)
    assert weights[0] > 3000


def test_a_case_has_its_course_and_names_events_by_kind_and_day(page: html.HtmlElement) -> None:
    courses = [words(one) for one in page.xpath("//article//p[@class='course']")]
    facts = "\n".join(words(one) for one in page.xpath("//article//li/p[@class='quiet']"))

    assert len(courses) == len(page.xpath("//article"))
    for course in courses:
        assert re.match(r"(?:Concern \d+ \w+ \d{4}|No dated concern) · .*(?:open|closed)", course)
    named = re.findall(r"(?:About|Evidence): ([^·\n]+?)(?= ·|$)", facts, re.MULTILINE)
    assert len(named) > 500
    assert {one for one in named if one != "the case" and not EVENT.fullmatch(one)} == set()


def test_each_finding_has_a_question_to_ask_and_each_limit_its_basis(
    page: html.HtmlElement,
) -> None:
    found = page.xpath("//article/details/ul[@class='answers']/li")
    limits = re.findall(r"Limit: ([^·\n]+?)(?= ·|$)", "\n".join(map(words, found)), re.MULTILINE)

    assert all(one.xpath("p[@class='ask']") for one in found)
    assert {limit.partition(": ")[2] for limit in limits} <= {
        "assumed by this project; your council may set it",
        "published",
    }
    assert any("assumed" in limit for limit in limits)


def test_a_bar_is_as_long_as_its_number_and_rows_go_by_their_share(
    page: html.HtmlElement,
) -> None:
    rows = page.xpath("//table[@id='by-rule']/tbody/tr[@data-rule]")
    most = max(int(row.get("data-due")) + not_yet_due(row) for row in rows)

    for row in rows:
        widths = [float(one.get("width")) for one in row.xpath(".//*[local-name()='rect']")]
        length = int(row.get("data-due")) + not_yet_due(row)
        assert sum(widths) == pytest.approx(100 * length / most, abs=0.1)
    for group in page.xpath("//table[@id='by-rule']/tbody"):
        shares = [
            int(words(row.xpath("td[@data-verdict='not_met']")[0]))
            / max(int(row.get("data-due")), 1)
            for row in group.xpath("tr[@data-rule]")
        ]
        assert falls(shares)


def not_yet_due(row: html.HtmlElement) -> int:
    return int(words(row.xpath("td[@data-verdict='not_yet_due']")[0]))


def test_a_rule_has_its_reason_and_what_counts_in_sentences_and_its_sources_as_links(
    page: html.HtmlElement,
) -> None:
    rules = page.xpath("//details[@class='rule']")

    assert len(rules) == 50
    for rule in rules:
        assert [one.text for one in rule.xpath("p/b")] == ["Why it asks.", "What counts."]
        cites = rule.xpath("ul[last()]/li")
        assert cites
        assert all(one.xpath("a[starts-with(@href, 'http')]") for one in cites)
        assert all("edition: " in words(one) for one in cites)
    assert "at any time" not in page.text_content()


def test_weights_have_a_legend_and_one_is_no_plural(page: html.HtmlElement) -> None:
    legend = [words(one) for one in page.xpath("//dl[@class='legend']/dd")]

    assert legend == [f"{name}: {said}" for name, said in WEIGHTS_EXPLAINED.items()]
    plural = re.compile(r"(?<![\d.])\b1 (?:cases|faults|answers|people|events|duties|flags)\b")
    assert plural.findall(page.text_content()) == []


def test_a_case_with_a_fault_says_beside_it_what_evidenced_means(page: html.HtmlElement) -> None:
    blocks = [words(one) for one in page.xpath("//div[@class='faults']")]

    assert len(blocks) == 4
    for block in blocks:
        assert "“evidenced” is said of what could be read" in block
    section = words(page.xpath("//section[@aria-labelledby='faults']/p")[0])
    assert "said of what could be read, also that its record hangs together" in section
