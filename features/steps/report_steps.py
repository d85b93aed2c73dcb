"""Steps about the report page of a scan."""

from pathlib import Path
from typing import Any

from click.testing import CliRunner
from lxml import etree, html
from pytest_bdd import given, parsers, then, when

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.cli.scan import scan
from msp_rules.reports.labels import VERDICTS

DEMO = Path(__file__).parents[2] / "rulesets/msp-core/cases/made-up-council.xml"


@given("the report page of the made-up council", target_fixture="page")
def report_page(tmp_path: Path) -> Any:
    options = ["--out", str(tmp_path), "--format", "html", "--quiet"]
    CliRunner().invoke(scan, [str(DEMO), *options])
    return html.fromstring((tmp_path / "report.html").read_text())


@when(
    parsers.re(r"the auditor counts the cases' verdicts of (?P<rule>\S+) that are not evidenced"),
    target_fixture="counted",
)
def count_in_cases(page: Any, rule: str) -> tuple[str, int]:
    own = page.xpath(f"//article//li[@data-r='{rule}']")
    return rule, sum(row.xpath("span")[0].text == VERDICTS["not_met"] for row in own)


@then("the page's own count for that rule is the same")
def same_count(page: Any, counted: tuple[str, int]) -> None:
    rule, count = counted
    (row,) = page.xpath(f"//table[@id='by-rule']/tbody/tr[@data-rule='{rule}']")
    assert count > 0
    assert int(row.xpath("td[@data-verdict='not_met']")[0].text_content()) == count


@given("the report page of an export that supplies nothing on advocacy", target_fixture="page")
def report_page_with_gap(tmp_path: Path) -> Any:
    types = [name for name in core_vocabulary().events if not name.startswith("advoca")]
    supplies = f"<supplies>{' '.join(types)}</supplies></header>"
    text = DEMO.read_text().replace("</header>", supplies, 1)
    export = etree.fromstring(text.encode())
    for event in export.xpath("//*[starts-with(local-name(), 'advoca')]"):
        event.getparent().remove(event)
    (tmp_path / "in.xml").write_bytes(etree.tostring(export))
    options = ["--out", str(tmp_path), "--format", "html", "--quiet"]
    CliRunner().invoke(scan, [str(tmp_path / "in.xml"), *options])
    return html.fromstring((tmp_path / "report.html").read_text())


@when("the auditor reads what comes first", target_fixture="first")
def first_section(page: Any) -> Any:
    return page.xpath("//main/section")[0]


@then("the page says that advocacy is not supplied")
def advocacy_not_supplied(first: Any) -> None:
    said = " ".join(first.xpath("ul")[0].text_content().split())
    assert (
        "Not supplied: consideration of advocacy, status of an advocate, "
        "contribution of an advocate." in said
    )


@then("the rules on advocacy that cannot tell for want of it are named")
def rules_for_want_of_it(page: Any) -> None:
    rows = page.xpath("//table[@id='by-unsure']/tbody/tr[th/a[text()='ADV-01']]")
    assert "consideration of advocacy" in rows[0].xpath("td")[-1].text_content()
    assert "not supplied" in rows[0].xpath("td")[-1].text_content()


@then("the case with most not evidenced is named with the question to ask")
def case_to_ask_about(page: Any, first: Any) -> None:
    row = first.xpath(".//table[@id='first-cases']/tbody/tr")[0]
    heaviest = page.xpath("//article")[0]
    assert row.xpath("th/a/@href") == [f"#{heaviest.get('id')}"]
    assert row.xpath("td")[-1].text_content().split(" (")[0].endswith("?")


@then("the agency with the largest share of such cases is named")
def agency_to_ask_about(first: Any) -> None:
    (said,) = first.xpath(".//dl[@class='lead']/div[dt='Where most of it lies']/dd")
    assert said.text_content().startswith("council / ")
