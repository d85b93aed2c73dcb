"""Measures the report page of a large scan: its size, and what it takes to open and to filter it.

`python -m benchmarks.report_page --cases 20000 --out out/report-page.json` scans a made-up export,
opens the page in Chromium, and follows some filters. Times belong to a machine, and to what else it
does; the page is to stay below 40 MB, 5 s to the first screen, and 0.5 s a filter.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.export_generator import write_export
from tests.support.browser import ARGUMENTS, browser_path
from tests.support.reported import report

FILTERS: Final = (
    *("rule=COM-01", "rule=COM-01&verdict=not_met", "weight=statutory&verdict=not_met"),
    *("question=Q1&colour=red", "state=open", "text=19", "verdict=cannot_tell", ""),
)
"""The filters that are followed, as they stand in the address; the last one shows all."""
_FIND: Final = """async (query) => {
  const start = performance.now();
  follow(query);
  while (drawn === null && found.length && !list.childElementCount) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  return {seconds: (performance.now() - start) / 1000, shown: said.textContent};
}"""


def main() -> None:
    """Runs the benchmark and writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("out/report-page.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path(), args=list(ARGUMENTS))
        figures = measure(Path(name), browser, options.cases, options.seed)
        browser.close()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2) + "\n")
    sys.stdout.write(f"{json.dumps(figures, indent=2)}\n")


def measure(folder: Path, browser: Browser, cases: int, seed: int) -> dict[str, Any]:
    """Scans so many made-up cases into a folder, and measures their page."""
    write_export(folder / "in.xml", cases=cases, seed=seed)
    report(folder / "in.xml", folder / "out", "json", "html")
    path = folder / "out/report.html"
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    start = time.perf_counter()
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_selector(".lead")
    first_screen = time.perf_counter() - start
    page.wait_for_selector("article")
    whole = time.perf_counter() - start
    filters = {query or "all": page.evaluate(_FIND, query) for query in FILTERS}
    differs = _differs(page, json.loads((folder / "out/results.json").read_bytes()))
    page.close()
    return {
        "cases": cases,
        "page_bytes": path.stat().st_size,
        "first_screen_seconds": round(first_screen, 3),
        "first_cases_seconds": round(whole, 3),
        "filters": filters,
        "counts_that_differ_from_json": differs,
    }


def _differs(page: Page, document: dict[str, Any]) -> list[str]:
    """Follows each count of a verdict by rule, and names those that are not that of the results."""
    found = []
    for rule, counts in document["summary"]["rules"].items():
        for verdict in ("met", "not_met", "cannot_tell", "not_yet_due"):
            query, count = f"rule={rule}&verdict={verdict}", counts.get(verdict, 0)
            shown = page.evaluate(_FIND, query)["shown"]
            if f", with {count} answer" not in shown:
                found.append(f"{query}: {count}, shown {shown}")
    return found


if __name__ == "__main__":
    main()
