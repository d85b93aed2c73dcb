"""Who wrote, who approved, and on which law a local rule rests: shown, and held to."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from msp_rules.authoring.effective import differences
from msp_rules.rules import check_layers, load_layers, shipped_ruleset
from tests.builders.layers import HEAD, WHY, top_layer, write_base, write_overlay
from tests.support.command_line import EXAMPLE, run_here

pytestmark = pytest.mark.slow

CORE = shipped_ruleset("msp-core")
WHO = f"{WHY}, approved_on: 2026-05-01, written_by: Ann Lead"
DUTY = '{source: care-act-2014, at: "s42(1)"}'
RULE = """\
rules:
  - rule: X-LETTER-01
    title: There is a letter
    kind: {kind}
    severity: advice
    principles: [partnership]
    audit_questions: []
    cites: [{cites}]
    status: trial
    review_by: 2027-11-30
    expect: {{recorded: oversight}}
    prompt: {{summary: "A letter?", urgency: info, ask_at: [any], roles: [worker]}}
    finding: "A letter is not evidenced in the record."
    examples: []
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("small"))


def strict(base: Path, folder: Path, body: str) -> Path:
    """An overlay whose head requires approval."""
    path = write_overlay(folder, "town", top_layer(base), body)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("review_by:", "approval: required\nreview_by:", 1))
    return path


@pytest.mark.parametrize(
    ("why", "lacks"),
    [
        pytest.param(WHO, None, id="written by one and approved by another"),
        pytest.param(WHY, "it lacks approved_on and written_by", id="neither day nor writer"),
        pytest.param(f"{WHY}, written_by: Ann", "it lacks approved_on", id="no day"),
        pytest.param(f"{WHY}, approved_on: 2026-05-01", "it lacks written_by", id="no writer"),
        pytest.param(
            f"{WHY}, approved_on: 2026-05-01, written_by: the  Board",
            '"The board" wrote it, too: somebody else approves',
            id="approved by its writer",
        ),
    ],
)
@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("changes: [{{rule: PL-01, severity: statutory, {why}}}]\n", "the change of PL-01"),
        (
            "filters: [{{name: f, rules: PL-01, when: {{recorded: s42_decided}}, "
            "expires: 2027-01-01, {why}}}]\n",
            'the filter "f"',
        ),
        (
            "waivers: [{{name: w, rules: PL-01, expires: 2027-01-01, {why}}}]\n",
            'the waiver "w"',
        ),
    ],
)
def test_each_entry_needs_a_day_and_another_writer(
    base: Path, tmp_path: Path, entry: str, what: str, why: str, lacks: str | None
) -> None:
    overlay = strict(base, tmp_path, entry.format(why=why))

    found = [one.message for one in load_layers(base, [overlay]).ruleset.unapproved]

    said = f"{what} is not approved as this overlay requires: {lacks}; no scan or desk runs with it"
    assert found == ([] if lacks is None else [said])


def test_without_the_word_in_the_head_nothing_more_is_needed(base: Path, tmp_path: Path) -> None:
    body = f"changes: [{{rule: PL-01, severity: statutory, {WHY}}}]\n"
    overlay = write_overlay(tmp_path, "town", top_layer(base), body)

    assert load_layers(base, [overlay]).ruleset.unapproved == ()


def test_a_scan_refuses_what_is_not_approved_and_the_rest_looks_at_it(
    base: Path, tmp_path: Path
) -> None:
    body = f"changes: [{{rule: PL-01, severity: statutory, {WHY}}}]\n"
    overlay = strict(base, tmp_path, body)
    message = (
        "the change of PL-01 is not approved as this overlay requires: it lacks approved_on and "
        "written_by; no scan or desk runs with it"
    )
    words = ("--overlay", str(overlay))

    scanned = run_here("scan", str(EXAMPLE), "--ruleset", str(base), *words)
    checked = run_here("check", str(base), *words)
    shown = run_here("diff", str(base), *words)

    assert (scanned.returncode, scanned.stdout) == (3, "")
    assert scanned.stderr == f"town.yaml:9:11: {message}\n"
    assert checked.returncode == 0
    assert f"town.yaml:9:11: warning: {message} [approval]\n" in checked.stdout
    assert shown.returncode == 0


