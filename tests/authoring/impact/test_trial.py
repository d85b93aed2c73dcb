"""An edit is tried on the cases of a past year, whatever its days, and what was not is named."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.export_generator import write_export
from msp_rules.rules import shipped_ruleset
from tests.builders.export import event_text
from tests.builders.layers import (
    WHY,
    as_body,
    random_entries,
    release,
    top_layer,
    write_base,
    write_overlay,
)
from tests.support import effort
from tests.support.command_line import DEMO, run_here

pytestmark = pytest.mark.slow

ROW = "{{from: {day}, value: {value}, basis: local, source: board}}"
OLD = "2015-04-01"
LATER = "2030-01-01"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "year.xml"
    write_export(path, cases=60, seed=5, profile="noisy")
    return path


def impact(base: Path, overlay: Path, export: Path, *more: str) -> dict[str, Any]:
    words = ("--before", str(base), "--after", str(overlay), "--no-forecast", "--format", "json")
    done = run_here("impact", *words, str(export), *more)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found


def effect(found: Mapping[str, Any]) -> object:
    """What an impact shows, without where it comes from."""
    return {key: found[key] for key in ("totals", "by_rule", "by_team", "set_aside", "rows")}


def change(day: str, value: int = 0, more: str = "") -> str:
    row = ROW.format(day=day, value=value)
    return f"changes: [{{rule: PL-01, parameters: {{within: [{row}{more}]}}, {WHY}}}]\n"


def test_a_number_that_begins_later_is_tried_on_the_whole_year(
    base: Path, export: Path, tmp_path: Path
) -> None:
    below = top_layer(base)
    later = write_overlay(tmp_path, "later", below, change(LATER))
    always = write_overlay(tmp_path, "always", below, change(OLD))

    found = impact(base, later, export)

    assert effect(found) == effect(impact(base, always, export))
    assert found["totals"]["findings"]["appears"] + found["totals"]["findings"]["changes"] > 0
    assert found["trial"] == {
        "as_dated": False,
        "throughout": [{"what": "PL-01: within", "layer": "later", "from": LATER, "until": None}],
        "not_tried": [],
        "not_held": [],
    }


def test_as_dated_it_is_not_tried_and_is_named(base: Path, export: Path, tmp_path: Path) -> None:
    later = write_overlay(tmp_path, "later", top_layer(base), change(LATER))

    found = impact(base, later, export, "--as-dated")

    as_of = found["manifest"]["inputs"][0]["as_of"]
    assert found["totals"]["findings"]["appears"] == found["totals"]["findings"]["changes"] == 0
    assert found["trial"]["not_tried"] == [
        {
            "what": "PL-01: within",
            "layer": "later",
            "reason": f"it begins on {LATER}, after the day of the exports ({as_of})",
        }
    ]


def test_of_two_values_the_last_is_tried_and_the_other_named(
    base: Path, export: Path, tmp_path: Path
) -> None:
    below = top_layer(base)
    more = ", " + ROW.format(day="2031-01-01", value=0)
    both = write_overlay(tmp_path, "both", below, change(LATER, 4, more))
    last = write_overlay(tmp_path, "last", below, change(OLD))

    found = impact(base, both, export)

    assert effect(found) == effect(impact(base, last, export))
    assert found["trial"]["not_tried"] == [
        {
            "what": "PL-01: within 4",
            "layer": "both",
            "reason": "another follows from 2031-01-01 on, and was tried",
        }
    ]


def test_a_switch_and_words_that_cannot_be_tried_are_named(
    base: Path, export: Path, tmp_path: Path
) -> None:
    row = ROW.format(day=OLD, value=0)
    body = (
        "changes:\n"
        f"  - {{rule: PL-01, why: Our charter says so., {WHY}}}\n"
        f"  - {{rule: PL-01, enabled: false, expires: 2030-01-01, {WHY}}}\n"
        f"  - {{rule: PL-01, parameters: {{within: [{row}]}}, {WHY}}}\n"
    )

    found = impact(base, write_overlay(tmp_path, "town", top_layer(base), body), export)

    assert [(one["what"], one["reason"]) for one in found["trial"]["not_tried"]] == [
        ("PL-01: why", "these words change nothing that is found or asked"),
        ("PL-01: within", "PL-01 is switched off"),
    ]


def test_a_rule_that_no_case_is_about_is_named(base: Path, export: Path, tmp_path: Path) -> None:
    body = """\
