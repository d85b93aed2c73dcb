"""How one asking is counted: by its last answer, or by what became of it without one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from msp_rules.prompts.prompt import FeedbackKind
from msp_rules.prompts.rule_health import Asking, AskingKey, SaidToPrompt, figures_by_rule

HOUR = 3_600_000_000
ASKED = Asking(key=AskingKey("SA-1", "ASK-01", "e1", 1), raised_at=HOUR)


def said(kind: FeedbackKind, at: int, code: str | None = None, *, heard: bool = True) -> Any:
    return SaidToPrompt(at * HOUR, f"f{at}", kind, code, heard)


SHOWN = said(FeedbackKind.SHOWN, 2)


@pytest.mark.parametrize(
    ("parts", "taken"),
    [
        ({}, "not_shown"),
        ({"ending": "answered"}, "not_shown"),
        ({"said": (SHOWN,)}, "open"),
        ({"said": (SHOWN,), "was_asked_again": True}, "ignored"),
        ({"said": (SHOWN,), "ending": "case_closed"}, "ignored"),
        ({"said": (SHOWN,), "ending": "explained"}, "settled"),
        ({"said": (said(FeedbackKind.ACCEPTED, 3),), "ending": "answered"}, "promised"),
        ({"said": (said(FeedbackKind.ACKNOWLEDGED, 3, heard=False),)}, "open"),
        ({"said": (said(FeedbackKind.OVERRIDDEN, 3, "unsafe"),)}, "unsafe"),
        (
            {
                "said": (
                    said(FeedbackKind.DEFERRED, 4),
                    said(FeedbackKind.ACKNOWLEDGED, 3, "unsafe"),
                )
            },
            "put_off",
        ),
    ],
)
def test_an_asking_is_taken_in_one_way(parts: dict[str, Any], taken: str) -> None:
    assert replace(ASKED, **parts).taken == taken


@pytest.mark.parametrize(
    ("parts", "hours"),
    [
        ({}, None),
        ({"said": (SHOWN,)}, None),
        ({"said": (said(FeedbackKind.DEFERRED, 6), said(FeedbackKind.ACCEPTED, 4))}, 3),
        ({"ending": "answered", "ended_at": 9 * HOUR}, 8),
        ({"ending": "gone", "ended_at": 9 * HOUR}, None),
        ({"said": (said(FeedbackKind.ACCEPTED, 0),)}, 0),  # by a clock that is behind
    ],
)
def test_the_time_to_an_answer_ends_with_the_first_of_them(
    parts: dict[str, Any], hours: int | None
) -> None:
    waited = replace(ASKED, **parts).waited

    assert (None if waited is None else waited / HOUR) == hours


def test_figures_of_a_rule_are_of_all_its_askings() -> None:
    again = replace(ASKED, key=ASKED.key._replace(generation=2), said=(SHOWN,))
    other = replace(ASKED, key=ASKED.key._replace(rule="ASK-02"))

    found = figures_by_rule([other, replace(ASKED, was_asked_again=True), again])

    assert [*found] == ["ASK-01", "ASK-02"]
    first = found["ASK-01"]
    assert (first.raised, first.shown, first.repeats, first.median_wait) == (2, 1, 1, None)
