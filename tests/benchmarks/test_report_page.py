"""The benchmark of the report page counts as the results do, and finds cases by its filters."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.browser
def test_the_page_of_a_packed_scan_agrees_with_the_results(tmp_path: Path, browser: object) -> None:
    measure = pytest.importorskip("benchmarks.report_page").measure
    from msp_rules.reports.html import page as html_page  # noqa: PLC0415 - patched here

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html_page, "MOST_DRAWN", 10)
        figures = measure(tmp_path, browser, cases=40, seed=2)

    assert figures["counts_that_differ_from_json"] == []
    assert figures["filters"]["all"]["shown"] == "40 of 40 cases shown"
    assert figures["page_bytes"] == (tmp_path / "out/report.html").stat().st_size