events: {x_visit: {means: A visit.}}
rules:
  - rule: X-NEW-01
    title: The adult is told
    kind: local
    severity: flag
    principles: [empowerment]
    audit_questions: []
    cites: [{source: care-act, at: "s42"}]
    status: trial
    review_by: 2027-11-30
    from: 2030-01-01
    each: x_visit
    expect: {recorded: oversight}
    prompt: {summary: "Told?", urgency: info, ask_at: [any], roles: [worker]}
    finding: "That the adult was told is not evidenced in the record."
    examples: []
"""

    found = impact(base, write_overlay(tmp_path, "town", top_layer(base), body), export)

    assert found["trial"]["not_tried"] == [
        {
            "what": "the rule X-NEW-01",
            "layer": "town",
            "reason": "no case of these exports is one that X-NEW-01 is about",
        }
    ]


def test_two_versions_that_differ_in_their_days_only_are_the_same_and_that_is_said(
    base: Path, export: Path, tmp_path: Path
) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    below = top_layer(base)
    old = write_overlay(tmp_path / "old", "town", below, change(OLD))
    new = write_overlay(tmp_path / "new", "town", below, change(LATER))
    words = ("--before", str(base), "--before", str(old), "--after", str(base), "--after", str(new))

    done = run_here("impact", *words, "--no-forecast", "--format", "json", str(export))

    found = orjson.loads(done.stdout)
    assert found["rows"] == []
    assert [one["reason"] for one in found["trial"]["not_tried"]] == [
        f"only its days differ, which are from {OLD} on before; --as-dated tries them"
    ]


def test_teams_and_codes_that_no_case_has_are_named(
    base: Path, export: Path, tmp_path: Path
) -> None:
    until = f"expires: 2030-01-01, {WHY}"
    body = (
        "filters:\n"
        "  - {name: hub, rules: PL-01, when: {this: {source: [police, probation]}}, "
        f"{until}}}\n"
        "waivers:\n"
        f"  - {{name: move, rules: PL-01, team: [nroth, north], {until}}}\n"
    )
    text = export.read_text(encoding="utf-8")
    assert 'team="north"' in text
    assert "probation" not in text
    town = write_overlay(tmp_path, "town", top_layer(base), body)

    found = impact(base, town, export)

    said = {one["word"]: one for one in found["trial"]["not_held"]}
    assert said["nroth"]["named_by"] == 'waiver "move"'
    assert "north" in said["nroth"]["held"]
    assert said["probation"]["of"] == "concern_raised"
    assert "north" not in said
    lines = run_here(
        "impact", "--before", str(base), "--after", str(town), "--no-forecast", str(export)
    ).stdout
    assert 'waiver "move" (town) names the team "nroth", which no case of these exports' in lines


def test_a_text_of_a_record_is_never_among_what_cases_have(base: Path, tmp_path: Path) -> None:
    body = (
        "events: {x_letter: {means: A letter., fields: {how: text}}}\n"
        "filters:\n"
        "  - {name: post, rules: PL-01, when: {recorded: x_letter, where: {how: [by post]}}, "
        f"expires: 2030-01-01, {WHY}}}\n"
    )
    town = write_overlay(tmp_path, "town", top_layer(base), body)
    export = tmp_path / "one.xml"
    write_export(export, cases=1, seed=5, profile="exemplary")
    text = export.read_text(encoding="utf-8")
    event = event_text("x_letter", "zz", "2026-01-05", "<how>canary</how>")
    export.write_text(text.replace("</case>", f"{event}</case>", 1), encoding="utf-8")

    done = run_here(
        "impact", "--before", str(base), "--after", str(town), "--format", "json", str(export)
    )

    assert '"word": "by post"' in done.stdout
    assert "canary" not in done.stdout


def without_days(body: str) -> str:
    """The same overlay as if it had always been in force: its values begin with the rules'."""
    body = re.sub(r"\[\{from: [0-9-]+, value", f"[{{from: {OLD}, value", body)
    return re.sub(r"(, )from: [0-9-]+(?=, expires)|expires: [0-9-]+", _always, body)