def test_the_word_is_required_or_left_out(base: Path, tmp_path: Path) -> None:
    overlay = strict(base, tmp_path, "")
    overlay.write_text(overlay.read_text(encoding="utf-8").replace("required", "asked"))

    _, problems = check_layers(base, [overlay])

    assert [str(one) for one in problems] == [
        'town.yaml:7:11: unknown approval "asked"; the only one is required'
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "cites", "message"),
    [
        pytest.param(
            "local",
            '{source: care-act-2014, at: "s99"}',
            '15:41: unknown place in care-act-2014 (citations.yaml) "s99"',
            id="a section that the list does not hold",
        ),
        pytest.param(
            "local", '{source: care-act-2014, at: "s42(1)"}', None, id="one that it holds"
        ),
        pytest.param(
            "statutory",
            '{source: cssg-2017, at: "14.10"}',
            "11:5: kind: statutory needs a citation of law (marked so: care-act-2014, mca-2005); a "
            "rule that rests on other sources is good_practice or local",
            id="statutory without law",
        ),
        pytest.param("statutory", DUTY, None, id="statutory by law"),
    ],
)
def test_what_a_local_rule_cites_is_checked_as_the_cores(
    tmp_path: Path, kind: str, cites: str, message: str | None
) -> None:
    overlay = write_overlay(tmp_path, "town", top_layer(CORE), RULE.format(kind=kind, cites=cites))

    _, problems = check_layers(CORE, [overlay])

    found = [str(one) for one in problems]
    assert len(found) == (message is not None)
    assert all(one.startswith(f"town.yaml:{message}") for one in found)


def test_a_change_is_shown_with_all_that_a_board_asks(base: Path, tmp_path: Path) -> None:
    row = "{from: 2026-04-01, value: 3, basis: local, source: board}"
    body = (
        f"changes:\n  - {{rule: PL-01, parameters: {{within: [{row}]}}, {WHO}}}\n"
        f"  - {{rule: PL-01, enabled: false, expires: 2026-12-31, {WHY}}}\n"
        f"waivers: [{{name: w, rules: OF-01, expires: 2027-01-01, {WHO}}}]\n"
    )
    overlay = write_overlay(tmp_path, "town", top_layer(base), body)
    words = ("--ruleset", str(base), "--overlay", str(overlay))
    out = tmp_path / "out"
    who = {
        "because": "The board decided so",
        "approved_by": "The board",
        "approved_on": "2026-05-01",
        "written_by": "Ann Lead",
    }
    nobody = {**who, "approved_on": None, "written_by": None}

    done = run_here("scan", str(EXAMPLE), *words, "--out", str(out), "--format", "html", "--quiet")
    diff = run_here("diff", str(base), "--overlay", str(overlay)).stdout
    effective = run_here(
        "effective", str(base), "--overlay", str(overlay), "--rule", "PL-01"
    ).stdout

    assert done.returncode == 0, done.stderr
    manifest = orjson.loads((out / "manifest.json").read_bytes())
    assert manifest["changes"] == [
        {
            "layer": "town",
            "rule": "PL-01",
            "what": "within",
            "before": "5 working days",
            "after": "3 working days (local: board)",
            **who,
            "from": "2026-04-01",
            "expires": None,
        },
        {
            "layer": "town",
            "rule": "PL-01",
            "what": "enabled",
            "before": "switched on",
            "after": "switched off",
            **nobody,
            "from": None,
            "expires": "2026-12-31",
        },
    ]
    assert {key: manifest["waivers"][0][key] for key in who} == who
    page = (out / "report.html").read_text(encoding="utf-8")
    for words_of_page in ("5 working days", "3 working days (local: board)", "Ann Lead"):
        assert words_of_page in page
    grounds = "The board decided so; approved by The board on 2026-05-01, written by Ann Lead"
    assert (
        "PL-01: parameters.within from 2026-04-01 was 5 working days and is 3 working days "
        f"(local: board): {grounds} (town.yaml:9:" in diff
    )
    assert "PL-01: enabled was true and is false, until 2026-12-31: " in diff
    assert f'OF-01: waiver "w" until 2027-01-01 (all cases): {grounds}\n' in diff
    assert grounds in effective


