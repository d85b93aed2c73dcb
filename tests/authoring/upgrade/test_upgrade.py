"""An overlay taken to a new release: what merges by itself, what somebody decides, what is lost."""

import random
from pathlib import Path

import pytest

from msp_rules.authoring.effective import effective
from msp_rules.authoring.upgrade.fields import Choice, FieldStatus, TouchedField
from msp_rules.authoring.upgrade.upgrade import Upgrade, upgrade
from msp_rules.errors import MspRulesError, RulesetInvalid
from msp_rules.rules import Layered, check_layers, load_layers
from msp_rules.rules.layers.layers import Stack
from tests.builders.layers import (
    COMMENTED,
    WHY,
    previewed,
    release,
    top_layer,
    write_base,
    write_overlay,
)
from tests.support import effort

pytestmark = pytest.mark.slow

PLAIN = "rules/PL-01.yaml"
FLOOR = "rules/FL-01.yaml"
NUMBER = 'value: 5, basis: published, source: "a national paper"'


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def overlay(base: Path, tmp_path: Path) -> Path:
    return write_overlay(tmp_path, "town", top_layer(base), COMMENTED)


def outcomes(found: Upgrade) -> dict[str, str]:
    return {one.key: one.status.value for one in found.fields}


def field(found: Upgrade, key: str) -> TouchedField:
    return next(one for one in found.fields if one.key == key)


def test_what_the_release_leaves_alone_merges_by_itself(
    base: Path, overlay: Path, tmp_path: Path
) -> None:
    target = release(base, tmp_path / "new", (PLAIN, "The adult is asked", "The adult was asked"))

    found = previewed(overlay, base, target)

    assert outcomes(found) == {
        "PL-01.within": "stays",
        "FL-01.severity": "stays",
        "PL-01.waiver": "stays",
        "OF-01.waiver": "stays",
    }
    assert found.is_ready
    assert field(found, "PL-01.waiver").why == (
        "PL-01 has changed: check that the waiver is still intended"
    )
    assert field(found, "OF-01.waiver").why == "OF-01 is as it was"
    assert [line.partition(" (")[0] for line in found.news] == [
        "PL-01: title was The adult is asked and is The adult was asked"
    ]


def test_the_text_differs_in_the_pin_only(base: Path, overlay: Path, tmp_path: Path) -> None:
    target = release(base, tmp_path / "new", (PLAIN, "The adult is asked", "The adult was asked"))
    old, new = top_layer(base), top_layer(target)

    found = previewed(overlay, base, target)

    text = overlay.read_text()
    assert found.text == text.replace('"1.0.0"}', "").replace(
        f'version: "1.0.0", sha256: "{old.sha256}"', f'version: "1.1.0", sha256: "{new.sha256}"'
    )
    assert load_layers(target, [_written(overlay, found)]).ruleset.layers[-1].id == "town"


def _written(overlay: Path, found: Upgrade) -> Path:
    overlay.write_text(found.text)
    return overlay


def test_line_ends_and_quotes_stay_as_they_were_typed(base: Path, tmp_path: Path) -> None:
    overlay = write_overlay(tmp_path, "town", top_layer(base), COMMENTED)
    text = overlay.read_text().replace('version: "1.0.0",', "version: '1.0.0',")
    overlay.write_bytes(text.replace("\n", "\r\n").encode())
    target = release(base, tmp_path / "new")

    found = previewed(overlay, base, target)

    assert found.text.count("\r\n") == text.count("\n") == found.text.count("\n")
    assert "version: '1.1.0'," in found.text


def test_both_changed_needs_a_decision(base: Path, overlay: Path, tmp_path: Path) -> None:
    target = release(base, tmp_path / "new", (PLAIN, NUMBER, NUMBER.replace("5", "3")))

    found = previewed(overlay, base, target)

    one = field(found, "PL-01.within")
    assert (one.status, one.why) == (FieldStatus.OPEN, "both have changed it")
    assert one.base == "5 working days from 2015-04-01"
    assert one.current == "5 working days from 2015-04-01; 2 working days from 2026-01-01"
    assert one.target == "3 working days from 2015-04-01"
    assert one.choices == (Choice.KEEP, Choice.TAKE)
    assert not found.is_ready


def test_keeping_leaves_the_overlays_value(base: Path, overlay: Path, tmp_path: Path) -> None:
    target = release(base, tmp_path / "new", (PLAIN, NUMBER, NUMBER.replace("5", "3")))

    found = previewed(overlay, base, target, PL_01__within="keep")

    assert found.is_ready
    assert outcomes(found)["PL-01.within"] == "kept"
    assert "value: 2, basis: local" in found.text


