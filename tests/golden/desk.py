"""What a host can read of a desk with a memory, as plain data; all imports of the package are here.

Each name comes from where docs/memory.md and docs/prompts.md say that a host finds it. Where a
module moves, this file is mended and nothing beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from msp_rules.casework.moments import iso_instant, parse_as_of, parse_moment
from msp_rules.engine.engine import Engine
from msp_rules.prompts.card import card
from msp_rules.prompts.prompt import Feedback, FeedbackKind, Prompt, PromptKey
from msp_rules.prompts.store import Desk, KeptChange, Memory, upgrade
from msp_rules.rules import load_ruleset, shipped_ruleset

STEPS: Final = ("concern_raised", "s42_decided", "case_closed", None)
ROLES: Final = ("worker", "team_manager", None)
Plain = dict[str, Any]

__all__ = ["Desk", "Memory", "core_engine", "parse_as_of", "upgrade"]


def core_engine(release: str = "msp-core") -> Engine:
    """Returns an engine of the core rules, or of an earlier release of them."""
    return Engine(load_ruleset(shipped_ruleset(release)))


def answers(desk: Desk, engine: Engine, case: str) -> Plain:
    """Returns all that a desk answers on a case: what it holds, its state, its views and cards."""
    state = desk.state(case)
    views = {}
    for step in STEPS:
        for role in ROLES:
            seen = desk.view(case, step=step, role=role)
            views[f"{step or 'the case'}, {role or 'anybody'}"] = {
                "interrupting": _keys(seen.interrupting),
                "passive": _keys(seen.passive),
                "held_back": _keys(seen.held_back),
            }
    return {
        "held": desk.held_on(case),
        "state": {
            "as_of": state.as_of,
            "next_change": state.next_change,
            "faults": [[fault.rule, fault.reason] for fault in state.faults],
            "awaiting_record": _keys(state.awaiting_record),
            "prompts": [plain_prompt(one) for one in state.prompts.values()],
        },
        "views": views,
        "cards": [card(one, engine.ruleset) for one in state.standing],
    }


def plain_prompt(one: Prompt) -> Plain:
    """Returns all that a prompt says."""
    return {
        "key": list(one.key),
        "subject": one.subject,
        "summary": one.summary,
        "urgency": one.urgency,
        "ask_at": list(one.ask_at),
        "roles": list(one.roles),
        "severity": one.severity,
        "verdict": one.verdict.value,
        "timing": str(one.timing),
        "due": None if one.due is None else [one.due.text, one.due.cutoff.instant],
        "missing": [[missing.event, list(missing.fields)] for missing in one.missing],
        "evidence": list(one.evidence),
        "state": one.state.value,
        "generation": one.generation,
        "since": one.since,
        "heard": None if one.heard is None else list(one.heard),
        "until": one.until,
        "code": one.code,
        "explanation": one.explanation,
        "ending": None if one.ending is None else one.ending.value,
    }


def plain_changes(kept: Iterable[KeptChange]) -> list[Plain]:
    """Returns changes that wait for the host, with their numbers."""
    return [
        {
            "number": one.number,
            "kind": one.change.kind.value,
            "prompt": plain_prompt(one.change.prompt),
        }
        for one in kept
    ]


def plain_feedback(one: Feedback) -> Plain:
    """Returns what a worker said, so that `feedback_of` can say it again."""
    moments = {"at": one.at, "until": one.until, "review_by": one.review_by}
    return {
        "id": one.id,
        "key": list(one.key),
        "generation": one.generation,
        "kind": one.kind.value,
        "role": one.role,
        "code": one.code,
        "has_text": one.has_text,
        **{name: None if at is None else iso_instant(at.instant) for name, at in moments.items()},
    }


def feedback_of(plain: Mapping[str, Any]) -> Feedback:
    """Returns what a worker said, from its plain form."""
    moments = {
        name: None if plain.get(name) is None else parse_moment(plain[name])
        for name in ("until", "review_by")
    }
    return Feedback(
        id=plain["id"],
        key=PromptKey(*plain["key"]),
        generation=plain["generation"],
        kind=FeedbackKind(plain["kind"]),
        at=parse_moment(plain["at"]),
        role=plain.get("role"),
        code=plain.get("code"),
        has_text=plain.get("has_text", False),
        **moments,
    )


def plain_heard(desk: Desk, feedback: Feedback) -> Plain:
    """Returns what becomes of a feedback, and the event that the host is to record."""
    heard = desk.hear(feedback)
    event = heard.explanation
    told = None
    if event is not None:
        fields = {
            name: str(getattr(value, "instant", value)) for name, value in event.fields.items()
        }
        told = {"id": event.id, "type": event.type, "fields": fields}
    return {"heard_as": heard.heard_as.value, "explanation": told}


def digest(plain: object) -> str:
    """Returns the digest of plain data."""
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _keys(prompts: Iterable[Prompt]) -> list[list[str | None]]:
    return [list(one.key) for one in prompts]
