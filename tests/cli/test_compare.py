"""`msp-rules compare`: two files of one comparison, and what it refuses."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.audit.change.made_up import SCHEMA
from tests.builders.export import LAST_QUARTER, case_text, event_text, export_text
from tests.builders.ruleset import rule_text, write_ruleset
from tests.support.command_line import ROOT, Done, run_here

pytestmark = pytest.mark.slow

BLOCKS = """\
applies_when: {{recorded: concern_raised}}
expect: {{recorded: contact_with_adult}}
due: {{within: {days} working_days, of: {{first: concern_raised}}}}
"""
OLD_DAY = "<reference_date>2026-01-31</reference_date>"
CONCERN = event_text("concern_raised", "c", "2026-01-05")
IN_TWO = event_text("contact_with_adult", "e", "2026-01-07")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two exports of two files each, and two rulesets that allow one day and two."""
    for days in (1, 2):
        write_ruleset(tmp_path / f"days-{days}", rule_text("R-01", BLOCKS.format(days=days)))
    for name, case, header in (
        ("old-1", case_text("A", CONCERN, IN_TWO), OLD_DAY),
        ("old-2", case_text("B", CONCERN), OLD_DAY),
        ("new-1", case_text("A", CONCERN, IN_TWO), LAST_QUARTER),
        ("new-2", case_text("C", CONCERN), LAST_QUARTER),
    ):
        (tmp_path / f"{name}.xml").write_text(export_text([case], header=header), encoding="utf-8")
    return tmp_path


def compare(folder: Path, *words: str) -> Done:
    return run_here("compare", *words, "--out", "out", cwd=folder)


SIDES = ("old-1.xml", "old-2.xml", "--with", "new-1.xml", "new-2.xml")


def written(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "out/compare.json").read_bytes())
    return found


def test_both_sides_are_read_by_their_own_rules(folder: Path) -> None:
    done = compare(folder, *SIDES, "--ruleset", "days-1", "--old-ruleset", "days-2")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "Findings: 1, now 2 (rules +1, coverage +0, practice +0)\n"
        "Of them: 2 new, 1 gone, 0 unchanged\n"
        "Comparison (small counts and case ids): out/compare.json, out/compare.html\n"
    )
    document = written(folder)
    assert [one["name"] for one in document["old"]["inputs"]] == ["old-1.xml", "old-2.xml"]
    assert [one["name"] for one in document["new"]["inputs"]] == ["new-1.xml", "new-2.xml"]
    assert document["old"]["ruleset"]["sha256"] != document["new"]["ruleset"]["sha256"]
    assert [one["as_of"] for one in document["points"]] == ["2026-01-31", "2026-03-31"]
    assert document["between"] == [
        {
            **{"from": "2026-01-31", "to": "2026-03-31"},
            **{"ruleset": True, "mapping": False, "coverage": False},
        }
    ]


@pytest.mark.parametrize(
    "words",
    [
        (*SIDES, "--ruleset", "days-1"),
        ("old-1.xml", "old-2.xml", "--ruleset", "days-1", "--with=new-1.xml", "new-2.xml"),
        ("--with", "new-1.xml", "new-2.xml", "--ruleset", "days-1", "old-1.xml", "old-2.xml"),
        (*SIDES[:2], "--with", "new-1.xml", "--with", "new-2.xml", "--ruleset", "days-1"),
    ],
)
def test_words_after_an_option_for_new_exports_are_new_ones(
    folder: Path, words: tuple[str, ...]
) -> None:
    done = compare(folder, *words)

    assert (done.returncode, done.stderr) == (0, "")
    document = written(folder)
    assert [one["name"] for one in document["old"]["inputs"]] == ["old-1.xml", "old-2.xml"]
    assert [one["name"] for one in document["new"]["inputs"]] == ["new-1.xml", "new-2.xml"]


def test_the_files_are_for_their_owner_alone_and_the_same_each_time(folder: Path) -> None:
    compare(folder, *SIDES, "--ruleset", "days-1")
    first = [(folder / "out" / name).read_bytes() for name in ("compare.json", "compare.html")]
    compare(folder, *SIDES, "--ruleset", "days-1")
    again = [(folder / "out" / name).read_bytes() for name in ("compare.json", "compare.html")]

    assert first == again
    for name in ("compare.json", "compare.html"):
        assert stat.S_IMODE((folder / "out" / name).stat().st_mode) == 0o600