def test_taking_cuts_out_the_value_and_nothing_else(
    base: Path, overlay: Path, tmp_path: Path
) -> None:
    target = release(base, tmp_path / "new", (PLAIN, NUMBER, NUMBER.replace("5", "3")))

    found = previewed(overlay, base, target, PL_01__within="take")

    assert found.is_ready
    kept = [line for line in found.text.splitlines() if line not in overlay.read_text()]
    assert len(kept) == 1  # the line of the pin
    gone = [line for line in overlay.read_text().splitlines() if line not in found.text]
    assert [line.strip() for line in gone[1:]] == [
        "- rule: PL-01",
        "parameters:",
        "within:            # in working days",
        '- {from: 2026-01-01, value: 2, basis: local, source: "board"}',
    ]
    for comment in ("# What the board wants.", "# A shorter time.", "# And heavier."):
        assert comment in found.text
    assert top_layer(target, _written(overlay, found)).id == "town"


def test_what_the_release_says_too_is_the_same(base: Path, overlay: Path, tmp_path: Path) -> None:
    row = '- {from: 2026-01-01, value: 2, basis: published, source: "a newer paper"}'
    old = f"- {{from: 2015-04-01, {NUMBER}}}"
    target = release(base, tmp_path / "new", (PLAIN, old, f"{old}\n      {row}"))

    found = previewed(overlay, base, target)

    assert field(found, "PL-01.within").status is FieldStatus.SAME
    assert found.is_ready


def test_only_where_a_number_comes_from_is_no_change_of_it(
    base: Path, overlay: Path, tmp_path: Path
) -> None:
    other = NUMBER.replace("a national paper", "a better reference")
    target = release(base, tmp_path / "new", (PLAIN, NUMBER, other))

    assert outcomes(previewed(overlay, base, target))["PL-01.within"] == "stays"


def test_a_rule_that_is_gone_can_only_be_taken(base: Path, overlay: Path, tmp_path: Path) -> None:
    target = release(base, tmp_path / "new")
    (target / PLAIN).unlink()

    found = previewed(overlay, base, target)
    taken = previewed(overlay, base, target, PL_01__within="take", PL_01__waiver="take")

    for key in ("PL-01.within", "PL-01.waiver"):
        one = field(found, key)
        assert one.status is FieldStatus.OPEN
        assert one.why.startswith("the new release has no rule PL-01; the nearest there is ")
        assert one.choices == (Choice.TAKE,)
    assert found.by_hand == ()
    assert taken.is_ready
    assert "PL-01" not in taken.text
    assert "rules: [OF-01]" in taken.text
    assert "# Until the new system is there." in taken.text


def test_a_parameter_that_is_gone_names_the_new_one(
    base: Path, overlay: Path, tmp_path: Path
) -> None:
    target = release(
        base,
        tmp_path / "new",
        (PLAIN, "\n  within:\n", "\n  ask_within:\n"),
        (PLAIN, "within: $within", "within: $ask_within"),
    )

    found = previewed(overlay, base, target)

    one = field(found, "PL-01.within")
    assert one.why == (
        "PL-01 has no parameter within any more; ask_within is new there: if it is the same, "
        "write it yourself"
    )
    assert one.choices == (Choice.TAKE,)
    assert found.by_hand == ()
    assert previewed(overlay, base, target, PL_01__within="take").is_ready


def test_a_range_that_the_overlay_leaves_now_needs_a_decision(
    base: Path, overlay: Path, tmp_path: Path
) -> None:
    target = release(base, tmp_path / "new", (PLAIN, "range: [0, 20]", "range: [3, 20]"))

    found = previewed(overlay, base, target)

    one = field(found, "PL-01.within")
    assert (one.status, one.choices) == (FieldStatus.OPEN, (Choice.TAKE,))
    assert "3" in one.why
    assert found.by_hand == ()


