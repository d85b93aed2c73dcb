"""A prompt as a card: the shape of CDS Hooks 3.0, plain words, and nothing of the record."""

import json
from dataclasses import replace

import pytest

from msp_rules.errors import MspRulesError
from msp_rules.prompts.card import EXTENSION, Link, card, card_uuid
from msp_rules.rules.language.rule import Citation
from msp_rules.rules.language.wording import citation_in_words
from tests.support.core import core_ruleset
from tests.support.core_cards import VALIDATOR, prompts_of_core_examples
from tests.support.desk import Desk


def empty_places(value: object, place: str = "") -> list[str]:
    """Where a card holds what CDS Hooks 3.0 prohibits: null, "", [] or {}."""
    if value is None or value in ("", [], {}):
        return [place]
    if isinstance(value, dict):
        return [at for name in value for at in empty_places(value[name], f"{place}.{name}")]
    if isinstance(value, list):
        return [at for one in value for at in empty_places(one, f"{place}[]")]
    return []


@pytest.mark.slow
def test_cards_of_all_core_rules_have_the_shape_and_hold_no_text_of_a_record() -> None:
    asked = set()
    for prompt in prompts_of_core_examples():
        made = card(prompt, core_ruleset(), links=[Link(label="Open", url="https://a.example/")])

        VALIDATOR.validate(made)
        assert "CANARY" not in json.dumps(made)
        assert empty_places(made) == []
        assert made["source"].get("url", "").startswith("https://")
        asked.add(prompt.key.rule)

    assert asked == {rule.id for rule in core_ruleset().enabled_rules}


def test_schema_of_the_test_refuses_what_the_specification_refuses() -> None:
    made = card(Desk().prompt("ASK-01"), core_ruleset())

    for broken in (
        {**made, "summary": "?" * 140},
        {**made, "indicator": "urgent"},
        {**made, "due": "2026-01-07"},
        {key: value for key, value in made.items() if key != "source"},
        {key: value for key, value in made.items() if key != "selectionBehavior"},
        {**made, "overrideReasons": [{"code": "unsafe", "system": "urn:x"}]},
    ):
        assert not VALIDATOR.is_valid(broken)
    assert VALIDATOR.is_valid({**made, "summary": "?" * 139})


def test_card_of_the_first_question() -> None:
    asking = next(rule for rule in core_ruleset().rules if rule.id == "ASK-01")
    told = replace(asking, why="It is their life.", counts="A talk with them.")
    made = card(Desk().prompt("ASK-01"), replace(core_ruleset(), rules=(told,)))

    uuid = made.pop("uuid")
    suggestion = made["suggestions"][0].pop("uuid")
    reasons = made.pop("overrideReasons")
    codes = [one["code"] for one in made["extension"][EXTENSION].pop("reasons")]
    wanted = (
        "Record a conversation about outcomes: adult asked: “asked, something expressed” or "
        "“asked, nothing expressed”"
    )
    assert len({uuid, suggestion}) == 2
    assert [reason["code"] for reason in reasons] == [
        *("emergency_action", "unsafe", "awaiting_interpreter", "awaiting_advocate"),
        *("hospital_admission", "police_precedence"),
        *("not_my_role", "recorded_elsewhere", "does_not_fit", "adult_prefers_not"),
        "question_seems_wrong",
    ]
    assert codes == [reason["code"] for reason in reasons]
    assert made == {
        "summary": (
            "Has anyone asked what the adult wants to happen? "
            "If not yet, what would make it safe and possible?"
        ),
        "detail": (
            "**The adult is asked what they want when a concern is raised**\n\n"
            "Due by 7 January 2026.\n\n"
            "The limit is 2 working days: assumed by this project; your council may set it.\n\n"
            "What would settle it:\n\n"
            f"- {wanted}\n\n"
            "What counts: A talk with them.\n\n"
            "Why we ask:\n\n"
            "It is their life.\n\n"
            f"- {cited('msp-board-resource', 'Step 9')}\n"
            f"- {cited('msp-board-resource', 'section 4')}\n"
            f"- {cited('cssg-2017', '14.93')}"
        ),
        "indicator": "info",
        "source": {
            "label": cited("msp-board-resource", "Step 9"),
            "url": core_ruleset().cited["msp-board-resource"].url,
            "topic": {
                "system": "urn:msp-rules:rule",
                "code": "ASK-01",
                "display": "The adult is asked what they want when a concern is raised",
            },
        },
        "suggestions": [{"label": wanted}],
        "selectionBehavior": "any",
        "extension": {
            EXTENSION: {
                **{"rule": "ASK-01", "case": "SA-1", "key_subject": "e1", "subject": "e1"},
                **{"generation": 1, "verdict": "not_yet_due", "timing": "early"},
                **{"due": "2026-01-07", "severity": "flag"},
                "ask_at": ["concern_raised", "s42_decided"],
                "roles": ["worker", "team_manager"],
                "missing": [{"event": "outcomes_conversation", "fields": ["asked"]}],
                "state": "raised",
                "allowed": {"reason_needed": False, "put_off_working_days": 20},
            }
        },
    }


def test_card_of_a_rule_without_words_of_its_own_says_only_what_it_rests_on() -> None:
    asking = next(rule for rule in core_ruleset().rules if rule.id == "ASK-01")
    told = replace(asking, why=None, counts=None)

    made = card(Desk().prompt("ASK-01"), replace(core_ruleset(), rules=(told,)))

    assert "What counts" not in made["detail"]
    assert f"Why we ask:\n\n- {cited('msp-board-resource', 'Step 9')}\n" in made["detail"]


