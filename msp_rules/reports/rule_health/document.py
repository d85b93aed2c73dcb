"""Makes the document of rule health from exact counts: small ones hidden, the others rounded.

No count says who answered; but a small one, or two that differ by little, could point at a worker.
So each is published as the national return publishes counts: below five, nought included, `[c]`;
else to the nearest five. Where a total would give a hidden count away, only what is shown of it is
said (`115+`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from msp_rules.audit.publication import Count, Published, Scheme, protect, published
from msp_rules.casework.moments import MICROSECONDS_A_DAY, Cutoff, day_start, iso_date
from msp_rules.prompts.feedback import GENERAL_REASONS, accepted_codes
from msp_rules.prompts.rule_health import Asking, AskingResult, RuleFigures, figures_by_rule
from msp_rules.rules.language.rule import Rule, Ruleset

SCHEMA: Final = "msp-rule-health/1"
"""The name of the form of the document."""
RECENT_DAYS: Final = 30
"""The days by whose askings a rule is listed for review."""
WRONG: Final = "question_seems_wrong"
"""The reason by which workers say that a question is at fault."""
WRONG_PERCENT: Final = 10
"""A rule is listed where workers say so of more than this share of its questions."""
OVERRIDDEN_PERCENT: Final = 60
"""A rule is listed where workers overrule more than this share of its questions."""
_FEWEST: Final = 5
_AN_HOUR: Final = MICROSECONDS_A_DAY // 24
_WAYS: Final = (
    *(AskingResult.PROMISED, AskingResult.ACKNOWLEDGED, AskingResult.PUT_OFF),
    *(AskingResult.SETTLED, AskingResult.IGNORED, AskingResult.OPEN),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSource:
    """All that the document is made of."""

    askings: tuple[Asking, ...]
    """The askings since a day, and in any case those of the last thirty days."""
    open_prompts: Mapping[str, int]
    """The number of prompts that the record leaves open, by rule."""
    since: int | None
    """The first day that is counted, as an ordinal; None: all that is held."""
    as_of: Cutoff
    """The moment of the count."""


def first_instant(since: int | None, as_of: Cutoff) -> int | None:
    """Gives the instant from which askings have to be read; None: all of them."""
    return None if since is None else min(day_start(since), _recent(as_of))


def health_document(source: HealthSource, ruleset: Ruleset) -> dict[str, Any]:
    """Makes the document: a row for each rule that asked, and the rules to review."""
    since, recent = source.since, _recent(source.as_of)
    counted = figures_by_rule(
        one for one in source.askings if since is None or one.raised_at >= day_start(since)
    )
    lately = figures_by_rule(one for one in source.askings if one.raised_at >= recent)
    rules = {rule.id: rule for rule in ruleset.rules}
    return {
        "schema": SCHEMA,
        "ruleset": {"id": ruleset.id, "version": ruleset.version},
        "as_of": iso_date(source.as_of.day),
        **({} if since is None else {"since": iso_date(since)}),
        "hidden": "[c]",
        "rules": [_row(name, one, rules.get(name)) for name, one in counted.items()],
        "review": [
            found
            for name, one in lately.items()
            if (found := _review(name, one, rules.get(name), source)) is not None
        ],
    }


def _recent(as_of: Cutoff) -> int:
    return as_of.instant - RECENT_DAYS * MICROSECONDS_A_DAY


def _row(name: str, figures: RuleFigures, rule: Rule | None) -> dict[str, Any]:
    codes = [*_codes_of(figures, rule)]
    shown = protect([*_counts(figures, codes)], Scheme.NEAREST_5)
    parts = [shown[way] for way in (*_WAYS, *codes)]
    row: dict[str, Any] = {
        "rule": name,
        **({} if rule is None else {"title": rule.title, "urgency": rule.prompt.urgency}),
        "raised": _total(shown["raised"], [*parts, shown[AskingResult.NOT_SHOWN]]),
        "not_shown": shown[AskingResult.NOT_SHOWN],
        "shown": _total(shown["shown"], parts),
        **{way.value: shown[way] for way in _WAYS},
        "reasons": {code: shown[code] for code in codes},
        "repeats": published(figures.repeats, Scheme.NEAREST_5),
    }
    wait = figures.median_wait
    if wait is not None and len(figures.waits) >= _FEWEST:
        row["median_hours"] = round(wait / _AN_HOUR)
    return row


def _total(count: Published, parts: Iterable[Published]) -> Published:
    """Gives a total; in place of one that would give a hidden count away, what is shown of it.

    That is `115+`, the sum of its parts that are not hidden: it says nothing that they don't.
    """
    least = sum(one for one in parts if isinstance(one, int))
    return count if isinstance(count, int) or not least else f"{least}+"


def _codes_of(figures: RuleFigures, rule: Rule | None) -> Iterable[str]:
    """Lists the reasons of a rule, whether anybody gave them or not, and any other that was."""
    own = () if rule is None else accepted_codes(rule)
    return dict.fromkeys((*own, *GENERAL_REASONS, *sorted(figures.reasons)))


def _counts(figures: RuleFigures, codes: Iterable[str]) -> Iterator[Count]:
    """Gives the counts of a rule: what was raised was shown or not, and shown in one way each."""
    yield Count("shown", "raised", "shown", figures.shown, is_total=True)
    not_shown = figures.taken[AskingResult.NOT_SHOWN]
    yield Count(AskingResult.NOT_SHOWN, "raised", "end", not_shown)
    for way in (*_WAYS, *codes):
        yield Count(way, "shown", "end", figures.taken[way])
    yield Count("raised", "end", "raised", figures.raised, is_total=True)


def _review(
    name: str, figures: RuleFigures, rule: Rule | None, source: HealthSource
) -> dict[str, Any] | None:
    """Lists a rule that workers often call wrong, or overrule; None where they do neither."""
    wrong, overruled = figures.taken[WRONG], sum(figures.reasons.values())
    because = [
        {"what": what, "more_than_percent": percent}
        for what, count, percent in (
            ("called_wrong", wrong, WRONG_PERCENT),
            ("overruled", overruled, OVERRIDDEN_PERCENT),
        )
        # Of fewer than five, to list the rule would be to count them.
        if count >= _FEWEST and count * 100 > percent * figures.shown
    ]
    if not because or rule is None:
        return None
    return {
        "rule": name,
        "title": rule.title,
        "because": because,
        "switching_off": _switching_off(rule, figures, source),
    }


def _switching_off(rule: Rule, figures: RuleFigures, source: HealthSource) -> dict[str, Any]:
    """Says what switching a rule off would change, and by which command to see it in cases."""
    if rule.is_floor:
        return {
            "is_possible": False,
            "says": "It is a floor, which no council can switch off. Its words can be changed.",
        }
    open_now: Published = published(source.open_prompts.get(rule.id, 0), Scheme.NEAREST_5)
    asked: Published = published(figures.raised, Scheme.NEAREST_5)
    return {
        "is_possible": True,
        "open_questions": open_now,
        "asked_in_30_days": asked,
        "says": (
            "Its open questions would be withdrawn, and nobody would be asked again; the audit "
            "would no longer say of any case whether it is evidenced."
        ),
        "change": {"rule": rule.id, "enabled": "no"},
        "command": "msp-rules impact EXPORTS --after OVERLAY",
    }
