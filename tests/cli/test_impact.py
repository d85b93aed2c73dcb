"""`msp-rules impact`: what is shown, in which words, and the exit codes."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.export_generator import write_export
from tests.builders.layers import WHY, top_layer, write_base, write_overlay
from tests.support.command_line import DEMO, EXAMPLE, ROOT, run, run_here
from tests.support.vendor_forms import (
    write_mapping,
    write_row_mapping,
    write_row_sets,
    write_vendor_file,
)

pytestmark = pytest.mark.slow

COUNCIL = ROOT / "rulesets/example-council"
REASONS = WHY.replace(", ", "\n    ")
SHORTER = f"""\
changes:
  - rule: PL-01
    parameters:
      within: [{{from: 2015-04-01, value: 0, basis: local, source: "board"}}]
    {REASONS}
"""
OFF = f"changes: [{{rule: PL-01, enabled: false, expires: 2027-01-01, {WHY}}}]\n"
WAIVER = f"waivers: [{{name: new system, rules: PL-01, expires: 2027-01-01, {WHY}}}]\n"
FILTER = (
    "filters: [{name: hub, rules: PL-01, when: {recorded: enquiry_started}, "
    f"expires: 2027-01-01, {WHY}}}]\n"
)
NEW_RULE = """\
rules:
  - rule: X-NEW-01
    title: The adult is told
    kind: local
    severity: flag
    principles: [empowerment]
    audit_questions: [Q1]
    cites: [{source: care-act, at: "s42"}]
    status: trial
    review_by: 2027-11-30
    expect: {recorded: oversight}
    prompt: {summary: "Told?", urgency: critical, ask_at: [any], roles: [worker]}
    finding: "That the adult was told is not evidenced in the record."
    examples:
      - name: told
        as_of: 2026-03-31
        given: [{oversight: {occurred: 2026-01-05}}]
        then: met
"""


MAPPINGS = ROOT / "docs/examples/mapping"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "year.xml"
    write_export(path, cases=60, seed=5, profile="noisy")
    return path


@pytest.fixture(scope="module")
def two_blocks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of which a second process has 6 cases, and is done before the first."""
    path = tmp_path_factory.mktemp("export") / "two-blocks.xml"
    write_export(path, cases=70, seed=5, profile="noisy")
    return path


def document(base: Path, folder: Path, export: Path, body: str, *more: str) -> dict[str, Any]:
    overlay = write_overlay(folder, "town", top_layer(base), body)
    words = ("--before", str(base), "--after", str(overlay), "--format", "json", str(export))
    done = run_here("impact", *words, *more)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_shorter_limit_makes_findings_appear_and_changes_others(
    base: Path, export: Path, tmp_path: Path
) -> None:
    found = document(base, tmp_path, export, SHORTER)

    totals = found["totals"]["findings"]
    assert totals["appears"] + totals["changes"] > 0
    assert totals["disappears"] == 0
    assert found["totals"]["cases"] == 60
    assert {row["rule"] for row in found["rows"]} == {"PL-01"}
    appeared = [row for row in found["rows"] if row["finding"] == "appears"]
    assert len(appeared) == totals["appears"]
    assert all(row["before"]["counts_as"] == "clear" for row in appeared)
    assert all(row["after"]["counts_as"] == "finding" for row in appeared)
    by_team = sum(row["findings"]["appears"] for row in found["by_team"])
    assert by_team == totals["appears"] == found["by_rule"]["PL-01"]["findings"]["appears"]
    # The question was asked before its limit as well: a limit moves no prompt.
    assert found["totals"]["prompts"]["appears"] == 0


@pytest.mark.parametrize(
    ("body", "tally"),
    [
        pytest.param(OFF, "switched_off", id="switched off"),
        pytest.param(WAIVER, "waived", id="waived"),
        pytest.param(FILTER, "filtered", id="filtered"),
    ],
)
def test_what_is_set_aside_has_a_tally_of_its_own(
    base: Path, export: Path, tmp_path: Path, body: str, tally: str
) -> None:
    found = document(base, tmp_path, export, body)

    totals = found["totals"]["findings"]
    assert totals[tally] > 0
    assert (totals["appears"], totals["disappears"], totals["changes"]) == (0, 0, 0)
    prompts = found["totals"]["prompts"]
    if tally == "waived":
        assert prompts.get("waived", 0) == prompts["disappears"] == 0
        assert found["set_aside"] == [
            {"rule": "PL-01", "as": "waived", "side": "after", "count": totals["waived"]}
        ]
    else:
        assert prompts[tally] > 0


