"""A council's own words: held to the rule's revision, to its tone, and never weaker."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.rules import check_layers, load_layers
from msp_rules.rules.language.rule import Rule
from tests.builders.case import case_of
from tests.builders.layers import WHY, top_layer, write_base, write_overlay


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("small"))


def change(rule: str, what: str) -> str:
    return f"changes:\n  - {{rule: {rule}, {what}, {WHY}}}\n"


def rule_with(base: Path, folder: Path, body: str, rule: str = "PL-01") -> Rule:
    overlay = write_overlay(folder, "town", top_layer(base), body)
    rules = load_layers(base, [overlay]).ruleset.rules
    return next(one for one in rules if one.id == rule)


def found_in(base: Path, folder: Path, body: str) -> list[str]:
    overlay = write_overlay(folder, "town", top_layer(base), body)
    return [str(one) for one in check_layers(base, [overlay])[1]]


WORDS = (
    "revision: 1, summary: 'Did our SAM ask?', "
    "finding: 'That our SAM asked is not evidenced in the record.'"
)


@pytest.mark.parametrize("rule", ["PL-01", "FL-01"])
def test_question_and_finding_may_be_the_councils_own(
    base: Path, tmp_path: Path, rule: str
) -> None:
    own = rule_with(base, tmp_path, change(rule, WORDS), rule)

    assert own.prompt.summary == "Did our SAM ask?"
    assert own.finding == "That our SAM asked is not evidenced in the record."
    assert (own.prompt.urgency, own.prompt.roles) == ("info", ("worker",))


def test_words_of_another_revision_stand_back_and_that_is_said(base: Path, tmp_path: Path) -> None:
    body = change("PL-01", WORDS.replace("revision: 1", "revision: 2"))

    assert rule_with(base, tmp_path, body).prompt.summary == "Has anyone asked?"
    assert found_in(base, tmp_path, body) == [
        "town.yaml:9:29: warning: these words (summary, finding) were written for revision 2 of "
        "PL-01, which is at 1: its own words stand until yours are looked at, and revision says so "
        "[stale]"
    ]


def test_what_else_a_change_says_holds_beside_words_that_stand_back(
    base: Path, tmp_path: Path
) -> None:
    words = WORDS.replace("revision: 1", "revision: 2")

    own = rule_with(base, tmp_path, change("PL-01", f"{words}, severity: statutory"))

    assert (own.severity, own.prompt.summary) == ("statutory", "Has anyone asked?")


@pytest.mark.parametrize(
    ("what", "message"),
    [
        pytest.param(
            "summary: 'Did our SAM ask?'",
            "9:28: say for which revision of the rule this summary was written (revision: 1): "
            "where the rule has changed since, its own words stand",
            id="no revision",
        ),
        pytest.param(
            f"revision: 1, summary: '{'a' * 139}?'",
            "9:41: the summary has 140 characters; at most 139",
            id="too long",
        ),
        pytest.param(
            "revision: 1, summary: 'Ask'",
            "9:41: the summary must be a question: it has no question mark",
            id="no question",
        ),
        pytest.param(
            "revision: 1, finding: 'The worker failed to ask.'",
            '9:41: "failed" blames; say what is not evidenced in the record',
            id="blame in a finding",
        ),
        pytest.param(
            "accepts: [on_holiday]",
            '9:29: unknown explanation code "on_holiday"; known are adult_declined, '
            "adult_requested_pause, agreed_with_adult, awaiting_advocate, awaiting_information, "
            "awaiting_interpreter, covered_elsewhere, emergency_action, hospital_admission, "
            "not_reachable, other, outside_our_power, police_precedence, unsafe",
            id="an unknown reason",
        ),
    ],
)
def test_local_words_are_held_to_what_the_cores_are(
    base: Path, tmp_path: Path, what: str, message: str
) -> None:
    assert found_in(base, tmp_path, change("PL-01", what)) == [f"town.yaml:{message}"]


def test_a_summary_of_the_greatest_length_is_taken(base: Path, tmp_path: Path) -> None:
    body = change("PL-01", f"revision: 1, summary: '{'a' * 138}?'")

    assert len(rule_with(base, tmp_path, body).prompt.summary) == 139


ADMITTED = case_of(
    ("concern_raised", {"id": "e1", "occurred": "2026-05-11"}),
    ("enquiry_started", {"occurred": "2026-05-11", "kind": "s42"}),
    (
        "explanation",
        {"occurred": "2026-05-12", "rule": "PL-01", "code": "hospital_admission", "text": "x"},
    ),
)


@pytest.mark.parametrize(
    ("codes", "verdict"), [("[hospital_admission]", "explained"), ("[unsafe]", "not_met")]
)
def test_more_reasons_are_accepted_where_the_overlay_says(
    base: Path, tmp_path: Path, codes: str, verdict: str
) -> None:
    overlay = write_overlay(tmp_path, "town", top_layer(base), change("PL-01", f"accepts: {codes}"))
    engine = Engine(load_layers(base, [overlay]).ruleset, matcher="python")

    answers = engine.evaluate(ADMITTED, parse_as_of("2026-05-20")).answers

    assert {one.verdict.value for one in answers if one.rule == "PL-01"} == {verdict}


def test_a_floor_takes_no_more_reasons(base: Path, tmp_path: Path) -> None:
    assert found_in(base, tmp_path, change("FL-01", "accepts: [hospital_admission]")) == [
        "town.yaml:9:19: FL-01 is a floor: more accepted reasons would ask for less"
    ]