def test_a_new_floor_that_the_overlay_weakens_needs_a_decision(base: Path, tmp_path: Path) -> None:
    body = (
        f"changes: [{{rule: PL-01, enabled: false, expires: 2027-01-01, {WHY}}}]\n"
        f"waivers: [{{name: w, rules: PL-01, expires: 2027-01-01, {WHY}}}]\n"
    )
    overlay = write_overlay(tmp_path, "town", top_layer(base), body)
    target = release(base, tmp_path / "new", (PLAIN, "rule: PL-01\n", "rule: PL-01\nfloor: true\n"))

    found = previewed(overlay, base, target)
    taken = previewed(overlay, base, target, PL_01__enabled="take", PL_01__waiver="take")

    assert field(found, "PL-01.enabled").why == "PL-01 is a floor: it can't be switched off"
    assert field(found, "PL-01.waiver").why == ('PL-01 is a floor: the waiver "w" would weaken it')
    assert taken.is_ready
    assert "changes" not in taken.text
    assert "waivers" not in taken.text


def test_a_deprecated_rule_needs_a_decision(base: Path, overlay: Path, tmp_path: Path) -> None:
    target = release(
        base,
        tmp_path / "new",
        (PLAIN, "status: trial\n", "status: deprecated\nstatus_reason: FL-01 asks it\n"),
    )

    found = previewed(overlay, base, target)

    one = field(found, "PL-01.within")
    assert one.why == "PL-01 is deprecated: FL-01 asks it"
    assert one.choices == (Choice.KEEP, Choice.TAKE)
    assert previewed(overlay, base, target, PL_01__within="keep", PL_01__waiver="keep").is_ready


def test_a_rule_id_that_the_release_takes_is_mended_by_hand(base: Path, tmp_path: Path) -> None:
    local = (base / "rules/OF-01.yaml").read_text().replace("OF-01", "X-OWN-01")
    text = "rules:\n  - " + local.replace("\n", "\n    ").rstrip() + "\n"
    overlay = write_overlay(tmp_path, "town", top_layer(base), text)
    target = release(base, tmp_path / "new")
    (target / "rules/X-OWN-01.yaml").write_text(local)

    found = previewed(overlay, base, target)

    assert found.fields == ()
    assert [str(one) for one in found.by_hand] == [
        'town.yaml:9:5: the rule "X-OWN-01" exists already; an id is used once'
    ]
    assert not found.is_ready


def test_a_concept_that_is_gone_is_mended_by_hand(base: Path, tmp_path: Path) -> None:
    body = (
        "filters: [{name: f, rules: PL-01, when: {concept: enquiry_open}, "
        f"expires: 2027-01-01, {WHY}}}]\n"
    )
    overlay = write_overlay(tmp_path, "town", top_layer(base), body)
    target = release(base, tmp_path / "new")
    (target / "concepts/enquiry_open.yaml").unlink()
    path = target / PLAIN
    path.write_text(
        path.read_text().replace("{concept: enquiry_open}", "{recorded: enquiry_started}")
    )

    found = previewed(overlay, base, target)

    assert not found.is_ready
    said = [*(one.why for one in found.fields), *(one.message for one in found.by_hand)]
    assert any('unknown concept "enquiry_open"' in one for one in said)


def test_an_overlay_over_an_overlay_is_taken_in_the_same_way(base: Path, tmp_path: Path) -> None:
    council = write_overlay(tmp_path, "council", top_layer(base), COMMENTED)
    body = f"changes: [{{rule: PL-01, severity: statutory, {WHY}}}]\n"
    team = write_overlay(tmp_path, "team", top_layer(base, council), body)
    (tmp_path / "new").mkdir()
    newer = tmp_path / "new/council.yaml"
    newer.write_text(council.read_text().replace('version: "1.0.0"\n', 'version: "1.1.0"\n', 1))

    found = upgrade(team, Stack(base, (council,)), Stack(base, (newer,)), {})

    assert found.is_ready
    assert f'id: council, version: "1.1.0", sha256: "{top_layer(base, newer).sha256}"' in found.text


@pytest.mark.parametrize(
    ("decisions", "message"),
    [
        pytest.param(
            {"PL_01__witin": "keep"},
            'the overlay sets no "PL-01.witin"; did you mean "PL-01.within"?',
            id="a misspelt field",
        ),
        pytest.param(
            {"ZZ_01__severity": "take"}, 'the overlay sets no "ZZ-01.severity"', id="no such field"
        ),
        pytest.param(
            {"PL_01__within": "keep"},
            "PL-01.within can't be kept: the new release has no rule PL-01; the nearest there is "
            "FL-01",
            id="what can't be kept",
        ),
    ],
)
def test_a_decision_that_is_none_is_refused(
    base: Path, overlay: Path, tmp_path: Path, decisions: dict[str, str], message: str
) -> None:
    target = release(base, tmp_path / "new")
    (target / PLAIN).unlink()

    with pytest.raises(MspRulesError) as refusal:
        previewed(overlay, base, target, **decisions)

    assert str(refusal.value).startswith(message)


