"""Writes explanations as plain data: what `msp-rules explain` and the service give as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from msp_rules.casework.moments import iso_instant
from msp_rules.engine.explain import Explanation
from msp_rules.rules.language.rule import Rule, Ruleset
from msp_rules.rules.language.wording import citation_in_words

ROWS: Final = {
    1: "the rule does not apply here, or is suspended",
    2: "it cannot be told whether the rule applies here",
    3: "the evidence is there, in time",
    4: "the evidence came late; an accepted explanation stood until then",
    5: "the evidence came late",
    6: "the evidence is there; it cannot be told whether it came in time",
    7: "an accepted explanation is recorded",
    8: "it cannot be told whether the evidence is there",
    9: "what starts the limit has not happened",
    10: "the limit cannot be told",
    11: "not evidenced in the record yet; the limit lies ahead",
    12: "past the limit; the record says that it does not know",
    13: "past the limit; part of it is there, or an explanation has lapsed or lacks its text",
    14: "past the limit; not evidenced in the record",
}
"""The rows of the table in docs/readings.md (section 3), in words."""


def explanation_documents(
    found: Iterable[Explanation], rule: Rule, ruleset: Ruleset
) -> list[dict[str, Any]]:
    """Writes explanations of a rule, each with what the rule says of itself."""
    cites = [
        {"source": one.source, "at": one.at, "words": citation_in_words(one, ruleset)}
        for one in rule.cites
    ]
    said = {"why": rule.why, "counts": rule.counts, "cites": cites}
    return [{**explanation_document(one), **said} for one in found]


def explanation_document(found: Explanation) -> dict[str, Any]:
    """Writes one explanation; it holds ids, codes and numbers, no free text."""
    answer = found.answer
    return {
        "rule": answer.rule,
        "subject": answer.subject,
        "verdict": answer.verdict,
        "row": found.row,
        "because": ROWS[found.row],
        "due": answer.due.text if answer.due else None,
        "colour": answer.colour,
        "limit": answer.number._asdict() if answer.number is not None else None,
        "evidence": answer.evidence,
        "missing": [
            {"event": m.event, "fields": m.fields, "values": m.codes()} for m in answer.missing
        ],
        "changes_at": iso_instant(answer.changes_at) if answer.changes_at is not None else None,
        "parameters": [asdict(one) for one in found.parameters],
        "conditions": [asdict(line) for line in found.lines],
    }
