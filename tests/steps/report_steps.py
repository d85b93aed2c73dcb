"""Steps about the report page of a scan."""

from pathlib import Path
from typing import Any

from click.testing import CliRunner
from lxml import html
from pytest_bdd import given, parsers, then, when

from msp_rules.cli.scan_command import scan
from msp_rules.reports.palette import VERDICTS

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
    assert int(row.xpath("td[@data-verdict='not_met']")[0].text) == count