def test_two_versions_of_one_overlay_are_compared_in_words(base: Path, tmp_path: Path) -> None:
    def body(days: int, why: str = WHY) -> str:
        row = f"{{from: 2026-04-01, value: {days}, basis: local, source: board}}"
        return f"changes: [{{rule: PL-01, parameters: {{within: [{row}]}}, {why}}}]\n"

    below = top_layer(base)
    paths = []
    for name, text in (("a", body(3)), ("b", body(2)), ("c", body(3, WHO)), ("d", body(2))):
        (tmp_path / name).mkdir()
        paths.append(write_overlay(tmp_path / name, "town", below, text))
    one, other, approved, newer = paths
    text = newer.read_text(encoding="utf-8")
    newer.write_text(text.replace('"1.0.0"\nextends', '"1.1.0"\nextends'))

    def difference(first: Path, second: Path) -> list[str]:
        return list(differences(*(load_layers(base, [path]) for path in (first, second))))

    assert difference(one, one) == []
    same_version = (
        'the overlay "town" has changed, and its version is 1.0.0 on both sides: give the newer '
        "one another"
    )
    changed = (
        "PL-01: parameters.within from 2026-04-01 was 3 working days (local: board) and is "
        "2 working days (local: board): The board decided so; "
        "approved by The board (town.yaml:8:47)"
    )
    assert difference(one, other) == [same_version, changed]
    assert difference(one, newer) == ['the overlay "town": version was 1.0.0 and is 1.1.0', changed]
    assert difference(one, approved) == [
        same_version,
        "PL-01: parameters.within from 2026-04-01 is the same, its grounds are: The board decided "
        "so; approved by The board on 2026-05-01, written by Ann Lead",
    ]


def test_accepted_reasons_and_filters_are_compared_in_words(base: Path, tmp_path: Path) -> None:
    council = write_overlay(
        tmp_path,
        "council",
        top_layer(base),
        f"changes: [{{rule: PL-01, accepts: [unsafe, adult_declined], {WHO}}}]\n"
        "filters:\n  - {name: passed on, rules: PL-01, when: {recorded: police_referral}, "
        f"expires: 2027-01-01, {WHY}}}\n",
    )
    team = write_overlay(
        tmp_path,
        "team",
        top_layer(base, council),
        f"changes: [{{rule: PL-01, accepts: [not_reachable], expires: 2027-01-01, {WHY}}}]\n",
    )
    plain, layered = load_layers(base), load_layers(base, [council, team])

    assert differences(plain, layered) == (
        "PL-01: accepts was only its own reasons and is unsafe, adult_declined: The board decided "
        "so; approved by The board on 2026-05-01, written by Ann Lead (council.yaml:8:25)",
        "PL-01: accepts[2] was only its own reasons and is not_reachable, until 2027-01-01: The "
        "board decided so; approved by The board (team.yaml:8:25)",
        'PL-01: filter "passed on" until 2027-01-01 (where a consideration of a police '
        "referral): The board decided so; approved by The board",
    )


@pytest.mark.slow
def test_two_councils_are_compared_in_words(tmp_path: Path) -> None:
    below = top_layer(CORE)
    north = f"changes: [{{rule: DEC-02, severity: flag, {WHY}}}]\n"
    south = f"waivers: [{{name: w, rules: COM-01, team: a, expires: 2027-01-01, {WHY}}}]\n"
    one = write_overlay(tmp_path, "north", below, north)
    other = write_overlay(tmp_path, "south", below, south)

    done = run_here("diff", str(one), str(other))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        'COM-01: waiver "w" until 2027-01-01 (team a): The board decided so; approved by The board',
        "DEC-02: severity was flag and is advice (msp-core/rules/DEC-02.yaml:5:11)",
    ]


def test_the_head_of_every_overlay_of_these_tests_is_an_old_one() -> None:
    assert "approval" not in HEAD
    assert "written_by" not in HEAD
