"""An upgrade of what an overlay says in words, accepts and links to: none of it is lost unseen."""

from pathlib import Path

import pytest

from msp_rules.authoring.upgrade.fields import TouchedField
from msp_rules.authoring.upgrade.upgrade import Upgrade
from msp_rules.rules import load_layers
from msp_rules.rules.language.rule import Rule
from tests.builders.layers import WHY, previewed, release, top_layer, write_base, write_overlay

pytestmark = pytest.mark.slow

PLAIN = "rules/PL-01.yaml"
PARAMETERS = (PLAIN, "parameters:\n", "explained_when: {recorded: explanation, codes: [CODES]}\n")
ANOTHER = (PLAIN, "status: trial\n", "status: trial\nrevision: 2\n")
ASKED = "    revision: 1\n    summary: Did our SAM ask?\n"
REASON = "    because: The board decided so\n    approved_by: The board\n"
WORDS = f"changes:\n  - rule: PL-01\n{ASKED}{REASON}"
WELSH = """\
languages:
  - language: cy
    rules:
      PL-01: {revision: 1, summary: "A ofynnodd rhywun?"}
      OF-01: {revision: 1, summary: "A ofynnwyd?"}
    roles: {worker: gweithiwr}
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("base"))


def overlay_of(base: Path, folder: Path, body: str) -> Path:
    return write_overlay(folder, "town", top_layer(base), body)


def upgraded(overlay: Path, base: Path, target: Path, **decisions: str) -> Upgrade:
    """The preview; the overlay is written where it may be."""
    found = previewed(overlay, base, target, **decisions)
    if found.is_ready:
        overlay.write_text(found.text)
    return found


def field(found: Upgrade, key: str) -> TouchedField:
    return next(one for one in found.fields if one.key == key)


def rule_of(target: Path, overlay: Path, name: str = "PL-01") -> Rule:
    return next(rule for rule in load_layers(target, [overlay]).ruleset.rules if rule.id == name)


def accepting(codes: str) -> tuple[str, str, str]:
    file, old, text = PARAMETERS
    return file, old, text.replace("CODES", codes) + old


def test_words_of_a_rule_that_came_to_another_revision_need_a_decision(
    base: Path, tmp_path: Path
) -> None:
    overlay = overlay_of(base, tmp_path, WORDS)

    found = upgraded(overlay, base, release(base, tmp_path / "new", ANOTHER))

    one = field(found, "PL-01.summary")
    assert (one.status, [choice.value for choice in one.choices]) == ("open", ["keep", "take"])
    assert one.why == (
        "they were written for revision 1 of PL-01, which is at 2 there: its own words would "
        "stand. Look at yours; to keep them writes the new revision"
    )
    assert (one.base, one.current, one.target) == (
        "Has anyone asked?",
        "Did our SAM ask?",
        "Has anyone asked?",
    )
    assert not found.is_ready


def test_words_that_are_kept_are_pinned_to_the_new_revision(base: Path, tmp_path: Path) -> None:
    overlay = overlay_of(base, tmp_path, WORDS)
    target = release(base, tmp_path / "new", ANOTHER)

    found = upgraded(overlay, base, target, PL_01__summary="keep")

    assert found.is_ready
    assert "    revision: 2\n    summary: Did our SAM ask?\n" in found.text
    assert rule_of(target, overlay).prompt.summary == "Did our SAM ask?"


def test_words_that_are_given_up_go_with_their_revision(base: Path, tmp_path: Path) -> None:
    overlay = overlay_of(base, tmp_path, WORDS.replace(REASON, f"    severity: flag\n{REASON}"))
    target = release(base, tmp_path / "new", ANOTHER)

    found = upgraded(overlay, base, target, PL_01__summary="take")

    assert f"  - rule: PL-01\n    severity: flag\n{REASON}" in found.text
    assert rule_of(target, overlay).prompt.summary == "Has anyone asked?"


def test_of_two_kinds_of_words_one_may_be_kept(base: Path, tmp_path: Path) -> None:
    overlay = overlay_of(base, tmp_path, WORDS.replace(REASON, f"    why: It is asked.\n{REASON}"))
    target = release(base, tmp_path / "new", ANOTHER)

    found = upgraded(overlay, base, target, PL_01__summary="take", PL_01__why="keep")

    assert f"  - rule: PL-01\n    revision: 2\n    why: It is asked.\n{REASON}" in found.text
    assert found.is_ready


def test_words_of_a_rule_that_stays_merge_by_themselves(base: Path, tmp_path: Path) -> None:
    overlay = overlay_of(base, tmp_path, WORDS + WELSH)

    found = upgraded(overlay, base, release(base, tmp_path / "new"))

    assert [(one.key, one.status.value, one.why) for one in found.fields] == [
        ("PL-01.summary", "stays", "the new release leaves it as it was"),
        ("PL-01.language-cy", "stays", "PL-01 is as it was"),
        ("OF-01.language-cy", "stays", "OF-01 is as it was"),
    ]


def test_words_that_the_release_says_too_are_pinned_to_it(base: Path, tmp_path: Path) -> None:
    said = (PLAIN, '"Has anyone asked?"', '"Did our SAM ask?"')
    overlay = overlay_of(base, tmp_path, WORDS)

    found = upgraded(overlay, base, release(base, tmp_path / "new", ANOTHER, said))

    one = field(found, "PL-01.summary")
    assert (one.status, one.why) == ("same", "the new release says the same now")
    assert "revision: 2" in found.text


def test_stale_words_in_another_language_are_listed(base: Path, tmp_path: Path) -> None:
    overlay = overlay_of(base, tmp_path, WELSH)
    target = release(base, tmp_path / "new", ANOTHER)

    found = upgraded(overlay, base, target)
    kept = previewed(overlay, base, target, **{"PL_01__language-cy": "keep"})
    taken = previewed(overlay, base, target, **{"PL_01__language-cy": "take"})

    one = field(found, "PL-01.language-cy")
    assert (one.status, one.base, one.current, one.target) == (
        "open",
        "revision 1",
        "written for revision 1",
        "revision 2",
    )
    assert field(found, "OF-01.language-cy").status == "stays"
    assert 'PL-01: {revision: 2, summary: "A ofynnodd rhywun?"}' in kept.text
    assert "PL-01:" not in taken.text
    assert "OF-01: {revision: 1" in taken.text


@pytest.mark.parametrize(
    ("codes", "status", "why"),
    [
        pytest.param(
            "unsafe, adult_declined",
            "same",
            "the new release accepts the same now",
            id="it accepts all of them",
        ),
        pytest.param(
            "unsafe",
            "stays",
            "the new release accepts unsafe itself now",
            id="it accepts one of them",
        ),
        pytest.param(
            "not_reachable",
            "stays",
            "the new release accepts other reasons of its own now",
            id="it accepts others",
        ),
        pytest.param(None, "stays", "the new release leaves it as it was", id="it accepts none"),
    ],
)
def test_reasons_that_the_release_accepts_itself_are_named(
    base: Path, tmp_path: Path, codes: str | None, status: str, why: str
) -> None:
    accepts = "changes:\n  - {rule: PL-01, accepts: [unsafe, adult_declined], WHY}\n"
    overlay = overlay_of(base, tmp_path, accepts.replace("WHY", WHY))
    edits = [] if codes is None else [accepting(codes)]
    target = release(base, tmp_path / "new", *edits)

    found = upgraded(overlay, base, target)

    one = field(found, "PL-01.accepts")
    assert (one.status, one.why) == (status, why)
    assert (one.base, one.current) == (None, "adult_declined, unsafe")
    assert found.is_ready


def test_a_new_floor_takes_no_reasons_of_an_overlay(base: Path, tmp_path: Path) -> None:
    accepts = f"changes:\n  - rule: PL-01\n    accepts: [unsafe]\n    severity: flag\n{REASON}"
    overlay = overlay_of(base, tmp_path, accepts)
    target = release(base, tmp_path / "new", (PLAIN, "parameters:\n", "floor: true\nparameters:\n"))

    found = upgraded(overlay, base, target)
    taken = upgraded(overlay, base, target, PL_01__accepts="take")

    one = field(found, "PL-01.accepts")
    assert (one.status, one.why) == (
        "open",
        "PL-01 is a floor: more accepted reasons would ask for less",
    )
    assert [choice.value for choice in one.choices] == ["take"]
    assert taken.is_ready
    assert f"  - rule: PL-01\n    severity: flag\n{REASON}" in taken.text


def test_a_link_to_a_rule_that_is_gone_can_only_be_taken(base: Path, tmp_path: Path) -> None:
    links = "links:\n  - {rules: [PL-01, OF-01], label: Form, url: 'https://example.org/a'}\n"
    overlay = overlay_of(base, tmp_path, links)
    target = release(base, tmp_path / "new")
    (target / PLAIN).unlink()

    found = upgraded(overlay, base, target)
    taken = upgraded(overlay, base, target, PL_01__link="take")

    assert [(one.key, one.status.value) for one in found.fields] == [
        ("PL-01.link", "open"),
        ("OF-01.link", "stays"),
    ]
    assert taken.is_ready
    assert [one.rules for one in load_layers(target, [overlay]).ruleset.links] == [{"OF-01"}]


def test_a_rule_that_is_named_by_its_title_is_the_same_rule(base: Path, tmp_path: Path) -> None:
    titled = (PLAIN, "title: The adult is asked\n", "title: The adult is asked early\n")
    named = release(base, tmp_path / "named", titled, version="1.0.0")
    body = WORDS.replace("rule: PL-01", "rule: The adult is asked early")
    overlay = overlay_of(named, tmp_path, body)
    target = release(named, tmp_path / "new", ANOTHER)

    found = upgraded(overlay, named, target)
    kept = previewed(overlay, named, target, PL_01__summary="keep")
    taken = previewed(overlay, named, target, PL_01__summary="take")

    assert [one.key for one in found.fields] == ["PL-01.summary"]
    assert "revision: 2\n    summary: Did our SAM ask?" in kept.text
    assert "changes" not in taken.text


def test_links_and_words_may_name_a_rule_by_its_title(base: Path, tmp_path: Path) -> None:
    titled = (PLAIN, "title: The adult is asked\n", "title: The adult is asked early\n")
    named = release(base, tmp_path / "named", titled, version="1.0.0")
    body = (
        "links:\n  - {rules: The adult is asked early, label: Form, url: 'https://a.example'}\n"
        + WELSH.replace("PL-01", "the adult is asked early")
    )

    ruleset = load_layers(named, [overlay_of(named, tmp_path, body)]).ruleset

    assert [one.rules for one in ruleset.links] == [{"PL-01"}]
    assert ruleset.words[0].rules.keys() == {"PL-01", "OF-01"}


def test_words_that_stand_nowhere_by_now_need_a_decision_too(base: Path, tmp_path: Path) -> None:
    overlay = overlay_of(base, tmp_path, WORDS.replace("revision: 1", "revision: 3"))

    found = upgraded(overlay, base, release(base, tmp_path / "new"))

    assert field(found, "PL-01.summary").why == (
        "they were written for revision 3 of PL-01, which is at 1 there: its own words would "
        "stand. Look at yours; to keep them writes the new revision"
    )
    assert (field(found, "PL-01.summary").current, found.is_ready) == ("Did our SAM ask?", False)
