"""Askings that were never made, for tests of what is published of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from msp_rules.casework.moments import parse_as_of
from msp_rules.prompts.prompt import FeedbackKind
from msp_rules.prompts.rule_health import Asking, AskingKey, SaidToPrompt
from msp_rules.reports.rule_health.document import HealthSource, health_document
from tests.support.core import core_ruleset

HOUR = 3_600_000_000
DAY = 24 * HOUR
AS_OF = parse_as_of("2026-03-31T12:00:00")
KINDS = {
    "promised": FeedbackKind.ACCEPTED,
    "acknowledged": FeedbackKind.ACKNOWLEDGED,
    "put_off": FeedbackKind.DEFERRED,
}
_numbers = itertools.count(1)


def askings(rule: str, ways: Mapping[str, int], *, days_ago: int = 5) -> list[Asking]:
    """So many askings of a rule for each way in which they were taken."""
    return [_asking(rule, way, days_ago) for way, count in ways.items() for _ in range(count)]


def _asking(rule: str, way: str, days_ago: int) -> Asking:
    raised_at = AS_OF.instant - days_ago * DAY
    plain: dict[str, Any] = {
        "not_shown": {},
        "open": {"said": (FeedbackKind.SHOWN, None)},
        "ignored": {"said": (FeedbackKind.SHOWN, None), "was_asked_again": True},
        "settled": {"said": (FeedbackKind.SHOWN, None), "ending": "answered"},
    }
    code = None if way in KINDS else way
    parts = plain.get(way, {"said": (KINDS.get(way, FeedbackKind.OVERRIDDEN), code)})
    said = parts.pop("said", None)
    return Asking(
        key=AskingKey(f"SA-{next(_numbers)}", rule, None, 1),
        raised_at=raised_at,
        ended_at=raised_at + 3 * HOUR if "ending" in parts else None,
        said=()
        if said is None
        else (SaidToPrompt(raised_at + 2 * HOUR, f"f{next(_numbers)}", *said, is_heard=True),),
        **parts,
    )


def document(found: list[Asking], **more: Any) -> dict[str, Any]:
    source = HealthSource(
        **{"askings": tuple(found), "open_prompts": {}, "since": None, "as_of": AS_OF} | more
    )
    return health_document(source, core_ruleset())
