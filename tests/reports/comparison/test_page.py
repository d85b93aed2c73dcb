"""The page of a comparison shows the numbers of its document, and nothing of a record."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from lxml import html

from msp_rules.audit.change.document import compare_document
from msp_rules.audit.change.points import points_of
from msp_rules.reports.comparison.page import comparison_page, signed
from msp_rules.rules.language.rule import Ruleset
from tests.audit.change.made_up import case, change_of, files, rules_with, spoke

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rulesets(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ruleset, Ruleset]:
    folder = tmp_path_factory.mktemp("rules")
    return rules_with(folder / "2", days=2), rules_with(folder / "1", days=1)


@pytest.fixture(scope="module")
def document(
    rulesets: tuple[Ruleset, Ruleset], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Old: two met, one not. New: by one day less, one met; C and its contact are new."""
    folder = tmp_path_factory.mktemp("exports")
    on_time, in_two = spoke("2026-01-06"), spoke("2026-01-07")
    old = files(
        *(
            folder,
            "old.xml",
            [case("A", in_two), case("B", on_time), case("&lt;D>")],
            rulesets[0],
        ),
        day="2026-01-31",
    )
    new = files(folder, "new.xml", [case("A", in_two), case("C"), case("E")], rulesets[1])
    change = change_of(old, new)
    return compare_document(change, points_of(change, ()))


def page(document: dict[str, Any], rulesets: tuple[Ruleset, Ruleset]) -> html.HtmlElement:
    found: html.HtmlElement = html.fromstring(comparison_page(document, rulesets).decode())
    return found


def rows(found: html.HtmlElement, table: str) -> list[list[str]]:
    return [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in found.xpath(f'//table[@id="{table}"]/tbody/tr')
    ]


@pytest.fixture(scope="module")
def shown(document: dict[str, Any], rulesets: tuple[Ruleset, Ruleset]) -> html.HtmlElement:
    return page(document, rulesets)


def test_findings_are_split_for_each_rule(shown: html.HtmlElement) -> None:
    # Then D. By the new rules A and D. Now A, C and E: A by rules, C and E new, D gone.
    assert rows(shown, "by-rule") == [
        ["R-01 The adult is asked", "1", "+1", "0", "+1", "3", "3", "1", "0"]
    ]


def test_every_row_adds_up(shown: html.HtmlElement) -> None:
    tables = ("by-answer", "by-severity", "by-rule", "by-verdict", "by-question", "by-measure")
    found = [row for table in tables for row in rows(shown, table)]

    assert {table for table in tables if rows(shown, table)} == {*tables}
    for row in found:
        numbers = [int(cell.replace("\u2212", "-")) for cell in row[1:6]]
        assert sum(numbers[:4]) == numbers[4]


def test_findings_are_listed_by_case_with_what_moved_them(shown: html.HtmlElement) -> None:
    assert rows(shown, "list-new") == [
        ["R-01", "A", "the whole case", "–", "evidenced late", "rules"],
        ["R-01", "C", "the whole case", "–", "not evidenced in the record", "practice"],
        ["R-01", "E", "the whole case", "–", "not evidenced in the record", "practice"],
    ]
    assert rows(shown, "list-gone") == [
        ["R-01", "<D>", "the whole case", "not evidenced in the record", "–", "practice"]
    ]
    assert rows(shown, "list-unchanged") == []


def test_below_eight_points_the_page_says_what_a_chart_needs(shown: html.HtmlElement) -> None:
    text = " ".join(shown.text_content().split())

    assert "there are 2 points so far" in text
    assert shown.xpath('//div[@class="run"]') == []


def test_a_chart_says_its_numbers_and_marks_in_words_too(
    document: dict[str, Any], rulesets: tuple[Ruleset, Ruleset]
) -> None:
    many = deepcopy(document)
    rows_of_points = [deepcopy(document["points"][0]) for _ in range(8)]
    for at, one in enumerate(rows_of_points):
        one["as_of"] = f"2025-0{at + 1}-28"
        one["measures"]["M1/asked"] = [6 + at, 20]
    many["points"] = rows_of_points
    changed = {"ruleset": False, "mapping": False, "coverage": False}
    many["between"] = [{**changed, "coverage": at == 4} for at in range(7)]

    found = page(many, rulesets)

    (run,) = found.xpath('//div[@class="run"]')
    label = run.xpath("./svg/@aria-label")[0]
    assert label.startswith("M1 Outcomes asked at the point of concern, Asked by the first")
    assert "28 January 2025 6 of 20 (30%)" in label
    assert "changed: C; 28 June 2025 11 of 20 (55%)" in label
    assert len(run.xpath(".//polyline")) == 2
    assert len(run.xpath(".//circle")) == 8
    assert len(run.xpath(".//tbody/tr")) == 8


@pytest.mark.parametrize(("number", "said"), [(3, "+3"), (0, "0"), (-2, "\u22122")])
def test_a_term_has_its_sign(number: int, said: str) -> None:
    assert signed(number) == said