def test_a_new_rule_is_forecast_by_role(base: Path, export: Path, tmp_path: Path) -> None:
    found = document(base, tmp_path, export, NEW_RULE)

    forecast = found["forecast"]
    new = forecast["by_rule"]["X-NEW-01"]
    assert new["before"]["raised"] == 0
    assert new["after"]["raised"] > 0
    worker = forecast["by_role"]["worker"]
    assert worker["after"]["raised"] - worker["before"]["raised"] == new["after"]["raised"]
    assert forecast["budget"] == {"interrupting": 1, "passive": 3}
    assert forecast["verdicts"] == [
        "this change would begin prompts of X-NEW-01 (from 0 to "
        f"{new['after']['raised']} in {forecast['weeks']} weeks)"
    ]


def test_a_smaller_budget_holds_more_back(base: Path, export: Path, tmp_path: Path) -> None:
    tight = document(base, tmp_path, export, NEW_RULE, "--interrupting", "0", "--passive", "1")[
        "forecast"
    ]
    none = document(base, tmp_path, export, NEW_RULE, "--interrupting", "0", "--passive", "0")[
        "forecast"
    ]

    held = [one["by_role"]["worker"]["after"]["held_back"] for one in (tight, none)]
    worker = none["by_role"]["worker"]["after"]
    assert held[0] < held[1] == worker["raised"] + worker["repeats"]["still_standing"]


