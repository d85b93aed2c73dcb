"""`mapping try`: what an export supplies by a mapping, and nothing that anybody wrote in it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from benchmarks.export_generator import write_export
from msp_rules.cli.conventions import UNREADABLE
from tests.support.command_line import EXAMPLE, run_here
from tests.support.vendor_forms import write_mapping, write_vendor_file

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples" / "mapping"
EXPORTS = ROOT / "tests" / "data" / "exports"
FORMS = (str(EXAMPLES / "forms.yaml"), str(EXAMPLES / "forms.xml"))
CANARY = "Zebulon Quagmire"


def tried(*words: str, expect: int) -> dict[str, Any]:
    done = run_here("mapping", "try", "--json", *words)
    assert (done.returncode, done.stderr) == (expect, "")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_coverage_stands_first_and_counts_events_and_fields() -> None:
    document = tried(*FORMS, expect=2)

    concern, conversation = document["coverage"]
    assert (concern["event"], concern["events"]) == ("concern_raised", 2)
    assert concern["fields"]["identified_adult"] == {"given": 1, "unreadable": 1}
    assert conversation["fields"] == {"asked": {"given": 1, "unreadable": 0}}
    assert "location" in concern["not_mapped"]
    assert "case_closed" in document["not_supplied"]
    assert (document["cases"], document["whole"], document["complete"]) == (2, True, False)
    assert document["reference_date"] == "2026-03-31"


def test_a_label_that_no_table_knows_is_counted_with_its_place_also_where_it_is_no_fault() -> None:
    tables = {table["table"]: table for table in tried(*FORMS, expect=2)["tables"]}

    assert tables["source"] == {
        "table": "source",
        "at": "concern_raised.source",
        "values": 2,
        "did_not_map": 1,
        "becomes": "other",
        "labels": [{"count": 1, "first_case_line": 14, "label": None}],
        "more": 0,
    }
    assert (tables["yes_no"]["did_not_map"], tables["yes_no"]["becomes"]) == (1, "fault")


def test_a_label_is_shown_only_where_it_is_asked_for_and_looks_like_one(tmp_path: Path) -> None:
    text = (EXAMPLES / "forms.xml").read_text("utf-8")
    path = tmp_path / "forms.xml"
    path.write_text(
        text.replace("Parish office", f"{CANARY} rang about the bruises he saw"), "utf-8"
    )

    quiet = run_here("mapping", "try", FORMS[0], str(path))
    told = run_here("mapping", "try", FORMS[0], str(path), "--show-labels")

    assert "Perhaps" not in quiet.stdout
    assert '"Perhaps": 1 time, first in the case of line 14' in told.stdout
    assert CANARY not in told.stdout + told.stderr + quiet.stdout


def test_a_case_is_shown_in_codes_and_dates(tmp_path: Path) -> None:
    case = tried(*FORMS, "--case", "R-1", expect=0)["case"]

    assert case["adult"] == {"ref": "text given"}
    assert [(e["event"], e["id"], e["line"], e["occurred"]) for e in case["events"]] == [
        ("concern_raised", "f1", 8, "2026-01-05T10:15:00+00:00"),
        ("outcomes_conversation", "f1-asked", 8, "2026-01-05T10:15:00+00:00"),
    ]
    assert case["events"][0]["fields"] == {
        "source": "police",
        "abuse_type": ["neglect_omission"],
        "identified_adult": "yes",
    }


def test_only_the_first_cases_are_read_where_that_is_asked() -> None:
    document = tried(*FORMS, "--cases", "1", expect=0)

    assert (document["cases"], document["whole"], document["faults"]) == (1, False, [])


@pytest.mark.slow
def test_no_text_of_any_record_is_shown(tmp_path: Path) -> None:
    canonical, vendor, mapping = (tmp_path / n for n in ("c.xml", "vendor.xml", "mapping.yaml"))
    write_export(canonical, cases=8, seed=5)
    write_vendor_file(canonical, vendor)
    write_mapping(mapping)
    spoilt = vendor.read_text("utf-8")
    for place in (
        "<Text>",
        ' ref="',
        ' agency="',
        ' role="',
        ' recorded="',
        ' supersedes="',
        ' x_team="',
    ):
        assert place in spoilt or place == ' supersedes="'
        spoilt = spoilt.replace(place, f"{place}{CANARY} said so again and again to all who came ")
    vendor.write_text(spoilt, "utf-8")
    words = (str(mapping), str(vendor), "--show-labels")
    ids = [case.get("id") or "" for case in etree.parse(str(canonical)).getroot().iter("{*}case")]

    shown = [run_here("mapping", "try", *words), run_here("mapping", "try", "--json", *words)]
    shown += [run_here("mapping", "try", *words, "--case", one) for one in ids]

    assert any("text given" in done.stdout for done in shown)
    assert all(CANARY not in done.stdout + done.stderr for done in shown)
    assert {done.returncode for done in shown} == {2}


@pytest.mark.slow
def test_words_of_an_overlay_are_known_where_it_is_named(tmp_path: Path) -> None:
    overlay = ROOT / "rulesets" / "example-council"
    text = (overlay / "overlay.yaml").read_text("utf-8")
    kind = re.findall(r"^  (x_\w+):\s*\n    means:", text, re.MULTILINE)[0]
    mapping = tmp_path / "forms.yaml"
    lines = (EXAMPLES / "forms.yaml").read_text("utf-8")
    values = 'id: {path: "@id", suffix: -x}, occurred: "@completed"'
    own = f"  - {{event: {kind}, record: Form, {values}}}\n"
    mapping.write_text(lines + own, "utf-8")

    unknown = run_here("mapping", "try", str(mapping), FORMS[1])
    known = run_here("mapping", "try", str(mapping), FORMS[1], "--overlay", str(overlay))

    assert (unknown.returncode, known.returncode) == (3, 2)
    assert f"  {kind}: 2 events; no field" in known.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((FORMS[0], "nowhere.xml"), 4, "nowhere.xml: there is no such file"),
        ((*FORMS, "--case", "R-11"), 4, "no such case is among the 2 that were read; did you mean"),
        ((FORMS[1], FORMS[1]), 3, "forms.xml"),
        ((*FORMS, "--cases", "0"), 64, "Invalid value for '--cases'"),
    ],
)
def test_what_goes_wrong_has_its_exit_code(words: tuple[str, ...], code: int, said: str) -> None:
    done = run_here("mapping", "try", *words)

    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_an_export_is_tried_as_of_the_date_that_is_given() -> None:
    document = tried(*FORMS, "--as-of", "2026-06-30", expect=2)

    assert document["reference_date"] == "2026-06-30"


def test_a_mapping_for_another_file_is_told_by_the_root_of_the_file() -> None:
    done = run_here("scan", "--quiet", "--mapping", FORMS[0], str(EXAMPLE))

    root = "its root is case_export, and the mapping reads Extract: is it the right mapping?"
    assert (done.returncode, done.stderr) == (UNREADABLE, f"{EXAMPLE.name}: {root}\n")


def test_a_mapping_for_other_tables_is_told_by_the_tables_of_the_export() -> None:
    done = run_here("mapping", "try", str(EXPORTS / "wide.yaml"), str(EXPORTS / "council"))

    lacking = 'there is no table "Safeguarding Adults Report *"'
    others = 'it has "Ability", "Enquiries 2026", "Worries 2026": is it the right mapping?'
    assert (done.returncode, done.stderr) == (UNREADABLE, f"council: {lacking}; {others}\n")