def test_a_day_of_either_side_may_be_named(folder: Path) -> None:
    days = ("--old-as-of", "2026-01-06", "--as-of", "2026-01-08")
    done = compare(folder, *SIDES, "--ruleset", "days-2", *days)

    assert done.returncode == 0
    document = written(folder)
    assert (document["old"]["as_of"], document["new"]["as_of"]) == ("2026-01-06", "2026-01-08")
    states = {row["count"]: row["before"] for row in document["changes"] if row["id"] == "R-01"}
    assert states == {"not_yet_due": 2, "met": 0, "not_met": 0}


def test_history_is_kept_from_comparison_to_comparison(folder: Path) -> None:
    compare(folder, *SIDES, "--ruleset", "days-2")
    (folder / "out").rename(folder / "before")

    done = compare(
        *(folder, "new-1.xml", "--with", "new-1.xml", "--as-of", "2026-06-30"),
        *("--ruleset", "days-2", "--history", "before/compare.json", "before"),
    )

    assert done.returncode == 0
    assert [one["as_of"] for one in written(folder)["points"]] == [
        *("2026-01-31", "2026-03-31", "2026-06-30"),
    ]


def test_what_can_not_be_read_is_named_and_the_exit_code_says_so(folder: Path) -> None:
    broken = '<contact_with_adult id="x"/>'
    (folder / "old-2.xml").write_text(
        export_text([case_text("B", CONCERN, broken)], header=OLD_DAY), encoding="utf-8"
    )

    done = compare(folder, *SIDES, "--ruleset", "days-2")

    assert done.returncode == 2
    assert done.stderr.startswith("Of the old exports:\nold-2.xml:2: ")
    document = written(folder)
    SCHEMA.validate(document)
    assert (document["complete"], document["old"]["complete"]) == (False, False)
    assert document["new"]["complete"] is True


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("old-1.xml",), 64, "Missing option '--with'"),
        (("--with", "new-1.xml"), 64, "Missing argument 'OLD...'"),
        (("old-1.xml", "--with", "none.xml"), 4, "none.xml"),
        (("old-1.xml", "new-1.xml", "--with", "new-2.xml"), 4, "its reference_date is not"),
        (("old-1.xml", "--with", "new-1.xml", "--as-of", "March"), 64, "--as-of takes a date"),
        (
            ("old-1.xml", "--with", "new-1.xml", "--old-canonical", "--old-mapping", "m.yaml"),
            *(64, "--old-canonical and --old-mapping can't both be given"),
        ),
        (("old-1.xml", "--with", "new-1.xml", "--history", "new-1.xml"), 4, "not valid JSON"),
    ],
)
def test_a_mistake_is_answered_in_a_sentence(
    folder: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = compare(folder, *words, "--ruleset", "days-2")

    assert done.returncode == code
    assert said in done.stderr
    assert not (folder / "out").exists()


EXPORTS = ROOT / "tests/data/exports"
ON_DAY = ("--as-of", "2026-03-31", "--old-as-of", "2026-03-31")


def test_the_same_cases_from_another_system_are_no_change(tmp_path: Path) -> None:
    # Written as canonical XML, and as the one wide table of a council's report, with its mapping.
    mapped = (str(EXPORTS / "wide"), "--mapping", str(EXPORTS / "wide.yaml"))

    done = compare(
        *(tmp_path, str(EXPORTS / "truth.xml"), "--old-canonical", "--with", *mapped, *ON_DAY)
    )

    assert (done.returncode, done.stderr) == (0, "")
    document = written(tmp_path)
    SCHEMA.validate(document)
    assert (document["old"]["mapping"], len(document["new"]["mapping"])) == (None, 64)
    assert document["coverage"]["same"] is True
    assert {one["state"] for one in document["findings"]["list"]} == {"unchanged"}
    assert {(row["rules"], row["coverage"], row["practice"]) for row in document["changes"]} == {
        (0, 0, 0)
    }