@pytest.mark.slow
def test_several_processes_find_the_same(base: Path, two_blocks: Path, tmp_path: Path) -> None:
    one = document(base, tmp_path, two_blocks, NEW_RULE, "--jobs", "1")

    assert document(base, tmp_path, two_blocks, NEW_RULE, "--jobs", "2") == one
    assert one["rows"]


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["forms", "row sets"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_vendors_export_is_compared_as_the_canonical_one(
    shape: str, jobs: str, base: Path, two_blocks: Path, tmp_path: Path
) -> None:
    vendors, mapping = tmp_path / "forms.xml", tmp_path / "forms.yaml"
    write_vendor_file(two_blocks, vendors)
    write_mapping(mapping)
    if shape == "row sets":
        forms, vendors = (vendors, mapping), tmp_path / "rows.xml"
        mapping = tmp_path / "rows.yaml"
        write_row_sets(forms[0], vendors)
        write_row_mapping(forms[1], mapping)
    canonical = document(base, tmp_path, two_blocks, SHORTER)

    found = document(base, tmp_path, vendors, SHORTER, "--mapping", str(mapping), "--jobs", jobs)

    manifest, of_canonical = found.pop("manifest"), canonical.pop("manifest")
    assert found == canonical
    assert found["rows"]
    assert manifest["mapping"] == {
        "name": "Invented",
        "sha256": hashlib.sha256(mapping.read_bytes()).hexdigest(),
    }
    assert [one["name"] for one in manifest["inputs"]] == [vendors.name]
    assert "mapping" not in of_canonical


@pytest.mark.parametrize(
    ("export", "mapping", "faults"),
    [
        ("forms.xml", "forms.yaml", [("forms.xml", 16, "R-2")]),
        ("rows.xml", "rows.yaml", []),
        ("rows-csv", "rows-csv.yaml", []),
    ],
)
def test_the_examples_of_mappings_can_be_compared(
    export: str, mapping: str, faults: list[tuple[str, int, str]], base: Path, tmp_path: Path
) -> None:
    overlay = write_overlay(tmp_path, "town", top_layer(base), SHORTER)
    source = (str(MAPPINGS / export), "--mapping", str(MAPPINGS / mapping))

    done = run_here(
        "impact", *source, "--before", str(base), "--after", str(overlay), "--format", "json"
    )

    found = json.loads(done.stdout)
    assert done.returncode == (2 if faults else 0)
    assert found["totals"]["cases"] == 2
    assert [(one["input"], one["line"], one["case"]) for one in found["faults"]] == faults


def test_a_mapping_may_name_what_the_draft_adds(base: Path, tmp_path: Path) -> None:
    body = "events: {x_card_given: {means: The card was given., fields: {}}}\n" + SHORTER
    overlay = write_overlay(tmp_path, "town", top_layer(base), body)
    mapping = tmp_path / "forms.yaml"
    mapping.write_text(
        (MAPPINGS / "forms.yaml").read_text(encoding="utf-8") + "  - event: x_card_given\n"
        "    record: Form\n"
        "    id: {path: '@id', suffix: -card}\n"
        "    occurred: {path: '@completed', date_format: '%d/%m/%Y %H:%M'}\n"
        "    fields: {}\n",
        encoding="utf-8",
    )
    words = ("impact", str(MAPPINGS / "forms.xml"), "--mapping", str(mapping), "--after")

    done = run_here(*words, str(overlay), "--before", str(base), "--format", "json")
    without = run_here(*words, str(base), "--before", str(base))

    assert json.loads(done.stdout)["totals"]["cases"] == 2
    assert without.returncode == 3
    assert 'unknown event type "x_card_given"' in without.stderr


@pytest.mark.slow
def test_the_hash_of_an_export_does_not_depend_on_which_process_is_done_first(
    base: Path, two_blocks: Path, tmp_path: Path
) -> None:
    found = document(base, tmp_path, two_blocks, SHORTER, "--no-forecast", "--jobs", "2")

    (read,) = found["manifest"]["inputs"]
    assert read["sha256"] == hashlib.sha256(two_blocks.read_bytes()).hexdigest()


def test_without_a_forecast_nothing_is_replayed(base: Path, export: Path, tmp_path: Path) -> None:
    whole = document(base, tmp_path, export, SHORTER)
    quick = document(base, tmp_path, export, SHORTER, "--no-forecast")

    assert quick["forecast"] is None
    assert quick | {"forecast": whole["forecast"]} == whole


@pytest.mark.slow
def test_the_text_says_what_appears_where_and_how_often() -> None:
    done = run_here("impact", "--after", str(COUNCIL), str(DEMO))

    assert (done.returncode, done.stderr) == (2, "")
    text = done.stdout
    assert "before: msp-core 0.2.0\nafter:  msp-core 0.2.0 + example-council 1.0.0\n" in text
    cases = DEMO.read_text(encoding="utf-8").count("<case ")
    assert f"{cases} cases; INCOMPLETE: not everything could be judged\n" in text
    # How many there are hangs on the rules; an overlay like this one makes none disappear.
    assert re.search(
        r"findings: appears [1-9]\d*, disappears 0, changes verdict or colour 0,", text
    )
    waived = re.search(r"waived instead ([1-9]\d*)\n", text)
    assert waived is not None
    assert f"  waived in all: 0 before, {waived[1]} after\n" in text
    assert re.search(r"COM-01: finding waived instead in \d+ cases: MC-003, MC-011,", text)
    assert "north (council)" in text
    assert "Forecast: this change would begin prompts of X-CARD-01 (from 0 to " in text
    assert "Held back: a view has no room for it." in text


def test_the_result_can_be_written_to_a_file(base: Path, export: Path, tmp_path: Path) -> None:
    overlay = write_overlay(tmp_path, "town", top_layer(base), SHORTER)
    words = ("--before", str(base), "--after", str(overlay), str(export))

    for form in ("text", "json"):
        out = tmp_path / f"impact.{form}"
        done = run_here("impact", *words, "--format", form, "--out", str(out))

        assert (done.returncode, done.stdout) == (0, f"Impact: {out}\n")
        assert "PL-01" in out.read_text(encoding="utf-8")


def test_no_text_of_a_record_is_in_the_result(base: Path, tmp_path: Path) -> None:
    canary = "canary-7731"
    text = EXAMPLE.read_text(encoding="utf-8").replace("<text>", f"<text>{canary} ")
    export = tmp_path / "year.xml"
    export.write_text(text, encoding="utf-8")
    assert canary in text
    overlay = write_overlay(tmp_path, "town", top_layer(base), SHORTER)
    words = ("--before", str(base), "--after", str(overlay), str(export))

    for form in ("text", "json"):
        done = run_here("impact", *words, "--format", form)
        assert canary not in done.stdout + done.stderr


def test_a_team_that_is_no_plain_word_is_not_named(base: Path, tmp_path: Path) -> None:
    export = tmp_path / "year.xml"
    text = EXAMPLE.read_text(encoding="utf-8")
    export.write_text(re.sub(' team="[^"]*"', ' team="[red]a&#x9b;b"', text))
    overlay = write_overlay(tmp_path, "town", top_layer(base), NEW_RULE)

    done = run_here("impact", "--before", str(base), "--after", str(overlay), str(export))

    assert "not a short name (council)" in " ".join(done.stdout.split())
    assert "[red]" not in done.stdout
    assert "\x9b" not in done.stdout


@pytest.mark.slow
def test_an_unreadable_file_beside_others_makes_it_incomplete(
    base: Path, export: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_text("<other/>")
    overlay = write_overlay(tmp_path, "town", top_layer(base), SHORTER)
    words = ("--before", str(base), "--after", str(overlay))

    for jobs in ("1", "2"):
        done = run("impact", *words, str(bad), str(export), "--jobs", jobs)
        assert done.returncode == 2
        assert "60 cases; INCOMPLETE" in done.stdout
        assert done.stdout.count("bad.xml: this is not a case export") == 1
    for jobs in ("1", "2"):
        done = run("impact", *words, str(bad), "--jobs", jobs)
        assert (done.returncode, done.stdout) == (4, "")
        assert done.stderr.startswith("bad.xml: this is not a case export")


@pytest.mark.slow
def test_a_file_that_breaks_off_is_compared_up_to_its_last_whole_case(
    base: Path, export: Path, tmp_path: Path
) -> None:
    whole = export.read_bytes()
    cut = tmp_path / "cut.xml"
    cut.write_bytes(whole[: len(whole) // 2])
    overlay = write_overlay(tmp_path, "town", top_layer(base), NEW_RULE)
    words = ("--before", str(base), "--after", str(overlay), str(cut), "--format", "json")

    one, two = (run_here("impact", *words, "--jobs", jobs) for jobs in ("1", "2"))

    assert (one.returncode, two.returncode) == (2, 2)
    assert one.stdout == two.stdout
    found = json.loads(one.stdout)
    assert 0 < found["totals"]["cases"] < 60
    assert found["manifest"]["complete"] is False
    (fault,) = found["faults"]
    assert (fault["input"], fault["case"]) == ("cut.xml", None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        pytest.param(
            ["--after", "msp-core"],
            3,
            "say what the ruleset is compared with: --before RULESET\n",
            id="nothing to compare with",
        ),
        pytest.param(
            ["--before", "msp-cor", "--after", "msp-core"],
            3,
            'msp-cor: there is no such ruleset or folder; did you mean "msp-core"?\n',
            id="a misspelt ruleset",
        ),
        pytest.param(
            ["--before", "msp-core", "--after", "msp-core", "--after", "nowhere"],
            3,
            '"nowhere" is not an overlay (a file, or a folder with an overlay.yaml); only what '
            "comes first may be a ruleset\n",
            id="an overlay that is none",
        ),
        pytest.param(
            ["--after", "rulesets/example-council", "--as-of", "soon"],
            64,
            "Error: --as-of takes a date (YYYY-MM-DD) or date-time\n",
            id="a day that is none",
        ),
    ],
)
def test_what_can_t_be_compared_is_refused(words: list[str], code: int, message: str) -> None:
    done = run_here("impact", *words, str(EXAMPLE))

    assert (done.returncode, done.stdout) == (code, "")
    shown = done.stderr if code != 64 else done.stderr.split("\n\n")[1]  # after the usage
    assert shown == message


def test_an_overlay_of_nothing_shipped_needs_its_ruleset_named(base: Path, tmp_path: Path) -> None:
    overlay = write_overlay(tmp_path, "town", top_layer(base), SHORTER)

    alone = run_here("impact", "--after", str(overlay), str(EXAMPLE))
    named = run_here("impact", "--after", str(base), "--after", str(overlay), str(EXAMPLE))

    assert (alone.returncode, alone.stdout) == (3, "")
    assert alone.stderr == (
        'town.yaml extends "small", which is not a shipped ruleset; name the folder of what it '
        "extends before it\n"
    )
    assert named.returncode == 0
    assert "before: small 1.0.0\nafter:  small 1.0.0 + town 1.0.0\n" in named.stdout


def test_the_topmost_overlay_is_what_changes(base: Path, tmp_path: Path) -> None:
    council = write_overlay(tmp_path, "council", top_layer(base), WAIVER)
    team = write_overlay(tmp_path, "team", top_layer(base, council), SHORTER)

    stack = [word for one in (base, council, team) for word in ("--after", str(one))]
    over = ["--before", str(base), "--before", str(council), "--after", str(team)]

    for words in (stack, over):
        done = run_here("impact", *words, str(EXAMPLE))
        assert done.returncode == 0
        assert "before: small 1.0.0 + council 1.0.0\n" in done.stdout
        assert "after:  small 1.0.0 + council 1.0.0 + team 1.0.0\n" in done.stdout


def test_one_local_word_with_two_meanings_can_t_be_read(base: Path, tmp_path: Path) -> None:
    event = "events: {{x_card: {{means: a card, fields: {{how: {kind}}}}}}}\n"
    overlays = []
    for name, kind in (("one", "text"), ("two", "flag")):
        overlays.append(write_overlay(tmp_path, name, top_layer(base), event.format(kind=kind)))
    before = ["--before", str(base), "--before", str(overlays[0])]
    after = ["--after", str(base), "--after", str(overlays[1])]

    for jobs in ("1", "2"):
        done = run_here("impact", *before, *after, str(EXAMPLE), "--jobs", jobs)

        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr == (
            'the event type "x_card" is not the same before and after, so no export can be read '
            "for both; give the new one a name of its own\n"
        )
