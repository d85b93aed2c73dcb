"""Messages and moments of one made-up case, for tests of the memory."""

from __future__ import annotations

from typing import Any

from msp_rules.casework.moments import Cutoff, parse_as_of, parse_moment
from msp_rules.prompts.prompt import Feedback, FeedbackKind, Prompt
from msp_rules.prompts.store import Desk, KeptChange

CASE = "SA-1001"


def at(text: str) -> Cutoff:
    """A moment, from a date (its end) or a date-time."""
    return parse_as_of(text)


def told(kind: str, number: int, occurred: str, /, *, case: str = CASE, **fields: Any) -> Any:
    """The message of an event."""
    return {
        "specversion": "1.0",
        "id": f"{case}/m{number}",
        "source": "urn:example:case-system",
        "subject": case,
        "type": f"org.msp-rules.{kind}.v1",
        "data": {"id": f"e{number}", "occurred": occurred, **fields},
    }


def concern(case: str = CASE, occurred: str = "2026-01-05T10:00:00") -> Any:
    """A concern, the first event of a case."""
    return told("concern_raised", 1, occurred, case=case, identified_adult="yes")


def safety_check(case: str = CASE, occurred: str = "2026-01-05T11:00:00") -> Any:
    """What answers RISK-01."""
    return told("immediate_safety_check", 2, occurred, case=case, result="safe")


def closure(case: str = CASE, occurred: str = "2026-01-20") -> Any:
    """The case closes."""
    return told("case_closed", 9, occurred, case=case, reason="adult_request")


def about(case: str = CASE, time: str | None = None, number: int = 0, **data: Any) -> Any:
    """A message about the case itself."""
    message = told("case", number, "2026-01-05", case=case)
    message["data"] = data
    return message if time is None else {**message, "time": time}


def summary(kept: tuple[KeptChange, ...]) -> list[str]:
    """Changes in short: what happened to which prompt."""
    return [f"{one.change.kind} {one.change.prompt.key.rule}" for one in kept]


def prompt_of(desk: Desk, rule: str, case: str = CASE) -> Prompt:
    """The prompt of a rule, as the desk knows it."""
    return next(p for key, p in desk.state(case).prompts.items() if key.rule == rule)


def said(prompt: Prompt, kind: FeedbackKind, **parts: Any) -> Feedback:
    """What a worker says to a prompt, in the afternoon of the first day."""
    defaults: dict[str, Any] = {"id": "f1", "at": parse_moment("2026-01-05T15:00:00")}
    return Feedback(
        key=prompt.key, generation=prompt.generation, kind=kind, **{**defaults, **parts}
    )
