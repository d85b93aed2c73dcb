"""What is published of how workers take questions: no small count, and none to be worked out."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from msp_rules.reports.rule_health.document import first_instant
from msp_rules.reports.rule_health.text import health_lines
from tests.reports.rule_health.made_up import AS_OF, DAY, askings, document
from tests.support.core import core_ruleset

WAYS = ("not_shown", "promised", "acknowledged", "put_off", "settled", "ignored", "open")


def row(ways: dict[str, int], **more: Any) -> dict[str, Any]:
    (found,) = document(askings("ASK-01", ways, **more))["rules"]
    return dict(found)


@pytest.mark.parametrize(("count", "shown"), [(4, "[c]"), (5, 5), (7, 5), (8, 10)])
def test_a_count_below_five_is_hidden_and_others_are_to_the_nearest_five(
    count: int, shown: int | str
) -> None:
    found = row({"promised": count, "does_not_fit": count})

    assert (found["promised"], found["reasons"]["does_not_fit"]) == (shown, shown)
    assert found["put_off"] == "[c]"


def test_every_way_is_counted_with_the_words_of_the_rule() -> None:
    ways = dict.fromkeys((*WAYS, "unsafe", "question_seems_wrong"), 10)

    found = row(ways)

    assert (found["rule"], found["urgency"]) == ("ASK-01", "info")
    assert {name: found[name] for name in WAYS} == dict.fromkeys(WAYS, 10)
    assert (found["reasons"]["unsafe"], found["reasons"]["question_seems_wrong"]) == (10, 10)
    assert found["reasons"]["not_my_role"] == "[c]"
    assert found["median_hours"] == 2


def test_no_hidden_count_can_be_worked_out_from_the_totals() -> None:
    """Every count that is hidden could have another value beside all that is shown."""
    for small, large in itertools.product(range(5), (5, 9, 20)):
        ways = {"promised": large, "open": large, "not_shown": small, "ignored": small}

        found = row(ways)

        others = {
            (one, other)
            for one, other in itertools.product(range(5), repeat=2)
            if _could_be(one, other, found)
        }
        assert len({one for one, _ in others}) > 1
        assert len({other for _, other in others}) > 1


def _could_be(not_shown: int, ignored: int, found: dict[str, Any]) -> bool:
    """Whether two hidden counts could be so beside all that is shown, the others being nought."""
    large = range(max(5, found["promised"] - 2), found["promised"] + 3)
    hidden = ("[c]", *(f"{least}+" for least in range(0, 100, 5)))  # a sum of what is shown
    return any(
        found["shown"] in (*hidden, (one + other + ignored + 2) // 5 * 5)
        and found["raised"] in (*hidden, (one + other + ignored + not_shown + 2) // 5 * 5)
        for one, other in itertools.product(large, repeat=2)
    )


@pytest.mark.parametrize(
    ("ways", "because"),
    [
        ({"question_seems_wrong": 5, "promised": 45}, []),  # ten in a hundred, and no more
        ({"question_seems_wrong": 5, "promised": 44}, ["called_wrong"]),
        ({"question_seems_wrong": 4, "promised": 1}, []),  # too few to say so
        ({"does_not_fit": 12, "promised": 8}, []),  # sixty in a hundred, and no more
        ({"does_not_fit": 12, "promised": 7}, ["overruled"]),
        ({"does_not_fit": 12, "promised": 7, "not_shown": 100}, ["overruled"]),
        ({"question_seems_wrong": 20}, ["called_wrong", "overruled"]),
    ],
)
def test_a_rule_is_listed_for_review_above_its_share(
    ways: dict[str, int], because: list[str]
) -> None:
    found = document(askings("ASK-01", ways))["review"]

    assert [why["what"] for one in found for why in one["because"]] == because


def test_only_the_last_thirty_days_list_a_rule_for_review() -> None:
    wrong = {"question_seems_wrong": 20}

    assert document(askings("ASK-01", wrong, days_ago=31))["review"] == []
    assert len(document(askings("ASK-01", wrong, days_ago=30))["review"]) == 1


def test_what_switching_off_would_change_is_said_and_of_a_floor_that_it_can_not_be() -> None:
    floor = next(rule.id for rule in core_ruleset().rules if rule.is_floor)
    other = next(rule.id for rule in core_ruleset().rules if not rule.is_floor)
    wrong = {"question_seems_wrong": 20}

    found = document(
        askings(floor, wrong) + askings(other, wrong), open_prompts={other: 13, floor: 2}
    )["review"]

    said = {one["rule"]: one["switching_off"] for one in found}
    assert said[floor]["is_possible"] is False
    assert said[other] == {
        "is_possible": True,
        "open_questions": 15,
        "asked_in_30_days": 20,
        "says": said[other]["says"],
        "change": {"rule": other, "enabled": "no"},
        "command": "msp-rules impact EXPORTS --after OVERLAY",
    }


def test_since_counts_what_was_asked_then_and_still_reviews_a_month() -> None:
    old, new = askings("ASK-01", {"open": 10}, days_ago=40), askings("ASK-01", {"open": 5})
    day = AS_OF.day - 10

    found = document(old + new, since=day)

    assert (found["since"], found["rules"][0]["open"]) == ("2026-03-21", 5)
    assert first_instant(day, AS_OF) == AS_OF.instant - 30 * DAY
    assert first_instant(None, AS_OF) is None


def test_a_rule_that_left_the_ruleset_is_counted_and_not_reviewed() -> None:
    found = document(askings("GONE-01", {"question_seems_wrong": 20}))

    assert [one["rule"] for one in found["rules"]] == ["GONE-01"]
    assert "title" not in found["rules"][0]
    assert found["review"] == []


def test_lines_say_counts_and_what_to_review() -> None:
    ways = {"question_seems_wrong": 12, "promised": 7, "not_shown": 3}

    lines = [*health_lines(document(askings("ASK-01", ways)))]

    text = "\n".join(lines)
    assert "ASK-01  The adult is asked what they want when a concern is raised" in text
    assert "promised 5, seen [c]" in text
    assert "question_seems_wrong 10" in text
    assert "workers say of more than 10 % of its questions that they seem wrong" in text
    assert "nothing was asked" in [*health_lines(document([]))]


def test_a_total_that_would_give_a_hidden_count_away_is_said_as_what_is_shown_of_it() -> None:
    (found,) = document(askings("SPC-01", {"promised": 20, "question_seems_wrong": 16}))["rules"]
    alone = row({"not_shown": 6})
    few = row({"promised": 3})

    assert (found["shown"], found["raised"]) == ("35+", 35)
    assert alone["raised"] in (5, "5+")
    assert (few["raised"], few["shown"]) == ("[c]", "[c]")