def _always(found: re.Match[str]) -> str:
    return "" if found[1] else "expires: 9999-12-31"


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(effort.of(3, thorough=40)))
def test_what_comes_and_goes_is_what_two_scans_show(
    base: Path, export: Path, tmp_path: Path, seed: int
) -> None:
    body = as_body(random_entries(random.Random(seed)))
    below = top_layer(base)
    (tmp_path / "dated").mkdir()
    (tmp_path / "always").mkdir()
    dated = write_overlay(tmp_path / "dated", "town", below, body)
    always = write_overlay(tmp_path / "always", "town", below, without_days(body))

    plain = findings(base, None, export)
    assert plain
    for overlay, more in ((dated, ("--as-dated",)), (always, ())):
        after = findings(base, overlay, export)
        rows = impact(base, dated, export, *more)["rows"]

        there = {key(row) for row in rows if counts(row["before"])}
        here = {key(row) for row in rows if counts(row["after"])}
        assert (there - here, here - there) == (plain - after, after - plain)


def key(row: Mapping[str, Any]) -> tuple[str, str, str | None]:
    return row["case"], row["rule"], row["subject"]


def counts(side: Mapping[str, Any]) -> bool:
    return bool(side["counts_as"] == "finding")


def findings(base: Path, overlay: Path | None, export: Path) -> set[tuple[str, str, str | None]]:
    """The findings of a scan that count."""
    above = () if overlay is None else ("--overlay", str(overlay))
    words = ("--ruleset", str(base), *above, "--format", "json", "--out", "-", "--identify")
    done = run_here("scan", str(export), "--quiet", *words)
    assert done.returncode in (0, 1), done.stderr
    return {
        (case["case"], row["rule"], row["subject"])
        for case in orjson.loads(done.stdout)["cases"]
        for row in case["verdicts"]
        if row["verdict"] in ("not_met", "partly_met", "met_late") and row.get("waived") is None
    }


@pytest.mark.slow
def test_four_hours_for_the_safety_check_are_tried_on_last_years_cases(tmp_path: Path) -> None:
    row = ROW.format(day=LATER, value=4)
    body = f"changes: [{{rule: RISK-01, parameters: {{safety_within: [{row}]}}, {WHY}}}]\n"
    town = write_overlay(tmp_path, "town", top_layer(shipped_ruleset("msp-core")), body)
    words = ("impact", "--after", str(town), "--no-forecast", "--format", "json", str(DEMO))

    tried, dated = (orjson.loads(run_here(*words, *more).stdout) for more in ((), ("--as-dated",)))

    assert {row["rule"] for row in tried["rows"]} == {"RISK-01"}
    assert all(row["before"]["counts_as"] == "clear" for row in tried["rows"])
    assert dated["rows"] == []


def test_a_new_release_of_the_ruleset_is_tried_in_the_same_way(
    base: Path, export: Path, tmp_path: Path
) -> None:
    value = (
        '      - {from: 2015-04-01, value: 5, basis: published, source: "a national paper"}\neach'
    )
    new = value.replace("\neach", "\n      - " + ROW.format(day=LATER, value=0) + "\neach")
    (tmp_path / "later").mkdir()
    (tmp_path / "always").mkdir()
    later = release(base, tmp_path / "later", ("rules/PL-01.yaml", value, new))
    always = release(
        base,
        tmp_path / "always",
        ("rules/PL-01.yaml", value, value.replace("value: 5", "value: 0")),
    )

    def compared(after: Path, *more: str) -> dict[str, Any]:
        words = ("--before", str(base), "--after", str(after), "--no-forecast", "--format", "json")
        done = run_here("impact", *words, str(export), *more)
        assert (done.returncode, done.stderr) == (0, "")
        found: dict[str, Any] = orjson.loads(done.stdout)
        return found

    found = compared(later)

    assert effect(found) == effect(compared(always))
    assert found["rows"]
    assert compared(later, "--as-dated")["rows"] == []
    assert [one["what"] for one in found["trial"]["throughout"]] == ["PL-01: within"]
    assert found["trial"]["not_tried"] == []


def test_a_rule_of_a_new_release_that_begins_later_is_tried_all_year(
    base: Path, export: Path, tmp_path: Path
) -> None:
    old = "title: The adult is asked\nkind"
    begins = "title: The adult is asked\nfrom: 2030-01-01\nkind"
    later = release(base, tmp_path, ("rules/PL-01.yaml", old, begins))
    words = ("--before", str(base), "--after", str(later), "--no-forecast", "--format", "json")

    tried, dated = (
        orjson.loads(run_here("impact", *words, str(export), *more).stdout)
        for more in ((), ("--as-dated",))
    )

    assert tried["rows"] == []
    assert {row["rule"] for row in dated["rows"]} == {"PL-01"}
    assert [one["reason"] for one in dated["trial"]["not_tried"]] == [
        f"it begins on 2030-01-01, after the day of the exports "
        f"({dated['manifest']['inputs'][0]['as_of']})"
    ]
