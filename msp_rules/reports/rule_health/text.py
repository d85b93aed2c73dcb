"""Writes rule health as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

WAYS: Final[Mapping[str, str]] = {
    "promised": "promised",
    "acknowledged": "seen",
    "put_off": "put off",
    "settled": "recorded",
    "ignored": "ignored",
    "open": "open",
}
"""The ways in which a question that was shown is taken, in words, beside the reasons."""
BECAUSE: Final[Mapping[str, str]] = {
    "called_wrong": "workers say of more than {percent} % of its questions that they seem wrong",
    "overruled": "workers overrule more than {percent} % of its questions",
}
"""The grounds on which a rule is listed for review, in words."""


def health_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yields the lines: each rule with its counts, then the rules to review."""
    since = f" since {document['since']}" if "since" in document else ""
    yield f"questions{since}, as of {document['as_of']}, by {document['ruleset']['id']}"
    yield "counts below five are hidden as [c], the others are to the nearest five; 115+: or more"
    if not document["rules"]:
        yield "nothing was asked"
    for row in document["rules"]:
        yield ""
        yield f"{row['rule']}  {row.get('title', 'no rule of this ruleset')}"
        yield (
            f"  raised {row['raised']}, shown {row['shown']}, asked again {row['repeats']}"
            + (f", answered after {row['median_hours']} h" if "median_hours" in row else "")
        )
        yield "  " + ", ".join(f"{words} {row[way]}" for way, words in WAYS.items())
        given = {code: count for code, count in row["reasons"].items() if count != "[c]"}
        if given:
            yield "  " + ", ".join(f"{code} {count}" for code, count in given.items())
    if document["review"]:
        yield ""
        yield "to review, by the last 30 days:"
    for one in document["review"]:
        yield f"  {one['rule']}  {one['title']}"
        for why in one["because"]:
            yield "    " + because(why)
        yield from (f"    {line}" for line in switching_off(one["switching_off"]))


def because(why: Mapping[str, Any]) -> str:
    """Says on which ground a rule is listed."""
    return BECAUSE[why["what"]].format(percent=why["more_than_percent"])


def switching_off(found: Mapping[str, Any]) -> Iterator[str]:
    """Says what it would mean to switch a rule off."""
    if not found["is_possible"]:
        yield found["says"]
        return
    yield f"Switched off: {found['says']}"
    yield (
        f"Open questions now: {found['open_questions']}; asked in 30 days: "
        f"{found['asked_in_30_days']}. To see it in cases: {found['command']}, with an overlay "
        f"that says enabled: no of {found['change']['rule']}."
    )