def test_another_ruleset_is_no_new_release(base: Path, overlay: Path, tmp_path: Path) -> None:
    target = release(base, tmp_path / "new", ("ruleset.yaml", "ruleset: small", "ruleset: other"))

    with pytest.raises(MspRulesError) as refusal:
        previewed(overlay, base, target)

    assert str(refusal.value) == (
        'town.yaml extends "small", and "other" is a different one; name a release '
        "of small with --to"
    )


def test_the_base_must_be_what_the_overlay_was_written_for(
    base: Path, overlay: Path, tmp_path: Path
) -> None:
    target = release(base, tmp_path / "new", version="1.0.0")
    (target / PLAIN).write_text((target / PLAIN).read_text() + "# another byte\n")

    with pytest.raises(RulesetInvalid) as refusal:
        previewed(overlay, target, target)

    assert "small 1.0.0 is not what this overlay was written for" in str(refusal.value)


OVERLAY_PARTS = (
    "rule: PL-01, parameters: {within: [{from: 2026-02-01, value: 1, basis: local, source: b}]}",
    "rule: PL-01, severity: statutory",
    "rule: FL-01, parameters: {stands: [{from: 2015-04-01, value: 7, basis: local, source: b}]}",
    "rule: FL-01, severity: statutory",
    "rule: OF-01, enabled: true",
)
SETS = (
    ("PL-01", "parameters.within"),
    ("PL-01", "severity"),
    ("FL-01", "parameters.stands"),
    ("FL-01", "severity"),
    ("OF-01", "enabled"),
)
RELEASE_PARTS = (
    ((PLAIN, NUMBER, NUMBER.replace("5", "4")), 0),
    ((PLAIN, "severity: flag", "severity: advice"), 1),
    ((FLOOR, "value: 10, basis: assumed", "value: 9, basis: assumed"), 2),
    ((FLOOR, "Has anyone asked?", "Was it asked?"), None),
    ((PLAIN, "status: trial", "status: stable"), None),
    ((PLAIN, "within: $within, of: this", "within: $within, of: {first: enquiry_started}"), None),
    (("rules/OF-01.yaml", "kind: good_practice", "kind: statutory"), None),
)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(effort.of(10, thorough=100)))
def test_an_upgrade_without_conflict_equals_the_hand_written_result(
    base: Path, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    mine = sorted(rng.sample(range(len(OVERLAY_PARTS)), rng.randint(1, 4)))
    free = [edit for edit, touches in RELEASE_PARTS if touches not in mine]
    edits = rng.sample(free, rng.randint(0, len(free)))
    body = "changes:\n" + "".join(f"  - {{{OVERLAY_PARTS[number]}, {WHY}}}\n" for number in mine)
    overlay = write_overlay(tmp_path, "town", top_layer(base), body)
    target = release(base, tmp_path / "new", *edits)
    (tmp_path / "hand").mkdir()
    by_hand = write_overlay(tmp_path / "hand", "town", top_layer(target), body)

    found = previewed(overlay, base, target)

    assert found.is_ready
    assert {one.status for one in found.fields} == {FieldStatus.STAYS}
    assert found.text == by_hand.read_text()
    now = load_layers(base, [overlay])
    then = load_layers(target, [_written(overlay, found)])
    for rule in ("PL-01", "FL-01", "OF-01"):
        own = tuple(SETS[number][1] for number in mine if SETS[number][0] == rule)
        plain = said(load_layers(target), rule)
        theirs = {path: value for path, value in plain.items() if not path.startswith(own or "-")}
        ours = {
            path: value for path, value in said(now, rule).items() if path.startswith(own or "-")
        }
        assert said(then, rule) == theirs | ours


def said(layered: Layered, rule: str) -> dict[str, str]:
    return {one.path: one.value for one in effective(layered, rule)}


def test_no_problem_is_lost_between_preview_and_check(
    base: Path, overlay: Path, tmp_path: Path
) -> None:
    target = release(base, tmp_path / "new")
    (target / PLAIN).unlink()

    found = previewed(overlay, base, target, PL_01__within="take")

    assert [one.key for one in found.open_fields] == ["PL-01.waiver"]
    _, problems = check_layers(target, [_written(overlay, found)])
    assert len([one for one in problems if not one.is_warning]) == 1