def cited(source: str, at: str) -> str:
    return citation_in_words(Citation(source=source, at=at), core_ruleset())


@pytest.mark.parametrize(
    ("rule", "subject", "moment", "words"),
    [
        ("RISK-01", "e1", "2026-01-05T11:00", "Due by 10:00 on 6 January 2026."),
        ("CON-01", None, "2026-01-05T11:00", "Not due yet."),
        (
            *("ASK-01", "e1", "2026-01-09T11:00"),
            "It is not evidenced in the record, by 7 January 2026, that the adult was asked",
        ),
    ],
    ids=["limit in hours", "limit that has not begun", "overdue"],
)
def test_card_says_where_the_prompt_stands_without_reproach(
    rule: str, subject: str | None, moment: str, words: str
) -> None:
    desk = Desk()
    desk.at(moment)

    assert words in card(desk.prompt(rule, subject), core_ruleset())["detail"]


def test_number_that_no_council_can_set_is_not_said_to_be_its_to_set() -> None:
    desk = Desk()
    body = {"id": "e2", "asked": "not_asked", "reason_not_asked": "too_unwell"}
    desk.record("outcomes_conversation", {**body, "occurred": "2026-01-06"}, "2026-01-06")
    desk.at("2026-01-21")

    detail = card(desk.prompt("ASK-05", "e2"), core_ruleset())["detail"]

    assert "The limit is 10 working days: assumed by this project.\n" in detail


@pytest.mark.parametrize(
    ("has_due", "words"),
    [
        (True, "The record answers it in part; the rest was due by 7 January 2026."),
        (False, "The record answers it in part; the rest is open."),
    ],
    ids=["with a limit", "with none"],
)
def test_card_of_a_part_asks_for_the_rest(has_due: bool, words: str) -> None:
    desk = Desk()
    body = {
        **{"id": "x1", "occurred": "2026-01-06", "rule": "ASK-01", "code": "unsafe"},
        **{"text": "As noted.", "review_by": "2026-01-07"},
    }
    desk.record("explanation", body, "2026-01-06")
    desk.at("2026-01-09")
    prompt = desk.prompt("ASK-01")
    prompt = prompt if has_due else replace(prompt, due=None)

    assert words in card(prompt, core_ruleset())["detail"]


def test_finding_that_needs_a_day_is_not_told_without_one() -> None:
    desk = Desk()
    desk.at("2026-01-09")

    detail = card(replace(desk.prompt("ASK-01"), due=None), core_ruleset())["detail"]

    assert "It is not evidenced in the record.\n" in detail


def test_same_question_keeps_its_card_and_a_new_one_has_another() -> None:
    desk = Desk()
    first = desk.prompt("ASK-01")
    desk.at("2026-01-06")
    near = desk.prompt("ASK-01")
    desk.say("ASK-01", "acknowledged", "2026-01-06T09:00")
    desk.at("2026-01-08")
    overdue = desk.prompt("ASK-01")

    assert card_uuid(first) == card_uuid(near) != card_uuid(overdue)


def test_every_prompt_has_a_card_of_its_own() -> None:
    standing = Desk().state.standing

    assert len({card_uuid(prompt) for prompt in standing}) == len(standing) > 5


def test_card_needs_the_ruleset_of_its_prompt() -> None:
    with pytest.raises(MspRulesError, match="no rule ASK-01"):
        card(Desk().prompt("ASK-01"), replace(core_ruleset(), rules=()))


def test_card_without_anything_to_record_suggests_nothing() -> None:
    prompt = replace(Desk().prompt("ASK-01"), missing=())

    made = card(prompt, core_ruleset())

    VALIDATOR.validate(made)
    assert not {"suggestions", "selectionBehavior", "links"} & set(made)
    assert "What would settle it" not in made["detail"]


def test_card_of_a_case_without_limit_step_or_role_leaves_out_what_has_no_value() -> None:
    prompt = Desk().prompt("ASK-01")
    bare = replace(
        *(prompt,),
        key=prompt.key._replace(subject=None),
        **{"subject": None, "due": None, "ask_at": (), "roles": (), "missing": ()},
    )

    made = card(bare, core_ruleset())

    assert empty_places(made) == []
    assert set(made["extension"][EXTENSION]) == {
        *("rule", "case", "generation", "verdict", "timing", "severity"),
        *("state", "allowed", "reasons"),
    }
    assert empty_places({"a": [None], "b": {"c": ""}, "d": {}}) == [".a[]", ".b.c", ".d"]


def test_html_and_links_in_the_words_of_a_rule_are_shown_as_they_are_written() -> None:
    core = core_ruleset()
    rule = next(one for one in core.rules if one.id == "ASK-01")
    bad = replace(rule, title="<img src=x onerror=alert(1)> & more", why="[go](javascript:alert)")

    detail = card(Desk().prompt("ASK-01"), replace(core, rules=(bad,)))["detail"]

    assert "&lt;img src=x onerror=alert(1)&gt; &amp; more" in detail
    assert "<" not in detail
    assert "](" not in detail
    assert r"[go]\(javascript:alert)" in detail


def test_source_has_the_address_that_the_ruleset_gives_and_none_where_it_gives_none() -> None:
    core = core_ruleset()
    rule = next(one for one in core.rules if one.id == "ASK-01")
    source = rule.cites[0].source
    nowhere = replace(core.cited[source], url=None)
    prompt = Desk().prompt("ASK-01")

    assert card(prompt, core)["source"]["url"] == core.cited[source].url
    assert "url" not in card(prompt, replace(core, cited={source: nowhere}))["source"]
    assert "url" not in card(prompt, replace(core, rules=(replace(rule, cites=()),)))["source"]
