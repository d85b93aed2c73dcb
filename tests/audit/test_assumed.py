"""What a mapping assumes is named first in every report, with counts and the rules that read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import run_here

pytestmark = pytest.mark.slow

EXPORTS = Path(__file__).parents[1] / "data" / "exports"
ASSUME = """
assume:
  - {field: concern_raised.identified_adult, value: "yes", because: the form is about one adult,
     approved_by: safeguarding lead, until: UNTIL}
  - {type: case_reopened, none: true, because: a case that comes back is a new one}
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.yaml"
    path.write_text((EXPORTS / "wide.yaml").read_text("utf-8") + ASSUME, "utf-8")
    return path


def until(mapping: Path, day: str) -> None:
    mapping.write_text(mapping.read_text("utf-8").replace("UNTIL", day), "utf-8")


def scan(mapping: Path, out: Path, *options: str) -> tuple[int, str]:
    words = ["scan", str(EXPORTS / "wide"), "--mapping", str(mapping), "--as-of", "2026-03-31"]
    done = run_here(*words, "--out", str(out), *options)
    return done.returncode, done.stdout


def test_an_assumption_is_named_in_every_report_with_its_counts_and_rules(
    mapping: Path, tmp_path: Path
) -> None:
    until(mapping, "2026-03-31")

    code, said = scan(mapping, tmp_path / "out")

    found = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    by_name = {one["about"]: one for one in found["manifest"]["assumptions"]}
    assert code == 0
    assert by_name["concern_raised.identified_adult"] == {
        "about": "concern_raised.identified_adult",
        "value": "yes",
        "because": "the form is about one adult",
        "approved_by": "safeguarding lead",
        "until": "2026-03-31",
        "lapsed": False,
        "events": 9,
        "rules": by_name["concern_raised.identified_adult"]["rules"],
    }
    assert "ASK-01" in by_name["concern_raised.identified_adult"]["rules"]
    assert "CLO-05" in by_name["case_reopened"]["rules"]
    assert found["warnings"] == []
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert page.index('id="assumed"') < page.index('id="coverage"')
    assert "assumed, not in any record: concern_raised.identified_adult" in said.replace("\n", " ")


def test_after_its_last_day_it_is_not_supplied_again_and_that_is_said(
    mapping: Path, tmp_path: Path
) -> None:
    until(mapping, "2026-03-30")

    code, _ = scan(mapping, tmp_path / "out")

    found = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    said = found["manifest"]["assumptions"][0]
    assert code == 0
    assert (said["lapsed"], said["events"]) == (True, 0)
    assert [(one["code"], one["input"]) for one in found["warnings"]] == [
        ("lapsed_assumption", "wide")
    ]


def test_several_processes_say_the_same(mapping: Path, tmp_path: Path) -> None:
    until(mapping, "2026-03-30")

    scan(mapping, tmp_path / "one", "--format", "json", "--jobs", "1")
    scan(mapping, tmp_path / "two", "--format", "json", "--jobs", "2")

    one, two = (tmp_path / name / "results.json" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
